// JSON Web Key Sets (RFC 7517, section 5).
import Crypto
import JSON

package struct JWKSet: Sendable {
  /// A key that is in the set but cannot be used, and why: for the log, and for the refusal of a token that names it.
  package struct Ignored: Sendable, Equatable {
    package let keyID: String?
    package let reason: String
  }

  /// Whether a set may hold private keys and shared secrets. One that everybody can fetch must not: whoever reads it
  /// could sign.
  package enum Secrets: Sendable { case allowed, refused }

  package static let maximumKeys = 100
  package static let maximumBytes = 1 << 20

  package let keys: [JWK]
  package let ignored: [Ignored]

  package init(_ keys: [JWK]) {
    self.keys = keys
    ignored = []
  }

  /// Reads a set, or a single key as a set of one.
  ///
  /// Keys that cannot be used are ignored, as section 5 asks, so that a new kind of key beside the old ones breaks
  /// nothing. The whole set is refused where it invites confusion: two keys of the same id, or shared secrets beside
  /// public keys.
  package init(parsing bytes: RawSpan, secrets: Secrets) throws(CryptoError) {
    let limits = JSONLimits(maximumDepth: 8, maximumBytes: JWKSet.maximumBytes)
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: bytes, limits: limits) } catch {
      throw .malformed("the key set is not JSON: \(error)")
    }
    let elements: [JSONValue]
    if let list = json["keys"] {
      guard case .array(let found) = list else { throw .malformed("keys must be an array") }
      elements = found
    } else if json["kty"] != nil {
      elements = [json]
    } else {
      throw .malformed("not a key set: there is neither keys nor kty")
    }
    guard elements.count <= JWKSet.maximumKeys else {
      throw .beyondLimit("a key set has at most \(JWKSet.maximumKeys) keys")
    }
    try self.init(elements: elements, secrets: secrets)
  }

  package init(parsing bytes: [UInt8], secrets: Secrets) throws(CryptoError) {
    try self.init(parsing: bytes.span.bytes, secrets: secrets)
  }

  private init(elements: [JSONValue], secrets: Secrets) throws(CryptoError) {
    var keys: [JWK] = []
    var ignored: [Ignored] = []
    var ids: Set<String> = []
    var kinds: Set<Bool> = []
    for element in elements {
      let id = element["kid"]?.string
      if let id, !ids.insert(id).inserted { throw .malformed("two keys have the id \(quoted(id))") }
      let isShared = element["kty"]?.string == "oct"
      kinds.insert(isShared)
      guard kinds.count == 1 else { throw .malformed("shared secrets and public keys are in one set") }
      if secrets == .refused, isShared || Self.secretMembers.contains(where: { element[$0] != nil }) {
        throw .malformed("the key \(id.map(quoted) ?? "(without id)") is secret, and the set is for everybody")
      }
      do throws(CryptoError) {
        keys.append(try JWK(json: element))
      } catch {
        let reason = if case .badKey(let reason) = error { reason } else { "\(error)" }
        ignored.append(Ignored(keyID: id, reason: reason))
      }
    }
    self.keys = keys
    self.ignored = ignored
  }

  /// Members that only a secret key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
  private static let secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

  /// The set as it is published, without secrets.
  package func published() -> JSONValue { ["keys": .array(keys.compactMap { $0.published() })] }
}
