// A run of entries in a data folder, checked by one thread: every byte of them, of their payloads and keys, of the tiles over
// them and of the fingerprints of their ids.
import Crypto
import Glibc
import Storage
import TransparencyLog

struct ChunkAudit: Sendable {
  /// A multiple of 256, so that no tile lies in two chunks.
  static let length: UInt64 = 4096

  let first: UInt64
  let end: UInt64
  private(set) var faults: [AuditFault] = []
  /// The roots of the full tiles, then the leaf hashes after the last of them.
  private(set) var tileRoots: [Digest] = []
  private(set) var edge: [Digest] = []
  private(set) var firstTime: Timestamp?
  private(set) var lastTime: Timestamp?
  /// Entries whose payload is not there.
  private(set) var withoutPayload: [UInt64] = []
  /// What the erasures here erased.
  private(set) var erased: [UInt64] = []
  /// What rotations of the signing key endorsed.
  private(set) var endorsements: [KeyEndorsement] = []
  private(set) var payloads: UInt64 = 0
  private(set) var opened: UInt64 = 0
  private var leaves: [Digest] = []
  private var fingerprints: [UInt64] = []

  init(first: UInt64, end: UInt64) {
    self.first = first
    self.end = end
  }

  mutating func noteFault(_ reason: String) { fault(nil, reason) }

  private mutating func fault(_ index: UInt64?, _ reason: String) {
    faults.append(AuditFault(index: index, reason: reason))
  }

  /// `sealer` opens payloads where the master key is at hand.
  mutating func run(_ connection: SQLiteConnection, sealer: PayloadSealer?) {
    do throws(SQLiteError) {
      try checkEntries(connection, sealer)
      try checkTiles(connection)
      try checkFingerprints(connection)
    } catch {
      fault(nil, "entries \(first) to \(end - 1) cannot be read: \(error)")
    }
    let full = leaves.count / Tile.fullWidth
    for tile in 0..<full {
      tileRoots.append(Tile.root(of: leaves[tile * Tile.fullWidth..<(tile + 1) * Tile.fullWidth]))
    }
    edge = Array(leaves[(full * Tile.fullWidth)...])
    leaves = []
    fingerprints = []
  }

  /// Whether all entries were there, so that a tree can be built over them.
  var isWhole: Bool { UInt64(tileRoots.count * Tile.fullWidth + edge.count) == end - first }

  private func range(_ connection: SQLiteConnection, _ columns: String, _ table: String) throws(SQLiteError)
    -> SQLiteStatement
  {
    let statement = try connection.prepare(
      "SELECT position, \(columns) FROM \(table) WHERE position >= ?1 AND position < ?2 ORDER BY position")
    statement.bind(1, Int64(first))
    statement.bind(2, Int64(end))
    return statement
  }

  private mutating func checkEntries(_ connection: SQLiteConnection, _ sealer: PayloadSealer?) throws(SQLiteError) {
    let entries = try range(connection, "leaf, entry", "entries")
    var records = Rows(try range(connection, "record", "payloads"))
    var keys = Rows(try range(connection, "wrapped", "payload_keys"))
    try records.advance()
    try keys.advance()
    var next = first
    while try entries.step() {
      let index = UInt64(bitPattern: entries.number(0))
      if index > next {
        fault(next, index - next == 1 ? "is missing" : "and the \(index - next - 1) after it are missing")
      }
      next = index + 1
      // Rows of entries that are not there.
      try skipOrphans(&records, before: index, "payload")
      try skipOrphans(&keys, before: index, "payload key")
      let header = checkEntry(index, entries)
      let hasRecord = records.position == index
      let hasKey = keys.position == index
      if let commitment = header?.commitment, let header {
        if hasRecord && hasKey {
          payloads += 1
          checkPayload(index, header, commitment, records, keys, sealer)
        } else if hasRecord {
          fault(index, "the payload's key is missing")
        } else if hasKey {
          fault(index, "the payload is missing, its key is there")
        } else {
          withoutPayload.append(index)
        }
      } else if header != nil && (hasRecord || hasKey) {
        fault(index, "has a payload that it does not commit to")
      }
      if hasRecord { try records.advance() }
      if hasKey { try keys.advance() }
    }
    if next < end { fault(next, end - next == 1 ? "is missing" : "and the \(end - next - 1) after it are missing") }
    try skipOrphans(&records, before: end, "payload")
    try skipOrphans(&keys, before: end, "payload key")
  }

  private mutating func skipOrphans(_ rows: inout Rows, before index: UInt64, _ what: String) throws(SQLiteError) {
    while let position = rows.position, position < index {
      fault(position, "a \(what) is there, the entry is not")
      try rows.advance()
    }
  }

