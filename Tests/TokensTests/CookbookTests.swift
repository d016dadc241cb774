// RFC 7520's examples, with those of RFC 7797 and RFC 8037: every signature and every key of them that a verifier of signed
// tokens can meet. What does not apply is named beside its reason in `notForUs`.
import Crypto
import Foundation
import JSON
import TestSupport
import Testing

@testable import Tokens

private let folder = "vectors/jose-cookbook"

@Suite(.enabled(if: Fixtures.present(folder)))
struct CookbookTests {
  /// Files, or parts of them, that no verifier of compact signatures can take, and why.
  private static let notForUs = [
    "jwe/": "encryption",
    "curve25519/ecdh-es.json": "key agreement; its key is refused below",
    "jws/4_7.protecting_content_only.json": "has no protected header, so it has no compact form",
    "jws/4_8.multiple_signatures.json": "its second signature has no protected header; the other two are verified",
    "6.nesting_signatures_and_encryption.json": "its second half is encryption; the signature is verified",
    "rfc7797/4.2.hmac-sha2_b64_false.json": "its crit does not name b64, against RFC 7797 section 6: refused below",
  ]

  private static let signed = [
    "jws/4_1.rsa_v15_signature.json", "jws/4_2.rsa-pss_signature.json", "jws/4_3.ecdsa_signature.json",
    "jws/4_4.hmac-sha2_integrity_protection.json", "jws/4_6.protecting_specific_header_fields.json",
    "curve25519/jws.json",
  ]

  private func load(_ path: String) throws -> JSONValue {
    let url = try #require(Fixtures.url("\(folder)/\(path)"))
    return try JSONValue(parsing: [UInt8](Data(contentsOf: url)))
  }

  private func keys(_ key: JSONValue) throws -> VerificationKeys {
    VerificationKeys(try JWKSet(parsing: Array(key.description.utf8), secrets: .allowed), allowing: JWSAlgorithm.all)
  }

  /// Every compact form in an example, its JSON forms put together again as compact ones.
  private func compactForms(_ output: JSONValue) -> [String] {
    var forms: [String] = []
    if let compact = output["compact"]?.string { forms.append(compact) }
    for name in ["json", "json_flat"] {
      guard let json = output[name], let payload = json["payload"]?.string else { continue }
      for signature in json["signatures"]?.array ?? [json] {
        guard let protected = signature["protected"]?.string, let value = signature["signature"]?.string else {
          continue
        }
        forms.append("\(protected).\(payload).\(value)")
      }
    }
    return forms
  }

