// Numbers: integers exact, doubles correctly rounded both ways, and what is decided about very large ones.
import Crypto
import Foundation
import TestSupport
import Testing

@testable import JSON

private func read(_ text: String) throws(JSONError) -> JSONNumber? { try JSONValue(parsing: text).number }

private func written(_ value: Double) -> String { String(decoding: value.jsonBytes, as: UTF8.self) }

@Suite struct NumberTests {
  @Test(arguments: [
    ("0", JSONNumber.integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .unsigned(1 << 63)),
    ("18446744073709551615", .unsigned(.max)), ("10000000000000000000", .unsigned(10_000_000_000_000_000_000)),
    ("-0", .double(-0.0)), ("1.0", .double(1)), ("1e2", .double(100)), ("0.1", .double(0.1)),
    ("-2.5E-3", .double(-0.0025)),
    ("100000000000000000000", .double(1e20)), ("-9223372036854776000", .double(-0x1p63)),
    ("123456789012345680000", .double(1.2345678901234568e20)), ("1e-400", .double(0)),
    ("0e999999999999", .double(0)),
    ("0.0000000000000000000000000000000000000000000001", .double(1e-46)),
    ("1e00000000000000000000000000000001", .double(10)),
  ])
  func `a number is held as what it was written as`(text: String, expected: JSONNumber) throws {
    #expect(try read(text) == expected)
    #expect(try read(text)?.double.sign == expected.double.sign)
  }

