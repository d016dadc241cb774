// What fires a clause: a closed language over facts and signals, evaluated in three values. A fact that was not stated
// makes a condition undecidable rather than false, and the facts that would decide it are collected.

package indirect enum Condition: Sendable, Hashable {
  case always
  case all([Condition])
  case any([Condition])
  case not(Condition)

  // Facts.
  /// Whether the fact was stated at all. Never undecidable.
  case stated(Fact)
  case isTrue(Fact)
  case isFalse(Fact)
  /// The fact's text is one of these words.
  case oneOf(Fact, [String])
  /// `Facts.number` is at least this.
  case atLeast(Fact, Double)
  case below(Fact, Double)
  case impactAtLeast(Impact)
  /// The fact's list holds one of these words.
  case includes(Fact, [String])
  /// Both texts are stated and differ.
  case differ(Fact, Fact)

  // Signals. Never undecidable.
  case signal(detector: String, atLeast: Double)
  case signalOfKind(detector: String, kinds: [String], atLeast: Double)

  // The case itself. Never undecidable.
  case kind([String])
  case tagged([String])
}

/// Kleene's three values.
package enum Truth: Int, Sendable, Hashable, Comparable {
  case no, undecidable, yes

  init(_ value: Bool) { self = value ? .yes : .no }

  package static func < (left: Truth, right: Truth) -> Bool { left.rawValue < right.rawValue }

  package static prefix func ! (value: Truth) -> Truth {
    switch value {
    case .no: .yes
    case .undecidable: .undecidable
    case .yes: .no
    }
  }
}

extension Condition {
  /// Whether it holds. Where it is undecidable, the facts that would decide it are added to `missing`.
  package func holds(in examination: borrowing Examination, missing: inout FactSet) -> Truth {
    holds(for: examination.matter, examination.evidence, missing: &missing)
  }

  package func holds(for matter: Case, _ evidence: Evidence, missing: inout FactSet) -> Truth {
    let facts = matter.facts
    switch self {
    case .always:
      return .yes
    case .all(let conditions):
      return Condition.combine(conditions, stopAt: .no, matter, evidence, &missing)
    case .any(let conditions):
      return Condition.combine(conditions, stopAt: .yes, matter, evidence, &missing)
    case .not(let condition):
      return !condition.holds(for: matter, evidence, missing: &missing)
    case .stated(let fact):
      return Truth(facts.states(fact))
    case .isTrue(let fact):
      return Condition.decided(facts.truth(fact), fact, &missing)
    case .isFalse(let fact):
      return Condition.decided(facts.truth(fact).map { !$0 }, fact, &missing)
    case .oneOf(let fact, let words):
      return Condition.decided(facts.text(fact).map { words.contains($0) }, fact, &missing)
    case .atLeast(let fact, let bound):
      return Condition.decided(facts.number(fact).map { $0 >= bound }, fact, &missing)
    case .below(let fact, let bound):
      return Condition.decided(facts.number(fact).map { $0 < bound }, fact, &missing)
    case .impactAtLeast(let impact):
      return Condition.decided(facts.impact.map { $0 >= impact }, .impact, &missing)
    case .includes(let fact, let words):
      return Condition.decided(facts.list(fact).map { $0.contains { words.contains($0) } }, fact, &missing)
    case .differ(let one, let other):
      guard let left = facts.text(one) else { return Condition.decided(nil, one, &missing) }
      return Condition.decided(facts.text(other).map { $0 != left }, other, &missing)
    case .signal(let detector, let bound):
      return Truth(evidence.strength(of: detector) >= bound)
    case .signalOfKind(let detector, let kinds, let bound):
      return Truth(evidence.signals(of: detector).contains { $0.strength >= bound && kinds.contains($0.kind) })
    case .kind(let kinds):
      return Truth(kinds.contains(matter.kind))
    case .tagged(let tags):
      return Truth(matter.tags.contains { tags.contains($0) })
    }
  }

  private static func decided(_ value: Bool?, _ fact: Fact, _ missing: inout FactSet) -> Truth {
    if let value { return Truth(value) }
    missing.insert(fact)
    return .undecidable
  }

  /// Conjunction stops at the first `no`, disjunction at the first `yes`; a decided whole misses nothing.
  private static func combine(
    _ conditions: [Condition], stopAt decisive: Truth, _ matter: Case, _ evidence: Evidence, _ missing: inout FactSet
  ) -> Truth {
    var lacking = FactSet()
    var whole: Truth = !decisive
    for condition in conditions {
      let part = condition.holds(for: matter, evidence, missing: &lacking)
      if part == decisive { return decisive }
      if part == .undecidable { whole = .undecidable }
    }
    if whole == .undecidable { missing.formUnion(lacking) }
    return whole
  }
}
