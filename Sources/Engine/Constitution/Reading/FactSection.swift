// `{fact: …}`: which questions each fact can be asked, and how they are written.
import YAML

extension Fact {
  /// What a fact holds, and so what may be asked of it.
  enum Sort { case flag, number, impact, word([String]), text, list, group, thing }

  var sort: Sort {
    switch self {
    case .reversible, .rollback, .contestable, .explanationAvailable: .flag
    case .affectedPersons, .confidence, .amount: .number
    case .impact: .impact
    case .consent: .word(Consent.allCases.map(\.rawValue))
    case .environment: .word(Environment.allCases.map(\.rawValue))
    case .domain, .appealChannel, .purpose, .collectedFor, .deadline, .destination, .accountable: .text
    case .vulnerableGroups, .featuresUsed, .dataCategories, .evidence, .claims, .irreversibleEffects: .list
    case .groupOutcomes: .group
    case .budget: .thing
    }
  }
}

extension ConditionVocabulary {
  private static let questions =
    ["is", "in", "stated", "empty", "names_any", "mentions_any", "differs_from", "same_as"]
    + Comparison.allCases.map(\.rawValue)

  func fact(_ section: inout Section) -> Condition {
    let position = section.optional("fact")?.position ?? section.position
    let name = section.text("fact")
    let asked = Self.questions.filter { section.optional($0) != nil }
    guard asked.count == 1, let question = asked.first, let value = section.optional(question) else {
      complaints.note(
        "\"\(name)\" must be asked exactly one of \(Self.questions.joined(separator: ", "))", at: position)
      return .always
    }
    switch name {
    case "kind", "tags":
      let terms = terms(value, question, section)
      return name == "kind" ? .kind(terms) : .tagged(terms)
    case "budget.unit": return .budgetUnit(terms(value, question, section))
    default: break
    }
    guard let fact = Fact(rawValue: name) else {
      complaints.note(
        "unknown fact \"\(name)\"" + Section.hint(name, among: Fact.allCases.map(\.rawValue)), at: position)
      return .always
    }
    return condition(fact, question, value, &section, position)
  }

  private func condition(
    _ fact: Fact, _ question: String, _ value: YAMLNode, _ section: inout Section, _ position: YAMLPosition
  ) -> Condition {
    switch (question, fact.sort) {
    case ("stated", _):
      return section.flag("stated") ? .stated(fact) : .not(.stated(fact))
    case ("empty", .flag), ("empty", .number), ("empty", .text), ("empty", .list), ("empty", .group):
      return .empty(fact, section.flag("empty"))
    case ("is", .flag):
      return section.flag("is") ? .isTrue(fact) : .isFalse(fact)
    case ("is", .number):
      let number = section.number("is", in: -1e15...1e15)
      return .all([.compared(fact, .atLeast, number), .compared(fact, .atMost, number)])
    case ("is", .word(let words)), ("in", .word(let words)):
      return .oneOf(fact, terms(value, question, section, among: words))
    case ("is", .impact), ("in", .impact):
      return .oneOf(fact, terms(value, question, section, among: Impact.allCases.map(\.rawValue)))
    case ("is", .text), ("in", .text):
      return .oneOf(fact, terms(value, question, section))
    case ("names_any", .text), ("names_any", .list):
      return .includes(fact, terms(value, question, section))
    case ("mentions_any", .text), ("mentions_any", .list):
      return .mentions(fact, terms(value, question, section))
    case ("differs_from", .text), ("same_as", .text):
      guard let other = section.text(value, question).flatMap(Fact.init(rawValue:)), case .text = other.sort else {
        complaints.note("\(question) must name another fact that is a text", at: value.position)
        return .always
      }
      return question == "same_as" ? .same(fact, other) : .differ(fact, other)
    case ("at_least", .impact), ("at_most", .impact):
      guard let word = value.string, let impact = Impact(rawValue: word) else {
        complaints.note(
          "impact is one of \(Impact.allCases.map(\.rawValue).joined(separator: ", "))"
            + Section.hint(value.text ?? "", among: Impact.allCases.map(\.rawValue)), at: value.position)
        return .always
      }
      return question == "at_least" ? .impactAtLeast(impact) : .impactAtMost(impact)
    case (_, .number):
      guard let comparison = Comparison(rawValue: question) else { break }
      return .compared(fact, comparison, section.number(question, in: -1e15...1e15))
    default: break
    }
    complaints.note("\"\(fact.rawValue)\" cannot be asked \"\(question)\"", at: position)
    return .always
  }

  /// A word, a list of words, or the name of a list; held to the fact's own words where it has such.
  private func terms(
    _ value: YAMLNode, _ question: String, _ section: Section, among closed: [String]? = nil
  ) -> TermList {
    let written: [YAMLNode]
    if let items = value.items {
      written = items
    } else if let name = value.string, let list = lists[name], closed == nil {
      return list
    } else {
      written = [value]
    }
    let words = written.compactMap { item -> String? in
      guard let word = section.text(item, question) else { return nil }
      if let closed, !closed.contains(word) {
        complaints.note(
          "\"\(word)\" is none of \(closed.joined(separator: ", "))" + Section.hint(word, among: closed),
          at: item.position)
      } else if closed == nil, value.items == nil, question != "is" {
        complaints.note(
          "\(question) needs a list of words or the name of a list; there is no list \"\(word)\""
            + Section.hint(word, among: lists.keys.sorted()), at: item.position)
      }
      return word
    }
    return TermList(words, neutral: neutral)
  }
}
