// What the clauses of one charter say to a case: which fired and how gravely, which are in question for want of facts,
// and how near the signs in the text came to what would have fired them.
import Engine

/// A clause that fired, or that is in question.
struct ClauseFinding {
  /// Its place in the charter.
  let clause: Int
  /// The severity of the gravest trigger that fired, before anything aggravates it; nil where none fired.
  private(set) var severity: Double?
  private(set) var confidence = 0.0
  private(set) var escalates = false
  /// The rules that fired, gravest first.
  private(set) var fired: [Int] = []
  /// The facts that would decide it.
  var lacking = FactSet()

  init(clause: Int) { self.clause = clause }

  mutating func fire(_ rule: Int, severity: Double, confidence: Double, escalates: Bool) {
    if severity > self.severity ?? -1 {
      fired.insert(rule, at: 0)
      self.severity = severity
    } else {
      fired.append(rule)
    }
    self.confidence = max(self.confidence, confidence)
    self.escalates = self.escalates || escalates
  }
}

/// The findings of one charter.
struct ClauseFindings {
  private(set) var findings: [ClauseFinding] = []
  /// How near signs in the text came to firing something, 0…1.
  private(set) var shade = 0.0

  /// Nothing fired and nothing is in question.
  var isEmpty: Bool { findings.isEmpty }

  /// The facts that would decide clauses.
  func lacking(escalatesFrom: Double) -> LackingFacts {
    var lacking = LackingFacts()
    for finding in findings {
      lacking.missing.formUnion(finding.lacking)
      if let severity = finding.severity, severity >= escalatesFrom {
        lacking.raised.formUnion(finding.lacking)
      }
    }
    return lacking
  }

  /// Signs below their thresholds leave a shade of severity, and no concern.
  func shaded(by belowThreshold: Double) -> Double { rounded(shade * belowThreshold) }

  init(_ rules: CharterRules, _ input: borrowing RuleInput, neverClearedFrom: Double) {
    var place = rules.next(from: 0, input)
    while let first = place { place = read(rules, first, input, neverClearedFrom: neverClearedFrom) }
  }

  /// Reads the rules of one clause from the first that may speak, and tells the first such of a later clause.
  private mutating func read(
    _ rules: CharterRules, _ first: Int, _ input: borrowing RuleInput, neverClearedFrom: Double
  ) -> Int? {
    var clause = ClauseReading(clause: rules.rules[first].clause, neverClearedFrom: neverClearedFrom)
    var place: Int? = first
    while let next = place, rules.rules[next].clause == clause.finding.clause {
      if let full = rules.rules[next].fullSeverity {
        shade = max(shade, clause.readText(rules, next, full, input))
      } else {
        clause.readFacts(rules, next, input)
      }
      place = rules.next(from: next + 1, input)
    }
    if clause.isDecidedByFacts { clause.finding.lacking = FactSet() }
    if clause.finding.severity != nil || !clause.finding.lacking.isEmpty { findings.append(clause.finding) }
    return place
  }
}

/// One clause while its rules are read.
private struct ClauseReading {
  let neverClearedFrom: Double
  var finding: ClauseFinding
  var isDecidedByFacts = false
  /// What clears the clause; read once, where a sign needs it.
  private var cleared: ConditionReading?

  init(clause: Int, neverClearedFrom: Double) {
    finding = ClauseFinding(clause: clause)
    self.neverClearedFrom = neverClearedFrom
  }

  mutating func readFacts(_ rules: CharterRules, _ place: Int, _ input: borrowing RuleInput) {
    let reading = rules.reading(of: place, input)
    if reading.truth == .no || (reading.truth == .undecidable && !reading.met) { return }
    let excuse = rules.excuse(of: place, input)
    if excuse?.truth == .yes { return }
    if reading.truth == .undecidable {
      finding.lacking.formUnion(reading.missing)
      return
    }
    if excuse?.truth == .undecidable, let missing = excuse?.missing { finding.lacking.formUnion(missing) }
    isDecidedByFacts = isDecidedByFacts || excuse?.truth != .undecidable
    let rule = rules.rules[place]
    finding.fire(
      place, severity: rule.severity, confidence: rule.confidence, escalates: rule.escalates)
  }

  /// The shade that the signs leave where they are too faint to fire the rule.
  mutating func readText(
    _ rules: CharterRules, _ place: Int, _ full: Double, _ input: borrowing RuleInput
  ) -> Double {
    let reading = rules.reading(of: place, input)
    if reading.shade == 0 { return 0 }
    let cleared = self.cleared ?? rules.clearing(of: place, input)
    self.cleared = cleared
    let excuse = rules.excuse(of: place, input)
    let rule = rules.rules[place]
    let isKept = rule.isDetermination && reading.strength >= neverClearedFrom
    if !isKept, cleared.truth == .yes || excuse?.truth == .yes { return 0 }
    guard reading.truth == .yes else { return min(1, reading.shade) }
    if !isKept {
      finding.lacking.formUnion(cleared.missing)
      if let missing = excuse?.missing { finding.lacking.formUnion(missing) }
    }
    finding.fire(
      place, severity: rule.severity + (full - rule.severity) * (reading.degree ?? 0),
      confidence: min(1, reading.strength), escalates: rule.escalates)
    return 0
  }
}

/// To four decimals: differences in the last bits say nothing.
@inline(__always)
func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
