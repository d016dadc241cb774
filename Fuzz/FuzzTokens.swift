// The laws of tokens and keys: nothing is accepted that was not signed, what is accepted has one spelling, and a key that is
// read can be written and read again.
import Crypto
import JSON
import Tokens

private let now = 1_800_000_000.0

// Keys that are the same in every run, so that an input found once is found again.
private let signer: SigningKey? = {
  guard let key = try? Ed25519.PrivateKey(seed: [UInt8](repeating: 7, count: 32)) else { return nil }
  return try? SigningKey(.ed25519(key), keyID: "k")
}()

private let verifier: TokenVerifier? = signer.map { signer in
  TokenVerifier(keys: KeyRing(JWKSet([signer.verifying])), policy: TokenPolicy())
}

/// The bytes are tried as a token, and as header and payload that get a true signature.
@Sendable
func fuzzTokens(_ bytes: RawSpan) {
  guard let signer, let verifier else { return expect(false, "the fixed key can be made") }
  if (try? verifier.check(bytes, now: now)) != nil { expect(false, "nothing is accepted that was not signed") }

  if let token = try? JWS(bytes, unencoded: .accepted), token.header.isEncoded {
    let parts = token.signedBytes + Array(".\(Base64URL.encode(token.signature))".utf8)
    expect(bytes.withUnsafeBytes { $0.elementsEqual(parts) }, "a token has one spelling")
  }

  let copy = bytes.withUnsafeBytes { Array($0) }
  let cut = copy.firstIndex(of: 0) ?? 0
  let header = cut == 0 ? Array(#"{"alg":"EdDSA"}"#.utf8) : Array(copy[..<cut])
  let signed = Array("\(Base64URL.encode(header)).\(Base64URL.encode(Array(copy[cut...])))".utf8)
  guard let signature = try? signer.sign(signed) else { return expect(false, "the fixed key signs") }
  let token = signed + Array(".\(Base64URL.encode(signature))".utf8)
  guard let verified = try? verifier.check(token, now: now) else { return }
  expect(verified.algorithm == .edDSA, "the key's algorithm is the one that counts")
  expect(verified.claims.expires.map { $0 + 60 > now } ?? false, "what is accepted has not expired")
  expect(!(verified.claims.subject ?? "").isEmpty, "what is accepted has a subject")
  verifier.forgetAll()
}

/// The bytes are tried as every form in which a key arrives.
@Sendable
func fuzzKeys(_ bytes: RawSpan) {
  if let key = try? PublicKey(der: bytes) {
    guard let again = try? PublicKey(der: key.der()) else { return expect(false, "a written key can be read") }
    expect(again == key, "a key written and read again is the same")
  }
  if let block = try? PEM(bytes) {
    guard let again = try? PEM(block.text().span.bytes) else { return expect(false, "written PEM can be read") }
    expect(again == block, "PEM written and read again is the same")
  }
  _ = try? PrivateKey(pkcs8: bytes)
  _ = try? PrivateKey(pem: bytes)
  guard let set = try? JWKSet(parsing: bytes, secrets: .allowed) else { return }
  for key in set.keys {
    guard let again = try? readBack(key) else { return expect(false, "a written JWK can be read") }
    expect(again.thumbprint == key.thumbprint, "a JWK written and read again is the same")
    let published = key.published()?["d"]
    expect(published == nil, "a published key has no secret")
  }
  _ = VerificationKeys(set, allowing: JWSAlgorithm.all)
}

/// The key that is written when `key` is. Apart, because the optimiser does not get along with a secret that is both made
/// and read within one `try?`.
private func readBack(_ key: JWK) throws(CryptoError) -> JWK {
  let text = try key.secretText()
  return try JWK(parsing: text.span)
}
