// Erasing payloads: the key goes, every proof stays; the retention floor and legal holds stand in the way.
import Crypto
import Foundation
import Storage
import TestSupport
import Testing
import TransparencyLog

@testable import Ledger

@Suite struct ErasureTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func open(days: Int = 0) throws -> Ledger {
    var configuration = LedgerConfiguration()
    configuration.retentionDays = days
    return try Ledger.open(dataFolder: folder.path, configuration: configuration)
  }

  @Test func anErasedPayloadIsGoneAndEveryProofStillHolds() async throws {
    let ledger = try open()
    var receipts: [Receipt] = []
    for number in 0..<20 { receipts.append(try await ledger.append(draft(number, payload: true))) }
    let erasure = try await ledger.erase(index: 7, actor: "admin", reason: "asked for by the person")
    #expect(erasure.index == 20)
    #expect(try ledger.payload(at: 7) == .erased)
    #expect(try ledger.payload(at: 8) == .present(Array("payload of 8".utf8)))
    for receipt in receipts { try check(receipt, ledger) }
    let again = try await ledger.erase(index: 7, actor: "other")
    #expect(again.index == 20)
    #expect(!again.isFirst)
    ledger.close()
    let report = try AuditVerifier.verify(dataFolder: folder.path)
    #expect(report.faults == [])
    #expect(report.erasedPayloads == 1)
    // Nothing of the wrapped key or of the record is left in any file.
    let reopened = try open()
    #expect(try reopened.payload(at: 7) == .erased)
    reopened.close()
  }

  @Test func noByteOfAnErasedKeyStaysInTheFiles() async throws {
    let ledger = try open()
    for number in 0..<5 { _ = try await ledger.append(draft(number, payload: true)) }
    let (key, record) = try ledger.shared.readers.withReader { reader throws(LedgerError) in
      (try reader.wrappedKey(at: 2), try reader.record(at: 2))
    }
    let wanted = [try #require(key), Array(try #require(record).suffix(40))]
    _ = try await ledger.erase(index: 2, actor: "admin")
    ledger.close()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("ledger.db") {
      let bytes = try Data(contentsOf: folder.file(name))
      for secret in wanted { #expect(bytes.range(of: Data(secret)) == nil, "\(name)") }
    }
  }

  @Test func withinTheRetentionTimeOnlyAStatedGroundErases() async throws {
    let ledger = try open(days: 180)
    _ = try await ledger.append(draft(1, payload: true))
    await #expect {
      try await ledger.erase(index: 0, actor: "admin")
    } throws: {
      guard case .retained(index: 0, until: _)? = $0 as? LedgerError else { return false }
      return true
    }
    #expect(try await ledger.erase(index: 0, actor: "admin", ground: "GDPR Art. 17(1)(d)").index == 1)
    await #expect(throws: LedgerError.noPayload(index: 1)) { try await ledger.erase(index: 1, actor: "admin") }
    await #expect(throws: LedgerError.noSuchEntry(index: 9, size: 2)) {
      try await ledger.erase(index: 9, actor: "admin")
    }
    ledger.close()
  }

  @Test func aLegalHoldKeepsWhatItsFilterCovers() async throws {
    var ledger = try open()
    for number in 0..<10 { _ = try await ledger.append(draft(number, payload: true)) }
    var filter = LedgerQuery()
    filter.actor = "svc-3"
    _ = try await ledger.place(LegalHold(name: "case 42", filter: filter, reason: "litigation"), actor: "admin")
    await #expect(throws: LedgerError.held(index: 3, by: "case 42")) {
      try await ledger.erase(index: 3, actor: "admin", ground: "any")
    }
    _ = try await ledger.erase(index: 4, actor: "admin")
    ledger.close()
    ledger = try open()
    await #expect(throws: LedgerError.held(index: 3, by: "case 42")) {
      try await ledger.erase(index: 3, actor: "admin")
    }
    _ = try await ledger.releaseHold("case 42", actor: "admin", reason: "settled")
    #expect(try await ledger.holds() == [])
    _ = try await ledger.erase(index: 3, actor: "admin")
    #expect(try ledger.payload(at: 3) == .erased)
    ledger.close()
  }

  @Test func aPayloadAndItsCopiesAreErasedByOneEntryOrNotAtAll() async throws {
    let ledger = try open()
    for number in 0..<10 { _ = try await ledger.append(draft(number, payload: true)) }
    var filter = LedgerQuery()
    filter.actor = "svc-3"
    _ = try await ledger.place(LegalHold(name: "case 42", filter: filter, reason: "litigation"), actor: "admin")
    await #expect(throws: LedgerError.held(index: 3, by: "case 42")) {
      try await ledger.erase(index: 2, copies: [4, 3], actor: "admin")
    }
    for index in [2, 3, 4] as [UInt64] { #expect(try ledger.payload(at: index) != .erased) }
    let size = ledger.size
    _ = try await ledger.erase(index: 2, copies: [4, 5], actor: "admin")
    #expect(ledger.size == size + 1)
    for index in [2, 4, 5] as [UInt64] { #expect(try ledger.payload(at: index) == .erased) }
    ledger.close()
    let report = try AuditVerifier.verify(dataFolder: folder.path)
    #expect(report.faults == [] && report.erasedPayloads == 3)
  }

  @Test func nobodyErasesByWritingTheEntryAlone() async throws {
    let ledger = try open()
    for draft in [
      EntryDraft(type: "erasure", id: "x", actor: "a"), EntryDraft(type: "note", id: "erasure:0", actor: "a"),
      EntryDraft(type: "hold", id: "y", actor: "a"),
    ] {
      await #expect(throws: LedgerError.self) { try await ledger.append(draft) }
    }
    ledger.close()
  }

  @Test func twoPayloadsThatAreEqualHaveDifferentCommitments() async throws {
    let ledger = try open()
    for number in 0..<2 {
      var same = draft(number)
      same.payload = Array("yes".utf8)
      _ = try await ledger.append(same)
    }
    let headers = try (0..<2).map { try #require(EntryHeader(try ledger.entry(at: $0).bytes)) }
    #expect(headers[0].commitment != headers[1].commitment)
    ledger.close()
  }
}
