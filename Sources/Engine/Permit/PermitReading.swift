// A permit that comes back: whether it is one of ours, and for how long. Anyone can check this offline with the published
// keys; what only the log can say is whether it was used before.
import Crypto
import JSON
import Tokens

/// What a permit says, as far as a check needs it.
package struct PresentedPermit: Sendable {
  package let id: String
  package let deliberation: String
  package let index: UInt64
  /// All claims, as they stand in the permit.
  package let claims: JSONObject
}

/// Why a permit is not honoured.
package enum PermitRefusal: String, Error, Sendable, CaseIterable {
  /// Not a permit of this form.
  case malformed
  /// Not signed by a key of this service.
  case signature
  case issuer
  case expired
  /// The log has no such deliberation where the permit names it.
  case notInLog = "not_in_log"
  /// It was used before.
  case used
}

package struct PermitReader: Sendable {
  private let keys: VerificationKeys
  private let issuer: String

  /// `keySet`: the published keys that permits are signed with.
  package init(keySet: JWKSet, issuer: String) {
    keys = VerificationKeys(keySet, allowing: JWSAlgorithm.standard)
    self.issuer = issuer
  }

  /// Reads a permit and checks all that can be checked without the log. `now`: seconds since 1970.
  package func read(_ text: String, now: Double) throws(PermitRefusal) -> PresentedPermit {
    let token: JWS
    let claims: Claims
    do throws(TokenRefusal) {
      token = try JWS(Array(text.utf8))
      claims = try Claims(token.payload.span.bytes)
    } catch { throw .malformed }
    // Tokens are signed with the same key: the type tells them apart.
    guard token.header.type == Permit.type, let id = claims.tokenID, let expires = claims.expires,
      let deliberation = claims.all["deliberation"]?.string,
      let index = claims.all["ledger_index"]?.integer.flatMap({ UInt64(exactly: $0) })
    else { throw .malformed }
    do throws(TokenRefusal) { _ = try keys.verify(token) } catch { throw .signature }
    guard claims.issuer == issuer else { throw .issuer }
    guard now < expires else { throw .expired }
    return PresentedPermit(id: id, deliberation: deliberation, index: index, claims: claims.all)
  }
}
