// A token that has passed every check, as handlers see it.

package final class VerifiedToken: Sendable {
  package let claims: Claims
  package let algorithm: JWSAlgorithm
  package let key: VerificationKey
  /// The keys that it was checked with.
  let ring: KeyRing
  /// When it stops being valid, the leeway included; infinity where the policy asks for no expiry.
  package let validUntil: Double

  init(claims: Claims, algorithm: JWSAlgorithm, key: VerificationKey, ring: KeyRing, leeway: Double) {
    self.claims = claims
    self.algorithm = algorithm
    self.key = key
    self.ring = ring
    validUntil = claims.expires.map { $0 + leeway } ?? .infinity
  }

  package var subject: String { claims.subject ?? "" }
}
