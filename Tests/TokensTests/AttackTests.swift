// Tokens made to deceive a verifier: each is refused, and for the right reason.
import Crypto
import JSON
import Testing

@testable import Tokens

@Suite struct AttackTests {
  private static let now = TokenMaker.now

  private func verifier(_ keys: [JWK], _ policy: TokenPolicy = TokenPolicy(algorithms: JWSAlgorithm.all))
    -> TokenVerifier
  {
    TokenVerifier(keys: KeyRing(JWKSet(keys), algorithms: policy.algorithms), policy: policy)
  }

  private func header(_ key: SigningKey, adding members: String = "") -> String {
    #"{"alg":"\#(key.algorithm.rawValue)","kid":"\#(key.keyID)"\#(members)}"#
  }

  private func outcome(_ token: [UInt8], _ verifier: TokenVerifier) -> TokenRefusal? {
    refusal { () throws(TokenRefusal) in try verifier.check(token, now: AttackTests.now) }
  }

  @Test func aGoodTokenOfEveryAlgorithmIsAccepted() throws {
    for key in try TokenMaker.signingKeys() {
      let token = try TokenMaker.token(header: header(key), payload: TokenMaker.goodClaims, key: key)
      let verified = try verifier([key.verifying]).check(token, now: Self.now)
      #expect(verified.subject == "agent" && verified.algorithm == key.algorithm)
    }
  }

