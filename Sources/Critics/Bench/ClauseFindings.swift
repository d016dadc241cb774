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
  /// The triggers that fired, gravest first.
  private(set) var fired: [Int] = []
  /// The facts that would decide it.
  var lacking = FactSet()

  init(clause: Int) { self.clause = clause }

  mutating func fire(_ trigger: Int, severity: Double, confidence: Double, escalates: Bool) {
    if severity > self.severity ?? -1 {
      fired.insert(trigger, at: 0)
      self.severity = severity
    } else {
      fired.append(trigger)
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

  /// The opinion where nothing fired and nothing is in question.
  func opinion(of critic: String, grading: borrowing Grading) -> Opinion {
    Opinion(critic: critic, severity: shaded(grading), confidence: grading.nothingFound)
  }

  /// Signs below their thresholds leave a shade of severity, and no concern.
  func shaded(_ grading: borrowing Grading) -> Double { rounded(shade * grading.belowThreshold) }

  init(_ charter: borrowing Charter, _ input: borrowing RuleInput, grading: borrowing Grading) {
    for place in charter.clauses.indices { read(charter.clauses[place], place, input, grading) }
  }

  private mutating func read(
    _ clause: borrowing Clause, _ place: Int, _ input: borrowing RuleInput, _ grading: borrowing Grading
  ) {
    var finding = ClauseFinding(clause: place)
    var decidedByFacts = false
    var cleared: ConditionReading?
    for index in clause.triggers.indices {
      let reading = clause.triggers[index].program.read(input)
      switch clause.triggers[index].basis {
      case .facts:
        if reading.truth == .no || (reading.truth == .undecidable && !reading.met) { continue }
        let excuse = clause.triggers[index].excuse?.read(input)
        if excuse?.truth == .yes { continue }
        if reading.truth == .undecidable {
          finding.lacking.formUnion(reading.missing)
          continue
        }
        if excuse?.truth == .undecidable, let missing = excuse?.missing { finding.lacking.formUnion(missing) }
        decidedByFacts = decidedByFacts || excuse?.truth != .undecidable
        finding.fire(
          index, severity: clause.triggers[index].severity, confidence: clause.triggers[index].confidence,
          escalates: clause.triggers[index].escalates)
      case .text(let full):
        if reading.shade == 0 { continue }
        if cleared == nil { cleared = clause.excuse?.read(input) ?? ConditionReading.no }
        let excuse = clause.triggers[index].excuse?.read(input)
        let isExcused = cleared?.truth == .yes || excuse?.truth == .yes
        let isKept = clause.tier == .determination && reading.strength >= grading.neverClearedFrom
        if isExcused && !isKept { continue }
        guard reading.truth == .yes else {
          shade = max(shade, min(1, reading.shade))
          continue
        }
        if !isKept, let missing = cleared?.missing { finding.lacking.formUnion(missing) }
        if !isKept, let missing = excuse?.missing { finding.lacking.formUnion(missing) }
        let from = clause.triggers[index].severity
        finding.fire(
          index, severity: from + (full - from) * (reading.degree ?? 0), confidence: min(1, reading.strength),
          escalates: clause.triggers[index].escalates)
      }
    }
    if decidedByFacts { finding.lacking = FactSet() }
    if finding.severity != nil || !finding.lacking.isEmpty { findings.append(finding) }
  }
}

/// To four decimals: differences in the last bits say nothing.
@inline(__always)
func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
