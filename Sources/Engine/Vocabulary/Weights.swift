// Weights as they are in force for one deliberation. How they are changed, bounded and versioned is told in Governance.

/// Governed weights by critic. They order and colour; they never absolve.
package struct Weights: Sendable, Hashable {
  package var version: Int
  package var values: [String: Double]

  package init(version: Int, values: [String: Double]) {
    self.version = version
    self.values = values
  }

  /// What the constitution itself gives.
  package init(of constitution: Constitution, version: Int = 1) {
    self.version = version
    values = Dictionary(constitution.critics.map { ($0.critic, $0.weight) }, uniquingKeysWith: { first, _ in first })
  }
}

/// Weights laid out by seat, so that aggregation looks nothing up.
package struct SeatWeights: Sendable, Hashable {
  package let version: Int
  package let governed: [Double]
  /// What the constitution itself gives, against which governed weights are held.
  package let constitutional: [Double]
  package let areConstitutional: Bool

  /// A critic without a governed weight has the constitution's; whatever lies outside the bounds is drawn to them.
  package init(_ weights: Weights, under constitution: Constitution) {
    let bounds = constitution.weightBounds
    func bounded(_ weight: Double) -> Double {
      weight.isNaN ? bounds.upperBound : min(max(weight, bounds.lowerBound), bounds.upperBound)
    }
    version = weights.version
    constitutional = constitution.critics.map { bounded($0.weight) }
    governed = constitution.critics.map { bounded(weights.values[$0.critic] ?? $0.weight) }
    areConstitutional = governed == constitutional
  }
}
