// A condition made ready for asking: a flat list of steps in preorder, read in one walk without allocating. Beside its
// truth it tells how strong the signs were, which facts are missing, and whether any part of it is already met.

/// What a condition is asked about.
package struct RuleInput: Sendable {
  package let matter: Case
  package let evidence: Evidence
  package let measures: [Measurement]

  package init(matter: Case, evidence: Evidence, measures: [Measurement]) {
    self.matter = matter
    self.evidence = evidence
    self.measures = measures
  }
}

/// A figure that a critic computed, or the facts that it lacks for it.
package struct Measurement: Sendable, Hashable {
  package let name: String
  package let value: Double?
  package let lacks: FactSet
  package init(_ name: String, _ value: Double?, lacks: FactSet = FactSet()) {
    self.name = name
    self.value = value
    self.lacks = lacks
  }
}

/// What came of asking.
package struct ConditionReading: Sendable {
  package var truth: Truth
  /// How far the signs lie above their thresholds, 0…1; nil where no signal was asked for, or none is strong enough.
  package var degree: Double?
  /// The strength of the strongest sign that counted.
  package var strength = 0.0
  /// How near signs came to their thresholds, 0…1: 1 where they reached them.
  package var shade = 0.0
  /// Some fact, figure or sign that the condition asks for is there.
  package var met = false
  package var missing = FactSet()

  init(_ truth: Truth) { self.truth = truth }
}

