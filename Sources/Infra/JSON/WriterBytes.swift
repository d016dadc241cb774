// The bytes below the writer: room, quoted strings, digits.
import Glibc

extension JSONWriter {
  /// Makes room for that many more bytes.
  @inlinable
  mutating func reserve(_ additional: Int) {
    if capacity - count < additional { grow(additional) }
  }

  @usableFromInline @inline(never)
  mutating func grow(_ additional: Int) {
    let larger = max(capacity * 2, count + additional)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    memcpy(moved, base, count)
    base.deallocate()
    base = moved
    capacity = larger
  }

  @inlinable
  mutating func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count += 1
  }

  @inlinable
  mutating func append(_ literal: StaticString) {
    let length = literal.utf8CodeUnitCount
    reserve(length)
    Self.copy(literal.utf8Start, to: base + count, length)
    count += length
  }

  /// Copies what is mostly a word or two: by two loads that may overlap rather than by a call. Both places have `length`
  /// bytes.
  @inlinable @inline(__always)
  static func copy(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>, _ length: Int) {
    let (from, to) = (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
    switch length {
    case 8...16:
      let last = from.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
      to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
      to.storeBytes(of: last, toByteOffset: length &- 8, as: UInt64.self)
    case 4..<8:
      let last = from.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
      to.storeBytes(of: from.loadUnaligned(as: UInt32.self), as: UInt32.self)
      to.storeBytes(of: last, toByteOffset: length &- 4, as: UInt32.self)
    case 0..<4: for index in 0..<length { target[index] = source[index] }
    default: memcpy(target, source, length)
    }
  }

  mutating func append(_ bytes: RawSpan) {
    reserve(bytes.byteCount)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { memcpy(base + count, start, source.count) }
    }
    count += bytes.byteCount
  }

  // MARK: Strings

  mutating func quote(_ value: String) {
    // A native string gives its bytes as they lie.
    let isQuoted: Void? = value.utf8.withContiguousStorageIfAvailable { quote(UnsafeRawBufferPointer($0)) }
    if isQuoted == nil {
      var value = value
      value.withUTF8 { quote(UnsafeRawBufferPointer($0)) }
    }
  }

  /// Writes valid UTF-8 between quotation marks, escaping what RFC 8259 section 7 demands, in the forms of RFC 8785.
  mutating func quote(_ source: UnsafeRawBufferPointer) {
    guard let start = source.baseAddress, !needsEscapes(source) else { return quoteEscaping(source) }
    reserve(source.count + 2)
    base[count] = UInt8(ascii: "\"")
    Self.copy(start.assumingMemoryBound(to: UInt8.self), to: base + count + 1, source.count)
    base[count + source.count + 1] = UInt8(ascii: "\"")
    count += source.count + 2
  }

  /// Whether a byte of the source is a control character, a quotation mark or a backslash. Looks at 16 or 8 bytes at a
  /// time, at the last ones twice rather than one by one.
  private func needsEscapes(_ source: UnsafeRawBufferPointer) -> Bool {
    let length = source.count
    if length >= 16 {
      var found = SIMD16<UInt8>(repeating: 0)
      var index = 0
      while index &+ 16 <= length {
        found |= special(source.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self))
        index &+= 16
      }
      found |= special(source.loadUnaligned(fromByteOffset: length &- 16, as: SIMD16<UInt8>.self))
      let halves = unsafeBitCast(found, to: SIMD2<UInt64>.self)
      return (halves[0] | halves[1]) & 0x8080_8080_8080_8080 != 0
    }
    if length >= 8 {
      let first = source.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
      let last = source.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
      return special(first) | special(last) != 0
    }
    if length >= 4 {
      let first = UInt64(source.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
      let last = UInt64(source.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self))
      return special(first | last << 32) != 0
    }
    return source.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
  }

  /// The high bit of each byte says that it needs an escape; the other bits say nothing.
  @inline(__always)
  private func special(_ chunk: SIMD16<UInt8>) -> SIMD16<UInt8> {
    let ones = SIMD16<UInt8>(repeating: 1)
    let quotes = (chunk ^ SIMD16(repeating: UInt8(ascii: "\""))) &- ones
    let backslashes = (chunk ^ SIMD16(repeating: UInt8(ascii: "\\"))) &- ones
    let controls = chunk &- SIMD16(repeating: 0x20)
    return (controls | quotes | backslashes) & ~chunk
  }

  /// The high bit of each byte says that it needs an escape. Borrows only reach bytes above one that does, so that the
  /// lowest is exact.
  @inline(__always)
  private func special(_ word: UInt64) -> UInt64 {
    let quotes = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
    let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
    let controls = word &- 0x2020_2020_2020_2020
    return (controls | quotes | backslashes) & ~word & 0x8080_8080_8080_8080
  }

  @inline(never)
  private mutating func quoteEscaping(_ source: UnsafeRawBufferPointer) {
    let length = source.count
    reserve(length + 8 + 2)
    base[count] = UInt8(ascii: "\"")
    count += 1
    var index = 0
    // Here and below, room for the rest of the source and 8 bytes more is kept: it is renewed after each escape.
    while index < length {
      while index + 8 <= length {
        let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        UnsafeMutableRawPointer(base + count).storeBytes(of: word.littleEndian, as: UInt64.self)
        let plain = special(word).trailingZeroBitCount / 8  // 8 if there is none
        index += plain
        count += plain
        if plain < 8 { break }
      }
      guard index < length else { break }
      let byte = source[index]
      index += 1
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        base[count] = byte
        count += 1
      } else {
        escape(byte)
        reserve(length - index + 8 + 1)
      }
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x08: append("\\b")
    case 0x09: append("\\t")
    case 0x0A: append("\\n")
    case 0x0C: append("\\f")
    case 0x0D: append("\\r")
    default:
      append("\\u00")
      append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      append(hexadecimalDigit(byte & 0xF))
    }
  }

  private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  // MARK: Numbers

  /// Writes an integer's digits.
  mutating func decimal(_ value: UInt64) {
    let length = decimalLength(value)
    reserve(length)
    put(value, length: length, at: count)
    count += length
  }

  /// Puts exactly `length` digits of a value at a place for which there is room.
  private mutating func put(_ value: UInt64, length: Int, at place: Int) {
    var rest = value
    var index = place + length
    while index > place {
      index -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      base[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    }
  }

  /// Writes a number of at most six decimals, as most are, and says whether it was one. Two decimals of at most 15 digits
  /// never read as the same double, so that there is no shorter one.
  @inline(__always)
  mutating func fewDecimals(_ value: Double) -> Bool {
    if value.bitPattern == 0 {
      append(UInt8(ascii: "0"))
      return true
    }
    guard value >= 1e-6, value < 1e9 else { return false }
    let millionths = UInt64(value * 1_000_000 + 0.5)
    guard Double(millionths) / 1_000_000 == value else { return false }
    let (whole, rest) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
    if whole < 10 { append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: whole)) } else { decimal(whole) }
    if rest > 0 { decimals(UInt32(truncatingIfNeeded: rest)) }
    return true
  }

  /// The point and the digits of some millionths behind it, up to the last that is not zero.
  private mutating func decimals(_ millionths: UInt32) {
    reserve(7)
    base[count] = UInt8(ascii: ".")
    // Most have two digits.
    let (hundredths, fine) = millionths.quotientAndRemainder(dividingBy: 10_000)
    let length = fine == 0 ? 2 : 6
    var rest = fine == 0 ? hundredths : millionths
    for place in stride(from: count + length, to: count, by: -1) {
      base[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += length + 1
    while base[count - 1] == UInt8(ascii: "0") { count -= 1 }
  }

  /// Writes a double that is finite and not negative with the fewest digits, in the form of ECMAScript's
  /// Number::toString. From `limit` on it is written with an exponent: ECMAScript has 1e21 there. Where integers are told
  /// from doubles it must be 2⁵³: the digits of a larger double, padded with zeros, would be read as another integer.
  mutating func shortest(_ value: Double, scientificFrom limit: Double) {
    guard value > 0 else {
      append(UInt8(ascii: "0"))
      return
    }
    let decimal = ShortestDecimal(of: value)
    let length = decimalLength(decimal.digits)
    // The number is 0.d₁d₂…dₖ · 10^point.
    let point = length + decimal.exponent
    reserve(32)
    switch point {
    case _ where value >= limit: scientific(decimal.digits, length: length, exponent: point - 1)
    case length...21: digitsAndZeros(decimal.digits, length: length, zeros: point - length)
    case 1...21: pointWithin(decimal.digits, length: length, point: point)
    case -5...0: pointBefore(decimal.digits, length: length, zeros: -point)
    default: scientific(decimal.digits, length: length, exponent: point - 1)
    }
  }

  private mutating func digitsAndZeros(_ digits: UInt64, length: Int, zeros: Int) {
    put(digits, length: length, at: count)
    count += length
    for _ in 0..<zeros { append(UInt8(ascii: "0")) }
  }

  private mutating func pointWithin(_ digits: UInt64, length: Int, point: Int) {
    put(digits, length: length, at: count + 1)
    for index in count..<count + point { base[index] = base[index + 1] }
    base[count + point] = UInt8(ascii: ".")
    count += length + 1
  }

  private mutating func pointBefore(_ digits: UInt64, length: Int, zeros: Int) {
    append("0.")
    for _ in 0..<zeros { append(UInt8(ascii: "0")) }
    put(digits, length: length, at: count)
    count += length
  }

  private mutating func scientific(_ digits: UInt64, length: Int, exponent: Int) {
    if length == 1 {
      put(digits, length: 1, at: count)
      count += 1
    } else {
      pointWithin(digits, length: length, point: 1)
    }
    append(exponent < 0 ? "e-" : "e+")
    decimal(UInt64(exponent.magnitude))
  }
}

/// How many decimal digits a value has; one for zero.
func decimalLength(_ value: UInt64) -> Int {
  var length = 1
  var bound: UInt64 = 10
  while value >= bound {
    length += 1
    if length == 20 { break }
    bound *= 10
  }
  return length
}
