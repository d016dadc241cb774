// The laws of conditions in three values: what is decided stays decided whatever the missing facts turn out to be, and
// what is open names facts that are missing.
import TestSupport
import Testing

@testable import Engine

@Suite("Laws of conditions")
struct ConditionLaws {
  private static let flags: [Fact] = [.reversible, .contestable, .explanationAvailable, .rollback]

  private func condition(_ depth: Int, _ generator: inout SeededGenerator) -> Condition {
    let parts = { (generator: inout SeededGenerator) in
      (0..<Int.random(in: 1...3, using: &generator)).map { _ in condition(depth - 1, &generator) }
    }
    switch Int.random(in: depth > 0 ? 0...7 : 4...7, using: &generator) {
    case 0: return .all(parts(&generator))
    case 1: return .any(parts(&generator))
    case 2: return .not(condition(depth - 1, &generator))
    case 3:
      let parts = parts(&generator)
      return .count(parts, atLeast: Int.random(in: 1...parts.count, using: &generator))
    case 4: return .isTrue(Self.flags.randomElement(using: &generator)!)
    case 5: return .isFalse(Self.flags.randomElement(using: &generator)!)
    case 6: return .impactAtLeast(Impact.allCases.randomElement(using: &generator)!)
    default: return .oneOf(.consent, ["refused", "absent"])
    }
  }

  private func state(_ facts: inout Facts, _ fact: Fact, _ generator: inout SeededGenerator) {
    let flag = Bool.random(using: &generator)
    switch fact {
    case .reversible: facts.reversible = flag
    case .contestable: facts.contestable = flag
    case .explanationAvailable: facts.explanationAvailable = flag
    case .rollback: facts.rollback = flag ? .possible(plan: nil) : .impossible
    case .impact: facts.impact = Impact.allCases.randomElement(using: &generator)
    default: facts.consent = Consent.allCases.randomElement(using: &generator)
    }
  }

  @Test("no missing fact changes what is decided, and an open condition names missing facts only")
  func sound() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let all = Self.flags + [.impact, .consent]
    for _ in 0..<4000 {
      let condition = condition(3, &generator)
      var partial = Facts()
      for fact in all where Bool.random(using: &generator) { state(&partial, fact, &generator) }
      var missing = FactSet()
      let truth = condition.holds(for: Case(action: "a", facts: partial), .none, missing: &missing)
      #expect(missing.isEmpty == (truth != .undecidable), "seed \(seed): \(condition)")
      for fact in missing { #expect(!partial.states(fact), "seed \(seed): \(condition)") }
      for _ in 0..<4 {
        var whole = partial
        for fact in all where !partial.states(fact) { state(&whole, fact, &generator) }
        var none = FactSet()
        let decided = condition.holds(for: Case(action: "a", facts: whole), .none, missing: &none)
        #expect(decided != .undecidable, "seed \(seed): \(condition)")
        if truth != .undecidable { #expect(decided == truth, "seed \(seed): \(condition)") }
      }
    }
  }

  @Test("a stronger sign never makes a condition without negation weaker")
  func monotone() {
    let program = ConditionProgram(
      .all([
        .any([.signal(detector: "a", atLeast: 0.4), .signal(detector: "b", atLeast: 0.7)]),
        .signal(detector: "c", atLeast: 0.2),
      ]))
    func read(_ a: Double, _ b: Double, _ c: Double) -> ConditionReading {
      let signals = [("a", a), ("b", b), ("c", c)].map {
        Signal(detector: $0, strength: $1, field: "/action", start: 0, end: 1, kind: "k")
      }
      return program.read(RuleInput(matter: Case(action: "x"), evidence: Evidence(signals), measures: []))
    }
    let steps = stride(from: 0.0, through: 1.0, by: 0.1)
    for a in steps {
      for b in steps {
        for c in stride(from: 0.0, to: 1.0, by: 0.1) {
          let (less, more) = (read(a, b, c), read(a, b, c + 0.1))
          #expect(less.truth <= more.truth && less.shade <= more.shade + 1e-12)
          #expect((less.degree ?? 0) <= (more.degree ?? 0) + 1e-12)
        }
      }
    }
  }

  @Test("what is passed over unread would have said nothing")
  func passedOver() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let all = Self.flags + [.impact, .consent]
    func joined(_ depth: Int) -> Condition {
      let parts = (0..<Int.random(in: 1...3, using: &generator)).map { _ -> Condition in
        if depth > 0, Bool.random(using: &generator) { return joined(depth - 1) }
        return switch Int.random(in: 0...3, using: &generator) {
        case 0: .signal(detector: ["coercion", "deception"].randomElement(using: &generator)!, atLeast: 0.5)
        case 1: .stated(all.randomElement(using: &generator)!)
        default: condition(1, &generator)
        }
      }
      return Bool.random(using: &generator) ? .all(parts) : .any(parts)
    }
    var passed = 0
    var denied = 0
    for _ in 0..<8000 {
      let condition = joined(2)
      var facts = Facts()
      for fact in all where Int.random(in: 0...3, using: &generator) == 0 { state(&facts, fact, &generator) }
      let signals =
        Bool.random(using: &generator)
        ? []
        : ["coercion", "deception"].prefix(1).map {
          Signal(
            detector: $0, strength: Double.random(in: 0...1, using: &generator), field: "/action", start: 0, end: 1,
            kind: "k")
        }
      let input = RuleInput(matter: Case(action: "x", facts: facts), evidence: Evidence(signals), measures: [])
      let reading = ConditionProgram(condition).read(input)
      let marks = input.examination.evidence.marks
      if !Touch(speaking: condition).isTouched(facts: facts.known.bits, marks: marks) {
        passed += 1
        #expect(reading.truth != .yes && !(reading.truth == .undecidable && reading.met), "seed \(seed): \(condition)")
      }
      if !Touch(shading: condition).isTouched(facts: facts.known.bits, marks: marks) {
        passed += 1
        #expect(reading.shade == 0, "seed \(seed): \(condition)")
      }
      if Denial(of: condition).denies(input.stated) {
        denied += 1
        #expect(reading.truth == .no, "seed \(seed): \(condition)")
      }
    }
    #expect(passed > 1000 && denied > 100)
  }

