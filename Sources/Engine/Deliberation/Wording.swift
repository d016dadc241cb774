// The decision in words: the reason, the dissent, the constraints, and what would lower the uncertainty. It reads the
// ruling and changes nothing in it.

struct Wording {
  let opinions: [Opinion]
  let ruling: Ruling
  let weighing: Weighing
  /// Under the constitution's own weights.
  let constitutional: Weighing
  let constitution: Constitution

  func reason(for ground: Ground?) -> Reason {
    switch ground {
    case .inviolable(let seat):
      let inviolable = opinions[seat].concerns.filter { constitution.inviolable.contains($0.principle) }
      return reason(seat, Wording.gravest(inviolable) ?? Wording.gravest(opinions[seat].concerns))
    case .escalation(let index):
      let escalation = ruling.escalations[index]
      return Reason(
        critic: escalation.critic == Escalation.council ? nil : escalation.critic, clause: escalation.clause,
        text: escalation.rationale)
    case .serious(let seat), .concern(let seat):
      return reason(seat, Wording.gravest(opinions[seat].concerns))
    case .uncertain(let byOwnWeights):
      let weighed = byOwnWeights ? constitutional : weighing
      return Reason(
        critic: nil, clause: nil,
        text: (byOwnWeights ? "By the constitution's own weights too" : "Too")
          + " much is unknown (\(figure(weighed.uncertaintyBound))) for a score of \(figure(weighed.scoreBound)).")
    case .score:
      return Reason(
        critic: nil, clause: nil,
        text: "The opinions together weigh \(figure(weighing.scoreBound)); from "
          + "\(figure(constitution.formulas.constrainScore)) on the council sets constraints.")
    case nil:
      return Reason(critic: nil, clause: nil, text: "No concern reached the constitution's thresholds.")
    }
  }

  /// For the person concerned, where the reason is no clause's but the council's own; nil where it tells itself.
  func plainReason(for ground: Ground) -> String? {
    switch ground {
    case .escalation(let index):
      ruling.escalations[index].clause == nil ? "Part of the council could not judge it." : nil
    case .inviolable(let seat), .serious(let seat), .concern(let seat):
      opinions[seat].concerns.isEmpty ? "Part of the council finds it serious." : nil
    case .uncertain: "Too much about it is unknown for what is at stake."
    case .score: "The concerns weigh too much, taken together, for it to go ahead without conditions."
    }
  }

  private func reason(_ seat: Int, _ concern: Concern?) -> Reason {
    let critic = opinions[seat].critic
    if let concern { return Reason(critic: critic, clause: concern.clause, text: concern.rationale) }
    return Reason(
      critic: critic, clause: nil,
      text: "The critic \(critic) found a severity of \(figure(opinions[seat].severity)) and named no clause.")
  }

  static func gravest(_ concerns: [Concern]) -> Concern? {
    var gravest: Concern?
    for concern in concerns where concern.severity > (gravest?.severity ?? -1) { gravest = concern }
    return gravest
  }

  func dissent() -> [Dissent] {
    var dissent: [Dissent] = []
    for seat in opinions.indices where !opinions[seat].concerns.isEmpty {
      let threshold = constitution.critics[seat].dissentThreshold
      for concern in opinions[seat].concerns where concern.severity >= threshold {
        dissent.append(Dissent(critic: opinions[seat].critic, concern: concern))
      }
    }
    return dissent
  }

  /// For `allow_with_constraints`: what the clauses that were raised ask for. Never empty then, so that the verdict can be
  /// acted on.
  func constraints() -> [Constraint] {
    guard ruling.verdict == .allowWithConstraints else { return [] }
    var constraints: [Constraint] = []
    func add(_ critic: String, _ id: String?) {
      guard let id, let clause = constitution.clause(id) else { return }
      for text in clause.constraints {
        let constraint = Constraint(critic: critic, clause: id, text: text)
        if !constraints.contains(constraint) { constraints.append(constraint) }
      }
    }
    for escalation in ruling.escalations { add(escalation.critic, escalation.clause) }
    for opinion in opinions { for concern in opinion.concerns { add(opinion.critic, concern.clause) } }
    if constraints.isEmpty {
      let reason = reason(for: ruling.grounds.first)
      constraints.append(
        Constraint(
          critic: reason.critic ?? Escalation.council, clause: reason.clause,
          text: "Go ahead only as far as this is answered: \(reason.text)"))
    }
    return constraints
  }

  func wouldHelp(_ ignorance: Ignorance, _ alignment: Alignment, _ precedents: [ConsultedPrecedent]) -> [String] {
    var help: [String] = []
    for fact in ignorance.missing {
      var clauses: [String] = []
      for opinion in opinions {
        for each in opinion.missing where each.fact == fact && !clauses.contains(each.clause) {
          clauses.append(each.clause)
        }
      }
      help.append(
        "State `\(fact.rawValue)` in the context: \(clauses.joined(separator: ", ")) cannot be decided without it.")
    }
    for seat in opinions.indices {
      if let abstention = opinions[seat].abstention {
        help.append("A judgement by the critic \(opinions[seat].critic), which abstained (\(abstention.reason)).")
      }
    }
    if ignorance.novelty >= Wording.notable {
      help.append("A validated case of this sort: the input is unlike anything known (\(figure(ignorance.novelty))).")
    }
    if weighing.aleatoric >= Wording.notable, let apart = mostApart() {
      help.append("A look at why \(apart) finds this graver than the rest of the council.")
    }
    if weighing.precedent > 0 {
      let ids = precedents.map(\.id).joined(separator: ", ")
      help.append("A ruling that settles the conflict among the precedents \(ids).")
    }
    return help
  }

  /// Parts of uncertainty below this are in the figures, but nobody is asked to act on them.
  static let notable = 0.1

  private func mostApart() -> String? {
    var apart: Int?
    for seat in opinions.indices where opinions[seat].abstention == nil {
      if opinions[seat].severity > (apart.map { opinions[$0].severity } ?? 0) { apart = seat }
    }
    return apart.map { opinions[$0].critic }
  }
}

/// Two decimals, for sentences.
func figure(_ value: Double) -> String {
  let hundredths = (value * 100).rounded() / 100
  return hundredths == hundredths.rounded() && abs(hundredths) < 1e9 ? String(Int(hundredths)) : String(hundredths)
}
