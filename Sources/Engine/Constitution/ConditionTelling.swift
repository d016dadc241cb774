// What made a condition hold, for the people who read the rationale: the signs it counted and the terms it matched.

extension Condition {
  /// The signs that are asked for within and strong enough.
  package func signs(in evidence: borrowing Evidence) -> [Signal] {
    switch self {
    case .seen(let match):
      var signs: [Signal] = []
      for signal in evidence.signals(of: match.detector) where signal.strength >= match.threshold {
        if match.covers(signal) { signs.append(signal) }
      }
      return signs
    case .all(let parts), .any(let parts), .count(let parts, _):
      var signs: [Signal] = []
      for part in parts { signs += part.signs(in: evidence) }
      return signs
    default: return []
    }
  }

  /// The entries or terms by which conditions over lists hold, clipped for quoting.
  package func matched(in input: borrowing RuleInput) -> [String] {
    let facts = input.matter.facts
    switch self {
    case .includes(let fact, let terms):
      return (facts.entries(fact) ?? []).filter(terms.named).prefix(8).map(Rationale.clipped)
    case .mentions(let fact, let terms):
      return (facts.entries(fact) ?? []).compactMap(terms.firstMention).prefix(8).map(Rationale.clipped)
    case .kind(let terms): return terms.mentioned(in: input.matter.kind) ? [Rationale.clipped(input.matter.kind)] : []
    case .tagged(let terms): return input.matter.tags.filter(terms.named).prefix(8).map(Rationale.clipped)
    case .all(let parts), .any(let parts), .count(let parts, _):
      var matched: [String] = []
      for part in parts {
        for each in part.matched(in: input) where !matched.contains(each) { matched.append(each) }
      }
      return matched
    default: return []
    }
  }
}
