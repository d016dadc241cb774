// Many who ask for the same thing at the same time, and one who fetches it for all.
import Locking

/// Runs a piece of work once for all who ask under the same key while it runs.
@usableFromInline package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline typealias Waiter = Handover<Result<Value, any Error>?>

  @usableFromInline let flights = Locked<[Key: [Waiter]]>([:])

  @inlinable package init() {}

  /// The value, and whether this caller did the work. If the work fails, it fails for all who waited; the next who asks
  /// begins anew.
  @inlinable package func run(
    _ key: Key, _ work: () async throws -> Value
  ) async throws -> (value: Value, isLeader: Bool) {
    if !begin(key) {
      let shared = await Waiter.wait { join(key, $0) }
      if let shared { return (try shared.get(), false) }
      // The flight landed between the two questions: ask again.
      return try await run(key, work)
    }
    do {
      let value = try await work()
      land(key, .success(value))
      return (value, true)
    } catch {
      land(key, .failure(error))
      throw error
    }
  }

  /// How many wait for the flight of `key`, besides whoever does the work.
  package func followers(of key: Key) -> Int { flights.withLock { $0[key]?.count ?? 0 } }

  /// How many flights are under way.
  package var count: Int { flights.withLock { $0.count } }

  @inlinable func begin(_ key: Key) -> Bool {
    flights.withLock { flights in
      if flights[key] != nil { return false }
      flights[key] = []
      return true
    }
  }

  @inlinable func join(_ key: Key, _ waiter: Waiter) {
    let isLate = flights.withLock { flights in
      if flights[key] == nil { return true }
      flights[key]?.append(waiter)
      return false
    }
    if isLate { waiter.give(nil) }
  }

  @inlinable func land(_ key: Key, _ result: Result<Value, any Error>) {
    let waiters = flights.withLock { $0.removeValue(forKey: key) } ?? []
    for waiter in waiters { waiter.give(result) }
  }
}
