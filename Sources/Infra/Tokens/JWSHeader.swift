// The header of a signed token (RFC 7515, section 4), read from bytes that nobody has vouched for yet: so the rules for what
// is refused come first, and nothing in it is believed but the name of the algorithm and of the key.
import Crypto
import JSON

package struct JWSHeader: Sendable, Equatable {
  package let algorithm: JWSAlgorithm
  package let keyID: String?
  package let type: String?
  package let contentType: String?
  /// Whether the payload is base64url, as always except under RFC 7797.
  package let isEncoded: Bool

  static let limits = JSONLimits(maximumDepth: 8, maximumBytes: 8 * 1024)

  /// Members that bring a key, or tell where to fetch one.
  private static let embedded: Set<String> = ["jwk", "jku", "x5u", "x5c"]
  /// Names that may not be made critical (RFC 7515, section 4.1.11: those of the standard itself).
  private static let registered: Set<String> = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit",
  ]

  init(_ bytes: RawSpan) throws(TokenRefusal) {
    let raw: Raw
    do throws(JSONRefusal) {
      raw = try JSONReader.decode(Raw.self, from: bytes, limits: JWSHeader.limits)
    } catch {
      throw .header("\(error)")
    }
    if let member = raw.embedded { throw .embeddedKey(member: member) }
    guard let name = raw.algorithm else { throw .header("alg is missing") }
    guard let algorithm = JWSAlgorithm(rawValue: name) else {
      throw name.lowercased() == "none" ? .unsecured : .unknownAlgorithm(name)
    }
    try JWSHeader.checkCritical(raw)
    self.algorithm = algorithm
    keyID = raw.keyID
    type = raw.type
    contentType = raw.contentType
    isEncoded = raw.isEncoded ?? true
  }

  private static func checkCritical(_ raw: Raw) throws(TokenRefusal) {
    guard let critical = raw.critical else {
      // RFC 7797, section 6: whoever does not know b64 must be made to refuse.
      if raw.isEncoded == false { throw .header("b64 is false, and crit does not name it") }
      return
    }
    guard !critical.isEmpty else { throw .header("crit is empty") }
    guard Set(critical).count == critical.count else { throw .header("crit names an extension twice") }
    for name in critical {
      if registered.contains(name) { throw .header("crit names \(quoted(name)), which is no extension") }
      guard name == "b64" else { throw .criticalExtension(name) }
      guard raw.isEncoded != nil else { throw .header("crit names b64, which is not there") }
    }
  }

  /// The members that matter, before they are judged. All others are skipped, as RFC 7515 section 4 asks.
  private struct Raw: JSONReadable {
    var algorithm: String?
    var keyID: String?
    var type: String?
    var contentType: String?
    var critical: [String]?
    var isEncoded: Bool?
    var embedded: String?

    init(from reader: inout JSONReader) throws(JSONError) {
      var object = try reader.object()
      while let key = try reader.key(&object) {
        switch key {
        case "alg": algorithm = try reader.string()
        case "kid": keyID = try reader.string()
        case "typ": type = try reader.string()
        case "cty": contentType = try reader.string()
        case "crit": critical = try reader.strings()
        case "b64": isEncoded = try reader.boolean()
        default:
          let name = key.string
          if JWSHeader.embedded.contains(name) { embedded = name }
        }
      }
    }
  }
}
