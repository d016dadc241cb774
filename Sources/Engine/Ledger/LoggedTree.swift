// The log as it is read: entries, proofs, tiles and bundles, of a running ledger or of a data folder at rest.
import Crypto
import Locking
import Storage
import TransparencyLog

package final class LoggedTree: Sendable {
  let readers: ReaderPool
  let tiles: TileCache
  private let current: Locked<TreeSnapshot>

  init(readers: ReaderPool, tileLimit: Int, snapshot: TreeSnapshot) {
    self.readers = readers
    tiles = TileCache(limit: tileLimit)
    current = Locked(snapshot)
  }

  var snapshot: TreeSnapshot { current.withLock { $0 } }

  /// Lets readers see a group.
  func show(_ snapshot: TreeSnapshot) { current.withLock { $0 = snapshot } }

  /// How many entries there are.
  package var size: UInt64 { snapshot.size }

  /// The newest checkpoint, a signed note.
  package var checkpoint: String { snapshot.note }

  /// Runs `body` with the nodes of the newest tree.
  func withNodes<Result>(_ body: (TreeNodes) throws(LedgerError) -> Result) throws(LedgerError) -> Result {
    try readers.withReader { reader throws(LedgerError) in
      try body(
        TreeNodes(snapshot: snapshot, cache: tiles) { level, index throws(LedgerError) in
          try reader.tile(level: level, index: index)
        })
    }
  }

  func root(size: UInt64) throws(LedgerError) -> Digest {
    try withNodes { nodes throws(LedgerError) in
      guard size <= nodes.snapshot.size else { throw .noSuchSize(size: size, current: nodes.snapshot.size) }
      return try nodes.root(size: size)
    }
  }

  package func inclusionProof(index: UInt64, size: UInt64? = nil) throws(LedgerError) -> InclusionProof {
    try withNodes { nodes throws(LedgerError) in
      let size = size ?? nodes.snapshot.size
      guard size <= nodes.snapshot.size else { throw .noSuchSize(size: size, current: nodes.snapshot.size) }
      guard index < size else { throw .noSuchEntry(index: index, size: size) }
      return try InclusionProof(index: index, size: size, from: nodes)
    }
  }

  package func consistencyProof(from oldSize: UInt64, to size: UInt64? = nil) throws(LedgerError) -> ConsistencyProof {
    try withNodes { nodes throws(LedgerError) in
      let size = size ?? nodes.snapshot.size
      guard size <= nodes.snapshot.size else { throw .noSuchSize(size: size, current: nodes.snapshot.size) }
      guard 1...max(1, size) ~= oldSize, oldSize <= size else { throw .noSuchSize(size: oldSize, current: size) }
      return try ConsistencyProof(oldSize: oldSize, size: size, from: nodes)
    }
  }

  /// The bytes of a tile of hashes, or nil where the log has no such tile (yet).
  package func tile(_ tile: Tile) throws(LedgerError) -> [UInt8]? {
    try withNodes { nodes throws(LedgerError) -> [UInt8]? in
      let width = Tile.width(level: tile.level, index: tile.index, size: nodes.snapshot.size)
      guard width >= tile.width else { return nil }
      if width == Tile.fullWidth {
        return Tile.bytes(of: try nodes.expanded(level: tile.level, index: tile.index).hashes[..<tile.width])
      }
      return Tile.bytes(of: nodes.snapshot.tree.edges[tile.level][..<tile.width])
    }
  }

  /// The bytes of a bundle of entries, or nil where the log does not have them (yet).
  package func entryBundle(_ tile: Tile) throws(LedgerError) -> [UInt8]? {
    guard tile.level == 0, Tile.width(level: 0, index: tile.index, size: size) >= tile.width else { return nil }
    let first = tile.index * UInt64(Tile.fullWidth)
    return try readers.withReader { reader throws(LedgerError) in
      var bundle: [UInt8] = []
      var next = first
      try reader.eachEntry(from: first, to: first + UInt64(tile.width)) { index, entry in
        guard index == next else { return false }
        EntryBundle.append(RawSpan(_unsafeBytes: entry), to: &bundle)
        next += 1
        return true
      }
      guard next == first + UInt64(tile.width) else { throw .inconsistent("entry \(next) is missing") }
      return bundle
    }
  }

  package func entry(at index: UInt64) throws(LedgerError) -> StoredEntry {
    let size = size
    guard index < size else { throw .noSuchEntry(index: index, size: size) }
    return try readers.withReader { reader throws(LedgerError) in
      guard let bytes = try reader.entry(at: index) else { throw .inconsistent("entry \(index) is missing") }
      return StoredEntry(index: index, bytes: bytes)
    }
  }

  /// An entry with its proof and a checkpoint, in one text that anyone can check offline. The entry travels as the
  /// bundle's extra data.
  package func proofBundle(index: UInt64) throws(LedgerError) -> ProofBundle {
    let entry = try entry(at: index)
    return try withNodes { nodes throws(LedgerError) in
      let proof = try InclusionProof(index: index, size: nodes.snapshot.size, from: nodes)
      guard let note = try? SignedNote(parsing: nodes.snapshot.note) else {
        throw .inconsistent("the last checkpoint is not a signed note")
      }
      return ProofBundle(extra: entry.bytes, index: index, hashes: proof.hashes, checkpoint: note)
    }
  }

  /// The payload, decrypted and checked against the entry's commitment.
  func payload(at index: UInt64, sealer: PayloadSealer) throws(LedgerError) -> StoredPayload {
    let size = size
    guard index < size else { throw .noSuchEntry(index: index, size: size) }
    return try readers.withReader { reader throws(LedgerError) in
      guard let bytes = try reader.entry(at: index), let header = EntryHeader(bytes) else {
        throw .inconsistent("entry \(index) is missing or unreadable")
      }
      guard let commitment = header.commitment else { return .none }
      guard let record = try reader.record(at: index), let key = try reader.wrappedKey(at: index) else {
        return .erased
      }
      do throws(PayloadSealer.OpenFailure) {
        return .present(
          try sealer.open(
            record: record.span.bytes, wrappedKey: key.span.bytes, commitment: commitment, id: header.id))
      } catch {
        switch error {
        case .otherMasterKey:
          throw .badKey(path: "master.key", reason: "the payload of entry \(index) was sealed under another one")
        case .badKey: throw .inconsistent("the key of the payload of entry \(index) was changed")
        case .badRecord: throw .inconsistent("the payload of entry \(index) was changed")
        }
      }
    }
  }

  /// Calls `body` with each entry from `first` up to `end`, in order, a few at a time, so that nothing is held up.
  package func each(
    from first: UInt64, to end: UInt64, _ body: (StoredEntry) throws -> Void
  ) throws {
    var next = first
    while next < end {
      var entries: [StoredEntry] = []
      try readers.withReader { reader throws(LedgerError) in
        try reader.eachEntry(from: next, to: min(end, next + UInt64(Tile.fullWidth))) { index, bytes in
          entries.append(StoredEntry(index: index, bytes: Array(bytes)))
          return true
        }
      }
      guard entries.first?.index == next, let last = entries.last else {
        throw LedgerError.inconsistent("entry \(next) is missing")
      }
      for entry in entries { try body(entry) }
      next = last.index + 1
    }
  }
}
