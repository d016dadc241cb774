// Strings: found eight bytes at a time, with escapes and UTF-8 checked where they occur.

extension JSONReader {
  /// Reads a string. Longer than `maximumBytes` in UTF-8 is a field error.
  package mutating func string(maximumBytes: Int = .max) throws(JSONError) -> String {
    let text = try text(maximumBytes: maximumBytes)
    return text.string
  }

  /// Reads a string of at most so many characters, counted as JSON Schema counts them: code points.
  package mutating func string(maximumLength: Int) throws(JSONError) -> String {
    let text = try string()
    if text.utf8.count > maximumLength, text.unicodeScalars.count > maximumLength {
      refuse("must have at most \(maximumLength) characters")
    }
    return text
  }

  /// Reads a string without making a `String`.
  @_lifetime(copy self)
  package mutating func text(maximumBytes: Int = .max) throws(JSONError) -> JSONText {
    valueOffset = position
    guard current == UInt8(ascii: "\"") else {
      try refuseType("must be a string")
      return JSONText(raw: bytes.extracting(first: 0), offset: valueOffset, isPlain: true, isASCII: true)
    }
    let text = try scanString()
    if text.rawByteCount > maximumBytes, text.isPlain || text.bytes.count > maximumBytes {
      refuse("must be at most \(maximumBytes) bytes long")
    }
    return text
  }

  /// Reads a string that must be one of an enumeration's raw values; nil, and a field error, if it is none.
  package mutating func choice<Choice: RawRepresentable & CaseIterable>(
    of _: Choice.Type = Choice.self
  ) throws(JSONError) -> Choice? where Choice.RawValue == String {
    guard current == UInt8(ascii: "\"") else {
      valueOffset = position
      try refuseType("must be a string")
      return nil
    }
    let name = try string()
    if let choice = Choice(rawValue: name) { return choice }
    let known = Choice.allCases.map(\.rawValue)
    let meant = NearestName.suggestion(for: name, among: known)
    refuse("must be one of " + known.joined(separator: ", ") + (meant.map { "; did you mean “\($0)”?" } ?? ""))
    return nil
  }

  /// Reads past the string that begins at the position.
  @_lifetime(copy self)
  mutating func scanString() throws(JSONError) -> JSONText {
    let opening = position
    let index = indexOfSpecial(from: opening &+ 1)
    guard byteOrZero(index) == UInt8(ascii: "\"") else { return try scanString(from: opening, at: index) }
    position = index &+ 1
    return JSONText(
      raw: bytes.extracting(unchecked: opening &+ 1..<index), offset: opening, isPlain: true, isASCII: true)
  }

  /// Goes on from the first byte of a string that is not ordinary.
  @inline(never) @_lifetime(copy self)
  private mutating func scanString(from opening: Int, at first: Int) throws(JSONError) -> JSONText {
    let count = bytes.byteCount
    var index = first
    var isPlain = true
    var isASCII = true
    while true {
      guard index < count else { throw failure(.unexpectedEnd, at: count) }
      let byte = bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      switch byte {
      case UInt8(ascii: "\""):
        position = index + 1
        return JSONText(
          raw: bytes.extracting(unchecked: opening + 1..<index), offset: opening, isPlain: isPlain, isASCII: isASCII)
      case UInt8(ascii: "\\"):
        isPlain = false
        isASCII = false
        index = try checkEscape(at: index)
      case 0x80...0xFF:
        isASCII = false
        repeat { index = try checkUTF8(at: index) } while byteOrZero(index) >= 0x80
      case 0..<0x20:
        throw failure(.controlCharacter, at: index)
      default:
        index += 1
      }
      index = indexOfSpecial(from: index)
    }
  }

