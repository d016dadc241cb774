// AES-256 in Galois/Counter Mode (NIST SP 800-38D): secrecy and authenticity in one.
import COpenSSL

/// Sealing and opening under a 256-bit key.
///
///     let sealed = try AESGCM.seal(payload, key: key, authenticating: header)
///     let payload = try AESGCM.open(sealed, key: key, authenticating: header)
///
/// `seal(_:key:authenticating:)` draws a random nonce and puts it before the ciphertext. Under one key that is safe for
/// 2³² messages (SP 800-38D, section 8.3); a nonce used twice under a key gives both messages away.
package enum AESGCM {
  package static let keyLength = 32
  package static let nonceLength = 12
  package static let tagLength = 16
  /// What sealing adds to the length of a message.
  package static let overhead = nonceLength + tagLength
  /// Longer messages are refused: OpenSSL counts them in an `int`.
  package static let maximumLength = 1 << 30

  /// nonce ‖ ciphertext ‖ tag, with a fresh random nonce.
  package static func seal(
    _ plaintext: RawSpan, key: RawSpan, authenticating data: RawSpan
  ) throws(CryptoError) -> [UInt8] {
    let nonce = SecureRandom.bytes(nonceLength)
    return try seal(plaintext, key: key, nonce: nonce.span.bytes, authenticating: data, prependingNonce: true)
  }

  package static func seal(
    _ plaintext: [UInt8], key: borrowing SecretBytes, authenticating data: [UInt8] = []
  ) throws(CryptoError) -> [UInt8] {
    try seal(plaintext.span.bytes, key: key.span, authenticating: data.span.bytes)
  }

  /// ciphertext ‖ tag, with a nonce of the caller's, who never uses it again under this key.
  package static func seal(
    _ plaintext: RawSpan, key: RawSpan, nonce: RawSpan, authenticating data: RawSpan
  ) throws(CryptoError) -> [UInt8] {
    try seal(plaintext, key: key, nonce: nonce, authenticating: data, prependingNonce: false)
  }

  package static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    try seal(plaintext.span.bytes, key: key.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes)
  }

  /// Opens nonce ‖ ciphertext ‖ tag.
  package static func open(
    _ sealed: RawSpan, key: RawSpan, authenticating data: RawSpan
  ) throws(CryptoError) -> [UInt8] {
    guard sealed.byteCount >= overhead else { throw .notAuthentic }
    return try open(
      sealed.extracting(droppingFirst: nonceLength), key: key, nonce: sealed.extracting(first: nonceLength),
      authenticating: data)
  }

  package static func open(
    _ sealed: [UInt8], key: borrowing SecretBytes, authenticating data: [UInt8] = []
  ) throws(CryptoError) -> [UInt8] {
    try open(sealed.span.bytes, key: key.span, authenticating: data.span.bytes)
  }

  /// Opens ciphertext ‖ tag. Nothing of the plaintext is returned unless the tag is right.
  package static func open(
    _ sealed: RawSpan, key: RawSpan, nonce: RawSpan, authenticating data: RawSpan
  ) throws(CryptoError) -> [UInt8] {
    guard sealed.byteCount >= tagLength else { throw .notAuthentic }
    let ciphertext = sealed.extracting(droppingLast: tagLength)
    let tag = sealed.extracting(last: tagLength)
    let context = try begin(key: key, nonce: nonce, authenticating: data, length: ciphertext.byteCount, sealing: false)
    defer { EVP_CIPHER_CTX_free(context) }
    var authentic = false
    let plaintext = [UInt8](unsafeUninitializedCapacity: max(1, ciphertext.byteCount)) { target, filled in
      var length: Int32 = 0
      var rest: Int32 = 0
      authentic =
        ciphertext.withUnsafeBytes {
          EVP_DecryptUpdate(context, target.baseAddress, &length, nonNull($0), Int32($0.count)) == 1
        }
        && tag.withUnsafeBytes {
          let bytes = UnsafeMutableRawPointer(mutating: $0.baseAddress)
          return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), bytes) == 1
        }
        && EVP_DecryptFinal_ex(context, target.baseAddress.map { $0 + Int(length) }, &rest) == 1
      if !authentic { OPENSSL_cleanse(target.baseAddress, target.count) }
      filled = authentic ? Int(length + rest) : 0
    }
    guard authentic else {
      ERR_clear_error()
      throw .notAuthentic
    }
    return plaintext
  }

  package static func open(
    _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    try open(sealed.span.bytes, key: key.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes)
  }

  /// Seals in place what stands from `start` on, and appends the tag; with a nonce of the caller's, who never uses it again
  /// under this key.
  package static func seal(
    in bytes: inout [UInt8], from start: Int, key: RawSpan, nonce: RawSpan, authenticating data: RawSpan
  ) throws(CryptoError) {
    let length = bytes.count - start
    precondition(length >= 0, "what is sealed begins within the bytes")
    let context = try begin(key: key, nonce: nonce, authenticating: data, length: length, sealing: true)
    defer { EVP_CIPHER_CTX_free(context) }
    bytes.append(contentsOf: repeatElement(0, count: tagLength))
    let good = bytes.withUnsafeMutableBufferPointer { bytes -> Bool in
      guard let base = bytes.baseAddress.map({ $0 + start }) else { return false }
      var done: Int32 = 0
      var rest: Int32 = 0
      return EVP_EncryptUpdate(context, base, &done, base, Int32(length)) == 1
        && EVP_EncryptFinal_ex(context, base + Int(done), &rest) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), base + length) == 1
    }
    guard good else { throw .openSSL("seal") }
  }

  private static func seal(
    _ plaintext: RawSpan, key: RawSpan, nonce: RawSpan, authenticating data: RawSpan, prependingNonce: Bool
  ) throws(CryptoError) -> [UInt8] {
    let context = try begin(key: key, nonce: nonce, authenticating: data, length: plaintext.byteCount, sealing: true)
    defer { EVP_CIPHER_CTX_free(context) }
    let start = prependingNonce ? nonceLength : 0
    let total = start + plaintext.byteCount + tagLength
    var good = false
    let sealed = [UInt8](unsafeUninitializedCapacity: total) { target, filled in
      guard let base = target.baseAddress else { return }
      if prependingNonce { nonce.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) } }
      var length: Int32 = 0
      var rest: Int32 = 0
      good =
        plaintext.withUnsafeBytes {
          EVP_EncryptUpdate(context, base + start, &length, nonNull($0), Int32($0.count)) == 1
        }
        && EVP_EncryptFinal_ex(context, base + start + Int(length), &rest) == 1
        && EVP_CIPHER_CTX_ctrl(
          context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), base + start + plaintext.byteCount) == 1
      filled = good ? total : 0
    }
    guard good else { throw .openSSL("seal") }
    return sealed
  }

  /// A context with key, nonce and associated data set; the caller frees it, which wipes the key.
  private static func begin(
    key: RawSpan, nonce: RawSpan, authenticating data: RawSpan, length: Int, sealing: Bool
  ) throws(CryptoError) -> OpaquePointer {
    guard key.byteCount == keyLength else {
      throw .wrongLength(of: "an AES-256 key", expected: "\(keyLength)", actual: key.byteCount)
    }
    guard nonce.byteCount == nonceLength else {
      throw .wrongLength(of: "a GCM nonce", expected: "\(nonceLength)", actual: nonce.byteCount)
    }
    guard length <= maximumLength, data.byteCount <= maximumLength else {
      throw .beyondLimit("a message to seal has at most \(maximumLength) bytes")
    }
    guard let context = EVP_CIPHER_CTX_new() else { fatalError("out of memory") }
    var ignored: Int32 = 0
    let good =
      key.withUnsafeBytes { key in
        nonce.withUnsafeBytes { nonce in
          EVP_CipherInit_ex2(context, algorithm, nonNull(key), nonNull(nonce), sealing ? 1 : 0, nil) == 1
        }
      }
      && data.withUnsafeBytes { data in
        data.isEmpty
          || EVP_CipherUpdate(context, nil, &ignored, nonNull(data), Int32(data.count)) == 1
      }
    guard good else {
      EVP_CIPHER_CTX_free(context)
      throw .openSSL("begin AES-256-GCM")
    }
    return context
  }

  // Fetched once and never freed; an EVP_CIPHER is immutable.
  nonisolated(unsafe) private static let algorithm: OpaquePointer = {
    OpenSSL.start()
    guard let algorithm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
      fatalError("OpenSSL offers no AES-256-GCM: \(drainReasons() ?? "no reason given")")
    }
    return algorithm
  }()
}
