// Keys that change while tokens are being checked, and tokens that are remembered and forgotten.
import Crypto
import Foundation
import JSON
import Locking
import TestSupport
import Testing

@testable import Tokens

/// An issuer's published set that a test can exchange, break, and count the fetches of.
private final class Publisher: Sendable {
  struct Down: Error {}
  private let state = Locked<(set: [UInt8]?, fetches: Int)>((nil, 0))

  func publish(_ keys: [SigningKey]) {
    let text = JWKSet(keys.map(\.verifying)).published().description
    state.withLock { $0.set = Array(text.utf8) }
  }

  func publish(raw: String?) { state.withLock { $0.set = raw.map { Array($0.utf8) } } }

  var fetches: Int { state.withLock { $0.fetches } }

  @Sendable func fetch() async throws -> [UInt8] {
    await Task.yield()
    let set = state.withLock { state -> [UInt8]? in
      state.fetches += 1
      return state.set
    }
    guard let set else { throw Down() }
    return set
  }
}

@Suite struct KeyRingTests {
  private static let now = TokenMaker.now

  private func token(_ key: SigningKey, id: String = "one", expires: Int = 1_800_009_999) throws -> [UInt8] {
    try TokenMaker.token(
      header: #"{"alg":"EdDSA","kid":"\#(key.keyID)"}"#, payload: #"{"sub":"a","exp":\#(expires),"jti":"\#(id)"}"#,
      key: key)
  }

  private func makeKey() throws -> SigningKey { try SigningKey(.ed25519(try Ed25519.PrivateKey())) }

