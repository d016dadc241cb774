// RSA signatures (RFC 8017): PKCS #1 v1.5 and PSS with a salt as long as the hash.
import COpenSSL

package enum RSA {
  /// Shorter keys can be factored, or soon can (RFC 7518, section 3.3).
  package static let minimumBits = 2048
  /// Longer keys cost more time to check than a stranger should be able to ask for.
  package static let maximumBits = 8192
  /// OpenSSL takes no longer exponents with large moduli, and nobody uses them.
  package static let maximumExponentBytes = 8

  package enum Padding: Sendable, Hashable {
    case pkcs1
    /// With MGF1 over the same hash and a salt of the hash's length (RFC 7518, section 3.5).
    case pss
  }

  package struct PublicKey: Sendable {
    /// Big-endian, without leading zeros.
    package let modulus: [UInt8]
    package let exponent: [UInt8]
    let handle: KeyHandle

    package init(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) {
      try checkNumbers(modulus: modulus, exponent: exponent)
      let made = withByteRuns([modulus, exponent]) { openssl_make_rsa_key($0, 2) }
      handle = try KeyHandle(made, from: "make an RSA public key")
      self.modulus = modulus
      self.exponent = exponent
    }

    package var bits: Int { bitWidth(modulus) }

    package func verify(
      _ signature: RawSpan, of message: RawSpan, padding: Padding, hash: HashFunction = .sha256
    ) -> Bool {
      // RFC 8017, sections 8.1.2 and 8.2.2: a signature is exactly as long as the modulus.
      guard signature.byteCount == modulus.count else { return false }
      return handle.verify(signature, of: message, digest: hash.name) { configure($0, padding, hash) }
    }

    package func verify(
      _ signature: [UInt8], of message: [UInt8], padding: Padding, hash: HashFunction = .sha256
    ) -> Bool {
      verify(signature.span.bytes, of: message.span.bytes, padding: padding, hash: hash)
    }
  }

  package struct PrivateKey: Sendable {
    package let publicKey: PublicKey
    let handle: KeyHandle

    /// A new key from secure randomness; takes a good fraction of a second.
    package init(bits: Int = 3072) throws(CryptoError) {
      guard (minimumBits...maximumBits).contains(bits) else {
        throw .badKey("an RSA key has \(minimumBits) to \(maximumBits) bits, not \(bits)")
      }
      try self.init(KeyHandle(openssl_generate_rsa_key(UInt32(bits)), from: "generate an RSA key"))
    }

    /// From n, e, d and, where they are known, p, q, dp, dq and qi (RFC 7518, section 6.3), big-endian.
    package init(numbers: [[UInt8]]) throws(CryptoError) {
      guard numbers.count == 3 || numbers.count == 8, numbers.allSatisfy({ $0.count <= maximumBits / 8 }) else {
        throw .badKey("an RSA private key has the numbers n, e, d, or all eight of RFC 7518")
      }
      try checkNumbers(modulus: numbers[0], exponent: numbers[1])
      let made = withByteRuns(numbers) { openssl_make_rsa_key($0, Int32(numbers.count)) }
      try self.init(KeyHandle(made, from: "make an RSA private key"))
    }

    init(_ handle: KeyHandle) throws(CryptoError) {
      self.handle = handle
      publicKey = try RSA.publicKey(of: handle)
      guard isConsistent() else {
        throw .badKey("the private RSA numbers do not belong together: \(drainReasons() ?? "a signature fails")")
      }
    }

    /// Whether the private numbers belong to the public ones. Without its factors a key proves it by a signature.
    private func isConsistent() -> Bool {
      if handle.number("rsa-factor1", maximumBytes: maximumBits / 8) != nil {
        return openssl_key_is_consistent(handle.pointer) == 1
      }
      let probe: [UInt8] = [1]
      guard let signature = try? sign(probe, padding: .pkcs1) else { return false }
      return publicKey.verify(signature, of: probe, padding: .pkcs1)
    }

    package func sign(
      _ message: RawSpan, padding: Padding, hash: HashFunction = .sha256
    ) throws(CryptoError) -> [UInt8] {
      try handle.sign(message, digest: hash.name, maximumLength: publicKey.modulus.count) {
        configure($0, padding, hash)
      }
    }

    package func sign(
      _ message: [UInt8], padding: Padding, hash: HashFunction = .sha256
    ) throws(CryptoError) -> [UInt8] {
      try sign(message.span.bytes, padding: padding, hash: hash)
    }

    /// n, e, d, p, q, dp, dq and qi, as far as the key has them. The arrays are ordinary memory: the caller wipes them.
    package func numbers() throws(CryptoError) -> [[UInt8]] {
      var numbers: [[UInt8]] = [publicKey.modulus, publicKey.exponent]
      for name in ["d", "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1"] {
        guard let number = handle.number(name, maximumBytes: maximumBits / 8) else { break }
        numbers.append(number)
      }
      guard numbers.count == 8 || numbers.count == 3 else { throw .openSSL("read an RSA private key") }
      return numbers
    }
  }

  static func publicKey(of handle: KeyHandle) throws(CryptoError) -> PublicKey {
    guard let modulus = handle.number("n", maximumBytes: maximumBits / 8),
      let exponent = handle.number("e", maximumBytes: maximumBits / 8)
    else {
      throw .badKey("an RSA key has \(minimumBits) to \(maximumBits) bits: \(drainReasons() ?? "this one does not")")
    }
    return try PublicKey(modulus: modulus, exponent: exponent)
  }

  private static func checkNumbers(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) {
    guard let first = modulus.first, first != 0, let low = modulus.last, low & 1 == 1 else {
      throw .badKey("an RSA modulus is an odd number without leading zeros")
    }
    let bits = bitWidth(modulus)
    guard (minimumBits...maximumBits).contains(bits) else {
      throw .badKey("an RSA key has \(minimumBits) to \(maximumBits) bits, not \(bits)")
    }
    guard let top = exponent.first, top != 0, let last = exponent.last, last & 1 == 1, exponent != [1],
      exponent.count <= maximumExponentBytes
    else {
      throw .badKey("an RSA public exponent is an odd number from 3 to \(maximumExponentBytes * 8) bits")
    }
    guard !hasWeakFactors(modulus) else {
      throw .badKey("the RSA modulus has factors that can be found (CVE-2017-15361)")
    }
  }

  private static let smallPrimes = (3...167).filter { number in
    !(2..<number).contains { number.isMultiple(of: $0) }
  }

  /// Whether a modulus was made by the generator of CVE-2017-15361 (ROCA), whose primes can be found from it.
  ///
  /// Such a modulus is a power of 65537 modulo every small prime; of others, one in 2²⁷ is.
  static func hasWeakFactors(_ modulus: [UInt8]) -> Bool {
    smallPrimes.allSatisfy { prime in
      let remainder = modulus.reduce(0) { ($0 << 8 | Int($1)) % prime }
      var power = 1
      repeat {
        if power == remainder { return true }
        power = power * 65537 % prime
      } while power != 1
      return false
    }
  }

  /// The length of a number without leading zero bytes.
  private static func bitWidth(_ number: [UInt8]) -> Int {
    guard let first = number.first else { return 0 }
    return number.count * 8 - first.leadingZeroBitCount
  }

  private static func configure(_ context: OpaquePointer, _ padding: Padding, _ hash: HashFunction) -> Bool {
    switch padding {
    case .pkcs1: EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
    case .pss:
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(hash.byteCount)) == 1
        && EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, hash.name, nil) == 1
    }
  }

  /// Views of several arrays at once, valid inside `body`.
  private static func withByteRuns<Result>(
    _ arrays: [[UInt8]], _ body: (UnsafePointer<ByteRun>) -> Result
  ) -> Result {
    // One flat copy, wiped afterwards, since some of the numbers are secret.
    var flat: [UInt8] = []
    flat.reserveCapacity(arrays.reduce(0) { $0 + $1.count })
    for array in arrays { flat += array }
    defer { wipe(&flat) }
    return flat.withUnsafeBytes { flat in
      var at = 0
      let runs = arrays.map { array in
        defer { at += array.count }
        return ByteRun(UnsafeRawBufferPointer(rebasing: flat[at..<(at + array.count)]))
      }
      return runs.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }
  }
}

extension RSA.PublicKey: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.modulus == right.modulus && left.exponent == right.exponent
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(modulus) }
}
