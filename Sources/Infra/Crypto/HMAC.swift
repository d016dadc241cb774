// HMAC (RFC 2104, FIPS 198-1). Setting a key costs several times what authenticating a short message does, so a key keeps
// its prepared states and lends one to each call.
import COpenSSL
import Locking

/// A key for HMAC-SHA-256, to be made once and used by any thread.
///
///     let key = HMACSHA256(key: secret.span)
///     let code = key.authenticate(message)
///     guard key.isValid(received, for: message) else { … }
package struct HMACSHA256: Sendable {
  private let states: MACStates

  package init(key: RawSpan) { states = MACStates(key: key, hash: .sha256) }

  package init(key: [UInt8]) { self.init(key: key.span.bytes) }

  package func authenticate(_ message: RawSpan) -> Digest {
    var code = Digest()
    withUnsafeMutableBytes(of: &code.storage) { states.authenticate(message, into: $0) }
    return code
  }

  package func authenticate(_ message: [UInt8]) -> Digest { authenticate(message.span.bytes) }

  /// Whether `code` is the whole code of `message`, compared in constant time. A shortened code is not valid.
  package func isValid(_ code: RawSpan, for message: RawSpan) -> Bool {
    let expected = authenticate(message)
    return constantTimeEquals(expected.span.bytes, code)
  }

  package func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
    isValid(code.span.bytes, for: message.span.bytes)
  }

  /// For a key that is used once.
  package static func authenticate(_ message: RawSpan, key: RawSpan) -> Digest {
    HMACSHA256(key: key).authenticate(message)
  }
}

/// A key for HMAC with any of the hash functions.
package struct HMAC: Sendable {
  package let hash: HashFunction
  private let states: MACStates

  package init(key: RawSpan, hash: HashFunction) {
    self.hash = hash
    states = MACStates(key: key, hash: hash)
  }

  package func authenticate(_ message: [UInt8]) -> [UInt8] { authenticate(message.span.bytes) }

  package func authenticate(_ message: RawSpan) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: hash.byteCount) { target, filled in
      states.authenticate(message, into: UnsafeMutableRawBufferPointer(target))
      filled = hash.byteCount
    }
  }

  /// Whether `code` is the whole code of `message`, compared in constant time.
  package func isValid(_ code: RawSpan, for message: RawSpan) -> Bool {
    let expected = authenticate(message)
    return constantTimeEquals(expected.span.bytes, code)
  }
}

/// States prepared with one key. A call borrows one and puts it back, so the same few are reused by all threads; the key
/// itself lives only inside them, where OpenSSL wipes it on release.
private final class MACStates: Sendable {
  /// An idle state of OpenSSL's. Whoever takes it out of the list is its only user.
  private struct Idle: @unchecked Sendable { let context: OpaquePointer }

  /// More idle states than this are freed: they were needed by a burst.
  private static let mostIdle = 16

  private let idle: Locked<[Idle]>
  // Never used to authenticate, only to copy from, which OpenSSL does without changing it.
  private let original: Idle

  init(key: RawSpan, hash: HashFunction) {
    guard let context = EVP_MAC_CTX_new(MACStates.algorithm) else { fatalError("out of memory") }
    let status = key.withUnsafeBytes {
      openssl_begin_mac(context, ByteRun($0), hash.name)
    }
    guard status == 1 else { fatalError("OpenSSL offers no HMAC-\(hash.name): \(drainReasons() ?? "")") }
    original = Idle(context: context)
    var room: [Idle] = []
    room.reserveCapacity(MACStates.mostIdle)
    idle = Locked(room)
  }

  deinit {
    EVP_MAC_CTX_free(original.context)
    idle.withLock { states in
      for state in states { EVP_MAC_CTX_free(state.context) }
      states = []
    }
  }

  /// Writes the code of `message`; `target` must be as long as the hash.
  ///
  /// With a prepared state the calls fail only for want of memory, which ends the process: a wrong code must not pass.
  func authenticate(_ message: RawSpan, into target: UnsafeMutableRawBufferPointer) {
    let context = borrow()
    var length = 0
    let status = message.withUnsafeBytes { message in
      // Without a key, the state begins anew with the one that it has.
      EVP_MAC_init(context, nil, 0, nil) == 1
        && EVP_MAC_update(context, nonNull(message), message.count) == 1
        && EVP_MAC_final(
          context, target.assumingMemoryBound(to: UInt8.self).baseAddress, &length, target.count) == 1
    }
    precondition(status && length == target.count, "HMAC failed")
    giveBack(context)
  }

  private func borrow() -> OpaquePointer {
    if let known = idle.withLock({ $0.popLast() }) { return known.context }
    guard let copy = EVP_MAC_CTX_dup(original.context) else { fatalError("out of memory") }
    return copy
  }

  private func giveBack(_ context: OpaquePointer) {
    let state = Idle(context: context)
    let kept = idle.withLock { states in
      guard states.count < MACStates.mostIdle else { return false }
      states.append(state)
      return true
    }
    if !kept { EVP_MAC_CTX_free(context) }
  }

  // Fetched once and never freed; an EVP_MAC is immutable.
  nonisolated(unsafe) private static let algorithm: OpaquePointer = {
    OpenSSL.start()
    guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else {
      fatalError("OpenSSL offers no HMAC: \(drainReasons() ?? "no reason given")")
    }
    return algorithm
  }()
}
