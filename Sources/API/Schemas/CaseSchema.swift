// What a case looks like. The engine reads cases by itself, straight from bytes; this describes what it takes, and a test
// holds the two against each other.
import Engine
import JSON

extension Schemas {
  private static let name = Schema.text(atMost: CaseReading.longestName)
  private static let longText = Schema.text(atMost: longestText)
  private static let amount = Schema.number(-1e15...1e15)
  private static func texts(_ element: Schema = longText) -> Schema {
    .list(of: element, count: 0...Facts.mostElements)
  }

  static let caseMembers: [Member] = [
    Member("kind", .nullable(name), "What sort of thing is decided: tool_call, answer, refusal, …"),
    Member("action", .text(atMost: longestText, atLeast: 1), required: true, "What is about to be done."),
    Member("input", .any, "What it starts from: text, or any JSON."),
    Member("output", .any, "What it would give: text, or any JSON."),
    Member("context", .nullable(facts), "The facts of the case. Unknown keys are kept and noted."),
    Member("actor", .nullable(name), "Who is about to act."),
    Member("subject", .nullable(name), "Whom it concerns."),
    Member("tags", .nullable(.list(of: name, count: 0...CaseReading.mostTags))),
  ]

  static let facts = Schema.named("Facts", .object(Fact.allCases.map(member), open: true))

  private static func member(of fact: Fact) -> Member {
    let (schema, summary) = rule(of: fact)
    return Member(fact.rawValue, .nullable(schema), summary)
  }

  private static func rule(of fact: Fact) -> (Schema, String) {
    switch fact {
    case .domain: (name, "The field: lending, hiring, health, …")
    case .impact: (.word(Impact.allCases.map(\.rawValue)), "How much is at stake.")
    case .reversible: (.boolean, "Whether it can be undone.")
    case .rollback: (.either([.boolean, longText]), "Whether it can be rolled back, or the plan by which.")
    case .affectedPersons: (.integer(0...9_007_199_254_740_992), "How many persons it affects.")
    case .vulnerableGroups:
      (.either([.boolean, name, texts(name)]), "Vulnerable groups among them, by name; or whether there are any.")
    case .consent: (.word(Consent.allCases.map(\.rawValue)), "Whether those concerned agreed.")
    case .contestable: (.boolean, "Whether it can be contested.")
    case .appealChannel: (longText, "Where it can be contested.")
    case .accountable:
      (
        .either([
          .object([Member("name", name, required: true), Member("role", .nullable(name))]),
          .object([Member("name", .nullable(name)), Member("role", name, required: true)]),
        ]), "Who answers for it: a name, a role, or both."
      )
    case .explanationAvailable: (.boolean, "Whether it can be explained to the person concerned.")
    case .featuresUsed: (texts(), "The attributes that the decision used.")
    case .dataCategories: (texts(), "The kinds of personal data involved.")
    case .purpose: (longText, "What the data is used for.")
    case .collectedFor: (longText, "What the data was collected for.")
    case .confidence: (.number(0...1), "How sure the deciding system is.")
    case .evidence: (texts(.any), "What the claims rest on.")
    case .claims: (texts(.any), "What is asserted.")
    case .groupOutcomes: (groupOutcomes, "Outcomes by group, to compute selection rates from.")
    case .budget:
      (
        .object([
          Member("limit", .nullable(amount)), Member("cost", .nullable(amount)), Member("unit", .nullable(name)),
        ]), "What it costs, and what it may cost."
      )
    case .deadline: (name, "By when it must be done.")
    case .irreversibleEffects: (texts(), "What cannot be undone.")
    case .environment: (.word(Environment.allCases.map(\.rawValue)), "Where it runs.")
    case .destination: (longText, "Where it sends things.")
    case .amount:
      (
        .object([Member("value", amount, required: true), Member("currency", .nullable(name))]),
        "The amount of money involved."
      )
    }
  }

  private static let groupOutcomes = Schema.map(
    of: .object([
      Member("selected", .integer(0...9_007_199_254_740_992), required: true, "How many were selected."),
      Member("total", .integer(0...9_007_199_254_740_992), required: true, "Of how many."),
    ]), atMost: Facts.mostElements)
}
