// What a token says, and what a policy makes of it.
import Crypto
import JSON
import Testing

@testable import Tokens

@Suite struct ClaimTests {
  private static let now = TokenMaker.now
  private let key: SigningKey
  init() throws { key = try SigningKey(.ed25519(try Ed25519.PrivateKey())) }

  private func outcome(_ payload: String, _ policy: TokenPolicy = TokenPolicy(), at time: Double = now) throws
    -> TokenRefusal?
  {
    let verifier = TokenVerifier(keys: KeyRing(JWKSet([key.verifying])), policy: policy)
    let token = try TokenMaker.token(header: #"{"alg":"EdDSA","kid":"\#(key.keyID)"}"#, payload: payload, key: key)
    return refusal { () throws(TokenRefusal) in try verifier.check(token, now: time) }
  }

  @Test func timesAreHeldAgainstTheClockWithLeeway() throws {
    let policy = TokenPolicy(leeway: 30)
    #expect(try outcome(#"{"sub":"a","exp":1800000001}"#, policy) == nil)
    #expect(try outcome(#"{"sub":"a","exp":1799999971}"#, policy) == nil)
    #expect(try outcome(#"{"sub":"a","exp":1799999970}"#, policy) == .expired(at: 1_799_999_970))
    #expect(try outcome(#"{"sub":"a","exp":1799999970.5}"#, policy) == nil)
    #expect(try outcome(#"{"sub":"a","exp":1800000600,"nbf":1800000030}"#, policy) == nil)
    #expect(try outcome(#"{"sub":"a","exp":1800000600,"nbf":1800000031}"#, policy) == .notYetValid(from: 1_800_000_031))
    #expect(
      try outcome(#"{"sub":"a","exp":1800000600,"iat":1800000031}"#, policy) == .issuedInTheFuture(at: 1_800_000_031))
    #expect(try outcome(#"{"sub":"a","exp":1800000600,"iat":1800000030,"nbf":0}"#, policy) == nil)
    #expect(try outcome(#"{"sub":"a","exp":1800000000}"#, TokenPolicy(leeway: 0)) == .expired(at: 1_800_000_000))
    #expect(TokenPolicy(leeway: 1e9).leeway == TokenPolicy.maximumLeeway && TokenPolicy(leeway: -5).leeway == 0)
  }

  @Test(arguments: [
    "\"1800000600\"", "-1", "1e300", "18446744073709551615", "253402300800", "null", "true", "[1800000600]", "{}",
    "-0.5",
  ])
  func timesThatAreNoTimesAreRefused(value: String) throws {
    for name in ["exp", "nbf", "iat"] {
      let others = name == "exp" ? "" : #","exp":1800000600"#
      guard case .badClaim(name, _)? = try outcome(#"{"sub":"a"\#(others),"\#(name)":\#(value)}"#) else {
        Issue.record("\(name) \(value) was not refused")
        continue
      }
    }
  }

  @Test func expiryAndSubjectAreRequiredUnlessThePolicySaysOtherwise() throws {
    #expect(try outcome(#"{"sub":"a"}"#) == .missingClaim("exp"))
    #expect(try outcome(#"{"exp":1800000600}"#) == .missingClaim("sub"))
    #expect(try outcome(#"{"exp":1800000600,"sub":""}"#) == .missingClaim("sub"))
    #expect(try outcome("{}", TokenPolicy(requiresExpiry: false, requiresSubject: false)) == nil)
    for claim in ["sub", "iss", "jti"] {
      #expect(
        try outcome(#"{"exp":1800000600,"\#(claim)":7}"#) == .badClaim(claim, reason: "must be a string"))
    }
  }

  @Test func issuerAndAudienceAreCheckedWhereConfigured() throws {
    let base = #""sub":"a","exp":1800000600"#
    let policy = TokenPolicy(issuers: ["https://id.example"], audiences: ["witan", "other"])
    #expect(try outcome(#"{\#(base),"iss":"https://id.example","aud":"witan"}"#, policy) == nil)
    #expect(try outcome(#"{\#(base),"iss":"https://id.example","aud":["x","other"]}"#, policy) == nil)
    #expect(try outcome(#"{\#(base),"aud":"witan"}"#, policy) == .wrongIssuer(nil))
    #expect(
      try outcome(#"{\#(base),"iss":"https://ID.example","aud":"witan"}"#, policy) == .wrongIssuer("https://ID.example")
    )
    #expect(try outcome(#"{\#(base),"iss":"https://id.example"}"#, policy) == .missingClaim("aud"))
    #expect(try outcome(#"{\#(base),"iss":"https://id.example","aud":[]}"#, policy) == .missingClaim("aud"))
    #expect(try outcome(#"{\#(base),"iss":"https://id.example","aud":["x"]}"#, policy) == .wrongAudience(["x"]))
    for audience in ["7", "[7]", "{}", "null", "[\"witan\",null]"] {
      guard
        case .badClaim("aud", _)? = try outcome(#"{\#(base),"iss":"https://id.example","aud":\#(audience)}"#, policy)
      else {
        Issue.record("aud \(audience) was not refused")
        continue
      }
    }
    #expect(try outcome(#"{\#(base),"iss":"anybody","aud":"anyone"}"#) == nil)
    // One letter written in two ways is two letters.
    let accented = TokenPolicy(issuers: ["caf\u{e9}"])
    #expect(try outcome("{\(base),\"iss\":\"caf\u{e9}\"}", accented) == nil)
    #expect(try outcome("{\(base),\"iss\":\"cafe\u{301}\"}", accented) == .wrongIssuer("cafe\u{301}"))
  }

  @Test func rolesAreOneStringOrSeveral() throws {
    func claims(_ text: String) throws -> Claims { try Claims(Array(text.utf8).span.bytes) }
    #expect(try claims(#"{"roles":"admin"}"#).strings("roles") == ["admin"])
    #expect(try claims(#"{"roles":["admin","auditor"]}"#).strings("roles") == ["admin", "auditor"])
    #expect(try claims(#"{"roles":["admin",1]}"#).strings("roles") == nil)
    #expect(try claims(#"{}"#).strings("roles") == nil)
  }

  @Test func anIssuedTokenPassesItsOwnCheck() throws {
    for key in try TokenMaker.signingKeys() {
      let issuer = TokenIssuer(key: key, issuer: "https://witan.example", audience: ["witan"])
      let token = try issuer.issue(
        subject: "ann", lifetime: 3600, now: Self.now, claims: [("roles", ["decider"])])
      let policy = TokenPolicy(
        issuers: ["https://witan.example"], audiences: ["witan"], algorithms: JWSAlgorithm.all, leeway: 0)
      let verifier = TokenVerifier(keys: KeyRing(JWKSet([key.verifying]), algorithms: JWSAlgorithm.all), policy: policy)
      let verified = try verifier.check(Array(token.utf8), now: Self.now)
      #expect(verified.subject == "ann" && verified.claims.strings("roles") == ["decider"])
      #expect(verified.claims.expires == Self.now + 3600 && verified.claims.tokenID?.count == 22)
      let late = refusal { () throws(TokenRefusal) in try verifier.check(Array(token.utf8), now: Self.now + 3600) }
      #expect(late == .expired(at: Self.now + 3600))
      let permit = Array(try issuer.issue(subject: "ann", lifetime: 60, now: Self.now, type: "permit+jwt").utf8)
      let misused = refusal { () throws(TokenRefusal) in try verifier.check(permit, now: Self.now) }
      #expect(misused == .unexpectedType("permit+jwt"))
    }
  }
}
