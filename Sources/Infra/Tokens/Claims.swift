// What a JWT says (RFC 7519, section 4.1), read strictly.
import Crypto
import JSON

package struct Claims: Sendable, Equatable {
  package let issuer: String?
  package let subject: String?
  /// Empty where there is none.
  package let audience: [String]
  /// Seconds since 1970, as all times here.
  package let expires: Double?
  package let notBefore: Double?
  package let issuedAt: Double?
  package let tokenID: String?
  /// Everything that was said, the claims above included.
  package let all: JSONObject

  static let limits = JSONLimits(maximumDepth: 16, maximumBytes: JWS.maximumLength)
  /// The end of the year 9999: times beyond it, and before 1970, are mistakes or attacks.
  package static let latestTime = 253_402_300_799.0

  package init(_ payload: RawSpan) throws(TokenRefusal) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: payload, limits: Claims.limits) } catch {
      throw .payload("\(error)")
    }
    guard case .object(let object) = json else { throw .payload("not a JSON object") }
    all = object
    issuer = try Claims.text("iss", object)
    subject = try Claims.text("sub", object)
    tokenID = try Claims.text("jti", object)
    audience = try Claims.texts("aud", object)
    expires = try Claims.time("exp", object)
    notBefore = try Claims.time("nbf", object)
    issuedAt = try Claims.time("iat", object)
  }

  /// The strings of a claim that is one string or an array of them; nil where it is missing or anything else.
  package func strings(_ name: String) -> [String]? {
    switch all[name] {
    case .string(let text)?: return [text]
    case .array(let elements)?:
      var texts: [String] = []
      for element in elements {
        guard case .string(let text) = element else { return nil }
        texts.append(text)
      }
      return texts
    default: return nil
    }
  }

  private static func text(_ name: String, _ object: JSONObject) throws(TokenRefusal) -> String? {
    guard let value = object[name] else { return nil }
    guard case .string(let text) = value else { throw .badClaim(name, reason: "must be a string") }
    return text
  }

  /// RFC 7519, section 4.1.3: one string or an array of strings.
  private static func texts(_ name: String, _ object: JSONObject) throws(TokenRefusal) -> [String] {
    switch object[name] {
    case nil: return []
    case .string(let text)?: return [text]
    case .array(let elements)?:
      var texts: [String] = []
      for element in elements {
        guard case .string(let text) = element else {
          throw .badClaim(name, reason: "must be a string or an array of strings")
        }
        texts.append(text)
      }
      return texts
    default: throw .badClaim(name, reason: "must be a string or an array of strings")
    }
  }

  /// A NumericDate (RFC 7519, section 2): an integer or a fraction, and nothing that arithmetic could trip over.
  private static func time(_ name: String, _ object: JSONObject) throws(TokenRefusal) -> Double? {
    guard let value = object[name] else { return nil }
    guard let seconds = value.double else { throw .badClaim(name, reason: "must be a number") }
    guard seconds >= 0, seconds <= latestTime else {
      throw .badClaim(name, reason: "must be a time between 1970 and 9999")
    }
    return seconds
  }
}
