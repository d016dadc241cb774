// The whole check of a token: form, algorithm, key, signature, claims, revocation, and the memory of what has passed.
import Crypto

/// Keys, and what the tokens signed by them may say. Each issuer is an authority of its own: its keys vouch for nothing
/// beyond its own policy (RFC 8725, section 3.8).
package struct TokenAuthority: Sendable {
  package let keys: KeyRing
  package let policy: TokenPolicy

  package init(keys: KeyRing, policy: TokenPolicy) {
    self.keys = keys
    self.policy = policy
  }
}

/// Checks bearer tokens. One per service, used from any thread.
///
///     let verifier = TokenVerifier(authorities: [
///       TokenAuthority(keys: ownKeys, policy: TokenPolicy()),
///       TokenAuthority(keys: ring, policy: TokenPolicy(issuers: ["https://id.example"], audiences: ["witan"])),
///     ])
///     do {
///       let token = try await verifier.verify(bytes, now: now)
///       …
///     } catch {
///       log.notice("token refused: \(error)")
///       // answer TokenRefusal.status with TokenRefusal.challenge, and not a word more
///     }
package final class TokenVerifier: Sendable {
  package let authorities: [TokenAuthority]
  private let cache: VerifiedTokenCache
  private let revocations = Revocations()

  /// Authorities are asked in order; the first whose key signed the token decides.
  package init(authorities: [TokenAuthority], cache: VerifiedTokenCache = VerifiedTokenCache()) {
    self.authorities = authorities
    self.cache = cache
  }

  package convenience init(keys: KeyRing, policy: TokenPolicy, cache: VerifiedTokenCache = VerifiedTokenCache()) {
    self.init(authorities: [TokenAuthority(keys: keys, policy: policy)], cache: cache)
  }

  /// Checks with the keys at hand, without waiting for anything. Remembered tokens are recognised first.
  package func check(_ token: RawSpan, now: Double) throws(TokenRefusal) -> VerifiedToken {
    guard token.byteCount <= JWS.maximumLength else { throw .tooLong(limit: JWS.maximumLength) }
    let digest = SHA256.digest(token)
    if let known = cache.find(digest, now: now) {
      // What was remembered is worth no more than the keys it was checked with.
      try known.ring.requireTrust(now: now)
      return known
    }
    return try checkAnew(token, digest: digest, now: now)
  }

  package func check(_ token: [UInt8], now: Double) throws(TokenRefusal) -> VerifiedToken {
    try check(token.span.bytes, now: now)
  }

  /// Like `check`, but a token whose key is not known makes the rings look for new keys first, as often as their limits
  /// allow.
  package func verify(_ token: [UInt8], now: Double) async throws(TokenRefusal) -> VerifiedToken {
    do throws(TokenRefusal) {
      return try check(token, now: now)
    } catch {
      guard error.mayBeMended else { throw error }
      var tried = false
      for authority in authorities where await authority.keys.refreshForUnknownKey(now: now) { tried = true }
      guard tried else { throw error }
      return try check(token, now: now)
    }
  }

  private func checkAnew(_ token: RawSpan, digest: Digest, now: Double) throws(TokenRefusal) -> VerifiedToken {
    let parsed = try JWS(token)
    let (authority, key) = try signer(of: parsed, now: now)
    let claims = try Claims(parsed.payload.span.bytes)
    try authority.policy.check(claims, now: now)
    let verified = VerifiedToken(
      claims: claims, algorithm: parsed.header.algorithm, key: key, ring: authority.keys,
      leeway: authority.policy.leeway)
    if let id = claims.tokenID, revocations.contains(id) { throw .revoked(id: id) }
    cache.remember(verified, under: digest, now: now)
    // Once more after remembering: a revocation either sees the remembered token or is seen here.
    if let id = claims.tokenID, revocations.contains(id) {
      cache.forget { $0 === verified }
      throw .revoked(id: id)
    }
    return verified
  }

  /// The authority that signed the token, and the key. Where none did, the refusal of the one that came closest.
  private func signer(
    of token: JWS, now: Double
  ) throws(TokenRefusal) -> (authority: TokenAuthority, key: VerificationKey) {
    var closest = TokenRefusal.keysUnavailable("no authority is configured")
    for (index, authority) in authorities.enumerated() {
      do throws(TokenRefusal) {
        try authority.policy.check(token.header)
        return (authority, try authority.keys.current(now: now).verify(token))
      } catch {
        // A token that names no key may be of one that is not here yet; a wrong signature says no more than that.
        let mayBeNew = error == .badSignature && token.header.keyID == nil && authority.keys.isRenewable
        let error = mayBeNew ? TokenRefusal.unknownKey(id: nil) : error
        if index == 0 || closest.mayBeMended || error.mayBeMended { closest = error }
      }
    }
    throw closest
  }

  /// Every token is checked in full again.
  package func forgetAll() { cache.forget { _ in true } }

  /// Refuses tokens of this `jti` from now on, until they would have expired. Returns false when too many are revoked:
  /// then retire the key.
  package func revoke(tokenID: String, until: Double, now: Double) -> Bool {
    guard revocations.add(tokenID, until: until + TokenPolicy.maximumLeeway, now: now) else { return false }
    cache.forget { $0.claims.tokenID.map { sameBytes($0, tokenID) } ?? false }
    return true
  }

  /// Refuses everything signed by the key of this name from now on: its `kid`, or its thumbprint in base64url. Returns
  /// whether such a key is at hand; one that turns up later is refused all the same.
  @discardableResult
  package func revoke(key name: String) -> Bool {
    var isKnown = false
    for authority in authorities where authority.keys.retire(name) { isKnown = true }
    cache.forget { $0.key.isRetired }
    return isKnown
  }
}

extension TokenRefusal {
  /// Whether newer keys could change the answer.
  fileprivate var mayBeMended: Bool {
    switch self {
    case .unknownKey, .keysUnavailable: true
    default: false
    }
  }
}
