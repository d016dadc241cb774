// One part of a cache, under one lock: W-TinyLFU. A small window takes every newcomer; who is pushed out of it may enter the
// main space only if it was asked for more often than the one that would have to leave. The main space is a segmented LRU:
// asked for twice means protected.

@usableFromInline struct Shard<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline enum Segment: Int, Sendable { case window, probation, protected }

  @usableFromInline struct Entry: Sendable {
    @usableFromInline var key: Key
    @usableFromInline var value: Value?
    @usableFromInline var hash: UInt64
    @usableFromInline var cost: Int
    @usableFromInline var expires: Int64
    @usableFromInline var segment: Segment
    @usableFromInline var previous: Int32
    @usableFromInline var next: Int32

    @inlinable init(key: Key, value: Value, hash: UInt64, cost: Int, expires: Int64) {
      self.key = key
      self.value = value
      self.hash = hash
      self.cost = cost
      self.expires = expires
      segment = .window
      previous = none
      next = none
    }
  }

  /// A doubly linked list through the entries, the most recently used first.
  @usableFromInline struct Chain: Sendable {
    @usableFromInline var first: Int32 = none
    @usableFromInline var last: Int32 = none
    @usableFromInline var cost = 0

    @inlinable init() {}
  }

  @inlinable static var none: Int32 { -1 }

  @usableFromInline var places: [Key: Int32] = [:]
  @usableFromInline var entries: [Entry] = []
  @usableFromInline var free: [Int32] = []
  @usableFromInline var chains = [Chain(), Chain(), Chain()]
  @usableFromInline var sketch: FrequencySketch
  @usableFromInline let windowLimit: Int
  @usableFromInline let mainLimit: Int
  @usableFromInline let protectedLimit: Int
  @usableFromInline var statistics = CacheStatistics()

  @inlinable init(byteLimit: Int, expectedEntries: Int) {
    windowLimit = max(1, byteLimit / 100)
    mainLimit = max(1, byteLimit - windowLimit)
    protectedLimit = mainLimit / 5 * 4
    sketch = FrequencySketch(keys: expectedEntries)
  }

  @inlinable var count: Int { places.count }
  @inlinable var cost: Int { chains[0].cost + chains[1].cost + chains[2].cost }

  /// What is there, without counting as a look.
  @inlinable func peek(_ key: Key, at now: Int64) -> Value? {
    guard let place = places[key], entries[Int(place)].expires > now else { return nil }
    return entries[Int(place)].value
  }

  @inlinable mutating func value(for key: Key, hash: UInt64, at now: Int64) -> Value? {
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
  @inlinable mutating func touch(_ place: Int32) {
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

  @inlinable mutating func insert(_ value: Value, for key: Key, hash: UInt64, cost: Int, expires: Int64) {
    if let place = places[key] { remove(place) }
    guard cost <= mainLimit else {
      statistics.rejections += 1
      return
    }
    let entry = Entry(key: key, value: value, hash: hash, cost: cost, expires: expires)
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
  @inlinable mutating func settle() {
    while chains[Segment.window.rawValue].cost > windowLimit {
      let candidate = chains[Segment.window.rawValue].last
      guard candidate != Self.none else { return }
      unlink(candidate)
      link(candidate, to: .probation)
      contest(candidate)
    }
  }

  /// While the main space is too full, the less popular of the candidate and the oldest on probation leaves.
  @inlinable mutating func contest(_ candidate: Int32) {
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

  @inlinable mutating func evict(_ place: Int32) {
    statistics.evictions += 1
    remove(place)
  }

  @inlinable mutating func removeValue(for key: Key) {
    if let place = places[key] { remove(place) }
  }

  @inlinable mutating func removeAll() {
    places.removeAll()
    entries.removeAll()
    free.removeAll()
    chains = [Chain(), Chain(), Chain()]
  }

  @inlinable mutating func remove(_ place: Int32) {
    unlink(place)
    places[entries[Int(place)].key] = nil
    entries[Int(place)].value = nil
    free.append(place)
  }

  @inlinable mutating func link(_ place: Int32, to segment: Segment) {
    let chain = segment.rawValue
    let first = chains[chain].first
    entries[Int(place)].segment = segment
    entries[Int(place)].previous = Self.none
    entries[Int(place)].next = first
    if first == Self.none { chains[chain].last = place } else { entries[Int(first)].previous = place }
    chains[chain].first = place
    chains[chain].cost += entries[Int(place)].cost
  }

  @inlinable mutating func unlink(_ place: Int32) {
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
