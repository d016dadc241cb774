// Appending, proving, reading back, starting again: the ledger's promises in the small.
import Crypto
import Foundation
import JSON
import Locking
import TestSupport
import Testing
import TransparencyLog

@testable import Ledger

func draft(_ number: Int, payload: Bool = false, type: String = "deliberation") -> EntryDraft {
  EntryDraft(
    type: type, id: "dlb_\(number)", actor: "svc-\(number % 7)",
    subject: number % 3 == 0 ? nil : "subject \(number % 5)",
    trace: "trace-\(number)",
    body: Array(#"{"n":\#(number),"verdict":"\#(["allow", "deny", "escalate"][number % 3])"}"#.utf8),
    payload: payload ? Array("payload of \(number)".utf8) : nil)
}

/// Checks a receipt as its holder can: signature, and a proof from the entry to the checkpoint's root.
func check(_ receipt: Receipt, _ ledger: Ledger) throws {
  let head = try Checkpoint.open(receipt.checkpoint, origin: ledger.origin, verifiers: [ledger.verifier])
  #expect(head.size == receipt.size)
  let entry = try ledger.entry(at: receipt.index)
  #expect(MerkleHash.leaf(entry.bytes) == receipt.leafHash)
  let proof = try ledger.inclusionProof(index: receipt.index, size: receipt.size)
  #expect(proof.verifies(leaf: receipt.leafHash, root: head.root))
  if let hashes = receipt.proof { #expect(hashes == proof.hashes) }
}

@Suite struct LedgerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func open(_ change: (inout LedgerConfiguration) -> Void = { _ in }) throws -> Ledger {
    var configuration = LedgerConfiguration()
    change(&configuration)
    return try Ledger.open(dataFolder: folder.path, configuration: configuration)
  }

  @Test func anAppendedEntryIsCanonicalJSONWithItsIndexTimeAndCommitment() async throws {
    let ledger = try open { $0.now = { Timestamp(microseconds: 1_700_000_000_123_456) } }
    let receipt = try await ledger.append(draft(1, payload: true), receipt: .proof)
    try check(receipt, ledger)
    let entry = try ledger.entry(at: 0)
    let value = try JSONValue(parsing: entry.bytes)
    #expect(try JSONCanonical.bytes(of: value) == entry.bytes)
    let text = String(decoding: entry.bytes, as: UTF8.self)
    #expect(text.hasPrefix(#"{"actor":"svc-1","body":{"n":1,"verdict":"deny"},"commitment":""#))
    #expect(
      text.hasSuffix(
        #"","id":"dlb_1","index":0,"subject":"subject 1","time":"2023-11-14T22:13:20.123456Z","trace":"trace-1","type":"deliberation","version":1}"#
      ))
    #expect(receipt.time == "2023-11-14T22:13:20.123456Z")
    #expect(try ledger.payload(at: 0) == .present(Array("payload of 1".utf8)))
    ledger.close()
  }

  @Test func manyWritersAtOnceGetReceiptsThatAllVerify() async throws {
    let ledger = try open()
    let receipts = try await withThrowingTaskGroup(of: [Receipt].self) { group in
      for writer in 0..<16 {
        group.addTask {
          var receipts: [Receipt] = []
          for number in 0..<40 { receipts.append(try await ledger.append(draft(writer * 1000 + number))) }
          return receipts
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(receipts.map(\.index)) == Set(0..<640))
    #expect(ledger.size == 640)
    for receipt in receipts { try check(receipt, ledger) }
    ledger.close()
    // And again after a restart, with proofs that reach across it.
    let reopened = try open()
    for receipt in receipts { try check(receipt, reopened) }
    let old = try Checkpoint.open(receipts[100].checkpoint, origin: ledger.origin, verifiers: [ledger.verifier])
    let new = try Checkpoint.open(reopened.checkpoint, origin: ledger.origin, verifiers: [ledger.verifier])
    #expect(
      try reopened.consistencyProof(from: old.size, to: new.size).verifies(oldRoot: old.root, root: new.root))
    reopened.close()
  }

  @Test func aSecondAppendUnderAnIdReturnsTheFirstReceipt() async throws {
    var ledger = try open()
    let first = try await ledger.append(draft(1))
    _ = await ledger.appendAll((2..<700).map { draft($0) })
    var again = try await ledger.append(draft(1))
    #expect(!again.isFirst && first.isFirst)
    #expect((again.index, again.leafHash, again.time) == (first.index, first.leafHash, first.time))
    #expect((again.checkpoint, again.size) == (first.checkpoint, first.size))
    ledger.close()
    ledger = try open()
    for number in [1, 2, 300, 699] {
      again = try await ledger.append(draft(number))
      #expect(!again.isFirst)
      #expect(again.index == UInt64(number - 1))
      try check(again, ledger)
    }
    #expect(ledger.size == 699)
    ledger.close()
  }

  @Test func whatIsSubmittedFirstIsWrittenFirstWhoeverWaitsFirst() async throws {
    let ledger = try open()
    var drafts = (0..<600).map { draft($0, payload: true) }
    drafts[7].body = Array("[1]".utf8)
    // The entries of the one are made beforehand, those of the other when they are submitted.
    let first = ledger.submitAll(drafts[..<300].map(ledger.ready), receipt: .proof)
    let second = ledger.submitAll(drafts[300...].map { ReadyDraft($0) })
    let later = try await second.receipts().map { try $0.get() }
    let results = await first.receipts()
    #expect(throws: LedgerError.invalidDraft(field: "body", reason: "must be a canonical JSON object")) {
      try results[7].get()
    }
    let earlier = results.compactMap { try? $0.get() }
    #expect((earlier + later).map(\.index) == Array(0..<599))
    for receipt in earlier { try check(receipt, ledger) }
    for index in [0, 298, 299, 598] {
      #expect(
        try ledger.payload(at: UInt64(index)) == .present(Array("payload of \(index < 7 ? index : index + 1)".utf8)))
    }
    ledger.close()
  }

  @Test func whatIsAppendedBeforeTheWriterIsWokenIsWrittenTogether() async throws {
    let held = Locked<[@Sendable () -> Void]>([])
    let ledger = try open { $0.waking = { wake in held.withLock { $0.append(wake) } } }
    try await wait(for: "the writer to sleep") { ledger.shared.queue.withLock { $0.writerSleeps } }
    let receipts = Task {
      try await withThrowingTaskGroup(of: Receipt.self) { group in
        for number in 0..<20 { group.addTask { try await ledger.append(draft(number)) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    try await wait(for: "all to wait") { ledger.health.queued == 20 }
    #expect(held.withLock { $0.count } == 1 && ledger.size == 0)
    for wake in held.withLock({ $0 }) { wake() }
    #expect(Set(try await receipts.value.map(\.checkpoint)).count == 1)
    ledger.close()
  }

  @Test func anIdTwiceInOneGroupIsWrittenOnce() async throws {
    let ledger = try open()
    let results = await ledger.appendAll([draft(1), draft(2), draft(1)])
    let receipts = try results.map { try $0.get() }
    #expect(receipts.map(\.index) == [0, 1, 0])
    #expect(receipts.map(\.isFirst) == [true, true, false])
    #expect(ledger.size == 2)
    ledger.close()
  }

  @Test func aBatchKeepsItsOrderAndOneBadDraftFailsAlone() async throws {
    let ledger = try open()
    var drafts = (0..<300).map { draft($0, payload: true) }
    drafts[7].body = Array("[1]".utf8)
    drafts[8].id = ""
    drafts[9].body = Array(#"{"long":"\#(String(repeating: "x", count: 70_000))"}"#.utf8)
    let results = await ledger.appendAll(drafts, receipt: .proof)
    #expect(throws: LedgerError.invalidDraft(field: "body", reason: "must be a canonical JSON object")) {
      try results[7].get()
    }
    #expect(throws: LedgerError.invalidDraft(field: "id", reason: "is required")) { try results[8].get() }
    #expect(throws: LedgerError.self) { try results[9].get() }
    let receipts = results.compactMap { try? $0.get() }
    #expect(receipts.map(\.index) == Array(0..<297))
    for receipt in receipts { try check(receipt, ledger) }
    #expect(try ledger.payload(at: 296) == .present(Array("payload of 299".utf8)))
    ledger.close()
  }

  @Test func timesNeverGoBackAndNoTwoGroupsShareOne() async throws {
    let ledger = try open { $0.now = { Timestamp(microseconds: 5) } }
    var times: [String] = []
    for number in 0..<5 { times.append(try await ledger.append(draft(number)).time) }
    #expect(times == times.sorted())
    #expect(Set(times).count == 5)
    ledger.close()
    let reopened = try open { $0.now = { Timestamp(microseconds: 1) } }
    #expect(try await reopened.append(draft(9)).time > times[4])
    reopened.close()
  }

  @Test func tilesAndBundlesAreThoseOfTheTree() async throws {
    let ledger = try open()
    _ = await ledger.appendAll((0..<600).map { draft($0) })
    let leaves = try (0..<600).map { MerkleHash.leaf(try ledger.entry(at: $0).bytes) }
    let full = try #require(Tile(level: 0, index: 1))
    #expect(try ledger.tile(full) == Tile.bytes(of: leaves[256..<512]))
    let partial = try #require(Tile(level: 0, index: 2, width: 88))
    #expect(try ledger.tile(partial) == Tile.bytes(of: leaves[512..<600]))
    // The partial tile of an earlier size, from what is full by now.
    let earlier = try #require(Tile(level: 0, index: 0, width: 3))
    #expect(try ledger.tile(earlier) == Tile.bytes(of: leaves[..<3]))
    #expect(try ledger.tile(#require(Tile(level: 0, index: 2, width: 89))) == nil)
    #expect(
      try ledger.tile(#require(Tile(level: 1, index: 0, width: 2)))
        == Tile.bytes(of: [
          Tile.root(of: leaves[..<256]), Tile.root(of: leaves[256..<512]),
        ]))
    #expect(try ledger.tile(#require(Tile(level: 9, index: 0, width: 1))) == nil)
    let bundle = try #require(try ledger.entryBundle(partial))
    let parts = try #require(ranges(bundle))
    #expect(parts.map { MerkleHash.leaf(Array(bundle[$0])) } == Array(leaves[512..<600]))
    ledger.close()
  }

  private func ranges(_ bundle: [UInt8]) -> [Range<Int>]? { EntryBundle.ranges(in: bundle.span.bytes) }

  @Test func aSecondLedgerOnTheSameFolderIsRefusedUntilTheFirstIsClosed() throws {
    let ledger = try open()
    #expect(throws: LedgerError.inUse(path: folder.path)) { try open() }
    ledger.close()
    try open().close()
  }

  @Test func aClosedLedgerTakesNothing() async throws {
    let ledger = try open()
    ledger.close()
    #expect(!ledger.health.isWritable)
    await #expect(throws: LedgerError.closed) { try await ledger.append(draft(1)) }
  }

  @Test func anOlderCopyOfTheDatabaseIsRefused() async throws {
    let ledger = try open()
    for number in 0..<10 { _ = try await ledger.append(draft(number)) }
    ledger.close()
    let copy = try TemporaryFolder()
    let files = ["ledger.db"]
    for file in files { try copyFile(folder.file(file).path, copy.file(file).path) }
    let second = try open()
    for number in 10..<15 { _ = try await second.append(draft(number)) }
    second.close()
    for file in files { try copyFile(copy.file(file).path, folder.file(file).path) }
    #expect {
      try open()
    } throws: {
      guard case .inconsistent(let reason)? = $0 as? LedgerError else { return false }
      return reason.contains("an older copy was put back")
    }
  }

  @Test func aMissingPublishedCheckpointIsRefused() async throws {
    let ledger = try open()
    _ = try await ledger.append(draft(1))
    ledger.close()
    try remove(folder.file("ledger.published").path)
    #expect(throws: LedgerError.self) { try open() }
  }

  @Test func theWriteAheadLogDoesNotGrowForEver() async throws {
    let ledger = try open {
      $0.reservedLogBytes = 0
      $0.checkpointPages = 16
      $0.hasProjection = false
    }
    let (database, log) = (folder.file("ledger.db").path, folder.file("ledger.db-wal").path)
    var written: UInt64 = 0
    /// How often the log has begun anew, which its head says.
    func beginnings() throws -> [UInt8] {
      let file = try FileHandle(forReadingFrom: URL(filePath: log))
      defer { try? file.close() }
      return try Array((file.read(upToCount: 16) ?? Data()).suffix(4))
    }
    var extra = 1_000_000
    // Some ten times as much as a log may have before it is copied, with peace now and then for that to be done.
    for round in 0..<400 {
      for result in await ledger.appendAll((0..<40).map { draft(round * 100 + $0, payload: true) }) {
        _ = try result.get()
      }
      written += 40 * 400
      guard round % 5 == 4 else { continue }
      let before = try beginnings()
      try await wait(for: "the log to begin anew") {
        _ = try await ledger.append(draft(extra))
        extra += 1
        return try beginnings() != before
      }
    }
    #expect(fileSize(database) > written / 2)
    #expect(fileSize(log) < written / 2)
    ledger.close()
  }
}
