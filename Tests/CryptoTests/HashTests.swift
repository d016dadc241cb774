// SHA-256 against the published examples, and its pieces against each other.
import TestSupport
import Testing

@testable import Crypto

@Suite struct HashTests {
  @Test func digestsMatchThePublishedExamples() {
    // FIPS 180-4, examples of NIST.
    let examples = [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ]
    for (message, expected) in examples {
      #expect(SHA256.digest(Array(message.utf8)).hex == expected)
      #expect(SHA256.digest(utf8: message).hex == expected)
    }
  }

  @Test func aMillionLettersInPiecesGiveThePublishedDigest() {
    var hash = SHA256()
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    for _ in 0..<1000 { hash.update(piece) }
    #expect(hash.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    #expect(hash.finish() == SHA256.digest([]), "a finished value begins anew")
  }

  @Test func aPrefixedDigestIsTheDigestOfTheJoinedBytes() throws {
    for count in [0, 1, 31, 32, 63, 64, 65, 1000] {
      let data = SecureRandom.bytes(count)
      #expect(SHA256.digest(prefix: 0, data) == SHA256.digest([0] + data))
    }
    let left = SHA256.digest([1])
    let right = SHA256.digest([2])
    #expect(SHA256.digest(prefix: 1, left, right) == SHA256.digest([1] + left.bytes + right.bytes))
  }

  @Test func pairsSideBySideOrInPlaceHaveTheDigestsOfTheirJoinedBytes() {
    for pairs in 0...9 {
      let children = (0..<2 * pairs).map { _ in SHA256.digest(SecureRandom.bytes(8)) }
      let expected = (0..<pairs).map { SHA256.digest([7] + children[2 * $0].bytes + children[2 * $0 + 1].bytes) }
      var apart = [Digest](repeating: Digest(), count: pairs)
      children.withUnsafeBufferPointer { children in
        apart.withUnsafeMutableBufferPointer { SHA256.digest(prefix: 7, pairsOf: children, into: $0) }
      }
      #expect(apart == expected)
      var within = children
      within.withUnsafeMutableBufferPointer { all in
        SHA256.digest(
          prefix: 7, pairsOf: UnsafeBufferPointer(all),
          into: UnsafeMutableBufferPointer(rebasing: all[..<pairs]))
      }
      #expect(Array(within[..<pairs]) == expected)
    }
  }

  @Test func piecesOfAnySizeGiveTheDigestOfTheWhole() {
    var random = SeededGenerator(seed: 256)
    for _ in 0..<200 {
      let whole = SecureRandom.bytes(Int.random(in: 0...500, using: &random))
      var hash = SHA256()
      var rest = whole[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...70, using: &random))
        hash.update(Array(piece))
        rest = rest.dropFirst(piece.count)
      }
      #expect(hash.finish() == SHA256.digest(whole))
    }
  }

  @Test func aDigestIsReadOnlyFromThirtyTwoBytes() {
    #expect(Digest([UInt8](repeating: 7, count: 31)) == nil)
    #expect(Digest([UInt8](repeating: 7, count: 33)) == nil)
    let digest = SHA256.digest([1, 2, 3])
    #expect(Digest(digest.bytes) == digest)
    #expect(Digest(hex: digest.hex) == digest)
    #expect(digest.span.count == 32 && digest.span[0] == digest[0])
  }

  @Test func digestsAreOrderedAsTheirBytesAre() {
    for _ in 0..<500 {
      let left = SHA256.digest(SecureRandom.bytes(4))
      let right = SHA256.digest(SecureRandom.bytes(4))
      #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes))
      #expect((left == right) == (left.bytes == right.bytes))
    }
  }

  @Test func threadsHashWithoutDisturbingEachOther() async {
    let expected = (0..<64).map { SHA256.digest([UInt8($0)]) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<64).allSatisfy { SHA256.digest([UInt8($0)]) == expected[$0] } }
      }
      for await same in group { #expect(same) }
    }
  }
}
