// Facts by name, for conditions that are data: each fact read as truth value, number, text or list, where it has such a
// reading, and nil where it was not stated or is of another sort.

extension Facts {
  package func truth(_ fact: Fact) -> Bool? {
    switch fact {
    case .reversible: reversible
    case .rollback:
      switch rollback {
      case .possible: true
      case .impossible: false
      case nil: nil
      }
    case .contestable: contestable
    case .explanationAvailable: explanationAvailable
    default: nil
    }
  }

  /// Numbers as they are; `impact` by its rank 0…4; lists by their length; `budget` as cost over limit.
  package func number(_ fact: Fact) -> Double? {
    switch fact {
    case .impact: impact.map { Double($0.rank) }
    case .affectedPersons: affectedPersons.map { Double($0) }
    case .confidence: confidence
    case .amount: amount?.value
    case .budget: budget.flatMap { $0.overspend }
    default: list(fact).map { Double($0.count) }
    }
  }

  package func text(_ fact: Fact) -> String? {
    switch fact {
    case .domain: domain
    case .impact: impact?.rawValue
    case .consent: consent?.rawValue
    case .appealChannel: appealChannel
    case .accountable: accountable?.name
    case .purpose: purpose
    case .collectedFor: collectedFor
    case .deadline: deadline
    case .environment: environment?.rawValue
    case .destination: destination
    default: nil
    }
  }

  package func list(_ fact: Fact) -> [String]? {
    guard states(fact) else { return nil }
    return switch fact {
    case .vulnerableGroups: vulnerableGroups
    case .featuresUsed: featuresUsed
    case .dataCategories: dataCategories
    case .evidence: evidence
    case .claims: claims
    case .irreversibleEffects: irreversibleEffects
    case .groupOutcomes: groupOutcomes.map(\.group)
    default: nil
    }
  }
}

extension Budget {
  /// Cost as a multiple of the limit; infinite where something is spent of nothing.
  package var overspend: Double? {
    guard let limit, let cost else { return nil }
    return limit > 0 ? cost / limit : (cost > 0 ? .infinity : 0)
  }
}

// Readings that conditions ask for.
extension Facts {
  /// The bit of a closed word among its cases, in the order of their declaration.
  package func wordBit(_ fact: Fact) -> UInt8? {
    switch fact {
    case .impact: return impact.map { 1 << UInt8($0.rank) }
    case .consent:
      switch consent {
      case .given: return 1
      case .refused: return 2
      case .absent: return 4
      case .notRequired: return 8
      case nil: return nil
      }
    case .environment:
      switch environment {
      case .dev: return 1
      case .staging: return 2
      case .production: return 4
      case nil: return nil
      }
    default: return nil
    }
  }

  /// The fact's texts: the entries of a list, or a text alone.
  package func entries(_ fact: Fact) -> [String]? { list(fact) ?? text(fact).map { [$0] } }

  /// Whether the fact was stated as "there is none"; nil where it was not stated.
  package func none(_ fact: Fact) -> Bool? {
    if let list = list(fact) { return list.isEmpty }
    switch fact {
    case .affectedPersons: return affectedPersons.map { $0 == 0 }
    case .rollback, .contestable, .explanationAvailable: return truth(fact).map { !$0 }
    default: return text(fact).map { Facts.sayingNone.contains($0.lowercased()) }
    }
  }

  private static let sayingNone: Set<String> = ["", "none", "nobody", "no one", "no-one", "n/a", "no", "null", "-"]
}
