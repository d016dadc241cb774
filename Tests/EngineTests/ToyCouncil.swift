// Critics and gatherers for the tests: real ones in what they promise, simple in what they look at.
import JSON
import Locking
import Resilience

@testable import Engine

/// A critic with a fixed answer, or a failure.
struct FixedCritic: Critic {
  let name: String
  let opinion: Opinion?

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    guard let opinion else { throw CriticFailure("out of order") }
    return opinion
  }
}

/// A critic whose opinion follows from the case: it applies the triggers of its clauses.
struct ClauseCritic: Critic {
  let name: String

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    var concerns: [Concern] = []
    var escalations: [Escalation] = []
    var missing: [MissingFact] = []
    for clause in charter.clauses {
      for trigger in clause.triggers {
        var lacking = FactSet()
        switch trigger.when.holds(in: examination, missing: &lacking) {
        case .yes:
          concerns.append(
            Concern(
              principle: clause.principle, clause: clause.id, severity: trigger.severity,
              rationale: trigger.rationale, evidence: Array(examination.evidence.signals.prefix(1))))
          if trigger.escalates {
            escalations.append(
              Escalation(critic: name, clause: clause.id, tier: clause.tier, rationale: trigger.rationale))
          }
        case .undecidable: missing += lacking.map { MissingFact(fact: $0, clause: clause.id) }
        case .no: break
        }
      }
    }
    return Opinion(
      critic: name, severity: concerns.map(\.severity).max() ?? 0, confidence: 0.9, concerns: concerns,
      escalations: escalations, missing: missing)
  }
}

/// An outside critic that answers when it is let go, or never.
final class OutsideWitness: OutsideCritic {
  enum Manner: Sendable { case answers(Opinion), fails, timesOut, hangs, hangsDeaf }

  let name: String
  let manner: Manner
  let released = Locked<[CheckedContinuation<Void, Never>]>([])

  init(_ name: String, _ manner: Manner) {
    self.name = name
    self.manner = manner
  }

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    switch manner {
    case .answers(let opinion): return opinion
    case .fails: throw CriticFailure("connection refused")
    case .timesOut:
      // As what it calls does, a moment before the time is over.
      if let end = Deadline.current?.moment {
        try? await Task.sleep(until: end - .milliseconds(1), clock: .continuous)
      }
      throw CriticFailure("no answer in time")
    case .hangs:
      do { try await Task.sleep(for: .seconds(3600)) } catch { throw CriticFailure("cancelled") }
      throw CriticFailure("woke up")
    case .hangsDeaf:
      // Heeds no cancellation: it waits until the test ends.
      await withCheckedContinuation { continuation in released.withLock { $0.append(continuation) } }
      throw CriticFailure("released")
    }
  }

  func release() {
    for continuation in released.withLock({ waiting in
      defer { waiting = [] }; return waiting
    }) {
      continuation.resume()
    }
  }
}

/// Sees one signal for each time a word occurs.
struct WordGatherer: EvidenceGatherer {
  var words: [String: String] = ["threaten": "coercion", "wipe": "destructive_command"]

  var detectors: [String] { words.values.sorted() }

  func gather(_ matter: Case) -> Evidence {
    var signals: [Signal] = []
    for field in matter.texts {
      for (word, detector) in words.sorted(by: { $0.key < $1.key }) {
        let text = Array(field.text.utf8)
        let sought = Array(word.utf8)
        var start = 0
        while start + sought.count <= text.count {
          if text[start..<(start + sought.count)].elementsEqual(sought) {
            signals.append(
              Signal(
                detector: detector, strength: 0.8, field: field.pointer, start: start, end: start + sought.count,
                kind: "word"))
          }
          start += 1
        }
      }
    }
    return Evidence(signals)
  }
}

/// A small council in the manner of the real one.
enum Toy {
  static let constitution: Constitution = {
    var constitution = Constitution(title: "toy", version: "sha256:toy")
    constitution.inviolable = [.rights]
    constitution.critics = [
      Charter(
        critic: "rights", principle: .rights, required: true,
        clauses: [
          Clause(
            id: "D2", title: "Degrading", tier: .determination, principle: .rights,
            triggers: [
              Trigger(when: .tagged(["degrading"]), severity: 2.8, confidence: 0.9, rationale: "It degrades a person.")
            ])
        ]),
      Charter(
        critic: "autonomy", principle: .autonomy,
        clauses: [
          Clause(
            id: "A1", title: "Consent", tier: .acknowledgment, principle: .autonomy,
            triggers: [
              Trigger(
                when: .oneOf(.consent, ["absent", "refused"]), severity: 1.6, confidence: 0.9,
                rationale: "There is no consent.")
            ], constraints: ["Ask for consent first."]),
          Clause(
            id: "A2", title: "Coercion", tier: .determination, principle: .autonomy,
            triggers: [
              Trigger(
                when: .signal(detector: "coercion", atLeast: 0.6), severity: 2.2, confidence: 0.9,
                rationale: "It threatens.")
            ]),
        ]),
      Charter(
        critic: "due_process", principle: .dueProcess,
        clauses: [
          Clause(
            id: "DP1", title: "No contestability", tier: .determination, principle: .dueProcess,
            triggers: [
              Trigger(
                when: .all([.impactAtLeast(.high), .isFalse(.contestable)]), severity: 1.9, confidence: 0.9,
                rationale: "Nobody can contest it.")
            ])
        ]),
      Charter(
        critic: "risk", principle: .risk,
        clauses: [
          Clause(
            id: "R3", title: "Operations", tier: .acknowledgment, principle: .risk,
            triggers: [
              Trigger(
                when: .all([.signal(detector: "destructive_command", atLeast: 0.5), .not(.isTrue(.rollback))]),
                severity: 1.2, confidence: 0.9, escalates: false, rationale: "It destroys and cannot be rolled back.")
            ], constraints: ["Take a backup first."])
        ]),
    ]
    return constitution
  }()

  static var critics: [any Critic] { constitution.critics.map { ClauseCritic(name: $0.critic) } }

  static func council(_ constitution: Constitution = constitution) -> Council {
    Council(constitution, critics: constitution.critics.map { ClauseCritic(name: $0.critic) }, gatherer: WordGatherer())
  }

  static var weights: Weights { Weights(of: constitution) }

  static func matter(_ text: String) throws -> Case { try Case.decode(Array(text.utf8)) }

  static let harmless = #"{"action": "send the weekly report", "context": {"impact": "low", "consent": "given"}}"#
  static let unappealable =
    #"{"action": "refuse the loan", "context": {"impact": "high", "contestable": false, "consent": "given"}}"#
  static let unconsented = #"{"action": "enrol", "context": {"impact": "low", "consent": "absent"}}"#
  static let degrading = #"{"action": "mock the applicant", "tags": ["degrading"]}"#
  static let destructive =
    #"{"action": "wipe the disk", "context": {"impact": "low", "consent": "given", "rollback": false}}"#
}
