// A cache in memory that never holds more than its bytes, keeps what is asked for often (W-TinyLFU), and lets entries
// expire. It is split into shards, each under its own lock.
import Locking

/// What has happened in a cache since it was made.
@usableFromInline package struct CacheStatistics: Sendable, Hashable {
  @usableFromInline package var hits = 0
  @usableFromInline package var misses = 0
  @usableFromInline package var insertions = 0
  /// Pushed out, or not let in, for want of room.
  @usableFromInline package var evictions = 0
  @usableFromInline package var expirations = 0
  /// Larger than the cache may hold at all.
  @usableFromInline package var rejections = 0

  @usableFromInline init() {}

  @inlinable static func += (left: inout CacheStatistics, right: CacheStatistics) {
    left.hits += right.hits
    left.misses += right.misses
    left.insertions += right.insertions
    left.evictions += right.evictions
    left.expirations += right.expirations
    left.rejections += right.rejections
  }
}

/// Values by key, up to a number of bytes.
///
///     let cache = BoundedCache<Digest, Answer>(byteLimit: 64 << 20)
///     if let answer = cache.value(for: key, at: now) { return answer }
///     cache.insert(answer, for: key, cost: answer.footprint, expires: now + lifetime)
///
/// Time is whatever the caller counts, as long as it is always the same; an entry is gone from `expires` on.
@usableFromInline package final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline final class Part: Sendable {
    @usableFromInline let shard: Locked<Shard<Key, Value>>
    @inlinable init(_ shard: Shard<Key, Value>) { self.shard = Locked(shard) }
  }

  @usableFromInline let parts: [Part]
  @usableFromInline package let byteLimit: Int

  /// `averageCost` is a guess at an entry's bytes, from which the popularity sketch takes its size.
  @inlinable package init(byteLimit: Int, shards: Int = 8, averageCost: Int = 8192) {
    self.byteLimit = byteLimit
    var count = 1
    while count < shards { count *= 2 }
    let share = max(1, byteLimit / count)
    let expected = min(1 << 20, max(64, share / max(1, averageCost)))
    parts = (0..<count).map { _ in Part(Shard(byteLimit: share, expectedEntries: expected)) }
  }

  @inlinable func hash(_ key: Key) -> UInt64 { UInt64(bitPattern: Int64(key.hashValue)) }

  @inlinable func part(_ hash: UInt64) -> Part { parts[Int(truncatingIfNeeded: hash >> 56) & (parts.count - 1)] }

  @inlinable package func value(for key: Key, at now: Int64) -> Value? {
    let hash = hash(key)
    return part(hash).shard.withLock { $0.value(for: key, hash: hash, at: now) }
  }

  /// What is there, without counting as a look: for whoever has just looked.
  @inlinable package func peek(_ key: Key, at now: Int64) -> Value? {
    part(hash(key)).shard.withLock { $0.peek(key, at: now) }
  }

  @inlinable package func insert(_ value: Value, for key: Key, cost: Int, expires: Int64) {
    let hash = hash(key)
    part(hash).shard.withLock { $0.insert(value, for: key, hash: hash, cost: max(1, cost), expires: expires) }
  }

  @inlinable package func removeValue(for key: Key) {
    part(hash(key)).shard.withLock { $0.removeValue(for: key) }
  }

  @inlinable package func removeAll() {
    for part in parts { part.shard.withLock { $0.removeAll() } }
  }

  @inlinable package var count: Int { parts.reduce(0) { $0 + $1.shard.withLock { $0.count } } }

  /// The bytes held, by what callers said of them.
  @inlinable package var cost: Int { parts.reduce(0) { $0 + $1.shard.withLock { $0.cost } } }

  @inlinable package var statistics: CacheStatistics {
    var sum = CacheStatistics()
    for part in parts { sum += part.shard.withLock { $0.statistics } }
    return sum
  }
}
