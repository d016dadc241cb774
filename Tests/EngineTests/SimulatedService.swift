// A service in a simulation: the whole engine and the real ledger on a disk that can fail, in one thread, with critics that
// fail, hang and lie, and clients of every kind. It notices by itself when a promise is broken.
import CFaultyDisk
import Chamber
import Crypto
import JSON
import Ledger
import Locking
import Resilience
import TestSupport
import Tokens

@testable import Engine

/// Proof for `@unchecked Sendable`: everything happens in the one thread.
final class SimulatedService: @unchecked Sendable {
  let thread = OneThread()
  let clock = SimulatedClock()
  private let birth = ContinuousClock.now
  let weather = Weather()
  /// What the log begins with.
  let edition: Edition
  private let disk = FaultyDisk()
  private let folder: TemporaryFolder
  private let key: SigningKey
  let reader: PermitReader
  /// The operation of the disk at which the power fails.
  private var powerEnds = Int64.max

  private(set) var ledger: Ledger?
  private(set) var chamber: Chamber?
  private var jobs: Task<Void, Never>?
  /// Which of its lives the service is in: what an earlier one still does reaches nobody.
  private(set) var life = 0
  /// The clock on the wall, which may jump.
  var wall = Timestamp(microseconds: 1_800_000_000_000_000) {
    didSet { latest = max(latest, wall.microseconds) }
  }
  /// The latest that it ever showed.
  private(set) var latest: Int64 = 0
  private var identifiers = 0
  /// The revocations that whoever checks tokens has heard of in this life.
  private(set) var revoked: Set<String> = []
  /// The first promise that was found broken.
  private(set) var fault: String?
  /// Requests that have not been answered, of all lives.
  private(set) var underWay = 0
  private(set) var acknowledged = Acknowledged()

  init(people: Int = 1) throws {
    edition = Edition(number: 0, people: people)
    folder = try TemporaryFolder()
    key = try SigningKey(PrivateKey.ed25519(Ed25519.PrivateKey()))
    reader = PermitReader(keySet: JWKSet([key.verifying]), issuer: "witan")
    try open()
  }

  /// The service ends for good. Without it the disk cannot go away.
  func close(_ random: inout Randomness) {
    life += 1
    ledger?.close()
    drain(&random)
    letGo()
  }

  /// Lets go of every file, without which the disk can neither restart nor go away.
  private func letGo() {
    ledger = nil
    chamber = nil
    jobs = nil
  }

  // MARK: Lives

  private var configuration: LedgerConfiguration {
    var configuration = LedgerConfiguration()
    configuration.vfs = disk.name
    configuration.hasThreads = false
    configuration.reservedLogBytes = 0
    configuration.checkpointPages = 24
    configuration.queueLimit = 24
    configuration.groupLimit = 6
    configuration.now = { [unowned self] in wall }
    return configuration
  }

  private var surroundings: Surroundings {
    Surroundings(
      now: { [unowned self] in wall },
      identifier: { [unowned self] prefix in
        identifiers += 1
        return "\(prefix)\(identifiers)"
      })
  }

  /// The time that deadlines are held against.
  var time: ContinuousClock.Instant { birth + clock.now.offset }

  /// The council of an edition, under whatever weather there is.
  func council(_ document: [UInt8]) throws -> Council {
    let constitution = try Edition(document: document).constitution
    return Council(
      constitution,
      critics: constitution.critics.map(\.critic).filter { $0 != "model" }.map {
        MoodyCritic(name: $0, weather: weather)
      }, outside: [MoodyWitness(name: "model", weather: weather, clock: clock)], gatherer: WordGatherer(),
      clock: clock, time: { [unowned self] in time }, executor: thread)
  }

