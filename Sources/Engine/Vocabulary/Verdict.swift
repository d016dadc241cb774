// The four verdicts, ordered by strictness: a lattice in which everything after an opinion only moves upwards.

package enum Verdict: String, Sendable, Hashable, Comparable, CaseIterable {
  case allow
  case allowWithConstraints = "allow_with_constraints"
  case escalate
  case deny

  package var strictness: Int {
    switch self {
    case .allow: 0
    case .allowWithConstraints: 1
    case .escalate: 2
    case .deny: 3
    }
  }

  package static func < (left: Verdict, right: Verdict) -> Bool { left.strictness < right.strictness }
}

/// Whether the action may go ahead now, and if not, which human act opens it.
package struct Gate: Sendable, Hashable {
  package enum Requirement: String, Sendable, Hashable {
    case acknowledgment, determination
  }

  package let open: Bool
  /// Nil for an open gate, for one that nothing opens, and for one that is shut only because not the whole council was heard.
  package let tier: Tier?

  package var requires: Requirement? {
    switch tier {
    case .acknowledgment: .acknowledgment
    case .determination: .determination
    case nil: nil
    }
  }

  package init(open: Bool, tier: Tier?) {
    self.open = open
    self.tier = tier
  }
}
