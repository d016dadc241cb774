// Ed25519 against the examples of RFC 8032, and its refusals.
import CEd25519
import Testing

@testable import Crypto

@Suite struct Ed25519Tests {
  @Test func signaturesMatchTheExamplesOfRFC8032() throws {
    // Section 7.1, tests 1 and 3.
    let examples = [
      (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
      ),
      (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
      ),
    ]
    for (seed, publicKey, message, signature) in examples {
      let key = try Ed25519.PrivateKey(seed: #require(Hex.decode(seed)))
      let message = try #require(Hex.decode(message))
      #expect(Hex.encode(key.publicKey.bytes) == publicKey)
      #expect(Hex.encode(try key.sign(message)) == signature)
      #expect(key.publicKey.verify(try #require(Hex.decode(signature)), of: message))
      let secret = try key.seed()
      let written = Hex.encode(secret.span)
      #expect(written == seed)
    }
  }

  @Test func signaturesAreByteForByteThoseOfOpenSSL() throws {
    // Also seeds at the edges; the scalar is the seed's hash, so that any seed reaches any digit.
    let edges: [[UInt8]] = [Array(repeating: 0, count: 32), Array(repeating: 255, count: 32), Array(0..<32)]
    for round in 0..<400 {
      let seed = round < edges.count ? edges[round] : SecureRandom.bytes(32)
      let key = try Ed25519.PrivateKey(seed: seed)
      let message = SecureRandom.bytes(round)
      let theirs = try key.handle.sign(message.span.bytes, digest: nil, maximumLength: Ed25519.signatureLength)
      #expect(try key.sign(message) == theirs, "seed \(Hex.encode(seed)), message \(Hex.encode(message))")
    }
  }

  @Test func numbersAreReducedModuloTheOrderOfTheGroup() throws {
    let order = Array(
      try #require(Hex.decode("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed")).reversed())
    let zero = [UInt8](repeating: 0, count: 32)
    let one = [1] + zero.dropFirst()
    var less = order
    less[0] -= 1
    func reduced(_ number: [UInt8]) -> [UInt8] {
      var result = zero
      witan_ed25519_reduce(&result, number + Array(repeating: 0, count: 64 - number.count))
      return result
    }
    #expect(reduced(order) == zero)
    #expect(reduced(less) == less)
    #expect(reduced([order[0] + 1] + order.dropFirst()) == one)
    // 2^256 times the order, and the greatest number of 512 bits: known from ordinary long division.
    #expect(reduced(zero + order) == zero)
    #expect(
      Hex.encode(Array(reduced([UInt8](repeating: 255, count: 64)).reversed()))
        == "0399411b7c309a3dceec73d217f5be65d00e1ba768859347a40611e3449c0f00")
    var product = zero
    witan_ed25519_multiply_add(&product, less, less, less)
    #expect(product == zero, "(-1)·(-1) + (-1)")
  }

  @Test func anyChangedBitIsNoticed() throws {
    let key = try Ed25519.PrivateKey()
    let message = SecureRandom.bytes(40)
    let signature = try key.sign(message)
    #expect(key.publicKey.verify(signature, of: message))
    for bit in 0..<(64 * 8) {
      var changed = signature
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!key.publicKey.verify(changed, of: message))
    }
    #expect(!key.publicKey.verify(signature, of: message + [0]))
    #expect(!key.publicKey.verify(signature + [0], of: message))
    #expect(!key.publicKey.verify(Array(signature.dropLast()), of: message))
    #expect(!key.publicKey.verify([], of: message))
    #expect(!(try Ed25519.PrivateKey()).publicKey.verify(signature, of: message))
  }

  /// The points of small order, found by computing: multiples of a point of order eight.
  @Test func keysUnderWhichEverybodyCanSignAreRefused() throws {
    let eighths = [
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    let zero = [UInt8](repeating: 0, count: 32)
    var weak = [zero, [1] + zero.dropFirst(), [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]]
    weak += try eighths.map { try #require(Hex.decode($0)) }
    for y in weak {
      for sign: UInt8 in [0, 0x80] {
        let key = Array(y.dropLast()) + [y[31] | sign]
        #expect(throws: CryptoError.self, "\(Hex.encode(key))") { try Ed25519.PublicKey(key) }
        // The same, in the form of a certificate's key.
        let der = try #require(Hex.decode("302a300506032b6570032100")) + key
        #expect(throws: CryptoError.self, "\(Hex.encode(key))") { try PublicKey(der: der) }
      }
    }
    // 2^255 − 19 and all above it are second spellings of small numbers.
    for low: UInt8 in 0xED...0xFF {
      for sign: UInt8 in [0x7F, 0xFF] {
        #expect(throws: CryptoError.self) {
          try Ed25519.PublicKey([low] + [UInt8](repeating: 0xFF, count: 30) + [sign])
        }
      }
    }
    let good = try Ed25519.PrivateKey().publicKey
    #expect(try Ed25519.PublicKey(good.bytes) == good)
  }

  @Test func keysOfTheWrongLengthAreRefused() {
    #expect(throws: CryptoError.wrongLength(of: "an Ed25519 public key", expected: "32", actual: 31)) {
      try Ed25519.PublicKey([UInt8](repeating: 1, count: 31))
    }
    #expect(throws: CryptoError.self) { try Ed25519.PrivateKey(seed: [UInt8](repeating: 1, count: 64)) }
  }

  @Test func aSecretIsNeverPrinted() throws {
    let secret = SecretBytes.random(32)
    #expect("\(secret.description)" == "<redacted>")
    #expect(secret.count == 32)
    let second = secret.duplicate()
    let same = constantTimeEquals(secret.span, second.span)
    #expect(same)
  }
}
