// A client for a test, on loops of its own.
import Net
import Redis
import TestSupport

final class TestClient: Sendable {
  let group: EventLoopGroup
  let redis: RedisClient

  init(_ url: String, loops: Int = 1, _ change: (inout RedisSettings) -> Void = { _ in }) throws {
    group = try EventLoopGroup(count: loops)
    redis = RedisClient(on: group.loops, settings: try Self.settings(url, change))
  }

  deinit {
    redis.close()
    group.stop()
  }

  /// Short times, so that nobody waits.
  static func settings(_ url: String, _ change: (inout RedisSettings) -> Void = { _ in }) throws -> RedisSettings {
    var settings = RedisSettings(url: try RedisURL(url))
    settings.backoff.first = .milliseconds(5)
    settings.backoff.longest = .milliseconds(50)
    settings.connectDeadline = .seconds(2)
    change(&settings)
    return settings
  }

  func connected() async throws {
    try await wait(for: "a connection") { redis.health.connected == redis.health.links }
  }

  func call(_ words: RedisCommand.Word..., within time: Duration = .seconds(5)) async throws -> RedisValue {
    try await redis.call(RedisCommand(words), within: time)
  }

  /// Why the last connection was not made.
  func refusal() async throws -> String {
    try await wait(for: "a failure") { redis.health.lastFailure != nil }
    return redis.health.lastFailure ?? ""
  }
}
