// A breaker before something that is called. When too large a share of the calls of the last while failed, it refuses at
// once, for a pause; then it lets a few probes through, and their success closes it. What others say of the same thing is
// advice: its own calls count for more. Time is handed in, so that a test can move it.
import Locking

package struct BreakerSettings: Sendable, Hashable {
  /// Calls older than this no longer count.
  package var window: Duration = .seconds(10)
  /// With fewer calls than this in the window nothing is concluded.
  package var least = 4
  /// From this share of failures on, calls are refused.
  package var tolerated = 0.5
  /// For how long; doubled with every probe that fails, up to `longest`.
  package var pause: Duration = .seconds(1)
  package var longest: Duration = .seconds(60)
  /// How many probes may be under way at a time, and how many have to succeed.
  package var probes = 1

  package init() {}
}

package enum BreakerState: String, Sendable, Hashable, CaseIterable {
  case closed
  case open
  case halfOpen = "half_open"
}

/// What a breaker looks like from outside.
package struct BreakerReport: Sendable, Hashable {
  package let name: String
  package let state: BreakerState
  /// Of the calls in the window.
  package let failureRate: Double
  package let calls: Int
  /// How often it has opened since the start, and how many calls it refused.
  package let openings: Int
  package let refusals: Int
  /// How long until a probe; nil unless it is open.
  package let pause: Duration?
}

/// The breaker is open: nothing was called.
package struct BreakerOpen: Error, Sendable, Hashable, CustomStringConvertible {
  package let name: String

  package init(name: String) { self.name = name }

  package var description: String { "the breaker \(name) is open after repeated failures" }
}

/// A breaker that many may share.
///
///     guard let call = breaker.admit() else { throw BreakerOpen(name: breaker.name) }
///     …
///     breaker.record(call, success: true)
package final class Breaker: Sendable {
  /// Leave to make one call. It must be handed back by `record`, or by `withdraw` where nothing was learnt.
  package struct Admission: Sendable {
    fileprivate let generation: Int
    fileprivate let isProbe: Bool
  }

  package let name: String
  package let settings: BreakerSettings
  private let inside = Locked(Inside())
  private let changed: (@Sendable (BreakerState) -> Void)?

  /// `changed` hears of every change of state, on whatever thread causes it; it must not wait.
  package init(
    _ name: String, settings: BreakerSettings = BreakerSettings(),
    changed: (@Sendable (BreakerState) -> Void)? = nil
  ) {
    self.name = name
    self.settings = settings
    self.changed = changed
  }

  /// Leave for a call, or nil while calls are refused.
  package func admit(at now: ContinuousClock.Instant = .now) -> Admission? {
    transition { $0.admit(now, settings) }
  }

  package func record(_ admission: Admission, success: Bool, at now: ContinuousClock.Instant = .now) {
    transition { $0.record(admission, success, now, settings) }
  }

  /// The call was not made, or ended for a reason of the caller's own.
  package func withdraw(_ admission: Admission) {
    inside.withLock { inside in
      if admission.isProbe, admission.generation == inside.generation { inside.probing -= 1 }
    }
  }

  /// Closes it at once and forgets what was counted.
  package func reset() {
    transition { inside in
      inside.close()
      (inside.last, inside.lastSuccess) = (nil, nil)
    }
  }

  /// Takes into account what somebody else has found out of what it guards, who may have another way there.
  ///
  /// "Open" opens it where no call of its own succeeded within the window. Where one did and the last one failed, a probe
  /// decides at once; where the last one succeeded, a probe decides as soon as one fails, so that nobody has to fail a whole
  /// window who was told. "Closed" closes it unless its own calls fail: then a probe decides at once.
  package func hear(_ state: BreakerState, at now: ContinuousClock.Instant = .now) {
    transition { $0.hear(state, now, settings) }
  }

  package var state: BreakerState { inside.withLock { $0.name } }

  package func report(at now: ContinuousClock.Instant = .now) -> BreakerReport {
    inside.withLock { inside in
      let (calls, failures) = inside.window.counts(now, settings.window)
      var pause: Duration?
      if case .open(let until) = inside.state { pause = max(.zero, until - now) }
      return BreakerReport(
        name: name, state: inside.name, failureRate: calls == 0 ? 0 : Double(failures) / Double(calls), calls: calls,
        openings: inside.openings, refusals: inside.refusals, pause: pause)
    }
  }

  private func transition<Value: Sendable>(_ body: (inout Inside) -> Value) -> Value {
    let (value, state) = inside.withLock { inside in
      let before = inside.name
      let value = body(&inside)
      return (value, inside.name == before ? nil : inside.name)
    }
    if let state { changed?(state) }
    return value
  }

  /// Runs `work` if the breaker lets it; an error counts as a failure unless `isFailure` says otherwise.
  package func run<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation, isFailure: (any Error) -> Bool = { !($0 is CancellationError) },
    _ work: () async throws -> Value
  ) async throws -> Value {
    guard let admission = admit() else { throw BreakerOpen(name: name) }
    do {
      let value = try await work()
      record(admission, success: true)
      return value
    } catch {
      if isFailure(error) { record(admission, success: false) } else { withdraw(admission) }
      throw error
    }
  }
}

extension Breaker {
  /// Waits until a call may be let through: for work that nobody waits for. It looks again at least every second, since
  /// somebody may close the breaker.
  package func rest() async throws {
    while let pause = report().pause, pause > .zero { try await Task.sleep(for: min(pause, .seconds(1))) }
    // Many may wait here, and few of them are probes.
    guard state != .closed else { return }
    try await Task.sleep(for: min(settings.pause * Double.random(in: 0.05...0.5), .seconds(1)))
  }
}

