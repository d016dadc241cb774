// The names of the facts that `context` may state, and the closed words that some of them take.

/// A key of `context` that the council understands.
package enum Fact: String, Sendable, Hashable, CaseIterable {
  case domain
  case impact
  case reversible
  case rollback
  case affectedPersons = "affected_persons"
  case vulnerableGroups = "vulnerable_groups"
  case consent
  case contestable
  case appealChannel = "appeal_channel"
  case accountable
  case explanationAvailable = "explanation_available"
  case featuresUsed = "features_used"
  case dataCategories = "data_categories"
  case purpose
  case collectedFor = "collected_for"
  case confidence
  case evidence
  case claims
  case groupOutcomes = "group_outcomes"
  case budget
  case deadline
  case irreversibleEffects = "irreversible_effects"
  case environment
  case destination
  case amount

  /// The bit of this fact in a `FactSet`: its place in the declaration above.
  package var bit: UInt32 {
    switch self {
    case .domain: 1 << 0
    case .impact: 1 << 1
    case .reversible: 1 << 2
    case .rollback: 1 << 3
    case .affectedPersons: 1 << 4
    case .vulnerableGroups: 1 << 5
    case .consent: 1 << 6
    case .contestable: 1 << 7
    case .appealChannel: 1 << 8
    case .accountable: 1 << 9
    case .explanationAvailable: 1 << 10
    case .featuresUsed: 1 << 11
    case .dataCategories: 1 << 12
    case .purpose: 1 << 13
    case .collectedFor: 1 << 14
    case .confidence: 1 << 15
    case .evidence: 1 << 16
    case .claims: 1 << 17
    case .groupOutcomes: 1 << 18
    case .budget: 1 << 19
    case .deadline: 1 << 20
    case .irreversibleEffects: 1 << 21
    case .environment: 1 << 22
    case .destination: 1 << 23
    case .amount: 1 << 24
    }
  }
}

/// A set of facts, as bits.
package struct FactSet: Sendable, Hashable, Sequence {
  package private(set) var bits: UInt32 = 0

  package init() {}
  package init(_ facts: some Sequence<Fact>) { for fact in facts { insert(fact) } }

  package var isEmpty: Bool { bits == 0 }
  package var count: Int { bits.nonzeroBitCount }
  package func contains(_ fact: Fact) -> Bool { bits & fact.bit != 0 }
  package mutating func insert(_ fact: Fact) { bits |= fact.bit }
  package mutating func remove(_ fact: Fact) { bits &= ~fact.bit }
  /// How many facts are in both, and how many in either.
  package func shared(with other: FactSet) -> (both: Int, either: Int) {
    ((bits & other.bits).nonzeroBitCount, (bits | other.bits).nonzeroBitCount)
  }
  package mutating func formUnion(_ other: FactSet) { bits |= other.bits }

  /// The facts in the order in which they are declared, which is that of their bits.
  package func makeIterator() -> Iterator { Iterator(rest: bits) }

  package struct Iterator: IteratorProtocol {
    fileprivate var rest: UInt32

    package mutating func next() -> Fact? {
      if rest == 0 { return nil }
      defer { rest &= rest &- 1 }
      return Fact.allCases[rest.trailingZeroBitCount]
    }
  }
}

/// How much is at stake.
package enum Impact: String, Sendable, Hashable, CaseIterable, Comparable {
  case none, low, moderate, high, critical

  package var rank: Int {
    switch self {
    case .none: 0
    case .low: 1
    case .moderate: 2
    case .high: 3
    case .critical: 4
    }
  }

  package static func < (left: Impact, right: Impact) -> Bool { left.rank < right.rank }
}

package enum Consent: String, Sendable, Hashable, CaseIterable {
  case given, refused, absent
  case notRequired = "not_required"
}

package enum Environment: String, Sendable, Hashable, CaseIterable {
  case dev, staging, production
}
