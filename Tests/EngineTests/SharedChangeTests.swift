// Changes that other instances made: written here before they hold, by whom and why, once, and the latest one everywhere,
// in whatever order they come.
import JSON
import Ledger
import Testing
import Tokens

@testable import Engine

@Suite("Changes of other instances")
struct SharedChangeTests {
  private let start = Timestamp(microseconds: 1_800_000_000_000_000)

  private func change(
    _ version: Int, _ risk: Double, second: Int64, log: String = "other", index: Int = 1
  ) -> SharedChange {
    SharedChange(
      .weights(version: version, values: ["risk": risk], restores: nil), by: "ada", reason: "An incident.",
      origin: Origin(log: log, index: index, time: Timestamp(microseconds: start.microseconds + second * 1_000_000)))
  }

  private func adopt(_ change: SharedChange, _ proceedings: Proceedings) async throws -> Bool {
    // As it travels.
    let travelled = try JSONReader.decode(SharedChange.self, from: change.jsonBytes)
    #expect(travelled == change)
    return try await proceedings.adopt(travelled) { _ in throw CancellationError() }
  }

  @Test("a change is in this log, by whoever made it, with where it was made, before it is in force")
  func recorded() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    #expect(try await adopt(change(2, 3, second: 1), proceedings))
    let entry = try #require(ledger.entries.last)
    #expect(entry.type == EntryType.weights && entry.id == "weights/2" && entry.actor == "ada")
    let body = String(decoding: entry.body, as: UTF8.self)
    #expect(body.contains(#""from":{"index":1,"log":"other","time":"#) && body.contains("An incident."))
    #expect(entry.body == (try JSONCanonical.bytes(of: JSONValue(parsing: entry.body))))
    #expect(proceedings.sitting.weights.values["risk"] == 3 && proceedings.sitting.weights.version == 2)
    // Read off the log again, it is the same.
    var again = WeightsHistory(of: proceedings.sitting.constitution)
    for entry in ledger.entries { try again.apply(entry) }
    #expect(again.current == proceedings.sitting.weights && again.versions.last?.origin?.log == "other")
  }

  @Test("a ledger that takes nothing leaves the old weights in force")
  func refused() async throws {
    let ledger = SimulatedLedger { _ in .refused(.closed) }
    let proceedings = Proceedings.simulated(ledger)
    await #expect(throws: GovernanceRefusal.notRecorded(.closed)) {
      try await adopt(change(2, 3, second: 1), proceedings)
    }
    #expect(proceedings.sitting.weights.version == 1)
  }

  @Test("the same change again, and an older one, change nothing")
  func once() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    #expect(try await adopt(change(2, 3, second: 10), proceedings))
    #expect(try await !adopt(change(2, 3, second: 10), proceedings))
    #expect(try await !adopt(change(2, 4, second: 9, log: "third"), proceedings))
    #expect(ledger.entries.count == 1 && proceedings.sitting.weights.values["risk"] == 3)
  }

  @Test("whatever the order in which two changes come, the later one holds")
  func converges() async throws {
    let early = change(2, 3, second: 1, log: "a")
    let late = change(2, 5, second: 2, log: "b")
    for order in [[early, late], [late, early]] {
      let proceedings = Proceedings.simulated(SimulatedLedger())
      for each in order { _ = try await adopt(each, proceedings) }
      #expect(proceedings.sitting.weights.values["risk"] == 5)
    }
    // Of the same instant, on every instance the same one.
    let one = change(2, 3, second: 1, log: "a")
    let other = change(2, 5, second: 1, log: "b")
    for order in [[one, other], [other, one]] {
      let proceedings = Proceedings.simulated(SimulatedLedger())
      for each in order { _ = try await adopt(each, proceedings) }
      #expect(proceedings.sitting.weights.values["risk"] == 5)
    }
  }

  @Test("weights keep their number, so that instances that came later name them alike")
  func numbers() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    #expect(try await adopt(change(7, 3, second: 1), proceedings))
    #expect(proceedings.sitting.weights.version == 7 && ledger.entries.last?.id == "weights/7")
    _ = try await proceedings.changeWeights(["risk": 4], expecting: 7, reason: "more", by: "bob")
    #expect(proceedings.sitting.weights.version == 8)
    var again = WeightsHistory(of: proceedings.sitting.constitution)
    for entry in ledger.entries { try again.apply(entry) }
    #expect(again.current.version == 8)
  }

  @Test("a revocation made elsewhere is obeyed here, and known when it comes again")
  func revocations() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    for revoked in [
      Revoked.key("kid-1"), .token(id: "jti-1", until: 4_000_000_000), .token(id: "jti-2", until: .infinity),
    ] {
      let change = SharedChange(
        .revocation(revoked), by: "ada", reason: "Found in a log.",
        origin: Origin(log: "other", index: 3, time: start))
      #expect(try await adopt(change, proceedings))
      #expect(try await !adopt(change, proceedings))
      #expect(proceedings.revocations.revocation(RevocationBook.id(of: revoked))?.origin?.index == 3)
    }
    #expect(ledger.entries.count == 3)
  }
}
