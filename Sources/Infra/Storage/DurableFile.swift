// A small file with writes and syncs of its own, through the same VFS as the databases, so that whatever befalls them
// (a full disk, a loss of power, a simulation of either) befalls it too.
import CSQLite
import Glibc

package final class DurableFile {
  private let handle: UnsafeMutablePointer<sqlite3_file>
  // The VFS keeps the pointer for as long as the file is open.
  private let path: UnsafeMutablePointer<CChar>

  /// Opens the file, and to write makes it first if it is not there. `path` is absolute.
  package init(path: String, mode: SQLiteConnection.Mode = .readWrite, vfs: String? = nil) throws(SQLiteError) {
    let flags = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    guard let copy = strdup(path) else { fatalError("out of memory") }
    var status: Int32 = 0
    guard let handle = witan_file_open(vfs, copy, flags, &status) else {
      free(copy)
      throw SQLiteError(code: status, message: "\(path): \(String(cString: sqlite3_errstr(status)))")
    }
    self.handle = handle
    self.path = copy
  }

  /// Deletes the file at `path`, if there is one, so that no loss of power brings it back.
  package static func remove(path: String, vfs: String? = nil) throws(SQLiteError) {
    let status = witan_file_delete(vfs, path)
    guard status == SQLITE_OK else {
      throw SQLiteError(code: status, message: "\(path): \(String(cString: sqlite3_errstr(status)))")
    }
  }

  deinit {
    witan_file_close(handle)
    free(path)
  }

  private func check(_ status: Int32) throws(SQLiteError) {
    guard status == SQLITE_OK else {
      throw SQLiteError(code: status, message: "\(String(cString: path)): \(String(cString: sqlite3_errstr(status)))")
    }
  }

  package func size() throws(SQLiteError) -> Int {
    var size: Int64 = 0
    try check(witan_file_size(handle, &size))
    return Int(size)
  }

  /// The bytes at `offset`; what lies beyond the end of the file reads as zeroes.
  package func read(_ count: Int, at offset: Int) throws(SQLiteError) -> [UInt8] {
    var status = SQLITE_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      status = witan_file_read(handle, buffer.baseAddress, Int32(count), Int64(offset))
      filled = count
    }
    try check(status)
    return bytes
  }

  package func write(_ bytes: RawSpan, at offset: Int) throws(SQLiteError) {
    try check(bytes.withUnsafeBytes { witan_file_write(handle, $0.baseAddress, Int32($0.count), Int64(offset)) })
  }

  /// Fills a file that is empty with that many zeroes, and syncs it; leaves any other as it is.
  package func layOut(_ count: Int) throws(SQLiteError) {
    guard try size() == 0 else { return }
    // The system VFS writes less than 128 KB at a time.
    let zeroes = [UInt8](repeating: 0, count: 64 << 10)
    var written = 0
    while written < count {
      let part = min(zeroes.count, count - written)
      try write(zeroes.span.bytes.extracting(first: part), at: written)
      written += part
    }
    try sync()
  }

  /// Returns when everything written is on the disk.
  package func sync() throws(SQLiteError) { try check(witan_file_sync(handle)) }
}
