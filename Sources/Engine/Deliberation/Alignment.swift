// How the precedents consulted lean, for each seat, and how much they contradict one another. Neither depends on what the
// critics said of this case: an opinion that grows graver cannot gain relief by agreeing with the past.

package struct Alignment: Sendable, Hashable {
  /// For each seat −1 … 1: negative where similar cases were halted, positive where they were let through.
  package let bySeat: [Double]
  /// 0…1: how evenly similar cases were decided in opposite ways.
  package let conflict: Double

  package init(_ precedents: [ConsultedPrecedent], under constitution: borrowing Constitution) {
    guard !precedents.isEmpty else {
      bySeat = []
      conflict = 0
      return
    }
    bySeat = constitution.critics.map { charter in
      Alignment.lean(precedents.filter { $0.concerns(charter) })
    }
    conflict = Alignment.conflict(precedents)
  }

  package func ofSeat(_ seat: Int) -> Double { bySeat.isEmpty ? 0 : bySeat[seat] }

  /// The mean outcome by similarity, no stronger than the most similar case.
  private static func lean(_ precedents: [ConsultedPrecedent]) -> Double {
    var total = 0.0
    var sum = 0.0
    var nearest = 0.0
    for precedent in precedents {
      total += precedent.similarity
      sum += precedent.similarity * precedent.outcome
      nearest = max(nearest, precedent.similarity)
    }
    guard total > 0 else { return 0 }
    return min(1, max(-1, sum / total * nearest))
  }

  /// 4·p·(1 − p) for the share p, by similarity, of cases let through, as strong as the lesser side is similar.
  private static func conflict(_ precedents: [ConsultedPrecedent]) -> Double {
    var through = (sum: 0.0, nearest: 0.0)
    var halted = (sum: 0.0, nearest: 0.0)
    for precedent in precedents where precedent.outcome != 0 {
      switch precedent.outcome.sign {
      case .plus: through = (through.sum + precedent.similarity, max(through.nearest, precedent.similarity))
      case .minus: halted = (halted.sum + precedent.similarity, max(halted.nearest, precedent.similarity))
      }
    }
    let total = through.sum + halted.sum
    guard total > 0 else { return 0 }
    let share = through.sum / total
    return min(1, 4 * share * (1 - share) * min(through.nearest, halted.nearest))
  }
}

extension ConsultedPrecedent {
  /// Whether it says anything about what this critic guards.
  func concerns(_ charter: Charter) -> Bool {
    principles.contains(charter.principle) || charter.clauses.contains { clauses.contains($0.id) }
  }
}
