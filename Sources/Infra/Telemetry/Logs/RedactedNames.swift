// Values that a name in front of them gives away: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`,
// `postgres://user:…@host`.

extension RedactedText {
  /// At `:` or `=`: the value behind it, when the name before it is that of a secret.
  func keyedValue(at separator: Int) -> Finding? {
    var end = separator
    while end > 0, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x22 || bytes[end - 1] == 0x27 || bytes[end - 1] == 0x5C
    {
      end -= 1
      if separator - end > 3 { return nil }
    }
    var start = end
    while start > 0, end - start < SecretName.limit, SecretName.isPart(bytes[start - 1]) { start -= 1 }
    guard start < end, let name = SecretName(bytes[start..<end]) else { return nil }
    let isPlainColon = bytes[separator] == 0x3A && end == separator
    // "12 pass: 3 skipped" tells of tests.
    if isPlainColon, end - start == 4, stands("pass", at: start) { return nil }
    var value = separator + 1
    // `:=`, `=>`, `==`, a space, quotes (escaped ones too).
    while value < count, value - separator < 6, "=>: \"'\\".utf8.contains(bytes[value]) { value += 1 }
    guard value < count, !isMark(at: value) else { return nil }
    let isQuoted = value > 0 && (bytes[value - 1] == 0x22 || bytes[value - 1] == 0x27)
    let stop: Int
    switch name.extent {
    case .line: stop = self.end(from: value) { $0 != 0x0A && $0 != 0x0D && !(isQuoted && ($0 == 0x22 || $0 == 0x27)) }
    case .value where isQuoted:
      let quote = bytes[value - 1]
      stop = self.end(from: value) { $0 != quote && $0 != 0x5C }
    case .value:
      stop = self.end(from: value) { !Byte.isSpace($0) && !",;&\"'})]<>".utf8.contains($0) }
    }
    guard stop > value else { return nil }
    if name.kind == .phone { return keyedPhone(value..<stop) }
    guard !isStatusWord(value..<stop, mayBeProse: isPlainColon && !isQuoted && name.kind != .password) else {
      return nil
    }
    return Finding(range: value..<stop, kind: name.kind)
  }

  /// A word that tells of a secret's state and is none itself: `token: expired`, `password: null`.
  private func isStatusWord(_ range: Range<Int>, mayBeProse: Bool) -> Bool {
    let words: [StaticString] = [
      "null", "none", "nil", "true", "false", "unset", "missing", "required", "********", "[redacted]", "<redacted>",
      "***",
    ]
    if words.contains(where: { $0.utf8CodeUnitCount == range.count && stands($0, at: range.lowerBound) }) {
      return true
    }
    guard mayBeProse else { return false }
    // After a colon, prose goes on: "token: expired an hour ago". A short lower-case word is no credential.
    let trimmed = range.lowerBound..<(bytes[range.upperBound - 1] == 0x2E ? range.upperBound - 1 : range.upperBound)
    let followed = range.upperBound < count && bytes[range.upperBound] == 0x20
    let states: [StaticString] = [
      "expired", "invalid", "rejected", "refused", "revoked", "ok", "valid", "unknown", "not", "no", "must", "is",
      "was",
      "given", "absent", "present", "changed", "rotated", "accepted", "malformed", "the", "a", "an", "from", "default",
    ]
    return states.contains { $0.utf8CodeUnitCount == trimmed.count && stands($0, at: trimmed.lowerBound) }
      || followed && trimmed.count <= 12 && trimmed.allSatisfy { Byte.isLower(bytes[$0]) }
        && range.upperBound + 1 < count && Byte.isLower(bytes[range.upperBound + 1])
  }

  /// A number behind the name of a telephone, with what separates its digits.
  private func keyedPhone(_ value: Range<Int>) -> Finding? {
    guard Byte.isDigit(bytes[value.lowerBound]) || bytes[value.lowerBound] == 0x2B || bytes[value.lowerBound] == 0x28
    else {
      return nil
    }
    var stop = end(from: value.lowerBound, atMost: 32) { Byte.isDigit($0) || " -+()./".utf8.contains($0) }
    while stop > value.lowerBound, !Byte.isDigit(bytes[stop - 1]) { stop -= 1 }
    let digits = (value.lowerBound..<stop).count { Byte.isDigit(bytes[$0]) }
    return digits >= 6 ? Finding(range: value.lowerBound..<stop, kind: .phone) : nil
  }

  /// `Bearer …`, `Basic …` and their like (RFC 9110 section 11.4), wherever they stand.
  func schemeCredentials(at index: Int) -> Range<Int>? {
    let schemes: [StaticString] = ["bearer ", "basic ", "digest ", "negotiate ", "apikey ", "dpop "]
    switch Byte.lower(bytes[index]) {
    case UInt8(ascii: "b"), UInt8(ascii: "d"), UInt8(ascii: "n"), UInt8(ascii: "a"): break
    default: return nil
    }
    for scheme in schemes where stands(scheme, at: index) {
      let start = index + scheme.utf8CodeUnitCount
      if scheme.utf8Start[0] == UInt8(ascii: "d"), stands("digest username=", at: index) {
        return start..<end(from: start) { $0 != 0x0A && $0 != 0x0D }
      }
      let stop = end(from: start, while: Byte.isCredential)
      let word = start..<stop
      guard word.count >= 8 else { return nil }
      // "basic authentication", "bearer Tokens": a word of letters, at most its first a capital, is prose.
      return word.dropFirst().allSatisfy({ Byte.isLower(bytes[$0]) }) && Byte.isLetter(bytes[start]) ? nil : word
    }
    return nil
  }

