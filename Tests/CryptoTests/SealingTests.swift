// AES-256-GCM, HMAC, HKDF and scrypt against the published examples, and what each refuses.
import Foundation
import Testing

@testable import Crypto

@Suite struct SealingTests {
  @Test func sealingInPlaceGivesTheSameBytes() throws {
    let (key, nonce, data) = (SecureRandom.bytes(32), SecureRandom.bytes(12), SecureRandom.bytes(20))
    for (before, length) in [(0, 0), (0, 1), (32, 16), (32, 1000), (7, 4096)] {
      let (start, message) = (SecureRandom.bytes(before), SecureRandom.bytes(length))
      var bytes = start + message
      try AESGCM.seal(
        in: &bytes, from: before, key: key.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes)
      #expect(bytes == start + (try AESGCM.seal(message, key: key, nonce: nonce, authenticating: data)))
    }
  }

  private func hex(_ text: String) throws -> [UInt8] { try #require(Hex.decode(text)) }

  @Test func gcmMatchesThePublishedExamples() throws {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16.
    let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
    let plain =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    let cipher =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    let zeros = String(repeating: "0", count: 64)
    let examples = [
      (zeros, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
      (
        zeros, "000000000000000000000000", String(repeating: "0", count: 32), "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
      ),
      (
        key, "cafebabefacedbaddecaf888", plain, "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        cipher + "76fc6ece0f4e1768cddf8853bb2d551b"
      ),
    ]
    for (key, nonce, plain, data, sealed) in examples {
      let key = try hex(key)
      let nonce = try hex(nonce)
      let plain = try hex(plain)
      let data = try hex(data)
      let made = try AESGCM.seal(
        plain, key: key, nonce: nonce, authenticating: data)
      #expect(Hex.encode(made) == sealed)
      let opened = try AESGCM.open(
        made, key: key, nonce: nonce, authenticating: data)
      #expect(opened == plain)
    }
  }

  @Test func aSealedMessageOpensOnlyUnchanged() throws {
    let key = SecretBytes.random(32)
    let message = SecureRandom.bytes(37)
    let sealed = try AESGCM.seal(message, key: key, authenticating: [1, 2])
    #expect(sealed.count == message.count + AESGCM.overhead)
    #expect(try AESGCM.open(sealed, key: key, authenticating: [1, 2]) == message)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 0x40
      #expect(throws: CryptoError.notAuthentic) { try AESGCM.open(changed, key: key, authenticating: [1, 2]) }
    }
    for length in 0..<sealed.count {
      let cut = Array(sealed.prefix(length))
      #expect(throws: CryptoError.notAuthentic) { try AESGCM.open(cut, key: key, authenticating: [1, 2]) }
    }
    #expect(throws: CryptoError.notAuthentic) { try AESGCM.open(sealed, key: key, authenticating: [1]) }
    let other = SecretBytes.random(32)
    #expect(throws: CryptoError.notAuthentic) { try AESGCM.open(sealed, key: other, authenticating: [1, 2]) }
  }

  @Test func messagesOfEveryLengthSurviveSealing() throws {
    let key = SecretBytes.random(32)
    for length in 0..<100 {
      let message = SecureRandom.bytes(length)
      let sealed = try AESGCM.seal(message, key: key)
      #expect(try AESGCM.open(sealed, key: key) == message)
    }
  }

  @Test func keysAndNoncesOfTheWrongLengthAreRefused() {
    let short = SecretBytes.random(16)
    #expect(throws: CryptoError.wrongLength(of: "an AES-256 key", expected: "32", actual: 16)) {
      try AESGCM.seal([1], key: short)
    }
    let key = SecureRandom.bytes(32)
    let nonce = SecureRandom.bytes(16)
    #expect(throws: CryptoError.wrongLength(of: "a GCM nonce", expected: "12", actual: 16)) {
      try AESGCM.seal(
        key, key: key, nonce: nonce, authenticating: key)
    }
  }

  @Test func hmacMatchesTheExamplesOfRFC4231() throws {
    let examples: [([UInt8], [UInt8], String, String)] = [
      (
        [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
      ),
      (
        [UInt8](repeating: 0xAA, count: 131),
        Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
      ),
    ]
    for (key, message, short, long) in examples {
      let code = HMACSHA256(key: key)
      let longCode = HMAC(key: key.span.bytes, hash: .sha512)
      // More than once: a state that comes back must begin anew.
      for _ in 0..<3 { #expect(code.authenticate(message).hex == short) }
      #expect(Hex.encode(longCode.authenticate(message)) == long)
      let once = HMACSHA256.authenticate(message.span.bytes, key: key.span.bytes)
      #expect(once.hex == short)
      let expected = try #require(Hex.decode(short))
      #expect(code.isValid(expected, for: message))
      #expect(!code.isValid(Array(expected.prefix(16)), for: message))
      #expect(!code.isValid([], for: message))
      #expect(!code.isValid(expected, for: message + [0]))
    }
  }

  @Test func anEmptyKeyAndAnEmptyMessageHaveTheirCode() {
    #expect(
      HMACSHA256(key: []).authenticate([]).hex == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func threadsShareAKeyWithoutDisturbingEachOther() async {
    let key = HMACSHA256(key: [1, 2, 3])
    let expected = (0..<64).map { key.authenticate([UInt8($0)]) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask { (0..<64).allSatisfy { key.authenticate([UInt8($0)]) == expected[$0] } }
      }
      for await same in group { #expect(same) }
    }
  }

  @Test func hkdfMatchesTheExamplesOfRFC5869() throws {
    // Appendix A.1 and A.3.
    let secret = try hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b")
    let salt = try hex("000102030405060708090a0b0c")
    let info = try hex("f0f1f2f3f4f5f6f7f8f9")
    let first = try HKDF.derive(from: secret.span.bytes, salt: salt.span.bytes, info: info.span.bytes, count: 42)
    let firstText = Hex.encode(first.span)
    #expect(firstText == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    let third = try HKDF.derive(from: secret.span.bytes, info: "", count: 42)
    let thirdText = Hex.encode(third.span)
    #expect(thirdText == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    #expect(throws: CryptoError.self) {
      let tooLong = try HKDF.derive(from: secret.span.bytes, info: "", count: HKDF.maximumCount + 1)
      _ = tooLong.count
    }
  }

  @Test func scryptMatchesTheExamplesOfRFC7914() throws {
    // Section 12, the second and the third.
    let examples: [(String, String, Scrypt.Parameters, String)] = [
      (
        "password", "NaCl", .init(logarithmOfCost: 10, blockSize: 8, parallelism: 16),
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
      ),
      (
        "pleaseletmein", "SodiumChloride", .init(logarithmOfCost: 14, blockSize: 8, parallelism: 1),
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
      ),
    ]
    for (passphrase, salt, parameters, expected) in examples {
      let passphrase = Array(passphrase.utf8)
      let salt = Array(salt.utf8)
      let key = try Scrypt.derive(
        from: passphrase.span.bytes, salt: salt.span.bytes, parameters: parameters, count: 64)
      let text = Hex.encode(key.span)
      #expect(text == expected)
    }
  }

  @Test func scryptRefusesToUseMoreMemoryThanItsLimit() {
    let salt: [UInt8] = [1]
    for parameters in [
      Scrypt.Parameters(logarithmOfCost: 21, blockSize: 8, parallelism: 1),
      .init(logarithmOfCost: 63, blockSize: 8, parallelism: 1), .init(logarithmOfCost: 0, blockSize: 8, parallelism: 1),
      .init(logarithmOfCost: 10, blockSize: 1 << 40, parallelism: 1),
    ] {
      #expect(throws: CryptoError.beyondLimit("scrypt may use at most 1024 MiB")) {
        let key = try Scrypt.derive(from: salt.span.bytes, salt: salt.span.bytes, parameters: parameters, count: 32)
        _ = key.count
      }
    }
  }

  @Test func aSecretThatCannotBeMadeLeavesNoMemoryBehind() async {
    // In a process of its own: what may be locked is counted for each.
    await #expect(processExitsWith: .success) {
      struct No: Error {}
      let before = SecretBytes.random(SecretBytes.maximumCount).isLocked
      // Their memory would be many times what may be locked, and so the next one could not be.
      for _ in 0..<1000 {
        do {
          let secret = try SecretBytes(count: SecretBytes.maximumCount) { _ throws(No) in throw No() }
          fatalError("made \(secret.count) bytes")
        } catch {}
      }
      guard SecretBytes.random(SecretBytes.maximumCount).isLocked == before else { fatalError("memory was lost") }
    }
  }

  @Test(.disabled(if: ProcessInfo.processInfo.environment["WITAN_SANITIZER"] != nil, "sanitizers lock nothing"))
  func aSecretLiesInMemoryThatIsNeitherSwappedNorDumped() throws {
    let secret = SecretBytes.random(5000)
    let address = secret.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let map = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var isInside = false
    var flags: [Substring] = []
    for line in map.split(separator: "\n") {
      let words = line.split(separator: " ")
      let range = words.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
      if range.count == 2 { isInside = (range[0]..<range[1]).contains(address) }
      if isInside, words.first == "VmFlags:" { flags = Array(words.dropFirst()) }
    }
    #expect(flags.contains("dd"), "left out of core dumps")
    #expect(flags.contains("lo") == secret.isLocked)
  }

  @Test func aMovedSecretLeavesNothingAndIsRedacted() {
    var source: [UInt8] = [1, 2, 3]
    let secret = SecretBytes(moving: &source)
    #expect(source.isEmpty)
    #expect(secret.count == 3)
    let bytes = secret.withUnsafeBytes { Array($0) }
    #expect(bytes == [1, 2, 3])
    #expect(secret.description == "<redacted>")
    let empty = SecretBytes(moving: &source)
    #expect(empty.count == 0)
  }

  @Test func comparingInConstantTimeComparesAllBytes() {
    let bytes = SecureRandom.bytes(40)
    #expect(constantTimeEquals(bytes, bytes))
    #expect(constantTimeEquals([], []))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      #expect(!constantTimeEquals(bytes, changed))
    }
    #expect(!constantTimeEquals(bytes, Array(bytes.dropLast())))
  }
}
