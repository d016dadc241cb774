// Keys from other secrets: HKDF (RFC 5869) from a strong one, scrypt (RFC 7914) from a passphrase.
import COpenSSL

/// HKDF with SHA-256: several independent keys from one strong secret, told apart by `info`.
package enum HKDF {
  /// RFC 5869, section 2.3: no more than 255 blocks.
  package static let maximumCount = 255 * 32

  package static func derive(
    from secret: RawSpan, salt: RawSpan, info: RawSpan, count: Int
  ) throws(CryptoError) -> SecretBytes {
    guard count > 0, count <= maximumCount else {
      throw .wrongLength(of: "a key derived by HKDF", expected: "1 to \(maximumCount)", actual: count)
    }
    return try SecretBytes(count: count) { target throws(CryptoError) in
      let good = secret.withUnsafeBytes { secret in
        salt.withUnsafeBytes { salt in
          info.withUnsafeBytes { info in
            openssl_hkdf(
              ByteRun(secret), ByteRun(salt), ByteRun(info),
              target.assumingMemoryBound(to: UInt8.self).baseAddress.unsafelyUnwrapped, count)
          }
        }
      }
      guard good == 1 else { throw .openSSL("derive a key by HKDF") }
    }
  }

  /// With a text as `info`, and without a salt, as suits a secret that is uniformly random already.
  package static func derive(from secret: RawSpan, info: String, count: Int) throws(CryptoError) -> SecretBytes {
    let info = Array(info.utf8)
    let salt: [UInt8] = []
    return try derive(from: secret, salt: salt.span.bytes, info: info.span.bytes, count: count)
  }
}

/// scrypt: a key from a passphrase, made expensive in time and memory for whoever guesses.
package enum Scrypt {
  package struct Parameters: Sendable, Equatable {
    /// N is 2 to this power.
    package let logarithmOfCost: Int
    package let blockSize: Int
    package let parallelism: Int

    /// N = 2¹⁷, r = 8, p = 1: 128 MiB, about half a second.
    package static let recommended = Parameters(logarithmOfCost: 17, blockSize: 8, parallelism: 1)

    package init(logarithmOfCost: Int, blockSize: Int, parallelism: Int) {
      self.logarithmOfCost = logarithmOfCost
      self.blockSize = blockSize
      self.parallelism = parallelism
    }

    /// 128·r·(N + p + 2) bytes (RFC 7914, sections 5 and 6); nil beyond what can be counted.
    var memory: UInt64? {
      guard (1...40).contains(logarithmOfCost), (1...1024).contains(blockSize), (1...1024).contains(parallelism)
      else { return nil }
      return 128 * UInt64(blockSize) * ((1 << UInt64(logarithmOfCost)) + UInt64(parallelism) + 2)
    }
  }

  /// Parameters that need more memory are refused, as they may come from a file that somebody else wrote.
  package static let maximumMemory: UInt64 = 1 << 30

  package static func derive(
    from passphrase: RawSpan, salt: RawSpan, parameters: Parameters = .recommended, count: Int
  ) throws(CryptoError) -> SecretBytes {
    guard let memory = parameters.memory, memory <= maximumMemory else {
      throw .beyondLimit("scrypt may use at most \(maximumMemory >> 20) MiB")
    }
    guard count > 0, count <= SecretBytes.maximumCount else {
      throw .wrongLength(of: "a key derived by scrypt", expected: "1 to \(SecretBytes.maximumCount)", actual: count)
    }
    return try SecretBytes(count: count) { target throws(CryptoError) in
      let good = passphrase.withUnsafeBytes { passphrase in
        salt.withUnsafeBytes { salt in
          EVP_PBE_scrypt(
            UnsafeRawPointer(nonNull(passphrase)).assumingMemoryBound(to: CChar.self), passphrase.count,
            nonNull(salt), salt.count, 1 << UInt64(parameters.logarithmOfCost), UInt64(parameters.blockSize),
            UInt64(parameters.parallelism), maximumMemory + (1 << 20),
            target.assumingMemoryBound(to: UInt8.self).baseAddress, count)
        }
      }
      guard good == 1 else { throw .openSSL("derive a key by scrypt") }
    }
  }
}

extension ByteRun {
  /// A view for the length of a C call.
  init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes: nonNull(bytes), count: bytes.count) }
}