package struct ConditionProgram: Sendable {
  private enum Step: Sendable {
    case always
    /// A junction over the steps up to `end`.
    case all(end: Int)
    case any(end: Int)
    case not
    case count(end: Int, least: Int)
    case stated(Fact)
    case empty(Fact, Bool)
    case truth(Fact, Bool)
    /// `Consent`, `Environment` or `Impact` as bits of the accepted values.
    case word(Fact, accepted: UInt8)
    case oneOf(Fact, TermList)
    case number(Fact, Comparison, Double)
    case includes(Fact, TermList)
    case mentions(Fact, TermList)
    case differ(Fact, Fact, expected: Bool)
    case budgetUnit(TermList)
    case measure(String, Comparison, Double)
    case signal(String, Double)
    case signals(SignalMatch)
    case kind(TermList)
    case tagged(TermList)
  }

  private var steps: [Step] = []

  package init(_ condition: Condition) { compile(condition) }

  private mutating func compile(_ condition: Condition) {
    switch condition {
    case .always: steps.append(.always)
    case .all(let parts): compile(parts) { .all(end: $0) }
    case .any(let parts): compile(parts) { .any(end: $0) }
    case .count(let parts, let least): compile(parts) { .count(end: $0, least: least) }
    case .not(let part):
      steps.append(.not)
      compile(part)
    case .stated(let fact): steps.append(.stated(fact))
    case .empty(let fact, let wanted): steps.append(.empty(fact, wanted))
    case .isTrue(let fact): steps.append(.truth(fact, true))
    case .isFalse(let fact): steps.append(.truth(fact, false))
    case .oneOf(let fact, let terms): steps.append(Self.word(fact, terms) ?? .oneOf(fact, terms))
    case .compared(let fact, let comparison, let bound): steps.append(.number(fact, comparison, bound))
    case .impactAtLeast(let impact): steps.append(.word(.impact, accepted: ~0 << UInt8(impact.rank)))
    case .impactAtMost(let impact): steps.append(.word(.impact, accepted: (2 << UInt8(impact.rank)) - 1))
    case .includes(let fact, let terms): steps.append(.includes(fact, terms))
    case .mentions(let fact, let terms): steps.append(.mentions(fact, terms))
    case .differ(let one, let other): steps.append(.differ(one, other, expected: true))
    case .same(let one, let other): steps.append(.differ(one, other, expected: false))
    case .budgetUnit(let terms): steps.append(.budgetUnit(terms))
    case .measure(let name, let comparison, let bound): steps.append(.measure(name, comparison, bound))
    case .seen(let match):
      let plain = match.kinds.isEmpty && match.sources.isEmpty && match.times <= 1
      steps.append(plain ? .signal(match.detector, match.threshold) : .signals(match))
    case .kind(let terms): steps.append(.kind(terms))
    case .tagged(let terms): steps.append(.tagged(terms))
    }
  }

  private mutating func compile(_ parts: [Condition], _ junction: (Int) -> Step) {
    let place = steps.count
    steps.append(.always)
    for part in parts { compile(part) }
    steps[place] = junction(steps.count)
  }

  /// The closed words of a fact as bits, so that asking for them compares no text.
  private static func word(_ fact: Fact, _ terms: TermList) -> Step? {
    let words: [String]
    switch fact {
    case .consent: words = Consent.allCases.map(\.rawValue)
    case .environment: words = Environment.allCases.map(\.rawValue)
    case .impact: words = Impact.allCases.map(\.rawValue)
    default: return nil
    }
    var accepted: UInt8 = 0
    for (place, word) in words.enumerated() where terms.equals(word) { accepted |= 1 << UInt8(place) }
    return .word(fact, accepted: accepted)
  }

  package func read(_ input: borrowing RuleInput) -> ConditionReading {
    var place = 0
    return read(&place, input)
  }

  private func read(_ place: inout Int, _ input: borrowing RuleInput) -> ConditionReading {
    let step = steps[place]
    place += 1
    switch step {
    case .always: return ConditionReading(.yes)
    case .not:
      var reading = read(&place, input)
      reading.truth = !reading.truth
      reading.degree = nil
      reading.strength = 0
      reading.shade = reading.truth == .yes ? 1 : 0
      reading.met = false
      return reading
    case .all(let end): return readAll(&place, end, input)
    case .any(let end): return readAny(&place, end, input)
    case .count(let end, let least): return readCount(&place, end, least, input)
    case .signal(let detector, let threshold):
      return Self.sign(input.evidence.isEmpty ? 0 : input.evidence.strength(of: detector), threshold)
    case .signals(let match): return Self.sign(match.strength(in: input.evidence), match.threshold)
    case .measure(let name, let comparison, let bound):
      guard let measured = input.measures.first(where: { $0.name == name }) else { return ConditionReading(.no) }
      var reading = Self.decided(measured.value.map { comparison.holds($0, bound) })
      if measured.value == nil { reading.missing = measured.lacks }
      return reading
    case .kind(let terms): return Self.decided(terms.mentioned(in: input.matter.kind))
    case .tagged(let terms): return Self.decided(input.matter.tags.contains { terms.named(in: $0) })
    case .stated(let fact): return Self.decided(input.matter.facts.states(fact))
    default: return Self.factStep(step, input.matter.facts)
    }
  }

  private static func factStep(_ step: Step, _ facts: borrowing Facts) -> ConditionReading {
    switch step {
    case .empty(let fact, let wanted): return decided(facts.none(fact).map { $0 == wanted }, fact)
    case .truth(let fact, let wanted): return decided(facts.truth(fact).map { $0 == wanted }, fact)
    case .word(let fact, let accepted): return decided(facts.wordBit(fact).map { accepted & $0 != 0 }, fact)
    case .oneOf(let fact, let terms): return decided(facts.text(fact).map(terms.equals), fact)
    case .number(let fact, let comparison, let bound):
      return decided(facts.number(fact).map { comparison.holds($0, bound) }, fact)
    case .includes(let fact, let terms):
      return decided(facts.entries(fact).map { $0.contains(where: terms.named) }, fact)
    case .mentions(let fact, let terms):
      return decided(facts.entries(fact).map { $0.contains(where: terms.mentioned) }, fact)
    case .differ(let one, let other, let expected):
      guard let left = facts.text(one) else {
        var reading = decided(nil, one)
        if facts.text(other) == nil { reading.missing.insert(other) }
        return reading
      }
      guard let right = facts.text(other) else { return decided(nil, other) }
      let differ = left != right && TermList.words(left) != TermList.words(right)
      return decided(differ == expected, one)
    case .budgetUnit(let terms): return decided(facts.budget?.unit.map(terms.equals), .budget)
    default: return ConditionReading(.no)
    }
  }

  private static func decided(_ value: Bool?, _ fact: Fact) -> ConditionReading {
    var reading = decided(value)
    if value == nil { reading.missing.insert(fact) }
    return reading
  }

  private static func decided(_ value: Bool?) -> ConditionReading {
    guard let value else { return ConditionReading(.undecidable) }
    var reading = ConditionReading(Truth(value))
    reading.met = value
    reading.shade = value ? 1 : 0
    return reading
  }

  private static func sign(_ strength: Double, _ threshold: Double) -> ConditionReading {
    var reading = ConditionReading(Truth(strength > 0 && strength >= threshold))
    guard reading.truth == .yes else {
      reading.shade = threshold > 0 ? max(0, strength / threshold) : 0
      return reading
    }
    reading.degree = threshold < 1 ? min(1, (strength - threshold) / (1 - threshold)) : 1
    reading.strength = strength
    reading.shade = 1
    reading.met = true
    return reading
  }
}

