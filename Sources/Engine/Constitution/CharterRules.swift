// The clauses of a charter made ready for asking: every rule as plain bits, all conditions in one program. Most rules have
// nothing to say of most cases, because no sign and no stated fact touches them; what would have to be there is laid out
// as bits, so that they are passed over without being read.

package final class CharterRules: Sendable {
  /// One trigger.
  package struct Rule: Sendable {
    /// Its clause's place in the charter.
    package let clause: Int
    /// The severity at full strength of a rule over text; nil for one over facts.
    package let fullSeverity: Double?
    package let severity: Double
    package let confidence: Double
    package let escalates: Bool
    /// Signs of some strength are kept whatever clears the clause.
    package let isDetermination: Bool
    /// Where its conditions begin in the program.
    fileprivate let when: Int
    fileprivate let unless: Int?
    fileprivate let clearedBy: Int?
    /// What must be there for it to have anything to say.
    fileprivate let touch: Touch
    /// What denies a rule over facts; nothing denies one over text.
    fileprivate let denial: Denial
  }

  /// In the order of the clauses, and of the triggers within each.
  package let rules: [Rule]
  /// What can be told of each rule.
  package let tellings: [Telling]
  /// Whether any condition asks for a figure.
  package let asksForMeasures: Bool
  private let program: ConditionProgram

  package init(_ clauses: [Clause]) {
    var rules: [Rule] = []
    var program = ConditionProgram()
    for (place, clause) in clauses.enumerated() {
      let clearedBy = clause.clearedBy.map { program.add($0) }
      for trigger in clause.triggers {
        let (fullSeverity, touch, denial): (Double?, Touch, Denial) =
          switch trigger.basis {
          case .facts: (nil, Touch(speaking: trigger.when), Denial(of: trigger.when))
          case .text(let full): (full, Touch(shading: trigger.when), Denial(of: .always))
          }
        rules.append(
          Rule(
            clause: place, fullSeverity: fullSeverity, severity: trigger.severity, confidence: trigger.confidence,
            escalates: trigger.escalates, isDetermination: clause.tier == .determination,
            when: program.add(trigger.when), unless: trigger.unless.map { program.add($0) }, clearedBy: clearedBy,
            touch: touch, denial: denial))
      }
    }
    self.rules = rules
    tellings = clauses.flatMap(\.triggers).map(Telling.init)
    self.program = program
    asksForMeasures = program.asksForMeasures
  }

  /// The first rule from this one on that may have something to say; nil where none has. A rule over facts says nothing
  /// where its condition is not met, nor in question with a part of it met; one over text, where no sign leaves a shade.
  package func next(from place: Int, _ input: borrowing RuleInput) -> Int? {
    var place = place
    while place < rules.count {
      if rules[place].touch.isTouched(facts: input.stated.known, marks: input.examination.evidence.marks),
        !rules[place].denial.denies(input.stated)
      {
        return place
      }
      place += 1
    }
    return nil
  }

  package func reading(of place: Int, _ input: borrowing RuleInput) -> ConditionReading {
    program.read(from: rules[place].when, input)
  }

  /// What excuses the rule alone; nil where nothing does.
  package func excuse(of place: Int, _ input: borrowing RuleInput) -> ConditionReading? {
    guard let start = rules[place].unless else { return nil }
    return program.read(from: start, input)
  }

  /// What clears the whole clause of signs in the text.
  package func clearing(of place: Int, _ input: borrowing RuleInput) -> ConditionReading {
    guard let start = rules[place].clearedBy else { return .no }
    return program.read(from: start, input)
  }
}
