// Private keys under a passphrase: PKCS #8 with PBES2, scrypt and AES-256-CBC (RFC 5958, RFC 7914 section 7). The form is
// OpenSSL's own, so `openssl pkey` reads and writes the same files.
import COpenSSL

extension PrivateKey {
  /// Longer passphrases are refused; OpenSSL counts them in an `int`.
  package static let maximumPassphraseLength = 4096

  /// Reads a PEM block, encrypted under `passphrase` or not encrypted at all.
  package init(pem: RawSpan, passphrase: RawSpan) throws(CryptoError) {
    var block = try PEM(pem)
    defer { block.wipeBytes() }
    guard block.label == PrivateKey.encryptedLabel else {
      try self.init(pem: pem)
      return
    }
    try PrivateKey.checkLength(passphrase)
    let (sealed, read) = block.bytes.withUnsafeBytes { bytes -> (OpaquePointer?, Int) in
      var at: UnsafePointer<UInt8>? = nonNull(bytes)
      let sealed = d2i_X509_SIG(nil, &at, bytes.count)
      return (sealed, sealed == nil ? 0 : nonNull(bytes).distance(to: at.unsafelyUnwrapped))
    }
    guard let sealed else { throw .malformed("not an encrypted PKCS #8 key: \(drainReasons() ?? "no reason given")") }
    defer { X509_SIG_free(sealed) }
    guard read == block.bytes.count else { throw .malformed("bytes follow the encrypted key") }
    let info = passphrase.withUnsafeBytes { PKCS8_decrypt(sealed, characters($0), Int32($0.count)) }
    guard let info else {
      ERR_clear_error()
      throw .notAuthentic
    }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    try self.init(info: info)
  }

  package init(pem: [UInt8], passphrase: [UInt8]) throws(CryptoError) {
    try self.init(pem: pem.span.bytes, passphrase: passphrase.span.bytes)
  }

  /// The key as a PEM block ENCRYPTED PRIVATE KEY.
  package func pem(
    encryptedWith passphrase: RawSpan, parameters: Scrypt.Parameters = .pkcs8
  ) throws(CryptoError) -> String {
    try PrivateKey.checkLength(passphrase)
    guard passphrase.byteCount > 0 else { throw .badKey("an empty passphrase protects nothing") }
    guard let memory = parameters.memory, memory <= Scrypt.maximumMemory else {
      throw .beyondLimit("scrypt may use at most \(Scrypt.maximumMemory >> 20) MiB")
    }
    let info = try makeInfo()
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    let salt = SecureRandom.bytes(16)
    let method = salt.withUnsafeBytes {
      openssl_scrypt_encryption(
        ByteRun($0), 1 << UInt64(parameters.logarithmOfCost), UInt64(parameters.blockSize),
        UInt64(parameters.parallelism))
    }
    guard let method else { throw .openSSL("encrypt a private key") }
    // On success the sealed key owns `method`.
    guard let sealed = passphrase.withUnsafeBytes({ PKCS8_set0_pbe(characters($0), Int32($0.count), info, method) })
    else {
      X509_ALGOR_free(method)
      throw .openSSL("encrypt a private key")
    }
    defer { X509_SIG_free(sealed) }
    var encoded: UnsafeMutablePointer<UInt8>?
    let length = i2d_X509_SIG(sealed, &encoded)
    guard length > 0, let encoded else { throw .openSSL("encode an encrypted key") }
    defer { CRYPTO_free(encoded, #file, #line) }
    let bytes = Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
    return String(decoding: PEM(label: PrivateKey.encryptedLabel, bytes: bytes).text(), as: UTF8.self)
  }

  private static func checkLength(_ passphrase: RawSpan) throws(CryptoError) {
    guard passphrase.byteCount <= maximumPassphraseLength else {
      throw .beyondLimit("a passphrase has at most \(maximumPassphraseLength) bytes")
    }
  }
}

extension Scrypt.Parameters {
  /// N = 2¹⁴, r = 8, p = 5: what OpenSSL can read back within its own limit of 32 MiB, at the price of more rounds.
  package static let pkcs8 = Scrypt.Parameters(logarithmOfCost: 14, blockSize: 8, parallelism: 5)
}

private func characters(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
  UnsafeRawPointer(nonNull(bytes)).assumingMemoryBound(to: CChar.self)
}
