// What can be revoked before its time: one token, or everything that a key has signed. Who decides that, and where it is
// kept, is the owner's; here it is only obeyed.

package enum Revoked: Sendable, Hashable {
  /// The token of this `jti`. `until` is when it would have expired anyway, in seconds since 1970: from then on nothing
  /// has to be remembered of it. Infinity where nobody knows.
  case token(id: String, until: Double)
  /// Everything signed by the key of this name: its `kid`, or, of a public key, its RFC 7638 thumbprint in base64url. A
  /// name that was revoked never comes back, whatever later key sets say.
  case key(String)
}

extension TokenVerifier {
  /// Refuses what is revoked in every check that begins after this returns, remembered tokens included. The same again
  /// changes nothing, so a list of everything revoked can be gone through at any time.
  ///
  /// Returns whether that says something about a key at hand, or of a token, whether there was room to note it.
  @discardableResult
  package func revoke(_ revoked: Revoked, now: Double) -> Bool {
    switch revoked {
    case .token(let id, let until): until <= now || revoke(tokenID: id, until: until, now: now)
    case .key(let name): revoke(key: name)
    }
  }
}
