// Where token buckets are kept: in this program's memory, or wherever several instances share them.
import Locking

/// One token of the bucket of this name.
package struct BucketDemand: Sendable, Hashable {
  package let name: String
  package let rule: BucketRule

  package init(_ name: String, _ rule: BucketRule) {
    self.name = name
    self.rule = rule
  }
}

/// What became of a demand.
package struct BucketOutcome: Sendable, Hashable {
  /// How each bucket stands afterwards, in the order of the demands.
  package let standings: [BucketStanding]
  /// The first of the buckets that had no token; nil where all had one.
  package let refusing: Int?
  /// What the buckets had to do without.
  package var degradation: Degradation?

  package init(standings: [BucketStanding], refusing: Int?) {
    self.standings = standings
    self.refusing = refusing
  }

  package var isAdmitted: Bool { refusing == nil }
}

package protocol TokenBuckets: Sendable {
  /// Takes one token from every bucket, or none from any: who is refused by one must not use up another. Never fails: a
  /// store that cannot be reached has to fall back on something of its own.
  func take(_ demands: [BucketDemand]) async -> BucketOutcome
}

/// Buckets in memory, never more than so many.
///
/// There are two generations. A bucket that is asked moves to the young one; when that is full it becomes the old one, and
/// what the old one held, unasked since, is forgotten, which is as if it were full. So each call costs the same, and who
/// floods the table with names pushes out the quiet ones and not those that are being held back.
package final class MemoryBuckets: TokenBuckets {
  private struct Generations: Sendable {
    var young: [String: TokenBucket] = [:]
    var old: [String: TokenBucket] = [:]
  }

  private let generations = Locked(Generations())
  private let limit: Int
  private let now: @Sendable () -> Int64

  /// `now` in microseconds of a clock that does not go back.
  package init(atMost limit: Int, now: @escaping @Sendable () -> Int64) {
    self.limit = max(2, limit)
    self.now = now
  }

  package var count: Int { generations.withLock { $0.young.count + $0.old.count } }

  package func take(_ demands: [BucketDemand]) async -> BucketOutcome { takeAtOnce(demands) }

  /// The same without waiting.
  package func takeAtOnce(_ demands: [BucketDemand]) -> BucketOutcome {
    let now = now()
    return generations.withLock { generations in
      var buckets: [TokenBucket] = []
      buckets.reserveCapacity(demands.count)
      var refusing: Int?
      for (place, demand) in demands.enumerated() {
        var bucket =
          generations.young[demand.name] ?? generations.old[demand.name] ?? TokenBucket(demand.rule, at: now)
        bucket.refill(demand.rule, at: now)
        if !bucket.hasToken, refusing == nil { refusing = place }
        buckets.append(bucket)
      }
      for (place, demand) in demands.enumerated() {
        if refusing == nil { buckets[place].take() }
        keep(buckets[place], demand.name, &generations)
      }
      return BucketOutcome(
        standings: zip(buckets, demands).map { $0.standing($1.rule) }, refusing: refusing)
    }
  }

  private func keep(_ bucket: TokenBucket, _ name: String, _ generations: inout Generations) {
    if generations.young.count >= limit / 2, generations.young[name] == nil {
      generations.old = generations.young
      generations.young = [:]
    }
    generations.young[name] = bucket
    generations.old[name] = nil
  }
}
