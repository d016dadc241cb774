// From sealed opinions and their weighing to the verdict: the rows of docs/verdicts.md. Each row can only raise the verdict,
// never lower it; the grounds told are those of the verdict that it came to.

/// Why a verdict is what it is.
package enum Ground: Sendable, Hashable {
  /// A grave and confident finding of this seat in an inviolable principle.
  case inviolable(seat: Int)
  /// A demand for a human act, by its place in `Ruling.escalations`.
  case escalation(Int)
  /// A seat found something serious.
  case serious(seat: Int)
  /// Too much is unknown for a score this high: by the weights in force, or else by the constitution's own.
  case uncertain(byOwnWeights: Bool)
  /// The score alone.
  case score
  /// A concern heavy enough to constrain.
  case concern(seat: Int)
}

package struct Ruling: Sendable, Hashable {
  package let verdict: Verdict
  /// Every ground for this verdict, in the order of priority; the first is the reason given.
  package let grounds: [Ground]
  /// Every escalation raised, in the order of seats, then those that the constitution itself demands.
  package let escalations: [Escalation]
  /// Shut, and for nobody to open, where whoever asked kept a critic from being heard: it could have shut the gate.
  package let gate: Gate
}

extension Ruling {
  /// `constitutional` is the weighing under the constitution's own weights: governed weights may make the council more
  /// careful than that, never less.
  package init(
    _ opinions: [Opinion], weighing: Weighing, constitutional: Weighing, under constitution: Constitution
  ) {
    let formulas = constitution.formulas
    let escalations = Ruling.escalations(opinions, weighing, constitution)

    var verdict = Verdict.allow
    var grounds: [(rank: Int, ground: Ground)] = []
    func raise(_ to: Verdict, _ rank: Int, _ ground: Ground) {
      if to < verdict { return }
      if to > verdict { grounds.removeAll(keepingCapacity: true) }
      verdict = to
      grounds.append((rank, ground))
    }

    for seat in opinions.indices {
      let gravest = opinions[seat].gravest
      // Most opinions are grave by no measure; only of the others is the rank looked up.
      if gravest < formulas.leastGrave { continue }
      let rank = constitution.rank(ofSeat: seat)
      if Ruling.violates(opinions[seat], seat, constitution) { raise(.deny, rank, .inviolable(seat: seat)) }
      if gravest >= formulas.escalateSeverity { raise(.escalate, rank, .serious(seat: seat)) }
      if opinions[seat].concerns.contains(where: { $0.severity >= formulas.constrainConcern }) {
        raise(.allowWithConstraints, rank, .concern(seat: seat))
      }
    }
    for (index, escalation) in escalations.enumerated() {
      let rank = constitution.rank(ofCritic: escalation.critic)
      raise(escalation.tier == .determination ? .escalate : .allowWithConstraints, rank, .escalation(index))
    }
    let last = Int.max
    if weighing.isTooUncertain(formulas) {
      raise(.escalate, last, .uncertain(byOwnWeights: false))
    } else if constitutional.isTooUncertain(formulas) {
      raise(.escalate, last, .uncertain(byOwnWeights: true))
    }
    if weighing.scoreBound >= formulas.constrainScore { raise(.allowWithConstraints, last, .score) }

    self.init(
      verdict: verdict, grounds: Ruling.ordered(grounds), escalations: escalations,
      gate: opinions.contains(where: \.wasKeptOut)
        ? Gate(open: false, tier: nil) : Gate(for: verdict, highest: escalations.map(\.tier).max()))
  }

