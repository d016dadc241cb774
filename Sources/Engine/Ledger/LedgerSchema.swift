// The tables of the log. Integer keys in the order of appending throughout, so that every insert goes to the right edge.
import Storage

enum LedgerSchema {
  /// Marks the file as a ledger of this program ("Wita" in ASCII).
  static let applicationIdentifier: Int64 = 0x5769_7461
  static let version: Int64 = 1

  struct Table: Sendable {
    let name: String
    /// Name and declared type of each column.
    let columns: [(name: String, type: String)]
    let definition: String
  }

  static let tables: [Table] = [
    // The log: the leaf hash, and exactly the bytes that it is over.
    Table(
      name: "entries", columns: [("position", "INTEGER"), ("leaf", "BLOB"), ("entry", "BLOB")],
      definition: "position INTEGER PRIMARY KEY, leaf BLOB NOT NULL, entry BLOB NOT NULL"),
    // Sealed payloads, see PayloadSealer.
    Table(
      name: "payloads", columns: [("position", "INTEGER"), ("record", "BLOB")],
      definition: "position INTEGER PRIMARY KEY REFERENCES entries, record BLOB NOT NULL"),
    // Their keys, each wrapped by the master key. Deleting a row erases the payload.
    Table(
      name: "payload_keys", columns: [("position", "INTEGER"), ("wrapped", "BLOB")],
      definition: "position INTEGER PRIMARY KEY REFERENCES entries, wrapped BLOB NOT NULL"),
    // Full tiles; partial ones follow from the entries. The key is level * 2^56 + index.
    Table(
      name: "tiles", columns: [("position", "INTEGER"), ("hashes", "BLOB")],
      definition: "position INTEGER PRIMARY KEY, hashes BLOB NOT NULL"),
    // The fingerprints of the ids of 256 entries each, for a quick start; the last ones follow from the entries.
    Table(
      name: "fingerprints", columns: [("bundle", "INTEGER"), ("identifiers", "BLOB")],
      definition: "bundle INTEGER PRIMARY KEY, identifiers BLOB NOT NULL"),
    // The last signed checkpoint, in the one row.
    Table(
      name: "head", columns: [("only", "INTEGER"), ("note", "TEXT")],
      definition: "only INTEGER PRIMARY KEY CHECK (only = 0), note TEXT NOT NULL"),
  ]

  static func tileKey(level: Int, index: UInt64) -> Int64 { Int64(level) << 56 | Int64(index) }

  /// Makes the tables, or checks that those that are there are ours.
  static func prepare(_ connection: SQLiteConnection) throws(SQLiteError) {
    let found = try connection.number("PRAGMA application_id") ?? 0
    if found == 0, try connection.number("SELECT count(*) FROM sqlite_schema") == 0 {
      try connection.execute("PRAGMA page_size = 16384")
      // The switch to the write-ahead log is itself written with a rollback journal. Were the removal of that journal not
      // synced too, a loss of power could bring it back, and it would roll the whole database back to nothing.
      try connection.execute("PRAGMA synchronous = EXTRA")
      try connection.execute("PRAGMA journal_mode = WAL")
      try connection.transaction { () throws(SQLiteError) in
        for table in tables { try connection.execute("CREATE TABLE \(table.name) (\(table.definition)) STRICT") }
        try connection.execute("PRAGMA application_id = \(applicationIdentifier)")
        try connection.execute("PRAGMA user_version = \(version)")
      }
      return
    }
    let number = try connection.number("PRAGMA user_version") ?? 0
    guard found == applicationIdentifier, number == version else {
      throw SQLiteError(
        code: 26, message: "not a ledger of version \(version) (application \(found), version \(number))")
    }
  }
}