  /// Hash, shape, index and time of one entry.
  private mutating func checkEntry(_ index: UInt64, _ row: SQLiteStatement) -> EntryHeader? {
    let (leaf, header, endorsement, erasures) = row.withBlob(2) { bytes in
      let span = RawSpan(_unsafeBytes: bytes)
      let header = EntryHeader(span)
      return (MerkleHash.leaf(span), header, header?.endorsement(in: span), header?.erasures(in: span) ?? [])
    }
    if let endorsement { endorsements.append(endorsement) }
    leaves.append(leaf)
    if row.withBlob(1, { stored in leaf.withUnsafeBytes { !$0.isEqual(to: stored) } }) {
      fault(index, "its bytes do not have the hash that was stored with them")
    }
    guard let header else {
      fingerprints.append(0)
      fault(index, "is not an entry of a ledger")
      return nil
    }
    fingerprints.append(IdentifierIndex.fingerprint(header.id))
    if header.index != index { fault(index, "says that it is entry \(header.index)") }
    if let lastTime, header.time < lastTime { fault(index, "is older than the entry before it") }
    if firstTime == nil { firstTime = header.time }
    lastTime = header.time
    erased += erasures
    return header
  }

  private mutating func checkPayload(
    _ index: UInt64, _ header: EntryHeader, _ commitment: Digest, _ records: Rows, _ keys: Rows,
    _ sealer: PayloadSealer?
  ) {
    let problem = records.withBlob { record -> String? in
      let record = RawSpan(_unsafeBytes: record)
      guard PayloadSealer.commitment(record: record) == commitment else {
        return "the payload is not the one that the entry commits to"
      }
      guard let sealer else { return nil }
      return keys.withBlob { key -> String? in
        do throws(PayloadSealer.OpenFailure) {
          _ = try sealer.open(
            record: record, wrappedKey: RawSpan(_unsafeBytes: key), commitment: commitment, id: header.id)
          return nil
        } catch {
          switch error {
          case .otherMasterKey: return "the payload's key is wrapped by another master key, or was changed"
          case .badKey: return "the payload's key was changed"
          case .badRecord: return "the payload was changed"
          }
        }
      }
    }
    if let problem { fault(index, problem) } else if sealer != nil { opened += 1 }
  }

  private mutating func checkTiles(_ connection: SQLiteConnection) throws(SQLiteError) {
    guard leaves.count == Int(end - first) else { return }
    let statement = try connection.prepare("SELECT hashes FROM tiles WHERE position = ?1")
    for tile in 0..<leaves.count / Tile.fullWidth {
      let start = tile * Tile.fullWidth
      let index = first / UInt64(Tile.fullWidth) + UInt64(tile)
      statement.bind(1, LedgerSchema.tileKey(level: 0, index: index))
      defer { statement.reset() }
      guard try statement.step(),
        let stored = statement.withBlob(0, { Tile.hashes(in: RawSpan(_unsafeBytes: $0), width: Tile.fullWidth) })
      else {
        fault(nil, "tile \(index) of level 0, over the entries from \(first + UInt64(start)), is missing or torn")
        continue
      }
      for place in 0..<Tile.fullWidth where stored[place] != leaves[start + place] {
        fault(first + UInt64(start + place), "the tree holds another hash for it than its bytes have")
      }
    }
  }

  private mutating func checkFingerprints(_ connection: SQLiteConnection) throws(SQLiteError) {
    guard fingerprints.count == Int(end - first) else { return }
    let statement = try connection.prepare("SELECT identifiers FROM fingerprints WHERE bundle = ?1")
    for bundle in 0..<fingerprints.count / Tile.fullWidth {
      let start = bundle * Tile.fullWidth
      let number = first / UInt64(Tile.fullWidth) + UInt64(bundle)
      statement.bind(1, Int64(number))
      defer { statement.reset() }
      let expected = IdentifierIndex.bytes(of: fingerprints[start..<start + Tile.fullWidth])
      guard try statement.step(),
        statement.withBlob(0, { stored in expected.withUnsafeBytes { $0.isEqual(to: stored) } })
      else {
        fault(nil, "the fingerprints of the ids from entry \(first + UInt64(start)) are missing or wrong")
        continue
      }
    }
  }
}

/// The rows of one table, walked beside those of another.
private struct Rows {
  private let statement: SQLiteStatement
  private(set) var position: UInt64?

  init(_ statement: SQLiteStatement) { self.statement = statement }

  mutating func advance() throws(SQLiteError) {
    position = try statement.step() ? UInt64(bitPattern: statement.number(0)) : nil
  }

  func withBlob<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { statement.withBlob(1, body) }
}

extension UnsafeRawBufferPointer {
  fileprivate func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard count > 0, let start = baseAddress, let otherStart = other.baseAddress else { return count == 0 }
    return memcmp(start, otherStart, count) == 0
  }
}
