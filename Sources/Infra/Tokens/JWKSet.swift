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
  static let limits = JSONLimits(maximumDepth: 8, maximumBytes: JWKSet.maximumBytes)

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
    let found: Found
    do throws(JSONRefusal) {
      let shape: Shape = try JSONReader.decode(from: bytes, limits: JWKSet.limits)
      found = try JSONReader.decode(bytes, limits: JWKSet.limits) { reader throws(JSONError) in
        try Found(shape, from: &reader)
      }
    } catch {
      throw .malformed("the key set is not JSON: \(error)")
    }
    switch found {
    case .noSet: throw .malformed("not a key set: there is neither keys nor kty")
    case .noList: throw .malformed("keys must be an array")
    case .tooMany: throw .beyondLimit("a key set has at most \(JWKSet.maximumKeys) keys")
    case .keys(let elements): try self.init(elements: elements, secrets: secrets)
    }
  }

  package init(parsing bytes: [UInt8], secrets: Secrets) throws(CryptoError) {
    try self.init(parsing: bytes.span.bytes, secrets: secrets)
  }

  private init(elements: [JWKMembers?], secrets: Secrets) throws(CryptoError) {
    var keys: [JWK] = []
    var ignored: [Ignored] = []
    var ids: Set<String> = []
    var kinds: Set<Bool> = []
    for element in elements {
      let id = element?.value("kid")?.string
      if let id, !ids.insert(id).inserted { throw .malformed("two keys have the id \(quoted(id))") }
      let isShared = element?.value("kty")?.string == "oct"
      kinds.insert(isShared)
      guard kinds.count == 1 else { throw .malformed("shared secrets and public keys are in one set") }
      if secrets == .refused, isShared || element?.isSecret ?? false {
        throw .malformed("the key \(id.map(quoted) ?? "(without id)") is secret, and the set is for everybody")
      }
      do throws(CryptoError) {
        guard let element else { throw .malformed("a JWK is a JSON object") }
        keys.append(try JWK(element))
      } catch {
        let reason = if case .badKey(let reason) = error { reason } else { "\(error)" }
        ignored.append(Ignored(keyID: id, reason: reason))
      }
    }
    self.keys = keys
    self.ignored = ignored
  }

  /// The set as it is published, without secrets.
  package func published() -> JSONValue { ["keys": .array(keys.compactMap { $0.published() })] }
}

/// Whether a text is a set or a single key, found out before its keys are read.
private struct Shape: JSONReadable {
  var hasKeys = false
  var hasKind = false

  init(from reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else {
      try reader.skip()
      return
    }
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if key == "keys" { hasKeys = true }
      if key == "kty" { hasKind = true }
    }
  }
}

/// What a text holds in place of a set; an element that is no object is nil.
private enum Found {
  case keys([JWKMembers?])
  case noSet, noList, tooMany

  init(_ shape: Shape, from reader: inout JSONReader) throws(JSONError) {
    guard shape.hasKeys else {
      guard shape.hasKind else {
        self = .noSet
        try reader.skip()
        return
      }
      self = .keys([try JWKMembers(from: &reader)])
      return
    }
    self = .noSet
    var object = try reader.object()
    while let key = try reader.key(&object) {
      guard key == "keys" else { continue }
      guard try reader.peek() == .array else {
        self = .noList
        continue
      }
      var elements: [JWKMembers?] = []
      var array = try reader.array()
      var isTooLong = false
      while try reader.next(&array) {
        guard elements.count < JWKSet.maximumKeys else {
          isTooLong = true
          continue
        }
        elements.append(try reader.peek() == .object ? JWKMembers(from: &reader) : nil)
      }
      self = isTooLong ? .tooMany : .keys(elements)
    }
  }
}
