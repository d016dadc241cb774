// What a verifier asks of a token beyond its signature (RFC 7519 section 4.1, RFC 8725 section 3).

package struct TokenPolicy: Sendable {
  /// The issuers that are accepted; nil accepts any, and none at all.
  package var issuers: Set<String>?
  /// A token must be for at least one of these; nil does not look at `aud`.
  package var audiences: Set<String>?
  package var algorithms: Set<JWSAlgorithm>
  /// Seconds by which clocks may differ; at most `maximumLeeway`.
  package var leeway: Double { didSet { leeway = TokenPolicy.clamped(leeway) } }
  package var requiresExpiry: Bool
  package var requiresSubject: Bool
  /// The values of `typ` that are accepted, in lower case and without "application/". A token that gives none counts as
  /// "jwt". Give tokens of another use another type, and neither can stand in for the other.
  package var types: Set<String>

  package static let maximumLeeway = 300.0

  package init(
    issuers: Set<String>? = nil, audiences: Set<String>? = nil, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard,
    leeway: Double = 60, requiresExpiry: Bool = true, requiresSubject: Bool = true,
    types: Set<String> = ["jwt", "at+jwt"]
  ) {
    self.issuers = issuers
    self.audiences = audiences
    self.algorithms = algorithms
    self.leeway = TokenPolicy.clamped(leeway)
    self.requiresExpiry = requiresExpiry
    self.requiresSubject = requiresSubject
    self.types = types
  }

  private static func clamped(_ leeway: Double) -> Double { min(max(0, leeway), maximumLeeway) }

  func check(_ header: JWSHeader) throws(TokenRefusal) {
    guard algorithms.contains(header.algorithm) else { throw .algorithmNotAllowed(header.algorithm) }
    guard types.contains(TokenPolicy.normalized(header.type ?? "jwt")) else { throw .unexpectedType(header.type) }
    // RFC 7519, section 5.2: the payload would be another token, not claims.
    if let content = header.contentType, TokenPolicy.normalized(content) == "jwt" { throw .unexpectedType(content) }
  }

  func check(_ claims: Claims, now: Double) throws(TokenRefusal) {
    if let expires = claims.expires {
      // RFC 7519, section 4.1.4: not on or after that time.
      guard now < expires + leeway else { throw .expired(at: expires) }
    } else if requiresExpiry {
      throw .missingClaim("exp")
    }
    if let start = claims.notBefore, now < start - leeway { throw .notYetValid(from: start) }
    if let issued = claims.issuedAt, now < issued - leeway { throw .issuedInTheFuture(at: issued) }
    if requiresSubject, claims.subject?.isEmpty ?? true { throw .missingClaim("sub") }
    if let issuers {
      guard let issuer = claims.issuer, issuers.contains(where: { sameBytes($0, issuer) }) else {
        throw .wrongIssuer(claims.issuer)
      }
    }
    if let audiences {
      guard !claims.audience.isEmpty else { throw .missingClaim("aud") }
      let matches = claims.audience.contains { claimed in audiences.contains { sameBytes($0, claimed) } }
      guard matches else { throw .wrongAudience(claims.audience) }
    }
  }

  /// RFC 7515, section 4.1.9: media types are compared without regard to case, and "application/" may be left out.
  private static func normalized(_ type: String) -> String {
    let lower = type.lowercased()
    let prefix = "application/"
    return lower.hasPrefix(prefix) ? String(lower.dropFirst(prefix.count)) : lower
  }
}
