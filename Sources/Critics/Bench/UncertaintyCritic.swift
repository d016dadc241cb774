// Uncertainty: U1 insufficient knowledge, U2 high impact under high uncertainty, U3 outside competence. It reads every
// charter's clauses against the case, not to judge it, but to see what would have to be known; other critics' opinions it
// never sees, so that its own does not depend on who else sits.
import Engine

package struct UncertaintyCritic: ClauseCritic {
  package let name = "uncertainty"

  /// The critics whose figures decide clauses.
  private let computing: [any ClauseCritic]

  package init(computing: [any ClauseCritic] = []) { self.computing = computing }

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    var missing = FactSet()
    var raisedMissing = FactSet()
    lacking(examination, &missing, &raisedMissing)
    let conflict = PrecedentCritic.conflict(examination.precedents)
    let formulas = examination.constitution.formulas
    let novelty = examination.evidence.novelty
    var known = 1.0
    for _ in 0..<missing.count { known *= 1 - formulas.missingFact }
    known = max(known, 1 - formulas.missingFactsAtMost)
    known *= 1 - min(1, formulas.novelty * novelty)
    known *= 1 - min(1, formulas.precedentConflict * conflict)
    let uncertainty = 1 - known
    return Measures([
      Measurement("missing", Double(missing.count)),
      Measurement("raised_missing", Double(raisedMissing.count)),
      Measurement("novelty", novelty),
      Measurement("uncertainty", uncertainty),
    ]) { [missing, raisedMissing] in
      Self.words(missing, raisedMissing, novelty, uncertainty)
    }
  }

  private func lacking(_ examination: borrowing Examination, _ missing: inout FactSet, _ raised: inout FactSet) {
    for seat in examination.constitution.critics.indices where examination.constitution.critics[seat].critic != name {
      let findings = findings(examination.constitution.critics[seat], examination)
      for finding in findings {
        missing.formUnion(finding.lacking)
        if let severity = finding.severity, severity >= examination.constitution.grading.escalatesFrom {
          raised.formUnion(finding.lacking)
        }
      }
    }
  }

  private func findings(_ charter: Charter, _ examination: borrowing Examination) -> [ClauseFinding] {
    for critic in computing where critic.name == charter.critic {
      return critic.reading(examination, under: charter).findings.findings
    }
    return DataCritic(name: charter.critic).reading(examination, under: charter).findings.findings
  }

  private static func words(
    _ missing: FactSet, _ raised: FactSet, _ novelty: Double, _ uncertainty: Double
  ) -> String {
    var words: [String] = []
    if !raised.isEmpty {
      words.append("clauses that were raised lack the facts \(raised.map(\.rawValue).joined(separator: ", "))")
    } else if !missing.isEmpty {
      words.append("clauses in question lack the facts \(missing.map(\.rawValue).joined(separator: ", "))")
    }
    if novelty >= 0.3 {
      words.append("the text is unlike anything validated (\(GroupComparison.decimal(novelty, 2)))")
    }
    words.append("\(GroupComparison.decimal(100 * uncertainty, 0)) % is unknown")
    return words.joined(separator: ", and ")
  }
}
