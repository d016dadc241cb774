// A condition made ready for asking: a flat list of steps in preorder, read in one walk without allocating. Beside its
// truth it tells how strong the signs were, which facts are missing, and whether any part of it is already met.

/// What a condition is asked about.
package struct RuleInput: Sendable {
  package let examination: Examination
  /// That of the examination.
  package let matter: Case
  package let measures: [Measurement]

  package init(_ examination: Examination, measures: [Measurement]) {
    self.examination = examination
    matter = examination.matter
    self.measures = measures
  }

  package init(matter: Case, evidence: Evidence, measures: [Measurement]) {
    self.init(
      Examination(matter: matter, evidence: evidence, constitution: Constitution()), measures: measures)
  }

  var stated: StatedFacts { examination.stated }
}

/// The facts that conditions ask for most, laid out as bits, so that asking copies nothing.
struct StatedFacts: Sendable {
  /// `Fact.bit` of every fact that was stated.
  let known: UInt32
  /// `Fact.bit` of every fact that was stated as true.
  let truths: UInt32
  /// The bit of each closed word, or 0 where it was not stated.
  let impact: UInt8
  let consent: UInt8
  let environment: UInt8

  init(_ matter: Case) {
    known = matter.facts.known.bits
    var truths: UInt32 = 0
    if matter.facts.reversible == true { truths |= Fact.reversible.bit }
    if matter.facts.contestable == true { truths |= Fact.contestable.bit }
    if matter.facts.explanationAvailable == true { truths |= Fact.explanationAvailable.bit }
    if known & Fact.rollback.bit != 0, matter.facts.truth(.rollback) == true { truths |= Fact.rollback.bit }
    self.truths = truths
    let words = Fact.impact.bit | Fact.consent.bit | Fact.environment.bit
    impact = known & words == 0 ? 0 : matter.facts.wordBit(.impact) ?? 0
    consent = known & words == 0 ? 0 : matter.facts.wordBit(.consent) ?? 0
    environment = known & words == 0 ? 0 : matter.facts.wordBit(.environment) ?? 0
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
  private enum Operation: UInt8 {
    case always, all, any, not, count
    case stated, empty, truth, word, oneOf, number, includes, mentions, differ, budgetUnit
    case measure, signal, signals, kind, tagged
  }

  /// One step, of plain bits: texts and lists stand in tables beside the steps, so that reading one copies no reference.
  private struct Step {
    var operation: Operation
    var fact = Fact.domain
    var other = Fact.domain
    var comparison = Comparison.atLeast
    var wanted = true
    /// The accepted values of a closed word.
    var accepted: UInt8 = 0
    /// Where the parts of a junction end; for others, the place in the table that the operation uses.
    var place: Int32 = 0
    var bound = 0.0
    /// `Evidence.mark(of:)` of the detector asked for.
    var mark: UInt64 = 0
  }

  private var steps: [Step] = []
  private var terms: [TermList] = []
  private var names: [String] = []
  private var matches: [SignalMatch] = []

  /// No condition yet: they are added.
  init() {}

  package init(_ condition: Condition) { compile(condition) }

  /// Whether any condition asks for a figure.
  var asksForMeasures: Bool { !names.isEmpty }

  /// Puts another condition behind those that are there, and tells where it begins.
  mutating func add(_ condition: Condition) -> Int {
    let start = steps.count
    compile(condition)
    return start
  }

  private mutating func compile(_ condition: Condition) {
    switch condition {
    case .always: steps.append(Step(operation: .always))
    case .all(let parts): compile(parts, Step(operation: .all))
    case .any(let parts): compile(parts, Step(operation: .any))
    case .count(let parts, let least): compile(parts, Step(operation: .count, bound: Double(least)))
    case .not(let part):
      steps.append(Step(operation: .not))
      compile(part)
    case .stated(let fact): steps.append(Step(operation: .stated, fact: fact))
    case .empty(let fact, let wanted): steps.append(Step(operation: .empty, fact: fact, wanted: wanted))
    case .isTrue(let fact): steps.append(Step(operation: .truth, fact: fact))
    case .isFalse(let fact): steps.append(Step(operation: .truth, fact: fact, wanted: false))
    case .oneOf(let fact, let list): steps.append(Self.word(fact, list) ?? step(.oneOf, fact, list))
    case .compared(let fact, let comparison, let bound):
      steps.append(Step(operation: .number, fact: fact, comparison: comparison, bound: bound))
    case .impactAtLeast(let impact):
      steps.append(Step(operation: .word, fact: .impact, accepted: ~0 << UInt8(impact.rank)))
    case .impactAtMost(let impact):
      steps.append(Step(operation: .word, fact: .impact, accepted: (2 << UInt8(impact.rank)) - 1))
    case .includes(let fact, let list): steps.append(step(.includes, fact, list))
    case .mentions(let fact, let list): steps.append(step(.mentions, fact, list))
    case .differ(let one, let other): steps.append(Step(operation: .differ, fact: one, other: other))
    case .same(let one, let other): steps.append(Step(operation: .differ, fact: one, other: other, wanted: false))
    case .budgetUnit(let list): steps.append(step(.budgetUnit, .budget, list))
    case .kind(let list): steps.append(step(.kind, .domain, list))
    case .tagged(let list): steps.append(step(.tagged, .domain, list))
    case .measure(let name, let comparison, let bound):
      names.append(name)
      steps.append(
        Step(operation: .measure, comparison: comparison, place: Int32(names.count - 1), bound: bound))
    case .seen(let match):
      let isPlain = match.kinds.isEmpty && match.sources.isEmpty && match.times <= 1
      matches.append(match)
      steps.append(
        Step(
          operation: isPlain ? .signal : .signals, place: Int32(matches.count - 1), bound: match.threshold,
          mark: Evidence.mark(of: match.detector)))
    }
  }

  private mutating func step(_ operation: Operation, _ fact: Fact, _ list: TermList) -> Step {
    terms.append(list)
    return Step(operation: operation, fact: fact, place: Int32(terms.count - 1))
  }

  private mutating func compile(_ parts: [Condition], _ junction: Step) {
    let place = steps.count
    steps.append(junction)
    for part in parts { compile(part) }
    steps[place].place = Int32(steps.count)
  }

  private static func word(_ fact: Fact, _ terms: TermList) -> Step? {
    accepted(fact, terms).map { Step(operation: .word, fact: fact, accepted: $0) }
  }

  /// The closed words of a fact as bits, so that asking for them compares no text; nil for facts in free words.
  static func accepted(_ fact: Fact, _ terms: TermList) -> UInt8? {
    let words: [String]
    switch fact {
    case .consent: words = Consent.allCases.map(\.rawValue)
    case .environment: words = Environment.allCases.map(\.rawValue)
    case .impact: words = Impact.allCases.map(\.rawValue)
    default: return nil
    }
    var accepted: UInt8 = 0
    for (place, word) in words.enumerated() where terms.equals(word) { accepted |= 1 << UInt8(place) }
    return accepted
  }

  package func read(_ input: borrowing RuleInput) -> ConditionReading { read(from: 0, input) }

  /// Reads the condition that begins at `start`.
  func read(from start: Int, _ input: borrowing RuleInput) -> ConditionReading {
    var place = start
    return read(&place, input)
  }

  private func read(_ place: inout Int, _ input: borrowing RuleInput) -> ConditionReading {
    let step = steps[place]
    place += 1
    switch step.operation {
    case .always: return ConditionReading(.yes)
    case .not:
      var reading = read(&place, input)
      reading.truth = !reading.truth
      reading.degree = nil
      reading.strength = 0
      reading.shade = reading.truth == .yes ? 1 : 0
      reading.met = false
      return reading
    case .all: return readAll(&place, Int(step.place), input)
    case .any: return readAny(&place, Int(step.place), input)
    case .count: return readCount(&place, Int(step.place), Int(step.bound), input)
    case .signal:
      if input.examination.evidence.marks & step.mark == 0 { return ConditionReading(.no) }
      return Self.sign(
        input.examination.evidence.strength(of: matches[Int(step.place)].detector, marked: step.mark), step.bound)
    case .signals:
      if input.examination.evidence.marks & step.mark == 0 { return ConditionReading(.no) }
      return Self.sign(matches[Int(step.place)].strength(in: input.examination.evidence), step.bound)
    case .measure: return measure(step, input)
    case .kind:
      return Self.decided(!input.matter.kind.isEmpty && terms[Int(step.place)].mentioned(in: input.matter.kind))
    case .tagged:
      let list = terms[Int(step.place)]
      return Self.decided(input.matter.tags.contains { list.named(in: $0) })
    default: return fact(step, input)
    }
  }

  private func measure(_ step: Step, _ input: borrowing RuleInput) -> ConditionReading {
    for measured in input.measures where measured.name == names[Int(step.place)] {
      var reading = Self.decided(measured.value.map { step.comparison.holds($0, step.bound) })
      if measured.value == nil { reading.missing = measured.lacks }
      return reading
    }
    return ConditionReading(.no)
  }

  private func fact(_ step: Step, _ input: borrowing RuleInput) -> ConditionReading {
    let isKnown = input.stated.known & step.fact.bit != 0
    if step.operation == .stated { return Self.decided(isKnown) }
    if step.operation == .differ { return differ(step, input, isKnown) }
    guard isKnown else { return Self.open(step.fact) }
    switch step.operation {
    case .truth: return Self.decided((input.stated.truths & step.fact.bit != 0) == step.wanted)
    case .word:
      let bit =
        step.fact == .impact
        ? input.stated.impact : step.fact == .consent ? input.stated.consent : input.stated.environment
      return Self.decided(step.accepted & bit != 0)
    case .empty: return Self.decided(input.matter.facts.none(step.fact).map { $0 == step.wanted }, step.fact)
    case .number:
      return Self.decided(
        input.matter.facts.number(step.fact).map { step.comparison.holds($0, step.bound) }, step.fact)
    case .budgetUnit:
      return Self.decided(input.matter.facts.budget?.unit.map(terms[Int(step.place)].equals), .budget)
    case .oneOf: return Self.decided(input.matter.facts.text(step.fact).map(terms[Int(step.place)].equals), step.fact)
    case .includes:
      let list = terms[Int(step.place)]
      return Self.decided(input.matter.facts.entries(step.fact).map { $0.contains(where: list.named) }, step.fact)
    case .mentions:
      let list = terms[Int(step.place)]
      return Self.decided(input.matter.facts.entries(step.fact).map { $0.contains(where: list.mentioned) }, step.fact)
    default: return ConditionReading(.no)
    }
  }

  private func differ(_ step: Step, _ input: borrowing RuleInput, _ isKnown: Bool) -> ConditionReading {
    let isOtherKnown = input.stated.known & step.other.bit != 0
    guard isKnown, isOtherKnown else {
      var reading = ConditionReading(.undecidable)
      if !isKnown { reading.missing.insert(step.fact) }
      if !isOtherKnown { reading.missing.insert(step.other) }
      return reading
    }
    let (left, right) = (input.matter.facts.text(step.fact), input.matter.facts.text(step.other))
    let differ = left != right && TermList.words(left ?? "") != TermList.words(right ?? "")
    return Self.decided(differ == step.wanted)
  }

  private static func open(_ fact: Fact) -> ConditionReading {
    var reading = ConditionReading(.undecidable)
    reading.missing.insert(fact)
    return reading
  }

  private static func decided(_ value: Bool?, _ fact: Fact) -> ConditionReading {
    value.map { decided($0) } ?? open(fact)
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