  /// A service that begins: it knows nothing but the log.
  private func open() throws {
    let ledger = try Ledger.open(dataFolder: folder.path, configuration: configuration)
    revoked = []
    var settings = Chamber.Settings()
    settings.revoked = { [unowned self] in revoked.insert($0.id) }
    var jobs = JobSettings()
    jobs.casesInPart = 3
    jobs.unfinished = 4
    let (council, surroundings, key) = (try council(edition.document), surroundings, key)
    let opened = thread.result(meanwhile: ledger.turn) { [settings, jobs] in
      await Result.catching {
        try await Chamber.open(
          council: council, assemble: { [unowned self] in try self.council($0) }, ledger: ledger, signer: key,
          surroundings: surroundings, settings: settings, jobs: jobs)
      }
    }
    do {
      guard let chamber = try opened?.get() else { throw LedgerError.storageFailed("it never opened") }
      (self.ledger, self.chamber) = (ledger, chamber)
      let runner = runner(chamber)
      self.jobs = Task(executorPreference: thread) { await runner.run() }
    } catch {
      ledger.close()
      thread.runAll()
      throw error
    }
  }

  private func runner(_ chamber: Chamber) -> JobRunner {
    JobRunner(chamber: chamber, leases: OwnLeases()) {
      true
    } problem: { _, _ in
      Array(#"{"title":"it cannot be decided"}"#.utf8)
    } watched: { _, work in
      try await work(nil)
    } failed: { [unowned self] job, error in
      if !(error is LedgerError || error is CancellationError) { complain("\(job) cannot go on: \(error)") }
    }
  }

  /// What a service makes of a log that it reads in its order, without the projection.
  func read(_ ledger: Ledger) throws -> Proceedings {
    let proceedings = Proceedings(
      council: try council(edition.document), recorder: ledger, signer: key, surroundings: surroundings)
    for entry in try entries(of: ledger) {
      if !proceedings.apply(entry) { complain("an entry of its own cannot be read: \(entry.id)") }
      if entry.type == EntryType.constitution, let document = entry.payload { proceedings.seat(try council(document)) }
    }
    return proceedings
  }

  func entries(of ledger: Ledger) throws -> [LoggedEntry] {
    try (0..<ledger.size).map { index in
      var entry = try JSONReader.decode(LoggedEntry.self, from: ledger.entry(at: index).bytes)
      if case .present(let payload) = try ledger.payload(at: index) { entry.payload = payload }
      return entry
    }
  }

  func entries() throws -> [LoggedEntry] { try ledger.map(entries) ?? [] }

  /// The power fails, now; everything is read back from what the disk has kept, and held against what was promised.
  func crash(_ random: inout Randomness, audits: Bool) throws {
    end(&random)
    if random.chance(0.2) {
      // It may fail again before the service is there.
      faulty_disk_cut_power_after(disk.disk, Int64(1 + random.below(100)))
      try? open()
      end(&random)
    }
    try open()
    try recall()
    guard audits else { return }
    let report = try AuditVerifier.verify(dataFolder: folder.path, configuration: configuration)
    if !report.faults.isEmpty { complain("the log does not verify: \(report.faults)") }
  }

  /// The power fails, and is there again.
  private func end(_ random: inout Randomness) {
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
  }

  /// Every task comes to its end, though nobody hears of it.
  private func drain(_ random: inout Randomness) {
    jobs?.cancel()
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

  /// The disk is sound again, and there is room on it.
  func mendDisk() {
    failDisk(Int32(FAULTY_WRITE), next: 0, times: 0)
    failDisk(Int32(FAULTY_SYNC), next: 0, times: 0)
    fillDisk(leaving: nil)
  }

  // MARK: Clients

  /// Somebody asks for something. What they hear counts only if the service lives to say it. Some hang up before they are
  /// answered.
  func ask(
    hangingUpAfter patience: Duration? = nil,
    _ request: @escaping (SimulatedService, Chamber, _ isHeard: () -> Bool) async -> Void
  ) {
    guard let chamber else { return }
    underWay += 1
    let (life, request) = (life, Request(body: request))
    let asking = Task(executorPreference: thread) { [self] in
      await request.body(self, chamber) { life == self.life && hasPower && !Task.isCancelled }
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
    let body: (SimulatedService, Chamber, () -> Bool) async -> Void
  }

  func acknowledge(_ note: (inout Acknowledged) -> Void) { note(&acknowledged) }

  func complain(_ text: String) { if fault == nil { fault = text } }
}

extension Result where Failure == any Error {
  static func catching(_ body: () async throws -> Success) async -> Result {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
