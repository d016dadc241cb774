// What fires a clause: a closed language over facts, measured figures and signals, answered in three values. A fact that
// was not stated makes a condition undecidable rather than false, and the facts that would decide it are collected.

package indirect enum Condition: Sendable, Hashable {
  case always
  case all([Condition])
  case any([Condition])
  case not(Condition)
  /// At least so many of the conditions hold.
  case count([Condition], atLeast: Int)

  // Facts.
  /// Whether the fact was stated at all. Never undecidable.
  case stated(Fact)
  /// The fact was stated and says that there is none (an empty list, "none", nobody), or, with false, that there is some.
  case empty(Fact, Bool)
  case isTrue(Fact)
  case isFalse(Fact)
  /// The fact's text is one of these words.
  case oneOf(Fact, TermList)
  /// `Facts.number` beside this bound.
  case compared(Fact, Comparison, Double)
  case impactAtLeast(Impact)
  case impactAtMost(Impact)
  /// An entry of the fact is one of these terms, neutral words aside.
  case includes(Fact, TermList)
  /// One of these terms occurs as words within an entry of the fact.
  case mentions(Fact, TermList)
  /// Both texts are stated and say different things, case and spelling of spaces aside.
  case differ(Fact, Fact)
  case same(Fact, Fact)
  /// The unit of `budget` is one of these terms.
  case budgetUnit(TermList)

  /// A figure that the critic computes, beside this bound. Undecidable where the facts it rests on are missing.
  case measure(String, Comparison, Double)

  /// The detectors saw it. Never undecidable.
  case seen(SignalMatch)

  // The case itself. Never undecidable.
  case kind(TermList)
  case tagged(TermList)
}

/// How a number stands beside a bound.
package enum Comparison: String, Sendable, Hashable, CaseIterable {
  case atLeast = "at_least"
  case atMost = "at_most"
  case moreThan = "more_than"
  case lessThan = "less_than"

  @inlinable
  package func holds(_ value: Double, _ bound: Double) -> Bool {
    switch self {
    case .atLeast: value >= bound
    case .atMost: value <= bound
    case .moreThan: value > bound
    case .lessThan: value < bound
    }
  }
}

/// Which signals a condition asks for.
package struct SignalMatch: Sendable, Hashable {
  package var detector: String
  /// The strength from which a signal counts.
  package var threshold: Double
  /// Only these kinds; empty for any.
  package var kinds: [String]
  /// Only in these places; empty for any.
  package var sources: [TextField.Source]
  /// At least so many of them.
  package var times: Int

  package init(
    _ detector: String, atLeast threshold: Double, kinds: [String] = [], sources: [TextField.Source] = [],
    times: Int = 1
  ) {
    self.detector = detector
    self.threshold = threshold
    self.kinds = kinds
    self.sources = sources
    self.times = times
  }

  /// Whether a signal of this detector is of the kind and in the place asked for, whatever its strength.
  package func covers(_ signal: Signal) -> Bool {
    (kinds.isEmpty || kinds.contains(signal.kind)) && (sources.isEmpty || sources.contains(signal.source))
  }
}

extension Signal {
  /// Which part of the case the signal stands in, read off its pointer.
  package var source: TextField.Source {
    switch field.utf8.dropFirst().first {
    case UInt8(ascii: "a"): .action
    case UInt8(ascii: "i"): .input
    case UInt8(ascii: "o"): .output
    default: .context
    }
  }
}

/// Kleene's three values.
package enum Truth: Int, Sendable, Hashable, Comparable {
  case no, undecidable, yes

  package init(_ value: Bool) { self = value ? .yes : .no }

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
  package static func signal(detector: String, atLeast bound: Double) -> Condition {
    .seen(SignalMatch(detector, atLeast: bound))
  }

  package static func signalOfKind(detector: String, kinds: [String], atLeast bound: Double) -> Condition {
    .seen(SignalMatch(detector, atLeast: bound, kinds: kinds))
  }

  package static func atLeast(_ fact: Fact, _ bound: Double) -> Condition { .compared(fact, .atLeast, bound) }
  package static func below(_ fact: Fact, _ bound: Double) -> Condition { .compared(fact, .lessThan, bound) }

  /// Whether it holds. Where it is undecidable, the facts that would decide it are added to `missing`. For a condition
  /// asked often, keep its `ConditionProgram`.
  package func holds(in examination: borrowing Examination, missing: inout FactSet) -> Truth {
    holds(for: examination.matter, examination.evidence, missing: &missing)
  }

  package func holds(for matter: Case, _ evidence: Evidence, missing: inout FactSet) -> Truth {
    let reading = ConditionProgram(self).read(RuleInput(matter: matter, evidence: evidence, measures: []))
    missing.formUnion(reading.missing)
    return reading.truth
  }

  /// Whether any signal is asked for within.
  package var asksForSignals: Bool {
    switch self {
    case .seen: true
    case .all(let parts), .any(let parts), .count(let parts, _): parts.contains(where: \.asksForSignals)
    case .not(let part): part.asksForSignals
    default: false
    }
  }
}
