// Numbers: integers stay integers over the whole of Int64 and UInt64; everything else is the nearest double.
//
// What is decided about large and small ones:
// - An integer beyond 64 bits is taken only if its digits are those that the nearest double is written with, so that it
//   survives being read and written again; any other would silently become another number, and is refused.
// - A number too large for a double is refused; one too small becomes zero, as in IEEE 754.
// - `-0` is the double −0: there is no such integer.

/// A number as it was written: an integer if it has neither fraction nor exponent.
package enum JSONNumber: Hashable, Sendable {
  case integer(Int)
  /// Only for integers above `Int.max`.
  case unsigned(UInt64)
  case double(Double)

  package var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    }
  }

  /// The value as an integer, if it is one: `3`, and also `3.0` and `3e0`, as in JSON Schema.
  package var integer: Int? {
    switch self {
    case .integer(let value): value
    case .unsigned: nil
    case .double(let value): Int(exactly: value)
    }
  }

  package var unsigned: UInt64? {
    switch self {
    case .integer(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    case .double(let value): UInt64(exactly: value)
    }
  }
}

/// The parts of a number: `±digits · 10^exponent`.
struct NumberParts {
  let offset: Int
  let end: Int
  let isNegative: Bool
  /// Whether it has neither fraction nor exponent.
  let isInteger: Bool
  /// The first 19 significant digits, or all of them.
  let digits: UInt64
  /// Whether one of the digits that are not in `digits` is not zero.
  let isTruncated: Bool
  /// The power of ten of `digits`, all digits not in it having been counted.
  let exponent: Int
}

extension JSONReader {
  /// Reads a number.
  package mutating func number() throws(JSONError) -> JSONNumber {
    valueOffset = position
    guard isAtNumber else {
      try refuseType("must be a number")
      return .integer(0)
    }
    let parts = try scanNumber()
    return try number(parts)
  }

  /// Reads a number as the nearest double.
  package mutating func double() throws(JSONError) -> Double {
    valueOffset = position
    guard isAtNumber else {
      try refuseType("must be a number")
      return 0
    }
    let parts = try scanNumber()
    return parts.isInteger ? try number(parts).double : try double(parts)
  }

  /// Reads a number that must lie in the range.
  package mutating func double(in range: ClosedRange<Double>) throws(JSONError) -> Double {
    let value = try double()
    if !range.contains(value) { refuse("must be from \(range.lowerBound) to \(range.upperBound)") }
    return value
  }

  /// Reads an integer; `3.0` and `3e2` are integers too, as in JSON Schema.
  package mutating func integer() throws(JSONError) -> Int {
    valueOffset = position
    guard isAtNumber else {
      try refuseType("must be an integer")
      return 0
    }
    let parts = try scanNumber()
    if let value = parts.integer { return value }
    if let value = try number(parts).integer { return value }
    refuse(parts.isInteger ? "must fit a signed 64-bit integer" : "must be an integer")
    return 0
  }

  /// Reads an integer that must lie in the range.
  package mutating func integer(in range: ClosedRange<Int>) throws(JSONError) -> Int {
    let value = try integer()
    if !range.contains(value) { refuse("must be from \(range.lowerBound) to \(range.upperBound)") }
    return value
  }

  /// Reads an integer from 0 to 2⁶⁴ − 1.
  package mutating func unsigned() throws(JSONError) -> UInt64 {
    let number = try number()
    if let value = number.unsigned { return value }
    refuse("must be an integer of 64 bits, not negative")
    return 0
  }

  private var isAtNumber: Bool { current == UInt8(ascii: "-") || current &- UInt8(ascii: "0") < 10 }

  func number(_ parts: NumberParts) throws(JSONError) -> JSONNumber {
    if let value = parts.integer { return .integer(value) }
    if parts.isInteger, !parts.isNegative, let value = parts.unsigned(in: bytes) { return .unsigned(value) }
    if parts.isInteger, parts.isNegative, parts.isMinimum { return .integer(.min) }
    let value = try double(parts)
    if parts.isInteger, parts.digits > 0, !parts.survives(as: value) {
      throw failure(.numberOutOfRange, at: parts.offset)
    }
    return .double(value)
  }

