// A key of any supported kind, and its standard encodings: SubjectPublicKeyInfo (RFC 5280) and PKCS #8 (RFC 5958), each as
// DER or PEM. What is read is taken apart and checked as strictly as a key made from its numbers.
import COpenSSL

package enum PublicKey: Sendable, Hashable {
  case ed25519(Ed25519.PublicKey)
  case p256(P256.PublicKey)
  case p384(P384.PublicKey)
  case p521(P521.PublicKey)
  case rsa(RSA.PublicKey)

  package static let label = "PUBLIC KEY"

  /// Reads a DER SubjectPublicKeyInfo, all of it.
  package init(der: RawSpan) throws(CryptoError) {
    let (pointer, read) = der.withUnsafeBytes { bytes -> (OpaquePointer?, Int) in
      var at: UnsafePointer<UInt8>? = nonNull(bytes)
      let key = d2i_PUBKEY_ex(nil, &at, bytes.count, nil, nil)
      return (key, key == nil ? 0 : nonNull(bytes).distance(to: at.unsafelyUnwrapped))
    }
    guard let pointer else {
      throw .malformed("not a SubjectPublicKeyInfo: \(drainReasons() ?? "no reason given")")
    }
    let handle = KeyHandle(pointer)
    guard read == der.byteCount else { throw .malformed("bytes follow the public key") }
    try self.init(handle)
  }

  package init(pem: RawSpan) throws(CryptoError) {
    let block = try PEM(pem)
    guard block.label == PublicKey.label else {
      throw .malformed("expected a PEM block PUBLIC KEY, not \(block.label)")
    }
    try self.init(der: block.bytes.span.bytes)
  }

  package init(der: [UInt8]) throws(CryptoError) { try self.init(der: der.span.bytes) }

  package init(pem: String) throws(CryptoError) { try self.init(pem: Array(pem.utf8).span.bytes) }

  init(_ handle: KeyHandle) throws(CryptoError) {
    if handle.isA("ED25519") {
      self = .ed25519(try Ed25519.PublicKey(try Ed25519.PrivateKey.publicBytes(handle)))
    } else if handle.isA("RSA") {
      self = .rsa(try RSA.publicKey(of: handle))
    } else if handle.isA("EC") {
      switch handle.groupName() {
      case CurveP256.group: self = .p256(try P256.PublicKey(point: try P256.point(of: handle)))
      case CurveP384.group: self = .p384(try P384.PublicKey(point: try P384.point(of: handle)))
      case CurveP521.group: self = .p521(try P521.PublicKey(point: try P521.point(of: handle)))
      case let other: throw .badKey("the curve \(other ?? "of this key") is not supported")
      }
    } else {
      throw .badKey("only Ed25519, P-256, P-384, P-521 and RSA keys are supported")
    }
  }

  var handle: KeyHandle {
    switch self {
    case .ed25519(let key): key.handle
    case .p256(let key): key.handle
    case .p384(let key): key.handle
    case .p521(let key): key.handle
    case .rsa(let key): key.handle
    }
  }

  /// The key as a DER SubjectPublicKeyInfo.
  package func der() throws(CryptoError) -> [UInt8] {
    var encoded: UnsafeMutablePointer<UInt8>?
    let length = i2d_PUBKEY(handle.pointer, &encoded)
    guard length > 0, let encoded else { throw .openSSL("encode a public key") }
    defer { CRYPTO_free(encoded, #file, #line) }
    return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
  }

  package func pem() throws(CryptoError) -> String {
    String(decoding: PEM(label: PublicKey.label, bytes: try der()).text(), as: UTF8.self)
  }
}

package enum PrivateKey: Sendable {
  case ed25519(Ed25519.PrivateKey)
  case p256(P256.PrivateKey)
  case p384(P384.PrivateKey)
  case p521(P521.PrivateKey)
  case rsa(RSA.PrivateKey)

  package static let label = "PRIVATE KEY"
  package static let encryptedLabel = "ENCRYPTED PRIVATE KEY"

  package var publicKey: PublicKey {
    switch self {
    case .ed25519(let key): .ed25519(key.publicKey)
    case .p256(let key): .p256(key.publicKey)
    case .p384(let key): .p384(key.publicKey)
    case .p521(let key): .p521(key.publicKey)
    case .rsa(let key): .rsa(key.publicKey)
    }
  }

  /// Reads a DER PrivateKeyInfo of PKCS #8, all of it.
  package init(pkcs8: RawSpan) throws(CryptoError) {
    let (info, read) = pkcs8.withUnsafeBytes { bytes -> (OpaquePointer?, Int) in
      var at: UnsafePointer<UInt8>? = nonNull(bytes)
      let info = d2i_PKCS8_PRIV_KEY_INFO(nil, &at, bytes.count)
      return (info, info == nil ? 0 : nonNull(bytes).distance(to: at.unsafelyUnwrapped))
    }
    guard let info else { throw .malformed("not a PKCS #8 key: \(drainReasons() ?? "no reason given")") }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    guard read == pkcs8.byteCount else { throw .malformed("bytes follow the private key") }
    try self.init(info: info)
  }

  package init(pkcs8: [UInt8]) throws(CryptoError) { try self.init(pkcs8: pkcs8.span.bytes) }

  init(info: OpaquePointer) throws(CryptoError) {
    guard let pointer = EVP_PKCS82PKEY_ex(info, nil, nil) else {
      throw .malformed("not a usable PKCS #8 key: \(drainReasons() ?? "no reason given")")
    }
    let handle = KeyHandle(pointer)
    if handle.isA("ED25519") {
      self = .ed25519(try Ed25519.PrivateKey(handle))
    } else if handle.isA("RSA") {
      self = .rsa(try RSA.PrivateKey(handle))
    } else if handle.isA("EC") {
      try self.init(ellipticCurve: handle)
    } else {
      throw .badKey("only Ed25519, P-256, P-384, P-521 and RSA keys are supported")
    }
  }

  private init(ellipticCurve handle: KeyHandle) throws(CryptoError) {
    guard openssl_key_is_consistent(handle.pointer) == 1 else {
      throw .badKey("the private number is not that of the public point: \(drainReasons() ?? "no reason given")")
    }
    switch handle.groupName() {
    case CurveP256.group: self = .p256(try P256.PrivateKey(handle))
    case CurveP384.group: self = .p384(try P384.PrivateKey(handle))
    case CurveP521.group: self = .p521(try P521.PrivateKey(handle))
    case let other: throw .badKey("the curve \(other ?? "of this key") is not supported")
    }
  }

  var handle: KeyHandle {
    switch self {
    case .ed25519(let key): key.handle
    case .p256(let key): key.handle
    case .p384(let key): key.handle
    case .p521(let key): key.handle
    case .rsa(let key): key.handle
    }
  }

  /// Reads a PEM block PRIVATE KEY. One that is encrypted needs `init(pem:passphrase:)`.
  package init(pem: RawSpan) throws(CryptoError) {
    var block = try PEM(pem)
    defer { block.wipeBytes() }
    switch block.label {
    case PrivateKey.label: try self.init(pkcs8: block.bytes.span.bytes)
    case PrivateKey.encryptedLabel: throw .malformed("the private key is encrypted: a passphrase is needed")
    case "EC PRIVATE KEY", "RSA PRIVATE KEY":
      throw .malformed("\(block.label) is an old form; convert it with: openssl pkcs8 -topk8 -nocrypt")
    default: throw .malformed("expected a PEM block PRIVATE KEY, not \(block.label)")
    }
  }

  package init(pem: [UInt8]) throws(CryptoError) { try self.init(pem: pem.span.bytes) }

  /// The key as a PEM block PRIVATE KEY.
  package func pem() throws(CryptoError) -> SecretBytes {
    let info = try makeInfo()
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    var encoded: UnsafeMutablePointer<UInt8>?
    let length = i2d_PKCS8_PRIV_KEY_INFO(info, &encoded)
    guard length > 0, let encoded else { throw .openSSL("encode a private key") }
    defer { CRYPTO_clear_free(encoded, Int(length), #file, #line) }
    var block = PEM(
      label: PrivateKey.label, bytes: Array(UnsafeBufferPointer(start: encoded, count: Int(length))))
    defer { block.wipeBytes() }
    var text = block.text()
    return SecretBytes(moving: &text)
  }

  /// The caller frees what is returned.
  func makeInfo() throws(CryptoError) -> OpaquePointer {
    guard let info = EVP_PKEY2PKCS8(handle.pointer) else { throw .openSSL("encode a private key") }
    return info
  }
}

extension PEM {
  /// Overwrites the bytes, which nobody else may be holding.
  mutating func wipeBytes() {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    wipe(&taken)
  }
}
