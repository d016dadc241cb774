// What denies a rule over facts outright, as bits: one fact that says the opposite of what a conjunction asks for is enough,
// and then none of the rest need be read. It errs only towards reading a condition in vain.

/// The stated facts under which a condition certainly does not hold.
struct Denial: Sendable, Hashable {
  /// Facts that must not be stated as false, as true, at all, or left out.
  private var wantedTrue: UInt32 = 0
  private var wantedFalse: UInt32 = 0
  private var wantedOpen: UInt32 = 0
  private var wantedStated: UInt32 = 0
  /// The closed words that are accepted, as `Facts.wordBit` counts them.
  private var impact: UInt8 = .max
  private var consent: UInt8 = .max
  private var environment: UInt8 = .max

  init(of condition: Condition) { add(condition) }

  /// What denies one part denies the whole conjunction; of everything else only single questions about facts are told.
  private mutating func add(_ condition: Condition) {
    switch condition {
    case .all(let parts): for part in parts { add(part) }
    case .isTrue(let fact): wantedTrue |= fact.bit
    case .isFalse(let fact): wantedFalse |= fact.bit
    case .stated(let fact): wantedStated |= fact.bit
    case .not(.stated(let fact)): wantedOpen |= fact.bit
    case .impactAtLeast(let least): impact &= .max << UInt8(least.rank)
    case .impactAtMost(let most): impact &= (2 << UInt8(most.rank)) - 1
    case .oneOf(let fact, let terms):
      switch fact {
      case .impact: impact &= ConditionProgram.accepted(fact, terms) ?? .max
      case .consent: consent &= ConditionProgram.accepted(fact, terms) ?? .max
      case .environment: environment &= ConditionProgram.accepted(fact, terms) ?? .max
      default: break
      }
    default: break
    }
  }

  @inline(__always)
  func denies(_ stated: StatedFacts) -> Bool {
    let (known, truths) = (stated.known, stated.truths)
    let contradicted = known & ~truths & wantedTrue | truths & wantedFalse | known & wantedOpen | ~known & wantedStated
    return contradicted != 0 || stated.impact & ~impact != 0 || stated.consent & ~consent != 0
      || stated.environment & ~environment != 0
  }
}
