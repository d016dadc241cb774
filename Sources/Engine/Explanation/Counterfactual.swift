// What would have been decided, had the facts been others. Candidates are searched among facts that can be brought about,
// one change before two and two before three, and each is checked by deciding the changed case again, with the precedents that
// it would be held against.
import JSON

/// The fewest changes found under which a case is decided more permissively.
package struct Counterfactual: Sendable, Hashable, JSONWritable {
  package struct Change: Sendable, Hashable {
    package let fact: Fact
    /// As it would stand in the context, in canonical JSON.
    package let value: String
  }

  package let changes: [Change]
  package let verdict: Verdict
  package let gate: Gate
  /// Critics that were not asked again: those who judge outside, and those who failed. They are taken to answer as they did.
  package let assuming: [String]

  /// `Would be allowed if `contestable` were true.`
  package var sentence: String {
    let conditions = changes.map { "`\($0.fact.rawValue)` were \($0.value)" }.joined(separator: " and ")
    let rest = assuming.isEmpty ? "" : ", as long as \(assuming.joined(separator: " and ")) answered as before"
    return "\(result) if \(conditions)\(rest)."
  }

  /// The same for the person concerned.
  package var plainSentence: String {
    let rest = assuming.isEmpty ? "" : ", as long as everybody else who was asked answered as before"
    return "\(result) if \(PlainWords.conditions(changes))\(rest)."
  }

  private var result: String {
    switch (verdict, gate.open) {
    case (.allow, true): "Would be allowed"
    case (.allowWithConstraints, true): "Would be allowed under conditions"
    case (_, false):
      gate.tier == .acknowledgment ? "Would need only an acknowledgment" : "Would be open to a human decision"
    default: "Would be decided as \(verdict.rawValue)"
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("text", sentence)
    writer.key("changes")
    writer.beginArray()
    for change in changes {
      writer.beginObject()
      writer.member("fact", change.fact.rawValue)
      writer.key("value")
      writer.raw(change.value.utf8Span.span.bytes)
      writer.endObject()
    }
    writer.endArray()
    writer.member("verdict", verdict.rawValue)
    writer.member("open", gate.open)
    if !assuming.isEmpty { writer.member("assuming", assuming) }
    writer.endObject()
  }
}

package struct CounterfactualSearch: Sendable {
  /// Cases decided again at most, and counterfactuals given at most.
  package static let mostDecisions = 240
  package static let mostFound = 3

  private struct Candidate {
    let change: Counterfactual.Change
    let apply: (inout Facts) -> Void
  }

  private let council: Council
  private let decided: DecidedCase
  private let past: any PrecedentSearch

  /// `past` is what there is now.
  package init(_ decided: DecidedCase, by council: Council, among past: any PrecedentSearch = NoPrecedents()) {
    self.council = council
    self.decided = decided
    self.past = past
  }

  /// The counterfactuals with the fewest changes that open the gate; where none does, those that at least call for a lesser
  /// human act or a milder verdict. None for a case that may go ahead as it is, that part of the council was heard about, or
  /// that other precedents would now decide otherwise as it stands.
  package func find() -> [Counterfactual] {
    let decision = decided.decision
    guard decided.isByWholeCouncil, decision.verdict != .allow || !decision.gate.open else { return [] }
    let precedents = past.consult(decision.matter, under: council.constitution.precedents)
    if precedents != decision.precedents {
      let now = decide(decision.matter, precedents)
      guard now.verdict == decision.verdict, now.gate == decision.gate else { return [] }
    }
    let candidates = candidates(decision.matter.facts)
    var better: [Counterfactual] = []
    var decisions = 0
    for size in 1...3 {
      var opening: [Counterfactual] = []
      for chosen in CounterfactualSearch.choices(of: size, from: candidates.indices) {
        guard decisions < Self.mostDecisions else { break }
        decisions += 1
        guard let found = decide(chosen.map { candidates[$0] }, precedents) else { continue }
        if found.gate.open { opening.append(found) } else if size == 1 { better.append(found) }
      }
      if !opening.isEmpty { return CounterfactualSearch.best(opening) }
    }
    return CounterfactualSearch.best(better)
  }

  /// The case decided again under these changes; nil where that is no improvement. Most are none whatever the past: only for
  /// the others is it searched, since the changed case may be like other precedents, or less like the same.
  private func decide(_ candidates: [Candidate], _ precedents: [ConsultedPrecedent]) -> Counterfactual? {
    var facts = decided.decision.matter.facts
    for candidate in candidates { candidate.apply(&facts) }
    let changed = decided.decision.matter.with(facts)
    var again = decide(changed, precedents)
    guard isImprovement(again) else { return nil }
    let consulted = past.consult(changed, under: council.constitution.precedents)
    if consulted != precedents { again = decide(changed, consulted) }
    guard isImprovement(again) else { return nil }
    return Counterfactual(
      changes: candidates.map(\.change), verdict: again.verdict, gate: again.gate,
      assuming: decided.recorded.map(\.critic))
  }

  private func decide(_ matter: Case, _ precedents: [ConsultedPrecedent]) -> Decision {
    council.decision(
      of: matter, seats: decided.decision.weights, precedents: precedents, asked: decided.asked,
      recorded: decided.recorded
    ).decision
  }

  private func isImprovement(_ decision: Decision) -> Bool {
    CounterfactualSearch.strictness(decision) < CounterfactualSearch.strictness(decided.decision)
  }

  /// Lower is more permissive: first what the gate asks for, then the verdict.
  private static func strictness(_ decision: Decision) -> Int { strictness(decision.verdict, decision.gate) }

  private static func strictness(_ verdict: Verdict, _ gate: Gate) -> Int {
    let act = gate.open ? 0 : gate.tier?.rawValue ?? 9
    return act * 10 + verdict.strictness
  }

  private static func best(_ found: [Counterfactual]) -> [Counterfactual] {
    found.enumerated().sorted {
      (strictness($0.element.verdict, $0.element.gate), $0.offset)
        < (strictness($1.element.verdict, $1.element.gate), $1.offset)
    }.prefix(mostFound).map(\.element)
  }

  private static func choices(of size: Int, from range: Range<Int>) -> [[Int]] {
    if size == 0 { return [[]] }
    return range.flatMap { first in
      choices(of: size - 1, from: (first + 1)..<max(first + 1, range.upperBound)).map { [first] + $0 }
    }
  }

  /// Facts that somebody can bring about, where they do not hold already. How grave a case is, is no such fact.
  private func candidates(_ facts: Facts) -> [Candidate] {
    var candidates: [Candidate] = []
    func add(_ fact: Fact, _ value: String, _ apply: @escaping (inout Facts) -> Void) {
      candidates.append(Candidate(change: .init(fact: fact, value: value), apply: apply))
    }
    if facts.contestable != true { add(.contestable, "true") { $0.contestable = true } }
    if facts.consent != .given && facts.consent != .notRequired { add(.consent, "\"given\"") { $0.consent = .given } }
    if facts.explanationAvailable != true { add(.explanationAvailable, "true") { $0.explanationAvailable = true } }
    if facts.truth(.rollback) != true { add(.rollback, "true") { $0.rollback = .possible(plan: nil) } }
    if facts.reversible != true { add(.reversible, "true") { $0.reversible = true } }
    if facts.accountable == nil {
      add(.accountable, #"{"name":"a named person"}"#) { $0.accountable = Accountable(name: "a named person") }
    }
    if facts.appealChannel == nil {
      add(.appealChannel, "\"a way to appeal\"") { $0.appealChannel = "a way to appeal" }
    }
    if let collected = facts.collectedFor, facts.purpose != collected {
      let value = String(decoding: collected.jsonBytes, as: UTF8.self)
      add(.purpose, value) { $0.purpose = collected }
    }
    if !facts.featuresUsed.isEmpty { add(.featuresUsed, "[]") { $0.featuresUsed = [] } }
    if !facts.dataCategories.isEmpty { add(.dataCategories, "[]") { $0.dataCategories = [] } }
    if facts.environment == .production { add(.environment, "\"staging\"") { $0.environment = .staging } }
    return candidates
  }
}
