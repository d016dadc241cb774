// Deleting a file so that its bytes are hard to find again: overwritten three times, renamed, unlinked.
import Glibc

/// Overwrites and deletes.
///
/// What it does: random bytes, zeros and random bytes again over the whole length, each pass synced to the device; then
/// the file is cut to nothing, renamed to a random name so that the old one leaves the directory, and unlinked.
///
/// What it cannot promise: the device decides where a write goes. A solid-state disk writes elsewhere and keeps the old
/// block until it sees fit; a file system that copies on write (Btrfs, ZFS, anything with snapshots) or journals data
/// keeps it too; and no overwriting reaches backups, replicas or swap. On such storage only encryption helps: keep secrets
/// encrypted and destroy the key. On a plain disk under ext4 or XFS without snapshots the passes reach the old blocks.
package enum FileErasure {
  package static let passes = 3
  private static let chunk = 64 * 1024

  package static func erase(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      // A symbolic link: what it points to was not named.
      if errno == ELOOP { throw .notAFile(path: path) }
      throw .last("open", path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last("inspect", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    guard status.st_nlink == 1 else { throw .hasOtherNames(path: path, count: Int(status.st_nlink)) }
    try overwrite(descriptor, length: Int(status.st_size), path: path)
    guard ftruncate(descriptor, 0) == 0 else { throw .last("shorten", path) }
    let directory = Files.directory(of: path)
    let stranger = (directory == "/" ? "" : directory) + "/" + Hex.encode(SecureRandom.bytes(16))
    guard rename(path, stranger) == 0 else { throw .last("rename", path) }
    try Files.syncDirectory(of: path)
    guard unlink(stranger) == 0 else { throw .last("unlink", stranger) }
    try Files.syncDirectory(of: path)
  }

  /// A file that is about to be replaced under its name, held open; nil where there is none, or where the name is that of
  /// a link or the file has others.
  struct Replaced: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init?(_ path: String) {
      let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      guard descriptor >= 0 else { return nil }
      self.descriptor = descriptor
      self.path = path
    }

    deinit { close(descriptor) }

    /// Overwrites what nobody can reach by a name any more; what somebody still can is left alone.
    consuming func erase() throws(FileError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .last("inspect", path) }
      guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 0 else { return }
      try FileErasure.overwrite(descriptor, length: Int(status.st_size), path: path)
      guard ftruncate(descriptor, 0) == 0 else { throw .last("shorten", path) }
    }
  }

  /// Every pass over the whole length, each synced.
  static func overwrite(_ descriptor: Int32, length: Int, path: String) throws(FileError) {
    for pass in 0..<passes {
      try overwrite(descriptor, length: length, random: pass != 1, path: path)
      guard fsync(descriptor) == 0 else { throw .last("sync", path) }
    }
  }

  private static func overwrite(
    _ descriptor: Int32, length: Int, random: Bool, path: String
  ) throws(FileError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last("rewind", path) }
    var left = length
    var piece = [UInt8](repeating: 0, count: min(left, chunk))
    while left > 0 {
      if random { piece.withUnsafeMutableBytes { SecureRandom.fill($0) } }
      let count = min(left, chunk)
      try Files.writeAll(piece.span.bytes.extracting(first: count), to: descriptor, path: path)
      left -= count
    }
  }
}
