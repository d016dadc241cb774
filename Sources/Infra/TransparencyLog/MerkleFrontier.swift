// The least that one must keep of a tree to go on from it: its size and the roots of the complete subtrees that it falls
// into. Enough to append and to name the root, not to cut tiles.
import Crypto

package struct MerkleFrontier: Hashable, Sendable {
  package private(set) var size: UInt64
  /// From the largest subtree (left) to the smallest (right): one for each bit that is set in the size.
  package private(set) var peaks: [Digest]

  package init() {
    size = 0
    peaks = []
  }

  /// Nil unless there are as many peaks as the size demands.
  package init?(size: UInt64, peaks: [Digest]) {
    guard peaks.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.peaks = peaks
  }

  /// The frontier of the first `size` leaves.
  package init<Source: NodeSource>(size: UInt64, from source: Source) throws(Source.Failure) {
    self.init()
    var start: UInt64 = 0
    for height in (0..<UInt64.bitWidth).reversed() where size >> UInt64(height) & 1 == 1 {
      peaks.append(try source.node(height: height, index: start >> UInt64(height)))
      start += UInt64(1) << UInt64(height)
    }
    self.size = size
  }

  package mutating func append(_ leaf: Digest) { append(subtree: leaf, height: 0) }

  /// Appends a complete subtree of 2^height leaves. The size must be a multiple of that.
  package mutating func append(subtree root: Digest, height: Int) {
    precondition(size & ((UInt64(1) << UInt64(height)) - 1) == 0, "a subtree begins where one of its height may begin")
    var hash = root
    var trailing = size >> UInt64(height)
    while trailing & 1 == 1 {
      hash = MerkleHash.node(peaks.removeLast(), hash)
      trailing >>= 1
    }
    peaks.append(hash)
    size += UInt64(1) << UInt64(height)
  }

  package var root: Digest {
    guard var hash = peaks.last else { return MerkleHash.emptyRoot }
    for peak in peaks.dropLast().reversed() { hash = MerkleHash.node(peak, hash) }
    return hash
  }
}
