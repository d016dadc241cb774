// Token buckets: what they let through over any stretch of time, and what the table of them holds.
import Locking
import Resilience
import TestSupport
import Testing

@Suite("Token buckets")
struct TokenBucketTests {
  private final class Clock: Sendable {
    private let time = Locked<Int64>(0)
    var now: Int64 { time.withLock { $0 } }
    func pass(_ microseconds: Int64) { time.withLock { $0 += microseconds } }
  }

  private func admits(_ buckets: MemoryBuckets, _ demands: BucketDemand...) -> Bool {
    buckets.takeAtOnce(demands).isAdmitted
  }

  @Test("a full bucket gives all its tokens at once, then one for each interval")
  func burst() {
    let clock = Clock()
    let buckets = MemoryBuckets(atMost: 10) { clock.now }
    let demand = BucketDemand("a", BucketRule(tokens: 5, period: 5_000_000))
    for left in (0..<5).reversed() {
      let outcome = buckets.takeAtOnce([demand])
      #expect(outcome.isAdmitted)
      #expect(outcome.standings[0].remaining == left)
    }
    let refused = buckets.takeAtOnce([demand])
    #expect(refused.refusing == 0)
    #expect(refused.standings[0] == BucketStanding(remaining: 0, untilNext: 1_000_000, untilFull: 5_000_000))
    clock.pass(999_999)
    #expect(!admits(buckets, demand))
    clock.pass(1)
    #expect(admits(buckets, demand))
    #expect(!admits(buckets, demand))
    clock.pass(1_000_000_000)
    #expect(buckets.takeAtOnce([demand]).standings[0].remaining == 4)
  }

  @Test("over any stretch of time no more pass than the bucket holds and what flows in meanwhile")
  func law() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      let rule = BucketRule(tokens: Int.random(in: 1...50, using: &generator), period: 1_000_000)
      let clock = Clock()
      let buckets = MemoryBuckets(atMost: 10) { clock.now }
      var passed: [Int64] = []
      for _ in 0..<400 {
        clock.pass(Int64.random(in: 0...60_000, using: &generator))
        if admits(buckets, BucketDemand("a", rule)) { passed.append(clock.now) }
      }
      for begin in stride(from: 0, to: passed.count, by: 7) {
        for end in begin..<passed.count {
          let stretch = Double(passed[end] - passed[begin])
          let most = Double(rule.tokens) + stretch * Double(rule.tokens) / 1_000_000
          #expect(Double(end - begin + 1) <= most + 1e-6)
        }
      }
      #expect(passed.count >= rule.tokens)
    }
  }

  @Test("who is refused by one bucket uses up no token of another")
  func together() {
    let clock = Clock()
    let buckets = MemoryBuckets(atMost: 10) { clock.now }
    let all = BucketDemand("all", BucketRule(tokens: 3, period: 60_000_000))
    let greedy = BucketDemand("greedy", BucketRule(tokens: 1, period: 60_000_000))
    #expect(admits(buckets, greedy, all))
    for _ in 0..<10 { #expect(buckets.takeAtOnce([greedy, all]).refusing == 0) }
    let modest = BucketDemand("modest", BucketRule(tokens: 5, period: 60_000_000))
    #expect(admits(buckets, modest, all))
    #expect(admits(buckets, modest, all))
    let outcome = buckets.takeAtOnce([modest, all])
    #expect(outcome.refusing == 1)
    #expect(outcome.standings[0].remaining == 3)
  }

  @Test("a clock that goes back gives nothing, and a rule that shrinks holds at once")
  func changes() {
    let rule = BucketRule(tokens: 10, period: 1_000_000)
    var bucket = TokenBucket(rule, at: 5_000_000)
    bucket.take()
    bucket.refill(rule, at: 1)
    #expect(bucket.standing(rule).remaining == 9)
    bucket.refill(BucketRule(tokens: 2, period: 1_000_000), at: 5_000_000)
    #expect(bucket.standing(rule).remaining == 2)
  }

  @Test("never more buckets are kept than the limit, and a flood of names frees nobody who is held back")
  func flood() {
    let clock = Clock()
    let buckets = MemoryBuckets(atMost: 100) { clock.now }
    let rule = BucketRule(tokens: 1, period: 60_000_000)
    #expect(admits(buckets, BucketDemand("held", rule)))
    for number in 0..<10_000 {
      #expect(admits(buckets, BucketDemand("other \(number)", rule)))
      if number % 10 == 0 { #expect(!admits(buckets, BucketDemand("held", rule))) }
      #expect(buckets.count <= 101)
    }
  }
}
