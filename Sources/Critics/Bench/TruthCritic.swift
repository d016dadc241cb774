// Truth: T1 ungrounded claim, T2 contradiction, T3 false certainty. Claims are held against the evidence supplied, and
// output against context, by the detectors `evidence_grounding` and `contradiction`; what follows is in the charter.
import Engine

package struct TruthCritic: ClauseCritic {
  package let name = "truth"

  package init() {}

  /// From this strength on a sign of contradiction counts.
  private static let plain = 0.5

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    let matter = examination.matter
    guard !matter.facts.claims.isEmpty else { return Self.noClaims }
    let signs = examination.evidence.signals(of: "contradiction").filter { $0.strength >= Self.plain }
    let isDecided = matter.facts.states(.evidence) || !signs.isEmpty
    return Measures([
      Measurement("contradicted", isDecided ? Double(signs.count) : nil, lacks: FactSet([.evidence]))
    ]) { Self.words(signs) }
  }

  private static let noClaims = Measures([Measurement("contradicted", 0)])

  private static func words(_ signs: [Signal]) -> String {
    var words = Words()
    if signs.count == 1 {
      words.add("a statement is")
    } else {
      words.add(signs.count)
      words.add(" statements are")
    }
    words.add(" contradicted by the evidence given (")
    words.add(signs.sorted { $0.strength > $1.strength })
    words.add(")")
    return words.text
  }
}
