// The upload of a job, part by part into the log, so that however large it is no more than a part is in memory; encrypted
// there like every payload, and erased when the job has ended.
import Crypto
import Engine
import Ledger
import Locking

/// One upload, used by the one request that brings it.
package struct JobUpload: ~Copyable {
  private let docket: JobDocket
  private let actor: String
  private let trace: String
  private let upload: String
  /// Where the name of this job was given before: the job of that time. Nothing is written then.
  private let earlier: Job?
  private let id: String
  private var parts: [JobPart] = []
  private var lines: [UInt8] = []
  private var cases = 0
  private var total = 0
  private var isTaken = false
  private var digest = SHA256()

  init(_ docket: JobDocket, id: String, earlier: Job?, by actor: String, trace: String) async throws {
    self.docket = docket
    self.actor = actor
    self.trace = trace
    self.id = id
    self.earlier = earlier
    upload = docket.surroundings.identifier("upl_")
    if earlier == nil {
      guard docket.book.withLock({ $0.unfinished }) < docket.settings.unfinished else {
        throw JobRefusal.tooMany(limit: docket.settings.unfinished)
      }
      let draft = try Job.uploadBegun(upload, by: actor, trace: trace)
      let receipt = try await docket.ledger.append(draft)
      docket.book.withLock { $0.apply(LoggedEntry(draft, receipt)) }
    }
  }

  package mutating func add(_ line: [UInt8]) async throws {
    guard total < docket.settings.cases else { throw JobRefusal.tooManyCases(limit: docket.settings.cases) }
    total += 1
    digest.update(line)
    digest.update([0x0a])
    if earlier != nil { return }
    lines += line
    lines.append(0x0a)
    cases += 1
    if cases >= docket.settings.casesInPart || lines.count >= docket.settings.bytesInPart { try await writePart() }
  }

  private mutating func writePart() async throws {
    let draft = try Job.part(parts.count, of: upload, lines: lines, cases: cases, by: actor)
    let receipt = try await docket.ledger.append(draft)
    parts.append(JobPart(index: receipt.index, cases: cases))
    (lines, cases) = ([], 0)
  }

  /// The job, on record; an earlier one where this was a repetition of it.
  package mutating func finish() async throws -> Job {
    if total == 0 { throw JobRefusal.empty }
    let hex = digest.finish().hex
    if let earlier {
      guard earlier.digest == hex else { throw ChamberError.otherRequest }
      return try docket.job(earlier.id)
    }
    if cases > 0 { try await writePart() }
    let draft = try Job.created(id, upload: upload, digest: hex, parts: parts, by: actor, trace: trace)
    let receipt = try await docket.ledger.append(draft)
    guard receipt.isFirst else { return try await known(receipt, hex) }
    isTaken = true
    let places = JobDocket.Places(parts: parts, done: [])
    docket.places.withLock { $0[draft.id] = places }
    docket.book.withLock { $0.apply(LoggedEntry(draft, receipt)) }
    return try docket.job(draft.id)
  }

  /// The job that has the name on record, though nobody heard of it: this upload is a repetition of that one, or of none.
  private func known(_ receipt: Receipt, _ digest: String) async throws -> Job {
    if (try? docket.job(id)) == nil {
      try docket.catchUp(receipt.index)
      try await docket.findPlace(of: docket.job(id))
    }
    let job = try docket.job(id)
    guard job.digest == digest else { throw ChamberError.otherRequest }
    return job
  }

  /// What there is to clear away where no job came of it; nil for nothing.
  var remains: (upload: String, parts: [UInt64])? {
    earlier == nil && !isTaken ? (upload, parts.map(\.index)) : nil
  }
}

extension JobDocket {
  /// For how long a name stands for the upload that it came with.
  private static let repeatWindow = Chamber.repeatWindow.components.seconds * 1_000_000
  private static let mostGenerations = 1000

  /// Takes a job whose cases `lines` brings one by one. With a key, a repetition of the same upload gives the same job.
  package func take(
    by actor: String, trace: String, key: String?, _ lines: (inout JobUpload) async throws -> Void
  ) async throws -> Job {
    let (id, earlier) = try name(of: key, by: actor)
    guard uploading.withLock({ $0.insert(id).inserted }) else { throw ChamberError.stillRunning }
    defer { uploading.withLock { _ = $0.remove(id) } }
    var upload = try await JobUpload(self, id: id, earlier: earlier, by: actor, trace: trace)
    do {
      try await lines(&upload)
      let job = try await upload.finish()
      await clear(upload)
      return job
    } catch {
      // The entry that nobody heard of may be the job, which needs its parts, or a part: the next start sees.
      if (error as? LedgerError)?.mayBeWritten != true { await clear(upload) }
      throw error
    }
  }

  /// Clears away what no job came of, even where whoever brought it is gone, and this task with them. If the log cannot
  /// take that now, the next start does it.
  private func clear(_ upload: borrowing JobUpload) async {
    guard let remains = upload.remains else { return }
    await Task.detached(executorPreference: executor) {
      try? await self.drop(remains.upload, parts: remains.parts)
    }.value
  }

  private func name(of key: String?, by actor: String) throws -> (id: String, earlier: Job?) {
    guard let key else { return (surroundings.identifier("job_"), nil) }
    for generation in 0..<Self.mostGenerations {
      let id = Identifier.derived("job_", from: actor, key, String(generation))
      guard let job = try? job(id) else { return (id, nil) }
      if surroundings.now().microseconds - job.created.microseconds <= Self.repeatWindow { return (id, job) }
    }
    throw ChamberError.otherRequest
  }

  /// Erases the parts of an upload that will never be a job.
  func drop(_ upload: String, parts: [UInt64] = [], foundAfterRestart: Bool = false) async throws {
    var parts = parts
    if foundAfterRestart {
      while let entry = try await ledger.entry(named: "\(upload)/\(parts.count)", type: EntryType.jobPart) {
        parts.append(entry.index)
      }
    }
    for index in parts { try await erase(index) }
    let draft = try Job.uploadDropped(upload, by: Chamber.clockwork)
    let receipt = try await ledger.append(draft)
    book.withLock { $0.apply(LoggedEntry(draft, receipt)) }
  }

  /// Erases an uploaded copy. One that must be kept is kept.
  func erase(_ index: UInt64) async throws {
    do throws(LedgerError) {
      _ = try await ledger.erase(
        index: index, actor: Chamber.clockwork, ground: "a copy: each case is kept with its deliberation",
        reason: "the job has ended")
    } catch {
      switch error {
      case .held, .noPayload, .noSuchEntry, .permanent: break
      default: throw error
      }
    }
  }
}
