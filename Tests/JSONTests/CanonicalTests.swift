// RFC 8785 beyond its test data: the order of names, numbers of the appendix, what is refused.
import JSON
import TestSupport
import Testing

private func canonical(_ text: String) throws -> String {
  let bytes = [UInt8](text.utf8)
  let direct = try JSONCanonical.bytes(from: bytes)
  let byTree = try JSONCanonical.bytes(of: JSONValue(parsing: bytes))
  #expect(direct == byTree)
  return String(decoding: direct, as: UTF8.self)
}

@Suite struct CanonicalTests {
  @Test(
    arguments: [
      // RFC 8785 appendix B
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
      (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
      (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
      (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
      (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
      (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
      (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
      (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
      (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
      (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func `a number is written as in the appendix`(bits: UInt64, text: String) throws {
    let bytes = try JSONCanonical.bytes(of: .double(Double(bitPattern: bits)))
    #expect(String(decoding: bytes, as: UTF8.self) == text)
    #expect(try canonical(text) == text)
  }

  @Test func `names are sorted by their UTF-16 code units`() throws {
    let text =
      #"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7,"":8,"11":9,"\ud7ff":10,"\ue000":11}"#
    #expect(
      try canonical(text)
        == "{\"\":8,\"\\r\":2,\"1\":4,\"11\":9,\"\u{80}\":6,\"ö\":7,\"€\":1,\"\u{D7FF}\":10,\"😀\":5,\"\u{E000}\":11,\"\u{FB33}\":3}"
    )
  }

  @Test func `the order of names is that of their UTF-16, whatever they are`() {
    var generator = SeededGenerator(seed: 8)
    func name() -> String {
      let pool: [ClosedRange<UInt32>] = [
        0x61...0x62, 0xD7F0...0xD7FF, 0xE000...0xE010, 0xFFF0...0xFFFF, 0x10000...0x10010,
      ]
      let scalars = (0..<Int.random(in: 0...3, using: &generator)).compactMap { _ in
        pool.randomElement(using: &generator).flatMap { Unicode.Scalar(UInt32.random(in: $0, using: &generator)) }
      }
      return String(String.UnicodeScalarView(scalars))
    }
    for _ in 0..<5000 {
      let (left, right) = (name(), name())
      #expect(JSONCanonical.precedes(left, right) == left.utf16.lexicographicallyPrecedes(right.utf16))
    }
  }

  @Test func `members are sorted on every level, and elements are not`() throws {
    #expect(
      try canonical(#" { "b" : [ {"z":1,"y":{"b":[],"a":{}}} , 2 , 1 ] , "a" : { "d":"x" , "c":null } } "#)
        == #"{"a":{"c":null,"d":"x"},"b":[{"y":{"a":{},"b":[]},"z":1},2,1]}"#)
  }

  @Test func `many members are sorted too`() throws {
    let names = (0..<3000).map { "k\(($0 * 7919) % 3000)" }
    let text = "{" + names.map { "\"\($0)\":[1,{\"b\":2,\"a\":3}]" }.joined(separator: ",") + "}"
    let sorted = "{" + names.sorted().map { "\"\($0)\":[1,{\"a\":3,\"b\":2}]" }.joined(separator: ",") + "}"
    #expect(try canonical(text) == sorted)
  }

  @Test(arguments: ["9007199254740993", "-9007199254740993", "9223372036854775807", "1152921504606846976"])
  func `an integer that a double would change is refused by its pointer, or kept where that is asked for`(text: String)
    throws
  {
    let document = [UInt8](#"{"a":[0,\#(text)]}"#.utf8)
    let failure = #expect(throws: JSONCanonical.Failure.self) {
      try JSONCanonical.bytes(of: JSONValue(parsing: document))
    }
    #expect(failure == .integerNotInteroperable("/a/1"))
    let refusal = #expect(throws: JSONRefusal.self) { try JSONCanonical.bytes(from: document) }
    guard case .fields(let errors)? = refusal else { return #expect(Bool(false)) }
    #expect(errors.items.map(\.pointer) == ["/a/1"])
    #expect(try JSONCanonical.bytes(from: document, integers: .exact) == document)
  }

  @Test(arguments: ["9007199254740992", "9007199254740994", "1152921504606847000", "-9223372036854776000"])
  func `a large integer that ECMAScript writes alike is kept`(text: String) throws {
    #expect(try canonical(text) == text)
  }

  @Test func `what is not a number has no canonical form`() {
    #expect(throws: JSONCanonical.Failure.notANumber("/x/0")) {
      try JSONCanonical.bytes(of: ["x": [.double(.nan)]])
    }
  }
}
