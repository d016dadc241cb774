// The log's database as the writer uses it: one connection, prepared statements, one transaction for each group.
import Crypto
import Storage
import TransparencyLog

extension LedgerError {
  init(_ error: SQLiteError) {
    switch error.kind {
    case .full: self = .diskFull
    case .corrupt: self = .inconsistent(error.description)
    case .inputOutput, .busy, .other: self = .storageFailed(error.description)
    }
  }
}

/// Runs `body`; what SQLite throws becomes what the ledger throws.
func translating<Result>(_ body: () throws(SQLiteError) -> Result) throws(LedgerError) -> Result {
  do throws(SQLiteError) {
    return try body()
  } catch {
    throw LedgerError(error)
  }
}

/// Belongs to the writer's thread (to the opening thread before that one starts).
final class LedgerStore {
  let connection: SQLiteConnection
  private let begin: SQLiteStatement
  private let commit: SQLiteStatement
  private let insertEntry: SQLiteStatement
  private let insertPayload: SQLiteStatement
  private let insertKey: SQLiteStatement
  private let insertTile: SQLiteStatement
  private let insertFingerprints: SQLiteStatement
  private let updateHead: SQLiteStatement
  private let deletePayload: SQLiteStatement
  private let deleteKey: SQLiteStatement
  private let selectEntry: SQLiteStatement

  init(path: String, vfs: String?) throws(SQLiteError) {
    connection = try SQLiteConnection(path: path, vfs: vfs, gathersWrites: true)
    try LedgerSchema.prepare(connection)
    guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
      throw SQLiteError(code: 1, message: "\(path) cannot have a write-ahead log")
    }
    connection.keepDatabaseLength()
    try connection.execute("PRAGMA synchronous = FULL")
    // What is deleted is overwritten with zeroes: an erased key must not linger in a free page.
    try connection.execute("PRAGMA secure_delete = ON")
    try connection.execute("PRAGMA cell_size_check = ON")
    try connection.execute("PRAGMA cache_size = -8192")
    connection.leaveCheckpointsToOthers()
    begin = try connection.prepare("BEGIN IMMEDIATE")
    commit = try connection.prepare("COMMIT")
    insertEntry = try connection.prepare("INSERT INTO entries VALUES (?1, ?2, ?3)")
    insertPayload = try connection.prepare("INSERT INTO payloads VALUES (?1, ?2)")
    insertKey = try connection.prepare("INSERT INTO payload_keys VALUES (?1, ?2)")
    insertTile = try connection.prepare("INSERT INTO tiles VALUES (?1, ?2)")
    insertFingerprints = try connection.prepare("INSERT INTO fingerprints VALUES (?1, ?2)")
    updateHead = try connection.prepare("INSERT INTO head VALUES (0, ?1) ON CONFLICT DO UPDATE SET note = ?1")
    deletePayload = try connection.prepare("DELETE FROM payloads WHERE position = ?1")
    deleteKey = try connection.prepare("DELETE FROM payload_keys WHERE position = ?1")
    selectEntry = try connection.prepare("SELECT entry FROM entries WHERE position = ?1")
  }

  // MARK: Writing

  /// One group as the writer has prepared it: the bytes of all entries in one buffer, and where each lies.
  struct Group {
    var first: UInt64 = 0
    var bytes: [UInt8] = []
    var entries: [Row] = []
    var tiles: [SealedTile] = []
    /// Full bundles of fingerprints, each with its number.
    var fingerprints: [(bundle: UInt64, identifiers: [UInt8])] = []
    var note = ""

    struct Row {
      let range: Range<Int>
      let leaf: Digest
      let append: PendingAppend
    }
  }

  /// Writes the group in one transaction: after this returns it is on the disk, all of it.
  func write(_ group: borrowing Group) throws(SQLiteError) {
    try begin.run()
    do throws(SQLiteError) {
      var position = Int64(group.first)
      let bytes = group.bytes.span.bytes
      for row in group.entries {
        try row.leaf.withUnsafeBytes { leaf throws(SQLiteError) in
          try insertEntry.run(position, leaf, bytes.extracting(row.range))
        }
        if let payload = row.append.payload {
          try insertPayload.run(position, payload.record.span.bytes)
          try insertKey.run(position, payload.wrappedKey.span.bytes)
        }
        for erased in row.append.erases { try erase(erased) }
        position += 1
      }
      for tile in group.tiles {
        try insertTile.run(LedgerSchema.tileKey(level: tile.level, index: tile.index), tile.bytes.span.bytes)
      }
      for (bundle, identifiers) in group.fingerprints {
        try insertFingerprints.run(Int64(bundle), identifiers.span.bytes)
      }
      try write(head: group.note)
      try commit.run()
    } catch {
      connection.rollback()
      throw error
    }
  }

  private func erase(_ index: UInt64) throws(SQLiteError) {
    for statement in [deletePayload, deleteKey] {
      statement.bind(1, Int64(index))
      try statement.run()
    }
  }

  /// Also the probe of whether the disk takes writes again: a transaction of its own, synced.
  func write(head note: String) throws(SQLiteError) {
    updateHead.bind(1, note)
    try updateHead.run()
  }

  // MARK: Reading

  func entry(at index: UInt64) throws(SQLiteError) -> [UInt8]? {
    selectEntry.bind(1, Int64(index))
    defer { selectEntry.reset() }
    return try selectEntry.step() ? selectEntry.blob(0) : nil
  }

  /// Every full bundle of fingerprints, in order.
  func eachFingerprint(_ body: (_ index: UInt64, _ fingerprint: UInt64) -> Void) throws(LedgerError) {
    try translating { () throws(SQLiteError) in
      let statement = try connection.prepare("SELECT bundle, identifiers FROM fingerprints ORDER BY bundle")
      while try statement.step() {
        let first = UInt64(bitPattern: statement.number(0)) &* UInt64(Tile.fullWidth)
        statement.withBlob(1) { bytes in
          for place in 0..<bytes.count / 8 {
            let word = bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self)
            body(first &+ UInt64(place), UInt64(bigEndian: word))
          }
        }
      }
    }
  }
}
