// What an entry can be found by, held against a plain walk over the same JSON.
import Foundation
import JSON
import TestSupport
import Testing

@testable import Ledger

@Suite struct EntryTermsTests {
  /// Strings as a walk over the whole tree meets them.
  private static func strings(in value: Any) -> [String] {
    switch value {
    case let text as String: [text]
    case let list as [Any]: list.flatMap { strings(in: $0) }
    case let object as [String: Any]: object.values.flatMap { strings(in: $0) }
    default: []
    }
  }

  private func entry(body: String) throws -> [UInt8] {
    let draft = EntryDraft(
      type: "deliberation", id: "dlb_1", actor: "somebody", subject: "größe \"quoted\"", trace: "t-1",
      body: Array(body.utf8))
    var bytes: [UInt8] = []
    try EntryTemplate(draft, commitment: nil).append(
      index: 7, time: Timestamp(microseconds: 1_700_000_000_000_000).utf8, to: &bytes)
    return bytes
  }

  @Test func everyStringOfAnEntryIsAmongItsWordsHoweverOftenItAndOthersCome() throws {
    var random = SeededGenerator(seed: 81)
    var terms = EntryTerms()
    for _ in 0..<200 {
      let names = (0..<Int.random(in: 1...200, using: &random)).map { _ in
        let letters = "abc\u{e9}\u{1F600}\"\\\n".unicodeScalars.map { String($0) }
        return (0..<Int.random(in: 0...9, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }
          .joined()
      }
      let opinions = (0..<Int.random(in: 0...150, using: &random)).map { _ in
        var opinion: [String: Any] = ["critic": names.randomElement(using: &random) ?? "", "confidence": 0.5]
        if Bool.random(using: &random) { opinion["severity"] = Int.random(in: 0...2, using: &random) }
        if Bool.random(using: &random) {
          opinion["clauses"] = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            names.randomElement(using: &random) ?? ""
          }
        }
        return opinion
      }
      let body: [String: Any] = [
        "opinions": opinions, "verdict": names[0], "review": ["id": "rev_1", "tier": "three"], "others": names,
      ]
      let bytes = try entry(
        body: String(
          decoding: try JSONSerialization.data(withJSONObject: body, options: [.sortedKeys, .withoutEscapingSlashes]),
          as: UTF8.self))
      let isEntry = terms.read(bytes.span.bytes)
      #expect(isEntry)
      let whole = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
      for string in Self.strings(in: whole) where !string.isEmpty && string != whole["time"] as? String {
        #expect(terms.text.contains(string), "\(string)")
      }
      let speaking = opinions.filter {
        ($0["clauses"] as? [String])?.isEmpty == false || ($0["severity"] as? Int) ?? 1 > 0
      }
      for name in Set(names) {
        #expect(terms.has(.critic, name) == speaking.contains { $0["critic"] as? String == name }, "\(name)")
        let isClause = opinions.contains { ($0["clauses"] as? [String])?.contains(name) ?? false }
        #expect(terms.has(.clause, name) == isClause, "\(name)")
      }
      #expect(terms.has(.verdict, names[0]) && terms.has(.review, "rev_1") && terms.has(.review, ""))
      #expect(terms.has(.subject, "größe \"quoted\"") && terms.has(.identifier, "dlb_1") && terms.has(.trace, "t-1"))
      #expect(!terms.has(.actor, "dlb_1") && !terms.has(.review, "three"))
    }
  }

  @Test func whatIsNoEntryHasNoTerms() throws {
    var terms = EntryTerms()
    let bytes = try entry(body: "{}")
    var isEntry = terms.read(bytes.span.bytes)
    #expect(isEntry)
    for text in ["", "{}", "[]", #"{"time":"yesterday"}"#, #"{"time":7}"#, #"{"type":"note"}"#] {
      let bytes = Array(text.utf8)
      isEntry = terms.read(bytes.span.bytes)
      #expect(!isEntry, "\(text)")
    }
  }
}
