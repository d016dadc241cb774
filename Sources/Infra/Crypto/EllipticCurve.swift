// ECDSA on the curves P-256, P-384 and P-521 (FIPS 186-5). A key's type tells its curve, so keys of one curve cannot be
// taken for keys of another.
import COpenSSL

/// A curve, and the hash that JOSE signs with on it (RFC 7518, section 3.4).
package protocol EllipticCurve: Sendable {
  static var name: String { get }
  /// OpenSSL's name for the curve.
  static var group: String { get }
  /// The length of a coordinate, and of either half of a signature.
  static var coordinateLength: Int { get }
  static var hash: HashFunction { get }
}

package enum CurveP256: EllipticCurve {
  package static let name = "P-256"
  package static let group = "prime256v1"
  package static let coordinateLength = 32
  package static let hash = HashFunction.sha256
}

package enum CurveP384: EllipticCurve {
  package static let name = "P-384"
  package static let group = "secp384r1"
  package static let coordinateLength = 48
  package static let hash = HashFunction.sha384
}

package enum CurveP521: EllipticCurve {
  package static let name = "P-521"
  package static let group = "secp521r1"
  package static let coordinateLength = 66
  package static let hash = HashFunction.sha512
}

package typealias P256 = ECDSA<CurveP256>
package typealias P384 = ECDSA<CurveP384>
package typealias P521 = ECDSA<CurveP521>

package enum ECDSA<Curve: EllipticCurve> {
  /// 0x04, then both coordinates (SEC 1, section 2.3.3).
  static var pointLength: Int { 1 + 2 * Curve.coordinateLength }

  package struct PublicKey: Sendable {
    /// The uncompressed point.
    package let point: [UInt8]
    let handle: KeyHandle

    package var x: ArraySlice<UInt8> { point[1..<(1 + Curve.coordinateLength)] }
    package var y: ArraySlice<UInt8> { point[(1 + Curve.coordinateLength)...] }

    /// The key with this uncompressed point. A point that is not on the curve is refused.
    package init(point: [UInt8]) throws(CryptoError) {
      guard point.count == pointLength, point[0] == 4 else {
        throw .badKey("a \(Curve.name) public key is an uncompressed point of \(pointLength) bytes")
      }
      let made = point.withUnsafeBytes {
        openssl_make_ec_key(Curve.group, ByteRun($0), ByteRun(bytes: nil, count: 0))
      }
      guard let made else { throw .badKey("not a point of \(Curve.name): \(drainReasons() ?? "no reason given")") }
      handle = KeyHandle(made)
      self.point = point
    }

    /// The key with these coordinates, each of the curve's full length (RFC 7518, section 6.2.1.2).
    package init(x: [UInt8], y: [UInt8]) throws(CryptoError) {
      guard x.count == Curve.coordinateLength, y.count == Curve.coordinateLength else {
        throw .wrongLength(
          of: "a coordinate of \(Curve.name)", expected: "\(Curve.coordinateLength)",
          actual: x.count == Curve.coordinateLength ? y.count : x.count)
      }
      try self.init(point: [4] + x + y)
    }

    /// Whether r ‖ s, each of the curve's full length, signs `message` (RFC 7518, section 3.4).
    package func verify(_ signature: RawSpan, of message: RawSpan) -> Bool {
      guard signature.byteCount == 2 * Curve.coordinateLength else { return false }
      let encoded = ECDSASignature.derFromFixed(signature)
      return verify(der: encoded.span.bytes, of: message)
    }

    package func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
      verify(signature.span.bytes, of: message.span.bytes)
    }

    /// Whether the DER form (RFC 3279, section 2.2.3) signs `message`.
    package func verify(der signature: RawSpan, of message: RawSpan) -> Bool {
      handle.verify(signature, of: message, digest: Curve.hash.name)
    }

    package func verify(der signature: [UInt8], of message: [UInt8]) -> Bool {
      verify(der: signature.span.bytes, of: message.span.bytes)
    }
  }

  package struct PrivateKey: Sendable {
    package let publicKey: PublicKey
    let handle: KeyHandle

    /// A new key from secure randomness.
    package init() throws(CryptoError) {
      try self.init(KeyHandle(openssl_generate_ec_key(Curve.group), from: "generate a \(Curve.name) key"))
    }

    package init(scalar: [UInt8]) throws(CryptoError) { try self.init(scalar: scalar.span.bytes) }

    /// The key with this private scalar, big-endian and of the curve's full length.
    package init(scalar: RawSpan) throws(CryptoError) {
      guard scalar.byteCount == Curve.coordinateLength else {
        throw .wrongLength(
          of: "a \(Curve.name) private key", expected: "\(Curve.coordinateLength)", actual: scalar.byteCount)
      }
      var point = [UInt8](repeating: 0, count: pointLength)
      let (length, made) = scalar.withUnsafeBytes { scalar in
        let length = openssl_ec_point(Curve.group, ByteRun(scalar), &point, pointLength)
        guard length == pointLength else { return (length, nil as OpaquePointer?) }
        return (length, point.withUnsafeBytes { openssl_make_ec_key(Curve.group, ByteRun($0), ByteRun(scalar)) })
      }
      guard length == pointLength, let made else {
        throw .badKey("not a private key of \(Curve.name): \(drainReasons() ?? "out of range")")
      }
      handle = KeyHandle(made)
      publicKey = try PublicKey(point: point)
    }

    init(_ handle: KeyHandle) throws(CryptoError) {
      self.handle = handle
      publicKey = try PublicKey(point: try ECDSA.point(of: handle))
    }

    package func scalar() throws(CryptoError) -> SecretBytes {
      try SecretBytes(count: Curve.coordinateLength) { target throws(CryptoError) in
        try handle.readNumber("priv", into: target)
      }
    }

    /// r ‖ s, each of the curve's full length.
    package func sign(_ message: RawSpan) throws(CryptoError) -> [UInt8] {
      let encoded = try signDER(message)
      guard let fixed = ECDSASignature.fixedFromDER(encoded.span.bytes, coordinateLength: Curve.coordinateLength)
      else { throw .failed(operation: "sign", reason: "OpenSSL wrote a signature that is not DER") }
      return fixed
    }

    package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try sign(message.span.bytes) }

    package func signDER(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try signDER(message.span.bytes) }

    package func signDER(_ message: RawSpan) throws(CryptoError) -> [UInt8] {
      // SEQUENCE of two INTEGERs, each at most one byte longer than a coordinate; 16 bytes hold all the headers.
      try handle.sign(message, digest: Curve.hash.name, maximumLength: 2 * Curve.coordinateLength + 16)
    }
  }

  /// The uncompressed point of a key that OpenSSL read, whose curve must be this one.
  static func point(of handle: KeyHandle) throws(CryptoError) -> [UInt8] {
    guard handle.groupName() == Curve.group else { throw .badKey("not a key of \(Curve.name)") }
    let width = Curve.coordinateLength
    var point = [UInt8](repeating: 4, count: pointLength)
    let good = point.withUnsafeMutableBufferPointer { target -> Bool in
      guard let base = target.baseAddress else { return false }
      return openssl_key_number(handle.pointer, "qx", base + 1, Int32(width), Int32(width)) == width
        && openssl_key_number(handle.pointer, "qy", base + 1 + width, Int32(width), Int32(width)) == width
    }
    guard good else { throw .openSSL("read a \(Curve.name) public key") }
    return point
  }
}

extension ECDSA.PublicKey: Hashable {
  package static func == (left: Self, right: Self) -> Bool { left.point == right.point }
  package func hash(into hasher: inout Hasher) { hasher.combine(point) }
}