  @Test func tokensNobodySignedAreRefused() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let verifier = verifier([key.verifying])
    let claims = TokenMaker.encoded(TokenMaker.goodClaims)
    for name in ["none", "None", "NONE", "nOnE"] {
      let token = TokenMaker.encoded(#"{"alg":"\#(name)"}"#) + "." + claims + "."
      #expect(outcome(Array(token.utf8), verifier) == .unsecured)
    }
    let good = try TokenMaker.token(header: header(key), payload: TokenMaker.goodClaims, key: key)
    let unsigned = Array(good[...(try #require(good.lastIndex(of: UInt8(ascii: "."))))])
    #expect(outcome(unsigned, verifier) == .badSignature)
  }

  @Test func namesOfAlgorithmsAreComparedExactly() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    for name in ["eddsa", "EDDSA", "EdDSA ", "hs256", "Hs256", "ES256K", "", "Ed448", "HS256\\u0000"] {
      let token = try TokenMaker.token(header: #"{"alg":"\#(name)"}"#, payload: TokenMaker.goodClaims, key: key)
      guard case .unknownAlgorithm? = outcome(token, verifier([key.verifying])) else {
        Issue.record("\(name) was not refused as unknown")
        continue
      }
    }
  }

  @Test func aPublicKeyIsNeverAnHMACSecret() throws {
    let rsa = PrivateKey.rsa(try RSA.PrivateKey(bits: 2048))
    let published = try SigningKey(JWK(.privateKey(rsa), keyID: "one"), algorithm: .rs256)
    let pem = Array(try rsa.publicKey.pem().utf8)
    let der = try rsa.publicKey.der()
    let json = Array(try #require(published.verifying.published()).description.utf8)
    for secret in [pem, Array(pem.dropLast()), der, json] {
      // What an attacker does: the published bytes as a secret.
      let forged = HMAC(key: secret.span.bytes, hash: .sha256)
      let signed = Array(
        (TokenMaker.encoded(#"{"alg":"HS256","kid":"one"}"#) + "." + TokenMaker.encoded(TokenMaker.goodClaims)).utf8)
      let token = signed + Array(".\(Base64URL.encode(forged.authenticate(signed)))".utf8)
      #expect(outcome(token, verifier([published.verifying])) == .algorithmNotOfKey(.hs256, id: "one"))
    }
    // And what a careless operator does: the same bytes configured as a secret.
    for secret in [pem, der, json, Array(Base64.encode(der).utf8)] {
      #expect(throws: CryptoError.self) {
        var copy = secret
        return try SymmetricKey(moving: &copy)
      }
    }
  }

  @Test func keysInsideTheTokenAreRefused() throws {
    let attacker = try SigningKey(.p256(try P256.PrivateKey()))
    let owner = try SigningKey(.p256(try P256.PrivateKey()))
    let own = try #require(attacker.verifying.published()).description
    for (member, value) in [
      ("jwk", own), ("jku", "\"https://evil.example/keys\""), ("x5u", "\"https://evil.example/cert\""),
      ("x5c", "[\"MIIB\"]"),
    ] {
      let header = #"{"alg":"ES256","kid":"\#(owner.keyID)","\#(member)":\#(value)}"#
      let token = try TokenMaker.token(header: header, payload: TokenMaker.goodClaims, key: attacker)
      #expect(outcome(token, verifier([owner.verifying])) == .embeddedKey(member: member))
    }
  }

  @Test func extensionsThatAreNotUnderstoodAreRefused() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let cases: [(String, TokenRefusal)] = [
      (#","crit":["exp"],"exp":1"#, .criticalExtension("exp")),
      (
        #","crit":["http://example.invalid/x"],"http://example.invalid/x":true"#,
        .criticalExtension("http://example.invalid/x")
      ),
      (#","crit":[]"#, .header("crit is empty")),
      (#","crit":["b64"]"#, .header("crit names b64, which is not there")),
      (#","crit":["b64","b64"],"b64":true"#, .header("crit names an extension twice")),
      (#","crit":["alg"]"#, .header("crit names \"alg\", which is no extension")),
      (#","b64":false"#, .header("b64 is false, and crit does not name it")),
      (#","crit":["b64"],"b64":false"#, .unencodedPayload),
    ]
    for (members, expected) in cases {
      let token = try TokenMaker.token(header: header(key, adding: members), payload: TokenMaker.goodClaims, key: key)
      #expect(outcome(token, verifier([key.verifying])) == expected)
    }
    for members in [
      #","crit":"exp""#, #","crit":[1]"#, #","crit":null"#, #","b64":"no""#, #","kid":"twice""#, #","typ":1"#,
    ] {
      let token = try TokenMaker.token(header: header(key, adding: members), payload: TokenMaker.goodClaims, key: key)
      guard case .header? = outcome(token, verifier([key.verifying])) else {
        Issue.record("\(members) was not refused")
        continue
      }
    }
    let harmless = try TokenMaker.token(
      header: header(key, adding: #","crit":["b64"],"b64":true,"x5t":"abc","note":{"a":[1]}"#),
      payload: TokenMaker.goodClaims, key: key)
    #expect(outcome(harmless, verifier([key.verifying])) == nil)
  }

  @Test func aTokenHasOneSpellingOnly() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let verifier = verifier([key.verifying])
    let good = String(
      decoding: try TokenMaker.token(header: header(key), payload: TokenMaker.goodClaims, key: key), as: UTF8.self)
    let parts = good.split(separator: ".").map(String.init)
    let spellings = [
      "\(good).", "\(good).x", ".\(good)", good + "=", good + " ", " " + good, good + "\n",
      "\(parts[0])=.\(parts[1]).\(parts[2])",
      "\(parts[0]).\(parts[1])=.\(parts[2])", "\(parts[0]).\(parts[1]) .\(parts[2])", "\(parts[0])..\(parts[2])",
      ".\(parts[1]).\(parts[2])", "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", parts[0], "", ".", "..", "...",
      "\(parts[0])\n.\(parts[1]).\(parts[2])", good.replacingOccurrences(of: "-", with: "+"), good + "%00",
      "Bearer \(good)",
    ]
    for spelling in spellings where spelling != good {
      #expect(outcome(Array(spelling.utf8), verifier) != nil, "\(spelling)")
    }
    // 64 bytes leave four unused bits in the last digit: all other values of them must be refused.
    let last = try #require(parts[2].last)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let value = try #require(alphabet.firstIndex(of: last))
    for other in alphabet where other != last {
      let changed = String(good.dropLast()) + String(other)
      let sameBits = try #require(alphabet.firstIndex(of: other)) >> 4 == value >> 4
      #expect(
        outcome(Array(changed.utf8), verifier)
          == (sameBits ? .encoding(.signature) : outcome(Array(changed.utf8), verifier)))
      #expect(outcome(Array(changed.utf8), verifier) != nil)
    }
    #expect(outcome(Array(good.utf8), verifier) == nil)
  }

  @Test func membersThatAppearTwiceAreRefused() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let verifier = verifier([key.verifying])
    let twiceInHeader = try TokenMaker.token(
      header: #"{"alg":"none","alg":"EdDSA"}"#, payload: TokenMaker.goodClaims, key: key)
    guard case .header? = outcome(twiceInHeader, verifier) else { return #expect(Bool(false), "alg twice") }
    let twiceInClaims = try TokenMaker.token(
      header: header(key), payload: #"{"sub":"me","sub":"root","exp":1800000600}"#, key: key)
    guard case .payload? = outcome(twiceInClaims, verifier) else { return #expect(Bool(false), "sub twice") }
    let escaped = try TokenMaker.token(
      header: header(key), payload: #"{"sub":"me","\u0073ub":"root","exp":1800000600}"#, key: key)
    guard case .payload? = outcome(escaped, verifier) else { return #expect(Bool(false), "sub twice, escaped") }
    for payload in ["", "null", "[]", "1", "\"x\"", "{", #"{"sub":"a","exp":1800000600} "x""#] {
      let token = try TokenMaker.token(header: header(key), payload: payload, key: key)
      guard case .payload? = outcome(token, verifier) else {
        Issue.record("the payload \(payload) was not refused")
        continue
      }
    }
  }

  @Test func signaturesThatNoKeyMadeAreRefused() throws {
    let key = try SigningKey(.p256(try P256.PrivateKey()))
    let verifier = verifier([key.verifying])
    let start = TokenMaker.encoded(header(key)) + "." + TokenMaker.encoded(TokenMaker.goodClaims) + "."
    let good = try key.sign(Array(start.dropLast().utf8))
    let zero = [UInt8](repeating: 0, count: 32)
    let order = try #require(Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))
    for signature in [
      zero + zero, zero + [UInt8](good.suffix(32)), [UInt8](good.prefix(32)) + zero, order + order,
      Array(good.dropLast()), good + [0], [0] + good, [UInt8](good.suffix(32)) + good.prefix(32), [],
      [UInt8](repeating: 0, count: 256),
    ] {
      #expect(outcome(Array((start + Base64URL.encode(signature)).utf8), verifier) == .badSignature)
    }
    #expect(outcome(Array((start + Base64URL.encode(good)).utf8), verifier) == nil)
    // The same signature as DER, as other formats write it.
    let der = try P256.PrivateKey().signDER(Array(start.dropLast().utf8))
    #expect(outcome(Array((start + Base64URL.encode(der)).utf8), verifier) == .badSignature)
  }

  @Test func anAlgorithmOfAnotherKeyIsRefused() throws {
    let keys = try TokenMaker.signingKeys()
    for key in keys {
      for other in keys where other.algorithm != key.algorithm {
        let header = #"{"alg":"\#(other.algorithm.rawValue)","kid":"\#(key.keyID)"}"#
        let token = try TokenMaker.token(header: header, payload: TokenMaker.goodClaims, key: other)
        #expect(outcome(token, verifier([key.verifying])) == .algorithmNotOfKey(other.algorithm, id: key.keyID))
      }
    }
  }

  @Test func anAlgorithmNotOnTheListIsRefused() throws {
    let key = try SigningKey(.p384(try P384.PrivateKey()))
    let token = try TokenMaker.token(header: header(key), payload: TokenMaker.goodClaims, key: key)
    let standard = TokenVerifier(keys: KeyRing(JWKSet([key.verifying])), policy: TokenPolicy())
    #expect(outcome(token, standard) == .algorithmNotAllowed(.es384))
  }

  @Test func aTokenForAnotherUseIsRefused() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let verifier = verifier([key.verifying])
    for type in ["permit+jwt", "application/permit+jwt", "secevent+jwt", "JOSE", ""] {
      let token = try TokenMaker.token(
        header: header(key, adding: #","typ":"\#(type)""#), payload: TokenMaker.goodClaims, key: key)
      #expect(outcome(token, verifier) == .unexpectedType(type))
    }
    for type in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
      let token = try TokenMaker.token(
        header: header(key, adding: #","typ":"\#(type)""#), payload: TokenMaker.goodClaims, key: key)
      #expect(outcome(token, verifier) == nil)
    }
    let nested = try TokenMaker.token(
      header: header(key, adding: #","cty":"JWT""#), payload: TokenMaker.goodClaims, key: key)
    #expect(outcome(nested, verifier) == .unexpectedType("JWT"))
  }

  @Test func aTokenTooLongIsRefusedUnread() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let token = [UInt8](repeating: UInt8(ascii: "."), count: JWS.maximumLength + 1)
    #expect(outcome(token, verifier([key.verifying])) == .tooLong(limit: JWS.maximumLength))
    let deep = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
    let nested = try TokenMaker.token(header: header(key), payload: #"{"sub":"a","x":\#(deep)}"#, key: key)
    guard case .payload? = outcome(nested, verifier([key.verifying])) else {
      return #expect(Bool(false), "deep nesting")
    }
  }

  @Test func everyTokenWithAChangedByteIsRefused() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let good = try TokenMaker.token(header: header(key), payload: TokenMaker.goodClaims, key: key)
    let verifier = verifier([key.verifying])
    for index in good.indices {
      for change: UInt8 in [1, 0x20, 0x80] {
        var token = good
        token[index] ^= change
        #expect(outcome(token, verifier) != nil)
      }
      #expect(outcome(Array(good.prefix(index)), verifier) != nil)
    }
  }

  @Test func whatALogSaysCannotBeForged() {
    let evil = TokenRefusal.unknownKey(
      id: "x\n2026-01-01 INFO all is well \u{1b}[31m\"" + String(repeating: "y", count: 500))
    #expect(!evil.description.contains("\n") && !evil.description.contains("\u{1b}"))
    #expect(evil.description.count < 250)
    #expect(TokenRefusal.status == 401 && !TokenRefusal.challenge.contains("alg"))
  }
}
