// One critic as the document seats it: its charter, and its clauses with what fires them.
import YAML

struct CharterReader {
  let critic: String
  let names: [String]
  let requirement: SeatRequirement?
  let grading: Grading
  let principles: [Principle]
  let vocabulary: ConditionVocabulary

  private var complaints: Complaints { vocabulary.complaints }
  private var place: String { "critics.\(critic)" }

  func charter(
    _ entry: YAMLNode.Entry, _ matters: inout Matters, _ seen: inout [String: YAMLPosition]
  ) -> Charter? {
    if !isName(critic) {
      complaints.note("a critic's name is made of a–z, 0–9 and _, not \"\(critic)\"", at: entry.keyPosition)
    }
    return Section.read(entry.value, place, complaints) { section in
      var charter = Charter(critic: critic, principle: principle(&section))
      charter.title = section.text("title")
      charter.purpose = section.text("owns")
      charter.leaves = leaves(&section, &matters)
      charter.weight = section.number("weight", in: 0.1...10)
      charter.required = section.flag("required")
      charter.deadlineMilliseconds = section.integer("deadline_ms", in: 1...600_000)
      charter.dissentThreshold = section.number("dissent_from", in: 0...3, default: grading.dissentFrom)
      _ = section.text("measures", default: "none")
      charter.settings = statistics(&section)
      charter.remote = section.optionalSection("remote") { remote in
        RemoteSeat(url: remote.text("url"), batch: remote.integer("batch", in: 1...1024, default: 64))
      }
      charter.clauses = clauses(&section, &seen, remote: charter.remote != nil, at: entry.keyPosition)
      return charter
    }
  }