  @Test func keysRotateWithoutRefusingAGoodToken() async throws {
    let publisher = Publisher()
    let old = try makeKey()
    let new = try makeKey()
    publisher.publish([old])
    let ring = KeyRing(source: publisher.fetch)
    let verifier = TokenVerifier(keys: ring, policy: TokenPolicy())
    // The first token fetches the keys.
    #expect(try await verifier.verify(token(old), now: Self.now).subject == "a")
    // The issuer adds a key and signs with it at once: an unknown key fetches again.
    publisher.publish([old, new])
    #expect(try await verifier.verify(token(new), now: Self.now + 31).subject == "a")
    #expect(try await verifier.verify(token(old, id: "two"), now: Self.now + 31).subject == "a")
    let remembered = try verifier.check(token(old), now: Self.now + 31)
    // Then the old key goes, and with it everything signed by it, remembered or not.
    publisher.publish([new])
    await ring.refreshIfDue(now: Self.now + 400)
    #expect(remembered.key.isRetired)
    await #expect(throws: TokenRefusal.unknownKey(id: old.keyID)) {
      try await verifier.verify(token(old), now: Self.now + 400)
    }
    #expect(try await verifier.verify(token(new), now: Self.now + 400).subject == "a")
    #expect(publisher.fetches == 3)
  }

  @Test func aKeyThatStaysKeepsWhatWasRememberedUnderIt() async throws {
    let publisher = Publisher()
    let key = try makeKey()
    publisher.publish([key])
    let ring = KeyRing(source: publisher.fetch)
    // Every thread remembers for itself, and a test may go on on another one: hence a single stripe.
    let verifier = TokenVerifier(keys: ring, policy: TokenPolicy(), cache: VerifiedTokenCache(capacity: 8, stripes: 1))
    let first = try await verifier.verify(token(key), now: Self.now)
    publisher.publish([key, try makeKey()])
    await ring.refresh(now: Self.now + 1)
    let second = try verifier.check(token(key), now: Self.now + 1)
    #expect(first === second, "the same remembered token")
  }

  @Test func aFloodOfUnknownKeysFetchesOnce() async throws {
    let publisher = Publisher()
    let key = try makeKey()
    publisher.publish([key])
    let verifier = TokenVerifier(keys: KeyRing(source: publisher.fetch), policy: TokenPolicy())
    _ = try await verifier.verify(token(key), now: Self.now)
    #expect(publisher.fetches == 1)
    let strangers = try (0..<50).map { _ in try token(try makeKey()) }
    await withTaskGroup(of: Void.self) { group in
      for stranger in strangers {
        group.addTask { _ = try? await verifier.verify(stranger, now: KeyRingTests.now + 31) }
      }
    }
    #expect(publisher.fetches == 2)
    for stranger in strangers { _ = try? await verifier.verify(stranger, now: Self.now + 60) }
    #expect(publisher.fetches == 2)
    _ = try? await verifier.verify(strangers[0], now: Self.now + 62)
    #expect(publisher.fetches == 3)
  }

  @Test func aSetThatCannotBeReadLeavesTheOldOneInForce() async throws {
    let publisher = Publisher()
    let key = try makeKey()
    publisher.publish([key])
    let ring = KeyRing(source: publisher.fetch, limits: .init(maximumAge: 3600))
    let verifier = TokenVerifier(keys: ring, policy: TokenPolicy(), cache: VerifiedTokenCache(capacity: 8, stripes: 1))
    _ = try await verifier.verify(token(key), now: Self.now)
    let secret = try JWK(.privateKey(.ed25519(try Ed25519.PrivateKey()))).secret().description
    for bad in [nil, "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"XX"}]}"#, #"{"keys":[\#(secret)]}"#] {
      publisher.publish(raw: bad)
      #expect(await ring.refresh(now: Self.now + 10) == false)
      #expect(ring.lastFailure != nil)
      #expect(try verifier.check(token(key, id: "x"), now: Self.now + 11).subject == "a")
    }
    // But not for ever, and what was remembered lasts no longer.
    let remembered = refusal { () throws(TokenRefusal) in
      try verifier.check((try? token(key, id: "x")) ?? [], now: Self.now + 3601)
    }
    guard case .keysUnavailable? = remembered else {
      return #expect(Bool(false), "a remembered token outlived its keys")
    }
    let late = refusal { () throws(TokenRefusal) in
      try verifier.check((try? token(key, id: "y")) ?? [], now: Self.now + 3601)
    }
    guard case .keysUnavailable? = late else { return #expect(Bool(false), "old keys were trusted for too long") }
  }

  @Test func withoutKeysEverythingIsRefused() async throws {
    let publisher = Publisher()
    let verifier = TokenVerifier(keys: KeyRing(source: publisher.fetch), policy: TokenPolicy())
    let key = try makeKey()
    let bytes = try token(key)
    do throws(TokenRefusal) {
      _ = try await verifier.verify(bytes, now: Self.now)
      Issue.record("accepted without keys")
    } catch {
      guard case .keysUnavailable(let reason) = error else { return #expect(Bool(false), "\(error)") }
      #expect(reason.contains("Down"))
    }
  }

  @Test func keysVouchOnlyForTheirOwnIssuer() async throws {
    let own = try makeKey()
    let foreign = try makeKey()
    let publisher = Publisher()
    publisher.publish([foreign])
    let verifier = TokenVerifier(authorities: [
      TokenAuthority(keys: KeyRing(JWKSet([own.verifying])), policy: TokenPolicy(issuers: ["own"])),
      TokenAuthority(keys: KeyRing(source: publisher.fetch), policy: TokenPolicy(issuers: ["foreign"])),
    ])
    func token(_ key: SigningKey, _ issuer: String, kid: Bool = true) throws -> [UInt8] {
      let header = kid ? #"{"alg":"EdDSA","kid":"\#(key.keyID)"}"# : #"{"alg":"EdDSA"}"#
      return try TokenMaker.token(
        header: header, payload: #"{"sub":"a","exp":1800009999,"iss":"\#(issuer)"}"#, key: key)
    }
    for kid in [true, false] {
      #expect(try await verifier.verify(token(own, "own", kid: kid), now: Self.now).claims.issuer == "own")
      #expect(try await verifier.verify(token(foreign, "foreign"), now: Self.now).claims.issuer == "foreign")
      #expect(try await verifier.verify(token(foreign, "foreign", kid: kid), now: Self.now).claims.issuer == "foreign")
      let posing = try token(foreign, "own", kid: kid)
      await #expect(throws: TokenRefusal.wrongIssuer("own")) { try await verifier.verify(posing, now: Self.now) }
      let straying = try token(own, "foreign", kid: kid)
      await #expect(throws: TokenRefusal.wrongIssuer("foreign")) { try await verifier.verify(straying, now: Self.now) }
    }
    let stranger = try token(try makeKey(), "own", kid: false)
    await #expect(throws: TokenRefusal.unknownKey(id: nil)) { try await verifier.verify(stranger, now: Self.now) }
  }

  @Test func aFetchThatNeverEndsHoldsNobodyUp() async throws {
    let key = try makeKey()
    let ring = KeyRing(
      source: {
        try await Task.sleep(for: .seconds(3600))
        return []
      }, limits: .init(fetchTimeout: 0.05))
    let verifier = TokenVerifier(keys: ring, policy: TokenPolicy())
    let bytes = try token(key)
    await #expect(throws: TokenRefusal.keysUnavailable("no answer within 0.05 seconds")) {
      try await verifier.verify(bytes, now: Self.now)
    }
  }

  @Test func aRevokedKeyIsGoneForGood() async throws {
    let publisher = Publisher()
    let key = try makeKey()
    publisher.publish([key])
    let ring = KeyRing(source: publisher.fetch)
    let verifier = TokenVerifier(keys: ring, policy: TokenPolicy())
    _ = try await verifier.verify(token(key), now: Self.now)
    #expect(verifier.revoke(key: key.keyID))
    #expect(throws: TokenRefusal.unknownKey(id: key.keyID)) { try verifier.check(token(key), now: Self.now) }
    // Even if the issuer still publishes it.
    await ring.refresh(now: Self.now + 1)
    #expect(throws: TokenRefusal.unknownKey(id: key.keyID)) { try verifier.check(token(key), now: Self.now + 1) }
  }

  @Test func aRevokedKeyIsNamedByItsIDOrItsThumbprintAndStaysRefusedWhenItComesBack() async throws {
    let named = try SigningKey(.ed25519(try Ed25519.PrivateKey()), keyID: "k-1")
    let thumbprint = Base64URL.encode(named.verifying.thumbprint.bytes)
    for name in ["k-1", thumbprint] {
      let publisher = Publisher()
      let verifier = TokenVerifier(keys: KeyRing(source: publisher.fetch), policy: TokenPolicy())
      // Revoked before anybody has seen it: it is not known, and refused all the same once it is there.
      #expect(!verifier.revoke(.key(name), now: Self.now))
      publisher.publish([named])
      await #expect(throws: TokenRefusal.unknownKey(id: "k-1")) {
        try await verifier.verify(token(named), now: Self.now)
      }
      #expect(verifier.revoke(.key(name), now: Self.now))
    }
    // The thumbprint of a shared secret is a secret: it names nothing.
    let shared = try SigningKey(try TokenMaker.symmetric(keyID: "s-1"))
    let verifier = TokenVerifier(keys: KeyRing(JWKSet([shared.verifying])), policy: TokenPolicy())
    #expect(!verifier.revoke(.key(Base64URL.encode(shared.verifying.thumbprint.bytes)), now: Self.now))
    #expect(verifier.revoke(.key("s-1"), now: Self.now))
  }

  @Test func aTokenThatNamesNoKeyMakesForeignKeysBeFetchedAndFetchedAgainButNotOwnOnes() async throws {
    let publisher = Publisher()
    let (own, old, new) = (try makeKey(), try makeKey(), try makeKey())
    func nameless(_ key: SigningKey) throws -> [UInt8] {
      try TokenMaker.token(header: #"{"alg":"EdDSA"}"#, payload: #"{"sub":"a","exp":1800009999}"#, key: key)
    }
    let verifier = TokenVerifier(authorities: [
      TokenAuthority(keys: KeyRing(JWKSet([own.verifying])), policy: TokenPolicy()),
      TokenAuthority(keys: KeyRing(source: publisher.fetch), policy: TokenPolicy()),
    ])
    // Own tokens need no foreign keys.
    #expect(try await verifier.verify(nameless(own), now: Self.now).subject == "a")
    #expect(publisher.fetches == 0)
    publisher.publish([old])
    #expect(try await verifier.verify(nameless(old), now: Self.now).subject == "a")
    #expect(publisher.fetches == 1)
    // No known key made this one, and it names none: it may be of a key that has just been added.
    publisher.publish([old, new])
    #expect(try await verifier.verify(nameless(new), now: Self.now + 31).subject == "a")
    #expect(publisher.fetches == 2)
    // Forgeries are looked up no oftener than the limit allows.
    let stranger = try makeKey()
    for _ in 0..<20 {
      await #expect(throws: TokenRefusal.unknownKey(id: nil)) {
        try await verifier.verify(nameless(stranger), now: Self.now + 40)
      }
    }
    #expect(publisher.fetches == 2)
    // With own keys alone there is nowhere to look: the signature is wrong, and that is all.
    let alone = TokenVerifier(keys: KeyRing(JWKSet([own.verifying])), policy: TokenPolicy())
    await #expect(throws: TokenRefusal.badSignature) { try await alone.verify(nameless(stranger), now: Self.now) }
  }

  @Test func aTokenRevokedWhileItIsBeingCheckedIsNotRemembered() throws {
    let key = try makeKey()
    for number in 0..<repetitions(3000) {
      let verifier = TokenVerifier(
        keys: KeyRing(JWKSet([key.verifying])), policy: TokenPolicy(),
        cache: VerifiedTokenCache(capacity: 8, stripes: 2))
      let bytes = try token(key, id: "\(number)")
      let ready = Locked(0)
      DispatchQueue.concurrentPerform(iterations: 2) { side in
        ready.withLock { $0 += 1 }
        while ready.withLock({ $0 }) < 2 {}
        if side == 0 {
          _ = try? verifier.check(bytes, now: KeyRingTests.now)
        } else {
          // The signature takes some 60 microseconds: the revocation falls anywhere around its end.
          for _ in 0..<(number % 300) { _ = SHA256.digest(bytes) }
          _ = verifier.revoke(.token(id: "\(number)", until: .infinity), now: KeyRingTests.now)
        }
      }
      // Whoever was first: from here on it is refused, on whatever thread.
      DispatchQueue.concurrentPerform(iterations: 2) { _ in
        #expect(throws: TokenRefusal.revoked(id: "\(number)")) { try verifier.check(bytes, now: KeyRingTests.now) }
      }
    }
  }

  @Test func revocationsAreBoundedAndThoseThatAreOverMakeRoom() throws {
    let revocations = Revocations()
    for number in 0..<Revocations.maximumCount {
      #expect(revocations.add("\(number)", until: number == 0 ? Self.now + 10 : .infinity, now: Self.now))
    }
    #expect(!revocations.add("one more", until: .infinity, now: Self.now))
    #expect(revocations.add("7", until: .infinity, now: Self.now))
    #expect(revocations.add("one more", until: .infinity, now: Self.now + 11))
    #expect(revocations.contains("one more") && revocations.contains("7") && !revocations.contains("0"))
  }

  @Test func aRevokedTokenIsForgottenAtOnce() throws {
    let key = try makeKey()
    let verifier = TokenVerifier(keys: KeyRing(JWKSet([key.verifying])), policy: TokenPolicy())
    _ = try verifier.check(token(key, id: "one"), now: Self.now)
    _ = try verifier.check(token(key, id: "two"), now: Self.now)
    #expect(verifier.revoke(tokenID: "one", until: Self.now + 10_000, now: Self.now))
    for _ in 0..<2 {
      #expect(throws: TokenRefusal.revoked(id: "one")) { try verifier.check(token(key, id: "one"), now: Self.now) }
    }
    #expect(try verifier.check(token(key, id: "two"), now: Self.now).subject == "a")
  }

  @Test func aRememberedTokenExpiresLikeAnyOther() throws {
    let key = try makeKey()
    let verifier = TokenVerifier(keys: KeyRing(JWKSet([key.verifying])), policy: TokenPolicy(leeway: 10))
    let bytes = try token(key, expires: 1_800_000_100)
    _ = try verifier.check(bytes, now: Self.now)
    _ = try verifier.check(bytes, now: Self.now + 109)
    #expect(throws: TokenRefusal.expired(at: Self.now + 100)) { try verifier.check(bytes, now: Self.now + 110) }
  }

  @Test func theMemoryIsBoundedAndKeepsWhatIsUsed() throws {
    let key = try makeKey()
    let verifying = try VerificationKey(key.verifying, allowing: JWSAlgorithm.all)
    let claims = try Claims(Array(TokenMaker.goodClaims.utf8).span.bytes)
    let cache = VerifiedTokenCache(capacity: 64, stripes: 1)
    let digests = (0..<1000).map { SHA256.digest(Array("\($0)".utf8)) }
    let favourite = SHA256.digest([0])
    let token = VerifiedToken(claims: claims, algorithm: .edDSA, key: verifying, ring: KeyRing(JWKSet([])), leeway: 0)
    cache.remember(token, under: favourite, now: Self.now)
    for digest in digests {
      cache.remember(
        VerifiedToken(claims: claims, algorithm: .edDSA, key: verifying, ring: KeyRing(JWKSet([])), leeway: 0),
        under: digest, now: Self.now)
      #expect(cache.find(favourite, now: Self.now) === token)
    }
    #expect(cache.count <= 64)
    #expect(cache.find(digests[999], now: Self.now) != nil)
    cache.forget { _ in true }
    #expect(cache.isEmpty && cache.find(favourite, now: Self.now) == nil)
  }

  @Test func manyThreadsCheckRevokeAndRotateWithoutHarm() async throws {
    let publisher = Publisher()
    let keys = try (0..<3).map { _ in try makeKey() }
    publisher.publish(keys)
    let ring = KeyRing(source: publisher.fetch)
    let verifier = TokenVerifier(
      keys: ring, policy: TokenPolicy(), cache: VerifiedTokenCache(capacity: 128, stripes: 4))
    await ring.refresh(now: Self.now)
    let tokens = try keys.flatMap { key in try (0..<20).map { try token(key, id: "\(key.keyID)-\($0)") } }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for token in tokens { _ = try? verifier.check(token, now: KeyRingTests.now) } }
      }
      group.addTask {
        for number in 0..<20 {
          _ = verifier.revoke(
            tokenID: "\(keys[0].keyID)-\(number)", until: KeyRingTests.now + 99_999, now: KeyRingTests.now)
        }
      }
      group.addTask {
        publisher.publish([keys[0], keys[1]])
        await ring.refresh(now: KeyRingTests.now + 1)
      }
    }
    for (index, token) in tokens.enumerated() {
      let outcome = refusal { () throws(TokenRefusal) in try verifier.check(token, now: Self.now + 2) }
      switch index / 20 {
      case 0: #expect(outcome == .revoked(id: "\(keys[0].keyID)-\(index)"))
      case 1: #expect(outcome == nil)
      default: #expect(outcome == .unknownKey(id: keys[2].keyID))
      }
    }
  }
}
