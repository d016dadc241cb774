// Ed25519 signatures (RFC 8032).
import COpenSSL

package enum Ed25519 {
  package static let signatureLength = 64
  package static let keyLength = 32

  package struct PublicKey: Sendable {
    /// The 32 bytes of RFC 8032, section 5.1.5.
    package let bytes: [UInt8]
    let handle: KeyHandle

    package init(_ bytes: RawSpan) throws(CryptoError) {
      guard bytes.byteCount == keyLength else {
        throw .wrongLength(of: "an Ed25519 public key", expected: "\(keyLength)", actual: bytes.byteCount)
      }
      let copy = bytes.withUnsafeBytes { Array($0) }
      // OpenSSL takes any 32 bytes for a key, and so for one under which everybody can sign.
      guard PublicKey.isCanonical(copy) else {
        throw .badKey("an Ed25519 public key is a number below 2^255 - 19 and a sign (RFC 8032, section 5.1.3)")
      }
      guard !PublicKey.isOfSmallOrder(copy) else {
        throw .badKey("an Ed25519 public key of small order: anybody could sign for it")
      }
      let pointer = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, copy, copy.count)
      self.init(try KeyHandle(pointer, from: "read an Ed25519 public key"), copy)
    }

    package init(_ bytes: [UInt8]) throws(CryptoError) { try self.init(bytes.span.bytes) }

    init(_ handle: KeyHandle, _ bytes: [UInt8]) {
      self.handle = handle
      self.bytes = bytes
    }

    package func verify(_ signature: RawSpan, of message: RawSpan) -> Bool {
      guard signature.byteCount == signatureLength else { return false }
      return handle.verify(signature, of: message, digest: nil)
    }

    package func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
      verify(signature.span.bytes, of: message.span.bytes)
    }
  }

  package struct PrivateKey: Sendable {
    package let publicKey: PublicKey
    let handle: KeyHandle
    private let secret: Ed25519Secret

    /// A new key from secure randomness.
    package init() throws(CryptoError) { try self.init(seed: SecretBytes.random(keyLength).span) }

    /// The key that RFC 8032 derives from this 32-byte seed.
    package init(seed: RawSpan) throws(CryptoError) {
      guard seed.byteCount == keyLength else {
        throw .wrongLength(of: "an Ed25519 private key", expected: "\(keyLength)", actual: seed.byteCount)
      }
      let pointer = seed.withUnsafeBytes {
        EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, nonNull($0), $0.count)
      }
      try self.init(KeyHandle(pointer, from: "read an Ed25519 private key"))
    }

    package init(seed: [UInt8]) throws(CryptoError) { try self.init(seed: seed.span.bytes) }

    init(_ handle: KeyHandle) throws(CryptoError) {
      self.handle = handle
      publicKey = PublicKey(handle, try PrivateKey.publicBytes(handle))
      secret = Ed25519Secret(seed: try PrivateKey.seed(handle), publicKey: publicKey.bytes)
    }

    static func publicBytes(_ handle: KeyHandle) throws(CryptoError) -> [UInt8] {
      var length = keyLength
      var bytes = [UInt8](repeating: 0, count: keyLength)
      guard EVP_PKEY_get_raw_public_key(handle.pointer, &bytes, &length) == 1, length == keyLength else {
        throw .openSSL("read an Ed25519 public key")
      }
      return bytes
    }

    /// The seed, for writing the key to a file.
    package func seed() throws(CryptoError) -> SecretBytes { try PrivateKey.seed(handle) }

    private static func seed(_ handle: KeyHandle) throws(CryptoError) -> SecretBytes {
      try SecretBytes(count: keyLength) { target throws(CryptoError) in
        var length = target.count
        let bytes = target.assumingMemoryBound(to: UInt8.self).baseAddress
        guard EVP_PKEY_get_raw_private_key(handle.pointer, bytes, &length) == 1, length == keyLength else {
          throw .openSSL("read an Ed25519 private key")
        }
      }
    }

    /// The 64-byte signature of `message`; the same message always gets the same one.
    package func sign(_ message: RawSpan) throws(CryptoError) -> [UInt8] { secret.sign(message) }

    package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try sign(message.span.bytes) }
  }
}

extension Ed25519.PublicKey {
  /// Whether y, the number without the sign in its highest bit, is below p = 2²⁵⁵ − 19.
  private static func isCanonical(_ bytes: [UInt8]) -> Bool {
    bytes[31] & 0x7F != 0x7F || bytes[1..<31].contains { $0 != 0xFF } || bytes[0] < 0xED
  }

  /// Whether eight times the point is the neutral element. There are eight such points and five numbers y among them:
  /// 0, 1, −1, and two of order eight. Under such a key one signature fits an eighth of all messages, or all of them.
  private static func isOfSmallOrder(_ bytes: [UInt8]) -> Bool {
    var y = bytes
    y[31] &= 0x7F
    return smallOrder.contains(y)
  }

  private static let smallOrder: [[UInt8]] = {
    let zero = [UInt8](repeating: 0, count: 32)
    let one: [UInt8] = [1] + zero.dropFirst()
    let minusOne: [UInt8] = [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
    let eighths = [
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    return [zero, one, minusOne] + eighths.compactMap { Hex.decode($0) }
  }()
}

extension Ed25519.PublicKey: Hashable {
  package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
  package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