  /// The first byte from the index on that is a quotation mark, a backslash, a control character or not ASCII; or the end.
  @inline(__always)
  private func indexOfSpecial(from start: Int) -> Int {
    var index = start
    while index + 16 <= bytes.byteCount {
      // Arithmetic only: comparisons of vectors, and turning their masks into bits, compile to slow code. The high bit of
      // each byte in `special` is set where the byte is below 0x20, equals one of the two, or is not ASCII.
      let chunk = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
      let ones = SIMD16<UInt8>(repeating: 1)
      let quotes = (chunk ^ SIMD16(repeating: UInt8(ascii: "\""))) &- ones
      let backslashes = (chunk ^ SIMD16(repeating: UInt8(ascii: "\\"))) &- ones
      let controls = chunk &- SIMD16(repeating: 0x20)
      let special = (controls | quotes | backslashes | chunk) & SIMD16(repeating: 0x80)
      let halves = unsafeBitCast(special, to: SIMD2<UInt64>.self)
      if halves[0] != 0 { return index + UInt64(littleEndian: halves[0]).trailingZeroBitCount / 8 }
      if halves[1] != 0 { return index + 8 + UInt64(littleEndian: halves[1]).trailingZeroBitCount / 8 }
      index &+= 16
    }
    while index < bytes.byteCount, (0x20...0x7F).contains(byteOrZero(index)), byteOrZero(index) != UInt8(ascii: "\""),
      byteOrZero(index) != UInt8(ascii: "\\")
    {
      index &+= 1
    }
    return index
  }

  private func byteOrZero(_ index: Int) -> UInt8 {
    index < bytes.byteCount ? bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) : 0
  }

  /// Checks the escape at the index and returns the index behind it (RFC 8259 section 7).
  private func checkEscape(at start: Int) throws(JSONError) -> Int {
    guard start + 1 < bytes.byteCount else { throw failure(.unexpectedEnd, at: bytes.byteCount) }
    switch byteOrZero(start + 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      let unit = try hexadecimal(at: start + 2)
      guard unit & 0xF800 == 0xD800 else { return start + 6 }
      guard unit < 0xDC00, byteOrZero(start + 6) == UInt8(ascii: "\\"), byteOrZero(start + 7) == UInt8(ascii: "u")
      else {
        throw failure(.loneSurrogate, at: start)
      }
      guard try hexadecimal(at: start + 8) & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate, at: start) }
      return start + 12
    default:
      throw failure(.invalidEscape, at: start)
    }
  }

  private func hexadecimal(at start: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for index in start..<start + 4 {
      guard index < bytes.byteCount else { throw failure(.unexpectedEnd, at: bytes.byteCount) }
      let digit = hexadecimalValue(byteOrZero(index))
      guard digit < 16 else { throw failure(.invalidEscape, at: index) }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// Checks the UTF-8 sequence at the index, whose first byte is not ASCII, and returns the index behind it. The ranges
  /// are those of table 3-7 of the Unicode Standard: no overlong forms, no surrogates, nothing above U+10FFFF.
  private func checkUTF8(at start: Int) throws(JSONError) -> Int {
    let first = byteOrZero(start)
    let second = byteOrZero(start + 1)
    let isSecond: Bool
    let length: Int
    switch first {
    case 0xC2...0xDF:
      length = 2
      isSecond = second & 0xC0 == 0x80
    case 0xE0:
      length = 3
      isSecond = second >= 0xA0 && second <= 0xBF
    case 0xED:
      length = 3
      isSecond = second >= 0x80 && second <= 0x9F
    case 0xE1...0xEF:
      length = 3
      isSecond = second & 0xC0 == 0x80
    case 0xF0:
      length = 4
      isSecond = second >= 0x90 && second <= 0xBF
    case 0xF1...0xF3:
      length = 4
      isSecond = second & 0xC0 == 0x80
    case 0xF4:
      length = 4
      isSecond = second >= 0x80 && second <= 0x8F
    default:
      throw failure(.invalidUTF8, at: start)
    }
    guard isSecond, length < 3 || byteOrZero(start + 2) & 0xC0 == 0x80,
      length < 4 || byteOrZero(start + 3) & 0xC0 == 0x80
    else { throw failure(.invalidUTF8, at: start) }
    return start + length
  }
}
