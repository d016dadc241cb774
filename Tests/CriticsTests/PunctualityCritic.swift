// The critic that docs/critics.md shows as a Swift type, word for word: the page shows what compiles and sits.
import Engine

@testable import Critics

/// Punctuality: how near the deadline is, in words that conditions can compare.
package struct PunctualityCritic: ClauseCritic {
  package let name = "punctuality"

  package init() {}

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    let stages = examination.matter.facts.list(.claims)?.count
    return Measures([Measurement("stages", stages.map(Double.init), lacks: FactSet([.claims]))]) {
      "\(stages ?? 0) stages remain before the deadline"
    }
  }
}
