// Conditions as they are written: a mapping with one of the words of the vocabulary, held to what each fact can be asked.
import YAML

/// What the reader of conditions must know of the rest of the document.
struct ConditionVocabulary {
  let complaints: Complaints
  /// Named lists of terms.
  let lists: [String: TermList]
  let neutral: Set<String>
  /// The detectors by name, with the kinds of what they find; nil where any name will do.
  let detectors: [String: Set<String>]?
  /// The figures that the critic being read computes.
  let measures: [String]

  private static let junctions = ["all", "any", "not", "count", "fact", "measure", "signal"]

  /// The condition that a node says; `.always` with a complaint where it says none.
  func condition(_ node: YAMLNode, _ name: String) -> Condition {
    guard let entries = node.entries else {
      complaints.note("\(name) must be a condition (a mapping), but is \(node.kind)", at: node.position)
      return .always
    }
    for word in Self.junctions where entries.contains(where: { $0.key == word }) {
      return Section.read(node, name, complaints) { section in condition(word, &section, name) } ?? .always
    }
    let written = entries.first?.key ?? ""
    complaints.note(
      "\(name) has none of the words \(Self.junctions.joined(separator: ", "))"
        + Section.hint(written, among: Self.junctions), at: node.position)
    return .always
  }

  private func condition(_ word: String, _ section: inout Section, _ name: String) -> Condition {
    switch word {
    case "all": return .all(parts(word, &section))
    case "any": return .any(parts(word, &section))
    case "not":
      guard let node = section.required("not") else { return .always }
      return .not(condition(node, "\(name).not"))
    case "count":
      let parts = parts(word, &section)
      return .count(parts, atLeast: section.integer("at_least", in: 1...max(1, parts.count)))
    case "fact": return fact(&section)
    case "measure": return measure(&section)
    default: return signal(&section)
    }
  }

  private func parts(_ word: String, _ section: inout Section) -> [Condition] {
    guard let node = section.required(word) else { return [] }
    guard let items = node.items, !items.isEmpty else {
      complaints.note("\(section.name).\(word) must list conditions", at: node.position)
      return []
    }
    return items.enumerated().map { condition($1, "\(section.name).\(word)[\($0)]") }
  }

  private func measure(_ section: inout Section) -> Condition {
    let position = section.optional("measure")?.position ?? section.position
    let name = section.text("measure")
    if !measures.contains(name) {
      complaints.note(
        "unknown measure \"\(name)\"" + Section.hint(name, among: measures)
          + (measures.isEmpty ? "; this critic computes none" : ""), at: position)
    }
    for comparison in Comparison.allCases where section.optional(comparison.rawValue) != nil {
      return .measure(name, comparison, section.number(comparison.rawValue, in: -1e15...1e15))
    }
    complaints.note("\(section.name) compares \"\(name)\" with nothing", at: position)
    return .always
  }

  private func signal(_ section: inout Section) -> Condition {
    let position = section.optional("signal")?.position ?? section.position
    let name = section.text("signal")
    let known = detectors?[name]
    if let detectors, known == nil {
      complaints.note("unknown detector \"\(name)\"" + Section.hint(name, among: detectors.keys.sorted()), at: position)
    }
    let threshold = section.number("at_least", in: 0...1)
    var kinds: [String] = []
    if let what = section.optional("what") {
      kinds = what.items != nil ? section.texts(what, "what") : (section.text(what, "what").map { [$0] } ?? [])
      for (place, kind) in kinds.enumerated() where known?.contains(kind) == false {
        let item = what.items.flatMap { $0.count == kinds.count ? $0[place] : nil } ?? what
        complaints.note(
          "\(name) finds nothing of the kind \"\(kind)\"" + Section.hint(kind, among: known?.sorted() ?? []),
          at: item.position)
      }
    }
    var sources: [TextField.Source] = []
    if let field = section.optional("field") {
      let names = field.items != nil ? section.texts(field, "field") : (section.text(field, "field").map { [$0] } ?? [])
      for name in names {
        if let source = Self.fields[name] {
          sources.append(source)
        } else {
          complaints.note(
            "unknown field \"\(name)\"" + Section.hint(name, among: Self.fields.keys.sorted()), at: field.position)
        }
      }
    }
    let times = section.integer("times", in: 1...512, default: 1)
    return .seen(SignalMatch(name, atLeast: threshold, kinds: kinds, sources: sources, times: times))
  }

  private static let fields: [String: TextField.Source] = [
    "action": .action, "input": .input, "output": .output, "context": .context,
  ]
}
