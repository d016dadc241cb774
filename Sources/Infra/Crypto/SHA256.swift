// SHA-256 (FIPS 180-4) through OpenSSL's EVP. The algorithm is fetched once and every thread reuses one context: fetching
// and allocating for each call would cost more than hashing a short message does.
import COpenSSL
import CSHA256
import Glibc

/// A hash being computed over bytes that arrive in pieces.
///
///     var hash = SHA256()
///     hash.update(header)
///     hash.update(body)
///     let digest = hash.finish()
///
/// For bytes that are all there, `SHA256.digest(_:)` is faster.
package struct SHA256: ~Copyable {
  // Owned by this value alone, freed in deinit.
  private let context: OpaquePointer

  package init() {
    context = Hashing.makeContext()
    Hashing.begin(context)
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: RawSpan) { Hashing.update(context, bytes) }

  package mutating func update(_ bytes: [UInt8]) { Hashing.update(context, bytes.span.bytes) }

  /// The digest of everything given so far. The value begins anew with an empty message.
  package mutating func finish() -> Digest {
    let digest = Hashing.finish(context)
    Hashing.begin(context)
    return digest
  }
}

extension SHA256: @unchecked Sendable {}  // The context has one owner and is touched only through mutating calls.

extension SHA256 {
  package static func digest(_ bytes: RawSpan) -> Digest {
    let context = Hashing.threadContext()
    Hashing.begin(context)
    Hashing.update(context, bytes)
    return Hashing.finish(context)
  }

  package static func digest(_ bytes: [UInt8]) -> Digest { digest(bytes.span.bytes) }

  /// The digest of a text's UTF-8.
  package static func digest(utf8 text: String) -> Digest {
    var text = text
    return text.withUTF8 { digest(RawSpan(_unsafeBytes: UnsafeRawBufferPointer($0))) }
  }

  /// The digest of one byte followed by `bytes`, as the leaves of a Merkle tree need it (RFC 6962, section 2.1).
  package static func digest(prefix: UInt8, _ bytes: RawSpan) -> Digest {
    var digest = Digest()
    bytes.withUnsafeBytes { bytes in
      withUnsafeMutableBytes(of: &digest.storage) {
        witan_sha256_prefixed(
          prefix, bytes.baseAddress, bytes.count, $0.assumingMemoryBound(to: UInt8.self).baseAddress)
      }
    }
    return digest
  }

  package static func digest(prefix: UInt8, _ bytes: [UInt8]) -> Digest { digest(prefix: prefix, bytes.span.bytes) }

  /// The digest of one byte followed by two digests: an inner node of a Merkle tree.
  package static func digest(prefix: UInt8, _ left: Digest, _ right: Digest) -> Digest {
    var digest = Digest()
    withUnsafeBytes(of: (left, right)) { children in
      withUnsafeMutableBytes(of: &digest.storage) { parents(prefix: prefix, of: children, into: $0) }
    }
    return digest
  }

  /// For each two neighbours among `children`, the digest of one byte followed by both: the next height of a Merkle tree.
  /// `parents` may begin where `children` does.
  package static func digest(
    prefix: UInt8, pairsOf children: UnsafeBufferPointer<Digest>, into parents: UnsafeMutableBufferPointer<Digest>
  ) {
    precondition(children.count == 2 * parents.count, "every two have one parent")
    Self.parents(prefix: prefix, of: UnsafeRawBufferPointer(children), into: UnsafeMutableRawBufferPointer(parents))
  }

  private static let hasInstructions = witan_sha256_has_instructions()

  private static func parents(
    prefix: UInt8, of children: UnsafeRawBufferPointer, into parents: UnsafeMutableRawBufferPointer
  ) {
    guard let children = children.bindMemory(to: UInt8.self).baseAddress,
      let first = parents.bindMemory(to: UInt8.self).baseAddress
    else { return }
    let count = parents.count / Digest.byteCount
    if hasInstructions { return witan_sha256_parents(prefix, children, first, count) }
    for place in 0..<count {
      let left = children + 2 * place * Digest.byteCount
      witan_sha256_pair(prefix, left, left + Digest.byteCount, first + place * Digest.byteCount)
    }
  }
}

/// The calls into OpenSSL. With a fetched algorithm and a live context they can fail only for want of memory, which
/// nothing here could survive: a failure ends the process rather than yield a wrong hash.
enum Hashing {
  // Fetched once and never freed; an EVP_MD is immutable, so every thread may use it.
  nonisolated(unsafe) static let sha256: OpaquePointer = {
    OpenSSL.start()
    guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
      fatalError("OpenSSL offers no SHA-256: \(drainReasons() ?? "no reason given")")
    }
    return algorithm
  }()

  private static let threadKey: pthread_key_t = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key) { EVP_MD_CTX_free(OpaquePointer($0)) }
    precondition(status == 0, "no thread-specific storage left")
    return key
  }()

  static func makeContext() -> OpaquePointer {
    OpenSSL.start()
    guard let context = EVP_MD_CTX_new() else { fatalError("out of memory") }
    return context
  }

  /// This thread's own context. It must be finished with before anything else on the thread can ask for it: never hold
  /// it across a callback or an await.
  static func threadContext() -> OpaquePointer {
    if let known = pthread_getspecific(threadKey) { return OpaquePointer(known) }
    let fresh = makeContext()
    pthread_setspecific(threadKey, UnsafeRawPointer(fresh))
    return fresh
  }

  static func begin(_ context: OpaquePointer) {
    precondition(EVP_DigestInit_ex2(context, sha256, nil) == 1, "SHA-256 could not begin")
  }

  static func update(_ context: OpaquePointer, _ bytes: RawSpan) {
    let status = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(status == 1, "SHA-256 could not go on")
  }

  static func finish(_ context: OpaquePointer) -> Digest {
    var digest = Digest()
    let status = withUnsafeMutableBytes(of: &digest.storage) {
      EVP_DigestFinal_ex(context, $0.assumingMemoryBound(to: UInt8.self).baseAddress, nil)
    }
    precondition(status == 1, "SHA-256 could not finish")
    return digest
  }
}