  private func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
  }

  private func principle(_ section: inout Section) -> Principle {
    let name = section.text("principle")
    let principle = Principle(rawValue: name)
    if !name.isEmpty, !principles.contains(principle) {
      complaints.note(
        "unknown principle \"\(name)\"" + Section.hint(name, among: principles.map(\.rawValue)),
        at: section.optional("principle")?.position ?? section.position)
    }
    return principle
  }

  /// What is left to whom, in words for people; the order of keys carries no meaning.
  private func leaves(_ section: inout Section, _ matters: inout Matters) -> String {
    guard let node = section.optional("leaves") else { return "" }
    guard let entries = node.entries else {
      complaints.note("\(place).leaves must map critics to what is left to them", at: node.position)
      return ""
    }
    var parts: [String] = []
    for entry in entries {
      let matter = section.text(entry.value, "leaves.\(entry.key)") ?? ""
      if entry.key == critic {
        complaints.note("\(critic) cannot leave anything to itself", at: entry.keyPosition)
      } else if !names.contains(entry.key) {
        complaints.note(
          "unknown critic \"\(entry.key)\"" + Section.hint(entry.key, among: names), at: entry.keyPosition)
      }
      matters.add(from: critic, to: entry.key, matter, at: entry.keyPosition)
      parts.append("\(entry.key): \(matter)")
    }
    return parts.sorted().joined(separator: "; ")
  }

  private func statistics(_ section: inout Section) -> [String: Double] {
    guard let requirement, !requirement.statistics.isEmpty else { return [:] }
    return section.section("statistics") { statistics in
      var settings: [String: Double] = [:]
      for name in requirement.statistics { settings[name] = statistics.number(name, in: 0...1_000_000) }
      return settings
    } ?? [:]
  }

  private func clauses(
    _ section: inout Section, _ seen: inout [String: YAMLPosition], remote: Bool, at position: YAMLPosition
  ) -> [Clause] {
    var clauses: [Clause] = []
    guard let node = remote ? section.optional("clauses") : section.required("clauses") else { return [] }
    if let inner = Section(node, "\(place).clauses", complaints) {
      for entry in inner.entries {
        if let first = seen.updateValue(entry.keyPosition, forKey: entry.key) {
          complaints.note("the clause \(entry.key) was already given at \(first)", at: entry.keyPosition)
        }
        if let clause = clause(entry) { clauses.append(clause) }
      }
    }
    for id in requirement?.clauses ?? [] where !clauses.contains(where: { $0.id == id }) {
      complaints.note("the critic \(critic) lacks the clause \(id)", at: position)
    }
    // The order of keys carries no meaning: by letters, then by number.
    return clauses.sorted {
      ($0.id.prefix { !$0.isNumber }, number($0.id)) < ($1.id.prefix { !$0.isNumber }, number($1.id))
    }
  }

  private func number(_ id: String) -> Int { Int(id.drop { !$0.isNumber }) ?? 0 }

  private func clause(_ entry: YAMLNode.Entry) -> Clause? {
    Section.read(entry.value, "\(place).clauses.\(entry.key)", complaints) { section in
      let tier = tier(&section)
      let principle = principle(&section)
      let triggers =
        triggers("by_facts", &section) { trigger(byFacts: &$0) }
        + triggers("by_text", &section) { trigger(byText: &$0, tier) }
      let cleared = section.optional("cleared_by").map { vocabulary.condition($0, "\(section.name).cleared_by") }
      if triggers.isEmpty, requirement != nil {
        complaints.note("nothing fires the clause \(entry.key)", at: entry.keyPosition)
      }
      return Clause(
        id: entry.key, title: section.text("title"), tier: tier, principle: principle,
        articles: section.texts("articles"), triggers: triggers, clearedBy: cleared, question: section.text("question"),
        constraints: section.texts("constraints"))
    }
  }

  private func tier(_ section: inout Section) -> Tier {
    Tier(rawValue: section.integer("tier", in: 2...3)) ?? .determination
  }

  private func triggers(
    _ key: String, _ section: inout Section, _ read: (inout Section) -> Trigger?
  ) -> [Trigger] {
    guard let node = section.optional(key) else { return [] }
    guard let items = node.items else {
      complaints.note("\(section.name).\(key) must be a list of rules, but is \(node.kind)", at: node.position)
      return []
    }
    return items.enumerated().compactMap { index, item in
      Section.read(item, "\(section.name).\(key)[\(index)]", complaints, read) ?? nil
    }
  }

  private func condition(_ key: String, _ section: inout Section) -> Condition? {
    section.optional(key).map { vocabulary.condition($0, "\(section.name).\(key)") }
  }

  private func trigger(byFacts section: inout Section) -> Trigger? {
    guard section.required("when") != nil, let when = condition("when", &section) else { return nil }
    let rationale = rationale(&section)
    return Trigger(
      when: when, unless: condition("unless", &section), severity: section.number("severity", in: 0...3),
      confidence: section.number("confidence", in: 0...1, default: grading.factsConfidence), rationale: rationale)
  }

  private func trigger(byText section: inout Section, _ tier: Tier) -> Trigger? {
    guard section.required("when") != nil, let when = condition("when", &section) else { return nil }
    if !when.asksForSignals {
      complaints.note("\(section.name) asks for no signal; it belongs under by_facts", at: section.position)
    }
    let standard = tier == .determination ? grading.textDetermination : grading.textAcknowledgment
    let ramp = section.optionalSection("severity", ConstitutionReader.ramp) ?? standard
    let rationale = rationale(&section)
    return Trigger(
      when: when, unless: condition("unless", &section), basis: .text(severityAtFullStrength: ramp.upperBound),
      severity: ramp.lowerBound, confidence: 1, rationale: rationale)
  }

  /// The reason, with every `{placeholder}` known.
  private func rationale(_ section: inout Section) -> String {
    let text = section.text("because")
    let known = ["signals", "matched", "figures"] + Fact.allCases.map(\.rawValue)
    for name in Rationale.placeholders(text) where !known.contains(name) {
      complaints.note(
        "unknown placeholder {\(name)}" + Section.hint(name, among: known),
        at: section.optional("because")?.position ?? section.position)
    }
    return text
  }
}
