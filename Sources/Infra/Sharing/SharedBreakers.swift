// What one instance has found out of a critic outside, the others need not find out from nothing: when its breaker opens or
// closes, those of the same name hear of it everywhere. To them it is advice, for an instance may be alone in not reaching a
// critic. What changed while Redis was of no use is told afterwards, as far as nobody has found out something newer since.
import Crypto
import Locking
import Net
import Redis
import Resilience

package final class SharedBreakers: Sendable {
  private let redis: GuardedRedis
  private let board: BreakerBoard
  private let seal: Seal
  private let now: @Sendable () -> Int64
  private let space: String
  private let budget: Duration
  private let subscription = Locked<RedisSubscription?>(nil)
  private let catchingUp = Locked<Task<Void, Never>?>(nil)
  /// Being changed because another instance said so, which need not be told.
  private let following = Locked<Set<String>>([])
  /// The newest word about each breaker, whoever said it.
  private let newest = Locked<[String: News]>([:])

  /// That a breaker has opened or closed.
  private struct News: Sendable, Hashable {
    let state: BreakerState
    /// In microseconds since 1970, and later than anything known before: clocks of instances differ.
    let time: Int64
    /// Whether the others have it.
    var isTold = true
  }

  /// How long a word about a breaker counts, in microseconds: for those that come later.
  private static let memory: Int64 = 60_000_000

  package init(
    _ redis: GuardedRedis, board: BreakerBoard, seal: Seal, budget: Duration, space: String = "1",
    now: @escaping @Sendable () -> Int64
  ) {
    self.redis = redis
    self.board = board
    self.seal = seal
    self.now = now
    self.space = space
    self.budget = budget
  }

  /// Whether a breaker is of something that all instances call in the same way. Webhooks, traces, key sets and Redis are each
  /// instance's own.
  private static func isCommon(_ name: String) -> Bool { name.hasPrefix("critic.") }

  /// Tells of changes here, and follows those of others.
  package func start(on loop: EventLoop, _ connection: RedisSettings) {
    let subscription = RedisSubscription(
      on: loop, settings: connection, channel: channel,
      joined: { [weak self] in self?.catchUp() },
      heard: { [weak self] bytes in self?.follow(bytes) })
    self.subscription.withLock { $0 = subscription }
    board.listen { [weak self] name, state in self?.changed(name, state) }
  }

  package func stop() {
    subscription.withLock { subscription in
      subscription?.close()
      subscription = nil
    }
    catchingUp.withLock { $0?.cancel() }
  }

  private var channel: String { "witan:\(space):{breakers}:news" }
  private var hash: RedisCommand.Word { "witan:\(space):{breakers}:states" }

  private static let tell = RedisScript(
    """
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    return redis.call('PUBLISH', ARGV[3], ARGV[2])
    """)

  private func changed(_ name: String, _ state: BreakerState) {
    guard state != .halfOpen, Self.isCommon(name), !following.withLock({ $0.contains(name) }) else { return }
    let news = newest.withLock { newest in
      let news = News(state: state, time: max(now(), (newest[name]?.time ?? 0) + 1), isTold: false)
      newest[name] = news
      return news
    }
    tell(name, news) { [weak self] isTold in if !isTold { self?.catchUp() } }
  }

  private func tell(_ name: String, _ news: News, _ done: @escaping @Sendable (Bool) -> Void) {
    let word = seal.seal(
      Array("\(news.state.rawValue) \(news.time) \(name)".utf8), as: .breaker, name: [], until: now() + Self.memory)
    redis.tell(
      Self.tell, keys: [hash], [.init(name), .init(word), .init(channel), .init(Self.memory / 1000)], within: budget
    ) { [weak self] isTold in
      if isTold { self?.newest.withLock { if $0[name] == news { $0[name]?.isTold = true } } }
      done(isTold)
    }
  }

  /// Reads what was said while nobody listened, then tells what nobody heard, and tries until both succeed: when the channel is
  /// joined, the connections for commands may not be ready yet.
  private func catchUp() {
    let task = Task.detached { [weak self] in
      let backoff = Backoff(longest: .seconds(2))
      for number in 1... {
        guard !Task.isCancelled, await self?.isUpToDate() == false else { return }
        try? await Task.sleep(for: backoff.delay(number))
      }
    }
    catchingUp.withLock { catchingUp in
      catchingUp?.cancel()
      catchingUp = task
    }
  }

  /// False where Redis was of no use.
  private func isUpToDate() async -> Bool {
    guard case .list(let values)? = try? await redis.run(RedisCommand("HVALS", hash), within: budget) else {
      return false
    }
    for value in values { if let bytes = value.bytes { follow(bytes) } }
    var isComplete = true
    // Copied within the lock, for what reads the dictionary itself outside would race with whoever writes to it next.
    for (name, news) in newest.withLock({ $0.filter { !$0.value.isTold } }) {
      let isTold = await Handover<Bool>.wait { waiter in tell(name, news) { waiter.give($0) } }
      isComplete = isComplete && isTold
    }
    return isComplete
  }

  private func follow(_ bytes: [UInt8]) {
    guard let word = try? seal.open(bytes, as: .breaker, name: [], at: now()) else { return }
    let parts = String(decoding: word, as: UTF8.self).split(separator: " ", maxSplits: 2)
    guard parts.count == 3, let state = BreakerState(rawValue: String(parts[0])), let time = Int64(parts[1]),
      Self.isCommon(String(parts[2])), let breaker = board.known(String(parts[2]))
    else { return }
    let isNew = newest.withLock { newest in
      if let known = newest[breaker.name], known.time >= time { return false }
      newest[breaker.name] = News(state: state, time: time)
      return true
    }
    guard isNew else { return }
    following.withLock { _ = $0.insert(breaker.name) }
    defer { following.withLock { _ = $0.remove(breaker.name) } }
    breaker.hear(state)
  }
}
