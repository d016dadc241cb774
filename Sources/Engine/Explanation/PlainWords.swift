// How reasons and changes are told to the person concerned: what was found and what would help, without the strengths, places
// and gradings that the council needs, and without the names that facts have in a case.

enum PlainWords {
  /// A rationale without the signs that it points to, without figures, what made it graver or milder, and what was not stated.
  static func telling(_ rationale: String) -> String {
    var text = Substring(rationale)
    for mark in [" Graver by ", " Milder by ", " Not stated: "] {
      if let end = text.firstRange(of: mark) { text = text[..<end.lowerBound] }
    }
    let plain = facts.reduce(withoutSigns(text)) { $0.replacing($1.name, with: $1.words) }
    guard plain.contains(where: \.isNumber) else { return plain }
    // Each reason stands for itself; where all of them are figures, the clause's title says what they mean.
    guard let title = plain.firstRange(of: ": ") else { return "The council has a concern about it." }
    let reasons = plain[title.upperBound...].split(separator: "; also ").filter { !$0.contains(where: \.isNumber) }
    if reasons.isEmpty { return "\(plain[..<title.lowerBound])." }
    let told = "\(plain[..<title.upperBound])\(reasons.joined(separator: "; also "))"
    return told.hasSuffix(".") ? told : told + "."
  }

  private static func withoutSigns(_ rationale: Substring) -> String {
    var text = rationale
    var plain = ""
    while let open = text.firstRange(of: " ("), let close = text[open.upperBound...].firstIndex(of: ")") {
      plain += text[..<open.lowerBound]
      if !text[open.upperBound..<close].contains(", strength ") { plain += text[open.lowerBound...close] }
      text = text[text.index(after: close)...]
    }
    return plain + text
  }

  /// The facts whose names are not words as they stand, longer names before those they contain.
  private static let facts = Fact.allCases.map(\.rawValue).filter { $0.contains("_") }.sorted { $1.count < $0.count }
    .map { (name: $0, words: $0.replacing("_", with: " ")) }

  /// The changes that would have led elsewhere, as conditions.
  static func conditions(_ changes: [Counterfactual.Change]) -> String {
    changes.map(condition).joined(separator: " and ")
  }

  private static func condition(_ change: Counterfactual.Change) -> String {
    switch change.fact {
    case .contestable: "it could be contested"
    case .consent: "the people concerned had consented"
    case .explanationAvailable: "it could be explained"
    case .rollback: "there were a way back"
    case .reversible: "it could be undone"
    case .accountable: "a named person answered for it"
    case .appealChannel: "there were a way to appeal"
    case .purpose: "data served only what they were collected for"
    case .featuresUsed: "it did not rest on such features of a person"
    case .dataCategories: "it did without such data"
    case .environment: "it were tried out first"
    default: "\(change.fact.rawValue.replacing("_", with: " ")) were \(change.value)"
    }
  }
}
