// Which of some entries hold the words that a query asks for, found by splitting the entries themselves into words, as the
// projection did. Where other filters leave few entries, this is much faster than leaping about in the lists of words that
// nearly every entry has.
import Storage

/// Used by one thread at a time, like the reader that owns it.
final class WordProbe {
  private let connection: SQLiteConnection
  private let insert: SQLiteStatement
  private let select: SQLiteStatement

  init() throws(SQLiteError) {
    connection = try SQLiteConnection(path: ":memory:")
    try connection.execute(ProjectionSchema.words)
    insert = try connection.prepare("INSERT INTO words (rowid, content) VALUES (?1, ?2)")
    select = try connection.prepare("SELECT rowid FROM words WHERE words MATCH ?1")
  }

  /// The positions of those entries that hold what `expression` asks for.
  func matches(_ entries: [StoredEntry], _ expression: String) throws(SQLiteError) -> Set<UInt64> {
    // Rolled back, so that the table is empty again.
    try connection.execute("BEGIN")
    defer { connection.rollback() }
    var terms = EntryTerms()
    for entry in entries where terms.read(entry.bytes.span.bytes) {
      try insert.run(Int64(entry.index), utf8: terms.words.span.bytes)
    }
    select.bind(1, expression)
    defer { select.reset() }
    var found: Set<UInt64> = []
    while try select.step() { found.insert(UInt64(bitPattern: select.number(0))) }
    return found
  }
}
