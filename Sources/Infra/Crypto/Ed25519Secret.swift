// Signing with Ed25519 (RFC 8032, section 5.1.6). OpenSSL multiplies the base point with limbs for 32-bit machines, in more
// than twice the time; a service that signs a permit for every answer spends much of its time there. So the multiplication
// is ours, held to OpenSSL's result at the making of every key, and byte for byte in the tests.
import CEd25519
import COpenSSL
import Glibc

final class Ed25519Secret: Sendable {
  /// SHA-512 of the seed: the scalar, with its bits set as the standard asks, and the prefix of nonces.
  private let expanded: SecretBytes
  private let publicKey: [UInt8]

  init(seed: borrowing SecretBytes, publicKey: [UInt8]) {
    self.publicKey = publicKey
    expanded = seed.withUnsafeBytes { seed in
      SecretBytes(count: LongHash.byteCount) { target in
        LongHash.digest(into: target, seed)
        target[0] &= 0b1111_1000
        target[31] = target[31] & 0b0111_1111 | 0b0100_0000
      }
    }
    let derived = [UInt8](unsafeUninitializedCapacity: Ed25519.keyLength) { target, filled in
      expanded.withUnsafeBytes { witan_ed25519_multiply_base(target.baseAddress, bytes($0)) }
      filled = Ed25519.keyLength
    }
    precondition(derived == publicKey, "two ways to multiply the base point disagree")
  }

  func sign(_ message: RawSpan) -> [UInt8] {
    message.withUnsafeBytes { message in
      expanded.withUnsafeBytes { secret in
        [UInt8](unsafeUninitializedCapacity: Ed25519.signatureLength) { target, filled in
          sign(message, secret, into: UnsafeMutableRawBufferPointer(target))
          filled = Ed25519.signatureLength
        }
      }
    }
  }

  private func sign(
    _ message: UnsafeRawBufferPointer, _ secret: UnsafeRawBufferPointer, into signature: UnsafeMutableRawBufferPointer
  ) {
    let length = Ed25519.keyLength
    withUnsafeTemporaryAllocation(byteCount: LongHash.byteCount + 2 * length, alignment: 16) { room in
      defer { OPENSSL_cleanse(room.baseAddress, room.count) }
      let hash = UnsafeMutableRawBufferPointer(rebasing: room[..<LongHash.byteCount])
      let nonce = UnsafeMutableRawBufferPointer(rebasing: room[LongHash.byteCount...].prefix(length))
      let challenge = UnsafeMutableRawBufferPointer(rebasing: room.suffix(length))
      let (point, number) = (signature[..<length], signature[length...])

      LongHash.digest(into: hash, UnsafeRawBufferPointer(rebasing: secret[length...]), message)
      witan_ed25519_reduce(bytes(nonce), bytes(hash))
      witan_ed25519_multiply_base(bytes(signature), bytes(nonce))
      publicKey.withUnsafeBytes { publicKey in
        LongHash.digest(
          into: hash, UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: point)), publicKey, message)
      }
      witan_ed25519_reduce(bytes(challenge), bytes(hash))
      witan_ed25519_multiply_add(
        bytes(UnsafeMutableRawBufferPointer(rebasing: number)), bytes(challenge), bytes(secret), bytes(nonce))
    }
  }
}

private func bytes(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
  buffer.assumingMemoryBound(to: UInt8.self).baseAddress
}

private func bytes(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
  buffer.assumingMemoryBound(to: UInt8.self).baseAddress
}

/// SHA-512 (FIPS 180-4) with a context of each thread's own, which is finished with before anything else can ask for it.
private enum LongHash {
  static let byteCount = 64

  // Fetched once and never freed; an EVP_MD is immutable, so every thread may use it.
  nonisolated(unsafe) private static let algorithm: OpaquePointer = {
    OpenSSL.start()
    guard let algorithm = EVP_MD_fetch(nil, "SHA512", nil) else {
      fatalError("OpenSSL offers no SHA-512: \(drainReasons() ?? "no reason given")")
    }
    return algorithm
  }()

  private static let threadKey: pthread_key_t = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key) { EVP_MD_CTX_free(OpaquePointer($0)) }
    precondition(status == 0, "no thread-specific storage left")
    return key
  }()

  private static func begin() -> OpaquePointer {
    let context: OpaquePointer
    if let known = pthread_getspecific(threadKey) {
      context = OpaquePointer(known)
    } else {
      context = Hashing.makeContext()
      pthread_setspecific(threadKey, UnsafeRawPointer(context))
    }
    precondition(EVP_DigestInit_ex2(context, algorithm, nil) == 1, "SHA-512 could not begin")
    return context
  }

  private static func finish(_ context: OpaquePointer, _ target: UnsafeMutableRawBufferPointer) {
    precondition(target.count == byteCount, "the room for a digest")
    precondition(EVP_DigestFinal_ex(context, bytes(target), nil) == 1, "SHA-512 could not finish")
  }

  static func digest(
    into target: UnsafeMutableRawBufferPointer, _ first: UnsafeRawBufferPointer,
    _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    _ third: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) {
    let context = begin()
    Hashing.update(context, RawSpan(_unsafeBytes: first))
    Hashing.update(context, RawSpan(_unsafeBytes: second))
    Hashing.update(context, RawSpan(_unsafeBytes: third))
    finish(context, target)
  }
}
