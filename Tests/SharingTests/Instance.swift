// What one instance holds of Redis, for a test.
import Crypto
import Net
import Redis
import Resilience
import TestSupport

@testable import Sharing

final class Instance: Sendable {
  static let key = [UInt8](repeating: 9, count: 32)

  let group: EventLoopGroup
  let client: RedisClient
  let settings: RedisSettings
  let breakers = BreakerBoard()
  let board = DegradationBoard()
  let cache: SharedCache

  init(_ url: String, key: [UInt8] = Instance.key, _ change: (inout SharedCacheSettings) -> Void = { _ in })
    async throws
  {
    group = try EventLoopGroup(count: 1)
    var settings = RedisSettings(url: try RedisURL(url))
    (settings.backoff.first, settings.backoff.longest) = (.milliseconds(5), .milliseconds(50))
    self.settings = settings
    client = RedisClient(on: group.loops, settings: settings)
    var cacheSettings = SharedCacheSettings()
    cacheSettings.budget = .seconds(5)
    change(&cacheSettings)
    cache = SharedCache(
      Self.guarded(client, "cache.l2", breakers, board), seal: Seal(key: key), settings: cacheSettings, now: Self.now)
    let client = client
    try await wait(for: "a connection") { client.health.connected == 1 }
  }

  private static let all = SharedValue<[Instance]>([])

  /// One that stays, for parts of it that outlive their last mention in a test: they do not keep the loop that they need.
  static func kept(_ url: String) async throws -> Instance {
    let instance = try await Instance(url)
    all.change { $0.append(instance) }
    return instance
  }

  deinit {
    client.close()
    group.stop()
  }

  func guarded(_ part: String, level: DegradationLevel = .reduced) -> GuardedRedis {
    Self.guarded(client, part, breakers, board, level)
  }

  private static func guarded(
    _ client: RedisClient, _ part: String, _ breakers: BreakerBoard, _ board: DegradationBoard,
    _ level: DegradationLevel = .reduced
  ) -> GuardedRedis {
    GuardedRedis(
      client, part: part, level: level,
      breaker: breakers.breaker("redis.\(part)", settings: GuardedRedis.breakerSettings), board: board)
  }

  static let now: @Sendable () -> Int64 = { Int64(monotonicNanoseconds() / 1000) }

  /// What a look finds: the value, `absent` with or without a lease, or `unavailable`.
  func look(_ key: Digest, work: Duration = .zero) async -> String {
    switch await cache.look(for: key, work: work) {
    case .found(let bytes): String(decoding: bytes, as: UTF8.self)
    case .absent(let lease): lease == nil ? "absent" : "absent, mine to find"
    case .unavailable: "unavailable"
    }
  }
}
