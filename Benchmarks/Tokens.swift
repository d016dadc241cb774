// Checking a token: the first time, when its signature costs most, and remembered, beside the bare signature check.
import Crypto
import Foundation
import JSON
import Tokens

extension Suite {
  static let tokens = Suite(name: "tokens") {
    let now = Date().timeIntervalSince1970
    try benchmarkContention(now: now)
    try benchmarkChecks(now: now)
  }
}

private func benchmarkChecks(now: Double) throws {
  for (name, key) in try [
    ("EdDSA", SigningKey(.ed25519(Ed25519.PrivateKey()))), ("ES256", SigningKey(.p256(P256.PrivateKey()))),
    ("RS256", SigningKey(.rsa(RSA.PrivateKey(bits: 2048)))), ("HS256", SigningKey(sharedKey())),
  ] {
    let issuer = TokenIssuer(key: key, issuer: "https://witan.example", audience: ["witan"])
    let text = try issuer.issue(
      subject: "agent-7", lifetime: 86_400, now: now, claims: [("roles", ["decider", "auditor"])])
    let token = Array(text.utf8)
    let keys = VerificationKeys(JWKSet([key.verifying]), allowing: JWSAlgorithm.standard)
    let verifying = keys.keys[0]
    let parsed = try JWS(token)
    let policy = TokenPolicy(issuers: ["https://witan.example"], audiences: ["witan"])
    let verifier = TokenVerifier(keys: KeyRing(JWKSet([key.verifying])), policy: policy)
    let forgetful = TokenVerifier(
      keys: KeyRing(JWKSet([key.verifying])), policy: policy, cache: VerifiedTokenCache(capacity: 8, stripes: 1))
    report(
      "a token of \(token.count) bytes, \(name)",
      measure(
        [
          Contender(name: "the signature alone") { count in
            repeated(count) { verifying.verifies(parsed) ? 1 : 0 }
          },
          Contender(name: "first check") { count in
            repeated(count) {
              forgetful.forgetAll()
              return try forgetful.check(token.span.bytes, now: now).subject.utf8.count
            }
          },
          Contender(name: "remembered") { count in
            repeated(count) { try verifier.check(token.span.bytes, now: now).subject.utf8.count }
          },
          Contender(name: "issued") { count in
            repeated(count) { try issuer.issue(subject: "agent-7", lifetime: 60, now: now).utf8.count }
          },
        ], rounds: 3))
  }
}

private func sharedKey() throws -> JWK {
  var bytes = SecureRandom.bytes(32)
  return JWK(.symmetric(try SymmetricKey(moving: &bytes)), keyID: "shared")
}

/// Two threads on the remembered check of one token: the rate should double.
private func benchmarkContention(now: Double) throws {
  let key = try SigningKey(.ed25519(Ed25519.PrivateKey()))
  let issuer = TokenIssuer(key: key)
  let token = Array(try issuer.issue(subject: "agent-7", lifetime: 86_400, now: now).utf8)
  let verifier = TokenVerifier(keys: KeyRing(JWKSet([key.verifying])), policy: TokenPolicy())
  @Sendable func check(_ count: Int) -> Int {
    repeated(count) { try verifier.check(token.span.bytes, now: now).subject.utf8.count }
  }
  report(
    "remembered checks of one token, per thread",
    measure([
      Contender(name: "one thread", run: check),
      Contender(name: "two threads at once") { count in
        let other = Thread { _ = check(count) }
        other.start()
        let sum = check(count)
        while !other.isFinished { sched_yield() }
        return sum
      },
    ]))
}
