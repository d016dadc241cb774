// What made a rule hold, for the people who read the rationale: the signs it counted and the terms it matched. What it asks
// is laid out once, when the constitution is read.

/// What can be told of one rule.
package final class Telling: Sendable {
  package let rationale: Rationale
  private let signs: [SignalMatch]
  /// The questions about lists of terms.
  private let lists: [Condition]
  /// Of several questions each answer is told once.
  private let isJunction: Bool

  init(_ trigger: Trigger) {
    rationale = Rationale(trigger.rationale)
    var (signs, lists): ([SignalMatch], [Condition]) = ([], [])
    Telling.lay(out: trigger.when, &signs, &lists)
    (self.signs, self.lists) = (signs, lists)
    isJunction =
      switch trigger.when {
      case .all, .any, .count: true
      default: false
      }
  }

  private static func lay(out condition: Condition, _ signs: inout [SignalMatch], _ lists: inout [Condition]) {
    switch condition {
    case .seen(let match): signs.append(match)
    case .includes, .mentions, .kind, .tagged: lists.append(condition)
    case .all(let parts), .any(let parts), .count(let parts, _): for part in parts { lay(out: part, &signs, &lists) }
    default: break
    }
  }

  /// Adds the signs that are asked for and strong enough.
  package func add(signsOf evidence: borrowing Evidence, to found: inout [Signal]) {
    for match in signs {
      for signal in evidence.signals(of: match.detector) where signal.strength >= match.threshold {
        if match.covers(signal) { found.append(signal) }
      }
    }
  }

  /// The entries or terms by which conditions over lists hold, clipped for quoting.
  package func matched(in input: borrowing RuleInput) -> [String] {
    var matched: [String] = []
    for list in lists {
      for each in Telling.answer(list, input) where !isJunction || !matched.contains(each) { matched.append(each) }
    }
    return matched
  }

  private static func answer(_ list: Condition, _ input: borrowing RuleInput) -> [String] {
    let found: [String] =
      switch list {
      case .includes(let fact, let terms): (input.matter.facts.entries(fact) ?? []).filter(terms.named)
      case .mentions(let fact, let terms): (input.matter.facts.entries(fact) ?? []).compactMap(terms.firstMention)
      case .kind(let terms): terms.mentioned(in: input.matter.kind) ? [input.matter.kind] : []
      case .tagged(let terms): input.matter.tags.filter(terms.named)
      default: []
      }
    return found.prefix(8).map(Rationale.clipped)
  }
}
