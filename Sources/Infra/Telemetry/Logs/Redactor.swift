// Takes secrets and personal data out of text before it is logged or exported. Every string on its way out passes here
// (`LogRecord`, `SpanEncoder`); there is no way round it. What is found is replaced by its kind, so that a reader knows
// what stood there: `authorization: [redacted:authorization]`.
//
// One pass over the bytes; each detector (the other files of this folder) is asked only at bytes that can begin or end
// what it looks for, looks a bounded way, and answers with a range. Redacting twice changes nothing.

package struct Redactor: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case authorization, token, password, pem, card, phone, email, entropy, connection
  }

  /// Strings with these beginnings are the program's own identifiers and no secrets, however random they look.
  let ownPrefixes: [[UInt8]]

  /// `identifierPrefixes` such as `dlb_`: such an identifier is at most 48 letters and digits behind its prefix.
  package init(identifierPrefixes: [String] = []) {
    ownPrefixes = identifierPrefixes.map { Array($0.utf8) }
  }

  /// Longer text is cut, at a word's end, before it is read.
  package static let limit = 65_536

  package func redact(_ text: String) -> String {
    var text = text
    if let clean = text.utf8.withContiguousStorageIfAvailable({ redacted($0) }) {
      return clean.map { String(decoding: $0, as: UTF8.self) } ?? text
    }
    return text.withUTF8 { redacted($0).map { String(decoding: $0, as: UTF8.self) } } ?? text
  }

  /// The text without what must not be seen, or nil where nothing was found.
  func redacted(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let end = Redactor.cut(bytes)
    let text = RedactedText(bytes: UnsafeBufferPointer(rebasing: bytes[..<end]), ownPrefixes: ownPrefixes)
    var output: [UInt8]?
    var copied = 0
    var index = 0
    while index < end {
      guard let finding = text.finding(at: index) else {
        index += 1
        continue
      }
      // A detector looks back at most to what was already copied.
      let start = max(finding.range.lowerBound, copied)
      if output == nil {
        output = []
        output?.reserveCapacity(end)
      }
      output?.append(contentsOf: bytes[copied..<start])
      output?.append(contentsOf: "[redacted:\(finding.kind.rawValue)]".utf8)
      copied = max(finding.range.upperBound, start)
      index = max(copied, index + 1)
    }
    guard output != nil || end < bytes.count else { return nil }
    var whole = output ?? []
    whole.append(contentsOf: bytes[copied..<end])
    if end < bytes.count { whole.append(contentsOf: "… (\(bytes.count - end) bytes more)".utf8) }
    return whole
  }

  /// Where the text is cut: at the last space before the limit, so that no secret is left in halves, or at the limit.
  private static func cut(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    guard bytes.count > limit else { return bytes.count }
    let word = bytes[(limit - 4096)..<limit].lastIndex { $0 == 0x20 || $0 == 0x0A }
    if let word { return word }
    var end = limit
    while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }  // not inside a character
    return end
  }
}

/// A text that is being read, and what every detector asks of it.
struct RedactedText {
  let bytes: UnsafeBufferPointer<UInt8>
  let ownPrefixes: [[UInt8]]

  struct Finding {
    let range: Range<Int>
    let kind: Redactor.Kind
  }

  var count: Int { bytes.count }

  /// What is found at `index`, the first detector winning: from the surest to the most general.
  func finding(at index: Int) -> Finding? {
    let byte = bytes[index]
    switch byte {
    case UInt8(ascii: "-"):
      if let range = pemBlock(at: index) { return Finding(range: range, kind: .pem) }
      if let range = givenUser(at: index) { return Finding(range: range, kind: .authorization) }
    case UInt8(ascii: " "):
      if let finding = toldValue(at: index) ?? optionValue(at: index) { return finding }
    case UInt8(ascii: ">"):
      if index > 0, bytes[index - 1] == 0x2D, let finding = keyedValue(at: index - 1) { return finding }
      if let finding = taggedValue(at: index) { return finding }
    case UInt8(ascii: ":"), UInt8(ascii: "="):
      if let range = userInformation(at: index) { return Finding(range: range, kind: .connection) }
      if let finding = keyedValue(at: index) { return finding }
    case UInt8(ascii: "@"), UInt8(ascii: "%"):
      if let range = emailAddress(at: index) { return Finding(range: range, kind: .email) }
    case UInt8(ascii: "+"), UInt8(ascii: "("):
      if let range = phoneNumber(at: index) { return Finding(range: range, kind: .phone) }
    default: break
    }
    if isWordStart(index) {
      if Byte.isDigit(byte) {
        if let range = cardNumber(at: index) { return Finding(range: range, kind: .card) }
        if let range = phoneNumber(at: index) { return Finding(range: range, kind: .phone) }
      }
      if let range = oracleUser(at: index) { return Finding(range: range, kind: .connection) }
      if let range = schemeCredentials(at: index) { return Finding(range: range, kind: .authorization) }
      if let range = knownToken(at: index) { return Finding(range: range, kind: .token) }
    }
    return randomWord(at: index).map { Finding(range: $0, kind: .entropy) }
  }

  /// Whether a word (letters, digits) begins here.
  func isWordStart(_ index: Int) -> Bool {
    Byte.isWord(bytes[index]) && (index == 0 || !Byte.isWord(bytes[index - 1]))
  }

  /// The end of the run of bytes from `index` for which `holds` is true.
  @inline(__always)
  func end(from index: Int, atMost limit: Int = .max, while holds: (UInt8) -> Bool) -> Int {
    let bound = limit < count - index ? index + limit : count
    var end = index
    while end < bound, holds(bytes[end]) { end += 1 }
    return end
  }

  /// Whether `word` (lower case) stands at `index`, in any case.
  func stands(_ word: StaticString, at index: Int) -> Bool {
    let length = word.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for offset in 0..<length where Byte.lower(bytes[index + offset]) != word.utf8Start[offset] { return false }
    return true
  }

  /// Whether `word` stands at `index` exactly.
  func standsExactly(_ word: StaticString, at index: Int) -> Bool {
    let length = word.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for offset in 0..<length where bytes[index + offset] != word.utf8Start[offset] { return false }
    return true
  }

  /// Whether an earlier pass has already put its mark here.
  func isMark(at index: Int) -> Bool { standsExactly("[redacted:", at: index) }
}

/// Classes of bytes.
enum Byte {
  @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  @inline(__always) static func isLower(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }
  @inline(__always) static func isUpper(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
  @inline(__always) static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
  @inline(__always) static func isWord(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
  @inline(__always) static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
  @inline(__always) static func lower(_ byte: UInt8) -> UInt8 { isUpper(byte) ? byte | 0x20 : byte }
  @inline(__always) static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

  @inline(__always) static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 }

  /// base64 in either alphabet.
  @inline(__always) static func isBase64(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == 0x2D || byte == 0x5F || byte == 0x2B || byte == 0x2F || byte == 0x3D
  }

  /// base64 but for its padding.
  @inline(__always) static func isJoined(_ byte: UInt8) -> Bool { isBase64(byte) && byte != 0x3D }

  /// token68 of RFC 9110 section 11.2.
  @inline(__always) static func isCredential(_ byte: UInt8) -> Bool {
    isBase64(byte) || byte == 0x2E || byte == 0x7E
  }
}
