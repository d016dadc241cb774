// `context` from JSON. A known key with a wrong value is an error; an unknown key is kept as it came, and a note names the
// known key that was probably meant.
import JSON

extension Facts: JSONReadable {
  package static let mostElements = 1000
  /// Unknown keys beyond this many are refused.
  package static let mostUnknown = 256
  package static let mostNotes = 32
  /// Counts beyond this are no longer exact in JSON.
  static let greatestCount = 9_007_199_254_740_992

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if try reader.takeNull() {
        takeNone(key)
        continue
      }
      if let fact = Facts.fact(named: key) {
        try read(fact, from: &reader)
      } else {
        let name = key.string
        guard let content = try reader.content() else { continue }
        unknown.append(UnknownFact(key: name, content: content))
      }
    }
    if unknown.isEmpty { return }
    if unknown.count > Facts.mostUnknown {
      reader.refuse("has more than \(Facts.mostUnknown) unknown keys", at: object)
    }
    unknown.sort { JSONCanonical.precedes($0.key, $1.key) }
    notes = unknown.prefix(Facts.mostNotes).map { Facts.note(on: $0.key) }
  }

  private static func note(on key: String) -> String {
    let shown = key.utf8.count <= 64 ? key : String(key.prefix(64)) + "…"
    let meant = NearestName.suggestion(for: key, among: Fact.allCases.lazy.map(\.rawValue))
    return "context: `\(shown)` is not a known fact"
      + (meant.map { "; did you mean `\($0)`? " } ?? "; ") + "It was kept, but decides nothing."
  }

  /// Null says nothing, except of these two: nobody is accountable, and there is no channel of appeal.
  private mutating func takeNone(_ key: borrowing JSONText) {
    switch Facts.fact(named: key) {
    case .accountable: accountable = Accountable(name: "")
    case .appealChannel: appealChannel = ""
    default: break
    }
  }

  private static func fact(named key: borrowing JSONText) -> Fact? {
    switch key {
    case "domain": .domain
    case "impact": .impact
    case "reversible": .reversible
    case "rollback": .rollback
    case "affected_persons": .affectedPersons
    case "vulnerable_groups": .vulnerableGroups
    case "consent": .consent
    case "contestable": .contestable
    case "appeal_channel": .appealChannel
    case "accountable": .accountable
    case "explanation_available": .explanationAvailable
    case "features_used": .featuresUsed
    case "data_categories": .dataCategories
    case "purpose": .purpose
    case "collected_for": .collectedFor
    case "confidence": .confidence
    case "evidence": .evidence
    case "claims": .claims
    case "group_outcomes": .groupOutcomes
    case "budget": .budget
    case "deadline": .deadline
    case "irreversible_effects": .irreversibleEffects
    case "environment": .environment
    case "destination": .destination
    case "amount": .amount
    default: nil
    }
  }

  private mutating func read(_ fact: Fact, from reader: inout JSONReader) throws(JSONError) {
    switch fact {
    case .domain: domain = try reader.string(maximumLength: CaseReading.longestName)
    case .impact: impact = try reader.choice()
    case .reversible: reversible = try reader.boolean()
    case .rollback: rollback = try reader.rollback()
    case .affectedPersons: affectedPersons = try reader.integer(in: 0...Facts.greatestCount)
    case .vulnerableGroups: vulnerableGroups = try reader.groups()
    case .consent: consent = try reader.choice()
    case .contestable: contestable = try reader.boolean()
    case .appealChannel: appealChannel = try reader.string()
    case .accountable: accountable = try Accountable(from: &reader)
    case .explanationAvailable: explanationAvailable = try reader.boolean()
    case .featuresUsed: featuresUsed = try reader.strings(maximumCount: Facts.mostElements)
    case .dataCategories: dataCategories = try reader.strings(maximumCount: Facts.mostElements)
    case .purpose: purpose = try reader.string()
    case .collectedFor: collectedFor = try reader.string()
    case .confidence: confidence = try reader.double(in: 0...1)
    case .evidence: evidence = try statements(.evidence, from: &reader)
    case .claims: claims = try statements(.claims, from: &reader)
    case .groupOutcomes: groupOutcomes = try reader.groupOutcomes()
    case .budget: budget = try Budget(from: &reader)
    case .deadline: deadline = try reader.string(maximumLength: CaseReading.longestName)
    case .irreversibleEffects: irreversibleEffects = try reader.strings(maximumCount: Facts.mostElements)
    case .environment: environment = try reader.choice()
    case .destination: destination = try reader.string()
    case .amount: amount = try Amount(from: &reader)
    }
  }

  /// Statements are strings, or other JSON whose texts, line by line, are the statement.
  private mutating func statements(_ fact: Fact, from reader: inout JSONReader) throws(JSONError) -> [String] {
    var texts: [String] = []
    var structured: [StructuredElement] = []
    var array = try reader.array()
    while try reader.next(&array) {
      switch try reader.content() {
      case .text(let text): texts.append(text)
      case .structure(let content):
        structured.append(StructuredElement(fact: fact, index: texts.count, content: content))
        texts.append(content.leaves.map(\.text).joined(separator: "\n"))
      case nil: continue
      }
    }
    if texts.count > Facts.mostElements { reader.refuse("must have at most \(Facts.mostElements) elements") }
    self.structured += structured
    return texts
  }
}

