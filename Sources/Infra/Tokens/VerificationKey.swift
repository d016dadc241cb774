// A key as a verifier uses it: with the explicit list of algorithms that it may be used with, decided when the key was
// loaded and never by a token.
import Crypto
import Synchronization

/// Immutable but for one thing: it can be retired, and every token remembered under it is forgotten with it.
package final class VerificationKey: Sendable {
  private enum Material: Sendable {
    case publicKey(PublicKey)
    case shared([JWSAlgorithm: HMAC])
  }

  package let keyID: String?
  /// RFC 7638. Of a shared secret, it is as secret as the secret.
  package let thumbprint: Digest
  package let algorithms: Set<JWSAlgorithm>
  private let material: Material
  private let retired = Atomic<Bool>(false)

  /// The key, for as many of its algorithms as are allowed. Refused if it says of itself that it is not for verifying.
  package init(_ key: JWK, allowing allowed: Set<JWSAlgorithm>) throws(TokenRefusal) {
    if let objection = key.objection(to: "verify") { throw .unusableKey(id: key.keyID, reason: objection) }
    algorithms = key.algorithms.intersection(allowed)
    keyID = key.keyID
    thumbprint = key.thumbprint
    switch key.material {
    case .publicKey(let key): material = .publicKey(key)
    case .privateKey(let key): material = .publicKey(key.publicKey)
    case .symmetric(let secret):
      var authenticators: [JWSAlgorithm: HMAC] = [:]
      for algorithm in algorithms {
        if let hash = algorithm.hash { authenticators[algorithm] = secret.authenticator(hash) }
      }
      material = .shared(authenticators)
    }
  }

  package var isRetired: Bool { retired.load(ordering: .acquiring) }

  /// From now on nothing that was remembered under this key counts.
  package func retire() { retired.store(true, ordering: .releasing) }

  /// Whether `name` is the key's id or, of a public key, its thumbprint in base64url. The thumbprint of a shared secret
  /// names nothing: it is not to be written down anywhere.
  func isNamed(_ name: String) -> Bool {
    if let keyID, sameBytes(keyID, name) { return true }
    guard case .publicKey = material else { return false }
    return sameBytes(Base64URL.encode(thumbprint.bytes), name)
  }

  /// Whether both are the same key under the same rules.
  func isSame(as other: VerificationKey) -> Bool {
    thumbprint == other.thumbprint && keyID == other.keyID && algorithms == other.algorithms
  }

  /// Whether `token` was signed by this key, with an algorithm that the key may be used with.
  package func verifies(_ token: JWS) -> Bool {
    let algorithm = token.header.algorithm
    guard algorithms.contains(algorithm) else { return false }
    let signature = token.signature.span.bytes
    let message = token.signedBytes.span.bytes
    switch (material, algorithm) {
    case (.shared(let authenticators), _):
      return authenticators[algorithm]?.isValid(signature, for: message) ?? false
    case (.publicKey(.ed25519(let key)), .edDSA): return key.verify(signature, of: message)
    case (.publicKey(.p256(let key)), .es256): return key.verify(signature, of: message)
    case (.publicKey(.p384(let key)), .es384): return key.verify(signature, of: message)
    case (.publicKey(.p521(let key)), .es512): return key.verify(signature, of: message)
    case (.publicKey(.rsa(let key)), .rs256): return key.verify(signature, of: message, padding: .pkcs1, hash: .sha256)
    case (.publicKey(.rsa(let key)), .rs384): return key.verify(signature, of: message, padding: .pkcs1, hash: .sha384)
    case (.publicKey(.rsa(let key)), .rs512): return key.verify(signature, of: message, padding: .pkcs1, hash: .sha512)
    case (.publicKey(.rsa(let key)), .ps256): return key.verify(signature, of: message, padding: .pss, hash: .sha256)
    case (.publicKey(.rsa(let key)), .ps384): return key.verify(signature, of: message, padding: .pss, hash: .sha384)
    case (.publicKey(.rsa(let key)), .ps512): return key.verify(signature, of: message, padding: .pss, hash: .sha512)
    default: return false
    }
  }
}
