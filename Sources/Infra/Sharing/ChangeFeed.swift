// The order of changes that instances tell each other: a numbered, sealed list in Redis, and a channel on which each new
// number is called out. The call is only a hint: what counts is in the list, and is looked at again after every loss of the
// connection. Nothing is only there: each instance has written down what it took from it, and tells again what is missing.
import Crypto
import Locking
import Net
import Redis
import Resilience
import Synchronization

package struct ChangeFeedStatistics: Sendable, Hashable {
  /// Told by this instance, and taken from others.
  package var told = 0
  package var taken = 0
  /// Entries of the list that were none of ours.
  package var poisoned = 0
  /// How often the list was looked at.
  package var looks = 0
  /// How often it was thrown away because it was none, or much longer than ours can be.
  package var dropped = 0
}

package actor ChangeFeed {
  /// What an instance does with a change; it is called with one after the other. False where it could not be taken, and is
  /// to be tried again later.
  package typealias Taker = @Sendable (_ change: [UInt8]) async -> Bool

  package struct Settings: Sendable {
    /// What one look at the list, or one entry, may take.
    package var budget: Duration = .seconds(1)
    /// How long an instance that makes a change may keep others from making one.
    package var turn: Duration = .seconds(5)
    /// How long it waits for its turn.
    package var patience: Duration = .seconds(2)
    /// Changes that are kept in the list.
    package var kept = 1000
    package var space = "1"
    /// How often the list is looked at although nobody called.
    package var interval: Duration = .seconds(5)

    package init() {}
  }

  /// Others hold the turn.
  package struct Busy: Error, Sendable {
    package init() {}
  }

  private let redis: GuardedRedis
  private let seal: Seal
  private let settings: Settings
  private let take: Taker
  /// What has to be in the list of what is in force and was made here.
  private let own: @Sendable () async -> [[UInt8]]
  private let now: @Sendable () -> Int64
  /// The number up to which the list was taken.
  private var seen = 0
  /// What this instance has told, by number: it need not hear it.
  private var told: [Int: [UInt8]] = [:]
  /// The newest entry of the list that this instance has told or taken: it stands there for as long as the list is the same.
  private var mark: (number: Int, bytes: [UInt8])?
  /// Numbers of the list under which something stands that this instance does not understand.
  private var foreign: Set<Int> = []
  private nonisolated let counts = Locked(ChangeFeedStatistics())
  private var looking: Task<Void, Never>?
  private var looksAgain = false
  private var regular: Task<Void, Never>?
  private var subscription: RedisSubscription?

  package init(
    _ redis: GuardedRedis, seal: Seal, settings: Settings = Settings(),
    now: @escaping @Sendable () -> Int64,
    own: @escaping @Sendable () async -> [[UInt8]], take: @escaping Taker
  ) {
    self.redis = redis
    self.seal = seal
    self.settings = settings
    self.now = now
    self.own = own
    self.take = take
  }

  package nonisolated var statistics: ChangeFeedStatistics { counts.withLock { $0 } }

  /// Nanoseconds of the monotonic clock at which all that the list held was last taken; at first when this was made.
  private nonisolated let complete = Atomic(monotonicNanoseconds())

  /// For how long nobody knows what others have changed.
  package nonisolated var age: Duration {
    .nanoseconds(Int64(clamping: monotonicNanoseconds() &- complete.load(ordering: .relaxed)))
  }

  /// Begins to listen, on a connection of its own.
  package func start(on loop: EventLoop, _ connection: RedisSettings) {
    subscription = RedisSubscription(
      on: loop, settings: connection, channel: channel,
      joined: { [weak self] in Task { await self?.look() } },
      heard: { [weak self] _ in Task { await self?.look() } })
    regular = Task { [weak self, settings] in
      while !Task.isCancelled {
        try? await Task.sleep(for: settings.interval)
        await self?.look()
      }
    }
  }

  package func stop() {
    subscription?.close()
    subscription = nil
    regular?.cancel()
  }

  private var list: RedisCommand.Word { "witan:\(settings.space):{feed}:changes" }
  private var turn: RedisCommand.Word { "witan:\(settings.space):{feed}:turn" }
  private var channel: String { "witan:\(settings.space):{feed}:news" }

  private static func name(_ number: Int) -> [UInt8] { Array("change/\(number)".utf8) }

  // MARK: Looking

  /// Takes what is new in the list; whoever calls while that goes on has it done once more.
  package func look() async {
    if let looking {
      looksAgain = true
      return await looking.value
    }
    let task = Task {
      repeat {
        looksAgain = false
        await lookOnce()
      } while looksAgain
      looking = nil
    }
    looking = task
    await task.value
  }

  private func lookOnce() async {
    counts.withLock { $0.looks += 1 }
    // Before anything else is told or taken: what comes in between is newer.
    let mark = mark
    guard let numbers = try? await numbers(), let isSame = try? await isList(of: mark, numbers) else { return }
    if !isSame {
      // Redis was wiped, or is another one.
      seen = 0
      self.mark = nil
      told = [:]
      known = [:]
    }
    let there = Set(numbers)
    foreign.formIntersection(there)
    known = known.filter { there.contains($0.value) }
    for number in numbers where number > seen {
      guard await takeOne(number) else { return }
    }
    complete.store(monotonicNanoseconds(), ordering: .relaxed)
    await tellMissing()
  }

  private func note(_ number: Int, _ bytes: [UInt8]) {
    if number > mark?.number ?? 0 { mark = (number, bytes) }
  }

  /// Whether the list is the one that the mark is of. What somebody took out of it makes it no other.
  private func isList(of mark: (number: Int, bytes: [UInt8])?, _ numbers: [Int]) async throws -> Bool {
    guard let mark else { return true }
    guard let last = numbers.last, last >= mark.number else { return false }
    let there = try await entry(mark.number)
    return there == nil || there == mark.bytes
  }

  /// The list was no list of ours, and is gone.
  private struct Dropped: Error {}

  /// The names in the list that may be ours. A list that is none, or has several times the entries that are kept, is thrown
  /// away in place of being read: whoever can fill it could also have wiped it, and what is in force is told again.
  private static let names = RedisScript(
    """
    local kind = redis.call('TYPE', KEYS[1])['ok']
    local names = {}
    if kind == 'none' then return names end
    if kind ~= 'hash' or redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then
      redis.call('UNLINK', KEYS[1])
      return 0
    end
    for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
      if #name <= 19 and string.find(name, '^[1-9]%d*$') then names[#names + 1] = name end
    end
    return names
    """)

  private func numbers() async throws -> [Int] {
    let answer = try await redis.run(
      Self.names, keys: [list], [.init(Self.crowd * settings.kept)], within: settings.budget)
    guard case .list(let names) = answer else {
      counts.withLock { $0.dropped += 1 }
      throw Dropped()
    }
    return names.compactMap { $0.text.flatMap { Int($0) } }.filter { 0 < $0 && $0 < Int.max }.sorted()
  }

  /// How many times what is kept may be in the list: others with another key may use it too.
  private static let crowd = 4

  /// No change is as long.
  private static let longest = 4 << 20

  private static let get = RedisScript(
    """
    if redis.call('HSTRLEN', KEYS[1], ARGV[1]) > tonumber(ARGV[2]) then return '' end
    return redis.call('HGET', KEYS[1], ARGV[1])
    """)

  /// What stands under a number: nil where nothing does, and nothing of what is too long.
  private func entry(_ number: Int) async throws -> [UInt8]? {
    try await redis.run(Self.get, keys: [list], [.init(number), .init(Self.longest)], within: settings.budget).bytes
  }

  /// False where it is to be tried again later.
  private func takeOne(_ number: Int) async -> Bool {
    let found: [UInt8]?
    do { found = try await entry(number) } catch { return false }
    guard let bytes = found else { return true }
    guard bytes != told[number] else {
      seen = max(seen, number)
      note(number, bytes)
      return true
    }
    guard let change = try? seal.open(bytes, as: .change, name: Self.name(number), at: now()) else {
      if foreign.insert(number).inserted { counts.withLock { $0.poisoned += 1 } }
      // It may be the change of those who have another key, so it stays where it is, unless it would use the numbers up.
      if number - seen > Self.widestGap {
        _ = try? await redis.run(
          Self.remove, keys: [list], [.init(number), .init(bytes), .init(Self.longest)], within: settings.budget)
      }
      return true
    }
    guard await take(Array(change)) else { return false }
    counts.withLock { $0.taken += 1 }
    seen = max(seen, number)
    note(number, bytes)
    known[SHA256.digest(Array(change))] = number
    return true
  }

  /// How far after the last change that was understood something else may stand.
  private static let widestGap = 1_000_000

  private static let remove = RedisScript(
    """
    local there = redis.call('HGET', KEYS[1], ARGV[1])
    if there and (there == ARGV[2] or #there > tonumber(ARGV[3])) then
      return redis.call('HDEL', KEYS[1], ARGV[1])
    end
    return 0
    """)

  // MARK: Telling

  /// The changes that are in the list, as far as this instance knows, by their digests: where they stand.
  private var known: [Digest: Int] = [:]

  private static let put = RedisScript(
    """
    if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
    redis.call('HDEL', KEYS[1], string.format('%d', tonumber(ARGV[1]) - tonumber(ARGV[4])))
    redis.call('PUBLISH', ARGV[3], ARGV[1])
    return 1
    """)

  /// Puts a change at the end of the list. False where Redis was of no use: it is told once it is back, as long as it is in
  /// force.
  @discardableResult
  package func tell(_ change: [UInt8]) async -> Bool {
    for _ in 0..<16 {
      guard let numbers = try? await numbers() else { return false }
      let number = max(numbers.last ?? 0, 0) + 1
      let sealed = seal.seal(change, as: .change, name: Self.name(number), until: .max)
      told[number] = sealed
      let answer = try? await redis.run(
        Self.put, keys: [list],
        [.init(number), .init(sealed), .init(channel), .init(settings.kept)],
        within: settings.budget)
      switch answer {
      case .integer(1):
        counts.withLock { $0.told += 1 }
        note(number, sealed)
        known[SHA256.digest(change)] = number
        return true
      case .integer(0): told[number] = nil
      default:
        // It may be there all the same; then it is found, and known by its seal.
        return false
      }
    }
    return false
  }

  private func tellMissing() async {
    for change in await own() where known[SHA256.digest(change)] == nil {
      // What was told before a restart is in the list already.
      if let number = await place(of: change) {
        known[SHA256.digest(change)] = number
        continue
      }
      guard await tell(change) else { return }
    }
  }

  private func place(of change: [UInt8]) async -> Int? {
    guard let numbers = try? await numbers() else { return nil }
    for number in numbers.reversed() {
      guard
        let bytes = try? await entry(number),
        let listed = try? seal.open(bytes, as: .change, name: Self.name(number), at: now())
      else { continue }
      if Array(listed) == change { return number }
    }
    return nil
  }

  // MARK: Turns

  /// A turn always has an end: what has none is nobody's, and would keep everybody waiting for ever.
  private static let begin = RedisScript(
    """
    if redis.call('PTTL', KEYS[1]) >= 0 then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """)

  private static let release = RedisScript(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")

  /// Runs `work` while no other instance runs its own, with all changes of others taken before. Where Redis is of no use it
  /// runs at once. Throws `Busy` where others take too long.
  package func alone<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws
    -> Value
  {
    let holder = SecureRandom.bytes(12)
    let deadline = Deadline.tightened(settings.patience)
    while true {
      let answer: RedisValue
      do throws(SharingFailure) {
        answer = try await redis.run(
          Self.begin, keys: [turn], [.init(holder), .init(max(1, settings.turn.nanoseconds / 1_000_000))],
          within: settings.budget)
      } catch { return try await work() }
      if answer == .integer(1) { break }
      guard !deadline.isOver() else { throw Busy() }
      try await Task.sleep(for: .milliseconds(10))
    }
    // Whoever has the turn ends it properly, although nobody may wait for the answer any more: others do.
    return try await Deadline.$current.withValue(nil) {
      await look()
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      _ = try? await redis.run(Self.release, keys: [turn], [.init(holder)], within: settings.budget)
      return try result.get()
    }
  }
}