  @Test func `a double of few decimals is written with those and no more`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let whole = Int.random(in: 0...[0, 1, 9, 10, 999_999_999].randomElement(using: &generator)!, using: &generator)
      let unit = [1, 10, 1000, 10_000, 100_000].randomElement(using: &generator)!
      let rest = Int.random(in: 0..<1_000_000 / unit, using: &generator) * unit
      var text = "\(whole)." + String(1_000_000 + rest).dropFirst()
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
      #expect(written(Double(text)!) == text)
      let next = Double(text)!.nextUp
      #expect(Double(written(next)) == next)
    }
    #expect(written(0) == "0" && written(-0.0) == "-0" && written(-2.5) == "-2.5" && written(1e-7) == "1e-7")
  }

  @Test(arguments: [
    "18446744073709551616", "18446744073709551617", "-9223372036854775809", "99999999999999999999",
    "123456789012345678901", "-123123123123123123123123123123", "1e309", "-1e309", "17976931348623159e292",
  ])
  func `a number that would silently become another is refused`(text: String) {
    let error = #expect(throws: JSONError.self) { try read(text) }
    #expect(error?.reason == .numberOutOfRange)
    // Also where any double would do.
    #expect(throws: JSONRefusal.self) {
      try JSONReader.decode([UInt8](text.utf8).span.bytes) { reader throws(JSONError) in try reader.double() }
    }
  }

  @Test func `an integer may be written as a whole number with fraction or exponent`() throws {
    let bytes = [UInt8]("[3, 3.0, 3e0, 30e-1, 0.3e1, 9007199254740993]".utf8)
    let read = try JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in try reader.integer() }
    }
    #expect(read == [3, 3, 3, 3, 3, 9_007_199_254_740_993])
  }

  @Test(arguments: ["3.5", "1e300", "9223372036854775808", "\"3\"", "true"])
  func `what is not an integer is a field error`(text: String) {
    #expect(throws: JSONRefusal.self) {
      try JSONReader.decode([UInt8](text.utf8).span.bytes) { reader throws(JSONError) in try reader.integer() }
    }
  }

  @Test func `unsigned integers have their whole range`() throws {
    let bytes = [UInt8]("[0, 18446744073709551615, 1e3]".utf8)
    let read = try JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in try reader.unsigned() }
    }
    #expect(read == [0, .max, 1000])
    #expect(throws: JSONRefusal.self) {
      try JSONReader.decode([UInt8]("-1".utf8).span.bytes) { reader throws(JSONError) in try reader.unsigned() }
    }
  }

  @Test func `integers survive writing and reading`() throws {
    var generator = SeededGenerator(seed: 4)
    let edges = [0, 1, -1, .max, .min, .max - 1, .min + 1, 1 << 53, (1 << 53) + 1]
    let random = (0..<2000).map { Int(bitPattern: UInt(generator.next() >> UInt64($0 % 64))) }
    for value in edges + random {
      #expect(String(decoding: value.jsonBytes, as: UTF8.self) == String(value))
      #expect(try read(String(value)) == .integer(value))
    }
  }

  @Test func `doubles are written as short as the standard library can, and read back`() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      let text = written(value)
      #expect(try read(text)?.double == value)
      let shortest = ShortestDecimal(of: value.magnitude)
      let digits = value.magnitude.description.prefix { $0 != "e" }.filter { $0 != "." }
      let expected = digits.drop { $0 == "0" }.trimmingSuffix { $0 == "0" }
      #expect(String(shortest.digits) == expected, "\(value)")
    }
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (1e-5, "0.00001"), (1e-6, "0.000001"),
    (1e-7, "1e-7"),
    (123456.789, "123456.789"), (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740991, "9007199254740991"), (9007199254740992, "9.007199254740992e+15"), (1e15, "1000000000000000"),
    (1e16, "1e+16"), (1e23, "1e+23"), (2.2250738585072014e-308, "2.2250738585072014e-308"), (.nan, "null"),
    (-.infinity, "null"),
  ])
  func `a double is written plainly, and with an exponent where an integer would be another number`(
    value: Double, text: String
  ) {
    #expect(written(value) == text)
  }

  @Test(arguments: [
    // Halfway between two doubles, and a digit to either side of it; the least subnormal; the largest double.
    "9007199254740993e0", "9007199254740993.00000000000000000000000000001e0",
    "9007199254740992.99999999999999999999999e0",
    "2.4703282292062327208e-324", "2.4703282292062328e-324", "4.9406564584124654e-324", "2.2250738585072011e-308",
    "2.2250738585072012e-308", "1.7976931348623158e308", "1.79769313486231580793e308", "6.631236846766476e-316",
    "3.2378839133029012895883524125015321748630094096e-319", "8.533e+68", "4.1006e-184", "9.998e+307", "3e-324",
    "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001e100",
    "7.0420557077594588669468784357561207962098443483187940792729600000e59",
  ])
  func `hard decimals are rounded as the C library rounds them`(text: String) throws {
    #expect(try read(text)?.double == strtod(text, nil))
  }

  @Test func `random decimals of every length are rounded as the C library rounds them`() throws {
    var generator = SeededGenerator(seed: 6)
    for round in 0..<20_000 {
      let digits = (0...(round % 40)).map { _ in String(UInt.random(in: 0...9, using: &generator)) }.joined()
      let text = "1\(digits)e\(Int.random(in: -360...310, using: &generator))"
      let expected = strtod(text, nil)
      if expected.isFinite {
        #expect(try read(text)?.double == expected, "\(text)")
      } else {
        #expect(throws: JSONError.self, "\(text)") { try read(text) }
      }
    }
  }

  @Test func `decimals halfway between two doubles go to the even one`() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<5_000 {
      // The middle between two neighbours of 2^53…2^63 is an integer, so that it can be written down exactly.
      let lower = Double(UInt64.random(in: 1 << 54..<1 << 62, using: &generator)).nextDown
      let middle = (UInt64(lower) + UInt64(lower.nextUp)) / 2
      for text in ["\(middle)e0", "\(middle).000000000000000000001e0", "\(middle - 1).99999999999999999999e0"] {
        #expect(try read(text)?.double == strtod(text, nil), "\(text)")
      }
    }
  }

  @Test func `every power of ten in the table is what integers of any size say`() {
    for exponent in PowersOfTen.exponents {
      let expected = exactPowerOfTen(exponent)
      let found = PowersOfTen.significand(exponent)
      #expect(found.high == expected.high && found.low == expected.low, "10^\(exponent)")
    }
  }

  private static let readme = "vectors/jcs-rfc8785/testdata/README.md"

  /// The sequence of numbers of the test data of RFC 8785, of which the expected output is published as its hash.
  @Test(.enabled(if: Fixtures.present(readme)))
  func `the published sequence of a hundred thousand doubles is written as ECMAScript writes it`() throws {
    let text = try String(contentsOf: try #require(Fixtures.url(Self.readme)), encoding: .utf8)
    let fixed = text.matches(of: /0x([0-9a-f]{16})n[,\s]/).compactMap { UInt64($0.1, radix: 16) }.dropLast()
    #expect(fixed.count == 168)  // behind them comes the beginning of the serial numbers
    let table = text.matches(of: /\| ([0-9a-f]{64}) \| (\d+) +\|/).map { (hash: String($0.1), lines: Int($0.2)) }
    let expected = Dictionary(uniqueKeysWithValues: table.map { ($0.lines ?? 0, $0.hash) })
    var serial: UInt64 = 0
    var block = [UInt8](repeating: 0, count: 32)
    var queue: ArraySlice<UInt64> = []
    var output: [UInt8] = []
    var lines = 0
    for bits in fixed { append(bits) }
    while lines < 100_000 {
      if serial < 2000 {
        append(0x0010_0000_0000_0000 + serial)
        serial += 1
        continue
      }
      if queue.isEmpty {
        block = SHA256.digest(block).bytes
        queue =
          (0..<4).map { word in block[word * 8..<word * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }[...]
      }
      let bits = queue.removeFirst()
      let double = Double(bitPattern: bits)
      if double.isFinite, double != 0 { append(bits) }
    }
    func append(_ bits: UInt64) {
      var writer = JSONWriter()
      writer.canonicalDouble(Double(bitPattern: bits))
      output += [UInt8](String(bits, radix: 16).utf8) + [UInt8(ascii: ",")] + writer.array + [UInt8(ascii: "\n")]
      lines += 1
      if let hash = expected[lines] { #expect(SHA256.digest(output).hex == hash, "\(lines) lines") }
    }
  }
}

/// The first 128 bits of a power of ten, rounded up, by schoolbook arithmetic on little-endian digits of 32 bits.
private func exactPowerOfTen(_ exponent: Int) -> (high: UInt64, low: UInt64) {
  var power: [UInt32] = [1]
  for _ in 0..<abs(exponent) {
    var carry: UInt64 = 0
    for index in power.indices {
      let product = UInt64(power[index]) * 10 + carry
      power[index] = UInt32(truncatingIfNeeded: product)
      carry = product >> 32
    }
    if carry > 0 { power.append(UInt32(carry)) }
  }
  let bits = power.count * 32 - (power.last?.leadingZeroBitCount ?? 0)
  func bit(_ index: Int) -> Bool { index >= 0 && power[index / 32] >> UInt32(index % 32) & 1 == 1 }
  var result: (high: UInt64, low: UInt64) = (0, 0)
  func push(_ bit: Bool) { result = (result.high << 1 | result.low >> 63, result.low << 1 | (bit ? 1 : 0)) }
  var isInexact = false
  if exponent >= 0 {
    for index in 1...128 { push(bit(bits - index)) }
    isInexact = bits > 128 && (0..<bits - 128).contains { bit($0) }
  } else {
    // Long division of a power of two by 10^−exponent: the first quotient bit that is set begins the significand.
    var rest = [UInt32](repeating: 0, count: power.count + 1)
    let divisor = power + [0]
    rest[(bits - 1) / 32] = 1 << UInt32((bits - 1) % 32)
    var pushed = 0
    while pushed < 128 {
      var carry: UInt32 = 0
      for index in rest.indices { (rest[index], carry) = (rest[index] << 1 | carry, rest[index] >> 31) }
      let isLess = zip(rest.reversed(), divisor.reversed()).first { $0 != $1 }.map { $0 < $1 } ?? false
      if !isLess {
        var borrow: Int64 = 0
        for index in rest.indices {
          let difference = Int64(rest[index]) - Int64(divisor[index]) - borrow
          rest[index] = UInt32(truncatingIfNeeded: difference)
          borrow = difference < 0 ? 1 : 0
        }
      }
      if pushed > 0 || !isLess {
        push(!isLess)
        pushed += 1
      }
    }
    isInexact = rest.contains { $0 != 0 }
  }
  if isInexact {
    result.low &+= 1
    if result.low == 0 { result.high += 1 }
  }
  return result
}

extension StringProtocol {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
    return String(self[..<end])
  }
}
