// The growing right edge of a tree: everything needed to append leaves, to name the root, and to cut tiles, in memory
// that grows with the logarithm of the size. A value: a copy taken before a group of appends is the way back from them.
import Crypto

package struct MerkleTree: Sendable {
  /// How many leaves the tree has.
  package private(set) var size: UInt64 = 0

  /// The roots of the complete subtrees that the tree falls into, from the largest (left) to the smallest (right).
  private var peaks: [Digest] = []

  /// For each tile level, the hashes of its partial tile on the right edge: fewer than 256.
  package private(set) var edges: [[Digest]] = [[]]

  /// The tiles that the appends since the last `takeSealed()` have filled, in the order in which they were filled.
  package private(set) var sealed: [SealedTile] = []

  package init() {}

  /// Appends a leaf by its hash. Amortised cost: one node hash.
  package mutating func append(_ leaf: Digest) {
    edges[0].append(leaf)
    var hash = leaf
    var height = 0
    var trailing = size
    while trailing & 1 == 1 {
      hash = MerkleHash.node(peaks.removeLast(), hash)
      height += 1
      trailing >>= 1
      if height % Tile.height == 0 { seal(level: height / Tile.height - 1, root: hash) }
    }
    peaks.append(hash)
    size += 1
  }

  /// The full tile at `level` moves to `sealed`, and its root becomes a hash of the level above.
  private mutating func seal(level: Int, root: Digest) {
    precondition(edges[level].count == Tile.fullWidth, "a tile is sealed when it is full")
    // `size` is one leaf behind: the tile that ends with the leaf being appended begins where its index says.
    let index = size >> UInt64(Tile.height * (level + 1))
    sealed.append(SealedTile(level: level, index: index, hashes: edges[level]))
    edges[level] = []
    if edges.count == level + 1 { edges.append([]) }
    edges[level + 1].append(root)
  }

  /// Hands over the tiles filled since the last call.
  package mutating func takeSealed() -> [SealedTile] {
    defer { sealed = [] }
    return sealed
  }

  package var root: Digest {
    guard var hash = peaks.last else { return MerkleHash.emptyRoot }
    for peak in peaks.dropLast().reversed() { hash = MerkleHash.node(peak, hash) }
    return hash
  }

  /// Rebuilds the edge of a tree of `size` leaves from the hashes in its partial tiles. `hashes(level, index, width)`
  /// must give the `width` hashes of the partial tile `index` at `level`.
  package init<Failure: Error>(
    size: UInt64, hashes: (_ level: Int, _ index: UInt64, _ width: Int) throws(Failure) -> [Digest]
  ) throws(Failure) {
    self.size = size
    edges = []
    var level = 0
    var rest = size
    repeat {
      let width = Int(rest % UInt64(Tile.fullWidth))
      rest >>= UInt64(Tile.height)
      edges.append(width == 0 ? [] : try hashes(level, rest, width))
      precondition(edges[level].count == width, "a partial tile has the width that the size demands")
      level += 1
    } while rest > 0
    for edge in edges.reversed() {
      // Each power of two in the width is a complete subtree within the tile.
      var start = 0
      while start < edge.count {
        let width = 1 << (Int.bitWidth - 1 - (edge.count - start).leadingZeroBitCount)
        peaks.append(Tile.root(of: edge[start..<start + width]))
        start += width
      }
    }
  }
}

/// A full tile, cut from a growing tree.
package struct SealedTile: Sendable {
  package let level: Int
  package let index: UInt64
  package let hashes: [Digest]

  /// The tile's bytes as C2SP tlog-tiles serves them.
  package var bytes: [UInt8] { Tile.bytes(of: hashes[...]) }
}
