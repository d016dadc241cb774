// The protocols that critics fill. A critic sees the case, the evidence, the precedents consulted and its own charter;
// never another critic's opinion.

/// What a critic may look at. The same for all critics of a case.
package final class Examination: Sendable {
  package let matter: Case
  package let evidence: Evidence
  /// Past cases that were found similar, most similar first.
  package let precedents: [ConsultedPrecedent]
  package let constitution: Constitution
  /// What the case states, laid out for the conditions that ask.
  let stated: StatedFacts
  /// What was read of it so far.
  package let readings = SharedReadings()

  package init(
    matter: Case, evidence: Evidence, precedents: [ConsultedPrecedent] = [], constitution: Constitution
  ) {
    self.matter = matter
    self.evidence = evidence
    self.precedents = precedents
    self.constitution = constitution
    stated = StatedFacts(matter)
  }
}

/// A critic that answers at once, as a pure function of the examination and its charter.
package protocol Critic: Sendable {
  var name: String { get }

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion
}

/// A critic that asks outside: a model, a policy server. Its answer is recorded, so that a replay uses the record.
package protocol OutsideCritic: Sendable {
  var name: String { get }

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion
}

/// Why a critic could not answer. It becomes an abstention with this text as its reason.
package struct CriticFailure: Error, Sendable, Hashable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}
