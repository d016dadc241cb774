// What gives itself away by its shape: PEM blocks, cards, telephone numbers, e-mail addresses.

extension RedactedText {
  /// `-----BEGIN …-----` to the end of its `-----END …-----`; without one, all that follows.
  func pemBlock(at index: Int) -> Range<Int>? {
    guard standsExactly("-----BEGIN ", at: index) || standsExactly("---- BEGIN SSH2", at: index) else { return nil }
    var cursor = index + 11
    while cursor < count {
      guard bytes[cursor] == 0x2D, standsExactly("-----END ", at: cursor) || standsExactly("---- END SSH2", at: cursor)
      else {
        cursor += 1
        continue
      }
      // The label, then the closing dashes.
      let label = end(from: cursor + 9, atMost: 64) { Byte.isWord($0) || $0 == 0x20 }
      return index..<end(from: label, atMost: 5) { $0 == 0x2D }
    }
    return index..<count
  }

  /// 12 to 19 digits, single spaces or dashes between them, that begin as an issuer's numbers do and pass Luhn's check
  /// (ISO/IEC 7812-1).
  func cardNumber(at index: Int) -> Range<Int>? {
    guard !isInsideNumber(index) else { return nil }
    var digits = InlineArray<19, UInt8>(repeating: 0)
    var length = 0
    var cursor = index
    var lastDigit = index
    while cursor < count {
      let byte = bytes[cursor]
      if Byte.isDigit(byte) {
        guard length < 19 else { return nil }
        digits[length] = byte - 0x30
        length += 1
        lastDigit = cursor
      } else if byte == 0x20 || byte == 0x2D {
        guard lastDigit == cursor - 1 else { break }
      } else {
        break
      }
      cursor += 1
    }
    let end = lastDigit + 1
    guard length >= 12, end == count || !Byte.isWord(bytes[end]), Self.isIssued(digits, length) else { return nil }
    var sum = 0
    for offset in 0..<length {
      let digit = Int(digits[length - 1 - offset])
      sum += offset % 2 == 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
    }
    return sum % 10 == 0 ? index..<end : nil
  }

  /// Whether an issuer gives numbers of this length with these first digits.
  private static func isIssued(_ digits: InlineArray<19, UInt8>, _ length: Int) -> Bool {
    let four = Int(digits[0]) * 1000 + Int(digits[1]) * 100 + Int(digits[2]) * 10 + Int(digits[3])
    switch four {
    case 4000...4999: return length == 13 || length == 16 || length == 19
    case 5100...5599, 2221...2720: return length == 16
    case 3400...3499, 3700...3799: return length == 15
    case 3000...3059, 3095...3095, 3600...3699, 3800...3999: return length >= 14
    case 3528...3589, 6011, 6200...6299, 6440...6599: return length >= 16
    case 5000...5099, 5600...5999, 6000...6999: return length >= 13
    default: return false
    }
  }

  /// A digit behind a decimal point, or one group of a longer row of groups, begins no number of its own.
  private func isInsideNumber(_ index: Int) -> Bool {
    guard index > 0 else { return false }
    let before = bytes[index - 1]
    if before == 0x2E || before == 0x2C || before == 0x2D { return index > 1 && Byte.isWord(bytes[index - 2]) }
    return before == 0x5F
  }

