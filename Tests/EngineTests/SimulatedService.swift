// A service in a simulation: the whole engine and the real ledger on a disk that can fail, in one thread, with critics that
// fail, hang and lie, and clients of every kind. It notices by itself when a promise is broken.
import CFaultyDisk
import Crypto
import JSON
import Ledger
import Locking
import TestSupport
import TransparencyLog

@testable import Engine

/// What happens to critics next; shared with the parts that act it out.
final class Weather: Sendable {
  enum Mood: CaseIterable { case sound, fails, hangs, hangsDeaf, liesOnFigures, liesOnItsName, hasAWhim }

  private let moods = Locked<[String: Mood]>([:])
  private let deaf = Locked<[UnsafeContinuation<Void, Never>]>([])

  func mood(of critic: String) -> Mood { moods.withLock { $0[critic] ?? .sound } }
  func set(_ mood: Mood, of critic: String) { moods.withLock { $0[critic] = mood } }

  /// Waits until the world ends, whoever calls.
  func sleepDeaf() async {
    await withUnsafeContinuation { continuation in deaf.withLock { $0.append(continuation) } }
  }

  /// The sky clears: everybody is sound, and who was deaf wakes.
  func clear() {
    moods.withLock { $0 = [:] }
    wakeTheDeaf()
  }

  func wakeTheDeaf() {
    let waiting = deaf.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// A critic that judges by clause on good days, and fails or lies on others.
struct MoodyCritic: Critic {
  let name: String
  let weather: Weather

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    switch weather.mood(of: name) {
    case .fails, .hangs, .hangsDeaf: throw CriticFailure("out of order")
    case .liesOnFigures: return Opinion(critic: name, severity: .nan, confidence: 1)
    case .liesOnItsName: return Opinion(critic: "another", severity: 0, confidence: 1)
    case .hasAWhim:
      return Opinion(
        critic: name, severity: 0, confidence: 1,
        escalations: [Escalation(critic: name, clause: "X", tier: .acknowledgment, rationale: "a whim")])
    case .sound: return try ClauseCritic(name: name).examine(examination, under: charter)
    }
  }
}

/// An outside critic that answers at once or after a while, fails, or never answers.
struct MoodyWitness: OutsideCritic {
  let name: String
  let weather: Weather
  let clock: SimulatedClock

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    switch weather.mood(of: name) {
    case .fails: throw CriticFailure("connection refused")
    case .hangs:
      do { try await clock.sleep(for: .seconds(3600)) } catch { throw CriticFailure("cancelled") }
      throw CriticFailure("never")
    case .hangsDeaf:
      await weather.sleepDeaf()
      throw CriticFailure("never")
    case .liesOnFigures: return Opinion(critic: name, severity: 99, confidence: 1)
    case .liesOnItsName: return Opinion(critic: "rights", severity: 0, confidence: 1)
    case .sound, .hasAWhim:
      do { try await clock.sleep(for: .milliseconds(3)) } catch { throw CriticFailure("cancelled") }
      return Opinion(critic: name, severity: 0.5, confidence: 0.8)
    }
  }
}

/// Proof for `@unchecked Sendable`: everything happens in the one thread.
final class SimulatedService: @unchecked Sendable {
  let thread = OneThread()
  let clock = SimulatedClock()
  let weather = Weather()
  let constitution: Constitution
  private let disk = FaultyDisk()
  private let folder: TemporaryFolder
  /// The operation of the disk at which the power fails.
  private var powerEnds = Int64.max

  private(set) var ledger: Ledger?
  private(set) var proceedings: Proceedings
  /// Which of its lives the service is in: what an earlier one still does reaches nobody.
  private(set) var life = 0
  /// The clock on the wall, which may jump.
  var wall = Timestamp(microseconds: 1_800_000_000_000_000)
  private var identifiers = 0
  /// The first promise that was found broken.
  private(set) var fault: String?
  /// Requests that have not been answered, of all lives.
  private(set) var underWay = 0
  private(set) var acknowledged = Acknowledged()

  /// What clients have been told: it must be so for ever.
  struct Acknowledged {
    var receipts: [Receipt] = []
    var decisions: [(id: String, index: UInt64, core: [UInt8])] = []
    var permits: [String] = []
    /// Reviews to which somebody was told the outcome.
    var reviews: [Review] = []
    var weights: [Weights] = []
    var precedents: [(id: String, reason: String)] = []
  }

