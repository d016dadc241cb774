// Reasons in plain words: a sentence of the constitution with `{placeholders}` for what was found in the case.

/// A reason, taken apart once, when the constitution is read.
package struct Rationale: Sendable {
  /// What is said of a case in place of a placeholder.
  package enum Blank: Sendable {
    case signals, matched, figures
    case fact(Fact)
    /// A name that nobody knows: nothing is said.
    case nothing

    init(_ name: String) {
      switch name {
      case "signals": self = .signals
      case "matched": self = .matched
      case "figures": self = .figures
      default: self = Fact(rawValue: name).map(Blank.fact) ?? .nothing
      }
    }
  }

  /// The blanks, each with the text before it.
  package let blanks: [(before: String, blank: Blank)]
  /// The text behind the last.
  package let rest: String

  init(_ template: String) {
    var rest = template[...]
    var blanks: [(before: String, blank: Blank)] = []
    while let (before, name) = Rationale.next(&rest) { blanks.append((before, Blank(name))) }
    self.blanks = blanks
    self.rest = String(rest)
  }

  /// The names in braces, in the order in which they occur.
  package static func placeholders(_ template: String) -> [String] {
    var rest = template[...]
    var names: [String] = []
    while let (_, name) = next(&rest) { names.append(name) }
    return names
  }

  /// Takes the next placeholder and the text before it.
  private static func next(_ rest: inout Substring) -> (before: String, name: String)? {
    guard let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
      let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
    else { return nil }
    defer { rest = rest[rest.utf8.index(after: close)...] }
    return (String(rest[..<open]), String(rest[rest.utf8.index(after: open)..<close]))
  }

  /// Texts of the poster are quoted at this length at most.
  package static let quoted = 120

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
