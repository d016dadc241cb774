// One part of a cache, under one lock: W-TinyLFU. A small window takes every newcomer; who is pushed out of it may enter the
// main space only if it was asked for more often than the one that would have to leave. The main space is a segmented LRU:
// asked for twice means protected.

struct Shard<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  enum Segment: Int { case window, probation, protected }

  private struct Entry {
    var key: Key
    var value: Value?
    var hash: UInt64
    var cost: Int
    var expires: Int64
    var segment: Segment
    var previous: Int32
    var next: Int32
  }

  /// A doubly linked list through the entries, the most recently used first.
  private struct Chain {
    var first: Int32 = none
    var last: Int32 = none
    var cost = 0
  }

  private static var none: Int32 { -1 }

  private var places: [Key: Int32] = [:]
  private var entries: [Entry] = []
  private var free: [Int32] = []
  private var chains = [Chain(), Chain(), Chain()]
  private var sketch: FrequencySketch
  private let windowLimit: Int
  private let mainLimit: Int
  private let protectedLimit: Int
  private(set) var statistics = CacheStatistics()

  init(byteLimit: Int, expectedEntries: Int) {
    windowLimit = max(1, byteLimit / 100)
    mainLimit = max(1, byteLimit - windowLimit)
    protectedLimit = mainLimit / 5 * 4
    sketch = FrequencySketch(keys: expectedEntries)
  }

  var count: Int { places.count }
  var cost: Int { chains[0].cost + chains[1].cost + chains[2].cost }

  mutating func value(for key: Key, hash: UInt64, at now: Int64) -> Value? {
    sketch.note(hash)
    guard let place = places[key] else {
      statistics.misses += 1
      return nil
    }
    let index = Int(place)
    if entries[index].expires <= now {
      remove(place)
      statistics.expirations += 1
      statistics.misses += 1
      return nil
    }
    touch(place)
    statistics.hits += 1
    return entries[index].value
  }

  /// A use within the window or the protected segment makes recent; one on probation promotes.
  private mutating func touch(_ place: Int32) {
    let segment = entries[Int(place)].segment
    unlink(place)
    link(place, to: segment == .window ? .window : .protected)
    while chains[Segment.protected.rawValue].cost > protectedLimit,
      chains[Segment.protected.rawValue].last != chains[Segment.protected.rawValue].first
    {
      let demoted = chains[Segment.protected.rawValue].last
      unlink(demoted)
      link(demoted, to: .probation)
    }
  }

  mutating func insert(_ value: Value, for key: Key, hash: UInt64, cost: Int, expires: Int64) {
    if let place = places[key] { remove(place) }
    guard cost <= mainLimit else {
      statistics.rejections += 1
      return
    }
    let entry = Entry(
      key: key, value: value, hash: hash, cost: cost, expires: expires, segment: .window, previous: Self.none,
      next: Self.none)
    let place: Int32
    if let reused = free.popLast() {
      place = reused
      entries[Int(place)] = entry
    } else {
      place = Int32(entries.count)
      entries.append(entry)
    }
    places[key] = place
    link(place, to: .window)
    statistics.insertions += 1
    settle()
  }

  /// Moves what the window cannot hold to the main space, where it must prove itself.
  private mutating func settle() {
    while chains[Segment.window.rawValue].cost > windowLimit {
      let candidate = chains[Segment.window.rawValue].last
      guard candidate != Self.none else { return }
      unlink(candidate)
      link(candidate, to: .probation)
      contest(candidate)
    }
  }

  /// While the main space is too full, the less popular of the candidate and the oldest on probation leaves.
  private mutating func contest(_ candidate: Int32) {
    let popularity = sketch.frequency(entries[Int(candidate)].hash)
    while chains[Segment.probation.rawValue].cost + chains[Segment.protected.rawValue].cost > mainLimit {
      var victim = chains[Segment.probation.rawValue].last
      if victim == candidate { victim = chains[Segment.protected.rawValue].last }
      guard victim != Self.none else {
        evict(candidate)
        return
      }
      if popularity > sketch.frequency(entries[Int(victim)].hash) {
        evict(victim)
      } else {
        evict(candidate)
        return
      }
    }
  }

  private mutating func evict(_ place: Int32) {
    statistics.evictions += 1
    remove(place)
  }

  mutating func removeValue(for key: Key) {
    if let place = places[key] { remove(place) }
  }

  mutating func removeAll() {
    places.removeAll()
    entries.removeAll()
    free.removeAll()
    chains = [Chain(), Chain(), Chain()]
  }

  private mutating func remove(_ place: Int32) {
    unlink(place)
    places[entries[Int(place)].key] = nil
    entries[Int(place)].value = nil
    free.append(place)
  }

  private mutating func link(_ place: Int32, to segment: Segment) {
    let chain = segment.rawValue
    let first = chains[chain].first
    entries[Int(place)].segment = segment
    entries[Int(place)].previous = Self.none
    entries[Int(place)].next = first
    if first == Self.none { chains[chain].last = place } else { entries[Int(first)].previous = place }
    chains[chain].first = place
    chains[chain].cost += entries[Int(place)].cost
  }

  private mutating func unlink(_ place: Int32) {
    let entry = entries[Int(place)]
    let chain = entry.segment.rawValue
    if entry.previous == Self.none {
      chains[chain].first = entry.next
    } else {
      entries[Int(entry.previous)].next = entry.next
    }
    if entry.next == Self.none {
      chains[chain].last = entry.previous
    } else {
      entries[Int(entry.next)].previous = entry.previous
    }
    chains[chain].cost -= entry.cost
  }
}
