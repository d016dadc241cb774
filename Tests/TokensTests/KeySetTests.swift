// Keys and key sets that must not be used, and what a key says of itself.
import Crypto
import Foundation
import JSON
import TestSupport
import Testing

@testable import Tokens

@Suite struct KeySetTests {
  private func jwk(_ text: String) throws -> JWK { try JWK(json: try JSONValue(parsing: text)) }

  /// A key as JSON, with members added or replaced.
  private func text(_ key: JWK, _ changes: [(String, JSONValue?)] = []) throws -> String {
    guard case .object(var object) = try key.secret() else { return "" }
    for (name, value) in changes { object[name] = value }
    return JSONValue.object(object).description
  }

  @Test func thumbprintsAreThoseOfTheStandards() throws {
    // RFC 7638, section 3.1, and RFC 8037, appendix A.3.
    let rsa = try jwk(
      #"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#
    )
    #expect(Base64URL.encode(rsa.thumbprint.bytes) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    let edwards = try jwk(
      #"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
    )
    #expect(Base64URL.encode(edwards.thumbprint.bytes) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  }

  @Test func everyKindOfKeySurvivesItsJSON() throws {
    for key in try TokenMaker.signingKeys() {
      let original = key.verifying
      let again = try jwk(try text(original))
      #expect(again.thumbprint == original.thumbprint && again.algorithm == original.algorithm)
    }
    let full = JWK(
      .privateKey(.p256(try P256.PrivateKey())), keyID: "a", operations: ["sign", "verify"], algorithm: .es256)
    let again = try jwk(try text(full))
    #expect(again.isSecret && again.operations == ["sign", "verify"] && again.use == "sig" && again.keyID == "a")
  }

  @Test func whatAKeySaysOfItselfIsHeeded() throws {
    let key = JWK(.publicKey(.p256(try P256.PrivateKey().publicKey)), keyID: "a", use: nil)
    let cases: [([(String, JSONValue?)], Bool)] = [
      ([], true), ([("use", "sig")], true), ([("use", "enc")], false), ([("use", "SIG")], false),
      ([("key_ops", ["verify"])], true), ([("key_ops", ["sign"])], false), ([("key_ops", [])], false),
      ([("key_ops", ["encrypt"])], false), ([("use", "sig"), ("key_ops", ["deriveKey"])], false),
      ([("alg", "ES256")], true),
    ]
    for (changes, usable) in cases {
      let objection = try jwk(try text(key, changes)).objection(to: "verify")
      #expect((objection == nil) == usable, "\(changes)")
    }
    for alg in ["ES384", "RS256", "HS256", "EdDSA", "ES521", "ECDH-ES", "none", "es256"] {
      #expect(throws: CryptoError.self, "\(alg)") { try jwk(try text(key, [("alg", .string(alg))])) }
    }
    for changes: [(String, JSONValue?)] in [
      [("use", 1)], [("kid", 7)], [("key_ops", "verify")], [("key_ops", ["verify", "verify"])],
      [("alg", nil), ("kty", "ec")],
      [("kty", "RSA")], [("kty", nil)], [("crv", "P-384")], [("crv", "secp256k1")], [("crv", nil)], [("x", nil)],
      [("y", "")],
      [("x", "AA")], [("x", 1)],
    ] {
      #expect(throws: CryptoError.self, "\(changes)") { try jwk(try text(key, changes)) }
    }
  }

  @Test func aPointOffTheCurveIsRefused() throws {
    let key = try P256.PrivateKey().publicKey
    var y = Array(key.y)
    y[5] ^= 1
    let json = #"{"kty":"EC","crv":"P-256","x":"\#(Base64URL.encode(Array(key.x)))","y":"\#(Base64URL.encode(y))"}"#
    #expect(throws: CryptoError.self) { try jwk(json) }
  }

  @Test func numbersAreWrittenInOneWay() throws {
    let public2048 = try RSA.PrivateKey(bits: 2048).publicKey
    let n = Base64URL.encode(public2048.modulus)
    #expect(throws: Never.self) { try jwk(#"{"kty":"RSA","n":"\#(n)","e":"AQAB"}"#) }
    let padded = Base64URL.encode([0] + public2048.modulus)
    for (n, e) in [(padded, "AQAB"), (n, "AAEAAQ"), (n, "AQ"), (n, "Ag"), (n, ""), (n + "=", "AQAB"), (n, "AQAB=")] {
      #expect(throws: CryptoError.self) { try jwk(#"{"kty":"RSA","n":"\#(n)","e":"\#(e)"}"#) }
    }
  }