  /// At the `:` of `scheme://user:password@host`: what stands between the slashes and the `@`.
  func userInformation(at colon: Int) -> Range<Int>? {
    guard bytes[colon] == 0x3A, colon > 0, Byte.isWord(bytes[colon - 1]), standsExactly("://", at: colon) else {
      return nil
    }
    let start = colon + 3
    // A password may hold an `@` or a slash that should have been escaped: the last `@` of the word counts.
    let word = end(from: start, atMost: 1024) {
      !Byte.isSpace($0) && $0 != 0x22 && $0 != 0x27 && $0 != 0x3C && $0 != 0x3E
    }
    guard let at = (start..<word).last(where: { bytes[$0] == 0x40 }), at > start, !isMark(at: start) else { return nil }
    let names = start..<at
    // A path may hold an `@` (`https://host/@user`); what comes before the first slash decides then.
    if let slash = names.first(where: { bytes[$0] == 0x2F }) {
      guard names.prefix(while: { $0 < slash }).contains(where: { bytes[$0] == 0x3A }), !isPort(names, before: slash)
      else {
        return nil
      }
    }
    guard names.contains(where: { bytes[$0] == 0x3A }) else {
      // A bare user name is no secret (`ssh://git@host`); a token in its place is.
      return names.count <= 16 && names.allSatisfy { Byte.isLower(bytes[$0]) || bytes[$0] == 0x2D } ? nil : names
    }
    return names
  }

  /// Whether `host:1234/` stands there rather than `user:password`.
  private func isPort(_ names: Range<Int>, before slash: Int) -> Bool {
    guard let colon = names.first(where: { bytes[$0] == 0x3A }) else { return false }
    return colon + 1 < slash && (colon + 1..<slash).allSatisfy { Byte.isDigit(bytes[$0]) }
  }
}

/// A name that gives its value away.
struct SecretName {
  enum Extent { case value, line }

  let kind: Redactor.Kind
  let extent: Extent

  static let limit = 64

  static func isPart(_ byte: UInt8) -> Bool {
    Byte.isWord(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2E
  }

  /// Reads the last word of a name: case, `_`, `-` and `.` do not count, so `dbPassword` and `DB_PASSWORD` are one.
  init?(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    guard let last = bytes.last(where: Byte.isWord) else { return nil }
    let candidates = Self.endingsByLast[Int(Byte.lower(last))]
    guard !candidates.isEmpty else { return nil }
    var folded: [UInt8] = []
    folded.reserveCapacity(bytes.count)
    for byte in bytes where Byte.isWord(byte) { folded.append(Byte.lower(byte)) }
    for (ending, kind, extent) in candidates where folded.count >= ending.utf8CodeUnitCount {
      let offset = folded.count - ending.utf8CodeUnitCount
      let matches = (0..<ending.utf8CodeUnitCount).allSatisfy { folded[offset + $0] == ending.utf8Start[$0] }
      guard matches, !Self.isInnocent(folded, ending) else { continue }
      self.kind = kind
      self.extent = extent
      return
    }
    return nil
  }

  private static let endingsByLast: [[(StaticString, Redactor.Kind, Extent)]] = {
    var table = [[(StaticString, Redactor.Kind, Extent)]](repeating: [], count: 128)
    for ending in endings { table[Int(ending.0.utf8Start[ending.0.utf8CodeUnitCount - 1])].append(ending) }
    return table
  }()

  private static let endings: [(StaticString, Redactor.Kind, Extent)] = [
    ("authorization", .authorization, .line), ("cookie", .authorization, .line),
    ("password", .password, .value), ("passwd", .password, .value), ("passphrase", .password, .line),
    ("passcode", .password, .value), ("pwd", .password, .value), ("pass", .password, .value),
    ("secret", .token, .value), ("token", .token, .value), ("apikey", .token, .value), ("accesskey", .token, .value),
    ("accesskeyid", .token, .value), ("secretkey", .token, .value), ("privatekey", .token, .value),
    ("accountkey", .token, .value), ("sharedkey", .token, .value), ("sharedaccesskey", .token, .value),
    ("encryptionkey", .token, .value), ("signingkey", .token, .value), ("masterkey", .token, .value),
    ("authkey", .token, .value), ("licensekey", .token, .value), ("credential", .token, .value),
    ("credentials", .token, .value), ("signature", .token, .value), ("sig", .token, .value),
    ("jwt", .token, .value), ("bearer", .token, .value), ("otp", .token, .value), ("totp", .token, .value),
    ("sessionid", .token, .value), ("sessid", .token, .value), ("csrf", .token, .value),
    ("connectionstring", .connection, .line),
    ("phone", .phone, .value), ("mobile", .phone, .value), ("tel", .phone, .value), ("cvv", .card, .value),
    ("cvc", .card, .value), ("cardnumber", .card, .value),
  ]

  /// Words that end like a secret's name and are none.
  private static func isInnocent(_ folded: [UInt8], _ ending: StaticString) -> Bool {
    let innocents: [StaticString]
    switch ending.utf8CodeUnitCount {
    case 3: innocents = ["hotel", "motel", "intel", "cartel", "pastel"]
    case 4: innocents = ["bypass", "compass", "trespass", "encompass", "surpass"]
    case 6: innocents = ["nosecret"]
    default: return false
    }
    return innocents.contains { word in
      word.utf8CodeUnitCount <= folded.count
        && (0..<word.utf8CodeUnitCount).allSatisfy {
          folded[folded.count - word.utf8CodeUnitCount + $0] == word.utf8Start[$0]
        }
    }
  }
}
