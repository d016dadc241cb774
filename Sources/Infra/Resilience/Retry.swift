// Trying again: only what is safe to repeat, a few times, with growing waits, within the deadline, and within a budget that
// all callers of the same thing share, so that retries never multiply a load that is too much already.
import Locking

/// Retries earned by first tries: with a ratio of a tenth, of a hundred calls at most ten more are made on account of
/// failures, whatever share of them fails; and `reserve` at first, or when there are few calls. Where calls are rare, time
/// may earn them too: one for each `interval`.
package final class RetryBudget: Sendable {
  package let ratio: Double
  package let reserve: Double
  package let interval: Duration?
  private let saved: Locked<(retries: Double, time: ContinuousClock.Instant)>

  package init(
    ratio: Double = 0.1, reserve: Double = 10, interval: Duration? = nil, at now: ContinuousClock.Instant = .now
  ) {
    self.ratio = ratio
    self.reserve = reserve
    self.interval = interval
    saved = Locked((reserve, now))
  }

  /// A first try was made.
  package func earn() { saved.withLock { $0.retries = min(reserve, $0.retries + ratio) } }

  /// Whether a retry may be made; it is then paid for.
  package func spend(at now: ContinuousClock.Instant = .now) -> Bool {
    saved.withLock { saved in
      if let interval, now > saved.time {
        saved = (min(reserve, saved.retries + (now - saved.time) / interval), now)
      }
      guard saved.retries >= 1 else { return false }
      saved.retries -= 1
      return true
    }
  }

  package var left: Double { saved.withLock { $0.retries } }
}

/// What a failed call was, for whoever decides whether to make it again.
package enum Repetition: Sendable, Hashable {
  /// Nothing was done, or doing it twice is like doing it once.
  case safe
  /// It may have been done, and twice would be wrong; or it would fail again.
  case unsafe
}

/// What becomes of a retry for which the budget has nothing left.
package enum BudgetSpent: Sendable, Hashable {
  /// It is not made.
  case givesUp
  /// It is made after a wait of up to the longest, as if it had failed often: for what must not be lost and nobody waits for.
  case waits
}

package struct Retry: Sendable {
  /// All tries together, the first one included.
  package var tries = 3
  package var backoff = Backoff()
  package var budget: RetryBudget?
  package var spent: BudgetSpent

  package init(
    tries: Int = 3, backoff: Backoff = Backoff(), budget: RetryBudget? = nil, spent: BudgetSpent = .givesUp
  ) {
    self.tries = tries
    self.backoff = backoff
    self.budget = budget
    self.spent = spent
  }

  /// Runs `work`, and again where it fails in a way that `judge` calls safe to repeat. Gives up where the wait would reach
  /// beyond the current deadline, and throws the last error.
  package func run<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation, judge: (any Error) -> Repetition,
    sleep: (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    _ work: (_ attempt: Int) async throws -> Value
  ) async throws -> Value {
    budget?.earn()
    var attempt = 1
    while true {
      do {
        return try await work(attempt)
      } catch {
        guard attempt < tries, judge(error) == .safe, !Task.isCancelled else { throw error }
        var delay = backoff.delay(attempt)
        if let deadline = Deadline.current, deadline.remaining() <= delay { throw error }
        if budget?.spend() == false {
          guard spent == .waits else { throw error }
          delay = backoff.delay(.max)
          if let deadline = Deadline.current, deadline.remaining() <= delay { throw error }
        }
        try await sleep(delay)
        attempt += 1
      }
    }
  }
}