  @Test(arguments: signed)
  func everySignatureVerifies(path: String) throws {
    let example = try load(path)
    let keys = try keys(try #require(example["input"]?["key"]))
    let payload = Array(try #require(example["input"]?["payload"]?.string).utf8)
    let forms = compactForms(try #require(example["output"]))
    #expect(!forms.isEmpty)
    for form in forms {
      let token = try JWS(Array(form.utf8))
      #expect(token.payload == payload)
      #expect(throws: Never.self) { try keys.verify(token) }
      for index in token.signature.indices.prefix(70) {
        var changed = token.signature
        changed[index] ^= 1
        let start = form.lastIndex(of: ".").map { String(form[...$0]) } ?? ""
        let forged = try JWS(Array((start + Base64URL.encode(changed)).utf8))
        #expect(refusal { () throws(TokenRefusal) in try keys.verify(forged) } == .badSignature)
      }
    }
  }

  @Test(arguments: signed)
  func reproducibleSignaturesAreReproduced(path: String) throws {
    let example = try load(path)
    guard example["reproducible"]?.boolean == true else { return }
    let name = try #require(example["input"]?["alg"]?.string)
    let algorithm = try #require(JWSAlgorithm(rawValue: name))
    var jwk = try JWK(json: try #require(example["input"]?["key"]))
    jwk.keyID = jwk.keyID ?? "any"
    let key = try SigningKey(jwk, algorithm: algorithm)
    let input = Array(try #require(example["signing"]?["sig-input"]?.string).utf8)
    let signature = try key.sign(input.span.bytes)
    #expect(Base64URL.encode(signature) == example["signing"]?["sig"]?.string)
  }

  @Test func aDetachedPayloadIsVerified() throws {
    let example = try load("jws/4_5.signature_with_detached_content.json")
    let keys = try keys(try #require(example["input"]?["key"]))
    let payload = Array(try #require(example["input"]?["payload"]?.string).utf8)
    let compact = Array(try #require(example["output"]?["compact"]?.string).utf8)
    #expect(throws: Never.self) { try keys.verify(try JWS(compact, detached: payload)) }
    #expect(throws: TokenRefusal.badSignature) { try keys.verify(try JWS(compact, detached: payload + [0])) }
    #expect(throws: TokenRefusal.badSignature) { try keys.verify(try JWS(compact)) }
  }

  @Test func ofSeveralSignaturesEachOneWithAProtectedHeaderVerifies() throws {
    let example = try load("jws/4_8.multiple_signatures.json")
    let forms = compactForms(try #require(example["output"]))
    #expect(forms.count == 2)
    var verified = 0
    for form in forms {
      let token = try JWS(Array(form.utf8))
      for key in try #require(example["input"]?["key"]?.array) {
        if (try? keys(key).verify(token)) != nil { verified += 1 }
      }
    }
    #expect(verified == 2)
  }

  @Test func theNestedSignatureVerifies() throws {
    let example = try load("6.nesting_signatures_and_encryption.json")
    let signing = try #require(example["sign"])
    let keys = try keys(try #require(signing["input"]?["key"]))
    let compact = Array(try #require(signing["output"]?["compact"]?.string).utf8)
    let token = try JWS(compact)
    #expect(throws: Never.self) { try keys.verify(token) }
    let claims = try Claims(token.payload.span.bytes)
    #expect(claims.issuer == "hobbiton.example" && claims.expires == 1_300_819_380)
    // Encrypted, it is five parts.
    let encrypted = Array(try #require(example["encrypt"]?["output"]?["compact"]?.string).utf8)
    #expect(throws: TokenRefusal.notCompact) { try JWS(encrypted) }
  }

  @Test func anUnencodedPayloadVerifiesOnlyWhereItIsAskedFor() throws {
    let example = try load("rfc7797/hmac-sha2_b64_false.json")
    let keys = try keys(try #require(example["input"]?["key"]))
    let compact = Array(try #require(example["output"]?["compact"]?.string).utf8)
    #expect(throws: TokenRefusal.unencodedPayload) { try JWS(compact) }
    let token = try JWS(compact, unencoded: .accepted)
    #expect(token.payload == Array("This is the payload string!".utf8))
    #expect(throws: Never.self) { try keys.verify(token) }
    // The same, with the payload sent elsewhere.
    let parts = String(decoding: compact, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
    let detached = Array("\(parts[0])..\(parts[2])".utf8)
    #expect(throws: TokenRefusal.unencodedPayload) { try JWS(detached, detached: token.payload) }
    let apart = try JWS(detached, detached: token.payload, unencoded: .accepted)
    #expect(throws: Never.self) { try keys.verify(apart) }
  }

  @Test func b64WithoutCritIsRefused() throws {
    let example = try load("rfc7797/4.2.hmac-sha2_b64_false.json")
    let flat = try #require(example["output"]?["json_flat"])
    let protected = try #require(flat["protected"]?.string)
    let signature = try #require(flat["signature"]?.string)
    let payload = Array(try #require(flat["payload"]?.string).utf8)
    #expect(throws: TokenRefusal.header("b64 is false, and crit does not name it")) {
      try JWS(Array("\(protected)..\(signature)".utf8), detached: payload, unencoded: .accepted)
    }
  }

  @Test(arguments: [
    "jwk/3_1.ec_public_key.json", "jwk/3_2.ec_private_key.json", "jwk/3_3.rsa_public_key.json",
    "jwk/3_4.rsa_private_key.json", "jwk/3_5.symmetric_key_mac_computation.json",
  ])
  func keysAreReadAndWrittenAgain(path: String) throws {
    let json = try load(path)
    let key = try JWK(json: json)
    #expect(try key.secret() == json)
    if let published = key.published() {
      for secret in ["d", "p", "q", "dp", "dq", "qi", "k"] { #expect(published[secret] == nil) }
      #expect(try JWK(json: published).publicKey == key.publicKey)
    } else {
      #expect(json["kty"] == "oct")
    }
  }

  @Test func keysForOtherPurposesAreRefused() throws {
    #expect(throws: CryptoError.self) { try JWK(json: try load("jwk/3_6.symmetric_key_encryption.json")) }
    let agreement = try load("curve25519/ecdh-es.json")
    let key = try #require(agreement["input"]?["key"])
    #expect(throws: CryptoError.self) { try JWK(json: key) }
    #expect(CookbookTests.notForUs["curve25519/ecdh-es.json"] != nil)
  }

  @Test func everyFileIsEitherTestedOrNamedAsNotForUs() throws {
    let root = try #require(Fixtures.url(folder))
    let tested =
      CookbookTests.signed + [
        "jws/4_5.signature_with_detached_content.json", "rfc7797/hmac-sha2_b64_false.json",
        "jwk/3_6.symmetric_key_encryption.json",
      ]
    let files = try #require(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
    for file in files where file.hasSuffix(".json") {
      let known =
        tested.contains(file) || file.hasPrefix("jwk/")
        || CookbookTests.notForUs.keys.contains { file.hasPrefix($0) }
      #expect(known, "\(file) is neither tested nor named")
    }
  }
}
