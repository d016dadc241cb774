// Structured fields: what is read is what RFC 8941 allows, and what is written reads back the same.
import Signatures
import TestSupport
import Testing

@Suite("Structured fields")
struct StructuredFieldTests {
  @Test(
    "are read and written in their one form",
    arguments: [
      ("a=1, b=2", "a=1, b=2"), ("a=?1", "a"), ("a;x=1;x=2", "a;x=2"), ("a=1,   b=2 , a=3", "a=3, b=2"),
      (#"s=( "x"  "y";k );created=5"#, #"s=("x" "y";k);created=5"#), ("d=1.50", "d=1.5"), ("d=-0.0", "d=0.0"),
      ("b=:aGVsbG8=:", "b=:aGVsbG8=:"), (#"q="a\"b\\c""#, #"q="a\"b\\c""#), ("t=*a/b:c", "t=*a/b:c"), ("", ""),
      ("e=()", "e=()"),
    ])
  func canonical(text: String, written: String) throws {
    #expect(try StructuredFieldParser.dictionary(text).serialized == written)
  }

  @Test(
    "that break the grammar are no values",
    arguments: [
      "a=1,", "a=1 b=2", "A=1", "a=", "a=1;", "a=(1", "a=(1 2", "a=(1\t2)", "a=\"x", "a=\"é\"", "a=\"\\x\"", "a=:&:",
      "a=:aGVsbG8=", "a=?2", "a=1.", "a=.5", "a=1.2345", "a=1234567890123456", "a=1234567890123.1", "a=-", "a=1;B=2",
      "a=1,,b=2", "\ta=1", "a=1\u{0}", "a=@1",
    ])
  func refused(text: String) {
    #expect(throws: StructuredFieldError.self) { try StructuredFieldParser.dictionary(text) }
  }

  @Test("read back what was written, whatever it was")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 8941)
    func bare() -> BareItem {
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: .integer(Int64.random(in: -999_999_999_999_999...999_999_999_999_999, using: &generator))
      case 1: .decimal(Int64.random(in: -999_999_999_999_999...999_999_999_999_999, using: &generator))
      case 2:
        .string(
          String(decoding: (0..<8).map { _ in UInt8.random(in: 0x20...0x7e, using: &generator) }, as: UTF8.self))
      case 3: .token("t" + String(Int.random(in: 0..<999, using: &generator)) + "/x")
      case 4:
        .bytes((0..<Int.random(in: 0..<9, using: &generator)).map { _ in .random(in: 0...255, using: &generator) })
      default: .boolean(Bool.random(using: &generator))
      }
    }
    func parameters() -> FieldParameters {
      var parameters = FieldParameters()
      for index in 0..<Int.random(in: 0..<3, using: &generator) { parameters["p\(index)"] = bare() }
      return parameters
    }
    for _ in 0..<2000 {
      var dictionary = FieldDictionary()
      for index in 0..<Int.random(in: 1..<5, using: &generator) {
        let items = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in FieldItem(bare(), parameters()) }
        dictionary["k\(index)"] =
          Bool.random(using: &generator)
          ? .list(InnerList(items, parameters())) : .item(FieldItem(bare(), parameters()))
      }
      #expect(try StructuredFieldParser.dictionary(dictionary.serialized) == dictionary, "\(dictionary.serialized)")
    }
  }
}
