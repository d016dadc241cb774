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

  package init(subject: String, roles: Set<Role>, tokenID: String? = nil) {
    self.subject = subject
    self.roles = roles
    self.tokenID = tokenID
  }

  func has(_ role: Role) -> Bool { roles.contains(role) }
}
