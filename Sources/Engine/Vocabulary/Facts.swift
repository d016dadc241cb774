// The typed reading of `context`. Every fact is optional; what is not known is kept and noted, never
// refused. A fact that was not stated is unknown, which is different from an empty list.

package struct Facts: Sendable, Hashable {
  package var domain: String? { didSet { mark(.domain, domain != nil) } }
  package var impact: Impact? { didSet { mark(.impact, impact != nil) } }
  package var reversible: Bool? { didSet { mark(.reversible, reversible != nil) } }
  package var rollback: Rollback? { didSet { mark(.rollback, rollback != nil) } }
  package var affectedPersons: Int? { didSet { mark(.affectedPersons, affectedPersons != nil) } }
  package var vulnerableGroups: [String] = [] { didSet { mark(.vulnerableGroups, true) } }
  package var consent: Consent? { didSet { mark(.consent, consent != nil) } }
  package var contestable: Bool? { didSet { mark(.contestable, contestable != nil) } }
  package var appealChannel: String? { didSet { mark(.appealChannel, appealChannel != nil) } }
  package var accountable: Accountable? { didSet { mark(.accountable, accountable != nil) } }
  package var explanationAvailable: Bool? { didSet { mark(.explanationAvailable, explanationAvailable != nil) } }
  package var featuresUsed: [String] = [] { didSet { mark(.featuresUsed, true) } }
  package var dataCategories: [String] = [] { didSet { mark(.dataCategories, true) } }
  package var purpose: String? { didSet { mark(.purpose, purpose != nil) } }
  package var collectedFor: String? { didSet { mark(.collectedFor, collectedFor != nil) } }
  /// The poster's own certainty, 0…1.
  package var confidence: Double? { didSet { mark(.confidence, confidence != nil) } }
  package var evidence: [String] = [] { didSet { mark(.evidence, true) } }
  package var claims: [String] = [] { didSet { mark(.claims, true) } }
  /// In the order of the group names.
  package var groupOutcomes: [GroupOutcome] = [] { didSet { mark(.groupOutcomes, true) } }
  package var budget: Budget? { didSet { mark(.budget, budget != nil) } }
  package var deadline: String? { didSet { mark(.deadline, deadline != nil) } }
  package var irreversibleEffects: [String] = [] { didSet { mark(.irreversibleEffects, true) } }
  package var environment: Environment? { didSet { mark(.environment, environment != nil) } }
  package var destination: String? { didSet { mark(.destination, destination != nil) } }
  package var amount: Amount? { didSet { mark(.amount, amount != nil) } }

  /// Which facts were stated.
  package private(set) var known = FactSet()
  /// Elements of `evidence` and `claims` that came as JSON other than a string. Their texts stand in the lists.
  package var structured: [StructuredElement] = []
  /// Keys that the council does not know, kept as they came, in canonical order.
  package var unknown: [UnknownFact] = []
  /// What the poster should hear about: misspelt keys with the nearest known name.
  package var notes: [String] = []

  package init() {}

  package func states(_ fact: Fact) -> Bool { known.contains(fact) }

  /// Whether nothing was stated, known or unknown.
  package var isEmpty: Bool { known.isEmpty && unknown.isEmpty }

  /// Takes a fact away, as if it had not been stated.
  package mutating func forget(_ fact: Fact) {
    switch fact {
    case .domain: domain = nil
    case .impact: impact = nil
    case .reversible: reversible = nil
    case .rollback: rollback = nil
    case .affectedPersons: affectedPersons = nil
    case .vulnerableGroups: vulnerableGroups = []
    case .consent: consent = nil
    case .contestable: contestable = nil
    case .appealChannel: appealChannel = nil
    case .accountable: accountable = nil
    case .explanationAvailable: explanationAvailable = nil
    case .featuresUsed: featuresUsed = []
    case .dataCategories: dataCategories = []
    case .purpose: purpose = nil
    case .collectedFor: collectedFor = nil
    case .confidence: confidence = nil
    case .evidence: evidence = []
    case .claims: claims = []
    case .groupOutcomes: groupOutcomes = []
    case .budget: budget = nil
    case .deadline: deadline = nil
    case .irreversibleEffects: irreversibleEffects = []
    case .environment: environment = nil
    case .destination: destination = nil
    case .amount: amount = nil
    }
    known.remove(fact)
  }

  private mutating func mark(_ fact: Fact, _ present: Bool) {
    if present { known.insert(fact) } else { known.remove(fact) }
  }
}

/// Whether the action can be rolled back, and how.
package enum Rollback: Sendable, Hashable {
  case impossible
  case possible(plan: String?)
}

/// Who answers for the decision.
package struct Accountable: Sendable, Hashable {
  package let name: String
  package let role: String?

  package init(name: String, role: String? = nil) {
    self.name = name
    self.role = role
  }
}

/// How many of a group were selected for the favourable outcome.
package struct GroupOutcome: Sendable, Hashable {
  package let group: String
  package let selected: Int
  package let total: Int

  package init(group: String, selected: Int, total: Int) {
    self.group = group
    self.selected = selected
    self.total = total
  }
}

package struct Budget: Sendable, Hashable {
  package let limit: Double?
  package let cost: Double?
  package let unit: String?

  package init(limit: Double?, cost: Double?, unit: String? = nil) {
    self.limit = limit
    self.cost = cost
    self.unit = unit
  }
}

package struct Amount: Sendable, Hashable {
  package let value: Double
  package let currency: String?

  package init(value: Double, currency: String? = nil) {
    self.value = value
    self.currency = currency
  }
}

/// An element of a list that came as JSON other than a string.
package struct StructuredElement: Sendable, Hashable {
  package let fact: Fact
  package let index: Int
  package let content: Content.Structure
}

/// A key of `context` that has no meaning to the council.
package struct UnknownFact: Sendable, Hashable {
  package let key: String
  package let content: Content

  package init(key: String, content: Content) {
    self.key = key
    self.content = content
  }
}