  init(people: Int = 1) throws {
    var constitution = Toy.constitution
    var charter = Charter(critic: "model", principle: .truth)
    charter.deadlineMilliseconds = 20
    constitution.critics.append(charter)
    constitution.reviews.determinationPeople = people
    constitution.version = "sha256:simulated"
    self.constitution = constitution
    folder = try TemporaryFolder()
    proceedings = Proceedings(council: Toy.council(constitution), recorder: SimulatedLedger(), signer: nil)
    try open()
  }

  deinit {
    ledger?.close()
    letGo()
  }

  /// Lets go of every file, without which the disk can neither restart nor go away.
  private func letGo() {
    ledger = nil
    proceedings = Proceedings(council: council, recorder: SimulatedLedger(), signer: nil)
  }

  // MARK: Lives

  private var configuration: LedgerConfiguration {
    var configuration = LedgerConfiguration()
    configuration.vfs = disk.name
    configuration.hasThreads = false
    configuration.hasProjection = false
    configuration.reservedLogBytes = 0
    configuration.checkpointPages = 24
    configuration.queueLimit = 24
    configuration.groupLimit = 6
    configuration.now = { [unowned self] in wall }
    return configuration
  }

  var council: Council {
    Council(
      constitution, critics: constitution.critics.dropLast().map { MoodyCritic(name: $0.critic, weather: weather) },
      outside: [MoodyWitness(name: "model", weather: weather, clock: clock)], gatherer: WordGatherer(), clock: clock,
      executor: thread)
  }

  /// A service that begins: it knows nothing but the log.
  private func open() throws {
    let ledger = try Ledger.open(dataFolder: folder.path, configuration: configuration)
    proceedings = try read(ledger)
    self.ledger = ledger
  }

  /// What a service makes of a log.
  private func read(_ ledger: Ledger) throws -> Proceedings {
    let proceedings = Proceedings(
      council: council, recorder: ledger, signer: PlainSigner(),
      surroundings: Surroundings(
        now: { [unowned self] in wall },
        identifier: { [unowned self] prefix in
          identifiers += 1
          return "\(prefix)\(identifiers)"
        }))
    for entry in try entries(of: ledger) {
      if !proceedings.apply(entry) { complain("an entry of its own cannot be read: \(entry.id)") }
    }
    return proceedings
  }

  private func entries(of ledger: Ledger) throws -> [LoggedEntry] {
    try (0..<ledger.size).map { index in
      var entry = try JSONReader.decode(LoggedEntry.self, from: ledger.entry(at: index).bytes)
      if case .present(let payload) = try ledger.payload(at: index) { entry.payload = payload }
      return entry
    }
  }

  func entries() throws -> [LoggedEntry] { try ledger.map(entries) ?? [] }

  /// The power fails, now; everything is read back from what the disk has kept, and held against what was promised.
  func crash(_ random: inout Randomness, audits: Bool) throws {
    life += 1
    faulty_disk_cut_power_after(disk.disk, 1)
    ledger?.close()
    drain(&random)
    letGo()
    faulty_disk_fail(disk.disk, Int32(FAULTY_WRITE), 0, 0)
    faulty_disk_fail(disk.disk, Int32(FAULTY_SYNC), 0, 0)
    faulty_disk_set_capacity(disk.disk, 0)
    faulty_disk_restart(disk.disk, random.next())
    powerEnds = .max
    try open()
    try recall()
    guard audits else { return }
    let report = try AuditVerifier.verify(dataFolder: folder.path, configuration: configuration)
    if !report.faults.isEmpty { complain("the log does not verify: \(report.faults)") }
  }

  /// Every task comes to its end, though nobody hears of it.
  func drain(_ random: inout Randomness) {
    while true {
      thread.runAll(&random)
      if let alarm = clock.nextAlarm { clock.pass(to: alarm) } else { break }
    }
    weather.wakeTheDeaf()
    thread.runAll(&random)
    if underWay != 0 { complain("\(underWay) requests were never answered") }
  }

  var hasPower: Bool { operations < powerEnds }
  var operations: Int64 { faulty_disk_operations(disk.disk) }

  func cutPower(after operations: Int64) {
    powerEnds = self.operations + operations
    faulty_disk_cut_power_after(disk.disk, operations)
  }

  func failDisk(_ kind: Int32, next: Int64, times: Int64) { faulty_disk_fail(disk.disk, kind, next, times) }

