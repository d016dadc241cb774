// Token buckets that all instances draw from, taken in one step on the server so that none is overdrawn. Without Redis each
// instance goes on with buckets of its own.
import Crypto
import Redis
import Resilience

package final class SharedBuckets: TokenBuckets {
  private let redis: GuardedRedis
  private let own: MemoryBuckets
  private let budget: Duration
  private let space: String

  /// `own` counts while Redis does not.
  package init(_ redis: GuardedRedis, own: MemoryBuckets, budget: Duration, space: String = "1") {
    self.redis = redis
    self.own = own
    self.budget = budget
    self.space = space
  }

  /// As `TokenBucket` reckons, by the server's clock: all are filled up first, and a token is taken from each only where none
  /// is empty. Answers the first empty one, 0 for none, and every level afterwards.
  private static let script = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local levels, refusing = {}, 0
    for i = 1, #KEYS do
      local tokens, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
      local known = redis.call('HMGET', KEYS[i], 'level', 'time')
      local level, since = tonumber(known[1]), tonumber(known[2])
      if not level or not since then level, since = tokens, now end
      if now > since then level = level + (now - since) * tokens / period end
      levels[i] = math.min(level, tokens)
      if levels[i] < 1 and refusing == 0 then refusing = i end
    end
    local answer = {refusing}
    for i = 1, #KEYS do
      if refusing == 0 then levels[i] = levels[i] - 1 end
      redis.call('HSET', KEYS[i], 'level', string.format('%.6f', levels[i]), 'time', string.format('%.0f', now))
      redis.call('PEXPIRE', KEYS[i], math.ceil(tonumber(ARGV[2 * i]) / 1000))
      answer[i + 1] = string.format('%.6f', levels[i])
    end
    return answer
    """)

  package func take(_ demands: [BucketDemand]) async -> BucketOutcome {
    if demands.isEmpty { return own.takeAtOnce(demands) }
    let answer: RedisValue
    do throws(SharingFailure) {
      answer = try await redis.run(
        Self.script, keys: demands.map { name($0.name) },
        demands.flatMap { [.init($0.rule.tokens), .init($0.rule.period)] }, within: budget)
    } catch { return alone(demands, error.reason) }
    guard case .list(let values) = answer, values.count == demands.count + 1, let refusing = values[0].integer,
      0...demands.count ~= refusing
    else { return alone(demands, Self.nonsense) }
    var standings: [BucketStanding] = []
    for (value, demand) in zip(values.dropFirst(), demands) {
      guard let level = value.text.flatMap(Double.init), level.isFinite else { return alone(demands, Self.nonsense) }
      standings.append(Self.standing(level, demand.rule))
    }
    return BucketOutcome(standings: standings, refusing: refusing == 0 ? nil : refusing - 1)
  }

  private static let nonsense = "Redis answers in an unknown way"

  /// From this instance's own buckets.
  private func alone(_ demands: [BucketDemand], _ reason: String) -> BucketOutcome {
    var outcome = own.takeAtOnce(demands)
    outcome.degradation = redis.degradation(reason)
    return outcome
  }

  private static func standing(_ level: Double, _ rule: BucketRule) -> BucketStanding {
    let interval = Double(rule.period) / Double(rule.tokens)
    let level = min(max(level, 0), Double(rule.tokens))
    return BucketStanding(
      remaining: Int(level), untilNext: level >= 1 ? 0 : Int64(((1 - level) * interval).rounded(.up)),
      untilFull: Int64(((Double(rule.tokens) - level) * interval).rounded(.up)))
  }

  /// Who asks is nobody's business in Redis.
  private func name(_ bucket: String) -> RedisCommand.Word {
    "witan:\(space):{limits}:\(SHA256.digest(Array(bucket.utf8)).hex)"
  }
}