// Junctions. A conjunction is decided by its first `no`, a disjunction by a `yes`; a decided whole misses nothing.
extension ConditionProgram {
  /// As strong as its weakest sign, as sure as its strongest.
  private func readAll(_ place: inout Int, _ end: Int, _ input: borrowing RuleInput) -> ConditionReading {
    var whole = ConditionReading(.yes)
    whole.shade = 1
    while place < end {
      let part = read(&place, input)
      whole.shade = min(whole.shade, part.shade)
      if part.truth == .no {
        if whole.shade == 0 {
          place = end
          return ConditionReading(.no)
        }
        whole.truth = .no
      }
      if part.truth == .undecidable, whole.truth == .yes { whole.truth = .undecidable }
      if let degree = part.degree { whole.degree = min(whole.degree ?? 1, degree) }
      whole.strength = max(whole.strength, part.strength)
      whole.met = whole.met || part.met
      whole.missing.formUnion(part.missing)
    }
    if whole.truth != .undecidable { whole.missing = FactSet() }
    if whole.truth != .yes { whole.degree = nil }
    if whole.truth == .no { whole.met = false }
    return whole
  }

  /// All parts are read, because a later sign may be stronger than the first that suffices.
  private func readAny(_ place: inout Int, _ end: Int, _ input: borrowing RuleInput) -> ConditionReading {
    var whole = ConditionReading(.no)
    while place < end {
      let part = read(&place, input)
      whole.truth = max(whole.truth, part.truth)
      if let degree = part.degree { whole.degree = max(whole.degree ?? 0, degree) }
      whole.strength = max(whole.strength, part.strength)
      whole.shade = max(whole.shade, part.shade)
      whole.met = whole.met || part.met
      whole.missing.formUnion(part.missing)
    }
    if whole.truth != .undecidable { whole.missing = FactSet() }
    if whole.truth != .yes { whole.degree = nil }
    return whole
  }

  private func readCount(
    _ place: inout Int, _ end: Int, _ least: Int, _ input: borrowing RuleInput
  ) -> ConditionReading {
    var whole = ConditionReading(.no)
    var yes = 0
    var open = 0
    while place < end {
      let part = read(&place, input)
      if part.truth == .yes { yes += 1 }
      if part.truth == .undecidable { open += 1 }
      if let degree = part.degree { whole.degree = max(whole.degree ?? 0, degree) }
      whole.strength = max(whole.strength, part.strength)
      whole.met = whole.met || part.met
      whole.missing.formUnion(part.missing)
    }
    whole.truth = yes >= least ? .yes : (yes + open >= least ? .undecidable : .no)
    whole.shade = whole.truth == .yes ? 1 : 0
    if whole.truth != .undecidable { whole.missing = FactSet() }
    if whole.truth != .yes { whole.degree = nil }
    return whole
  }
}

extension SignalMatch {
  /// The strength of the strongest signal asked for; where several are asked for, of the `times`-th strongest.
  package func strength(in evidence: borrowing Evidence) -> Double {
    if evidence.isEmpty { return 0 }
    if times <= 1 {
      var strongest = 0.0
      for signal in evidence.signals(of: detector) where signal.strength > strongest && covers(signal) {
        strongest = signal.strength
      }
      return strongest
    }
    let strengths = evidence.signals(of: detector).filter(covers).map(\.strength).sorted(by: >)
    return strengths.count >= times ? strengths[times - 1] : 0
  }
}

extension ConditionReading {
  /// Of a condition that is not there.
  package static let no = ConditionReading(.no)
}
