// Uncertainty: U1 insufficient knowledge, U2 high impact under high uncertainty, U3 outside competence. It reads the clauses of
// the critics that sit in every constitution against the case, not to judge it, but to see what would have to be known; other
// critics' opinions it never sees, and clauses of critics that were added it leaves to them. So its own opinion does not
// depend on who else sits.
import Engine

package struct UncertaintyCritic: ClauseCritic {
  package let name = "uncertainty"

  /// The critics whose figures decide clauses.
  private let computing: [any ClauseCritic]
  /// Their names and types, in the same order.
  private let kinds: [(name: String, kind: ObjectIdentifier)]

  package init(computing: [any ClauseCritic] = []) {
    self.computing = computing
    kinds = computing.map { ($0.name, ObjectIdentifier(type(of: $0))) }
  }

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    let lacking = lacking(examination)
    let (missing, raisedMissing) = (lacking.missing, lacking.raised)
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

  private func lacking(_ examination: borrowing Examination) -> LackingFacts {
    var lacking = LackingFacts()
    let kept = examination.readings.kept
    for seat in examination.constitution.critics.indices {
      let charter = examination.constitution.critics[seat]
      let critic = charter.critic
      guard let reader = reader(critic) else { continue }
      let found = (seat < kept.count ? known(kept[seat], critic) : nil) ?? reader.lacking(examination, under: charter)
      lacking.missing.formUnion(found.missing)
      lacking.raised.formUnion(found.raised)
    }
    return lacking
  }

  /// What the critic of a seat found lacking, if it has read its charter already and is the one who would be asked here.
  private func known(_ entry: SharedReadings.Entry, _ critic: String) -> LackingFacts? {
    for place in kinds.indices where kinds[place].kind == entry.kind {
      return kinds[place].name == critic ? entry.lacking : nil
    }
    return nil
  }

  private func reader(_ critic: String) -> (any ClauseCritic)? {
    for place in kinds.indices where kinds[place].name == critic { return computing[place] }
    return nil
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
      words.append("the text is unlike anything validated (\(Words.decimal(novelty, 2)))")
    }
    words.append("\(Words.decimal(100 * uncertainty, 0)) % is unknown")
    return words.joined(separator: ", and ")
  }
}
