// From findings to an opinion: severity raised or lowered by what is at stake, the concern in plain words with its
// figures, pointers to the signs it rests on, the human act that it asks for, and the facts that are missing.
import Engine

struct OpinionForming {
  /// A concern points to so many signs at most, the strongest first.
  static let pointersLimit = 16
  /// A rationale tells so many reasons at most, the gravest first.
  static let reasonsLimit = 4

  let critic: String
  let charter: Charter
  let input: RuleInput
  let measures: Measures
  let grading: Grading

  func opinion(_ findings: ClauseFindings) -> Opinion {
    let aggravation = Aggravation(input.matter.facts, grading)
    var concerns: [Concern] = []
    var escalations: [Escalation] = []
    var missing: [MissingFact] = []
    var severity = findings.shaded(by: grading.belowThreshold)
    var confidence = 0.0
    for finding in findings.findings {
      let clause = charter.clauses[finding.clause]
      for fact in finding.lacking { missing.append(MissingFact(fact: fact, clause: clause.id)) }
      guard let base = finding.severity else { continue }
      let graded = rounded(min(3, max(0, base + aggravation.adds)))
      let concern = concern(clause, finding, graded, aggravation)
      concerns.append(concern)
      if graded > severity || confidence == 0 {
        severity = max(severity, graded)
        confidence = finding.confidence
      }
      if finding.escalates, graded >= grading.escalatesFrom {
        escalations.append(
          Escalation(critic: critic, clause: clause.id, tier: clause.tier, rationale: concern.rationale))
      }
    }
    if concerns.isEmpty {
      let lacking = FactSet(missing.map(\.fact)).count
      confidence = max(grading.nothingFoundAtLeast, grading.nothingFound - Double(lacking) * grading.perMissingFact)
    }
    return Opinion(
      critic: critic, severity: severity, confidence: rounded(confidence), concerns: concerns, escalations: escalations,
      missing: missing)
  }

  private func concern(
    _ clause: Clause, _ finding: ClauseFinding, _ severity: Double, _ aggravation: Aggravation
  ) -> Concern {
    var reasons: [String] = []
    var pointers: [Signal] = []
    for index in finding.fired {
      let trigger = clause.triggers[index]
      let signs = trigger.when.signs(in: input.evidence)
      pointers += signs
      if reasons.count == Self.reasonsLimit { continue }
      let reason = Rationale.fill(trigger.rationale) { placeholder($0, trigger, signs) }
      if !reasons.contains(reason) { reasons.append(reason) }
    }
    var rationale = clause.title
    rationale.reserveCapacity(
      reasons.reduce(rationale.utf8.count + aggravation.words.utf8.count + 8) { $0 + $1.utf8.count + 8 })
    for (place, reason) in reasons.enumerated() {
      rationale += place == 0 ? ": " : "; also "
      rationale += reason
    }
    rationale += "."
    if !aggravation.words.isEmpty {
      rationale += " "
      rationale += aggravation.words
    }
    if !finding.lacking.isEmpty {
      rationale += " Not stated: \(finding.lacking.map(\.rawValue).joined(separator: ", "))."
    }
    return Concern(
      principle: clause.principle, clause: clause.id, severity: severity, rationale: rationale,
      evidence: Self.strongest(pointers))
  }

  private func placeholder(_ name: String, _ trigger: Trigger, _ signs: [Signal]) -> String {
    switch name {
    case "signals": return Self.words(Self.strongest(signs))
    case "matched": return trigger.when.matched(in: input).joined(separator: ", ")
    case "figures": return measures.words()
    default: return Fact(rawValue: name).map { Rationale.words($0, input.matter.facts) } ?? ""
    }
  }

  /// Each sign once, the strongest first.
  private static func strongest(_ signs: [Signal]) -> [Signal] {
    if signs.count <= 1 { return signs }
    if signs.count == 2, signs[0] != signs[1], signs[0].strength > signs[1].strength { return signs }
    var kept: [Signal] = []
    for sign in signs.sorted(by: { ($1.strength, $0.field, $0.start) < ($0.strength, $1.field, $1.start) })
    where !kept.contains(sign) {
      kept.append(sign)
      if kept.count == pointersLimit { break }
    }
    return kept
  }

  /// Up to three signs in words: what, how strong, where.
  static func words(_ signs: [Signal]) -> String {
    var told: [UInt8] = []
    told.reserveCapacity(min(signs.count, 3) * 80)
    for sign in signs.prefix(3) {
      if !told.isEmpty { told += "; ".utf8 }
      for byte in sign.kind.utf8 { told.append(byte == UInt8(ascii: "_") ? 0x20 : byte) }
      told += ", strength ".utf8
      told += GroupComparison.decimal(sign.strength, 2).utf8
      told += ", in ".utf8
      told += sign.field.utf8
    }
    if signs.count > 3 { told += "; and \(signs.count - 3) more".utf8 }
    return String(decoding: told, as: UTF8.self)
  }
}

/// What makes a breach graver or milder, whatever the clause, and why.
struct Aggravation {
  let adds: Double
  let words: String

  init(_ facts: borrowing Facts, _ grading: borrowing Grading) {
    var adds = 0.0
    var reasons: [String] = []
    if let impact = facts.impact {
      let step = grading.impact[impact.rank]
      adds += step
      if step != 0 { reasons.append("impact is \(impact.rawValue)") }
    }
    if !facts.vulnerableGroups.isEmpty, grading.vulnerableGroups > 0 {
      adds += grading.vulnerableGroups
      reasons.append("vulnerable groups are affected (\(Rationale.words(.vulnerableGroups, facts)))")
    }
    if facts.reversible == false, grading.irreversible > 0 {
      adds += grading.irreversible
      reasons.append("it cannot be undone")
    }
    if let persons = facts.affectedPersons,
      let step = grading.affectedPersons.last(where: { persons >= $0.from }), step.adds > 0
    {
      adds += step.adds
      reasons.append("\(persons) persons are affected")
    }
    self.adds = min(grading.aggravationAtMost, adds)
    guard self.adds != 0 else {
      words = ""
      return
    }
    let amount = GroupComparison.decimal(abs(self.adds), 1)
    words = "\(self.adds > 0 ? "Graver" : "Milder") by \(amount): \(reasons.joined(separator: ", "))."
  }
}
