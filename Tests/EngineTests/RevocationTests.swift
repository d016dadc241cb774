// The book of revocations is a projection: what the log says, in whatever order entries are heard twice, is what holds.
import Foundation
import JSON
import Ledger
import Testing
import Tokens

@testable import Engine

@Suite("The book of revocations")
struct RevocationBookTests {
  private let now = Timestamp(text: "2026-11-20T04:00:00Z") ?? Timestamp(microseconds: 0)

  private func entry(_ draft: EntryDraft, _ index: UInt64) -> LoggedEntry {
    LoggedEntry(
      index: index, type: draft.type, id: draft.id, actor: draft.actor,
      time: Timestamp(microseconds: now.microseconds + Int64(index)), body: draft.body)
  }

  @Test("says after reading its entries back what was revoked, by whom and why")
  func readsBack() throws {
    let end = Double(now.microseconds) / 1_000_000 + 3600
    let all: [Revoked] = [
      .key("k-1"), .token(id: "jti \"one\" ∂", until: .infinity), .token(id: "two", until: end),
      .token(id: "two", until: .infinity),
    ]
    var book = RevocationBook()
    let drafts = try all.map { try book.propose($0, reason: "Lost.", by: "ann", at: now) }
    #expect(Set(drafts.map(\.id)).count == all.count)
    for (index, draft) in drafts.enumerated() {
      let body = try JSONValue(parsing: String(decoding: draft.body, as: UTF8.self))
      #expect(try JSONCanonical.bytes(of: body) == draft.body)
      #expect(try book.apply(entry(draft, UInt64(index)))?.revoked == all[index])
      // Heard again, it is nothing new.
      #expect(try book.apply(entry(draft, 99)) == nil)
    }
    #expect(book.inForce(at: now).map(\.revoked) == all)
    #expect(book.inForce(at: now).allSatisfy { $0.by == "ann" && $0.reason == "Lost." })
    let later = Timestamp(microseconds: now.microseconds + 3_600_000_000 + 301_000_000)
    #expect(book.inForce(at: later).map(\.revoked) == [all[0], all[1], all[3]])
  }

  @Test("is bounded, and says so before anything is written")
  func isBounded() throws {
    var book = RevocationBook()
    for number in 0..<RevocationBook.limit {
      let draft = EntryDraft(
        type: EntryType.revocation, id: "rvk_\(number)", actor: "a",
        body: Array(#"{"reason":"x","token":"\#(number)"}"#.utf8))
      _ = try book.apply(entry(draft, UInt64(number)))
    }
    #expect(throws: RevocationRefusal.full(limit: RevocationBook.limit)) {
      try book.propose(.token(id: "more", until: .infinity), reason: "x", by: "a", at: now)
    }
  }

  @Test("refuses what means nothing, each field by its pointer")
  func refusals() {
    func pointers(_ revoked: Revoked, _ reason: String) -> [String] {
      do throws(RevocationRefusal) {
        _ = try RevocationBook().propose(revoked, reason: reason, by: "a", at: now)
        return []
      } catch .invalid(let errors) {
        return errors.items.map { "\($0.pointer)" }
      } catch {
        return ["\(error)"]
      }
    }
    #expect(pointers(.key(""), "") == ["/reason", "/key"])
    #expect(pointers(.token(id: String(repeating: "x", count: 1025), until: 1), "x") == ["/token", "/until"])
    #expect(pointers(.key("a"), "x") == [])
  }
}
