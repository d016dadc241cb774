// A prepared statement: bound, stepped, read, reset, as often as needed. It belongs to its connection's thread.
import CSQLite

package final class SQLiteStatement {
  private let handle: OpaquePointer
  // Keeps the connection open for as long as the statement lives.
  private let connection: SQLiteConnection

  init(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) {
    var prepared: OpaquePointer?
    let status = sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard let handle = prepared, status == SQLITE_OK else { throw SQLiteError(status, connection.handle) }
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Binding; the first place is 1

  package func bind(_ place: Int32, _ value: Int64) { sqlite3_bind_int64(handle, place, value) }

  package func bind(_ place: Int32, _ value: String) {
    var value = value
    value.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) {
        _ = witan_bind_text_copy(handle, place, $0.baseAddress, Int32($0.count))
      }
    }
  }

  package func bind(_ place: Int32, blob: RawSpan) {
    blob.withUnsafeBytes { _ = witan_bind_blob_copy(handle, place, $0.baseAddress, Int32($0.count)) }
  }

  /// Binds bytes that stay where they are until the statement has run, or is bound anew.
  package func bind(_ place: Int32, inPlace blob: RawSpan) {
    blob.withUnsafeBytes { _ = witan_bind_blob_in_place(handle, place, $0.baseAddress, Int32($0.count)) }
  }

  package func bindNull(_ place: Int32) { sqlite3_bind_null(handle, place) }

  // MARK: Running

  /// Whether there is a row to read.
  package func step() throws(SQLiteError) -> Bool {
    let status = sqlite3_step(handle)
    if status == SQLITE_ROW { return true }
    if status == SQLITE_DONE { return false }
    let error = SQLiteError(status, connection.handle)
    sqlite3_reset(handle)
    throw error
  }

  /// Makes the statement ready to run again, and ends the read transaction that it may hold.
  package func reset() { sqlite3_reset(handle) }

  /// Runs a statement that yields no rows, and resets it.
  package func run() throws(SQLiteError) {
    _ = try step()
    sqlite3_reset(handle)
  }

  /// Runs `INSERT … VALUES (?1, ?2)` with a key and bytes that are not copied.
  package func run(_ key: Int64, _ bytes: RawSpan) throws(SQLiteError) {
    sqlite3_bind_int64(handle, 1, key)
    let status = bytes.withUnsafeBytes { bytes in
      // The bytes stay in place until the end of this closure, and the statement is reset within it.
      witan_bind_blob_in_place(handle, 2, bytes.baseAddress, Int32(bytes.count))
      let status = sqlite3_step(handle)
      sqlite3_reset(handle)
      return status
    }
    guard status == SQLITE_DONE else { throw SQLiteError(status, connection.handle) }
  }

  /// Runs `INSERT … VALUES (?1, ?2)` with a key and a text that is not copied.
  package func run(_ key: Int64, utf8 text: RawSpan) throws(SQLiteError) {
    sqlite3_bind_int64(handle, 1, key)
    let status = text.withUnsafeBytes { text in
      // As above.
      witan_bind_text_in_place(handle, 2, text.baseAddress, Int32(text.count))
      let status = sqlite3_step(handle)
      sqlite3_reset(handle)
      return status
    }
    guard status == SQLITE_DONE else { throw SQLiteError(status, connection.handle) }
  }

  /// Runs `INSERT … VALUES (?1, ?2, ?3)` with a key and twice bytes that are not copied.
  package func run(_ key: Int64, _ first: UnsafeRawBufferPointer, _ second: RawSpan) throws(SQLiteError) {
    sqlite3_bind_int64(handle, 1, key)
    let status = second.withUnsafeBytes { second in
      // As above; the caller sees to it that `first` outlives this call.
      witan_bind_blob_in_place(handle, 2, first.baseAddress, Int32(first.count))
      witan_bind_blob_in_place(handle, 3, second.baseAddress, Int32(second.count))
      let status = sqlite3_step(handle)
      sqlite3_reset(handle)
      return status
    }
    guard status == SQLITE_DONE else { throw SQLiteError(status, connection.handle) }
  }

  // MARK: Reading the row; the first column is 0

  package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  package func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  package func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  package func text(_ column: Int32) -> String {
    guard let text = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
  }

  /// The bytes, for as long as `body` runs.
  package func withBlob<Result, Failure: Error>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The pointer is valid until the statement is stepped or reset; the count is asked for after it, as SQLite demands.
    let start = sqlite3_column_blob(handle, column)
    return try body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  package func blob(_ column: Int32) -> [UInt8] { withBlob(column) { Array($0) } }
}
