// Every number of the formulas (docs/verdicts.md), with the values that it gives as defaults. Code that decides names
// these fields and no literals.

package struct Formulas: Sendable, Hashable {
  // The score.
  /// How much caution a contradicting precedent adds: s′ = s·(1 + contradiction·|a|).
  package var contradiction = 0.5
  /// How much relief an agreeing precedent gives: s′ = s·(1 − relief·a).
  package var relief = 0.3
  /// A severity at or above this never falls below it by relief.
  package var seriousSeverity = 2.0
  /// s″ = min(greatestSeverity, s′·(1 + caution·u)).
  package var caution = 0.5
  package var greatestSeverity = 3.0

  // The rows of the verdict.
  package var denySeverity = 2.5
  package var denyConfidence = 0.5
  /// s ≥ this anywhere escalates.
  package var escalateSeverity = 2.0
  package var escalateUncertainty = 0.6
  package var escalateScore = 1.0
  package var constrainScore = 1.0
  package var constrainConcern = 1.5
  /// The share of the critics asked that must have judged; below it the case escalates.
  package var quorum = 0.5

  // The parts of uncertainty, each 0…1, combined as 1 − Π(1 − xᵢ).
  /// For each fact that a clause needed and did not get, and for all of them together at most.
  package var missingFact = 0.06
  package var missingFactsAtMost = 0.45
  /// For each critic that was asked and abstained, more for a required one, and for all of them together at most.
  package var abstention = 0.12
  package var requiredAbstention = 0.3
  package var abstentionsAtMost = 0.6
  /// Times the novelty of the evidence.
  package var novelty = 0.6
  /// Times the disagreement among opinions.
  package var disagreement = 0.5
  /// Times the conflict among the precedents consulted.
  package var precedentConflict = 0.6

  package init() {}
}

/// How reviews run.
package struct ReviewRules: Sendable, Hashable {
  package var acknowledgmentSeconds = 24 * 3600
  package var determinationSeconds = 72 * 3600
  /// How many different people must answer, by tier.
  package var acknowledgmentPeople = 1
  package var determinationPeople = 1

  package init() {}
}

/// How precedents are searched and how long they live.
package struct PrecedentRules: Sendable, Hashable {
  /// Past cases less similar than this are not consulted.
  package var leastSimilarity = 0.35
  package var consultedAtMost = 5
  package var lifetimeDays = 365

  package init() {}
}
