// Which signatures were seen before, by any of the instances. Without Redis nobody can tell: then signed requests are
// refused, or admitted on this instance's own memory alone, as configured.
import Crypto
import Redis
import Resilience
import Signatures

/// What holds where only Redis could tell.
package enum WithoutRedis: String, Sendable, Hashable, CaseIterable {
  /// Nobody is let in on a guess.
  case closed
  /// What this instance knows by itself counts.
  case open
}

package final class SharedNonces: NonceMemory {
  private let redis: GuardedRedis
  private let own: any NonceMemory
  private let policy: WithoutRedis
  private let budget: Duration
  private let space: String

  /// `own` counts beside Redis, in which others may take a nonce away, and alone where `policy` is open and Redis is of no use.
  package init(
    _ redis: GuardedRedis, own: any NonceMemory, without policy: WithoutRedis, budget: Duration, space: String = "1"
  ) {
    self.redis = redis
    self.own = own
    self.policy = policy
    self.budget = budget
    self.space = space
  }

  /// A memory that was wiped knows nothing of what was before: a signature made before it began could be a second use.
  private static let script = RedisScript(
    """
    local began = redis.call('GET', KEYS[2])
    if not began then
      began = redis.call('TIME')[1]
      redis.call('SET', KEYS[2], began)
    end
    if tonumber(ARGV[1]) <= tonumber(began) then return -1 end
    if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 1 end
    return 0
    """)

  package func remember(
    _ signature: VerifiedSignature, until: Int64, now: Int64
  ) async throws(SignatureRefusal) -> Fallen<Bool> {
    let name = "\(signature.keyID.utf8.count):\(signature.keyID)\(signature.nonce)"
    let answer: RedisValue
    do throws(SharingFailure) {
      answer = try await redis.run(
        Self.script,
        keys: ["witan:\(space):{nonces}:\(SHA256.digest(Array(name.utf8)).hex)", "witan:\(space):{nonces}:began"],
        [.init(signature.created), .init(max(1, until - now + 1))], within: budget)
    } catch {
      guard policy == .open else { throw .memoryFull("the memory of all instances cannot be asked: \(error.reason)") }
      return Fallen(
        value: try await own.remember(signature, until: until, now: now).value,
        degradation: redis.degradation(error.reason))
    }
    switch answer {
    case .integer(1):
      // Redis has told of what was before this instance began, so here that is no reason to refuse.
      let known = VerifiedSignature(keyID: signature.keyID, nonce: signature.nonce, created: .max)
      return try await own.remember(known, until: until, now: now)
    case .integer(0): return Fallen(value: false)
    case .integer(-1): throw .beforeMemory
    default: throw .memoryFull("the memory of all instances answers in an unknown way")
    }
  }
}
