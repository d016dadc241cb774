// The keys that a verifier has at one moment, and how the key for a token is chosen among them.
import Crypto

package struct VerificationKeys: Sendable {
  /// A token that names no key is tried with no more keys than this: each try costs a signature check.
  package static let maximumTries = 8

  package let keys: [VerificationKey]
  private let unusable: [JWKSet.Ignored]

  package static let none = VerificationKeys(JWKSet([]), allowing: [])

  /// The keys of a set, each with those of its algorithms that are allowed. Keys of `earlier` that are the same stay the
  /// same objects, so that what was remembered under them is kept.
  package init(_ set: JWKSet, allowing allowed: Set<JWSAlgorithm>, keeping earlier: VerificationKeys? = nil) {
    var keys: [VerificationKey] = []
    var unusable = set.ignored
    for jwk in set.keys {
      do throws(TokenRefusal) {
        let fresh = try VerificationKey(jwk, allowing: allowed)
        keys.append(earlier?.keys.first { $0.isSame(as: fresh) && !$0.isRetired } ?? fresh)
      } catch {
        unusable.append(.init(keyID: jwk.keyID, reason: jwk.objection(to: "verify") ?? "\(error)"))
      }
    }
    self.keys = keys
    self.unusable = unusable
  }

  /// Keys that were read but cannot be used, and why.
  package var ignored: [JWKSet.Ignored] { unusable }

  /// The key that signed `token`, or why there is none.
  package func verify(_ token: JWS) throws(TokenRefusal) -> VerificationKey {
    let candidates = try candidates(for: token.header)
    guard let key = candidates.first(where: { $0.verifies(token) }) else { throw .badSignature }
    return key
  }

  /// Keys of the id that the token names, else keys without any id; for a token that names none, all of its algorithm.
  private func candidates(for header: JWSHeader) throws(TokenRefusal) -> [VerificationKey] {
    var named = keys.filter { !$0.isRetired }
    if let id = header.keyID {
      let exact = named.filter { $0.keyID.map { sameBytes($0, id) } ?? false }
      named = exact.isEmpty ? named.filter { $0.keyID == nil } : exact
    }
    guard !named.isEmpty else {
      let known = unusable.first { header.keyID == nil || $0.keyID == header.keyID }
      if let known { throw .unusableKey(id: known.keyID, reason: known.reason) }
      throw .unknownKey(id: header.keyID)
    }
    let fitting = named.filter { $0.algorithms.contains(header.algorithm) }
    guard !fitting.isEmpty else { throw .algorithmNotOfKey(header.algorithm, id: header.keyID) }
    return Array(fitting.prefix(VerificationKeys.maximumTries))
  }
}

/// Whether two texts are the same scalar by scalar: Swift's `==` would take “é” in its two spellings for one.
func sameBytes(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
