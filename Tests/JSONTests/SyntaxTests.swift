// What is refused, and where the error is said to lie.
import JSON
import Testing

private func error(_ bytes: [UInt8], limits: JSONLimits = .standard) -> JSONError? {
  do throws(JSONError) {
    _ = try JSONValue(parsing: bytes, limits: limits)
    return nil
  } catch { return error }
}

private func error(_ text: String, limits: JSONLimits = .standard) -> JSONError? {
  error([UInt8](text.utf8), limits: limits)
}

@Suite struct SyntaxTests {
  @Test(arguments: [
    ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
    ("{\"a\"", .unexpectedEnd, 4), ("\"a", .unexpectedEnd, 2), ("\"\\", .unexpectedEnd, 2),
    ("\"\\u00", .unexpectedEnd, 5),
    ("tru", .unexpectedEnd, 3), ("trux", .unexpectedByte(0x78), 3), ("[1,]", .unexpectedByte(0x5D), 3),
    ("{,}", .unexpectedByte(0x2C), 1), ("{\"a\":1,}", .unexpectedByte(0x7D), 7),
    ("{\"a\" 1}", .unexpectedByte(0x31), 5),
    ("{1:2}", .unexpectedByte(0x31), 1), ("[1 2]", .unexpectedByte(0x32), 3), ("nul\0", .unexpectedByte(0), 3),
    ("1 2", .trailingBytes, 2), ("[]]", .trailingBytes, 2), ("01", .trailingBytes, 1),
    ("[01]", .unexpectedByte(0x31), 2),
    ("[+1]", .unexpectedByte(0x2B), 1), ("[.5]", .unexpectedByte(0x2E), 1), ("[NaN]", .unexpectedByte(0x4E), 1),
    ("-", .unexpectedEnd, 1), ("[-]", .invalidNumber, 2), ("[1.]", .invalidNumber, 3), ("[1e]", .invalidNumber, 3),
    ("[1e+]", .invalidNumber, 4), ("1e400", .numberOutOfRange, 0), ("[-1e400]", .numberOutOfRange, 1),
    ("\"\t\"", .controlCharacter, 1), ("\"abc\ndefghijklmnopqrst\"", .controlCharacter, 4),
    ("\"\\x\"", .invalidEscape, 1),
    ("\"\\u12g4\"", .invalidEscape, 5), ("\"\\ud800\"", .loneSurrogate, 1), ("\"\\udc00\"", .loneSurrogate, 1),
    ("\"\\ud800\\u0041\"", .loneSurrogate, 1), ("\"\\ud800\\ud800\"", .loneSurrogate, 1),
    ("[\u{FEFF}]", .unexpectedByte(0xEF), 1), ("\u{FEFF}[]", .unexpectedByte(0xEF), 0),
    ("{\"a\":1,\"b\":2,\"a\":3}", .duplicateKey("a"), 13), ("{\"a\":1,\"\\u0061\":3}", .duplicateKey("a"), 7),
  ])
  func `a broken text is refused with its reason and offset`(text: String, reason: JSONError.Reason, offset: Int) {
    #expect(error(text)?.reason == reason)
    #expect(error(text)?.offset == offset)
  }

  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],
      [0xE2, 0x82],
      [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF],
      [0xFE],
    ] as [[UInt8]])
  func `invalid UTF-8 in a string is refused wherever it stands`(sequence: [UInt8]) {
    for padding in 0...17 {
      let text = [0x22] + [UInt8](repeating: 0x61, count: padding) + sequence + [0x22]
      #expect(error(text)?.reason == .invalidUTF8)
      #expect(error(text)?.offset == 1 + padding)
    }
  }

  @Test func `every scalar is read back as itself, raw and escaped`() throws {
    for value in stride(from: UInt32(0x20), through: 0x10FFFF, by: 7) {
      guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
      #expect(try JSONValue(parsing: "\"\(scalar)\"") == .string(String(scalar)))
      let units = String(scalar).utf16.map { "\\u" + String(0x10000 + UInt32($0), radix: 16).dropFirst() }.joined()
      #expect(try JSONValue(parsing: "\"\(units)\"") == .string(String(scalar)))
    }
  }

  @Test func `lines and columns count characters, not bytes`() {
    let found = error("{\n  \"é😀\": 1,\n  \"é😀\": x\n}")
    #expect(found?.reason == .duplicateKey("é😀"))
    #expect(found?.line == 3)
    #expect(found?.column == 3)
    let other = error("[\"é😀\", x]")
    #expect(other?.offset == 11)
    #expect(other?.column == 8)
  }

  @Test func `depth is limited, for readers and for what they skip`() {
    let limits = JSONLimits(maximumDepth: 5)
    #expect(error("[[[[[]]]]]", limits: limits) == nil)
    #expect(error("[[[[[[]]]]]]", limits: limits)?.reason == .tooDeep(limit: 5))
    #expect(error(#"{"a":{"a":{"a":{"a":{"a":1}}}}}"#, limits: limits) == nil)
    #expect(error(#"{"a":{"a":{"a":{"a":{"a":[]}}}}}"#, limits: limits)?.reason == .tooDeep(limit: 5))
    #expect(error(String(repeating: "[", count: 1_000_000))?.reason == .tooDeep(limit: 128))
  }

  @Test func `the deepest tree that may be allowed can be built, written, compared and dropped`() throws {
    let deepest = JSONLimits(maximumDepth: JSONLimits.deepest)
    let text = String(repeating: "[{\"a\":", count: 512) + "1" + String(repeating: "}]", count: 512)
    let value = try JSONValue(parsing: text, limits: deepest)
    #expect(value.description == text)
    #expect(try JSONCanonical.bytes(of: value) == [UInt8](text.utf8))
    #expect(try value == JSONValue(parsing: text, limits: deepest))
  }

  @Test func `a text that is too long is refused before it is read`() {
    #expect(error("[1, 2]", limits: JSONLimits(maximumBytes: 5))?.reason == .tooLarge(limit: 5))
    #expect(error("[1,2]", limits: JSONLimits(maximumBytes: 5)) == nil)
  }

  @Test func `duplicate keys are found in objects of every size, and only in the same object`() throws {
    for count in [1, 2, 15, 16, 17, 18, 33, 49, 64, 65, 200, 1000] {
      let members = (0..<count).map { "\"key\($0)\":{\"key\($0)\":\($0)}" }
      #expect(error("{" + members.joined(separator: ",") + "}") == nil)
      for repeated in [0, count / 2, count - 1] {
        let text = "{" + (members + ["\"k\\u0065y\(repeated)\":0"]).joined(separator: ",") + "}"
        #expect(error(text)?.reason == .duplicateKey("key\(repeated)"), "\(count) \(repeated)")
      }
    }
  }

  @Test func `keys that look alike at both ends are told apart`() {
    let members = (0..<3000).map {
      "\"same beginning \(String(repeating: "x", count: 20))\($0)\(String(repeating: "y", count: 20)) same end\":0"
    }
    #expect(error("{" + members.joined(separator: ",") + "}") == nil)
    #expect(error("{" + (members + [members[1234]]).joined(separator: ",") + "}")?.offset ?? 0 > 100_000)
  }

  @Test func `large objects within large objects keep their keys apart`() throws {
    let inner = "{" + (0..<40).map { "\"k\($0)\":[{\"k1\":1,\"k2\":2}]" }.joined(separator: ",") + "}"
    let outer = "{" + (0..<40).map { "\"k\($0)\":\(inner)" }.joined(separator: ",") + "}"
    #expect(error(outer) == nil)
    #expect(error(outer.dropLast() + ",\"k7\":1}")?.reason == .duplicateKey("k7"))
  }
}
