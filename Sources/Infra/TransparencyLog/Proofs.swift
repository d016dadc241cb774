// Inclusion and consistency proofs of RFC 6962, sections 2.1.1 and 2.1.2, and the same two for a subtree within a larger
// tree (draft-ietf-plants-merkle-tree-certs, section 4). Making a proof follows the recursion of the standard; checking
// one follows the iteration of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
import Crypto

/// The siblings on the way from a leaf to the root.
package struct InclusionProof: Hashable, Sendable {
  package let index: UInt64
  package let size: UInt64
  /// From the leaf's sibling to the root's child.
  package let hashes: [Digest]

  package init(index: UInt64, size: UInt64, hashes: [Digest]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// PATH(index, D[size]). `index` must be below `size`.
  package init<Source: NodeSource>(index: UInt64, size: UInt64, from source: Source) throws(Source.Failure) {
    precondition(index < size, "a leaf outside of the tree has no proof")
    var path: [Digest] = []
    var start: UInt64 = 0
    var end = size
    var siblings: [(UInt64, UInt64)] = []
    while end - start > 1 {
      let middle = start + splitPoint(end - start)
      if index < middle {
        siblings.append((middle, end))
        end = middle
      } else {
        siblings.append((start, middle))
        start = middle
      }
    }
    path.reserveCapacity(siblings.count)
    for (start, end) in siblings.reversed() { path.append(try source.hash(from: start, to: end)) }
    self.init(index: index, size: size, hashes: path)
  }

  /// The root to which the proof leads from `leaf`, or nil if the proof has not the shape that its index and size demand.
  package func root(leaf: Digest) -> Digest? {
    guard index < size else { return nil }
    var position = index
    var last = size - 1
    var hash = leaf
    for sibling in hashes {
      guard last > 0 else { return nil }
      if position & 1 == 1 || position == last {
        hash = MerkleHash.node(sibling, hash)
        while position & 1 == 0 {
          position >>= 1
          last >>= 1
        }
      } else {
        hash = MerkleHash.node(hash, sibling)
      }
      position >>= 1
      last >>= 1
    }
    return last == 0 ? hash : nil
  }

  package func verifies(leaf: Digest, root: Digest) -> Bool { self.root(leaf: leaf) == root }
}

/// That the tree of `size` leaves begins with the tree of `oldSize` leaves.
package struct ConsistencyProof: Hashable, Sendable {
  package let oldSize: UInt64
  package let size: UInt64
  package let hashes: [Digest]

  package init(oldSize: UInt64, size: UInt64, hashes: [Digest]) {
    self.oldSize = oldSize
    self.size = size
    self.hashes = hashes
  }

  /// PROOF(oldSize, D[size]). `oldSize` is at least 1 and at most `size`.
  package init<Source: NodeSource>(oldSize: UInt64, size: UInt64, from source: Source) throws(Source.Failure) {
    let subtree = try SubtreeConsistencyProof(start: 0, end: oldSize, size: size, from: source)
    self.init(oldSize: oldSize, size: size, hashes: subtree.hashes)
  }

  /// Nothing can be proved from an empty tree: every tree begins with it.
  package func verifies(oldRoot: Digest, root: Digest) -> Bool {
    guard oldSize > 0 else {
      return size == 0 && hashes.isEmpty && oldRoot == MerkleHash.emptyRoot && root == MerkleHash.emptyRoot
    }
    return SubtreeConsistencyProof(start: 0, end: oldSize, size: size, hashes: hashes).verifies(
      subtree: oldRoot, root: root)
  }
}

/// A range of leaves that a tree can hold as a subtree: its start is a multiple of the smallest power of two that is not
/// below its length.
package struct Subtree: Hashable, Sendable {
  package let start: UInt64
  package let end: UInt64

  package init?(start: UInt64, end: UInt64) {
    guard start < end else { return nil }
    let bits = UInt64.bitWidth - (end - start - 1).leadingZeroBitCount
    guard start == 0 || (bits < UInt64.bitWidth && start & ((UInt64(1) << UInt64(bits)) - 1) == 0) else { return nil }
    self.start = start
    self.end = end
  }

  /// The proof that leaf `index` of the whole tree lies in this subtree, or nil if it lies outside.
  package func inclusionProof(index: UInt64, hashes: [Digest]) -> InclusionProof? {
    guard start..<end ~= index else { return nil }
    return InclusionProof(index: index - start, size: end - start, hashes: hashes)
  }
}

/// That the tree of `size` leaves holds the subtree from `start` to `end`.
package struct SubtreeConsistencyProof: Hashable, Sendable {
  package let start: UInt64
  package let end: UInt64
  package let size: UInt64
  package let hashes: [Digest]

  package init(start: UInt64, end: UInt64, size: UInt64, hashes: [Digest]) {
    self.start = start
    self.end = end
    self.size = size
    self.hashes = hashes
  }

  /// `start..<end` must be a `Subtree` within `size`.
  package init<Source: NodeSource>(
    start: UInt64, end: UInt64, size: UInt64, from source: Source
  ) throws(Source.Failure) {
    precondition(Subtree(start: start, end: end) != nil && end <= size, "a proof needs a subtree of the tree")
    var ranges: [(UInt64, UInt64)] = []
    var low: UInt64 = 0
    var high = size
    var isKnown = true
    // Down the tree until the range is the subtree, or the part of it that lies here.
    while !(low >= start && high == end) {
      let middle = low + splitPoint(high - low)
      if end <= middle {
        ranges.append((middle, high))
        high = middle
      } else {
        ranges.append((low, middle))
        // Where the subtree itself is split, its left part is not known to the checker as a node.
        if low >= start { isKnown = false }
        low = middle
      }
    }
    if !isKnown || low > start { ranges.append((low, high)) }
    var hashes: [Digest] = []
    hashes.reserveCapacity(ranges.count)
    for (low, high) in ranges.reversed() { hashes.append(try source.hash(from: low, to: high)) }
    self.init(start: start, end: end, size: size, hashes: hashes)
  }

  /// The empty range lies in every tree, whatever its root: its hash is that of no leaves, and its proof is empty.
  package func verifies(subtree: Digest, root: Digest) -> Bool {
    if start == end { return end <= size && hashes.isEmpty && subtree == MerkleHash.emptyRoot }
    guard Subtree(start: start, end: end) != nil, end <= size else { return false }
    var first = start
    var second = end - 1
    var last = size - 1
    func shift() {
      first >>= 1
      second >>= 1
      last >>= 1
    }
    if second == last {
      while first != second { shift() }
    } else {
      while first != second && second & 1 == 1 { shift() }
    }
    var rest = hashes[...]
    var old: Digest
    if first == second {
      old = subtree
    } else {
      guard let seed = rest.popFirst() else { return false }
      old = seed
    }
    var new = old
    for sibling in rest {
      guard last > 0 else { return false }
      if second & 1 == 1 || second == last {
        if first < second { old = MerkleHash.node(sibling, old) }
        new = MerkleHash.node(sibling, new)
        while second & 1 == 0 { shift() }
      } else {
        new = MerkleHash.node(new, sibling)
      }
      shift()
    }
    return last == 0 && old == subtree && new == root
  }
}
