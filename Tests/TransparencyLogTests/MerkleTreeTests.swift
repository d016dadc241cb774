// The laws of the tree, held against the definition of RFC 6962 written out as it stands there.
import Crypto
import TestSupport
import Testing

@testable import TransparencyLog

/// RFC 6962, section 2.1, word for word and without any haste.
private func definition(_ leaves: ArraySlice<Digest>) -> Digest {
  if leaves.isEmpty { return SHA256.digest([]) }
  if leaves.count == 1 { return leaves[leaves.startIndex] }
  var split = 1
  while split * 2 < leaves.count { split *= 2 }
  let middle = leaves.startIndex + split
  return SHA256.digest(
    [0x01] + definition(leaves[leaves.startIndex..<middle]).bytes + definition(leaves[middle...]).bytes)
}

/// All leaves in memory.
struct LeafSource: NodeSource {
  let leaves: [Digest]
  func node(height: Int, index: UInt64) -> Digest {
    let width = 1 << height
    return Tile.root(of: leaves[Int(index) * width..<(Int(index) + 1) * width])
  }
}

func numberedLeaves(_ count: Int) -> [Digest] { (0..<count).map { MerkleHash.leaf(Array("entry \($0)".utf8)) } }

@Suite struct MerkleTreeTests {
  @Test func theRootOfAGrowingTreeIsTheRootOfTheDefinition() {
    let leaves = numberedLeaves(600)
    var tree = MerkleTree()
    #expect(tree.root.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    for (index, leaf) in leaves.enumerated() {
      tree.append(leaf)
      #expect(tree.root == definition(leaves[...index]))
    }
  }

  @Test func everyInclusionProofUpToThreeHundredLeadsToTheRootAndToNoOther() {
    let source = LeafSource(leaves: numberedLeaves(300))
    var wrong = 0
    for size in 1...UInt64(300) {
      let root = source.root(size: size)
      for index in 0..<size {
        let proof = InclusionProof(index: index, size: size, from: source)
        let leaf = source.leaves[Int(index)]
        if !proof.verifies(leaf: leaf, root: root) { wrong += 1 }
        let elsewhere = InclusionProof(index: (index + 1) % size, size: size, hashes: proof.hashes)
        if size > 1 && elsewhere.verifies(leaf: leaf, root: root) { wrong += 1 }
        if InclusionProof(index: index, size: size, hashes: proof.hashes + [root]).verifies(leaf: leaf, root: root) {
          wrong += 1
        }
        if !proof.hashes.isEmpty,
          InclusionProof(index: index, size: size, hashes: proof.hashes.dropLast()).verifies(leaf: leaf, root: root)
        {
          wrong += 1
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test func everyConsistencyProofUpToThreeHundredHolds() {
    let source = LeafSource(leaves: numberedLeaves(300))
    let roots = (0...UInt64(300)).map { source.root(size: $0) }
    var wrong = 0
    for size in 1...UInt64(300) {
      for oldSize in 1...size {
        let proof = ConsistencyProof(oldSize: oldSize, size: size, from: source)
        if !proof.verifies(oldRoot: roots[Int(oldSize)], root: roots[Int(size)]) { wrong += 1 }
        if oldSize != size {
          if proof.verifies(oldRoot: roots[Int(oldSize) - 1], root: roots[Int(size)]) { wrong += 1 }
          if proof.verifies(oldRoot: roots[Int(oldSize)], root: roots[Int(size) - 1]) { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test func everySubtreeOfASmallTreeIsProvedToLieInIt() throws {
    let source = LeafSource(leaves: numberedLeaves(70))
    for size in 1...UInt64(70) {
      let root = source.root(size: size)
      for start in 0..<size {
        for end in start + 1...size where Subtree(start: start, end: end) != nil {
          let part = definition(source.leaves[Int(start)..<Int(end)])
          let proof = SubtreeConsistencyProof(start: start, end: end, size: size, from: source)
          #expect(proof.verifies(subtree: part, root: root), "\(start)..<\(end) of \(size)")
        }
      }
    }
  }

  @Test(arguments: [11, 12, 13] as [UInt64])
  func randomProofsOfALargerTreeHold(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let source = LeafSource(leaves: numberedLeaves(20_000))
    for _ in 0..<150 {
      let size = UInt64.random(in: 1...20_000, using: &random)
      let index = UInt64.random(in: 0..<size, using: &random)
      let oldSize = UInt64.random(in: 1...size, using: &random)
      let root = source.root(size: size)
      #expect(
        InclusionProof(index: index, size: size, from: source).verifies(leaf: source.leaves[Int(index)], root: root),
        "seed \(seed), index \(index), size \(size)")
      #expect(
        ConsistencyProof(oldSize: oldSize, size: size, from: source)
          .verifies(oldRoot: source.root(size: oldSize), root: root), "seed \(seed), \(oldSize) to \(size)")
    }
  }

  @Test func anEdgeRebuiltFromItsTilesGrowsAsTheTreeItCameFrom() {
    let leaves = numberedLeaves(70_100)
    var tree = MerkleTree()
    var tiles: [String: [Digest]] = [:]
    for (index, leaf) in leaves.enumerated() {
      tree.append(leaf)
      for tile in tree.takeSealed() { tiles["\(tile.level)/\(tile.index)"] = tile.hashes }
      guard [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000].contains(index + 1) else { continue }
      let edges = tree.edges
      var rebuilt = MerkleTree(size: UInt64(index + 1)) { level, _, width in Array(edges[level].prefix(width)) }
      #expect(rebuilt.root == tree.root)
      #expect(rebuilt.edges.filter { !$0.isEmpty } == tree.edges.filter { !$0.isEmpty })
      var original = tree
      for extra in numberedLeaves(300) {
        rebuilt.append(extra)
        original.append(extra)
      }
      #expect(rebuilt.root == original.root)
    }
    // A full tile's hashes are the roots of the full tiles below it.
    #expect(tiles.count == 273 + 1)
    #expect(tiles["1/0"] == (0..<256).map { Tile.root(of: tiles["0/\($0)"]![...]) })
  }
}
