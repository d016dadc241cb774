// Whatever goes wrong, nothing is left behind: OpenSSL's own allocations are counted, and after any number of failures there
// are as many as before.
import COpenSSL
import Crypto
import Foundation
import JSON
import Synchronization
import Testing

@testable import Tokens

@Suite struct LeakTests {
  /// Each test runs in a process of its own, so that the counters see OpenSSL from its first allocation, and nobody else's.
  @Test func refusedKeysAndTokensLeaveNothingBehind() async {
    await #expect(processExitsWith: .success) {
      Allocations.count()
      let corpus = try Failures()
      try expectSteady { corpus.round() }
    }
  }

  @Test func goodKeysAndTokensLeaveNothingBehind() async {
    await #expect(processExitsWith: .success) {
      Allocations.count()
      let keys = try TokenMaker.signingKeys()
      try expectSteady {
        for key in keys {
          let jwk = try JWK(json: try key.verifying.secret())
          let token = try TokenIssuer(key: key).issue(subject: "a", lifetime: 60, now: TokenMaker.now)
          let verifier = TokenVerifier(
            keys: KeyRing(JWKSet([jwk]), algorithms: JWSAlgorithm.all),
            policy: TokenPolicy(algorithms: JWSAlgorithm.all),
            cache: VerifiedTokenCache(capacity: 8, stripes: 1))
          _ = try verifier.check(Array(token.utf8), now: TokenMaker.now)
        }
        let secret = SecretBytes.random(32)
        _ = try AESGCM.seal([1, 2, 3], key: secret)
        let fresh = PrivateKey.p256(try P256.PrivateKey())
        let pem = try fresh.pem()
        _ = try PrivateKey(pem: pem.span).publicKey.pem()
        let passphrase: [UInt8] = [1, 2, 3]
        let parameters = Scrypt.Parameters(logarithmOfCost: 4, blockSize: 8, parallelism: 1)
        let sealed = Array(try fresh.pem(encryptedWith: passphrase.span.bytes, parameters: parameters).utf8)
        _ = try PrivateKey(pem: sealed, passphrase: passphrase)
        _ = try? PrivateKey(pem: sealed, passphrase: [9])
        let derived = try HKDF.derive(from: passphrase.span.bytes, info: "x", count: 9)
        if derived.count != 9 { fatalError("derived \(derived.count)") }
        var hash = SHA256()
        hash.update(passphrase)
        _ = hash.finish()
      }
    }
  }
}

/// Runs `round` until OpenSSL has made what it makes once, then checks that further rounds leave no allocation behind.
private func expectSteady(_ round: () throws -> Void) throws {
  for _ in 0..<3 { try round() }
  let before = Allocations.alive
  if before < 100 { fatalError("the counters see nothing") }
  for _ in 0..<5 { try round() }
  let left = Allocations.alive - before
  if left != 0 { fatalError("\(left) allocations were left behind in five rounds") }
}

/// How many of OpenSSL's allocations are alive in this process.
private enum Allocations {
  private static let counter = Atomic<Int>(0)
  static var alive: Int { counter.load(ordering: .relaxed) }

  /// Must be called before OpenSSL allocates anything.
  static func count() {
    let status = CRYPTO_set_mem_functions(
      { size, _, _ in
        guard size > 0 else { return nil }
        Allocations.counter.add(1, ordering: .relaxed)
        return malloc(size)
      },
      { old, size, _, _ in
        if old == nil { Allocations.counter.add(1, ordering: .relaxed) }
        return realloc(old, size)
      },
      { old, _, _ in
        if old != nil { Allocations.counter.subtract(1, ordering: .relaxed) }
        free(old)
      })
    guard status == 1 else { fatalError("OpenSSL has allocated already") }
  }
}

/// Inputs that fail, each at another step.
private struct Failures {
  let ders: [[UInt8]]
  let privateDERs: [[UInt8]]
  let keys: [JSONValue]
  let tokens: [[UInt8]]
  let verifying: VerificationKeys

  init() throws {
    let curve = PrivateKey.p256(try P256.PrivateKey())
    let rsa = PrivateKey.rsa(try RSA.PrivateKey(bits: 2048))
    let edwards = PrivateKey.ed25519(try Ed25519.PrivateKey())
    let good = try [curve, rsa, edwards].map { try $0.publicKey.der() }
    ders = good.flatMap { der in [der + [0], Array(der.dropLast()), [0x30] + der, changed(der, at: der.count - 5)] }
    privateDERs = try [curve, rsa, edwards].flatMap { key in
      let text = try key.pem()
      let pem = try PEM(text.span)
      return [
        pem.bytes + [0], Array(pem.bytes.dropLast(3)), changed(pem.bytes, at: 20),
        changed(pem.bytes, at: pem.bytes.count - 40),
      ]
    }
    keys = try [curve, rsa, edwards].flatMap { key -> [JSONValue] in
      guard case .object(let object) = try JWK(.privateKey(key)).secret() else { return [] }
      return ["x", "y", "n", "e", "d", "p", "kty", "crv"].compactMap { name in
        guard let text = object[name]?.string else { return nil }
        var wrong = object
        wrong[name] = .string(String(text.reversed()))
        return .object(wrong)
      }
    }
    let signers = try [SigningKey(curve), SigningKey(rsa), SigningKey(edwards)]
    tokens = try signers.flatMap { key -> [[UInt8]] in
      let token = try TokenMaker.token(
        header: #"{"alg":"\#(key.algorithm.rawValue)","kid":"\#(key.keyID)"}"#, payload: "{}", key: key)
      return (0..<8).map { changed(token, at: token.count - 10 - $0) } + [
        Array(token.dropLast(8)), changed(token, at: 3),
      ]
    }
    verifying = VerificationKeys(JWKSet(signers.map(\.verifying)), allowing: JWSAlgorithm.all)
  }

  func round() {
    for der in ders { _ = try? PublicKey(der: der) }
    for der in privateDERs { _ = try? PrivateKey(pkcs8: der) }
    for key in keys { _ = try? JWK(json: key) }
    for token in tokens { _ = try? verifying.verify(try JWS(token)) }
    let short: [UInt8] = [1, 2, 3]
    _ = try? AESGCM.open(
      short + [UInt8](repeating: 0, count: 40), key: [UInt8](repeating: 1, count: 32),
      nonce: [UInt8](repeating: 1, count: 12), authenticating: [])
    _ = try? P256.PrivateKey(scalar: [UInt8](repeating: 0xFF, count: 32))
    _ = try? P256.PublicKey(x: [UInt8](repeating: 1, count: 32), y: [UInt8](repeating: 1, count: 32))
    _ = try? PEM(short.span.bytes)
  }
}

private func changed(_ bytes: [UInt8], at index: Int) -> [UInt8] {
  var copy = bytes
  copy[index] ^= 1
  return copy
}