  @Test("a text that is refused at a glance mentions no term")
  func glance() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let words = ["age", "Date", "of", "birth", "gender", "page", "élan", "ID", "x2", "-", "_", " ", "straße", ""]
    func text(_ most: Int) -> String {
      (0..<Int.random(in: 1...most, using: &generator)).map { _ in words.randomElement(using: &generator)! }
        .joined(separator: Bool.random(using: &generator) ? "" : " ")
    }
    for _ in 0..<4000 {
      let terms = (0..<Int.random(in: 1...3, using: &generator)).map { _ in text(2) }
      let text = text(4)
      let told = TermList.words(text)
      let beginnings = Beginnings(terms.map(TermList.words))
      let isMentioned = terms.map(TermList.words).contains { term in
        term.isEmpty ? told.isEmpty : told.indices.contains { told[$0...].starts(with: term) }
      }
      if isMentioned { #expect(beginnings.mayOccur(in: text), "seed \(seed): \(terms) in \(text)") }
    }
    #expect(!Beginnings([["age"], ["date", "of", "birth"]]).mayOccur(in: "sorted by name"))
  }

  @Test("terms are found whatever their spelling, as words and not as parts of words")
  func terms() {
    let terms = TermList(["gender", "age", "date of birth"], neutral: ["applicant", "group"])
    for name in [
      "gender", "Applicant_Gender", "applicantGender", "age-group", "DateOfBirth", "gender age", "gender_F",
      "age_18_25",
    ] {
      #expect(terms.named(in: name), "\(name)")
    }
    for name in [
      "page", "account_age", "engagement", "gendered", "applicant", "", "age of account", "F_gender_x7", "42",
    ] {
      #expect(!terms.named(in: name), "\(name)")
    }
    #expect(terms.mentioned(in: "Sorted by date of birth, then by name"))
    #expect(!terms.mentioned(in: "the manager's language"))
  }

  @Test("a mention may be inflected, and is none where it is denied")
  func mentions() {
    let terms = TermList(["track", "profile", "dark pattern", "fire", "re identify"])
    for text in [
      "tracking of visitors", "they are tracked", "profiles of users", "profiling", "dark patterns",
      "not only tracking",
      "re-identifying people", "research, not advertising, and tracking",
    ] {
      #expect(terms.mentioned(in: text), "\(text)")
    }
    for text in [
      "no tracking", "without any tracking", "never profiled", "prevention of tracking", "she was fired", "track7",
    ] {
      #expect(!terms.mentioned(in: text), "\(text)")
    }
    #expect(!terms.named(in: "tracking"))
  }
}
