// Precedent: PR1 no precedent and high impact, PR2 conflicting precedent, PR3 new norm. It judges not the case but how the
// case stands beside the earlier ones that were consulted.
import Engine

package struct PrecedentCritic: ClauseCritic {
  package let name = "precedent"

  package init() {}

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    let precedents = examination.precedents
    let similar = precedents.filter { $0.similarity >= examination.constitution.precedents.leastSimilarity }
    let nearest = precedents.map(\.similarity).max() ?? 0
    let conflict = Self.conflict(similar)
    return Measures([
      Measurement("similarity", nearest),
      Measurement("consulted", Double(similar.count)),
      Measurement("conflict", conflict),
    ]) { Self.words(similar, nearest, conflict) }
  }

  /// 4·p·(1 − p) for the share p, by similarity, of the similar cases that were let through.
  static func conflict(_ precedents: [ConsultedPrecedent]) -> Double {
    var through = 0.0
    var halted = 0.0
    for precedent in precedents {
      if precedent.outcome > 0 { through += precedent.similarity }
      if precedent.outcome < 0 { halted += precedent.similarity }
    }
    guard through + halted > 0 else { return 0 }
    let share = through / (through + halted)
    return 4 * share * (1 - share)
  }

  private static func words(_ similar: [ConsultedPrecedent], _ nearest: Double, _ conflict: Double) -> String {
    guard !similar.isEmpty else { return "no similar case was decided before" }
    func ids(_ wanted: (ConsultedPrecedent) -> Bool) -> String {
      let found = similar.filter(wanted).map(\.id)
      return found.isEmpty ? "none" : found.prefix(5).joined(separator: ", ")
    }
    return "\(similar.count) similar cases were decided before (the nearest with similarity "
      + "\(Words.decimal(nearest, 2))): let through \(ids { $0.outcome > 0 }), halted \(ids { $0.outcome < 0 })"
      + " (conflict \(Words.decimal(conflict, 2)))"
  }
}
