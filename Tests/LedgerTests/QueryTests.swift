// Finding entries again: filters, full text, order, cursors, and a projection that may be deleted.
import Crypto
import Foundation
import Storage
import TestSupport
import Testing

@testable import Ledger

private func decided(_ number: Int) -> EntryDraft {
  let verdict = ["allow", "deny", "escalate"][number % 3]
  let critic = ["autonomy", "privacy"][number % 2]
  let body = """
    {"opinions":[{"clauses":["\(critic == "autonomy" ? "A1" : "P2")"],"confidence":0.5,"critic":"\(critic)","severity":2},\
    {"clauses":[],"confidence":0.9,"critic":"truth","severity":0}],"rationale":"word\(number) shared Größe",\
    "verdict":"\(verdict)"}
    """
  return EntryDraft(
    type: number % 10 == 0 ? "review" : "deliberation", id: "id-\(number)", actor: "actor-\(number % 4)",
    subject: "subject-\(number % 5)", trace: "trace-\(number)", body: Array(body.utf8))
}

@Suite struct QueryTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func filled(_ count: Int) async throws -> Ledger {
    let ledger = try Ledger.open(dataFolder: folder.path)
    for start in stride(from: 0, to: count, by: 50) {
      for result in await ledger.appendAll((start..<min(start + 50, count)).map(decided)) { _ = try result.get() }
    }
    return ledger
  }

  /// Every page of a query, and what it says of its completeness.
  private func all(_ query: LedgerQuery, _ ledger: Ledger) async throws -> [UInt64] {
    var query = query
    var found: [UInt64] = []
    repeat {
      let page = try await ledger.query(query)
      #expect(page.complete)
      #expect(page.indexedTo == ledger.size)
      #expect(page.entries.count <= query.limit)
      found += page.entries.map(\.index)
      query.cursor = page.next
    } while query.cursor != nil
    return found
  }

  @Test func everyFilterAndEveryPairOfFiltersFindsWhatAScanFinds() async throws {
    let ledger = try await filled(240)
    typealias Filter = (name: String, set: (inout LedgerQuery) -> Void, holds: (Int) -> Bool)
    let filters: [Filter] = [
      ("type", { $0.type = "review" }, { $0 % 10 == 0 }), ("actor", { $0.actor = "actor-3" }, { $0 % 4 == 3 }),
      ("subject", { $0.subject = "subject-0" }, { $0 % 5 == 0 }), ("verdict", { $0.verdict = "deny" }, { $0 % 3 == 1 }),
      ("critic", { $0.critic = "privacy" }, { $0 % 2 == 1 }), ("clause", { $0.clause = "A1" }, { $0 % 2 == 0 }),
      ("trace", { $0.trace = "trace-77" }, { $0 == 77 }), ("text", { $0.text = "grosse shared" }, { _ in false }),
      ("word", { $0.text = "GRÖSSE... shared" }, { _ in false }),
      ("words", { $0.text = "größe, SHARED" }, { _ in true }),
      ("one word", { $0.text = "word42" }, { $0 == 42 }), ("silent critic", { $0.critic = "truth" }, { _ in false }),
    ]
    for first in filters {
      for second in filters {
        for order in [LedgerQuery.Order.newestFirst, .oldestFirst] {
          var query = LedgerQuery()
          first.set(&query)
          second.set(&query)
          query.order = order
          query.limit = 7
          // Two filters on one field: the second has replaced the first.
          let isSame = query.filters.count + (query.text == nil ? 0 : 1) < 2
          var expected = (0..<240).filter { (isSame || first.holds($0)) && second.holds($0) }.map { UInt64($0) }
          if order == .newestFirst { expected.reverse() }
          #expect(try await all(query, ledger) == expected, "\(first.name) and \(second.name), \(order)")
        }
      }
    }
    ledger.close()
  }

  @Test func timeRangesTakeTheirStartAndLeaveTheirEnd() async throws {
    let ledger = try await filled(200)
    let times = try (0..<200).map { try #require(EntryHeader(try ledger.entry(at: $0).bytes)).time }
    var query = LedgerQuery()
    query.order = .oldestFirst
    query.from = times[60].text
    query.to = times[150].text
    #expect(
      try await all(query, ledger) == (0..<200).filter { times[Int($0)] >= times[60] && times[Int($0)] < times[150] })
    query.from = "yesterday"
    await #expect(throws: LedgerError.self) { try await ledger.query(query) }
    ledger.close()
  }

  @Test func aCursorStaysGoodWhileTheLogGrowsAndFitsNoOtherQuestion() async throws {
    let ledger = try await filled(100)
    var query = LedgerQuery()
    query.verdict = "deny"
    query.limit = 10
    let first = try await ledger.query(query)
    for number in 100..<200 { _ = try await ledger.append(decided(number)) }
    query.cursor = first.next
    let second = try await ledger.query(query)
    let expected = (0..<100).filter { $0 % 3 == 1 }.reversed().map { UInt64($0) }
    #expect(first.entries.map(\.index) + second.entries.map(\.index) == Array(expected.prefix(20)))
    query.verdict = "allow"
    await #expect(throws: LedgerError.badCursor) { try await ledger.query(query) }
    query.cursor = "nonsense"
    await #expect(throws: LedgerError.badCursor) { try await ledger.query(query) }
    ledger.close()
  }

  @Test func whatWasJustWrittenIsFound() async throws {
    let ledger = try Ledger.open(dataFolder: folder.path)
    for number in 0..<50 {
      let receipt = try await ledger.append(decided(number))
      var query = LedgerQuery()
      query.trace = "trace-\(number)"
      #expect(try await ledger.query(query).entries.map(\.index) == [receipt.index])
    }
    ledger.close()
  }

  @Test func aDeletedDamagedOrForeignProjectionIsMadeAgain() async throws {
    var ledger = try await filled(120)
    var query = LedgerQuery()
    query.critic = "autonomy"
    query.limit = 1000
    let before = try await all(query, ledger)
    let counts = try await ledger.statistics().byVerdict
    #expect(before.count == 60)
    // Every tenth is a review, whose verdict is that of a deliberation.
    #expect(counts == ["allow": 36, "deny": 36, "escalate": 36])
    ledger.close()
    let projection = folder.file("index.db")
    let damages: [() throws -> Void] = [
      { try remove(projection.path) },
      {
        try Data("not a database at all, but long enough to be taken for one at first sight".utf8).write(to: projection)
      },
      {
        let connection = try SQLiteConnection(path: projection.path)
        try connection.execute("UPDATE state SET origin = 'another log'; DELETE FROM postings")
      },
      {
        let connection = try SQLiteConnection(path: projection.path)
        try connection.execute("PRAGMA user_version = 9; DELETE FROM postings")
      },
    ]
    for damage in damages {
      try damage()
      ledger = try Ledger.open(dataFolder: folder.path)
      query.atLeastIndex = 119
      #expect(try await all(query, ledger) == before)
      #expect(try await ledger.statistics().byVerdict == counts)
      ledger.close()
    }
  }

  @Test func aProjectionThatIsFoundDamagedWhileItIsReadIsMadeAgain() async throws {
    let ledger = try await filled(300)
    var query = LedgerQuery()
    query.text = "shared"
    query.limit = 1000
    query.atLeastIndex = 299
    let before = try await all(query, ledger)
    #expect(before.count == 300)
    // All but the first page of the file and of its log become noise, while both are in use.
    for name in ["index.db", "index.db-wal"] {
      let handle = try FileHandle(forUpdating: folder.file(name))
      let size = Int(try handle.seekToEnd())
      if size > 8192 {
        try handle.seek(toOffset: 4096)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: size - 4096))
      }
      try handle.close()
    }
    // Whatever is asked in between is refused, or answered from memory, and never answered wrongly.
    for number in 300..<340 { _ = try await ledger.append(decided(number)) }
    var failures = 0
    query.atLeastIndex = 339
    var after: [UInt64] = []
    try await wait(for: "the projection to be made again", within: .seconds(60)) {
      do {
        // A projection that has not come far says that it has not.
        if try await ledger.query(query).complete {
          after = try await all(query, ledger)
          return true
        }
      } catch {}
      failures += 1
      return false
    }
    #expect(after == (0..<340).reversed().map { UInt64($0) }, "after \(failures) refusals")
    ledger.close()
  }

  @Test func wordsAndAFilterMeetWhicheverIsRarer() async throws {
    let ledger = try await filled(900)
    // The filter leaves few, many or nearly all of the entries, and the words one, some or all.
    for subject in ["subject-0", "subject-4", nil] {
      for (text, words) in [("shared", { _ in true }), ("word7", { $0 == 7 }), ("autonomy", { $0 % 2 == 0 })]
        as [(String, (Int) -> Bool)]
      {
        for order in [LedgerQuery.Order.newestFirst, .oldestFirst] {
          var query = LedgerQuery()
          query.subject = subject
          query.text = text
          query.type = "deliberation"
          query.limit = 70
          query.order = order
          var expected = (0..<900).filter {
            $0 % 10 != 0 && words($0) && (subject == nil || subject == "subject-\($0 % 5)")
          }.map { UInt64($0) }
          if order == .newestFirst { expected.reverse() }
          #expect(try await all(query, ledger) == expected, "\(subject ?? "any") \(text) \(order)")
        }
      }
    }
    ledger.close()
  }

  @Test func aPageThatExaminesTooMuchEndsEarlyAndGoesOn() async throws {
    var configuration = LedgerConfiguration()
    configuration.examinedLimit = 20
    let ledger = try Ledger.open(dataFolder: folder.path, configuration: configuration)
    for result in await ledger.appendAll((0..<300).map(decided)) { _ = try result.get() }
    var query = LedgerQuery()
    query.verdict = "deny"
    query.clause = "A1"
    query.subject = "subject-2"
    let expected: [UInt64] = (0..<300).reversed().filter { $0 % 3 == 1 && $0 % 2 == 0 && $0 % 5 == 2 }
    #expect(try await all(query, ledger) == expected)
    ledger.close()
  }
}
