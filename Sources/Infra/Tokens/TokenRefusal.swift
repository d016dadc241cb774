// Why a token was refused: in full for the log, and nothing but 401 for whoever sent it, since every detail would help
// to make a better forgery.

package enum TokenRefusal: Error, Equatable, Sendable {
  package enum Part: String, Sendable { case header, payload, signature }

  case tooLong(limit: Int)
  /// Not three parts with two dots between them.
  case notCompact
  /// A part is not base64url, or not the one way to write it: padding, white space, stray bits.
  case encoding(Part)
  /// The header is not a JSON object, has a member twice, or a member of the wrong type.
  case header(String)
  /// The algorithm `none`, in whatever spelling.
  case unsecured
  case unknownAlgorithm(String)
  /// A real algorithm that is not on the list of those allowed.
  case algorithmNotAllowed(JWSAlgorithm)
  /// A key, or the address of one, inside the token (RFC 8725, sections 2.9 and 3.10).
  case embeddedKey(member: String)
  /// An extension that must be understood and is not.
  case criticalExtension(String)
  /// A payload that is not encoded (RFC 7797) where that was not asked for.
  case unencodedPayload
  /// A token made for another use (RFC 8725, section 3.11).
  case unexpectedType(String?)
  case unknownKey(id: String?)
  /// There is such a key, but it cannot or must not be used.
  case unusableKey(id: String?, reason: String)
  /// The key is not for the algorithm that the token names.
  case algorithmNotOfKey(JWSAlgorithm, id: String?)
  case badSignature
  /// The payload is not a JSON object, or has a member twice.
  case payload(String)
  case badClaim(String, reason: String)
  case missingClaim(String)
  case expired(at: Double)
  case notYetValid(from: Double)
  case issuedInTheFuture(at: Double)
  case wrongIssuer(String?)
  case wrongAudience([String])
  case revoked(id: String)
  /// There are no keys to check with, or they are too old to be trusted.
  case keysUnavailable(String)

  /// What the sender is told, whatever the reason.
  package static let status = 401
  /// The value of `WWW-Authenticate` that goes with it (RFC 6750, section 3).
  package static let challenge = "Bearer error=\"invalid_token\""
}

extension TokenRefusal: CustomStringConvertible {
  /// For the log. What came from the token is cut and escaped, so that it cannot forge lines.
  package var description: String {
    switch self {
    case .tooLong(let limit): "the token is longer than \(limit) bytes"
    case .notCompact: "the token is not three parts with dots between them"
    case .encoding(let part): "the \(part.rawValue) is not canonical base64url"
    case .header(let reason): "the header is wrong: \(reason)"
    case .unsecured: "the token is not signed (alg none)"
    case .unknownAlgorithm(let name): "the algorithm \(quoted(name)) is not known"
    case .algorithmNotAllowed(let algorithm): "the algorithm \(algorithm.rawValue) is not allowed here"
    case .embeddedKey(let member): "the header brings its own key (\(member))"
    case .criticalExtension(let name): "the critical extension \(quoted(name)) is not understood"
    case .unencodedPayload: "the payload is not encoded (b64 false)"
    case .unexpectedType(let type): "the token is of type \(type.map(quoted) ?? "(none)"), made for another use"
    case .unknownKey(let id): "no key \(id.map(quoted) ?? "for a token that names none")"
    case .unusableKey(let id, let reason): "the key \(id.map(quoted) ?? "(without id)") is not usable: \(reason)"
    case .algorithmNotOfKey(let algorithm, let id):
      "the key \(id.map(quoted) ?? "(without id)") is not for \(algorithm.rawValue)"
    case .badSignature: "the signature is wrong"
    case .payload(let reason): "the payload is wrong: \(reason)"
    case .badClaim(let name, let reason): "the claim \(name) \(reason)"
    case .missingClaim(let name): "the claim \(name) is missing"
    case .expired(let time): "the token expired at \(time)"
    case .notYetValid(let time): "the token is valid only from \(time) on"
    case .issuedInTheFuture(let time): "the token says it was issued in the future, at \(time)"
    case .wrongIssuer(let issuer): "the issuer is \(issuer.map(quoted) ?? "missing")"
    case .wrongAudience(let audience): "the token is for \(audience.prefix(4).map(quoted).joined(separator: ", "))"
    case .revoked(let id): "the token \(quoted(id)) was revoked"
    case .keysUnavailable(let reason): "there are no keys to check with: \(reason)"
    }
  }
}

/// A stranger's text, cut to a readable length and with everything but printable ASCII escaped.
func quoted(_ text: String) -> String {
  let limit = 80
  var result = "\""
  for scalar in text.unicodeScalars.prefix(limit) {
    if scalar.value >= 0x20, scalar.value < 0x7F, scalar != "\"", scalar != "\\" {
      result.unicodeScalars.append(scalar)
    } else {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }
  return result + (text.unicodeScalars.count > limit ? "…\"" : "\"")
}
