// Leases that the instances hold of one another through Redis. Without Redis each goes on by itself: a lease saves work, and
// what must not be done twice the log sees to.
import Redis
import Resilience

package struct SharedLeases: Leases {
  private let redis: GuardedRedis
  private let holder: [UInt8]
  private let budget: Duration
  private let space: String

  /// `holder` names who holds: the same after a restart, so that nobody waits for a lease that is their own.
  package init(_ redis: GuardedRedis, holder: [UInt8], budget: Duration, space: String = "1") {
    self.redis = redis
    self.holder = holder
    self.budget = budget
    self.space = space
  }

  private func key(_ name: String) -> RedisCommand.Word { .init("witan:\(space):lease:\(name)") }

  private static let take = RedisScript(
    """
    local holder = redis.call('GET', KEYS[1])
    if holder and holder ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """)

  package func take(_ name: String, for time: Duration) async -> Bool {
    let answer = try? await redis.run(
      Self.take, keys: [key(name)], [.init(holder), .init(max(1, time.nanoseconds / 1_000_000))], within: budget)
    return answer != .integer(0)
  }

  private static let release = RedisScript(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")

  package func release(_ name: String) async {
    _ = try? await redis.run(Self.release, keys: [key(name)], [.init(holder)], within: budget)
  }
}
