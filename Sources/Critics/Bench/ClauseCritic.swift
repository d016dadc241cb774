// How a critic comes to its opinion: the clauses of its charter are read against the case, what fired is graded by the
// constitution, and every concern is put into plain words with its figures. What sets one critic apart from another is
// its charter and the figures that it computes.
import Engine

/// A critic that judges by the clauses of its charter.
package protocol ClauseCritic: Critic {
  /// The figures that the conditions of its clauses may compare, and how they are told. They depend on the examination, the
  /// charter and the type of the critic alone: what the case lacks by them is shared with the critic of uncertainty.
  func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures
}

/// The figures of one case.
package struct Measures: Sendable {
  package let figures: [Measurement]
  /// The figures in words, for rationales; asked for only where a concern needs them.
  package let words: @Sendable () -> String

  package static let none = Measures([])

  package init(_ figures: [Measurement], words: @escaping @Sendable () -> String = { "" }) {
    self.figures = figures
    self.words = words
  }
}

extension ClauseCritic {
  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures { .none }

  package func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    let measures = measure(examination, under: charter)
    let input = RuleInput(copy examination, measures: measures.figures)
    let findings = ClauseFindings(
      charter.rules, input, neverClearedFrom: examination.constitution.grading.neverClearedFrom)
    examination.keep(
      findings.lacking(escalatesFrom: examination.constitution.grading.escalatesFrom), of: charter, by: Self.self)
    if findings.isEmpty {
      return Opinion(
        critic: name, severity: findings.shaded(by: examination.constitution.grading.belowThreshold),
        confidence: examination.constitution.grading.nothingFound)
    }
    return OpinionForming(critic: name, charter: charter, input: input).opinion(findings, telling: measures)
  }

  /// What the case lacks for the clauses of the charter.
  func lacking(_ examination: borrowing Examination, under charter: Charter) -> LackingFacts {
    let figures = charter.rules.asksForMeasures ? measure(examination, under: charter).figures : []
    return ClauseFindings(
      charter.rules, RuleInput(copy examination, measures: figures),
      neverClearedFrom: examination.constitution.grading.neverClearedFrom
    ).lacking(escalatesFrom: examination.constitution.grading.escalatesFrom)
  }
}

/// A critic without code of its own: everything that it knows stands in its charter.
package struct DataCritic: ClauseCritic {
  package let name: String

  package init(name: String) { self.name = name }
}
