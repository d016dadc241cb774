// Decides the cases of jobs, a part at a time and the jobs in turn. A part that is done is an entry, and that is the
// checkpoint: after a crash the work goes on behind it. The cases of the part that was at work have names that follow from
// their places, so those that were recorded already are found and not recorded again.
import Engine
import JSON
import Ledger
import Resilience

package struct JobRunner: Sendable {
  let chamber: Chamber
  let leases: any Leases
  /// Waits while others come first, and says whether a part may be begun now.
  let mayGoOn: @Sendable () async -> Bool
  /// What stands in the place of a case that cannot be decided: a problem document.
  let problem: @Sendable (_ error: any Error, _ trace: String?) -> [UInt8]
  /// Does the work on a part of a job, with a watch on it if anybody watches.
  let watched: @Sendable (_ job: Job, _ work: ((any DeliberationWatch)?) async throws -> Void) async throws -> Void
  /// Hears of what keeps a job from going on.
  let failed: @Sendable (_ job: String, any Error) -> Void

  private static let lease: Duration = .seconds(60)
  private static let idle: Duration = .milliseconds(50)
  private static let afterFailure: Duration = .seconds(1)

  package init(
    chamber: Chamber, leases: any Leases, mayGoOn: @escaping @Sendable () async -> Bool,
    problem: @escaping @Sendable (any Error, String?) -> [UInt8],
    watched: @escaping @Sendable (Job, ((any DeliberationWatch)?) async throws -> Void) async throws -> Void,
    failed: @escaping @Sendable (String, any Error) -> Void
  ) {
    self.chamber = chamber
    self.leases = leases
    self.mayGoOn = mayGoOn
    self.problem = problem
    self.watched = watched
    self.failed = failed
  }

  private var docket: JobDocket { chamber.jobs }
  private var clock: any Clock<Duration> { chamber.inForce.council.clock }

  /// Works until the task is cancelled; never on the threads that serve connections.
  package func run() async {
    while !Task.isCancelled {
      var worked = false
      for job in docket.all where job.isRunnable && !Task.isCancelled {
        guard await mayGoOn() else { continue }
        guard await leases.take("job/\(job.id)", for: Self.lease) else { continue }
        do {
          try await goOn(job)
          worked = true
        } catch JobRefusal.overtaken {
          worked = true
        } catch {
          failed(job.id, error)
          try? await clock.sleep(for: Self.afterFailure)
        }
        if let now = try? docket.job(job.id), !now.isRunnable { await leases.release("job/\(job.id)") }
      }
      if !worked { try? await clock.sleep(for: Self.idle) }
    }
  }

  /// The next step of a job: a part, its end, or the clearing away of what was uploaded.
  private func goOn(_ job: Job) async throws {
    if job.end != nil {
      for part in try docket.parts(of: job) { try await docket.erase(part.index) }
      try await docket.write(.cleared, to: job, by: Chamber.clockwork)
      docket.places.withLock { _ = $0.removeValue(forKey: job.id) }
    } else if job.progress.parts == job.parts {
      try await docket.write(.finished, to: job, by: Chamber.clockwork)
    } else {
      try await watched(job) { try await decidePart(of: job, $0) }
    }
  }

  private func decidePart(of job: Job, _ watch: (any DeliberationWatch)?) async throws {
    let number = job.progress.parts
    guard let places = docket.places.withLock({ $0[job.id] }), number < places.parts.count else {
      throw ChamberError.erased(job.id)
    }
    let part = places.parts[number]
    guard case .present(let lines) = try docket.ledger.payload(at: part.index) else {
      throw ChamberError.erased(job.id)
    }
    let (outcomes, verdicts) = try await decide(lines.split(separator: 0x0a).map { Array($0) }, job, watch)
    let draft = try job.partDone(
      job.progress.adding(cases: outcomes.count, verdicts: verdicts), outcomes: outcomes, by: Chamber.clockwork)
    let receipt = try await docket.ledger.append(draft)
    // Where somebody else was first, what they wrote counts.
    let progress = JobProgress(entry: try docket.ledger.entry(at: receipt.index).bytes)
    guard let progress else { throw LedgerError.inconsistent("entry \(receipt.index) is no part of a job") }
    docket.places.withLock { places in _ = places[job.id]?.done.append(receipt.index) }
    docket.book.withLock { $0.update(job.id) { $0.progress = progress } }
  }

  private func decide(
    _ lines: [[UInt8]], _ job: Job, _ watch: (any DeliberationWatch)?
  ) async throws -> ([JobOutcome], [Verdict: Int]) {
    var outcomes: [JobOutcome?] = lines.map { _ in nil }
    var requests: [(place: Int, request: DeliberationRequest)] = []
    for (place, line) in lines.enumerated() {
      do {
        requests.append((place, try read(line)))
      } catch {
        outcomes[place] = .failed(try JSONValue(parsing: problem(error, job.trace)))
      }
    }
    let results = await chamber.proceedings.deliberateAll(
      requests.map(\.request), by: job.actor, trace: job.trace,
      ids: requests.map { job.deliberation(job.progress.cases + $0.place) }, watch: watch)
    var verdicts: [Verdict: Int] = [:]
    for ((place, request), result) in zip(requests, results) {
      let index: UInt64
      switch result {
      case .success(let answered):
        guard let receipt = answered.receipt else { throw LedgerError.outcomeUnknown }
        index = receipt.index
        verdicts[answered.decided.decision.verdict, default: 0] += 1
      case .failure(.identifierTaken(let receipt)):
        index = receipt.index
        verdicts[try verdict(of: index), default: 0] += 1
      case .failure(.invalid(let errors)):
        outcomes[place] = .failed(try JSONValue(parsing: problem(errors, job.trace)))
        continue
      case .failure(let refusal): throw refusal.cause
      }
      outcomes[place] = .decided(
        index: index, explain: request.options.explain, receipt: request.options.receipt)
    }
    return (outcomes.compactMap(\.self), verdicts)
  }

  private static let limits = JSONLimits(maximumDepth: 64, maximumBytes: 1 << 20)

  private func read(_ line: [UInt8]) throws -> DeliberationRequest {
    let request = try JSONReader.decode(DeliberationRequest.self, from: line, limits: Self.limits)
    if request.options.dryRun {
      var errors = FieldErrors()
      errors.add(JSONPointer("options", "dry_run"), "is for single cases: a job records what it decides")
      throw errors
    }
    return request
  }

  private func verdict(of index: UInt64) throws -> Verdict {
    let entry = try JSONValue(parsing: docket.ledger.entry(at: index).bytes)
    guard let verdict = entry["body"]?["verdict"]?.string.flatMap({ Verdict(rawValue: $0) }) else {
      throw LedgerError.inconsistent("entry \(index) is no deliberation")
    }
    return verdict
  }
}
