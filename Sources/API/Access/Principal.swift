// Who is asking, as a verified token says it.

/// What a token entitles to.
package enum Role: String, Sendable, CaseIterable {
  /// Posts cases and acts on the verdicts.
  case decider
  /// Reads and verifies the log.
  case auditor
  /// Answers reviews.
  case reviewer
  /// Governs weights, constitution and the service itself.
  case admin
}

package struct Principal: Sendable, Hashable {
  package let subject: String
  package let roles: Set<Role>
  /// The token's `jti`, if it has one.
  package let tokenID: String?
  /// Until when it is admitted, in seconds since 1970: for connections that outlive their first request.
  package let validUntil: Double

  package init(subject: String, roles: Set<Role>, tokenID: String? = nil, validUntil: Double = .infinity) {
    self.subject = subject
    self.roles = roles
    self.tokenID = tokenID
    self.validUntil = validUntil
  }

  func has(_ role: Role) -> Bool { roles.contains(role) }
}
