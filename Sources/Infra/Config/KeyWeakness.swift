// Whether the bytes of a secret could be guessed: too few different ones, runs, repetitions, digits, or a key that is printed in
// a standard. Every secret of a service is judged here; whoever holds another kind of key (a pair, a key set) asks by its
// secret bytes and looks up the public half besides (`KnownKeys`).

package enum KeyWeakness {
  /// Why nobody should run a service with this secret, in words that do not repeat it; nil where nothing speaks against it.
  package static func of(_ bytes: RawSpan) -> String? {
    bytes.withUnsafeBytes { bytes in
      if isPrinted(bytes) { return "it is printed in a standard or a manual" }
      // A passphrase in place of a key is judged as one.
      if bytes.allSatisfy({ (0x20...0x7E).contains($0) }) {
        return Secret(String(decoding: bytes, as: UTF8.self)).weakness
      }
      return monotony(of: bytes) ?? pattern(of: bytes)
    }
  }

  /// Too few different bytes for anything that was drawn at random.
  private static func monotony(of bytes: UnsafeRawBufferPointer) -> String? {
    let different = Set(bytes).count
    return different < min(8, bytes.count) ? "it has only \(different) different bytes" : nil
  }

  /// A run, or a repetition: what nobody would draw at random in the lifetime of a planet.
  static func pattern(of bytes: UnsafeRawBufferPointer) -> String? {
    guard bytes.count >= 16 else { return nil }
    var steps = [Int](repeating: 0, count: 256)
    for place in 1..<bytes.count { steps[Int(bytes[place] &- bytes[place - 1])] += 1 }
    if let most = steps.max(), most * 2 >= bytes.count - 1 { return "its bytes follow each other in equal steps" }
    for period in 1...bytes.count / 2
    where (period..<bytes.count).allSatisfy({ bytes[$0] == bytes[$0 - period] }) {
      return "it repeats itself after \(period) bytes"
    }
    return nil
  }

  private static func isPrinted(_ bytes: UnsafeRawBufferPointer) -> Bool {
    printed.contains { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }

  /// Secrets of the standards' examples that are no run and no repetition.
  private static let printed: [[UInt8]] = [
    // FIPS 197, appendix A; SP 800-38A, appendix F: AES of 128, 192 and 256 bits.
    "2b7e151628aed2a6abf7158809cf4f3c", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    // RFC 8032, section 7.1: the seeds of tests 1, 2 and 3.
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    // RFC 7748, section 6.1: Bob's secret.
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    // RFC 7515, appendix A.1; RFC 7520, sections 3.5 and 3.6.
    "0323354b2b0fa5bc837e0665777ba68f5ab328e6f054c928a90f84b2d2502ebfd3fb5a92d20647ef968ab4c377623d223d2e2172052e4f08c0cd9af567d080a3",
    "849b57219dae48de646d07dbb533566e976686457c1491be3a76dcea6c427188",
    "0003daa40bf82db15b8956b01236a050196e62a379ae19dafbc9ee95d0ef3b1f",
    // RFC 9421, appendix B.1: test-key-ed25519 and test-shared-secret.
    "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5",
    "bb3bc97c1e2edcdd09cb84fb359ef930355cafccd24c89de749b6481cbb8e985b85c1cb33498f105db635247493c1b5b9878480e2ea9725f23b1ab2395332d0d",
  ].map(bytes)

  /// The bytes of a literal in base 16.
  private static func bytes(_ text: String) -> [UInt8] {
    let digits = text.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
