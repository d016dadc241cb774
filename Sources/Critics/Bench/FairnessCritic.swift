// Fairness: F1 protected-class impact, F2 structural bias, F3 opaque differential treatment. Outcomes are not merely
// looked at: `group_outcomes` is computed on, and the figures stand in the rationale.
import Engine

package struct FairnessCritic: ClauseCritic {
  package let name = "fairness"

  package init() {}

  package static let statistics = ["four_fifths", "significance", "exact_below", "smallest_group"]

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    let matter = examination.matter
    guard matter.facts.states(.groupOutcomes) else { return Self.unknown }
    let bounds = ComparisonBounds(
      fourFifths: charter.settings["four_fifths"] ?? 0.8, significance: charter.settings["significance"] ?? 0.05,
      exactBelow: charter.settings["exact_below"] ?? 5,
      smallestGroup: Int(charter.settings["smallest_group"] ?? 5))
    let outcomes = matter.facts.groupOutcomes.map {
      (group: Rationale.clipped($0.group), count: GroupCount(selected: $0.selected, total: $0.total))
    }
    guard let comparison = GroupComparison(outcomes, bounds: bounds) else { return Self.tooLittle(outcomes, bounds) }
    return Measures([
      Measurement("impact_ratio", comparison.worst.ratio),
      Measurement("disparity_p", comparison.worst.adjusted),
      Measurement("unequal_p", comparison.unequal),
      Measurement("incomparable", 0),
    ]) { comparison.words }
  }

  private static let unknown = Measures(
    ["impact_ratio", "disparity_p", "unequal_p", "incomparable"].map {
      Measurement($0, nil, lacks: FactSet([.groupOutcomes]))
    })

  /// Outcomes were stated, but say nothing: one group, groups too small, or nobody selected anywhere.
  private static func tooLittle(_ outcomes: [(group: String, count: GroupCount)], _ bounds: ComparisonBounds)
    -> Measures
  {
    let lacks = FactSet([.groupOutcomes])
    let selected = outcomes.contains { $0.count.selected > 0 }
    // Where nobody was selected in groups large enough, all were treated alike; otherwise more outcomes would tell.
    let decides = !selected || outcomes.isEmpty
    return Measures([
      Measurement("impact_ratio", decides ? 1 : nil, lacks: lacks),
      Measurement("disparity_p", decides ? 1 : nil, lacks: lacks),
      Measurement("unequal_p", decides ? 1 : nil, lacks: lacks),
      Measurement("incomparable", decides ? 0 : 1),
    ])
  }
}
