// Weights as they are in force for one deliberation. How they are changed, bounded and versioned is told in Governance.
import JSON

/// Governed weights by critic. They order and colour; they never absolve.
package struct Weights: Sendable, Hashable {
  package let version: Int
  package let values: [String: Double]
  /// As one JSON object, critics in the order of their names, so that the same weights have the same bytes.
  let canonical: [UInt8]

  package init(version: Int, values: [String: Double]) {
    self.version = version
    self.values = values
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("version", version)
    writer.key("weights")
    Weights.write(values, to: &writer)
    writer.endObject()
    canonical = writer.array
  }

  /// What the constitution itself gives.
  package init(of constitution: Constitution, version: Int = 1) {
    self.init(
      version: version,
      values: Dictionary(constitution.critics.map { ($0.critic, $0.weight) }, uniquingKeysWith: { first, _ in first }))
  }
}

extension Weights {
  /// What changes when another constitution comes into force: where the one before had the say over a critic's weight, the
  /// new one has it now; what administrators set stays.
  package func following(_ new: Constitution, after old: Constitution) -> [String: Double] {
    var changes: [String: Double] = [:]
    for charter in new.critics {
      let governed = values[charter.critic]
      if governed == nil || governed == old.charter(of: charter.critic)?.weight, governed != charter.weight {
        changes[charter.critic] = charter.weight
      }
    }
    return changes
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
