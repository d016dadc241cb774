// All jobs, read off the log: what is written of one, and what that makes of it.
import JSON
import Ledger

extension EntryType {
  /// What happens to a job: that its upload began, that it was taken, paused, resumed, cancelled, finished, cleared.
  package static let job = "job"
  /// A part of an upload; the lines are its payload.
  package static let jobPart = "job_part"
  /// A part whose cases are decided; what became of each is its payload.
  package static let jobDone = "job_done"
}

package struct JobBook: Sendable {
  private var jobs: [String: Job] = [:]
  /// In the order in which they were taken.
  private var order: [String] = []
  /// Uploads that have begun and of which nothing more is known.
  private var open: Set<String> = []

  package init() {}

  package var all: [Job] { order.compactMap { jobs[$0] } }
  package var unfinished: Int { jobs.values.count { $0.end == nil } }
  package var openUploads: Set<String> { open }

  package func job(_ id: String) throws(JobRefusal) -> Job {
    guard let job = jobs[id] else { throw .noSuchJob(id) }
    return job
  }

  package mutating func update(_ id: String, _ change: (inout Job) -> Void) {
    if var job = jobs[id] {
      change(&job)
      jobs[id] = job
    }
  }

  /// What an entry says. One that was applied before changes nothing.
  package mutating func apply(_ entry: LoggedEntry) {
    guard let body = try? JSONValue(parsing: entry.body), let name = body["event"]?.string else { return }
    switch name {
    case "upload": open.insert(entry.id)
    case "dropped": if let upload = body["upload"]?.string { open.remove(upload) }
    case "created":
      guard jobs[entry.id] == nil, let job = Job(entry, body) else { return }
      jobs[entry.id] = job
      order.append(entry.id)
      if let upload = body["upload"]?.string { open.remove(upload) }
    default:
      guard let event = Job.Event(rawValue: name), let id = body["job"]?.string, var job = jobs[id],
        entry.id == "\(id)/\(job.events)"
      else { return }
      job.apply(event, entry, body)
      jobs[id] = job
    }
  }
}

// MARK: What is written

extension Job {
  package static func uploadBegun(_ upload: String, by actor: String, trace: String?) throws -> EntryDraft {
    try draft(id: upload, by: actor, trace: trace, ["event": "upload"])
  }

  package static func uploadDropped(_ upload: String, by actor: String) throws -> EntryDraft {
    try draft(id: "\(upload)/dropped", by: actor, trace: nil, ["event": "dropped", "upload": .string(upload)])
  }

  package static func part(_ number: Int, of upload: String, lines: [UInt8], cases: Int, by actor: String) throws
    -> EntryDraft
  {
    var draft = try draft(
      id: "\(upload)/\(number)", by: actor, trace: nil,
      ["cases": .integer(cases), "part": .integer(number), "upload": .string(upload)])
    draft.type = EntryType.jobPart
    draft.payload = lines
    return draft
  }

  package static func created(
    _ id: String, upload: String, digest: String, parts: [JobPart], by actor: String, trace: String
  ) throws -> EntryDraft {
    let cases = parts.reduce(0) { $0 + $1.cases }
    var draft = try draft(
      id: id, by: actor, trace: trace,
      [
        "cases": .integer(cases), "digest": .string(digest), "event": "created", "parts": .integer(parts.count),
        "trace": .string(trace), "upload": .string(upload),
      ])
    draft.payload = JSONValue.array(parts.map { .array([.integer(Int($0.index)), .integer($0.cases)]) }).jsonBytes
    return draft
  }

  /// What happened next. `done`: of an end, the entries of the parts that are done.
  package func happened(_ event: Event, by actor: String, trace: String? = nil, done: [UInt64]? = nil) throws
    -> EntryDraft
  {
    var draft = try Self.draft(
      id: "\(id)/\(events)", by: actor, trace: trace,
      ["event": .string(event.rawValue), "job": .string(id), "progress": progress.json])
    draft.payload = done.map { JSONValue.array($0.map { .integer(Int($0)) }).jsonBytes }
    return draft
  }

  package static func doneID(_ job: String, _ part: Int) -> String { "\(job)/done/\(part)" }

  /// That the next part is done; `progress` with it.
  package func partDone(_ progress: JobProgress, outcomes: [JobOutcome], by actor: String) throws -> EntryDraft {
    var draft = try Self.draft(
      id: Self.doneID(id, self.progress.parts), by: actor, trace: nil,
      ["job": .string(id), "part": .integer(self.progress.parts), "progress": progress.json])
    draft.type = EntryType.jobDone
    draft.payload = JSONValue.array(outcomes.map(\.json)).jsonBytes
    return draft
  }

  private static func draft(id: String, by actor: String, trace: String?, _ body: JSONValue) throws -> EntryDraft {
    EntryDraft(
      type: EntryType.job, id: id, actor: actor, trace: trace, body: try JSONCanonical.bytes(of: body),
      bodyIsWellFormed: true)
  }
}

extension JobProgress {
  /// What an entry about a part that is done says.
  package init?(entry: [UInt8]) {
    guard let entry = try? JSONValue(parsing: entry) else { return nil }
    self.init(entry["body"]?["progress"])
  }
}

/// Where a part of an upload is, and how many cases are in it.
package struct JobPart: Sendable, Hashable {
  package let index: UInt64
  package let cases: Int

  package init(index: UInt64, cases: Int) {
    self.index = index
    self.cases = cases
  }

  /// Those that the payload of a job's entry lists.
  package static func list(_ payload: [UInt8]) throws(JSONError) -> [JobPart] {
    (try JSONValue(parsing: payload, limits: limits).array ?? []).compactMap { pair in
      guard let index = pair[0]?.integer, let cases = pair[1]?.integer else { return nil }
      return JobPart(index: UInt64(index), cases: cases)
    }
  }

  static let limits = JSONLimits(maximumDepth: 32, maximumBytes: 64 << 20)
}

/// What became of one case of a job.
package enum JobOutcome: Sendable {
  /// Its deliberation's entry, and how its answer was asked for.
  case decided(index: UInt64, explain: Bool, receipt: DeliberationOptions.ReceiptDetail)
  /// The problem document that stands in its place.
  case failed(JSONValue)

  var json: JSONValue {
    switch self {
    case .decided(let index, false, .index): .integer(Int(index))
    case .decided(let index, let explain, let receipt):
      .array([.integer(Int(index)), .boolean(explain), .string(receipt.rawValue)])
    case .failed(let problem): problem
    }
  }

  private init?(_ value: JSONValue) {
    if let index = value.integer {
      self = .decided(index: UInt64(index), explain: false, receipt: .index)
    } else if let index = value[0]?.integer, let explain = value[1]?.boolean,
      let receipt = value[2]?.string.flatMap({ DeliberationOptions.ReceiptDetail(rawValue: $0) })
    {
      self = .decided(index: UInt64(index), explain: explain, receipt: receipt)
    } else if value.object != nil {
      self = .failed(value)
    } else {
      return nil
    }
  }

  /// Those that the payload of an entry lists.
  package static func list(_ payload: [UInt8]) throws(JSONError) -> [JobOutcome] {
    (try JSONValue(parsing: payload, limits: JobPart.limits).array ?? []).compactMap(JobOutcome.init)
  }
}
