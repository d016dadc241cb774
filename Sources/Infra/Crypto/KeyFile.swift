// Keys on disk. A key file appears whole or not at all, with mode 0600 from its first instant, and one that anybody else
// could have read or written is refused.
import Glibc

package enum KeyFile {
  /// Longer files are no keys.
  package static let maximumLength = 64 * 1024

  /// Writes `secret` to a new file. The bytes are on disk, and so is the name, when this returns.
  ///
  /// The file is prepared under a name of its own and then put in place in one step: a crash leaves no half a key, and of
  /// two writers one gets `exists`. With `replacing`, an earlier file is replaced instead,
  /// and its bytes are overwritten (`FileErasure`).
  package static func write(
    _ secret: RawSpan, to path: String, replacing: Bool = false
  ) throws(FileError) {
    guard secret.byteCount <= maximumLength else { throw .tooLong(path: path, limit: maximumLength) }
    let draft = "\(path).\(Hex.encode(SecureRandom.bytes(8))).new"
    // 0600 at creation, whatever the umask, which can only take bits away.
    let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .missing(path: Files.directory(of: path)) : .last("create", draft)
    }
    do throws(FileError) {
      defer { close(descriptor) }
      try Files.writeAll(secret, to: descriptor, path: draft)
      guard fsync(descriptor) == 0 else { throw .last("sync", draft) }
    } catch {
      unlink(draft)
      throw error
    }
    defer { unlink(draft) }  // After a link it is the second name; after a rename there is nothing left to remove.
    if replacing {
      let earlier = FileErasure.Replaced(path)
      guard rename(draft, path) == 0 else { throw .last("rename", draft) }
      // Not before the new name is sure to outlive a loss of power.
      try Files.syncDirectory(of: path)
      try earlier?.erase()
      return
    }
    if link(draft, path) != 0 {
      if errno == EEXIST { throw .exists(path: path) }
      throw .last("link", path)
    }
    try Files.syncDirectory(of: path)
  }

  package static func write(_ secret: [UInt8], to path: String, replacing: Bool = false) throws(FileError) {
    try write(secret.span.bytes, to: path, replacing: replacing)
  }

  /// Reads a key file that nobody but this program's user can read or write.
  package static func read(
    _ path: String, maximumLength: Int = KeyFile.maximumLength
  ) throws(FileError) -> SecretBytes {
    let (descriptor, status) = try open(path, maximumLength)
    defer { close(descriptor) }
    guard status.st_uid == geteuid() else {
      throw .ownedBySomebodyElse(path: path, owner: status.st_uid, expected: geteuid())
    }
    guard status.st_mode & 0o077 == 0 else { throw .openToOthers(path: path, mode: status.st_mode & 0o7777) }
    return try SecretBytes(count: Int(status.st_size)) { target throws(FileError) in
      try Files.readAll(descriptor, into: target, path: path)
    }
  }

  /// Reads a file that holds no secrets, whoever may read it. With `trusted`, what it says is relied upon: then nobody
  /// but root and this program's user may be able to write it.
  package static func readPublic(
    _ path: String, maximumLength: Int = KeyFile.maximumLength, trusted: Bool = false
  ) throws(FileError) -> [UInt8] {
    let (descriptor, status) = try open(path, maximumLength)
    defer { close(descriptor) }
    if trusted {
      guard status.st_uid == 0 || status.st_uid == geteuid() else {
        throw .ownedBySomebodyElse(path: path, owner: status.st_uid, expected: geteuid())
      }
      guard status.st_mode & 0o022 == 0 else { throw .openToOthers(path: path, mode: status.st_mode & 0o7777) }
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    try bytes.withUnsafeMutableBufferPointer { target throws(FileError) in
      try Files.readAll(descriptor, into: UnsafeMutableRawBufferPointer(target), path: path)
    }
    return bytes
  }

  /// Reads a file that may hold secrets, whoever may read it: what its owner has decided is not for this program to mend.
  package static func readAnybodys(
    _ path: String, maximumLength: Int = KeyFile.maximumLength
  ) throws(FileError) -> SecretBytes {
    let (descriptor, status) = try open(path, maximumLength)
    defer { close(descriptor) }
    return try SecretBytes(count: Int(status.st_size)) { target throws(FileError) in
      try Files.readAll(descriptor, into: target, path: path)
    }
  }

  /// Opens a regular file. All checks are on what was opened, not on the name, which could be exchanged in between.
  private static func open(_ path: String, _ maximumLength: Int) throws(FileError) -> (Int32, stat) {
    // Without O_NONBLOCK a named pipe would hold the caller up.
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .last("open", path) }
    var status = stat()
    do throws(FileError) {
      guard fstat(descriptor, &status) == 0 else { throw .last("inspect", path) }
      guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
      guard status.st_size <= maximumLength else { throw .tooLong(path: path, limit: maximumLength) }
    } catch {
      close(descriptor)
      throw error
    }
    return (descriptor, status)
  }

  /// The key at `path`, made by `make` and written first if there is none. Two programs that start at once end up with
  /// the same key.
  package static func readOrCreate(
    _ path: String, make: () throws(CryptoError) -> SecretBytes
  ) throws(FileError) -> SecretBytes {
    do throws(FileError) {
      return try read(path)
    } catch .missing {
      try create(path, make: make)
      return try read(path)
    }
  }

  private static func create(
    _ path: String, make: () throws(CryptoError) -> SecretBytes
  ) throws(FileError) {
    let fresh: SecretBytes
    do throws(CryptoError) { fresh = try make() } catch { throw .notMade(path: path, reason: error) }
    do throws(FileError) { try write(fresh.span, to: path) } catch .exists {}
  }
}

/// System calls that several files here need.
enum Files {
  static func writeAll(_ bytes: RawSpan, to descriptor: Int32, path: String) throws(FileError) {
    try bytes.withUnsafeBytes { bytes throws(FileError) in
      var at = 0
      while at < bytes.count {
        let put = Glibc.write(descriptor, bytes.baseAddress.unsafelyUnwrapped + at, bytes.count - at)
        if put < 0 && errno == EINTR { continue }
        guard put > 0 else { throw .last("write", path) }
        at += put
      }
    }
  }

  /// Fills `target`. A file that ends before its size is being changed, and is not used.
  static func readAll(
    _ descriptor: Int32, into target: UnsafeMutableRawBufferPointer, path: String
  ) throws(FileError) {
    var at = 0
    while at < target.count {
      let got = Glibc.read(descriptor, target.baseAddress.unsafelyUnwrapped + at, target.count - at)
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { throw .system(operation: "read all of", path: path, code: got < 0 ? errno : EIO) }
      at += got
    }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a change of names in the directory of `path` survive a loss of power.
  static func syncDirectory(of path: String) throws(FileError) {
    let name = directory(of: path)
    let descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open", name) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("sync", name) }
  }
}
