// Facts in canonical form (RFC 8785), and the texts among them that detectors read.
import JSON

extension Facts {
  /// The known keys in the order of RFC 8785; they are ASCII, so that their bytes decide.
  private static let canonicalOrder = Fact.allCases.sorted { JSONCanonical.precedes($0.rawValue, $1.rawValue) }

  /// Writes what was stated, known and unknown keys in one order.
  package func writeCanonical(to writer: inout JSONWriter) {
    var others = unknown[...]
    writer.beginObject()
    for fact in Facts.canonicalOrder where states(fact) {
      while let next = others.first, JSONCanonical.precedes(next.key, fact.rawValue) {
        writer.key(next.key)
        next.content.write(to: &writer)
        others.removeFirst()
      }
      writer.key(fact.rawValue)
      write(fact, to: &writer)
    }
    for next in others {
      writer.key(next.key)
      next.content.write(to: &writer)
    }
    writer.endObject()
  }

  private func write(_ fact: Fact, to writer: inout JSONWriter) {
    switch fact {
    case .reversible: writer.boolean(reversible == true)
    case .contestable: writer.boolean(contestable == true)
    case .explanationAvailable: writer.boolean(explanationAvailable == true)
    case .rollback: rollback.write(to: &writer)
    case .affectedPersons: affectedPersons.write(to: &writer)
    case .confidence: Facts.number(confidence, to: &writer)
    case .accountable: accountable.write(to: &writer)
    case .budget: budget.write(to: &writer)
    case .amount: amount.write(to: &writer)
    case .groupOutcomes: writeGroupOutcomes(to: &writer)
    case .evidence, .claims: writeStatements(fact, to: &writer)
    case .vulnerableGroups, .featuresUsed, .dataCategories, .irreversibleEffects: writer.strings(list(fact) ?? [])
    case .domain, .impact, .consent, .appealChannel, .purpose, .collectedFor, .deadline, .environment, .destination:
      writer.string(text(fact) ?? "")
    }
  }

  static func number(_ value: Double?, to writer: inout JSONWriter) {
    if let value { writer.canonicalDouble(value) } else { writer.null() }
  }

  private func writeGroupOutcomes(to writer: inout JSONWriter) {
    writer.beginObject()
    for outcome in groupOutcomes.sorted(by: { JSONCanonical.precedes($0.group, $1.group) }) {
      writer.key(outcome.group)
      writer.beginObject()
      writer.member("selected", outcome.selected)
      writer.member("total", outcome.total)
      writer.endObject()
    }
    writer.endObject()
  }

  private func writeStatements(_ fact: Fact, to writer: inout JSONWriter) {
    writer.beginArray()
    for (index, text) in (list(fact) ?? []).enumerated() {
      if let element = structured.first(where: { $0.fact == fact && $0.index == index }) {
        Content.structure(element.content).write(to: &writer)
      } else {
        writer.string(text)
      }
    }
    writer.endArray()
  }

  /// The texts among the facts, in a fixed order; not words of a closed list, which say nothing of their own.
  func addTexts(to texts: inout [TextField]) {
    func add(_ fact: Fact) {
      guard let text = text(fact) else { return }
      texts.append(TextField(pointer: "/context/\(fact.rawValue)", source: .context, text: text))
    }
    func addAll(_ fact: Fact) {
      guard let list = list(fact) else { return }
      for (index, text) in list.enumerated() {
        let pointer = "/context/\(fact.rawValue)/\(index)"
        if let element = structured.first(where: { $0.fact == fact && $0.index == index }) {
          Content.structure(element.content).addTexts(at: pointer, from: .context, to: &texts)
        } else {
          texts.append(TextField(pointer: pointer, source: .context, text: text))
        }
      }
    }
    func add(_ text: String?, at pointer: JSONPointer) {
      guard let text else { return }
      texts.append(TextField(pointer: pointer.description, source: .context, text: text))
    }
    for fact in [Fact.domain, .purpose, .collectedFor, .destination, .appealChannel, .deadline] { add(fact) }
    if let accountable {
      add(accountable.name, at: JSONPointer("context", "accountable", "name"))
      add(accountable.role, at: JSONPointer("context", "accountable", "role"))
    }
    add(budget?.unit, at: JSONPointer("context", "budget", "unit"))
    add(amount?.currency, at: JSONPointer("context", "amount", "currency"))
    if case .possible(let plan?) = rollback {
      texts.append(TextField(pointer: "/context/rollback", source: .context, text: plan))
    }
    for fact in [
      Fact.claims, .evidence, .irreversibleEffects, .vulnerableGroups, .featuresUsed, .dataCategories,
    ] {
      addAll(fact)
    }
    for outcome in groupOutcomes { add(outcome.group, at: JSONPointer("context", "group_outcomes", outcome.group)) }
    for each in unknown {
      each.content.addTexts(at: JSONPointer("context", each.key).description, from: .context, to: &texts)
    }
  }
}

extension Rollback: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .impossible: writer.boolean(false)
    case .possible(nil): writer.boolean(true)
    case .possible(let plan?): writer.string(plan)
    }
  }
}

extension Accountable: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", name)
    if let role { writer.member("role", role) }
    writer.endObject()
  }
}

extension Budget: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    if let cost {
      writer.key("cost")
      Facts.number(cost, to: &writer)
    }
    if let limit {
      writer.key("limit")
      Facts.number(limit, to: &writer)
    }
    if let unit { writer.member("unit", unit) }
    writer.endObject()
  }
}

extension Amount: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    if let currency { writer.member("currency", currency) }
    writer.key("value")
    Facts.number(value, to: &writer)
    writer.endObject()
  }
}
