// The published test suites: JSONTestSuite for what is accepted, the test data of RFC 8785 for the canonical form.
import Foundation
import JSON
import TestSupport
import Testing

/// What RFC 8259 leaves open (`i_` in the suite) and `JSONReader` accepts; its documentation says why. All else is refused.
private let acceptedByDecision: Set<String> = [
  // A number too small for a double is zero, as in IEEE 754.
  "i_number_double_huge_neg_exp.json", "i_number_real_underflow.json",
  // 100000000000000000000: beyond 64 bits, but just what the double 1e20 is written as.
  "i_number_too_big_pos_int.json",
]

/// RFC 8259 only says that names SHOULD be unique, so the suite counts these as valid. They are refused here: two readers
/// may take different members, and what one has examined another would not act upon.
private let duplicateKeys: Set<String> = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]

@Suite struct ConformanceTests {
  private static let suite = "vectors/json-test-suite/test_parsing"

  @Test(.enabled(if: Fixtures.present(suite)))
  func `every text of JSONTestSuite is accepted or refused as it must be`() throws {
    let folder = try #require(Fixtures.url(Self.suite))
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    var counted = 0
    for file in files where file.pathExtension == "json" {
      let name = file.lastPathComponent
      let bytes = [UInt8](try Data(contentsOf: file))
      let isAccepted = (try? JSONValue(parsing: bytes)) != nil
      if duplicateKeys.contains(name) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.reason == .duplicateKey("a"), "\(name)")
        continue
      }
      switch name.prefix(2) {
      case "y_": #expect(isAccepted, "\(name)")
      case "n_": #expect(!isAccepted, "\(name)")
      default: #expect(isAccepted == acceptedByDecision.contains(name), "\(name)")
      }
      counted += 1
    }
    #expect(counted > 300)
  }

  private static let transforms = "vectors/json-test-suite/test_transform"

  /// What becomes of texts on which readers differ; nil where they are refused.
  private static let decided: [String: String?] = [
    "number_-9223372036854775808.json": "[-9223372036854775808]", "number_-9223372036854775809.json": nil,
    "number_1.0.json": "[1]", "number_1.000000000000000005.json": "[1]",
    "number_1000000000000000.json": "[1000000000000000]",
    "number_10000000000000000999.json": "[10000000000000000999]", "number_1e-999.json": "[0]",
    "number_1e6.json": "[1000000]",
    "number_9223372036854775807.json": "[9223372036854775807]",
    "number_9223372036854775808.json": "[9223372036854775808]",
    "object_key_nfc_nfd.json": "{\"\u{e9}\":\"NFC\",\"e\u{301}\":\"NFD\"}",
    "object_key_nfd_nfc.json": "{\"e\u{301}\":\"NFD\",\"\u{e9}\":\"NFC\"}",
    "object_same_key_different_values.json": nil,
    "object_same_key_same_value.json": nil, "object_same_key_unclear_values.json": nil,
    "string_1_escaped_invalid_codepoint.json": nil, "string_1_invalid_codepoint.json": nil,
    "string_2_escaped_invalid_codepoints.json": nil, "string_2_invalid_codepoints.json": nil,
    "string_3_escaped_invalid_codepoints.json": nil, "string_3_invalid_codepoints.json": nil,
    "string_with_escaped_NULL.json": #"["A\u0000B"]"#,
  ]

  @Test(.enabled(if: Fixtures.present(transforms)))
  func `texts on which readers differ are read as decided`() throws {
    let folder = try #require(Fixtures.url(Self.transforms))
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    for file in files {
      let expected = try #require(Self.decided[file.lastPathComponent], "\(file.lastPathComponent)")
      let value = try? JSONValue(parsing: [UInt8](try Data(contentsOf: file)))
      #expect(value?.description == expected, "\(file.lastPathComponent)")
    }
    #expect(files.count == Self.decided.count)
  }

  private static let canonical = "vectors/jcs-rfc8785/testdata"

  @Test(.enabled(if: Fixtures.present(canonical)))
  func `the test data of RFC 8785 comes out byte for byte`() throws {
    let folder = try #require(Fixtures.url(Self.canonical))
    let inputs = try FileManager.default.contentsOfDirectory(
      at: folder.appending(path: "input"), includingPropertiesForKeys: nil)
    #expect(inputs.count == 6)
    for input in inputs {
      let name = input.lastPathComponent
      let expected = [UInt8](try Data(contentsOf: folder.appending(path: "output/\(name)")))
      let value = try JSONValue(parsing: [UInt8](try Data(contentsOf: input)))
      #expect(try JSONCanonical.bytes(of: value) == expected, "\(name)")
    }
  }
}
