// The last checkpoint that anyone may have seen, in a small file beside the database. A database that is older than this
// file was put back, and a ledger that went on from it would sign a second history.
//
// The order of things for every group: the transaction is synced; this file is written; the waiters are answered; this file
// is synced, by a thread of its own, within some milliseconds (`publishDelay`). So an append costs one sync and not two,
// and what may be missing here is:
//
//   - after the process was killed: nothing, for the system keeps what was written;
//   - after a loss of power: the last milliseconds. A copy of the database would have to be older by less than that, and
//     the power lost within that time of the last answer, for the copy to be taken for the newest.
//
// Who cannot live with that sets the delay to nothing: then this file is synced before the waiters are answered, and each
// group costs two syncs.
//
// Writing ahead of the transaction instead would leave the file ahead of the database after every crash in between, and
// the ledger could not tell that from an older copy; syncing before the answer would double the price of every append.
import Crypto
import Storage
import TransparencyLog

/// The file holds two slots of a page each, written in turns, so that a torn write spoils one of them at most.
struct PublishedCheckpoint {
  static let slotLength = 4096

  /// What the slots lie in. It can be synced while another thread writes a checkpoint.
  let file: DurableFile
  private var nextSlot = 0
  private(set) var newest: Checkpoint?

  /// Opens the file and reads the newest checkpoint in it that one of `verifiers` has signed.
  init(
    path: String, vfs: String?, origin: String, verifiers: [NoteVerifier], mode: SQLiteConnection.Mode = .readWrite
  ) throws(SQLiteError) {
    file = try DurableFile(path: path, mode: mode, vfs: vfs)
    guard try file.size() > 0 else { return }
    for (slot, note) in try Self.notes(in: file).enumerated() {
      guard let found = try? Checkpoint.open(note, origin: origin, verifiers: verifiers) else { continue }
      if found.size >= newest?.size ?? 0 {
        newest = found
        nextSlot = 1 - slot
      }
    }
  }

  /// What both slots hold, unchecked.
  static func notes(in file: DurableFile) throws(SQLiteError) -> [String] {
    var notes: [String] = []
    for slot in 0..<2 {
      let bytes = try file.read(slotLength, at: slot * slotLength)
      notes.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
    return notes
  }

  /// Writes without waiting for the disk.
  mutating func write(_ note: String, _ checkpoint: Checkpoint) throws(SQLiteError) {
    var bytes = Array(note.utf8)
    precondition(bytes.count < Self.slotLength, "a checkpoint fits a slot")
    bytes.append(contentsOf: repeatElement(0, count: Self.slotLength - bytes.count))
    try file.write(bytes.span.bytes, at: nextSlot * Self.slotLength)
    nextSlot = 1 - nextSlot
    newest = checkpoint
  }

  func sync() throws(SQLiteError) { try file.sync() }
}
