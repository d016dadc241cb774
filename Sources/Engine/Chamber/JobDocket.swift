// The jobs of a chamber: taken, paused, resumed, cancelled, and looked at. Each change is an entry under the next number of
// its job, so that of two who change one at the same time one is told to look again.
import Crypto
import Engine
import JSON
import Ledger
import Locking

package struct JobSettings: Sendable {
  /// Jobs that have not ended; one more is refused.
  package var unfinished = 64
  /// Cases of one job.
  package var cases = 10_000_000
  /// Cases that are decided and checkpointed together.
  package var casesInPart = 512
  /// A part is no larger than this and one more case.
  package var bytesInPart = 1 << 20

  package init() {}
}

package final class JobDocket: Sendable {
  /// Where the entries of a job are that is not cleared away.
  struct Places: Sendable {
    var parts: [JobPart]
    /// The entries of the parts that are done.
    var done: [UInt64]
  }

  let ledger: Ledger
  let settings: JobSettings
  let surroundings: Surroundings
  let executor: (any TaskExecutor)?
  let book = Locked(JobBook())
  let places = Locked<[String: Places]>([:])
  /// Names under which an upload is at work.
  let uploading = Locked<Set<String>>([])

  private init(
    _ ledger: Ledger, _ settings: JobSettings, _ surroundings: Surroundings, _ executor: (any TaskExecutor)?
  ) {
    self.ledger = ledger
    self.settings = settings
    self.surroundings = surroundings
    self.executor = executor
  }

  /// Reads the jobs off the log. What an upload left behind that broke off with the program is erased.
  static func open(
    _ ledger: Ledger, _ settings: JobSettings, _ surroundings: Surroundings, _ executor: (any TaskExecutor)?
  ) async throws -> JobDocket {
    let docket = JobDocket(ledger, settings, surroundings, executor)
    var query = LedgerQuery()
    query.type = EntryType.job
    try await ledger.eachPage(query) { entries in docket.book.withLock { book in entries.forEach { book.apply($0) } } }
    for job in docket.all where !job.isCleared { try await docket.findPlace(of: job) }
    let broken = docket.book.withLock { $0.openUploads }
    for upload in broken.sorted() { try await docket.drop(upload, foundAfterRestart: true) }
    return docket
  }

  /// How far a job has come at which the program may have been at work when it ended: its parts that are done are known by their names.
  func findPlace(of job: Job) async throws {
    var places = Places(parts: try parts(of: job), done: [])
    var progress = JobProgress()
    while let entry = try await ledger.entry(named: Job.doneID(job.id, places.done.count), type: EntryType.jobDone) {
      places.done.append(entry.index)
      progress = JobProgress(entry: entry.bytes) ?? progress
    }
    let found = (places, progress)
    self.places.withLock { $0[job.id] = found.0 }
    book.withLock { $0.update(job.id) { $0.progress = found.1 } }
  }

  func parts(of job: Job) throws -> [JobPart] {
    guard case .present(let payload) = try ledger.payload(at: job.index) else { throw ChamberError.erased(job.id) }
    return try JobPart.list(payload)
  }

  // MARK: Looking

  /// The oldest first.
  package var all: [Job] { book.withLock { $0.all } }

  package func job(_ id: String) throws(JobRefusal) -> Job {
    try book.withLock { book throws(JobRefusal) in try book.job(id) }
  }

  // MARK: Changing

  /// Holds a job up after the part that is at work. One that is held up already stays as it is.
  package func pause(_ id: String, by actor: String, trace: String) async throws -> Job {
    try await change(id, .paused, by: actor, trace: trace) { !$0.isPaused }
  }

  package func resume(_ id: String, by actor: String, trace: String) async throws -> Job {
    try await change(id, .resumed, by: actor, trace: trace) { $0.isPaused }
  }

  /// Ends a job: what is decided stays decided.
  package func cancel(_ id: String, by actor: String, trace: String) async throws -> Job {
    try await change(id, .cancelled, by: actor, trace: trace) { _ in true }
  }

  private func change(
    _ id: String, _ event: Job.Event, by actor: String, trace: String, _ isNeeded: (Job) -> Bool
  ) async throws -> Job {
    let job = try job(id)
    guard job.end == nil else { throw JobRefusal.ended(job.state) }
    guard isNeeded(job) else { return job }
    return try await write(event, to: job, by: actor, trace: trace)
  }

  /// Writes what happened to `job` as it was seen; overtaken where something else has happened to it since.
  @discardableResult
  func write(_ event: Job.Event, to job: Job, by actor: String, trace: String? = nil) async throws -> Job {
    let ends = event == .finished || event == .cancelled || event == .cleared
    let done = ends ? places.withLock { $0[job.id]?.done } ?? [] : nil
    let draft = try job.happened(event, by: actor, trace: trace, done: done)
    let receipt = try await ledger.append(draft)
    guard receipt.isFirst else {
      try catchUp(receipt.index)
      throw JobRefusal.overtaken
    }
    book.withLock { $0.apply(LoggedEntry(draft, receipt)) }
    return try self.job(job.id)
  }

  /// Takes an entry into account that is on record though nobody heard of it.
  func catchUp(_ index: UInt64) throws {
    let entry = try JSONReader.decode(LoggedEntry.self, from: ledger.entry(at: index).bytes)
    book.withLock { $0.apply(entry) }
  }
}

extension Ledger {
  /// The entry of an id, also where the projection has yet to be made.
  func entry(named id: String, type: String) async throws -> StoredEntry? {
    var query = LedgerQuery()
    query.type = type
    query.id = id
    query.atLeastIndex = size == 0 ? nil : size - 1
    while true {
      do throws(LedgerError) { return try await self.query(query).entries.first } catch {
        if case .notYetIndexed = error { continue }
        throw error
      }
    }
  }
}
