// The results of a job, made again from the record of each deliberation: they are kept nowhere a second time.
import Engine
import JSON
import Ledger
import TransparencyLog

/// Reads the results of a job from one case on, in order.
package struct JobResults: Sendable {
  private let chamber: Chamber
  private let job: String
  private let problem: @Sendable (_ error: any Error, _ trace: String?) -> [UInt8]
  /// The next part, and the place of its first case.
  private var part = 0
  private var place = 0
  /// The first case that is wanted.
  private let first: Int
  private var parts: [JobPart] = []

  package init(
    of job: Job, from first: Int, in chamber: Chamber,
    problem: @escaping @Sendable (_ error: any Error, _ trace: String?) -> [UInt8]
  ) throws {
    self.chamber = chamber
    self.job = job.id
    self.first = first
    self.problem = problem
    parts = try chamber.jobs.parts(of: job)
  }

  package enum Step: Sendable {
    case lines([UInt8])
    /// There may be more later.
    case notYet
    case end
  }

  /// The results of the next part, a line each.
  package mutating func next() async throws -> Step {
    let job = try chamber.jobs.job(job)
    while part < parts.count, place + parts[part].cases <= first {
      place += parts[part].cases
      part += 1
    }
    guard part < parts.count, let index = try doneEntry(of: job) else { return job.end == nil ? .notYet : .end }
    guard case .present(let payload) = try chamber.ledger.payload(at: index) else {
      throw ChamberError.erased(job.id)
    }
    let outcomes = try JobOutcome.list(payload).dropFirst(max(0, first - place))
    part += 1
    place += parts[part - 1].cases
    let reader = self
    // Thousands of decisions.
    return .lines(
      await Task.detached(executorPreference: chamber.executor) {
        var writer = JSONWriter(capacity: 2048 * outcomes.count)
        for outcome in outcomes {
          await reader.write(outcome, job, to: &writer)
          writer.endLine()
        }
        return writer.array
      }.value)
  }

  /// The entry of the part that comes next, if it is done.
  private func doneEntry(of job: Job) throws -> UInt64? {
    guard part < job.progress.parts else { return nil }
    if let known = chamber.jobs.places.withLock({ $0[job.id]?.done }), part < known.count { return known[part] }
    guard let list = job.doneList, case .present(let payload) = try chamber.ledger.payload(at: list) else { return nil }
    let limits = JSONLimits(maximumDepth: 4, maximumBytes: 16 << 20)
    return try JSONValue(parsing: payload, limits: limits)[part]?.integer.map { UInt64($0) }
  }

  private func write(_ outcome: JobOutcome, _ job: Job, to writer: inout JSONWriter) async {
    switch outcome {
    case .failed(let document): writer.value(Failed(bytes: document.jsonBytes))
    case .decided(let index, let explain, let receipt):
      do {
        var options = DeliberationOptions()
        options.explain = explain
        options.receipt = receipt
        writer.value(try await chamber.recordedAnswer(at: index, options))
      } catch {
        writer.value(Failed(bytes: problem(error, job.trace)))
      }
    }
  }
}

private struct Failed: JSONWritable {
  let bytes: [UInt8]

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("error")
    writer.raw(bytes.span.bytes)
    writer.endObject()
  }
}

extension Chamber {
  /// The answer that the deliberation of an entry was given, with a proof of today where one is asked for.
  func recordedAnswer(at index: UInt64, _ options: DeliberationOptions) async throws -> Answered {
    let entry = try ledger.entry(at: index)
    guard let time = try JSONValue(parsing: entry.bytes)["time"]?.string else {
      throw LedgerError.inconsistent("entry \(index) has no time")
    }
    let bundle = options.receipt == .proof ? try ledger.proofBundle(index: index) : nil
    let receipt = Receipt(
      index: index, leafHash: MerkleHash.leaf(entry.bytes), time: time,
      checkpoint: bundle?.checkpoint.description ?? "",
      size: bundle.flatMap { Checkpoint(text: $0.checkpoint.text)?.size } ?? 0, proof: bundle?.hashes, isFirst: false)
    return try await firstAnswer(receipt, options: options)
  }
}
