// What must be there before a condition can say anything, as bits. It errs only towards reading a condition in vain: where
// nothing touches a condition, reading it would have given no breach, no question and no shade.

/// The facts and detectors of which at least one must be there before a condition can say anything.
struct Touch: Sendable, Hashable {
  private var facts: UInt32
  private var marks: UInt64

  /// Nothing ever touches it.
  static let never = Touch(facts: 0, marks: 0)
  /// Whatever the case, it must be read.
  static let always = Touch(facts: ~0, marks: ~0)

  private init(facts: UInt32, marks: UInt64) {
    self.facts = facts
    self.marks = marks
  }

  @inline(__always)
  func isTouched(facts: UInt32, marks: UInt64) -> Bool {
    self == .always || self.facts & facts != 0 || self.marks & marks != 0
  }

  /// What a condition needs for leaving a shade.
  init(shading condition: Condition) {
    switch condition {
    case .all(let parts):
      // The faintest part counts, so that any one part tells; signs are rarer than facts.
      self = Touch.rarest(parts.map { Touch(shading: $0) })
    case .any(let parts): self = Touch.union(parts.map { Touch(shading: $0) })
    default: self = Touch(asking: condition) ?? .always
    }
  }

  /// What a condition needs for holding, or for being in question with a part of it met.
  init(speaking condition: Condition) {
    switch condition {
    case .all(let parts):
      // It holds only where all parts do, and a part is met only where something touches it.
      let denying = Touch.rarest(parts.map { Touch(notDenying: $0) })
      let holding = Touch.rarest(parts.map { Touch(speaking: $0) })
      self = Touch.rarest([denying, Touch.union([holding] + parts.map { Touch(meeting: $0) })])
    case .any(let parts):
      self = Touch.union(parts.map { Touch(speaking: $0) } + parts.map { Touch(meeting: $0) })
    default: self = Touch(asking: condition) ?? .always
    }
  }

  /// What a condition needs for not being denied outright.
  private init(notDenying condition: Condition) {
    switch condition {
    case .all(let parts): self = Touch.rarest(parts.map { Touch(notDenying: $0) })
    case .any(let parts): self = Touch.union(parts.map { Touch(notDenying: $0) })
    case .stated, .seen: self = Touch(asking: condition) ?? .always
    default: self = .always
    }
  }

  /// What a condition needs for a part of it to be met.
  private init(meeting condition: Condition) {
    switch condition {
    case .all(let parts), .any(let parts), .count(let parts, _): self = Touch.union(parts.map { Touch(meeting: $0) })
    case .always, .not: self = .never
    default: self = Touch(asking: condition) ?? .always
    }
  }

  /// What a single question asks for, without which it is neither met nor shaded; nil for junctions and for what is asked
  /// of every case.
  private init?(asking condition: Condition) {
    switch condition {
    case .stated(let fact), .empty(let fact, _), .isTrue(let fact), .isFalse(let fact), .oneOf(let fact, _),
      .compared(let fact, _, _), .includes(let fact, _), .mentions(let fact, _), .differ(let fact, _),
      .same(let fact, _):
      self.init(facts: fact.bit, marks: 0)
    case .impactAtLeast, .impactAtMost: self.init(facts: Fact.impact.bit, marks: 0)
    case .budgetUnit: self.init(facts: Fact.budget.bit, marks: 0)
    case .seen(let match): self.init(facts: 0, marks: Evidence.mark(of: match.detector))
    case .always, .all, .any, .not, .count, .measure, .kind, .tagged: return nil
    }
  }

  private static func union(_ parts: [Touch]) -> Touch {
    if parts.contains(.always) { return .always }
    return parts.reduce(.never) { Touch(facts: $0.facts | $1.facts, marks: $0.marks | $1.marks) }
  }

  /// The one that is touched least often; `always` where there is none.
  private static func rarest(_ parts: [Touch]) -> Touch {
    parts.min { $0.reach < $1.reach } ?? .always
  }

  private var reach: Int { 64 * facts.nonzeroBitCount + marks.nonzeroBitCount }
}
