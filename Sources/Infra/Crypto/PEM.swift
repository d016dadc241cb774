// Textual encodings of keys (RFC 7468), in the strict form of its section 3: one block, full lines of 64 digits, nothing
// before or after it but white space.
import COpenSSL

package struct PEM: Sendable, Equatable {
  /// What stands between BEGIN and the dashes: "PRIVATE KEY".
  package let label: String
  package internal(set) var bytes: [UInt8]

  package init(label: String, bytes: [UInt8]) {
    self.label = label
    self.bytes = bytes
  }

  /// Longer texts are refused.
  package static let maximumLength = 64 * 1024
  private static let lineLength = 64

  /// Reads exactly one block. Lines may end in LF or CRLF, and white space may surround the block.
  package init(_ text: RawSpan) throws(CryptoError) {
    guard text.byteCount <= PEM.maximumLength else {
      throw .beyondLimit("a PEM text has at most \(PEM.maximumLength) bytes")
    }
    var lines = PEM.lines(text)
    defer { for index in lines.indices { wipe(&lines[index]) } }
    let dashes = Array("-----".utf8)
    let begin = Array("-----BEGIN ".utf8)
    guard let first = lines.first, first.starts(with: begin), first.suffix(5) == dashes[...],
      first.count > begin.count + dashes.count
    else { throw .malformed("not PEM: no line -----BEGIN …-----") }
    let name = String(decoding: first.dropFirst(begin.count).dropLast(dashes.count), as: UTF8.self)
    guard lines.count >= 2, lines[lines.count - 1] == Array("-----END \(name)-----".utf8) else {
      throw .malformed("not PEM: no line -----END \(name)----- at the end of the text")
    }
    let body = lines[1..<(lines.count - 1)]
    guard !body.contains(where: { $0.contains(UInt8(ascii: ":")) }) else {
      throw .malformed("PEM with headers is the old encrypted form; convert it with: openssl pkcs8 -topk8")
    }
    guard let last = body.last, body.dropLast().allSatisfy({ $0.count == PEM.lineLength }),
      (1...PEM.lineLength).contains(last.count)
    else { throw .malformed("a PEM body has lines of \(PEM.lineLength) digits, the last may be shorter") }
    var digits: [UInt8] = []
    digits.reserveCapacity(body.count * PEM.lineLength)
    for line in body { digits += line }
    defer { wipe(&digits) }
    guard let bytes = Base64.decode(digits.span.bytes) else { throw .malformed("the PEM body is not base64") }
    label = name
    self.bytes = bytes
  }

  /// What a text's one block is called.
  static func label(of text: RawSpan) throws(CryptoError) -> String {
    var block = try PEM(text)
    defer { block.wipeBytes() }
    return block.label
  }

  /// The block as text, ending in a newline.
  package func text() -> [UInt8] {
    var digits: [UInt8] = []
    digits.reserveCapacity(bytes.count / 3 * 4 + 4)
    Base64.append(bytes.span.bytes, to: &digits)
    defer { wipe(&digits) }
    var text: [UInt8] = []
    text.reserveCapacity(digits.count + digits.count / PEM.lineLength + 2 * label.utf8.count + 40)
    text += "-----BEGIN \(label)-----\n".utf8
    for start in stride(from: 0, to: digits.count, by: PEM.lineLength) {
      text += digits[start..<min(start + PEM.lineLength, digits.count)]
      text.append(UInt8(ascii: "\n"))
    }
    text += "-----END \(label)-----\n".utf8
    return text
  }

  /// The lines without their ends and without empty lines around the block. An empty line within stays and is refused.
  private static func lines(_ text: RawSpan) -> [[UInt8]] {
    let newline = UInt8(ascii: "\n")
    let spaces: [UInt8] = [newline, UInt8(ascii: "\r"), UInt8(ascii: " "), UInt8(ascii: "\t")]
    return text.withUnsafeBytes { text in
      var body = text[...]
      while let first = body.first, spaces.contains(first) { body = body.dropFirst() }
      while let last = body.last, spaces.contains(last) { body = body.dropLast() }
      return body.split(separator: newline, omittingEmptySubsequences: false).map { line in
        line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line)
      }
    }
  }
}
