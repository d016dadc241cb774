// JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037): reading them strictly, writing them, and their thumbprints
// (RFC 7638).
import Crypto
import JSON

/// A key with what is said about its use.
package struct JWK: Sendable {
  package enum Material: Sendable {
    case publicKey(PublicKey)
    case privateKey(PrivateKey)
    case symmetric(SymmetricKey)
  }

  package let material: Material
  package var keyID: String?
  /// "sig" or "enc" (RFC 7517, section 4.2); other values are kept.
  package var use: String?
  /// `key_ops` (RFC 7517, section 4.3).
  package var operations: [String]?
  package var algorithm: JWSAlgorithm?

  package init(
    _ material: Material, keyID: String? = nil, use: String? = "sig", operations: [String]? = nil,
    algorithm: JWSAlgorithm? = nil
  ) {
    self.material = material
    self.keyID = keyID
    self.use = use
    self.operations = operations
    self.algorithm = algorithm
  }

  /// The public half, or nil for a shared secret.
  package var publicKey: PublicKey? {
    switch material {
    case .publicKey(let key): key
    case .privateKey(let key): key.publicKey
    case .symmetric: nil
    }
  }

  /// Whether publishing the key would give something away.
  package var isSecret: Bool {
    if case .publicKey = material { false } else { true }
  }

  /// The algorithms that this key may be used with: those its kind allows, narrowed by its `alg`.
  package var algorithms: Set<JWSAlgorithm> {
    let possible: Set<JWSAlgorithm> =
      switch material {
      case .publicKey(let key): JWSAlgorithm.possible(for: key)
      case .privateKey(let key): JWSAlgorithm.possible(for: key.publicKey)
      case .symmetric(let secret): JWSAlgorithm.possible(for: secret)
      }
    return algorithm.map { possible.intersection([$0]) } ?? possible
  }

  /// Why the key may not do this ("sign", "verify"), by what it says of itself; nil if it may.
  package func objection(to operation: String) -> String? {
    if let use, use != "sig" { return "its use is \(quoted(use)), not sig" }
    if let operations, !operations.contains(operation) { return "its key_ops do not contain \(operation)" }
    if algorithms.isEmpty {
      return algorithm.map { "a key of its kind and length is not for \($0.rawValue)" }
        ?? "its secret is shorter than any hash"
    }
    return nil
  }

  /// SHA-256 over the members that make the key, in RFC 7638's form.
  package var thumbprint: Digest {
    var writer = JSONWriter()
    // RFC 7638, section 3.2: only the required members, in lexicographic order.
    switch material {
    case .symmetric(let secret):
      writer.beginObject()
      writer.member("k", secret.withBytes { Base64URL.encode($0) })
      writer.member("kty", "oct")
      writer.endObject()
    case .publicKey(let key): JWK.writeRequired(key, to: &writer)
    case .privateKey(let key): JWK.writeRequired(key.publicKey, to: &writer)
    }
    return SHA256.digest(writer.bytes)
  }

  private static func writeRequired(_ key: PublicKey, to writer: inout JSONWriter) {
    writer.beginObject()
    switch key {
    case .ed25519(let key):
      writer.member("crv", "Ed25519")
      writer.member("kty", "OKP")
      writer.member("x", Base64URL.encode(key.bytes))
    case .p256(let key): writePoint("P-256", key.x, key.y, to: &writer)
    case .p384(let key): writePoint("P-384", key.x, key.y, to: &writer)
    case .p521(let key): writePoint("P-521", key.x, key.y, to: &writer)
    case .rsa(let key):
      writer.member("e", Base64URL.encode(key.exponent))
      writer.member("kty", "RSA")
      writer.member("n", Base64URL.encode(key.modulus))
    }
    writer.endObject()
  }

  private static func writePoint(
    _ curve: String, _ x: ArraySlice<UInt8>, _ y: ArraySlice<UInt8>, to writer: inout JSONWriter
  ) {
    writer.member("crv", curve)
    writer.member("kty", "EC")
    writer.member("x", Base64URL.encode(Array(x)))
    writer.member("y", Base64URL.encode(Array(y)))
  }
}

