// Escapes of URLs, of HTML and of string literals: each is read as the one character that it stands for.

/// One escape of a URL, of HTML or of a string literal.
struct Escape {
  var scalar: UInt32
  var length: Int

  private static let named: [String: UInt32] = [
    "lt": 0x3c, "gt": 0x3e, "amp": 0x26, "quot": 0x22, "apos": 0x27, "nbsp": 0x20, "lpar": 0x28, "rpar": 0x29,
    "sol": 0x2f, "bsol": 0x5c, "colon": 0x3a, "lbrack": 0x5b, "rbrack": 0x5d, "num": 0x23, "period": 0x2e,
    "comma": 0x2c, "newline": 0x0a, "tab": 0x09, "shy": 0xad, "zwj": 0x200d, "zwnj": 0x200c, "zerowidthspace": 0x200b,
    "nobreak": 0x2060, "thinsp": 0x20, "ensp": 0x20, "emsp": 0x20, "hyphen": 0x2d, "dash": 0x2d, "lowbar": 0x5f,
  ]

  static func read(_ source: TextBytes, _ index: Int, _ length: Int) -> Escape? {
    switch source[index] {
    case 0x25: return percent(source, index, length)
    case 0x26: return entity(source, index, length)
    default: return backslash(source, index, length)
    }
  }

  private static func hex(_ source: TextBytes, _ start: Int, _ digits: Int, _ length: Int) -> UInt32? {
    guard start + digits <= length else { return nil }
    var value: UInt32 = 0
    for index in start..<start + digits {
      guard let digit = source[index].hexValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// `%20`, and the two to four of them that make up one character of UTF-8.
  private static func percent(_ source: TextBytes, _ index: Int, _ length: Int) -> Escape? {
    guard let first = hex(source, index + 1, 2, length) else { return nil }
    if first < 0x80 {
      guard first >= 0x20 && first < 0x7f || first == 0x09 || first == 0x0a || first == 0x0d else { return nil }
      return Escape(scalar: first, length: 3)
    }
    let more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1
    guard (0xc2...0xf4).contains(first) else { return nil }
    var scalar = first & (0x3f >> UInt32(more))
    for part in 1...more {
      let place = index + 3 * part
      guard place < length, source[place] == 0x25, let next = hex(source, place + 1, 2, length), next & 0xc0 == 0x80
      else { return nil }
      scalar = scalar << 6 | next & 0x3f
    }
    return Unicode.Scalar(scalar).map { Escape(scalar: $0.value, length: 3 * (more + 1)) }
  }

  private static func entity(_ source: TextBytes, _ index: Int, _ length: Int) -> Escape? {
    if index + 2 < length, source[index + 1] == 0x23 { return numbered(source, index, length) }
    var end = index + 1
    while end < length, end < index + nameLimit, source[end].isLetter { end += 1 }
    guard end < length, source[end] == 0x3b, end > index + 1 else { return nil }
    let name = String(decoding: UnsafeBufferPointer(start: source + (index + 1), count: end - index - 1), as: UTF8.self)
    let scalar = named[name.lowercased()] ?? accented(name)
    return scalar.map { Escape(scalar: $0, length: end + 1 - index) }
  }

  /// `&#105;`, `&#x69;`; browsers do without the semicolon, so its lack hides nothing.
  private static func numbered(_ source: TextBytes, _ index: Int, _ length: Int) -> Escape? {
    let isHex = source[index + 2] | 0x20 == 0x78
    let start = index + (isHex ? 3 : 2)
    var end = start
    var value: UInt32 = 0
    while end < length, end < start + 8, let digit = source[end].hexValue, isHex || digit < 10 {
      value = value * (isHex ? 16 : 10) + UInt32(digit)
      end += 1
    }
    guard end > start, value == 0 || Unicode.Scalar(value) != nil else { return nil }
    if end < length, source[end] == 0x3b { end += 1 }
    return Escape(scalar: value == 0 ? 0x20 : value, length: end - index)
  }

  /// Entities have no longer names that matter here.
  private static let nameLimit = 20

  /// `&iacute;`: a letter and its accent.
  private static func accented(_ name: String) -> UInt32? {
    guard let letter = name.utf8.first, accents.contains(String(name.dropFirst())) else { return nil }
    return UInt32(letter | 0x20)
  }

  private static let accents: Set<String> = [
    "acute", "grave", "circ", "uml", "tilde", "cedil", "ring", "slash", "caron", "macr", "breve", "dot", "ogon", "scr",
    "fr", "opf",
  ]

  private static func backslash(_ source: TextBytes, _ index: Int, _ length: Int) -> Escape? {
    guard index + 1 < length else { return nil }
    switch source[index + 1] {
    case 0x6e where index + 2 < length && !source[index + 2].isDigit: return Escape(scalar: 0x0a, length: 2)
    case 0x22: return Escape(scalar: 0x22, length: 2)
    case 0x78:
      return hex(source, index + 2, 2, length).flatMap { $0 >= 0x20 ? Escape(scalar: $0, length: 4) : nil }
    case 0x75: return codePoint(source, index, length)
    default: return nil
    }
  }

  /// `\u0069`, `\u{69}`, and the two halves of a surrogate pair.
  private static func codePoint(_ source: TextBytes, _ index: Int, _ length: Int) -> Escape? {
    if index + 2 < length, source[index + 2] == 0x7b {
      var end = index + 3
      var value: UInt32 = 0
      while end < length, end < index + 9, let digit = source[end].hexValue {
        value = value << 4 | UInt32(digit)
        end += 1
      }
      guard end < length, source[end] == 0x7d, value >= 0x20, Unicode.Scalar(value) != nil else { return nil }
      return Escape(scalar: value, length: end + 1 - index)
    }
    guard let unit = hex(source, index + 2, 4, length), unit >= 0x20 else { return nil }
    guard (0xd800..<0xdc00).contains(unit) else { return Escape(scalar: unit, length: 6) }
    guard index + 7 < length, source[index + 6] == 0x5c, source[index + 7] == 0x75,
      let low = hex(source, index + 8, 4, length), (0xdc00..<0xe000).contains(low)
    else { return Escape(scalar: unit, length: 6) }
    return Escape(scalar: 0x1_0000 + (unit - 0xd800) << 10 + (low - 0xdc00), length: 12)
  }
}