  /// By rank; within a rank an escalation, which names its clause, before a bare severity; then as they were raised.
  private static func ordered(_ grounds: [(rank: Int, ground: Ground)]) -> [Ground] {
    func weight(_ ground: Ground) -> Int {
      switch ground {
      case .inviolable: 0
      case .escalation: 1
      case .serious: 2
      case .concern: 3
      case .uncertain: 4
      case .score: 5
      }
    }
    var ordered: [Ground] = []
    for (_, entry) in grounds.enumerated().sorted(by: {
      ($0.element.rank, weight($0.element.ground), $0.offset) < ($1.element.rank, weight($1.element.ground), $1.offset)
    }) where !ordered.contains(entry.ground) {
      ordered.append(entry.ground)
    }
    return ordered
  }

  /// Whether a seat found, gravely and confidently, against an inviolable principle: its own, or that of a concern.
  static func violates(_ opinion: Opinion, _ seat: Int, _ constitution: Constitution) -> Bool {
    let formulas = constitution.formulas
    guard opinion.abstention == nil, opinion.confidence >= formulas.denyConfidence else { return false }
    if constitution.inviolable.contains(constitution.critics[seat].principle),
      opinion.gravest >= formulas.denySeverity
    {
      return true
    }
    return opinion.concerns.contains {
      $0.severity >= formulas.denySeverity && constitution.inviolable.contains($0.principle)
    }
  }

  /// What critics raised, at no lower tier than the clause demands, and what the constitution demands of itself.
  private static func escalations(
    _ opinions: [Opinion], _ weighing: Weighing, _ constitution: Constitution
  ) -> [Escalation] {
    var raised: [Escalation] = []
    for seat in opinions.indices {
      for escalation in opinions[seat].escalations {
        let demanded = escalation.clause.flatMap { constitution.clause($0)?.tier } ?? escalation.tier
        raised.append(
          Escalation(
            critic: escalation.critic, clause: escalation.clause, tier: max(escalation.tier, demanded),
            rationale: escalation.rationale))
      }
    }
    var asked = 0
    var judged = 0
    for seat in opinions.indices {
      guard let abstention = opinions[seat].abstention else {
        asked += 1
        judged += 1
        continue
      }
      if abstention != .notAsked { asked += 1 }
      if constitution.critics[seat].required {
        raised.append(
          Escalation(
            critic: opinions[seat].critic, clause: nil, tier: .determination,
            rationale: "The critic \(opinions[seat].critic) is required and gave no judgement: \(abstention.reason)."))
      }
    }
    if judged == 0 || !weighing.hasVoice || Double(judged) < constitution.formulas.quorum * Double(asked) {
      raised.append(
        Escalation(
          critic: Escalation.council, clause: nil, tier: .determination,
          rationale: "Only \(judged) of \(asked) critics gave a judgement, too few to decide."))
    }
    return raised
  }
}

extension Weighing {
  fileprivate func isTooUncertain(_ formulas: Formulas) -> Bool {
    uncertaintyBound >= formulas.escalateUncertainty && scoreBound >= formulas.escalateScore
  }
}

extension Formulas {
  /// What is less grave than this gives no ground for anything.
  fileprivate var leastGrave: Double { min(denySeverity, escalateSeverity, constrainConcern) }
}

extension Escalation {
  /// The name under which the constitution's own rules escalate, where no single critic is at fault.
  package static let council = "council"
}

extension Gate {
  /// Open when nothing waits for a human; a denial opens only by determination, and only if a clause of that tier was
  /// raised.
  package init(for verdict: Verdict, highest tier: Tier?) {
    switch verdict {
    case .allow, .allowWithConstraints: self.init(open: tier == nil, tier: tier)
    case .escalate: self.init(open: false, tier: .determination)
    case .deny: self.init(open: false, tier: tier == .determination ? .determination : nil)
    }
  }
}

extension Constitution {
  package func rank(ofSeat seat: Int) -> Int { rank(of: critics[seat].principle) }

  package func rank(ofCritic critic: String) -> Int {
    charter(of: critic).map { rank(of: $0.principle) } ?? priority.count
  }

  package func clause(_ id: String) -> Clause? {
    for charter in critics {
      for clause in charter.clauses where clause.id == id { return clause }
    }
    return nil
  }
}
