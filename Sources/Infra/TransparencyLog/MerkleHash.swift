// The hashes of RFC 6962, section 2.1: a leaf and an inner node can never be mistaken for one another, because each kind
// begins with a byte of its own.
import Crypto

package enum MerkleHash {
  /// The root of a tree without leaves: SHA-256 of nothing.
  package static let emptyRoot = SHA256.digest([])

  package static func leaf(_ entry: RawSpan) -> Digest { SHA256.digest(prefix: 0x00, entry) }

  package static func leaf(_ entry: [UInt8]) -> Digest { SHA256.digest(prefix: 0x00, entry.span.bytes) }

  package static func node(_ left: Digest, _ right: Digest) -> Digest { SHA256.digest(prefix: 0x01, left, right) }

  /// The nodes over each two neighbours, a height higher. `parents` may begin where `children` does.
  package static func nodes(
    over children: UnsafeBufferPointer<Digest>, into parents: UnsafeMutableBufferPointer<Digest>
  ) { SHA256.digest(prefix: 0x01, pairsOf: children, into: parents) }
}

/// A source of the hashes of complete subtrees: `height` levels high, the `index`-th of its height from the left. Every
/// root and proof of RFC 6962 is put together from such hashes, so a store need offer nothing else.
package protocol NodeSource {
  associatedtype Failure: Error
  func node(height: Int, index: UInt64) throws(Failure) -> Digest
}

extension NodeSource {
  /// MTH(D[start:end]) of RFC 6962. `start` must be a multiple of the smallest power of two that is not below the
  /// length; every range that the recursion of the standard meets is of that kind.
  package func hash(from start: UInt64, to end: UInt64) throws(Failure) -> Digest {
    precondition(start < end, "an empty range has no node")
    // Complete subtrees from the right, the smallest first, folded leftwards.
    var result: Digest?
    var rest = end - start
    while rest > 0 {
      let height = rest.trailingZeroBitCount
      let width = UInt64(1) << UInt64(height)
      let node = try node(height: height, index: (start + rest - width) >> UInt64(height))
      result = result.map { MerkleHash.node(node, $0) } ?? node
      rest -= width
    }
    return result.unsafelyUnwrapped  // The loop ran: `rest` began above zero.
  }

  /// The root of the tree of the first `size` leaves.
  package func root(size: UInt64) throws(Failure) -> Digest {
    size == 0 ? MerkleHash.emptyRoot : try hash(from: 0, to: size)
  }
}

/// The largest power of two below `length`, where RFC 6962 splits a tree of `length` leaves. `length` is at least 2.
func splitPoint(_ length: UInt64) -> UInt64 { UInt64(1) << UInt64(63 - (length - 1).leadingZeroBitCount) }
