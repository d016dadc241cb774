// ECDSA and RSA: signing, verifying, the encodings of keys, and the keys and signatures that must be refused.
import Foundation
import Testing

@testable import Crypto

@Suite struct KeyTests {
  private func hex(_ text: String) throws -> [UInt8] { try #require(Hex.decode(text)) }

  private func allKinds() throws -> [PrivateKey] {
    [
      .ed25519(try Ed25519.PrivateKey()), .p256(try P256.PrivateKey()), .p384(try P384.PrivateKey()),
      .p521(try P521.PrivateKey()), .rsa(try RSA.PrivateKey(bits: 2048)),
    ]
  }

  @Test func aPublishedSignatureOfP256IsAccepted() throws {
    // RFC 6979, appendix A.2.5: SHA-256, message "sample".
    let scalar = try hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
    let key = try P256.PrivateKey(scalar: scalar)
    #expect(Hex.encode(Array(key.publicKey.x)) == "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
    #expect(Hex.encode(Array(key.publicKey.y)) == "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")
    let signature = try hex(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )
    #expect(key.publicKey.verify(signature, of: Array("sample".utf8)))
    #expect(!key.publicKey.verify(signature, of: Array("simple".utf8)))
    let back = try key.scalar()
    let backText = Hex.encode(back.span)
    #expect(backText == Hex.encode(scalar))
  }

  @Test func ecdsaSignaturesVerifyInBothFormsAndOnlyUnchanged() throws {
    let key = try P256.PrivateKey()
    let message = SecureRandom.bytes(50)
    for _ in 0..<50 {
      let fixed = try key.sign(message)
      #expect(fixed.count == 64)
      #expect(key.publicKey.verify(fixed, of: message))
      let der = try key.signDER(message)
      #expect(key.publicKey.verify(der: der, of: message))
      let misread = ECDSASignature.fixedFromDER(fixed.span.bytes, coordinateLength: 32)
      #expect(misread == nil)
      let read = ECDSASignature.fixedFromDER(der.span.bytes, coordinateLength: 32)
      let again = try #require(read)
      let written = ECDSASignature.derFromFixed(again.span.bytes)
      #expect(written == der)
    }
    let signature = try key.sign(message)
    for bit in stride(from: 0, to: 512, by: 7) {
      var changed = signature
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!key.publicKey.verify(changed, of: message))
    }
    let der = try key.signDER(message)
    #expect(!key.publicKey.verify(der, of: message), "DER where r ‖ s is expected")
    #expect(!key.publicKey.verify(der: signature, of: message))
    let trailing = der + [0]
    #expect(!key.publicKey.verify(der: trailing, of: message))
  }

