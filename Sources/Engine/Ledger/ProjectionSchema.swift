// The second database: filters and full text, projected from the log. It may be deleted at any time and is rebuilt by reading
// the log again; nothing in it is true that the log does not say.
import Crypto
import Storage
import TransparencyLog

enum ProjectionSchema {
  /// "Witi" in ASCII.
  static let applicationIdentifier: Int64 = 0x5769_7469
  /// Raised whenever entries are projected in another way: an older projection is then rebuilt.
  static let version: Int64 = 4

  static let definitions = [
    // How far the projection has come, and of which log: the leaf hash of the last entry in it.
    "CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 0), origin TEXT NOT NULL, indexed_to INTEGER NOT NULL, last_leaf BLOB NOT NULL) STRICT",
    // Which entries have which value, see TermField: runs of positions, see PositionRun.
    "CREATE TABLE postings (term INTEGER NOT NULL, first INTEGER NOT NULL, more BLOB NOT NULL, PRIMARY KEY (term, first)) STRICT, WITHOUT ROWID",
    // The first entry of each group, by time.
    "CREATE TABLE moments (time INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT",
    // How many entries have which type, and how many deliberations which verdict.
    "CREATE TABLE counts (field INTEGER NOT NULL, value TEXT NOT NULL, entries INTEGER NOT NULL, PRIMARY KEY (field, value)) STRICT, WITHOUT ROWID",
    words,
  ]

  /// The words; which entry has them, and nothing more.
  static let words =
    "CREATE VIRTUAL TABLE words USING fts5(content, content='', columnsize=0, detail=none, tokenize=\"unicode61 remove_diacritics 2\")"

  static func prepare(_ connection: SQLiteConnection, origin: String) throws(SQLiteError) {
    try connection.execute("PRAGMA journal_mode = WAL")
    try connection.transaction { () throws(SQLiteError) in
      for definition in definitions { try connection.execute(definition) }
      try connection.execute("PRAGMA application_id = \(applicationIdentifier)")
      try connection.execute("PRAGMA user_version = \(version)")
      let statement = try connection.prepare("INSERT INTO state VALUES (0, ?1, 0, x'')")
      statement.bind(1, origin)
      try statement.run()
    }
  }

  static func isCurrent(_ connection: SQLiteConnection) throws(SQLiteError) -> Bool {
    guard try connection.number("PRAGMA application_id") == applicationIdentifier else { return false }
    return try connection.number("PRAGMA user_version") == version
  }

  /// Removes the projection with all files that belong to it, its log first: one that were left would be read into whatever
  /// is made in its place.
  static func remove(_ path: String, vfs: String? = nil) throws(LedgerError) {
    try translating { () throws(SQLiteError) in
      for suffix in ["-wal", "-journal", "-shm", ""] { try DurableFile.remove(path: path + suffix, vfs: vfs) }
    }
  }
}
