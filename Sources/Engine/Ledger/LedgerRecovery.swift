// What a ledger knows when it starts: read back from the database, re-derived, and held against what was signed.
import Crypto
import Storage
import TransparencyLog

struct RecoveredState {
  var tree: MerkleTree
  var head: Checkpoint
  var note: String
  var lastTime: Timestamp?
  /// The fingerprints of the entries since the last full bundle.
  var edgeFingerprints: [UInt64]
}

enum LedgerRecovery {
  /// The name that the log in this database was made with, or nil for a new one.
  static func origin(_ reader: LedgerReader) throws(LedgerError) -> String? {
    let note = try reader.head()
    return note.flatMap { $0.split(separator: "\n", maxSplits: 1).first }.map(String.init)
  }

  /// The name in the file of the last published checkpoint, unchecked.
  static func publishedOrigin(_ paths: LedgerPaths) -> String? {
    guard let file = try? DurableFile(path: paths.published, mode: .readOnly),
      let bytes = try? file.read(PublishedCheckpoint.slotLength, at: 0)
    else { return nil }
    let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    return NoteKey.isValid(name: line) ? line : nil
  }

  /// Reads the state back, and refuses whatever disagrees with the last signed checkpoint. Nil for a new database.
  static func load(
    _ reader: LedgerReader, origin: String, verifiers: [NoteVerifier]
  ) throws(LedgerError) -> RecoveredState? {
    do {
      guard let note = try reader.head() else {
        guard try reader.size() == 0 else { throw LedgerError.inconsistent("there are entries but no checkpoint") }
        return nil
      }
      let head: Checkpoint
      do {
        head = try Checkpoint.open(note, origin: origin, verifiers: verifiers)
      } catch {
        throw LedgerError.inconsistent("the last checkpoint in the database: \(error)")
      }
      let size = try reader.size()
      guard size == head.size else {
        throw LedgerError.inconsistent("\(size) entries are stored, the last checkpoint signs \(head.size)")
      }
      var state = RecoveredState(tree: MerkleTree(), head: head, note: note, lastTime: nil, edgeFingerprints: [])
      try rederiveEdge(reader, size: size, into: &state)
      guard state.tree.root == head.root else {
        throw LedgerError.inconsistent(
          "the tree of \(size) entries has the root \(state.tree.root), the last checkpoint signs \(head.root)")
      }
      return state
    } catch let error as LedgerError {
      throw error
    } catch {
      throw .inconsistent("\(error)")
    }
  }

  /// The right edge: hashes of the last entries, and above them the roots of the last full tiles.
  private static func rederiveEdge(_ reader: LedgerReader, size: UInt64, into state: inout RecoveredState) throws {
    var fingerprints: [UInt64] = []
    var lastTime: Timestamp?
    state.tree = try MerkleTree(size: size) { level, index, width in
      try (0..<width).map { place in
        let at = index * UInt64(Tile.fullWidth) + UInt64(place)
        if level > 0 {
          return Tile.root(of: try reader.tile(level: level - 1, index: at)[...])
        }
        let (entry, header) = try self.entry(reader, at: at)
        fingerprints.append(IdentifierIndex.fingerprint(header.id))
        lastTime = header.time
        return MerkleHash.leaf(entry)
      }
    }
    if lastTime == nil && size > 0 { lastTime = try entry(reader, at: size - 1).header.time }
    state.lastTime = lastTime
    state.edgeFingerprints = fingerprints
  }

  private static func entry(
    _ reader: LedgerReader, at index: UInt64
  ) throws -> (bytes: [UInt8], header: EntryHeader) {
    guard let bytes = try reader.entry(at: index) else { throw LedgerError.inconsistent("entry \(index) is missing") }
    guard let header = EntryHeader(bytes), header.index == index else {
      throw LedgerError.inconsistent("entry \(index) is not one of this ledger's")
    }
    return (bytes, header)
  }

  /// Refuses a database that does not continue what was published last.
  static func check(
    _ head: Checkpoint, against published: Checkpoint?, root: (UInt64) throws(LedgerError) -> Digest
  ) throws(LedgerError) {
    guard let published else {
      throw .inconsistent(
        "the file with the last published checkpoint is missing or unreadable, so that nobody can tell whether this is the newest database"
      )
    }
    guard published.size <= head.size else {
      throw .inconsistent(
        "the database ends with entry \(head.size), but a checkpoint of \(published.size) entries was published: an older copy was put back"
      )
    }
    guard try root(published.size) == published.root else {
      throw .inconsistent("the database does not continue the published checkpoint of \(published.size) entries")
    }
  }
}