  /// `+` and 8 to 15 digits (E.164), `(415) 555-2671`, `415-555-2671`, or a trunk 0 and groups: `0171 123 45 67`.
  func phoneNumber(at index: Int) -> Range<Int>? {
    let first = bytes[index]
    if first != 0x2B, isInsideNumber(index) { return nil }
    if first == 0x2B, index > 0, Byte.isWord(bytes[index - 1]) { return nil }
    var groups = InlineArray<8, Int>(repeating: 0)
    var group = 0
    var cursor = first == 0x2B ? index + 1 : index
    var stop = cursor
    var separators = 0
    var isMixed = false
    var separator: UInt8 = 0
    while cursor < count {
      let byte = bytes[cursor]
      if Byte.isDigit(byte) {
        groups[group] += 1
        stop = cursor + 1
      } else if byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x28 || byte == 0x29 || byte == 0x2F {
        // At most two separators follow each other: ") " or " (".
        separators = stop == cursor ? 1 : separators + 1
        guard separators <= 2 else { break }
        if separator != 0, separator != byte { isMixed = true }
        separator = byte
        if groups[group] > 0 {
          guard group < 7 else { return nil }
          group += 1
        }
      } else {
        break
      }
      cursor += 1
    }
    guard stop == count || !Byte.isWord(bytes[stop]) && !(bytes[stop] == 0x3A) else { return nil }
    let used = groups[group] > 0 ? group + 1 : group
    var digits = 0
    for place in 0..<used { digits += groups[place] }
    let shape = PhoneShape(groups: groups, used: used, digits: digits, isMixed: isMixed)
    switch first {
    case 0x2B: return shape.isInternational ? index..<stop : nil
    case 0x28: return shape.isNorthAmerican ? index..<stop : nil
    case 0x30 where index + 1 < count && bytes[index + 1] == 0x30:
      let isCountry = index + 2 < count && bytes[index + 2] &- 0x31 < 9
      return shape.isInternational && groups[0] >= 4 && isCountry ? index..<stop : nil
    case 0x30: return shape.isNational ? index..<stop : nil
    default: return shape.isNorthAmerican ? index..<stop : nil
    }
  }

  private struct PhoneShape {
    let groups: InlineArray<8, Int>
    let used: Int
    let digits: Int
    let isMixed: Bool

    var isInternational: Bool { (8...15).contains(digits) && groups[0] <= 15 }

    var isNorthAmerican: Bool {
      let offset = used == 4 && groups[0] == 1 ? 1 : 0
      return used == 3 + offset && groups[offset] == 3 && groups[offset + 1] == 3 && groups[offset + 2] == 4
    }

    /// Groups of two digits and more behind a first of two to five: times, dates and versions have other shapes.
    var isNational: Bool {
      guard (2...6).contains(used), (10...12).contains(digits), (2...5).contains(groups[0]) else { return false }
      for place in 1..<used where groups[place] < 2 { return false }
      return !isMixed || used == 2
    }
  }

  /// At the `@` (or `%40`) of an address: a local part before it, a domain with a top level of letters behind it.
  func emailAddress(at index: Int) -> Range<Int>? {
    let isEscaped = bytes[index] == 0x25
    guard !isEscaped || standsExactly("%40", at: index) else { return nil }
    var start = index
    while start > 0, index - start < 64, Byte.isWord(bytes[start - 1]) || "._%+-".utf8.contains(bytes[start - 1]) {
      start -= 1
    }
    let domain = index + (isEscaped ? 3 : 1)
    var stop = end(from: domain, atMost: 253) { Byte.isWord($0) || $0 == 0x2D || $0 == 0x2E }
    while stop > domain, bytes[stop - 1] == 0x2E || bytes[stop - 1] == 0x2D { stop -= 1 }
    guard start < index, let dot = (domain..<stop).last(where: { bytes[$0] == 0x2E }), dot > domain else { return nil }
    let top = dot + 1..<stop
    guard (2...24).contains(top.count), top.allSatisfy({ Byte.isLetter(bytes[$0]) }) else { return nil }
    // `git@host.example:path` names a repository; `image@2x.png` a file.
    if stop < count, bytes[stop] == 0x3A, standsExactly("git", at: start), index - start == 3 { return nil }
    // In `ssh://git@host` it is a user, on whom `userInformation` has decided.
    if standsExactly("://", at: start - 3) { return nil }
    let files: [StaticString] = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "json"]
    if files.contains(where: { $0.utf8CodeUnitCount == top.count && stands($0, at: top.lowerBound) }) { return nil }
    return start..<stop
  }
}
