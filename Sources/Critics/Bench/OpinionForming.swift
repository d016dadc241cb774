// From findings to an opinion: severity raised or lowered by what is at stake, the concern in plain words with its
// figures, pointers to the signs it rests on, the human act that it asks for, and the facts that are missing.
import Engine

struct OpinionForming: ~Copyable {
  /// A concern points to so many signs at most, the strongest first.
  static let pointersLimit = 16

  private let critic: String
  private let clauses: [Clause]
  private let rules: CharterRules
  private let input: RuleInput
  private let aggravation: Aggravation

  init(critic: String, charter: Charter, input: RuleInput) {
    self.critic = critic
    clauses = charter.clauses
    rules = charter.rules
    self.input = input
    aggravation = Aggravation(input.matter.facts, input.examination.constitution.grading)
  }

  func opinion(_ findings: borrowing ClauseFindings, telling measures: borrowing Measures) -> Opinion {
    let (clauses, examination) = (clauses.span, input.examination)
    var concerns: [Concern] = []
    var escalations: [Escalation] = []
    var missing: [MissingFact] = []
    var severity = findings.shaded(by: examination.constitution.grading.belowThreshold)
    var confidence = 0.0
    for finding in findings.findings {
      for fact in finding.lacking { missing.append(MissingFact(fact: fact, clause: clauses[finding.clause].id)) }
      guard let base = finding.severity else { continue }
      let graded = rounded(min(3, max(0, base + aggravation.adds)))
      let concern = concern(finding, graded, measures)
      if graded > severity || confidence == 0 {
        severity = max(severity, graded)
        confidence = finding.confidence
      }
      if finding.escalates, graded >= examination.constitution.grading.escalatesFrom {
        escalations.append(
          Escalation(
            critic: critic, clause: concern.clause, tier: clauses[finding.clause].tier, rationale: concern.rationale))
      }
      concerns.append(concern)
    }
    if concerns.isEmpty {
      var lacking = FactSet()
      for finding in findings.findings { lacking.formUnion(finding.lacking) }
      confidence = examination.constitution.grading.nothingFound
      confidence -= Double(lacking.count) * examination.constitution.grading.perMissingFact
      confidence = max(examination.constitution.grading.nothingFoundAtLeast, confidence)
    }
    return Opinion(
      critic: critic, severity: severity, confidence: rounded(confidence), concerns: concerns, escalations: escalations,
      missing: missing)
  }

  private func concern(_ finding: ClauseFinding, _ severity: Double, _ measures: borrowing Measures) -> Concern {
    let (clauses, examination) = (clauses.span, input.examination)
    var pointers: [Signal] = []
    var words = Words()
    words.add(text: clauses[finding.clause].title)
    // Where the reasons lie that are told so far, the gravest first: each is told once, and no more than there is room for.
    var told = InlineArray<4, Range<Int>>(repeating: 0..<0)
    var count = 0
    for rule in finding.fired {
      let telling = rules.tellings[rule]
      let known = pointers.count
      telling.add(signsOf: examination.evidence, to: &pointers)
      if count == told.count { continue }
      let end = words.count
      words.add(count == 0 ? ": " : "; also ")
      let reason = words.count
      tell(telling, pointers[known...], measures, &words)
      if (0..<count).contains(where: { words.repeats(told[$0], from: reason) }) {
        words.cut(to: end)
      } else {
        told[count] = reason..<words.count
        count += 1
      }
    }
    words.add(".")
    aggravation.tell(input.matter.facts, examination.constitution.grading, &words)
    var mark: StaticString = " Not stated: "
    for fact in finding.lacking {
      words.add(mark)
      words.add(text: fact.rawValue)
      mark = ", "
    }
    if !finding.lacking.isEmpty { words.add(".") }
    return Concern(
      principle: clauses[finding.clause].principle, clause: clauses[finding.clause].id, severity: severity,
      rationale: Redaction.redacted(words.text, input), evidence: Self.strongest(pointers[...]))
  }

  private func tell(
    _ telling: Telling, _ signs: ArraySlice<Signal>, _ measures: borrowing Measures, _ words: inout Words
  ) {
    for (before, blank) in telling.rationale.blanks {
      words.add(text: before)
      switch blank {
      case .signals: words.add(Self.strongest(signs))
      case .matched: words.add(list: telling.matched(in: input))
      case .figures: words.add(text: measures.words())
      case .fact(let fact): words.add(text: Rationale.words(fact, input.matter.facts))
      case .nothing: break
      }
    }
    words.add(text: telling.rationale.rest)
  }

  /// Each sign once, the strongest first.
  private static func strongest(_ signs: ArraySlice<Signal>) -> [Signal] {
    if signs.count <= 1 { return Array(signs) }
    var kept: [Signal] = []
    for sign in signs.sorted(by: precedes) where !kept.contains(sign) {
      kept.append(sign)
      if kept.count == pointersLimit { break }
    }
    return kept
  }

  private static func precedes(_ left: Signal, _ right: Signal) -> Bool {
    if left.strength != right.strength { return left.strength > right.strength }
    if left.field != right.field { return left.field < right.field }
    return left.start < right.start
  }
}

extension Words {
  /// The texts with commas between.
  fileprivate mutating func add(list texts: [String]) {
    for (place, text) in texts.enumerated() {
      if place > 0 { add(", ") }
      add(text: text)
    }
  }

  /// Up to three signs: what, how strong, where.
  mutating func add(_ signs: [Signal]) {
    for (place, sign) in signs.prefix(3).enumerated() {
      if place > 0 { add("; ") }
      add(spaced: sign.kind)
      add(", strength ")
      add(sign.strength, places: 2)
      add(", in ")
      add(text: sign.field)
    }
    if signs.count > 3 {
      add("; and ")
      add(signs.count - 3)
      add(" more")
    }
  }
}
