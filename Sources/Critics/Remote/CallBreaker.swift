// A breaker for calls that go outside: when too many of the recent ones failed, it refuses at once for a while, then lets
// one through to see whether things are well again. Time is handed in, so that a test can move it.

struct CallBreaker: Sendable {
  /// How many of the latest calls are looked at.
  static let window = 16
  /// With fewer calls than this in the window nothing is concluded.
  static let least = 4
  /// From this share of failures on, calls are refused.
  static let tolerated = 0.5
  /// For how long; doubled with every probe that fails, up to `longest`.
  static let pause: Duration = .seconds(1)
  static let longest: Duration = .seconds(60)

  private enum State { case closed, open(until: ContinuousClock.Instant), probing }

  private var state = State.closed
  private var outcomes: [Bool] = []
  private var pause = CallBreaker.pause

  /// Whether a call may go out now. A true answer after a pause is the probe, and must be followed by `record`.
  mutating func admits(_ now: ContinuousClock.Instant) -> Bool {
    switch state {
    case .closed: return true
    case .probing: return false
    case .open(let until):
      guard now >= until else { return false }
      state = .probing
      return true
    }
  }

  mutating func record(success: Bool, _ now: ContinuousClock.Instant) {
    if case .probing = state {
      if success {
        self = CallBreaker()
      } else {
        pause = min(pause * 2, CallBreaker.longest)
        state = .open(until: now + pause)
      }
      return
    }
    outcomes.append(success)
    if outcomes.count > CallBreaker.window { outcomes.removeFirst() }
    let failures = outcomes.count { !$0 }
    if outcomes.count >= CallBreaker.least,
      Double(failures) >= CallBreaker.tolerated * Double(outcomes.count)
    {
      outcomes.removeAll()
      state = .open(until: now + pause)
    }
  }

  var isOpen: Bool {
    if case .closed = state { false } else { true }
  }
}