extension JWK {
  /// The key as others may see it. A shared secret has no such form.
  package func published() -> JSONValue? {
    publicKey.map { .object(described(JWK.members(of: $0))) }
  }

  /// The key with everything in it, as JSON for a file of mode 0600. What is secret is in no string on the way.
  package func secretText() throws(CryptoError) -> SecretBytes {
    let open = JSONValue.object(described(publicKey.map(JWK.members) ?? [("kty", "oct")])).jsonBytes
    var text: [UInt8] = []
    // Room enough from the start: growing would leave copies behind.
    text.reserveCapacity(open.count + JWK.longestSecret)
    defer { wipe(&text) }
    text += open.dropLast()
    switch material {
    case .publicKey: break
    case .symmetric(let secret): secret.withBytes { JWK.append("k", $0, to: &text) }
    case .privateKey(.ed25519(let key)): JWK.append("d", try key.seed(), to: &text)
    case .privateKey(.p256(let key)): JWK.append("d", try key.scalar(), to: &text)
    case .privateKey(.p384(let key)): JWK.append("d", try key.scalar(), to: &text)
    case .privateKey(.p521(let key)): JWK.append("d", try key.scalar(), to: &text)
    case .privateKey(.rsa(let key)):
      var numbers = try key.numbers()
      defer { for index in numbers.indices { wipe(&numbers[index]) } }
      for (name, place) in zip(JWK.privateNumbers, numbers.indices.dropFirst(2)) {
        numbers[place].withUnsafeBytes { JWK.append(name, RawSpan(_unsafeBytes: $0), to: &text) }
      }
    }
    text.append(UInt8(ascii: "}"))
    return SecretBytes(copying: text.span.bytes)
  }

  /// More than the six secret numbers of the largest RSA key take in base64url.
  private static let longestSecret = 64 * 1024

  private static func append(_ name: String, _ secret: borrowing SecretBytes, to text: inout [UInt8]) {
    secret.withUnsafeBytes { append(name, RawSpan(_unsafeBytes: $0), to: &text) }
  }

  /// A further member, in base64url, whose digits need no escapes.
  private static func append(_ name: String, _ bytes: RawSpan, to text: inout [UInt8]) {
    text += ",\"\(name)\":\"".utf8
    Base64URL.append(bytes, to: &text)
    text.append(UInt8(ascii: "\""))
  }

  private func described(_ members: [(String, JSONValue)]) -> JSONObject {
    var object = JSONObject(members)
    if let keyID { object["kid"] = .string(keyID) }
    if let use { object["use"] = .string(use) }
    if let operations { object["key_ops"] = .array(operations.map { .string($0) }) }
    if let algorithm { object["alg"] = .string(algorithm.rawValue) }
    return object
  }

  fileprivate static func members(of key: PublicKey) -> [(String, JSONValue)] {
    func point(_ curve: String, _ x: ArraySlice<UInt8>, _ y: ArraySlice<UInt8>) -> [(String, JSONValue)] {
      [("kty", "EC"), ("crv", .string(curve)), ("x", encoded(Array(x))), ("y", encoded(Array(y)))]
    }
    return switch key {
    case .ed25519(let key): [("kty", "OKP"), ("crv", "Ed25519"), ("x", encoded(key.bytes))]
    case .p256(let key): point("P-256", key.x, key.y)
    case .p384(let key): point("P-384", key.x, key.y)
    case .p521(let key): point("P-521", key.x, key.y)
    case .rsa(let key): [("kty", "RSA"), ("n", encoded(key.modulus)), ("e", encoded(key.exponent))]
    }
  }

  /// RFC 7518, section 6.3.2, in the order in which `RSA.PrivateKey` takes them.
  static let privateNumbers = ["d", "p", "q", "dp", "dq", "qi"]

  private static func encoded(_ bytes: [UInt8]) -> JSONValue { .string(Base64URL.encode(bytes)) }
}