  @Test func ecdsaRefusesNumbersOutOfRange() throws {
    let key = try P256.PrivateKey()
    let message: [UInt8] = [1]
    let zero = [UInt8](repeating: 0, count: 32)
    let one = [UInt8](repeating: 0, count: 31) + [1]
    let order = try hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    let full = [UInt8](repeating: 0xFF, count: 32)
    let good = try key.sign(message)
    let r = Array(good.prefix(32))
    let s = Array(good.suffix(32))
    for signature in [
      zero + zero, zero + one, one + zero, r + zero, zero + s, order + s, r + order, order + order, full + full,
      Array(good.dropLast()), good + [0], [0] + good, [], r,
    ] { #expect(!key.publicKey.verify(signature, of: message)) }
  }

  @Test func theLargerCurvesSignWithTheirOwnHashes() throws {
    let message = Array("sample".utf8)
    // RFC 6979, appendix A.2.6 and A.2.7.
    let scalar384 = try hex(
      "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5")
    let key384 = try P384.PrivateKey(scalar: scalar384)
    let signature384 = try hex(
      "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
        + "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8")
    #expect(key384.publicKey.verify(signature384, of: message))
    let key521 = try P521.PrivateKey()
    let signature521 = try key521.sign(message)
    #expect(signature521.count == 132)
    #expect(key521.publicKey.verify(signature521, of: message))
    #expect(!key521.publicKey.verify(signature521, of: message + [0]))
  }

  @Test func aPointOffTheCurveIsNoKey() throws {
    let key = try P256.PrivateKey().publicKey
    var y = Array(key.y)
    y[31] ^= 1
    #expect(throws: CryptoError.self) { try P256.PublicKey(x: Array(key.x), y: y) }
    #expect(throws: CryptoError.self) { try P256.PublicKey(x: [UInt8](repeating: 0, count: 32), y: y) }
    #expect(throws: CryptoError.self) { try P256.PublicKey(point: [0]) }
    #expect(throws: CryptoError.self) { try P256.PublicKey(x: [0] + Array(key.x), y: Array(key.y)) }
    let field = try hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
    #expect(throws: CryptoError.self) { try P256.PublicKey(x: field, y: Array(key.y)) }
  }

  @Test func aScalarOutOfRangeIsNoKey() throws {
    let order = try hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    for scalar in [[UInt8](repeating: 0, count: 32), order, [UInt8](repeating: 0xFF, count: 32), [1]] {
      #expect(throws: CryptoError.self) { try P256.PrivateKey(scalar: scalar) }
    }
  }

  @Test func rsaSignaturesVerifyWithTheirPaddingOnly() throws {
    let key = try RSA.PrivateKey(bits: 2048)
    let message = SecureRandom.bytes(30)
    for hash in HashFunction.allCases {
      for padding in [RSA.Padding.pkcs1, .pss] {
        let signature = try key.sign(message, padding: padding, hash: hash)
        #expect(signature.count == 256)
        for tried in HashFunction.allCases {
          for other in [RSA.Padding.pkcs1, .pss] {
            let valid = key.publicKey.verify(
              signature, of: message, padding: other, hash: tried)
            #expect(valid == (tried == hash && other == padding))
          }
        }
        var changed = signature
        changed[100] ^= 1
        #expect(!key.publicKey.verify(changed, of: message, padding: padding, hash: hash))
        for wrong in [Array(signature.dropLast()), [0] + signature, signature + [0], []] {
          #expect(!key.publicKey.verify(wrong, of: message, padding: padding, hash: hash))
        }
      }
    }
  }

  @Test func weakRSAKeysAreRefused() throws {
    let odd1024 = [0x80] + [UInt8](repeating: 1, count: 127)
    #expect(throws: CryptoError.badKey("an RSA key has 2048 to 8192 bits, not 1024")) {
      try RSA.PublicKey(modulus: odd1024, exponent: [1, 0, 1])
    }
    let odd2047 = [0x40] + [UInt8](repeating: 1, count: 255)
    #expect(throws: CryptoError.self) { try RSA.PublicKey(modulus: odd2047, exponent: [1, 0, 1]) }
    let odd2048 = [0x80] + [UInt8](repeating: 1, count: 255)
    #expect(throws: Never.self) { try RSA.PublicKey(modulus: odd2048, exponent: [1, 0, 1]) }
    for exponent: [UInt8] in [[1], [2], [0], [], [0, 3], [UInt8](repeating: 1, count: 9)] {
      #expect(throws: CryptoError.self) { try RSA.PublicKey(modulus: odd2048, exponent: exponent) }
    }
    let even = [0x80] + [UInt8](repeating: 2, count: 255)
    #expect(throws: CryptoError.self) { try RSA.PublicKey(modulus: even, exponent: [3]) }
    let huge = [0x80] + [UInt8](repeating: 1, count: 2047)
    #expect(throws: CryptoError.self) { try RSA.PublicKey(modulus: huge, exponent: [3]) }
    #expect(throws: CryptoError.self) { try RSA.PrivateKey(bits: 1024) }
  }

