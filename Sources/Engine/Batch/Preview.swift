// What a change would do before it is made: past cases decided once as things stand and once as they would.
import JSON
import Locking

/// A recorded case, by the name of its deliberation.
package struct PastCase: Sendable {
  package let id: String
  package let record: DecisionRecord

  package init(id: String, record: DecisionRecord) {
    self.id = id
    self.record = record
  }
}

package struct PreviewReport: Sendable, Hashable {
  /// What a decision comes to: a gate that opens is a change although the verdict stays.
  package struct Outcome: Sendable, Hashable {
    package let verdict: Verdict
    package let gate: Gate

    init(_ decision: Decision) { (verdict, gate) = (decision.verdict, decision.gate) }
  }

  package struct Transition: Sendable, Hashable {
    package let from: Outcome
    package let to: Outcome
  }

  package struct Example: Sendable, Hashable {
    package let id: String
    package let before: Outcome
    package let after: Outcome
    package let reasonBefore: Reason
    package let reasonAfter: Reason
  }

  package static let mostExamples = 20

  package private(set) var evaluated = 0
  package private(set) var transitions: [Transition: Int] = [:]
  /// The first of the changed cases, in the order in which they were given.
  package private(set) var examples: [Example] = []
  /// Cases that were asked for and could not be decided again, because their record was erased.
  package var unavailable = 0
  /// False where the preview was cancelled before its end.
  package internal(set) var isComplete = true

  package init() {}

  package var changed: Int { transitions.reduce(0) { $0 + ($1.key.from == $1.key.to ? 0 : $1.value) } }

  mutating func note(_ id: String, _ before: Decision, _ after: Decision) {
    evaluated += 1
    let transition = Transition(from: Outcome(before), to: Outcome(after))
    transitions[transition, default: 0] += 1
    guard transition.from != transition.to, examples.count < Self.mostExamples else { return }
    examples.append(
      Example(
        id: id, before: transition.from, after: transition.to, reasonBefore: before.reason, reasonAfter: after.reason))
  }

  mutating func merge(_ other: PreviewReport) {
    evaluated += other.evaluated
    for (transition, count) in other.transitions { transitions[transition, default: 0] += count }
    examples = Array((examples + other.examples).prefix(Self.mostExamples))
    isComplete = isComplete && other.isComplete
  }
}

/// A change to be previewed: other weights, or another council, or both.
package struct Preview: Sendable {
  package let present: Sitting
  package let proposed: Sitting

  /// Cases that a worker decides before it lets others have its core.
  static let chunk = 32

  package init(from present: Sitting, to proposed: Sitting) {
    self.present = present
    self.proposed = proposed
  }

  /// Decides every case both ways, on all cores. `progress` hears how many are done, of how many; a cancelled preview tells what it has.
  package func run(
    _ cases: [PastCase], progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil
  ) async -> PreviewReport {
    let done = Locked(0)
    let parts = await SharedWork(cases.count, piece: Preview.chunk, on: present.council.executor).run { range in
      let part = examine(cases[range])
      // Within the lock, so that the figures that are heard only grow.
      if let progress {
        done.withLock {
          $0 += part.evaluated
          progress($0, cases.count)
        }
      }
      return part
    }
    return parts.reduce(into: PreviewReport()) { $0.merge($1) }
  }

  /// Whether the change bears on which precedents are consulted. Else both sides decide by those that were.
  private var consultsAnew: Bool { proposed.constitution.precedents != present.constitution.precedents }

  private func examine(_ cases: ArraySlice<PastCase>) -> PreviewReport {
    var report = PreviewReport()
    for past in cases {
      if Task.isCancelled {
        report.isComplete = false
        return report
      }
      let record = past.record
      let (before, evidence) = present.council.decision(
        of: record.matter, seats: present.seats, precedents: precedents(of: record, present), asked: record.asked,
        recorded: record.recorded)
      report.note(past.id, before, after(before, evidence, record))
    }
    return report
  }

  private func precedents(of record: DecisionRecord, _ sitting: Sitting) -> [ConsultedPrecedent] {
    consultsAnew ? sitting.consult(record.matter, nil) : record.precedents
  }

  /// Under the same constitution the critics say the same, and only the weighing differs; the evidence is the same wherever
  /// one gatherer gathers it.
  private func after(_ before: Decision, _ evidence: Evidence, _ record: DecisionRecord) -> Decision {
    if proposed.council === present.council { return before.under(proposed.seats) }
    let isOneGatherer = proposed.council.gatherer as AnyObject === present.council.gatherer as AnyObject
    return proposed.council.decision(
      of: record.matter, evidence: isOneGatherer ? evidence : nil, seats: proposed.seats,
      precedents: precedents(of: record, proposed), asked: record.asked, recorded: record.recorded
    ).decision
  }
}

extension Sitting {
  /// The same sitting under other weights, as a change of version would make it.
  package func proposing(_ values: [String: Double]) -> Sitting {
    Sitting(
      council: council,
      weights: Weights(
        version: weights.version + 1, values: weights.values.merging(values, uniquingKeysWith: { _, new in new })),
      precedents: precedents)
  }

  /// The same sitting with another council.
  package func proposing(_ council: Council) -> Sitting {
    let changes = weights.following(council.constitution, after: constitution)
    let sitting = changes.isEmpty ? self : proposing(changes)
    return Sitting(council: council, weights: sitting.weights, precedents: precedents)
  }
}

extension PreviewReport: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("evaluated", evaluated)
    writer.member("changed", changed)
    writer.member("unavailable", unavailable)
    writer.member("complete", isComplete)
    writer.key("transitions")
    writer.beginArray()
    let ordered = transitions.sorted {
      ($0.key.from.strictness, $0.key.to.strictness) < ($1.key.from.strictness, $1.key.to.strictness)
    }
    for (transition, count) in ordered where transition.from != transition.to {
      writer.beginObject()
      PreviewReport.write(transition.from, transition.to, to: &writer)
      writer.member("count", count)
      writer.endObject()
    }
    writer.endArray()
    writer.key("examples")
    writer.beginArray()
    for example in examples {
      writer.beginObject()
      writer.member("id", example.id)
      PreviewReport.write(example.before, example.after, to: &writer)
      writer.member("reason_before", example.reasonBefore)
      writer.member("reason_after", example.reasonAfter)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}

extension PreviewReport {
  private static func write(_ from: Outcome, _ to: Outcome, to writer: inout JSONWriter) {
    writer.member("from", from.verdict.rawValue)
    writer.member("to", to.verdict.rawValue)
    writer.member("gate_from", from.gate.word)
    writer.member("gate_to", to.gate.word)
  }
}

extension PreviewReport.Outcome {
  /// By verdict, then by gate.
  fileprivate var strictness: Int { 10 * verdict.strictness + (gate.open ? 0 : gate.tier?.rawValue ?? 9) }
}

extension Gate {
  /// `open`, what opens it, or `shut` where nothing does.
  fileprivate var word: String {
    if open { return "open" }
    return switch tier {
    case .acknowledgment: "acknowledgment"
    case .determination: "determination"
    case nil: "shut"
    }
  }
}

extension Reason: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("critic", critic)
    writer.member("clause", clause)
    writer.member("text", text)
    writer.endObject()
  }
}