  func double(_ parts: NumberParts) throws(JSONError) -> Double {
    let value = DecimalToDouble.convert(parts, in: bytes)
    guard value.isFinite else { throw failure(.numberOutOfRange, at: parts.offset) }
    return value
  }

  /// Reads past the number that begins at the position (RFC 8259 section 6).
  mutating func scanNumber() throws(JSONError) -> NumberParts {
    let offset = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var digits = DigitRun()
    var isInteger = true
    if current == UInt8(ascii: "0") {
      position += 1
    } else {
      guard try scanDigits(into: &digits) else { throw invalidNumber() }
    }
    var exponent = digits.dropped
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      let start = position
      guard try scanDigits(into: &digits) else { throw invalidNumber() }
      exponent = digits.dropped - (position - start)
    }
    if current | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      exponent += try scanExponent()
    }
    return NumberParts(
      offset: offset, end: position, isNegative: isNegative, isInteger: isInteger, digits: digits.value,
      isTruncated: digits.isTruncated, exponent: exponent)
  }

  private struct DigitRun {
    var value: UInt64 = 0
    var count = 0
    /// Digits beyond the nineteenth significant one, and whether any of them is not zero.
    var dropped = 0
    var isTruncated = false
  }

  private mutating func scanDigits(into run: inout DigitRun) throws(JSONError) -> Bool {
    let start = position
    while true {
      let digit = current &- UInt8(ascii: "0")
      guard digit < 10 else { return position > start }
      position += 1
      if run.count < 19 {
        run.value = run.value &* 10 &+ UInt64(digit)
        if run.value > 0 { run.count += 1 }
      } else {
        run.dropped += 1
        if digit != 0 { run.isTruncated = true }
      }
    }
  }

  private mutating func scanExponent() throws(JSONError) -> Int {
    let isNegative = current == UInt8(ascii: "-")
    if isNegative || current == UInt8(ascii: "+") { position += 1 }
    let start = position
    var value = 0
    while true {
      let digit = current &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      position += 1
      // Beyond this every double is 0 or infinite, whatever number of digits a text can hold.
      if value < 100_000_000_000 { value = value * 10 + Int(digit) }
    }
    guard position > start else { throw invalidNumber() }
    return isNegative ? -value : value
  }

  private func invalidNumber() -> JSONError {
    failure(position < bytes.byteCount ? .invalidNumber : .unexpectedEnd, at: position)
  }
}

extension NumberParts {
  /// The integer, if the digits are all there and fit. (`-0` is not an integer.)
  var integer: Int? {
    guard isInteger, exponent == 0, digits <= UInt64(Int.max) else { return nil }
    if isNegative { return digits == 0 ? nil : -Int(digits) }
    return Int(digits)
  }

  /// An integer above `Int.max`: it may have a twentieth digit.
  func unsigned(in bytes: RawSpan) -> UInt64? {
    if exponent == 0 { return digits }
    guard exponent == 1 else { return nil }
    let last = bytes.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self) - UInt8(ascii: "0")
    let (tens, overflow) = digits.multipliedReportingOverflow(by: 10)
    let (sum, carry) = tens.addingReportingOverflow(UInt64(last))
    return overflow || carry ? nil : sum
  }

  /// Whether this is −2⁶³, which has no positive counterpart.
  var isMinimum: Bool { exponent == 0 && digits == UInt64(1) << 63 }

  /// Whether the integer is what this double is written as.
  func survives(as value: Double) -> Bool {
    guard !isTruncated else { return false }
    var (digits, exponent) = (digits, exponent)
    while digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    let shortest = ShortestDecimal(of: value.magnitude)
    return digits == shortest.digits && exponent == shortest.exponent
  }
}
