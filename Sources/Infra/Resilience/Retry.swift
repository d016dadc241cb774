// Trying again: only what is safe to repeat, a few times, with growing waits, within the deadline, and within a budget that
// all callers of the same thing share, so that retries never multiply a load that is too much already.
import Locking

/// Retries earned by first tries: with a ratio of a tenth, of a hundred calls at most ten more are made on account of
/// failures, whatever share of them fails; and `reserve` at first, or when there are few calls.
package final class RetryBudget: Sendable {
  package let ratio: Double
  package let reserve: Double
  private let saved: Locked<Double>

  package init(ratio: Double = 0.1, reserve: Double = 10) {
    self.ratio = ratio
    self.reserve = reserve
    saved = Locked(reserve)
  }

  /// A first try was made.
  package func earn() { saved.withLock { $0 = min(reserve, $0 + ratio) } }

  /// Whether a retry may be made; it is then paid for.
  package func spend() -> Bool {
    saved.withLock { saved in
      guard saved >= 1 else { return false }
      saved -= 1
      return true
    }
  }

  package var left: Double { saved.withLock { $0 } }
}

/// What a failed call was, for whoever decides whether to make it again.
package enum Repetition: Sendable, Hashable {
  /// Nothing was done, or doing it twice is like doing it once.
  case safe
  /// It may have been done, and twice would be wrong; or it would fail again.
  case unsafe
}

package struct Retry: Sendable {
  /// All tries together, the first one included.
  package var tries = 3
  package var backoff = Backoff()
  package var budget: RetryBudget?

  package init(tries: Int = 3, backoff: Backoff = Backoff(), budget: RetryBudget? = nil) {
    self.tries = tries
    self.backoff = backoff
    self.budget = budget
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
        let delay = backoff.delay(attempt)
        if let deadline = Deadline.current, deadline.remaining() <= delay { throw error }
        guard budget?.spend() ?? true else { throw error }
        try await sleep(delay)
        attempt += 1
      }
    }
  }
}
