// Past cases that a human act closed, as far as a deliberation consults them.

/// A precedent as it was consulted: all that the decision used of it, so that a replay needs no search.
package struct ConsultedPrecedent: Sendable, Hashable {
  package let id: String
  /// How similar the past case is, 0…1.
  package let similarity: Double
  /// How it ended: −1 halted … +1 allowed to proceed.
  package let outcome: Double
  package let verdict: Verdict
  /// The clauses that were raised in it, and their principles.
  package let clauses: [String]
  package let principles: [Principle]
  package let reason: String

  package init(
    id: String, similarity: Double, outcome: Double, verdict: Verdict, clauses: [String] = [],
    principles: [Principle] = [], reason: String = ""
  ) {
    self.id = id
    self.similarity = similarity
    self.outcome = outcome
    self.verdict = verdict
    self.clauses = clauses
    self.principles = principles
    self.reason = reason
  }

  func with(similarity: Double) -> ConsultedPrecedent {
    ConsultedPrecedent(
      id: id, similarity: similarity, outcome: outcome, verdict: verdict, clauses: clauses, principles: principles,
      reason: reason)
  }
}
