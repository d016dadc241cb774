// Keys that lie on disk under a passphrase: private keys as encrypted PKCS #8, which `openssl pkey` reads, other secrets in
// a form of our own with the same scrypt. Who takes the files away has nothing without the passphrase.

/// A passphrase, and what it opens.
package final class KeyPassphrase: Sendable {
  private let bytes: SecretBytes

  /// The fewest bytes that are taken: scrypt makes guessing slow, not a short word safe.
  package static let minimumLength = 8

  package init(_ text: String) throws(CryptoError) {
    var copy = Array(text.utf8)
    defer { wipe(&copy) }
    guard copy.count >= KeyPassphrase.minimumLength else {
      throw .badKey("a passphrase has at least \(KeyPassphrase.minimumLength) bytes")
    }
    guard copy.count <= PrivateKey.maximumPassphraseLength else {
      throw .beyondLimit("a passphrase has at most \(PrivateKey.maximumPassphraseLength) bytes")
    }
    bytes = SecretBytes(moving: &copy)
  }

  // MARK: Private keys

  func seal(_ key: PrivateKey) throws(CryptoError) -> SecretBytes {
    var pem = try bytes.withUnsafeBytes { passphrase throws(CryptoError) in
      Array(try key.pem(encryptedWith: RawSpan(_unsafeBytes: passphrase)).utf8)
    }
    return SecretBytes(moving: &pem)
  }

  func open(pem: RawSpan) throws(CryptoError) -> PrivateKey {
    try bytes.withUnsafeBytes { passphrase throws(CryptoError) in
      try PrivateKey(pem: pem, passphrase: RawSpan(_unsafeBytes: passphrase))
    }
  }

  // MARK: Other secrets

  /// What a sealed secret begins with; its last digit is the version of the form.
  private static let heading = Array("witan sealed 1\n".utf8)
  private static let saltLength = 16
  private static let headerLength = heading.count + 3 + saltLength

  /// Heading, the three numbers of scrypt, salt; then nonce, ciphertext and tag of AES-256-GCM, which vouches for all.
  func seal(_ secret: RawSpan) throws(CryptoError) -> SecretBytes {
    let parameters = Scrypt.Parameters.pkcs8
    var sealed = KeyPassphrase.heading
    sealed += [parameters.logarithmOfCost, parameters.blockSize, parameters.parallelism].map { UInt8($0) }
    sealed += SecureRandom.bytes(KeyPassphrase.saltLength)
    let key = try derive(sealed, parameters)
    sealed += try AESGCM.seal(secret, key: key.span, authenticating: sealed.span.bytes)
    return SecretBytes(moving: &sealed)
  }

  func open(_ sealed: RawSpan) throws(CryptoError) -> SecretBytes {
    guard KeyPassphrase.isSealed(sealed) else { throw .malformed("not a sealed secret") }
    let header = sealed.extracting(first: KeyPassphrase.headerLength).withUnsafeBytes { Array($0) }
    let numbers = header[KeyPassphrase.heading.count...].prefix(3).map { Int($0) }
    let parameters = Scrypt.Parameters(
      logarithmOfCost: numbers[0], blockSize: numbers[1], parallelism: numbers[2])
    let key = try derive(header, parameters)
    var opened = try AESGCM.open(
      sealed.extracting(droppingFirst: header.count), key: key.span, authenticating: header.span.bytes)
    return SecretBytes(moving: &opened)
  }

  static func isSealed(_ bytes: RawSpan) -> Bool {
    bytes.byteCount >= headerLength && bytes.withUnsafeBytes { $0.starts(with: heading) }
  }

  private func derive(
    _ header: [UInt8], _ parameters: Scrypt.Parameters
  ) throws(CryptoError) -> SecretBytes {
    let salt = Array(header.suffix(KeyPassphrase.saltLength))
    return try bytes.withUnsafeBytes { passphrase throws(CryptoError) in
      try Scrypt.derive(
        from: RawSpan(_unsafeBytes: passphrase), salt: salt.span.bytes, parameters: parameters, count: AESGCM.keyLength)
    }
  }
}

extension KeyFile {
  /// The private key at `path`. It may lie under the passphrase or, where one is given too, still be plain.
  package static func privateKey(at path: String, passphrase: KeyPassphrase?) throws(FileError) -> PrivateKey {
    let file = try read(path)
    return try explained(path) { () throws(CryptoError) in
      if let passphrase { return try passphrase.open(pem: file.span) }
      guard try PEM.label(of: file.span) != PrivateKey.encryptedLabel else { throw noPassphrase }
      return try PrivateKey(pem: file.span)
    }
  }

  /// The same, made by `make` and written first if there is none. One that is found plain although there is a passphrase is
  /// put under it, and its plain bytes are overwritten.
  package static func privateKey(
    at path: String, passphrase: KeyPassphrase?, make: () throws(CryptoError) -> PrivateKey
  ) throws(FileError) -> PrivateKey {
    let file = try readOrCreate(path) { () throws(CryptoError) in
      try text(of: make(), under: passphrase)
    }
    let key = try privateKey(at: path, passphrase: passphrase)
    if let passphrase {
      let isSealed = try explained(path) { () throws(CryptoError) in
        try PEM.label(of: file.span) == PrivateKey.encryptedLabel
      }
      if !isSealed { try write(key, to: path, passphrase: passphrase, replacing: true) }
    }
    return key
  }

  /// Writes a private key, under the passphrase if there is one.
  package static func write(
    _ key: PrivateKey, to path: String, passphrase: KeyPassphrase?, replacing: Bool = false
  ) throws(FileError) {
    let file = try explained(path) { () throws(CryptoError) in try text(of: key, under: passphrase) }
    try write(file.span, to: path, replacing: replacing)
  }

  /// A secret that is no private key of a known kind: its bytes as they are, or sealed.
  package static func secret(at path: String, passphrase: KeyPassphrase?) throws(FileError) -> SecretBytes {
    let file = try read(path)
    guard KeyPassphrase.isSealed(file.span) else { return file.duplicate() }
    return try explained(path) { () throws(CryptoError) in
      guard let passphrase else { throw noPassphrase }
      return try passphrase.open(file.span)
    }
  }

  /// The same, made by `make` and written first if there is none, and put under the passphrase where it is plain.
  package static func secret(
    at path: String, passphrase: KeyPassphrase?, make: () throws(CryptoError) -> SecretBytes
  ) throws(FileError) -> SecretBytes {
    let file = try readOrCreate(path) { () throws(CryptoError) in
      guard let passphrase else { return try make() }
      let fresh = try make()
      return try passphrase.seal(fresh.span)
    }
    if let passphrase, !KeyPassphrase.isSealed(file.span) {
      let sealed = try explained(path) { () throws(CryptoError) in try passphrase.seal(file.span) }
      try write(sealed.span, to: path, replacing: true)
    }
    return try secret(at: path, passphrase: passphrase)
  }

  private static func text(
    of key: PrivateKey, under passphrase: KeyPassphrase?
  ) throws(CryptoError) -> SecretBytes {
    guard let passphrase else { return try key.pem() }
    return try passphrase.seal(key)
  }

  private static let noPassphrase = CryptoError.badKey("it lies under a passphrase, and none was given")

  private static func explained<Value: ~Copyable>(
    _ path: String, _ body: () throws(CryptoError) -> Value
  ) throws(FileError) -> Value {
    do throws(CryptoError) { return try body() } catch .notAuthentic {
      throw .unreadable(path: path, reason: .badKey("the passphrase is not its own, or it was changed"))
    } catch {
      throw .unreadable(path: path, reason: error)
    }
  }
}
