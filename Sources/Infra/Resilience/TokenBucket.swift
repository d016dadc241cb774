// A token bucket: so many at once, and so many over time. Pure: what time it is comes in as an argument, so that the same
// rule holds in memory, in a script on a server, and in a test.

/// So many tokens, filled anew over so long.
package struct BucketRule: Sendable, Hashable {
  /// What a full bucket holds.
  package let tokens: Int
  /// In how many microseconds an empty one fills.
  package let period: Int64

  /// At least one token, at least one microsecond.
  package init(tokens: Int, period: Int64) {
    self.tokens = max(1, tokens)
    self.period = max(1, period)
  }

  /// How long one token takes, in microseconds.
  var interval: Double { Double(period) / Double(tokens) }
}

/// How a bucket stands after it was asked.
package struct BucketStanding: Sendable, Hashable {
  /// Whole tokens that are left.
  package let remaining: Int
  /// Microseconds until there is a token; 0 where there is one.
  package let untilNext: Int64
  /// Microseconds until it is full.
  package let untilFull: Int64

  package init(remaining: Int, untilNext: Int64, untilFull: Int64) {
    self.remaining = remaining
    self.untilNext = untilNext
    self.untilFull = untilFull
  }
}

package struct TokenBucket: Sendable, Hashable {
  private var level: Double
  /// When `level` was right, in microseconds.
  private var time: Int64

  /// A full one.
  package init(_ rule: BucketRule, at now: Int64) {
    level = Double(rule.tokens)
    time = now
  }

  /// Fills it up to now. A clock that goes back fills nothing; a rule that has become smaller holds at once.
  package mutating func refill(_ rule: BucketRule, at now: Int64) {
    let passed = now > time ? Double(now - time) : 0
    level = min(Double(rule.tokens), level + passed / rule.interval)
    time = max(time, now)
  }

  package var hasToken: Bool { level >= 1 }

  /// To be called where there is a token.
  package mutating func take() { level -= 1 }

  package func standing(_ rule: BucketRule) -> BucketStanding {
    BucketStanding(
      remaining: Int(max(0, level)),
      untilNext: hasToken ? 0 : Int64(((1 - level) * rule.interval).rounded(.up)),
      untilFull: Int64(((Double(rule.tokens) - level) * rule.interval).rounded(.up)))
  }
}
