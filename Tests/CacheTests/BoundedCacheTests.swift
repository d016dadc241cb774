// The cache's promises: never more than its bytes, what is gone is gone, the popular stays, one works for many.
import Synchronization
import Testing

@testable import Cache

@Suite("The bounded cache")
struct BoundedCacheTests {
  @Test("what was put in comes out until it expires")
  func expiry() {
    let cache = BoundedCache<Int, String>(byteLimit: 1000, shards: 1)
    cache.insert("one", for: 1, cost: 10, expires: 100)
    #expect(cache.value(for: 1, at: 99) == "one")
    #expect(cache.value(for: 1, at: 100) == nil)
    #expect(cache.count == 0 && cache.cost == 0)
    #expect(cache.statistics.expirations == 1)
  }

  @Test("a second value under a key replaces the first, with its cost")
  func replacement() {
    let cache = BoundedCache<Int, String>(byteLimit: 1000, shards: 1)
    cache.insert("one", for: 1, cost: 400, expires: 10)
    cache.insert("two", for: 1, cost: 5, expires: 10)
    #expect(cache.value(for: 1, at: 0) == "two")
    #expect(cache.count == 1 && cache.cost == 5)
  }

  @Test("a peek finds what is there and counts nothing")
  func peeking() {
    let cache = BoundedCache<Int, String>(byteLimit: 1000, shards: 1)
    cache.insert("one", for: 1, cost: 10, expires: 100)
    #expect(cache.peek(1, at: 99) == "one" && cache.peek(1, at: 100) == nil && cache.peek(2, at: 0) == nil)
    #expect(cache.statistics.hits == 0 && cache.statistics.misses == 0 && cache.statistics.expirations == 0)
  }

  @Test("what is larger than the cache is not kept")
  func tooLarge() {
    let cache = BoundedCache<Int, String>(byteLimit: 100, shards: 1)
    cache.insert("huge", for: 1, cost: 101, expires: 10)
    #expect(cache.value(for: 1, at: 0) == nil)
    #expect(cache.statistics.rejections == 1)
  }

  @Test("against a model: never over the limit, never a wrong value, costs add up", arguments: 0..<40)
  func model(_ seed: UInt64) {
    var random = SplitMix(state: seed)
    let limit = 500 + Int(random.next() % 3000)
    var shard = Shard<Int, Int>(byteLimit: limit, expectedEntries: 64)
    var model: [Int: (value: Int, cost: Int, expires: Int64)] = [:]
    for step in 0..<4000 {
      let key = Int(random.next() % 90)
      let now = Int64(step)
      let hash = UInt64(key) &* 0x9e37_79b9_7f4a_7c15
      switch random.next() % 10 {
      case 0..<5:
        let found = shard.value(for: key, hash: hash, at: now)
        if let found {
          #expect(model[key]?.value == found)
          #expect((model[key]?.expires ?? 0) > now)
        }
      case 5..<9:
        let cost = 1 + Int(random.next() % 120)
        let expires = now + Int64(random.next() % 500)
        shard.insert(step, for: key, hash: hash, cost: cost, expires: expires)
        model[key] = (step, cost, expires)
      default:
        shard.removeValue(for: key)
        model[key] = nil
      }
      guard shard.cost <= limit else {
        Issue.record("seed \(seed), step \(step): \(shard.cost) bytes of \(limit)")
        return
      }
    }
    var sum = 0
    var count = 0
    for key in 0..<90 {
      if shard.value(for: key, hash: UInt64(key) &* 0x9e37_79b9_7f4a_7c15, at: 0) != nil {
        sum += model[key]?.cost ?? 0
        count += 1
      }
    }
    #expect(sum == shard.cost && count == shard.count)
  }

  @Test("the popular survive a flood of keys asked for once")
  func admission() {
    let cache = BoundedCache<Int, Int>(byteLimit: 100_000, shards: 1, averageCost: 100)
    for round in 0..<20 {
      for key in 0..<500 where cache.value(for: key, at: 0) == nil {
        cache.insert(key, for: key, cost: 100, expires: .max)
      }
      _ = round
    }
    for key in 10_000..<60_000 where cache.value(for: key, at: 0) == nil {
      cache.insert(key, for: key, cost: 100, expires: .max)
    }
    let kept = (0..<500).count { cache.value(for: $0, at: 0) != nil }
    #expect(kept > 450)
  }

  @Test("the sketch counts, saturates and forgets")
  func sketch() {
    var sketch = FrequencySketch(keys: 100)
    for _ in 0..<5 { sketch.note(7) }
    #expect(sketch.frequency(7) == 5)
    for _ in 0..<50 { sketch.note(7) }
    #expect(sketch.frequency(7) == FrequencySketch.greatest)
    for other in 1000..<3000 as Range<UInt64> { sketch.note(other &* 0x9e37_79b9_7f4a_7c15) }
    #expect(sketch.frequency(7) < FrequencySketch.greatest)
  }
}

@Suite("Single flight")
struct SingleFlightTests {
  @Test("a thousand who ask at once are served by one")
  func thousand() async throws {
    let flight = SingleFlight<Int, Int>()
    let runs = Counter()
    let arrived = Counter()
    let served = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
      for _ in 0..<1000 {
        group.addTask {
          arrived.step()
          let answer = try await flight.run(1) {
            runs.step()
            // Nobody may come after the flight has landed, or it would rightly be a new one.
            while arrived.count < 1000 { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            return 42
          }
          return (answer.value, answer.isLeader)
        }
      }
      return try await group.reduce(into: [(Int, Bool)]()) { $0.append($1) }
    }
    #expect(served.allSatisfy { $0.0 == 42 })
    #expect(served.count { $0.1 } == runs.count)
    #expect(runs.count <= 2)
    #expect(flight.count == 0)
  }

  @Test("a failure reaches all who waited, and the next begins anew")
  func failure() async throws {
    struct Broken: Error {}
    let flight = SingleFlight<Int, Int>()
    await #expect(throws: Broken.self) { try await flight.run(1) { throw Broken() } }
    #expect(try await flight.run(1) { 5 }.value == 5)
  }

  @Test("different keys do not wait for one another")
  func keys() async throws {
    let flight = SingleFlight<Int, Int>()
    let outer = try await flight.run(1) { try await flight.run(2) { 2 }.value + 1 }
    #expect(outer.value == 3 && outer.isLeader)
  }
}

/// Counts from many threads.
final class Counter: Sendable {
  private let value = Atomic(0)
  var count: Int { value.load(ordering: .relaxed) }
  func step() { value.add(1, ordering: .relaxed) }
}

/// Seeded randomness.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
