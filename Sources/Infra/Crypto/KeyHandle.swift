// One of OpenSSL's key objects, counted by Swift.
import COpenSSL

/// Owns an `EVP_PKEY` and frees it with its last user.
///
/// Sendable because OpenSSL allows concurrent use of a key that nobody changes, and nothing here changes one after it
/// was made.
final class KeyHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over the caller's reference.
  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  /// Takes over what an OpenSSL call returned, or reports why it returned nothing.
  convenience init(_ pointer: OpaquePointer?, from operation: String) throws(CryptoError) {
    guard let pointer else { throw .openSSL(operation) }
    self.init(pointer)
  }

  deinit { EVP_PKEY_free(pointer) }

  /// Signs in one call, with the digest that the algorithm names (nil where it has its own, as Ed25519).
  func sign(
    _ message: RawSpan, digest: String?, maximumLength: Int, configure: (OpaquePointer) -> Bool = { _ in true }
  ) throws(CryptoError) -> [UInt8] {
    let context = Hashing.makeContext()
    defer { EVP_MD_CTX_free(context) }
    var keyContext: OpaquePointer?
    guard EVP_DigestSignInit_ex(context, &keyContext, digest, nil, nil, pointer, nil) == 1,
      let keyContext, configure(keyContext)
    else { throw .openSSL("sign") }
    var signed = false
    let signature = [UInt8](unsafeUninitializedCapacity: maximumLength) { target, filled in
      var length = target.count
      signed = message.withUnsafeBytes {
        EVP_DigestSign(context, target.baseAddress, &length, nonNull($0), $0.count) == 1
      }
      filled = signed ? length : 0
    }
    guard signed else { throw .openSSL("sign") }
    return signature
  }

  /// Whether the signature is this key's. A malformed signature is as false as a wrong one.
  func verify(
    _ signature: RawSpan, of message: RawSpan, digest: String?, configure: (OpaquePointer) -> Bool = { _ in true }
  ) -> Bool {
    let context = Hashing.makeContext()
    defer { EVP_MD_CTX_free(context) }
    var keyContext: OpaquePointer?
    guard EVP_DigestVerifyInit_ex(context, &keyContext, digest, nil, nil, pointer, nil) == 1,
      let keyContext, configure(keyContext)
    else {
      ERR_clear_error()
      return false
    }
    let status = signature.withUnsafeBytes { signature in
      message.withUnsafeBytes { message in
        EVP_DigestVerify(
          context, nonNull(signature), signature.count, nonNull(message), message.count)
      }
    }
    if status != 1 { ERR_clear_error() }
    return status == 1
  }
}

extension KeyHandle {
  /// Whether OpenSSL takes the key for one of this type ("ED25519", "EC", "RSA").
  func isA(_ type: String) -> Bool { EVP_PKEY_is_a(pointer, type) == 1 }

  /// OpenSSL's name of an elliptic curve key's curve.
  func groupName() -> String? {
    var length = 0
    var name = [CChar](repeating: 0, count: 64)
    guard EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1 else {
      ERR_clear_error()
      return nil
    }
    return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// One of the key's numbers, big-endian and without leading zeros, or nil where there is none or it is too long.
  func number(_ name: String, maximumBytes: Int) -> [UInt8]? {
    var length: Int32 = -1
    var bytes = [UInt8](unsafeUninitializedCapacity: maximumBytes) { target, filled in
      guard let base = target.baseAddress else { return }
      length = openssl_key_number(pointer, name, base, Int32(maximumBytes), 0)
      filled = max(0, Int(length))
    }
    guard length >= 0 else {
      ERR_clear_error()
      wipe(&bytes)
      return nil
    }
    return bytes
  }

  /// Writes one of the key's numbers, left-padded with zeros to the length of `target`.
  func readNumber(_ name: String, into target: UnsafeMutableRawBufferPointer) throws(CryptoError) {
    guard let base = target.assumingMemoryBound(to: UInt8.self).baseAddress,
      openssl_key_number(pointer, name, base, Int32(target.count), Int32(target.count)) == Int32(target.count)
    else { throw .openSSL("read the number \(name) of a key") }
  }
}

/// Overwrites bytes that were secret and gives their memory back.
package func wipe(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
  bytes = []
}

/// The buffer's bytes; for an empty buffer, which may have no address, some address that is never read.
func nonNull(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<UInt8> {
  bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
}
