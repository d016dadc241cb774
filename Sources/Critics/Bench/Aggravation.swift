// What makes a breach graver or milder, whatever the clause, and why.
import Engine

struct Aggravation {
  /// What it adds to a severity.
  let adds: Double

  init(_ facts: Facts, _ grading: Grading) {
    var adds = 0.0
    if let impact = facts.impact { adds += grading.impact[impact.rank] }
    if Self.isVulnerable(facts, grading) { adds += grading.vulnerableGroups }
    if Self.isIrreversible(facts, grading) { adds += grading.irreversible }
    adds += Self.crowd(facts, grading)
    self.adds = min(grading.aggravationAtMost, adds)
  }

  private static func isVulnerable(_ facts: Facts, _ grading: Grading) -> Bool {
    !facts.vulnerableGroups.isEmpty && grading.vulnerableGroups > 0
  }

  private static func isIrreversible(_ facts: Facts, _ grading: Grading) -> Bool {
    facts.reversible == false && grading.irreversible > 0
  }

  private static func crowd(_ facts: Facts, _ grading: Grading) -> Double {
    guard let persons = facts.affectedPersons else { return 0 }
    return max(0, grading.affectedPersons.last { persons >= $0.from }?.adds ?? 0)
  }

  /// Tells it, and the reasons.
  func tell(_ facts: Facts, _ grading: Grading, _ words: inout Words) {
    if adds == 0 { return }
    words.add(adds > 0 ? " Graver by " : " Milder by ")
    words.add(abs(adds), places: 1)
    var mark: StaticString = ": "
    func reason(_ text: StaticString) {
      words.add(mark)
      words.add(text)
      mark = ", "
    }
    if let impact = facts.impact, grading.impact[impact.rank] != 0 {
      reason("impact is ")
      words.add(text: impact.rawValue)
    }
    if Self.isVulnerable(facts, grading) {
      reason("vulnerable groups are affected (")
      words.add(text: Rationale.words(.vulnerableGroups, facts))
      words.add(")")
    }
    if Self.isIrreversible(facts, grading) { reason("it cannot be undone") }
    if let persons = facts.affectedPersons, Self.crowd(facts, grading) > 0 {
      reason("")
      words.add(persons)
      words.add(" persons are affected")
    }
    words.add(".")
  }
}
