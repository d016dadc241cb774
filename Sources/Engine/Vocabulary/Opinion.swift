// What a critic answers. Nobody edits an opinion after it was given: not a weight, not a precedent, not a review.

package struct Opinion: Sendable, Hashable {
  package let critic: String
  /// 0 nothing, 1 notable, 2 serious, 3 grave.
  package let severity: Double
  /// 0…1.
  package let confidence: Double
  package let concerns: [Concern]
  package let escalations: [Escalation]
  /// Facts that a clause needed and did not get: they raise uncertainty and are named in `would_help`.
  package let missing: [MissingFact]
  /// Set when the critic could not judge. It then carries no weight in the score, but what it raised still stands.
  package let abstention: Abstention?

  package init(
    critic: String, severity: Double, confidence: Double, concerns: [Concern] = [], escalations: [Escalation] = [],
    missing: [MissingFact] = [], abstention: Abstention? = nil
  ) {
    self.critic = critic
    self.severity = severity
    self.confidence = confidence
    self.concerns = concerns
    self.escalations = escalations
    self.missing = missing
    self.abstention = abstention
  }

  package static func abstaining(_ critic: String, _ reason: Abstention) -> Opinion {
    Opinion(critic: critic, severity: 0, confidence: 0, abstention: reason)
  }

  /// Whether whoever asked left this critic out, or gave it less time than its seat does.
  var wasKeptOut: Bool {
    switch abstention {
    case .notAsked, .hurried: true
    default: false
    }
  }
}

/// One objection, with where it stands in the constitution and in the case.
package struct Concern: Sendable, Hashable {
  package let principle: Principle
  /// The clause's identifier: `A2`.
  package let clause: String
  package let severity: Double
  package let rationale: String
  /// The signals that it rests on.
  package let evidence: [Signal]

  package init(principle: Principle, clause: String, severity: Double, rationale: String, evidence: [Signal] = []) {
    self.principle = principle
    self.clause = clause
    self.severity = severity
    self.rationale = rationale
    self.evidence = evidence
  }
}

/// A demand for a human act. Once raised nothing removes it but that act.
package struct Escalation: Sendable, Hashable {
  package let critic: String
  /// Nil where no clause but the constitution's own rule demands it: a required critic that abstained.
  package let clause: String?
  package let tier: Tier
  package let rationale: String

  package init(critic: String, clause: String?, tier: Tier, rationale: String) {
    self.critic = critic
    self.clause = clause
    self.tier = tier
    self.rationale = rationale
  }
}

/// Which human act a clause demands.
package enum Tier: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// A human must acknowledge the risk and own it.
  case acknowledgment = 2
  /// A human must decide.
  case determination = 3

  package static func < (left: Tier, right: Tier) -> Bool { left.rawValue < right.rawValue }
}

/// A fact that a clause needed.
package struct MissingFact: Sendable, Hashable {
  package let fact: Fact
  package let clause: String

  package init(fact: Fact, clause: String) {
    self.fact = fact
    self.clause = clause
  }
}

/// Why a critic gave no judgement.
package enum Abstention: Sendable, Hashable {
  /// It says itself that this is not for it to judge.
  case declined(String)
  /// It failed: the text says how.
  case failed(String)
  /// It did not answer within its budget.
  case late(milliseconds: Int)
  /// It did not answer within what was left to whoever asked, which was less than its budget.
  case hurried(milliseconds: Int)
  /// The deliberation was cancelled, or the service is shutting down.
  case cancelled
  /// What it answered breaks the rules of an opinion.
  case malformed(String)
  /// The poster asked for other critics only.
  case notAsked
}