  @Test func halvesThatDoNotBelongTogetherAreRefused() throws {
    for kind in [PrivateKey.p256(try P256.PrivateKey()), .ed25519(try Ed25519.PrivateKey())] {
      let key = JWK(.privateKey(kind))
      let other = JWK(.privateKey(kind.isEdwards ? .ed25519(try Ed25519.PrivateKey()) : .p256(try P256.PrivateKey())))
      let d = try other.secret()["d"]
      #expect(throws: CryptoError.self) { try jwk(try text(key, [("d", d)])) }
    }
  }

  @Test func secretsTooShortForTheHashAreRefused() throws {
    for (count, allowed) in [
      (31, [] as Set<JWSAlgorithm>), (32, [.hs256]), (47, [.hs256]), (48, [.hs256, .hs384]),
      (64, [.hs256, .hs384, .hs512]),
    ] {
      let key = try TokenMaker.symmetric(count)
      #expect(key.algorithms == allowed)
      #expect((key.objection(to: "verify") == nil) == !allowed.isEmpty)
    }
    #expect(throws: CryptoError.self) { try jwk(#"{"kty":"oct","k":""}"#) }
    #expect(throws: CryptoError.self) {
      try jwk(#"{"kty":"oct","alg":"HS512","k":"\#(Base64URL.encode(SecureRandom.bytes(63)))"}"#)
    }
    #expect(throws: CryptoError.self) {
      try jwk(#"{"kty":"oct","alg":"A256GCM","k":"\#(Base64URL.encode(SecureRandom.bytes(32)))"}"#)
    }
  }

