// The second level of the cache: what one instance has worked out, the others find in Redis. Of several that need the same
// at the same time one works it out, under a short lease that it renews while it is at work, and the others wait for it as
// long as it may take, and as Redis answers them in time.
import Crypto
import Locking
import Redis
import Resilience

package struct SharedCacheSettings: Sendable {
  /// What Redis may take of a look, and how long another instance is waited for that has nobody to ask outside.
  package var budget: Duration = .milliseconds(25)
  /// How long a value counts; up to a tenth less, at random, so that what was made together does not end together.
  package var lifetime: Duration = .seconds(3600)
  /// How long whoever works something out is waited for, should it never be heard of again. It says three times in that time
  /// that it is at work.
  package var lease: Duration = .milliseconds(250)
  /// What storing may take, which nobody waits for.
  package var storing: Duration = .seconds(1)
  /// Longer values are not stored.
  package var valueBytes = 1 << 20
  /// Parts the values of one format and release from those of others.
  package var space = "1"

  package init() {}
}

/// What became of a look.
package enum SharedLook: Sendable {
  case found([UInt8])
  /// Nobody has it. With a lease, others wait for this instance to store it or to give the lease back.
  case absent(SharedLease?)
  /// Redis was of no use.
  case unavailable(Degradation)
}

/// That this instance works something out. To be ended by `store` or `giveUp`.
package struct SharedLease: Sendable {
  package let holder: [UInt8]
  /// Keeps it; nil where the work is done sooner than it ends.
  package let renewal: Task<Void, Never>?

  package init(holder: [UInt8], renewal: Task<Void, Never>?) {
    self.holder = holder
    self.renewal = renewal
  }
}

package struct SharedCacheStatistics: Sendable, Hashable {
  package var hits = 0
  package var misses = 0
  /// Values that were no values of ours.
  package var poisoned = 0
  /// Looks that Redis did not answer in time, or at all.
  package var unavailable = 0
  package var stores = 0
  /// Stores that failed, or were not tried.
  package var lost = 0
  /// Looks that waited for another instance, and those of them that got what they waited for.
  package var waits = 0
  package var waitsInVain = 0
}