  @Test func anRSAModulusWithFindableFactorsIsRefused() throws {
    // 65537¹²⁸ is a power of 65537 modulo every prime, as what the faulty generator makes is modulo the small ones.
    var number: [UInt8] = [1]
    for _ in 0..<128 {
      var carry = 0
      for index in number.indices.reversed() {
        let product = Int(number[index]) * 65537 + carry
        number[index] = UInt8(product & 255)
        carry = product >> 8
      }
      while carry > 0 {
        number.insert(UInt8(carry & 255), at: 0)
        carry >>= 8
      }
    }
    #expect(throws: CryptoError.badKey("the RSA modulus has factors that can be found (CVE-2017-15361)")) {
      try RSA.PublicKey(modulus: number, exponent: [1, 0, 1])
    }
  }

  @Test func rsaNumbersGoOutAndComeBack() throws {
    let key = try RSA.PrivateKey(bits: 2048)
    let numbers = try key.numbers()
    let message: [UInt8] = [7]
    for count in [8, 3] {
      let again = try RSA.PrivateKey(numbers: Array(numbers.prefix(count)))
      let signature = try again.sign(message, padding: .pkcs1)
      #expect(key.publicKey.verify(signature, of: message, padding: .pkcs1))
    }
    var wrong = numbers
    wrong[2][10] ^= 1
    #expect(throws: CryptoError.self) { try RSA.PrivateKey(numbers: wrong) }
  }

  @Test func everyKindOfKeySurvivesPEM() throws {
    for key in try allKinds() {
      let pem = try key.pem()
      let again = try PrivateKey(pem: pem.span)
      #expect(again.publicKey == key.publicKey)
      let publicText = try key.publicKey.pem()
      #expect(try PublicKey(pem: publicText) == key.publicKey)
      #expect(throws: CryptoError.self) { try PrivateKey(pem: Array(publicText.utf8)) }
      let privateText = pem.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      #expect(throws: CryptoError.self) { try PublicKey(pem: privateText) }
    }
  }

  @Test func aKeyUnderAPassphraseOpensOnlyWithIt() throws {
    let key = PrivateKey.ed25519(try Ed25519.PrivateKey())
    let passphrase = Array("correct horse".utf8)
    let wrong = Array("battery staple".utf8)
    let text = Array(try key.pem(encryptedWith: passphrase.span.bytes).utf8)
    #expect(try PrivateKey(pem: text, passphrase: passphrase).publicKey == key.publicKey)
    #expect(throws: CryptoError.self) { try PrivateKey(pem: text, passphrase: wrong) }
    #expect(throws: CryptoError.malformed("the private key is encrypted: a passphrase is needed")) {
      try PrivateKey(pem: text)
    }
  }

  @Test func changedPEMIsRefused() throws {
    let text = try PrivateKey.p256(try P256.PrivateKey()).publicKey.pem()
    let changes: [(String, String)] = [
      ("cut", String(text.dropLast(30))), ("text before", "hello\n" + text), ("text after", text + "hello\n"),
      ("two blocks", text + text), ("other label", text.replacingOccurrences(of: "PUBLIC", with: "STRANGE")),
      ("empty", ""), ("no body", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
      ("space in a line", text.replacingOccurrences(of: "MF", with: "M F")),
      ("empty line within", text.replacingOccurrences(of: "\nMF", with: "\n\nMF")),
      ("labels differ", text.replacingOccurrences(of: "END PUBLIC", with: "END PRIVATE")),
      ("old headers", text.replacingOccurrences(of: "\nMF", with: "\nProc-Type: 4,ENCRYPTED\n\nMF")),
    ]
    for (change, changed) in changes {
      #expect(throws: CryptoError.self, "\(change)") { try PublicKey(pem: changed) }
    }
    let windows = text.replacingOccurrences(of: "\n", with: "\r\n")
    #expect(throws: Never.self) { try PublicKey(pem: windows) }
  }

  @Test func bytesAfterADERKeyAreRefused() throws {
    for key in try allKinds() {
      let der = try key.publicKey.der()
      #expect(try PublicKey(der: der) == key.publicKey)
      let longer = der + [0]
      #expect(throws: CryptoError.malformed("bytes follow the public key")) { try PublicKey(der: longer) }
      for length in 0..<der.count {
        let cut = Array(der.prefix(length))
        #expect(throws: CryptoError.self) { try PublicKey(der: cut) }
      }
    }
  }

  @Test func unsupportedKindsOfKeyAreNamed() throws {
    // A SubjectPublicKeyInfo for X25519, which agrees on keys and does not sign.
    let exchange = try hex("302a300506032b656e032100") + [UInt8](repeating: 9, count: 32)
    #expect(throws: CryptoError.badKey("only Ed25519, P-256, P-384, P-521 and RSA keys are supported")) {
      try PublicKey(der: exchange)
    }
  }

  @Test func nothingIsLeftInTheErrorQueueAfterARefusal() throws {
    #expect(drainReasons() == nil)
    let junk: [UInt8] = [0x30, 3, 1, 2, 3]
    #expect(throws: CryptoError.self) { try PublicKey(der: junk) }
    #expect(throws: CryptoError.self) { try PrivateKey(pkcs8: junk) }
    let key = try P256.PrivateKey().publicKey
    #expect(!key.verify(der: junk, of: junk))
    #expect(throws: CryptoError.self) { try P256.PublicKey(x: Array(key.x), y: Array(key.x)) }
    #expect(drainReasons() == nil)
  }
}