  /// At most so many bytes more go on the disk; nil for as many as one likes.
  func fillDisk(leaving bytes: Int64?) {
    faulty_disk_set_capacity(disk.disk, bytes.map { faulty_disk_size(disk.disk) + $0 } ?? 0)
  }

  // MARK: Clients

  /// Somebody asks for something. What they hear counts only if the service lives to say it. Some hang up before they are
  /// answered.
  func ask(
    hangingUpAfter patience: Duration? = nil,
    _ request: @escaping (SimulatedService, _ isHeard: () -> Bool) async -> Void
  ) {
    underWay += 1
    let (life, request) = (life, Request(body: request))
    let asking = Task(executorPreference: thread) { [self] in
      await request.body(self) { life == self.life && hasPower && !Task.isCancelled }
      underWay -= 1
    }
    guard let patience else { return }
    Task(executorPreference: thread) { [clock] in
      try? await clock.sleep(for: patience)
      asking.cancel()
    }
  }

  /// Proof for `@unchecked Sendable`: made and called in the one thread.
  private struct Request: @unchecked Sendable {
    let body: (SimulatedService, () -> Bool) async -> Void
  }

  func acknowledge(_ note: (inout Acknowledged) -> Void) { note(&acknowledged) }

  func complain(_ text: String) { if fault == nil { fault = text } }

  // MARK: What must be so for ever

  /// Whether everything that clients were told is on record and true.
  func recall() throws {
    guard let ledger else { return }
    for receipt in acknowledged.receipts {
      guard receipt.index < ledger.size,
        try MerkleHash.leaf(ledger.entry(at: receipt.index).bytes) == receipt.leafHash
      else { return complain("entry \(receipt.index) was acknowledged and is not in the log") }
    }
    for review in acknowledged.reviews {
      guard let known = try? proceedings.review(review.id), known.answers.starts(with: review.answers),
        review.outcome == nil || review.outcome == known.outcome
      else { return complain("an answer to \(review.id) was lost") }
    }
    for weights in acknowledged.weights where proceedings.weightsHistory.version(weights.version) != weights {
      return complain("version \(weights.version) of the weights was lost")
    }
    let changes = try entries(of: ledger).filter { $0.type == EntryType.precedent }
    for (id, reason) in acknowledged.precedents {
      let isKnown = changes.contains {
        $0.id.hasPrefix("\(id)/") && String(decoding: $0.body, as: UTF8.self).contains("\"\(reason)\"")
      }
      if !isKnown { return complain("a change of precedent \(id) was lost") }
    }
  }

  /// At the end: every answer decides to the same bytes again, and two services make the same of one log.
  func audit() throws {
    guard let ledger else { return }
    weather.clear()
    let council = council
    for (id, index, core) in acknowledged.decisions {
      guard case .present(let payload) = try ledger.payload(at: index) else { return complain("\(id) has no payload") }
      let record = try JSONReader.decode(DecisionRecord.self, from: payload)
      if record.answer != core { return complain("the record of \(id) differs from its answer") }
      // A critic that judged on a whim judges otherwise today; all else must come out the same.
      let isWhim = String(decoding: core, as: UTF8.self).contains("a whim")
      let replay = council.replay(record)
      if !replay.matches && !isWhim { return complain("\(id) is decided otherwise today: \(replay.differences)") }
    }
    for entry in try entries(of: ledger) where entry.type == EntryType.deliberation {
      guard case .present(let payload) = try ledger.payload(at: entry.index) else { continue }
      let record = try JSONReader.decode(DecisionRecord.self, from: payload)
      if record.recorded.contains(where: { $0.abstention == .cancelled }) {
        complain("\(entry.id) was decided without a critic who was still being asked")
      }
    }
    if Set(acknowledged.permits).count != acknowledged.permits.count { complain("a permit was given twice") }
    let versions = acknowledged.weights.map(\.version)
    if Set(versions).count != versions.count { complain("a version of the weights was given twice") }
    let again = try read(ledger)
    if again.reviews.count < proceedings.reviews.count { complain("a review was lost") }
    for (id, review) in proceedings.reviews where again.reviews[id] != review && review.outcome != nil {
      complain("a review is told otherwise after a restart: \(id)")
    }
    if proceedings.sitting.state != again.sitting.state { complain("a restarted service reads the log differently") }
  }
}