  @Test func setsThatInviteConfusionAreRefused() throws {
    let first = try text(try TokenMaker.symmetric(keyID: "a"))
    let second = try text(try TokenMaker.symmetric(keyID: "b"))
    let again = try text(try TokenMaker.symmetric(keyID: "a"))
    let edwards = JWK(.privateKey(.ed25519(try Ed25519.PrivateKey())), keyID: "c")
    let publicKey = try #require(edwards.published()).description
    func read(_ keys: String..., secrets: JWKSet.Secrets = .allowed) throws -> JWKSet {
      try JWKSet(parsing: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8), secrets: secrets)
    }
    #expect(try read(first, second).keys.count == 2)
    #expect(try read(publicKey).keys.count == 1)
    #expect(throws: CryptoError.malformed("two keys have the id \"a\"")) { try read(first, again) }
    #expect(throws: CryptoError.malformed("shared secrets and public keys are in one set")) {
      try read(first, publicKey)
    }
    #expect(throws: CryptoError.self) { try read(first, secrets: .refused) }
    #expect(throws: CryptoError.self) { try read(try text(edwards), secrets: .refused) }
    for broken in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[]} x"#, "null"] {
      #expect(throws: CryptoError.self, "\(broken)") { try JWKSet(parsing: Array(broken.utf8), secrets: .allowed) }
    }
    let many = Array(repeating: publicKey, count: JWKSet.maximumKeys + 1).joined(separator: ",")
    #expect(throws: CryptoError.self) { try JWKSet(parsing: Array(#"{"keys":[\#(many)]}"#.utf8), secrets: .allowed) }
  }

  @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
  func aPublicSetHoldsNoneOfTheNumbersOfASecretKey(member: String) throws {
    // Also one number alone: from one prime of an RSA key follows all the rest.
    for kind in [#""kty":"RSA","n":"sXch","e":"AQAB""#, #""kty":"EC","crv":"P-256""#, #""kty":"OKP""#] {
      for value in [#""AQ""#, "1", "null", "[]"] {
        let set = Array(#"{"keys":[{"kid":"a",\#(kind),"\#(member)":\#(value)}]}"#.utf8)
        #expect(throws: CryptoError.malformed(#"the key "a" is secret, and the set is for everybody"#), "\(member)") {
          try JWKSet(parsing: set, secrets: .refused)
        }
      }
    }
  }

  @Test func secretNumbersMayBeWrittenWithEscapesAndMustBeCanonicalBase64() throws {
    let key = JWK(.privateKey(.ed25519(try Ed25519.PrivateKey())), keyID: "a")
    let text = try text(key)
    let d = try #require(try key.secret()["d"]?.string)
    let escaped = text.replacingOccurrences(
      of: #""d":"\#(d)""#, with: #""\u0064":"\u00\#(String(d.utf8.first!, radix: 16))\#(d.dropFirst())""#)
    #expect(escaped != text)
    #expect(try jwk(escaped).isSecret)
    for wrong in [d + "=", d + " ", String(d.dropLast()), "", d.replacingOccurrences(of: "-", with: "+") + "+"] {
      #expect(throws: CryptoError.self, "\(wrong)") { try jwk(text.replacingOccurrences(of: d, with: wrong)) }
    }
  }

  @Test func aKeyThatCannotBeUsedDoesNotSpoilTheOthers() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let good = try #require(key.verifying.published()).description
    let text =
      #"{"keys":[{"kty":"AKP","alg":"ML-DSA-65","kid":"future"},{"kty":"EC","crv":"P-256","kid":"broken","x":"AA","y":"AA"},\#(good)],"note":1}"#
    let set = try JWKSet(parsing: Array(text.utf8), secrets: .refused)
    #expect(set.keys.count == 1 && set.ignored.map(\.keyID) == ["future", "broken"])
    let keys = VerificationKeys(set, allowing: JWSAlgorithm.all)
    let token = try TokenMaker.token(
      header: #"{"alg":"EdDSA","kid":"\#(key.keyID)"}"#, payload: TokenMaker.goodClaims, key: key)
    #expect(throws: Never.self) { try keys.verify(try JWS(token)) }
    let broken = try TokenMaker.token(header: #"{"alg":"EdDSA","kid":"broken"}"#, payload: "{}", key: key)
    guard case .unusableKey(let id, _)? = refusal({ () throws(TokenRefusal) in try keys.verify(try JWS(broken)) })
    else {
      return #expect(Bool(false), "the broken key was not named")
    }
    #expect(id == "broken")
  }

  @Test func aTokenWithoutKidIsTriedWithTheKeysOfItsAlgorithm() throws {
    let keys = try (0..<4).map { _ in try SigningKey(.ed25519(try Ed25519.PrivateKey())) }
    let all = VerificationKeys(JWKSet(keys.map(\.verifying)), allowing: JWSAlgorithm.all)
    for key in keys {
      let token = try JWS(TokenMaker.token(header: #"{"alg":"EdDSA"}"#, payload: "{}", key: key))
      #expect(try all.verify(token).keyID == key.keyID)
    }
    // The header's kid chooses: the right signature under another key's id is wrong.
    let misnamed = try JWS(
      TokenMaker.token(header: #"{"alg":"EdDSA","kid":"\#(keys[0].keyID)"}"#, payload: "{}", key: keys[1]))
    #expect(throws: TokenRefusal.badSignature) { try all.verify(misnamed) }
    let unknown = try JWS(TokenMaker.token(header: #"{"alg":"EdDSA","kid":"nobody"}"#, payload: "{}", key: keys[1]))
    #expect(throws: TokenRefusal.unknownKey(id: "nobody")) { try all.verify(unknown) }
  }

  @Test func aSecretSetIsReadFromAPrivateFileOnly() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("keys.json").path
    let set = #"{"keys":[\#(try text(try TokenMaker.symmetric()))]}"#
    try KeyFile.write(Array(set.utf8), to: path)
    #expect(try KeySetFile.read(path).keys.count == 1)
    chmod(path, 0o644)
    #expect(throws: FileError.self) { try KeySetFile.read(path) }
    let published = JWKSet([try SigningKey(.ed25519(try Ed25519.PrivateKey())).verifying]).published().description
    try KeyFile.write(Array(published.utf8), to: path, replacing: true)
    chmod(path, 0o644)
    #expect(try KeySetFile.read(path).keys.count == 1)
    #expect(throws: FileError.missing(path: path + "x")) { try KeySetFile.read(path + "x") }
  }

  @Test func aPublishedSetHoldsNoSecrets() throws {
    var keys = try TokenMaker.signingKeys().map(\.verifying) + [JWK(.privateKey(.p256(try P256.PrivateKey())))]
    for index in keys.indices { keys[index].keyID = "\(index)" }
    let text = JWKSet(keys).published().description
    for member in ["\"d\"", "\"k\"", "\"p\"", "\"oct\""] { #expect(!text.contains(member)) }
    #expect(try JWKSet(parsing: Array(text.utf8), secrets: .refused).keys.count == 11)
  }
}

extension PrivateKey {
  fileprivate var isEdwards: Bool { if case .ed25519 = self { true } else { false } }
}