package final class SharedCache: Sendable {
  package let settings: SharedCacheSettings
  private let redis: GuardedRedis
  private let seal: Seal
  private let now: @Sendable () -> Int64
  private let counts = Locked(SharedCacheStatistics())

  /// `now` in microseconds since 1970.
  package init(
    _ redis: GuardedRedis, seal: Seal, settings: SharedCacheSettings, now: @escaping @Sendable () -> Int64
  ) {
    self.redis = redis
    self.seal = seal
    self.settings = settings
    self.now = now
  }

  package var statistics: SharedCacheStatistics { counts.withLock { $0 } }
  package var redisStatistics: SharingStatistics { redis.statistics }

  /// The value, or else a lease where nobody holds one: in one step, so that of many exactly one gets it; or else whose it is.
  /// A value that is there is read also where nothing can be written any more. What has no end is nobody's lease.
  private static let look = RedisScript(
    """
    local value = redis.call('GET', KEYS[1])
    if value then return value end
    if redis.call('PTTL', KEYS[2]) < 0 then
      redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
      return 1
    end
    return {redis.call('GET', KEYS[2])}
    """)

  private static let renewal = RedisScript(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0")

  private static let store = RedisScript(
    """
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
    return 1
    """)

  private static let release = RedisScript(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")

  /// Looks for a value. `work`: how long those who are asked outside may take where there is none; zero where nobody is.
  ///
  /// Redis costs no more than the budget, whatever it does. Another instance that is at work is waited for as long as `work`
  /// and no longer than leaves this one `work`, while every look is answered in time and it keeps its lease. Whoever has
  /// less than `work` waits for nobody, and has nobody wait.
  package nonisolated(nonsending) func look(for key: Digest, work: Duration = .zero) async -> SharedLook {
    let began = ContinuousClock.now
    let left = Deadline.current?.remaining(at: began)
    if let left, left < work { return await lookOnly(for: key) }
    let longest = work > .zero ? work : settings.budget
    let patience = min(longest, left.map { $0 - work } ?? longest)
    let holder = SecureRandom.bytes(12)
    var pause = Duration.milliseconds(1)
    /// Who is waited for.
    var other: [UInt8]?
    while true {
      let rest = began + patience - .now
      let isRest = other != nil && rest < settings.budget
      let answer: RedisValue
      do throws(SharingFailure) {
        answer = try await redis.run(
          Self.look, keys: [valueName(key), leaseName(key)], [.init(holder), .init(milliseconds(settings.lease))],
          within: isRest ? max(.zero, rest) : settings.budget, isRest: isRest)
      } catch {
        // Else Redis, once it goes on, would give a lease to nobody.
        if error.mayFollow { redis.undo(Self.release, keys: [leaseName(key)], [.init(holder)]) }
        // Without room for a lease, or on a replica, there is still no value.
        if error.isRefusal { return missed(nil) }
        if other != nil, error.isOutOfTime { return waitedInVain() }
        counts.withLock { $0.unavailable += 1 }
        return .unavailable(redis.degradation(error.reason))
      }
      switch answer {
      case .bytes(let bytes): return opened(bytes, key)
      case .integer(1):
        if other != nil { counts.withLock { $0.waitsInVain += 1 } }
        return missed(SharedLease(holder: holder, renewal: renew(key, holder, during: work)))
      case .list(let words):
        let now = words.first?.bytes ?? []
        if other == nil { counts.withLock { $0.waits += 1 } }
        // Whoever was waited for has found nothing that holds, and another one tries: to wait for one after the other would
        // take as long as all of them.
        guard other == nil || other == now else { return waitedInVain() }
        other = now
      default: return missed(nil)
      }
      guard began + patience - .now > pause else { return waitedInVain() }
      try? await Task.sleep(for: pause)
      if Task.isCancelled { return missed(nil) }
      pause = min(pause * 2, work > .zero ? .milliseconds(20) : .milliseconds(8))
    }
  }

  /// Looks for a value, and neither waits nor asks for a lease.
  private nonisolated(nonsending) func lookOnly(for key: Digest) async -> SharedLook {
    let answer: Result<RedisValue, SharingFailure>
    do throws(SharingFailure) {
      answer = .success(try await redis.run(RedisCommand("GET", valueName(key)), within: settings.budget))
    } catch { answer = .failure(error) }
    return look(at: answer, key, false)
  }

  /// Keeps a lease while those outside are asked, and no longer than they may take.
  private func renew(_ key: Digest, _ holder: [UInt8], during work: Duration) -> Task<Void, Never>? {
    guard work > settings.lease / 3 else { return nil }
    let (redis, settings, name, time) = (redis, settings, leaseName(key), milliseconds(settings.lease))
    // Of no caller, and before other work: others take a lease that is late for a dead one.
    return Task.detached(priority: .high) {
      let end = ContinuousClock.now + work
      while (try? await Task.sleep(for: settings.lease / 3)) != nil, .now < end {
        redis.tell(
          Self.renewal, keys: [name], [.init(holder), .init(time)],
          within: settings.storing)
      }
    }
  }

  // MARK: Many at once

  /// What goes out together: so that their answers, of which each is a value, do not fill the loop's memory and time.
  private static let together = 256

  /// Looks for many values together, without leases: nobody waits for whoever works out so many. Takes no longer than the budget
  /// altogether; what it does not suffice for counts as absent.
  package nonisolated(nonsending) func look(for keys: [Digest]) async -> [SharedLook] {
    let clock = ContinuousClock()
    let end = clock.now + settings.budget
    var looks: [SharedLook] = []
    looks.reserveCapacity(keys.count)
    var longest = Duration.zero
    while looks.count < keys.count {
      let isRest = !looks.isEmpty
      let begin = clock.now
      let left = isRest ? end - begin : settings.budget
      guard left > longest else { return looks + keys[looks.count...].map { _ in missed(nil) } }
      let some = keys[looks.count..<min(keys.count, looks.count + Self.together)]
      let answers = await redis.runAll(
        some.map { RedisCommand("GET", valueName($0)) }, within: left, isRest: isRest)
      longest = max(longest, clock.now - begin)
      for (key, answer) in zip(some, answers) { looks.append(look(at: answer, key, isRest)) }
    }
    return looks
  }

  private func look(
    at answer: Result<RedisValue, SharingFailure>, _ key: Digest, _ isRest: Bool
  ) -> SharedLook {
    switch answer {
    case .success(.bytes(let bytes)): return opened(bytes, key)
    case .success: return missed(nil)
    case .failure(let failure) where failure.isRefusal || isRest: return missed(nil)
    case .failure(let failure):
      counts.withLock { $0.unavailable += 1 }
      return .unavailable(redis.degradation(failure.reason))
    }
  }

  /// Stores many values, and returns when Redis has them or has not taken them. For somebody for whom nobody waits.
  package nonisolated(nonsending) func store(_ values: [(key: Digest, value: [UInt8])]) async {
    let values = values.filter { $0.value.count <= settings.valueBytes }
    for begin in stride(from: 0, to: values.count, by: Self.together) {
      let some = values[begin..<min(values.count, begin + Self.together)]
      let answers = await redis.runAll(
        some.map { key, value in
          let lifetime = lifetime()
          return RedisCommand(
            "SET", valueName(key), .init(sealed(value, key, lifetime)), "PX", .init(lifetime / 1000))
        }, within: settings.storing)
      let stored = answers.count { (try? $0.get()) != nil }
      counts.withLock { counts in
        counts.stores += stored
        counts.lost += some.count - stored
      }
    }
  }

  private func missed(_ lease: SharedLease?) -> SharedLook {
    counts.withLock { $0.misses += 1 }
    return .absent(lease)
  }

  private func waitedInVain() -> SharedLook {
    counts.withLock { $0.waitsInVain += 1 }
    return missed(nil)
  }

  private func opened(_ bytes: [UInt8], _ key: Digest) -> SharedLook {
    do throws(Seal.Broken) {
      let value = try seal.open(bytes, as: .findings, name: key.bytes, at: now())
      counts.withLock { $0.hits += 1 }
      return .found(Array(value))
    } catch {
      counts.withLock { $0.poisoned += 1 }
      return missed(nil)
    }
  }

  /// Says that a value that was found could not be used after all.
  package func disown(_ key: Digest) {
    counts.withLock { counts in
      counts.hits -= 1
      counts.misses += 1
      counts.poisoned += 1
    }
  }

  /// Stores a value and ends the lease. Nobody waits for it.
  package func store(_ value: [UInt8], for key: Digest, _ lease: SharedLease?) {
    lease?.renewal?.cancel()
    guard value.count <= settings.valueBytes else { return giveUp(key, lease) }
    let lifetime = lifetime()
    redis.tell(
      Self.store, keys: [valueName(key), leaseName(key)],
      [.init(lease?.holder ?? []), .init(sealed(value, key, lifetime)), .init(lifetime / 1000)],
      within: settings.storing
    ) { [self] isStored in
      counts.withLock { if isStored { $0.stores += 1 } else { $0.lost += 1 } }
    }
  }

  /// In microseconds.
  private func lifetime() -> Int64 {
    let whole = settings.lifetime.nanoseconds / 1000
    return max(1000, whole - Int64.random(in: 0...max(0, whole / 10)))
  }

  private func sealed(_ value: [UInt8], _ key: Digest, _ lifetime: Int64) -> [UInt8] {
    seal.seal(value, as: .findings, name: key.bytes, until: now() + lifetime)
  }

  /// Ends the lease without a value, so that another instance may try.
  package func giveUp(_ key: Digest, _ lease: SharedLease?) {
    guard let lease else { return }
    lease.renewal?.cancel()
    redis.tell(Self.release, keys: [leaseName(key)], [.init(lease.holder)], within: settings.storing)
  }

  // The braces keep both names of a key on one node of a cluster.
  private func valueName(_ key: Digest) -> RedisCommand.Word { "witan:\(settings.space):{\(key.hex)}:value" }
  private func leaseName(_ key: Digest) -> RedisCommand.Word { "witan:\(settings.space):{\(key.hex)}:lease" }

  private func milliseconds(_ time: Duration) -> Int64 { max(1, time.nanoseconds / 1_000_000) }
}
