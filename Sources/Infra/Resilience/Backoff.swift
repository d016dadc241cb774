// How long to wait before trying again: exponentially longer, up to a cap, and at random between nothing and that, so that
// those who failed together do not come back together ("full jitter").

package struct Backoff: Sendable, Hashable {
  package var first: Duration
  package var longest: Duration

  package init(first: Duration = .milliseconds(50), longest: Duration = .seconds(5)) {
    self.first = first
    self.longest = longest
  }

  /// The most that the wait before try `number` may be; the first repetition is number 1.
  package func ceiling(_ number: Int) -> Duration {
    // Beyond 2³⁰ times the first wait every cap has been reached.
    min(longest, first * (1 << min(30, max(0, number - 1))))
  }

  package func delay(_ number: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    let most = ceiling(number).nanoseconds
    return .nanoseconds(most > 0 ? Int64.random(in: 0...most, using: &generator) : 0)
  }

  package func delay(_ number: Int) -> Duration {
    var generator = SystemRandomNumberGenerator()
    return delay(number, using: &generator)
  }
}
