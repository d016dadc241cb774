// Reasons in plain words: a sentence of the constitution with `{placeholders}` for what was found in the case.

package enum Rationale {
  /// The names in braces, in the order in which they occur.
  package static func placeholders(_ template: String) -> [String] {
    var names: [String] = []
    _ = fill(template) { name in
      names.append(name)
      return ""
    }
    return names
  }

  /// The template with each placeholder replaced by what `value` says of it.
  package static func fill(_ template: String, _ value: (String) -> String) -> String {
    var filled = ""
    var rest = Substring(template)
    while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
      let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
    {
      filled += rest[..<open]
      filled += value(String(rest[rest.utf8.index(after: open)..<close]))
      rest = rest[rest.utf8.index(after: close)...]
    }
    return filled + rest
  }

  /// Texts of the poster are quoted at this length at most.
  private static let quoted = 120

  /// What a fact says, in words.
  package static func words(_ fact: Fact, _ facts: Facts) -> String {
    switch fact {
    case .affectedPersons: return facts.affectedPersons.map(String.init) ?? "an unknown number of"
    case .confidence: return facts.confidence.map { String($0) } ?? "not stated"
    case .consent: return facts.consent == .notRequired ? "not required" : facts.consent?.rawValue ?? "not stated"
    case .budget, .amount: return facts.number(fact).map { String($0) } ?? "not stated"
    default: break
    }
    if let truth = facts.truth(fact) { return truth ? "yes" : "no" }
    if let list = facts.list(fact) { return clipped(list.prefix(8).joined(separator: ", ")) }
    return facts.text(fact).map(clipped) ?? "not stated"
  }

  package static func clipped(_ text: String) -> String {
    text.utf8.count <= quoted || text.count <= quoted ? text : text.prefix(quoted) + "…"
  }
}
