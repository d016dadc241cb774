// Making tokens: the signing side of JWS compact, and JWTs with the standard claims filled in.
import Crypto
import JSON

/// A key that signs, with the one algorithm that it signs with.
package struct SigningKey: Sendable {
  private enum Material: Sendable {
    case privateKey(PrivateKey)
    case shared(HMAC)
  }

  package let algorithm: JWSAlgorithm
  package let keyID: String
  private let material: Material
  private let jwk: JWK

  /// Takes a private key or shared secret. Without an id, the key's thumbprint (RFC 7638) is its id; of a shared secret
  /// that would give a hash of the secret away, so there an id must be given.
  package init(_ key: JWK, algorithm wanted: JWSAlgorithm? = nil) throws(CryptoError) {
    if let objection = key.objection(to: "sign") { throw .badKey(objection) }
    let natural = key.algorithms.min { left, right in
      JWSAlgorithm.preference(left) < JWSAlgorithm.preference(right)
    }
    guard let algorithm = wanted ?? natural, let hashed = key.algorithms.contains(algorithm) ? algorithm : nil else {
      throw .badKey("the key is not for \(wanted?.rawValue ?? "signing")")
    }
    switch key.material {
    case .publicKey: throw .badKey("a public key cannot sign")
    case .privateKey(let key): material = .privateKey(key)
    case .symmetric(let secret):
      guard key.keyID != nil else { throw .badKey("a shared secret needs an id (kid) to sign with") }
      guard let hash = hashed.hash else { throw .badKey("the key is not for \(hashed.rawValue)") }
      material = .shared(secret.authenticator(hash))
    }
    self.algorithm = algorithm
    keyID = key.keyID ?? Base64URL.encode(key.thumbprint.bytes)
    var described = key
    described.keyID = keyID
    described.algorithm = algorithm
    jwk = described
  }

  package init(_ key: PrivateKey, keyID: String? = nil) throws(CryptoError) {
    try self.init(JWK(.privateKey(key), keyID: keyID))
  }

  /// The public half, with its id and algorithm, for a published set; nil for a shared secret.
  package var published: JWK? {
    jwk.publicKey.map { JWK(.publicKey($0), keyID: keyID, use: "sig", algorithm: algorithm) }
  }

  /// The key as a verifier in the same process uses it.
  package var verifying: JWK { published ?? jwk }

  package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try sign(message.span.bytes) }

  package func sign(_ message: RawSpan) throws(CryptoError) -> [UInt8] {
    switch material {
    case .shared(let authenticator): return authenticator.authenticate(message)
    case .privateKey(.ed25519(let key)): return try key.sign(message)
    case .privateKey(.p256(let key)): return try key.sign(message)
    case .privateKey(.p384(let key)): return try key.sign(message)
    case .privateKey(.p521(let key)): return try key.sign(message)
    case .privateKey(.rsa(let key)):
      let isPSS = [.ps256, .ps384, .ps512].contains(algorithm)
      return try key.sign(message, padding: isPSS ? .pss : .pkcs1, hash: algorithm.hash ?? .sha256)
    }
  }

  /// The compact JWS of `payload`. `type` is the header's `typ`.
  package func compact(_ payload: RawSpan, type: String? = nil) throws(CryptoError) -> String {
    var header = JSONWriter()
    header.beginObject()
    header.member("alg", algorithm.rawValue)
    header.member("kid", keyID)
    if let type { header.member("typ", type) }
    header.endObject()
    var token: [UInt8] = []
    token.reserveCapacity(payload.byteCount * 4 / 3 + 512)
    Base64URL.append(header.bytes, to: &token)
    token.append(UInt8(ascii: "."))
    Base64URL.append(payload, to: &token)
    let signature = try sign(token.span.bytes)
    token.append(UInt8(ascii: "."))
    Base64URL.append(signature.span.bytes, to: &token)
    return String(decoding: token, as: UTF8.self)
  }
}

extension JWSAlgorithm {
  /// Which algorithm a key signs with when it could sign with several: the shorter hash, and PKCS #1 before PSS, as
  /// more verifiers know them.
  fileprivate static func preference(_ algorithm: JWSAlgorithm) -> Int {
    allCases.firstIndex(of: algorithm) ?? allCases.count
  }
}

/// Issues JWTs under one key.
///
///     let issuer = TokenIssuer(key: key, issuer: "https://witan.example")
///     let token = try issuer.issue(subject: "agent-7", lifetime: 3600, now: now, claims: [("roles", ["decider"])])
package struct TokenIssuer: Sendable {
  package let key: SigningKey
  package let issuer: String?
  package let audience: [String]
  /// Longer lifetimes are cut to this: 400 days.
  package static let maximumLifetime = 400.0 * 86_400

  package init(key: SigningKey, issuer: String? = nil, audience: [String] = []) {
    self.key = key
    self.issuer = issuer
    self.audience = audience
  }

  /// A token with `exp`, `iat`, `sub` and a random `jti`, and `claims` beside them. A claim with one of the standard
  /// names replaces the value made here.
  package func issue(
    subject: String, lifetime: Double, now: Double, claims: [(String, JSONValue)] = [], type: String = "JWT"
  ) throws(CryptoError) -> String {
    let issued = now.rounded(.down)
    let lifetime = min(max(1, lifetime.rounded(.up)), TokenIssuer.maximumLifetime)
    guard issued >= 0, issued + lifetime <= Claims.latestTime else { throw .beyondLimit("the time of a token") }
    var all = JSONObject()
    if let issuer { all["iss"] = .string(issuer) }
    all["sub"] = .string(subject)
    if audience.count == 1 {
      all["aud"] = .string(audience[0])
    } else if !audience.isEmpty {
      all["aud"] = .array(audience.map { .string($0) })
    }
    all["iat"] = .integer(Int(issued))
    all["exp"] = .integer(Int(issued + lifetime))
    all["jti"] = .string(Base64URL.encode(SecureRandom.bytes(16)))
    for (name, value) in claims { all[name] = value }
    return try key.compact(JSONValue.object(all).jsonBytes.span.bytes, type: type)
  }
}
