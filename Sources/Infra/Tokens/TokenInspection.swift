// The check of one token against one key set, as the command line does it.
import Crypto

package enum TokenInspection {
  /// The payload of a valid token, or why it is refused.
  ///
  /// - Parameters:
  ///   - keySet: a JWK set, or a single JWK. Secrets are accepted: whoever holds the file may hold them.
  ///   - algorithms: the names that are allowed; empty allows every algorithm that the keys allow.
  ///   - signatureOnly: does not look at the claims, so that the payload may be anything.
  package static func verify(
    _ token: [UInt8], keySet: RawSpan, algorithms names: [String] = [], signatureOnly: Bool, now: Double
  ) throws(TokenRefusal) -> [UInt8] {
    var allowed: Set<JWSAlgorithm> = []
    for name in names {
      guard let algorithm = JWSAlgorithm(rawValue: name) else { throw .unknownAlgorithm(name) }
      allowed.insert(algorithm)
    }
    if names.isEmpty { allowed = JWSAlgorithm.all }
    let set: JWKSet
    do throws(CryptoError) { set = try JWKSet(parsing: keySet, secrets: .allowed) } catch {
      throw .keysUnavailable("\(error)")
    }
    let parsed = try JWS(token)
    guard allowed.contains(parsed.header.algorithm) else { throw .algorithmNotAllowed(parsed.header.algorithm) }
    _ = try VerificationKeys(set, allowing: allowed).verify(parsed)
    if !signatureOnly {
      let policy = TokenPolicy(algorithms: allowed)
      try policy.check(parsed.header)
      try policy.check(try Claims(parsed.payload.span.bytes), now: now)
    }
    return parsed.payload
  }
}
