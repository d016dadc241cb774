// The whole check of a token: form, algorithm, key, signature, claims, revocation, and the memory of what has passed.
import Crypto

/// Checks bearer tokens. One per service, used from any thread.
///
///     let verifier = TokenVerifier(keys: ring, policy: TokenPolicy(issuers: ["https://id.example"]))
///     do {
///       let token = try await verifier.verify(bytes, now: now)
///       …
///     } catch {
///       log.notice("token refused: \(error)")
///       // answer TokenRefusal.status with TokenRefusal.challenge, and not a word more
///     }
package final class TokenVerifier: Sendable {
  package let keys: KeyRing
  package let policy: TokenPolicy
  private let cache: VerifiedTokenCache
  private let revocations = Revocations()

  package init(keys: KeyRing, policy: TokenPolicy, cache: VerifiedTokenCache = VerifiedTokenCache()) {
    self.keys = keys
    self.policy = policy
    self.cache = cache
  }

  /// Checks with the keys at hand, without waiting for anything. Remembered tokens are recognised first.
  package func check(_ token: RawSpan, now: Double) throws(TokenRefusal) -> VerifiedToken {
    guard token.byteCount <= JWS.maximumLength else { throw .tooLong(limit: JWS.maximumLength) }
    let digest = SHA256.digest(token)
    if let known = cache.find(digest, now: now) { return known }
    return try checkAnew(token, digest: digest, now: now)
  }

  package func check(_ token: [UInt8], now: Double) throws(TokenRefusal) -> VerifiedToken {
    try check(token.span.bytes, now: now)
  }

  /// Like `check`, but a token whose key is not known makes the ring look for new keys first, as often as its limit
  /// allows.
  package func verify(_ token: [UInt8], now: Double) async throws(TokenRefusal) -> VerifiedToken {
    do throws(TokenRefusal) {
      return try check(token, now: now)
    } catch {
      switch error {
      case .unknownKey, .keysUnavailable:
        guard await keys.refreshForUnknownKey(now: now) else { throw error }
        return try check(token, now: now)
      default: throw error
      }
    }
  }

  private func checkAnew(_ token: RawSpan, digest: Digest, now: Double) throws(TokenRefusal) -> VerifiedToken {
    let parsed = try JWS(token)
    try policy.check(parsed.header)
    let key = try keys.current(now: now).verify(parsed)
    let claims = try Claims(parsed.payload.span.bytes)
    try policy.check(claims, now: now)
    let verified = VerifiedToken(
      claims: claims, algorithm: parsed.header.algorithm, key: key, leeway: policy.leeway)
    cache.remember(verified, under: digest, now: now)
    // After remembering: a revocation either sees the remembered token or is seen here.
    if let id = claims.tokenID, revocations.contains(id) {
      cache.forget { $0 === verified }
      throw .revoked(id: id)
    }
    return verified
  }

  /// Every token is checked in full again.
  package func forgetAll() { cache.forget { _ in true } }

  /// Refuses tokens of this `jti` from now on, until they would have expired. Returns false when too many are revoked:
  /// then retire the key.
  package func revoke(tokenID: String, until: Double, now: Double) -> Bool {
    guard revocations.add(tokenID, until: until + policy.leeway, now: now) else { return false }
    cache.forget { $0.claims.tokenID.map { sameBytes($0, tokenID) } ?? false }
    return true
  }

  /// Refuses everything signed by this key from now on.
  package func revoke(key thumbprint: Digest) {
    keys.retire(thumbprint)
    cache.forget { $0.key.isRetired }
  }
}