extension JSONReader {
  /// Whether it can be rolled back, or the plan by which.
  fileprivate mutating func rollback() throws(JSONError) -> Rollback? {
    switch try peek() {
    case .string:
      let plan = try string()
      return plan.isEmpty ? .impossible : .possible(plan: plan)
    case .boolean: return try boolean() ? .possible(plan: nil) : .impossible
    default:
      try skip()
      refuse("must be true, false or the plan as a string")
      return nil
    }
  }

  /// The names of groups; a bare truth value says that there are some, or none.
  fileprivate mutating func groups() throws(JSONError) -> [String] {
    switch try peek() {
    case .boolean: return try boolean() ? ["unspecified"] : []
    case .string: return [try string(maximumLength: CaseReading.longestName)]
    default: return try strings(maximumCount: Facts.mostElements, maximumLength: CaseReading.longestName)
    }
  }

  fileprivate mutating func groupOutcomes() throws(JSONError) -> [GroupOutcome] {
    var outcomes: [GroupOutcome] = []
    var groups = try object()
    while let key = try key(&groups) {
      let group = key.string
      var selected: Int?
      var total: Int?
      var object = try object()
      while let key = try self.key(&object) {
        switch key {
        case "selected": selected = try integer(in: 0...Facts.greatestCount)
        case "total": total = try integer(in: 0...Facts.greatestCount)
        default: refuseUnknown(key, known: ["selected", "total"])
        }
      }
      let outcome = GroupOutcome(
        group: group, selected: selected ?? missing("selected", of: object, instead: 0),
        total: total ?? missing("total", of: object, instead: 0))
      if selected != nil, total != nil, outcome.selected > outcome.total {
        refuse("must not have more selected than there are in total", at: object)
      }
      outcomes.append(outcome)
    }
    if outcomes.count > Facts.mostElements { refuse("must have at most \(Facts.mostElements) groups", at: groups) }
    return outcomes.sorted { JSONCanonical.precedes($0.group, $1.group) }
  }

  /// A number that may be left out.
  fileprivate mutating func amount() throws(JSONError) -> Double? {
    try takeNull() ? nil : try double(in: -1e15...1e15)
  }
}

extension Accountable: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var role: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "name": name = try reader.name()
      case "role": role = try reader.name()
      default: reader.refuseUnknown(key, known: ["name", "role"])
      }
    }
    if name == nil && role == nil { reader.missing("name", of: object) }
    self.init(name: name ?? "", role: role)
  }
}

extension Budget: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var limit: Double?
    var cost: Double?
    var unit: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "limit": limit = try reader.amount()
      case "cost": cost = try reader.amount()
      case "unit": unit = try reader.name()
      default: reader.refuseUnknown(key, known: ["limit", "cost", "unit"])
      }
    }
    self.init(limit: limit, cost: cost, unit: unit)
  }
}

extension Amount: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var value: Double?
    var currency: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "value": value = try reader.amount()
      case "currency": currency = try reader.name()
      default: reader.refuseUnknown(key, known: ["value", "currency"])
      }
    }
    self.init(value: value ?? reader.missing("value", of: object, instead: 0), currency: currency)
  }
}
