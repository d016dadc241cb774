// Broken promises, looked for: the power fails at any step, writes tear, syncs and opens fail, the disk is full. Whatever
// was acknowledged must be there afterwards and verify, and nothing may be acknowledged that is not.
import CFaultyDisk
import Crypto
import Foundation
import Storage
import TestSupport
import Testing
import TransparencyLog

@testable import Ledger

/// A disk of its own for a test, and a folder for the keys, which lie on the real one.
private final class Workshop: Sendable {
  private let faulty = FaultyDisk()
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  var disk: OpaquePointer { faulty.disk }

  func open(_ change: (inout LedgerConfiguration) -> Void = { _ in }) throws(LedgerError) -> Ledger {
    try Ledger.open(dataFolder: folder.path, configuration: configuration(change))
  }

  func configuration(_ change: (inout LedgerConfiguration) -> Void = { _ in }) -> LedgerConfiguration {
    var configuration = LedgerConfiguration()
    configuration.vfs = faulty.name
    configuration.reservedLogBytes = 0
    configuration.hasProjection = false
    configuration.checkpointPages = 24
    configuration.publishDelay = 1
    configuration.probeInterval = 5
    change(&configuration)
    return configuration
  }

  /// Appends in `lanes` tasks of `count` each, and returns what was acknowledged.
  func work(_ ledger: Ledger, lanes: Int, count: Int, start: Int) async -> [Receipt] {
    await withTaskGroup(of: [Receipt].self) { group in
      for lane in 0..<lanes {
        group.addTask {
          var receipts: [Receipt] = []
          for number in 0..<count {
            let receipt = try? await ledger.append(draft(start + lane * 1000 + number, payload: number % 2 == 0))
            guard let receipt else { return receipts }
            receipts.append(receipt)
          }
          return receipts
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// Every acknowledged receipt holds, and the whole log verifies.
  func inspect(_ receipts: [Receipt], _ context: String) throws -> Ledger {
    let ledger = try open()
    let head = try Checkpoint.open(ledger.checkpoint, origin: ledger.origin, verifiers: [ledger.verifier])
    for receipt in receipts {
      let stored = try Checkpoint.open(receipt.checkpoint, origin: ledger.origin, verifiers: [ledger.verifier])
      #expect(stored.size <= head.size, "\(context): a published checkpoint is lost")
      guard stored.size <= head.size else { break }
      #expect(MerkleHash.leaf(try ledger.entry(at: receipt.index).bytes) == receipt.leafHash, "\(context)")
      #expect(
        try ledger.consistencyProof(from: stored.size, to: head.size).verifies(oldRoot: stored.root, root: head.root),
        "\(context)")
    }
    let report = try AuditVerifier.verify(dataFolder: folder.path, configuration: configuration())
    #expect(report.faults == [], "\(context)")
    return ledger
  }
}

@Suite struct FaultTests {
  /// How many losses of power each case goes through; WITAN_FAULT_RUNS for more.
  private static let runs =
    ProcessInfo.processInfo.environment["WITAN_FAULT_RUNS"].flatMap { Int($0) } ?? repetitions(150)

  @Test(arguments: [51, 52, 53, 54] as [UInt64])
  func noLossOfPowerLosesAnAcknowledgedEntryOrBreaksTheTree(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let workshop = try Workshop()
    var receipts: [Receipt] = []
    for run in 0..<Self.runs {
      // A log that grows through all the losses, and now and then a new one.
      let fresh = run % 25 == 0 ? try Workshop() : nil
      let place = fresh ?? workshop
      faulty_disk_cut_power_after(place.disk, Int64.random(in: 1...120, using: &random))
      var acknowledged: [Receipt] = []
      if let ledger = try? place.open() {
        acknowledged = await place.work(ledger, lanes: 3, count: 12, start: 10_000 * run)
        ledger.close()
      }
      faulty_disk_restart(place.disk, random.next())
      if fresh == nil { receipts += acknowledged }
      let context = "seed \(seed), run \(run), operation \(faulty_disk_operations(place.disk))"
      let ledger = try place.inspect(fresh == nil ? receipts.suffix(200) : acknowledged, context)
      // And it goes on.
      _ = try await ledger.append(draft(10_000 * run + 9000))
      ledger.close()
    }
  }

  @Test func thePowerMayFailAtEveryStepOfAWorkload() async throws {
    // The same short workload, cut at each of its operations in turn.
    var step: Int64 = 1
    while true {
      let workshop = try Workshop()
      faulty_disk_cut_power_after(workshop.disk, step)
      var acknowledged: [Receipt] = []
      if let ledger = try? workshop.open({ $0.checkpointPages = 10 }) {
        for number in 0..<6 {
          guard let receipt = try? await ledger.append(draft(number, payload: true)) else { break }
          acknowledged.append(receipt)
        }
        ledger.close()
      }
      let survived = faulty_disk_operations(workshop.disk) < step
      faulty_disk_restart(workshop.disk, UInt64(step))
      try workshop.inspect(acknowledged, "step \(step)").close()
      if survived { break }
      step += 1
    }
    #expect(step > 40)
  }

  @Test func withoutAPublishDelayNoLossOfPowerLeavesThePublishedCheckpointBehind() async throws {
    var random = SeededGenerator(seed: 81)
    let workshop = try Workshop()
    for run in 0..<max(20, Self.runs / 3) {
      faulty_disk_cut_power_after(workshop.disk, Int64.random(in: 1...120, using: &random))
      var acknowledged: UInt64 = 0
      var verifier: NoteVerifier?
      if let ledger = try? workshop.open({ $0.publishDelay = 0 }) {
        verifier = ledger.verifier
        acknowledged = await workshop.work(ledger, lanes: 3, count: 12, start: 10_000 * run).map(\.size).max() ?? 0
        ledger.close()
      }
      faulty_disk_restart(workshop.disk, random.next())
      if let verifier, acknowledged > 0 {
        let file = try PublishedCheckpoint(
          path: LedgerPaths(folder: workshop.folder.path).published, vfs: workshop.configuration().vfs,
          origin: verifier.name,
          verifiers: [verifier], mode: .readOnly)
        #expect(file.newest?.size ?? 0 >= acknowledged, "run \(run)")
      }
      try workshop.inspect([], "run \(run)").close()
    }
  }

  @Test(arguments: [71, 72] as [UInt64])
  func aLossOfPowerLeavesTheProjectionTrueOrItIsMadeAgain(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let workshop = try Workshop()
    for run in 0..<max(20, Self.runs / 5) {
      faulty_disk_cut_power_after(workshop.disk, Int64.random(in: 1...400, using: &random))
      if let ledger = try? workshop.open({ $0.hasProjection = true }) {
        _ = await workshop.work(ledger, lanes: 3, count: 12, start: 10_000 * run)
        ledger.close()
      }
      faulty_disk_restart(workshop.disk, random.next())
      let ledger = try workshop.open { $0.hasProjection = true }
      _ = try await ledger.append(draft(10_000 * run + 9000))
      let context = "seed \(seed), run \(run)"
      let entries = try (0..<ledger.size).map { try ledger.entry(at: $0) }
      let questions: [(String, (inout LedgerQuery) -> Void, (EntryTerms) -> Bool)] = [
        ("actor", { $0.actor = "svc-3" }, { $0.has(.actor, "svc-3") }),
        ("verdict", { $0.verdict = "deny" }, { $0.has(.verdict, "deny") }),
        (
          "words", { $0.text = "subject 2" },
          {
            Set($0.text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)).isSuperset(of: [
              "subject", "2",
            ])
          }
        ),
      ]
      for (name, set, holds) in questions {
        var query = LedgerQuery()
        set(&query)
        query.order = .oldestFirst
        query.limit = LedgerQuery.largestPage
        query.atLeastIndex = ledger.size - 1
        let found = try await ledger.query(query).entries.map(\.index)
        let expected = entries.filter { EntryTerms($0.bytes.span.bytes).map(holds) ?? false }.map(\.index)
        #expect(found == Array(expected.prefix(query.limit)), "\(context): \(name)")
      }
      #expect(try await ledger.statistics().byType["deliberation"] == ledger.size, "\(context)")
      ledger.close()
    }
  }

  @Test(arguments: [Int32(FAULTY_WRITE), Int32(FAULTY_SYNC)])
  func aFailingDiskRefusesAtOnceTurnsRedAndRecovers(kind: Int32) async throws {
    // Ten entries are ten writes and ten syncs at least.
    for n in 1...10 as ClosedRange<Int64> {
      let workshop = try Workshop()
      let ledger = try workshop.open { $0.probeInterval = 20 }
      var receipts = [try await ledger.append(draft(1))]
      faulty_disk_fail(workshop.disk, kind, n, 40)
      var failures = 0
      for number in 2..<12 {
        do {
          receipts.append(try await ledger.append(draft(number, payload: true)))
        } catch {
          failures += 1
          // What fails says why, and readiness says so too, until a write has succeeded.
          guard case .storageFailed = error else {
            Issue.record("\(error)")
            continue
          }
        }
      }
      #expect(failures > 0, "kind \(kind), n \(n)")
      try await wait(for: "the ledger to recover") { ledger.health.isWritable }
      receipts.append(try await ledger.append(draft(100)))
      // What was refused can be appended again under its id, and is in the log once.
      for number in 2..<12 { receipts.append(try await ledger.append(draft(number, payload: true))) }
      #expect(ledger.size == 12)
      ledger.close()
      try workshop.inspect(receipts, "kind \(kind), n \(n)").close()
    }
  }

  @Test func aFullDiskAcknowledgesNothingUntilThereIsRoom() async throws {
    let workshop = try Workshop()
    let ledger = try workshop.open { $0.probeInterval = 20 }
    var receipts = [try await ledger.append(draft(0))]
    faulty_disk_set_capacity(workshop.disk, faulty_disk_size(workshop.disk) + 60_000)
    var isFull = false
    for number in 1..<200 where !isFull {
      var large = draft(number)
      large.payload = [UInt8](repeating: 7, count: 4000)
      do {
        receipts.append(try await ledger.append(large))
      } catch {
        #expect(error == .diskFull)
        isFull = true
        #expect(!ledger.health.isWritable || ledger.health.reason == nil)
      }
    }
    #expect(isFull)
    faulty_disk_set_capacity(workshop.disk, 0)
    try await wait(for: "the ledger to recover") { ledger.health.isWritable }
    receipts.append(try await ledger.append(draft(1000)))
    ledger.close()
    try workshop.inspect(receipts, "full disk").close()
  }

  @Test func aDatabaseThatCannotBeOpenedIsAnErrorAndNotAnEmptyLedger() async throws {
    let workshop = try Workshop()
    let ledger = try workshop.open()
    let receipt = try await ledger.append(draft(1))
    ledger.close()
    for n in 1...4 as ClosedRange<Int64> {
      faulty_disk_fail(workshop.disk, Int32(FAULTY_OPEN), n, 1)
      try? workshop.open().close()
      faulty_disk_fail(workshop.disk, Int32(FAULTY_OPEN), 0, 0)
      try workshop.inspect([receipt], "open \(n)").close()
    }
  }

  @Test func aQueueThatIsFullRefusesAtOnce() async throws {
    let workshop = try Workshop()
    let ledger = try workshop.open { $0.queueLimit = 8 }
    let results = await ledger.appendAll((0..<9).map { draft($0) })
    for result in results {
      #expect(throws: LedgerError.queueFull(limit: 8)) { try result.get() }
    }
    #expect(try await ledger.append(draft(1)).index == 0)
    ledger.close()
  }

  @Test func whileTheDiskIsSilentNobodyWaitsLongerThanConfigured() async throws {
    let workshop = try Workshop()
    let ledger = try workshop.open { $0.longestWait = 300 }
    var receipts = [try await ledger.append(draft(0))]
    // Waiters are answered a moment before the writer puts their group away.
    try await wait(for: "the writer to rest") { ledger.shared.queue.withLock { $0.inFlight.isEmpty } }
    faulty_disk_fall_silent(workshop.disk, 1)
    // The writer takes the first and waits for the disk; the second waits for the writer.
    let taken = Task { try await ledger.append(draft(1)) }
    try await wait(for: "the writer to take it") { ledger.shared.queue.withLock { !$0.inFlight.isEmpty } }
    let queued = Task { try await ledger.append(draft(2)) }
    await #expect(throws: LedgerError.outcomeUnknown) { try await taken.value }
    await #expect(throws: LedgerError.waitedTooLong(milliseconds: 300)) { try await queued.value }
    faulty_disk_fall_silent(workshop.disk, 0)
    // What had been taken is written after all, once; what had waited was taken back.
    receipts.append(try await ledger.append(draft(1)))
    #expect(!receipts[1].isFirst)
    receipts.append(try await ledger.append(draft(2)))
    #expect(receipts[2].isFirst)
    #expect(ledger.size == 3)
    ledger.close()
    try workshop.inspect(receipts, "silent disk").close()
  }
}
