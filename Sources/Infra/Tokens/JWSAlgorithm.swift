// The signature algorithms of JOSE (RFC 7518 section 3.1, RFC 8037 section 3.1). Names are compared exactly: "none" is not
// among them, and neither is "hs256".
import Crypto

package enum JWSAlgorithm: String, Sendable, Hashable, CaseIterable {
  case edDSA = "EdDSA"
  case es256 = "ES256"
  case es384 = "ES384"
  case es512 = "ES512"
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"
  case hs256 = "HS256"
  case hs384 = "HS384"
  case hs512 = "HS512"

  /// What a service accepts unless it is told otherwise.
  package static let standard: Set<JWSAlgorithm> = [.edDSA, .es256, .rs256, .ps256, .hs256]
  package static let all = Set(allCases)

  /// The hash beneath the signature; for EdDSA, which has its own, nil.
  package var hash: HashFunction? {
    switch self {
    case .edDSA: nil
    case .es256, .rs256, .ps256, .hs256: .sha256
    case .es384, .rs384, .ps384, .hs384: .sha384
    case .es512, .rs512, .ps512, .hs512: .sha512
    }
  }

  /// The algorithms that a public key can be used with at all. This is what makes confusion of keys impossible: a public
  /// key is in no list of HMAC's.
  package static func possible(for key: PublicKey) -> Set<JWSAlgorithm> {
    switch key {
    case .ed25519: [.edDSA]
    case .p256: [.es256]
    case .p384: [.es384]
    case .p521: [.es512]
    case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
    }
  }

  /// The algorithms that a shared secret is long enough for (RFC 7518, section 3.2).
  package static func possible(for secret: SymmetricKey) -> Set<JWSAlgorithm> {
    let algorithms: [JWSAlgorithm] = [.hs256, .hs384, .hs512]
    return Set(algorithms.filter { algorithm in algorithm.hash.map { secret.count >= $0.byteCount } ?? false })
  }
}
