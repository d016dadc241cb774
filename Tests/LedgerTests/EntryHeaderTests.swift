// Reading an entry by its known shape gives what reading it as any JSON gives, whatever stands in it.
import Crypto
import Foundation
import TestSupport
import Testing

@testable import Ledger

@Suite struct EntryHeaderTests {
  private static let texts = [
    "plain", "with \"quotes\"", "back\\slash", "\\", "ends with \\\"", "{\"id\":\"fake\",\"index\":7}", "Größe 🙂",
    "tab\tline\n", "",
  ]

  @Test func anEntryReadByItsShapeReadsAsAnyJSON() throws {
    var random = SeededGenerator(seed: 91)
    func text() -> String { Self.texts.randomElement(using: &random) ?? "" }
    func quoted(_ text: String) throws -> String {
      String(decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed), as: UTF8.self)
    }
    for round in 0..<400 {
      let id = "x" + text()
      let body = try "{\"a\":[\(quoted(text())),{\"b\":\(quoted(text()))}],\"id\":\"inner\",\"n\":-1.5e3,\"t\":true}"
      let draft = EntryDraft(
        type: "t" + text(), id: id, actor: "a" + text(), subject: round % 3 == 0 ? nil : text(),
        trace: round % 2 == 0 ? nil : text(), body: Array(body.utf8))
      let commitment = round % 4 == 0 ? nil : SHA256.digest(utf8: "\(round)")
      let index = UInt64.random(in: 0..<(round % 5 == 0 ? 10 : 1 << 40), using: &random)
      let time = Timestamp(microseconds: Int64.random(in: 0..<4_000_000_000_000_000, using: &random))
      var bytes: [UInt8] = []
      try EntryTemplate(draft, commitment: commitment).append(index: index, time: time.utf8, to: &bytes)
      let header = try #require(EntryHeader(bytes))
      #expect(header.id == id)
      #expect(header.index == index)
      #expect(header.time == time)
      #expect(header.commitment == commitment)
      let value = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
      #expect(value["id"] as? String == id)
      // A cut or an addition leaves no entry.
      #expect(EntryHeader(Array(bytes.dropLast())) == nil)
      #expect(EntryHeader(bytes + Array("x".utf8)) == nil)
    }
  }

  @Test func timesAreReadAsTheyAreWrittenAndInNoOtherForm() {
    var random = SeededGenerator(seed: 92)
    for _ in 0..<500 {
      let time = Timestamp(
        microseconds: Int64.random(in: -2_000_000_000_000_000..<9_000_000_000_000_000, using: &random))
      let text = time.utf8
      #expect(text.withUnsafeBytes { Timestamp(utf8: $0) } == time)
      #expect(Timestamp(text: time.text) == time)
      var changed = text
      changed[Int.random(in: 0..<text.count, using: &random)] = UInt8(ascii: "x")
      #expect(changed.withUnsafeBytes { Timestamp(utf8: $0) } == nil)
    }
    #expect(Array("2026-02-30T00:00:00.000000Z".utf8).withUnsafeBytes { Timestamp(utf8: $0) } == nil)
  }

  @Test func everyIdIsFoundAgainHoweverManyThereAre() {
    var random = SeededGenerator(seed: 93)
    for expected in [0, 50_000] as [UInt64] {
      var index = IdentifierIndex(expecting: expected)
      let fingerprints = (0..<50_000).map { _ in UInt64.random(in: 0 ... .max, using: &random) }
      for (position, fingerprint) in fingerprints.enumerated() {
        index.insert(fingerprint: fingerprint, index: UInt64(position))
      }
      var others = 0
      for (position, fingerprint) in fingerprints.enumerated() {
        let found = index.candidates(fingerprint)
        #expect(found.contains(UInt64(position)))
        others += found.count - 1
      }
      // A candidate costs a look at the disk, so there must not be many that are none.
      #expect(others < 500)
    }
  }
}
