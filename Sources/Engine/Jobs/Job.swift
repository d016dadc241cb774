// A job: many cases, uploaded once and decided one part after the other, whoever is connected meanwhile. All that is known
// of it is read off its entries; its cases are decided under identifiers that follow from their places, so that none can be
// recorded twice.
import JSON
import Ledger

/// How far a job has come.
package struct JobProgress: Sendable, Hashable {
  /// Parts that are done: the checkpoint at which the work goes on.
  package var parts = 0
  package var cases = 0
  package var decided = 0
  package var errors = 0
  package var verdicts: [Verdict: Int] = [:]

  package init() {}

  /// With another part done.
  package func adding(cases: Int, verdicts: [Verdict: Int]) -> JobProgress {
    var sum = self
    let decided = verdicts.values.reduce(0, +)
    sum.parts += 1
    sum.cases += cases
    sum.decided += decided
    sum.errors += cases - decided
    for (verdict, count) in verdicts { sum.verdicts[verdict, default: 0] += count }
    return sum
  }

  init?(_ value: JSONValue?) {
    guard let value, let parts = value["parts"]?.integer, let cases = value["cases"]?.integer,
      let decided = value["decided"]?.integer, let errors = value["errors"]?.integer
    else { return nil }
    self.init()
    (self.parts, self.cases, self.decided, self.errors) = (parts, cases, decided, errors)
    for verdict in Verdict.allCases { verdicts[verdict] = value["verdicts"]?[verdict.rawValue]?.integer }
  }

  var json: JSONValue {
    var counts = JSONObject()
    for verdict in Verdict.allCases { counts[verdict.rawValue] = .integer(verdicts[verdict] ?? 0) }
    return [
      "cases": .integer(cases), "decided": .integer(decided), "errors": .integer(errors), "parts": .integer(parts),
      "verdicts": .object(counts),
    ]
  }
}

package struct Job: Sendable {
  package enum State: String, Sendable, CaseIterable { case queued, running, paused, cancelled, finished }

  /// What can happen to a job after it was taken.
  package enum Event: String, Sendable {
    case paused, resumed, cancelled, finished
    /// The uploaded copy of the cases was erased: each lives on with its deliberation.
    case cleared
  }

  package let id: String
  package let actor: String
  package let trace: String?
  package let created: Timestamp
  package let cases: Int
  package let parts: Int
  /// SHA-256 of the upload, in hexadecimal.
  package let digest: String
  /// Of the entry by which it was taken; its payload says where the parts are.
  package let index: UInt64
  /// How many events came after that: the next one's number.
  package private(set) var events = 0
  package private(set) var isPaused = false
  package private(set) var end: (event: Event, time: Timestamp)?
  /// The entry whose payload lists the entries of the parts that are done; nil before the end.
  package private(set) var doneList: UInt64?
  package private(set) var isCleared = false
  package var progress = JobProgress()

  package var state: State {
    switch end?.event {
    case .finished: .finished
    case .cancelled: .cancelled
    default: isPaused ? .paused : progress.parts == 0 ? .queued : .running
    }
  }

  /// Whether there is something left to do for it now.
  package var isRunnable: Bool { end == nil ? !isPaused : !isCleared }

  /// The entry of an upload that is complete.
  init?(_ entry: LoggedEntry, _ body: JSONValue) {
    guard body["event"]?.string == "created", let cases = body["cases"]?.integer, let parts = body["parts"]?.integer,
      let digest = body["digest"]?.string
    else { return nil }
    self.init(
      id: entry.id, actor: entry.actor, trace: body["trace"]?.string, created: entry.time, cases: cases, parts: parts,
      digest: digest, index: entry.index)
  }

  private init(
    id: String, actor: String, trace: String?, created: Timestamp, cases: Int, parts: Int, digest: String,
    index: UInt64
  ) {
    self.id = id
    self.actor = actor
    self.trace = trace
    self.created = created
    self.cases = cases
    self.parts = parts
    self.digest = digest
    self.index = index
  }

  mutating func apply(_ event: Event, _ entry: LoggedEntry, _ body: JSONValue) {
    events += 1
    if let progress = JobProgress(body["progress"]) { self.progress = progress }
    switch event {
    case .paused: isPaused = true
    case .resumed: isPaused = false
    case .cancelled, .finished:
      if end == nil { end = (event, entry.time) }
      doneList = entry.index
    case .cleared:
      isCleared = true
      // A part that was at work when the job was cancelled is among them.
      doneList = entry.index
    }
  }

  /// The one name of the deliberation of the case in this place.
  package func deliberation(_ place: Int) -> String { Identifier.derived("dlb_", from: id, String(place)) }
}

/// Why a job cannot be had or changed.
package enum JobRefusal: Error, Sendable, Equatable {
  case noSuchJob(String)
  /// It has ended, in this way.
  case ended(Job.State)
  case tooMany(limit: Int)
  case tooManyCases(limit: Int)
  case empty
  /// Somebody else changed it at the same time.
  case overtaken
}

extension Job: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("state", state.rawValue)
    writer.member("cases", cases)
    writer.member("done", progress.cases)
    writer.member("decided", progress.decided)
    writer.member("errors", progress.errors)
    writer.key("verdicts")
    writer.beginObject()
    for verdict in Verdict.allCases {
      writer.key(verdict.rawValue)
      writer.integer(progress.verdicts[verdict] ?? 0)
    }
    writer.endObject()
    writer.member("by", actor)
    writer.member("created", created.text)
    writer.member("ended", end?.time.text)
    writer.member("results", "/v1/jobs/\(id)/results")
    writer.endObject()
  }
}
