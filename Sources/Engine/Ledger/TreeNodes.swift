// The nodes of the tree, as readers find them: full tiles from the database, through a cache; the edge from memory.
import Crypto
import Locking
import Storage
import TransparencyLog

/// The log as it is after some group: everything in it is durable, and nothing of it changes any more.
struct TreeSnapshot: Sendable {
  let tree: MerkleTree
  let checkpoint: Checkpoint
  /// The checkpoint, signed.
  let note: String
  let time: Timestamp?

  var size: UInt64 { checkpoint.size }
}

/// A full tile with all the nodes between its hashes and its root, so that proofs need no hashing.
final class ExpandedTile: Sendable {
  /// 256 hashes, then 128 of the height above, and so on up to the root.
  private let nodes: [Digest]

  init(hashes: [Digest]) {
    precondition(hashes.count == Tile.fullWidth, "only full tiles are expanded")
    nodes = Array(unsafeUninitializedCapacity: 2 * Tile.fullWidth - 1) { nodes, initialized in
      _ = nodes.initialize(fromContentsOf: hashes)
      var start = 0
      var count = Tile.fullWidth
      while count > 1 {
        // Digests are plain bytes: to be written is to be initialized.
        MerkleHash.nodes(
          over: UnsafeBufferPointer(rebasing: nodes[start..<start + count]),
          into: UnsafeMutableBufferPointer(rebasing: nodes[start + count..<start + count + count / 2]))
        start += count
        count /= 2
      }
      initialized = nodes.count
    }
  }

  func node(height: Int, index: Int) -> Digest {
    nodes[2 * Tile.fullWidth - (2 * Tile.fullWidth >> height) + index]
  }

  var root: Digest { nodes[nodes.count - 1] }
  var hashes: ArraySlice<Digest> { nodes[..<Tile.fullWidth] }
}

/// Full tiles in memory, some hundreds of them. Two generations: what was not asked for during a whole one is let go.
final class TileCache: Sendable {
  private struct Generations {
    var young: [Int64: ExpandedTile] = [:]
    var old: [Int64: ExpandedTile] = [:]
  }

  private let limit: Int
  private let generations = Locked(Generations())

  init(limit: Int) { self.limit = max(1, limit / 2) }

  func tile(_ key: Int64) -> ExpandedTile? {
    generations.withLock { generations in
      if let tile = generations.young[key] { return tile }
      guard let tile = generations.old[key] else { return nil }
      put(tile, key, &generations)
      return tile
    }
  }

  func insert(_ tile: ExpandedTile, _ key: Int64) { generations.withLock { put(tile, key, &$0) } }

  private func put(_ tile: ExpandedTile, _ key: Int64, _ generations: inout Generations) {
    if generations.young.count >= limit {
      generations.old = generations.young
      generations.young = [:]
    }
    generations.young[key] = tile
  }

  func removeAll() { generations.withLock { $0 = Generations() } }
}

/// The nodes of one snapshot's tree. Where the database cannot give a tile that must be there, it is damaged.
struct TreeNodes: NodeSource {
  let snapshot: TreeSnapshot
  let cache: TileCache
  /// Reads the hashes of a full tile.
  let fullTile: (_ level: Int, _ index: UInt64) throws(LedgerError) -> [Digest]

  func node(height: Int, index: UInt64) throws(LedgerError) -> Digest {
    let level = height / Tile.height
    let within = height % Tile.height
    let bits = UInt64(Tile.height - within)
    let tile = index >> bits
    let place = Int(index & ((1 << bits) - 1))
    if Tile.width(level: level, index: tile, size: snapshot.size) == Tile.fullWidth {
      return try expanded(level: level, index: tile).node(height: within, index: place)
    }
    let start = place << within
    return Tile.root(of: snapshot.tree.edges[level][start..<start + (1 << within)])
  }

  func expanded(level: Int, index: UInt64) throws(LedgerError) -> ExpandedTile {
    let key = LedgerSchema.tileKey(level: level, index: index)
    if let tile = cache.tile(key) { return tile }
    let tile = ExpandedTile(hashes: try fullTile(level, index))
    cache.insert(tile, key)
    return tile
  }
}