extension Breaker {
  private struct Inside: Sendable {
    enum State { case closed, open(until: ContinuousClock.Instant), probing }

    var state = State.closed
    var window = OutcomeWindow()
    /// Grows with every change of state: what began before a change tells nothing of the time after it.
    var generation = 0
    var probing = 0
    var succeeded = 0
    var pause: Duration?
    var openings = 0
    var refusals = 0
    /// What became of its own last call, and when one last succeeded, whatever the state was.
    var last: (isSuccess: Bool, time: ContinuousClock.Instant)?
    var lastSuccess: ContinuousClock.Instant?
    /// Whether its own calls have opened it.
    var isOwn = false
    /// Until when it counts that calls of somebody else fail.
    var warned: ContinuousClock.Instant?

    var name: BreakerState {
      switch state {
      case .closed: .closed
      case .open: .open
      case .probing: .halfOpen
      }
    }

    mutating func admit(_ now: ContinuousClock.Instant, _ settings: BreakerSettings) -> Admission? {
      switch state {
      case .closed: return Admission(generation: generation, isProbe: false)
      case .open(let until) where now >= until:
        state = .probing
        generation += 1
        (probing, succeeded) = (1, 0)
        return Admission(generation: generation, isProbe: true)
      case .probing where probing + succeeded < max(1, settings.probes):
        probing += 1
        return Admission(generation: generation, isProbe: true)
      case .open, .probing:
        refusals += 1
        return nil
      }
    }

    mutating func record(
      _ admission: Admission, _ success: Bool, _ now: ContinuousClock.Instant, _ settings: BreakerSettings
    ) {
      last = (success, now)
      if success { lastSuccess = now }
      guard admission.generation == generation else { return }
      if admission.isProbe {
        probing -= 1
        guard success else { return open(now, settings, isOwn: true) }
        succeeded += 1
        if succeeded >= max(1, settings.probes) { close() }
        return
      }
      window.add(success, now, settings.window)
      guard !success else { return }
      let (calls, failures) = window.counts(now, settings.window)
      if calls >= settings.least, Double(failures) >= settings.tolerated * Double(calls) {
        open(now, settings, isOwn: true)
      } else if let warned, now < warned {
        probe()
      }
    }

    mutating func hear(_ word: BreakerState, _ now: ContinuousClock.Instant, _ settings: BreakerSettings) {
      switch (word, state) {
      case (.open, .closed):
        guard let last, let lastSuccess, now - lastSuccess <= settings.window else {
          return open(now, settings, isOwn: false)
        }
        // For as long as whoever said so may pause before it says so again.
        if last.isSuccess { warned = now + settings.longest } else { probe() }
      case (.closed, .closed): warned = nil
      case (.closed, .open):
        if fails(now, settings) { probe() } else { close() }
      case (.closed, .probing): if !fails(now, settings) { close() }
      case (.open, .open), (.open, .probing), (.halfOpen, _): break
      }
    }

    /// Whether its own calls fail, as far as it knows.
    private func fails(_ now: ContinuousClock.Instant, _ settings: BreakerSettings) -> Bool {
      if isOwn { return true }
      guard let last else { return false }
      return !last.isSuccess && now - last.time <= settings.window
    }

    /// Lets a probe through at once.
    private mutating func probe() {
      state = .probing
      generation += 1
      (probing, succeeded) = (0, 0)
      warned = nil
    }

    mutating func open(_ now: ContinuousClock.Instant, _ settings: BreakerSettings, isOwn: Bool) {
      self.isOwn = isOwn
      warned = nil
      pause = pause.map { min($0 * 2, settings.longest) } ?? settings.pause
      state = .open(until: now + (pause ?? settings.pause))
      window = OutcomeWindow()
      generation += 1
      openings += 1
    }

    mutating func close() {
      state = .closed
      window = OutcomeWindow()
      generation += 1
      pause = nil
      isOwn = false
      warned = nil
    }
  }
}

/// Outcomes of the last while, in ten slices of the window: what is counted is at least nine tenths of it old.
struct OutcomeWindow: Sendable {
  private static let count = 10

  private var slices = [Slice](repeating: Slice(), count: OutcomeWindow.count)
  private var origin: ContinuousClock.Instant?

  private struct Slice: Sendable {
    var number = -1
    var calls = 0
    var failures = 0
  }

  private func number(_ now: ContinuousClock.Instant, _ window: Duration) -> Int {
    guard let origin else { return 0 }
    return Int((now - origin) / (window / OutcomeWindow.count))
  }

  mutating func add(_ success: Bool, _ now: ContinuousClock.Instant, _ window: Duration) {
    if origin == nil { origin = now }
    let number = max(0, number(now, window))
    let place = number % OutcomeWindow.count
    if slices[place].number != number { slices[place] = Slice(number: number) }
    slices[place].calls += 1
    if !success { slices[place].failures += 1 }
  }

  func counts(_ now: ContinuousClock.Instant, _ window: Duration) -> (calls: Int, failures: Int) {
    let newest = number(now, window)
    return slices.reduce((0, 0)) { sum, slice in
      slice.number >= 0 && slice.number > newest - OutcomeWindow.count
        ? (sum.0 + slice.calls, sum.1 + slice.failures) : sum
    }
  }
}
