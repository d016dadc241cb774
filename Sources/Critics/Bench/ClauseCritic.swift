// How a critic comes to its opinion: the clauses of its charter are read against the case, what fired is graded by the
// constitution, and every concern is put into plain words with its figures. What sets one critic apart from another is
// its charter and the figures that it computes.
import Engine

/// A critic that judges by the clauses of its charter.
package protocol ClauseCritic: Critic {
  /// The figures that the conditions of its clauses may compare, and how they are told. They depend on the examination, the
  /// charter and the type of the critic alone, because they are worked out once for an examination.
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
    let reading = reading(examination, under: charter)
    if reading.findings.isEmpty { return reading.findings.opinion(of: name, grading: examination.constitution.grading) }
    return OpinionForming(
      critic: name, charter: charter, input: RuleInput(examination, measures: reading.measures.figures),
      measures: reading.measures, grading: examination.constitution.grading
    ).opinion(reading.findings)
  }

  /// The figures and what the clauses say, worked out once for an examination.
  func reading(_ examination: borrowing Examination, under charter: Charter) -> CharterReading {
    let shared = examination.readings
    if let known: CharterReading = shared.reading(of: charter, by: Self.self) { return known }
    let measures = measure(examination, under: charter)
    let findings = ClauseFindings(
      charter.rules, RuleInput(examination, measures: measures.figures), grading: examination.constitution.grading)
    let reading = CharterReading(measures, findings)
    shared.keep(reading, of: charter, by: Self.self)
    return reading
  }
}

/// What one charter says to a case: the figures, and what follows from them.
final class CharterReading: Sendable {
  let measures: Measures
  let findings: ClauseFindings

  init(_ measures: Measures, _ findings: ClauseFindings) {
    self.measures = measures
    self.findings = findings
  }
}

/// A critic without code of its own: everything that it knows stands in its charter.
package struct DataCritic: ClauseCritic {
  package let name: String

  package init(name: String) { self.name = name }
}
