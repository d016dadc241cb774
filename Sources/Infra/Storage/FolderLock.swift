// A lock on a folder, held by one process at a time and given up by the system when that process ends, however it ends.
import Glibc
import Locking

package final class FolderLock: Sendable {
  // -1 once the lock was given up.
  private let descriptor: Locked<Int32>

  package enum Failure: Error, Equatable {
    case heldBySomebodyElse
    case system(code: Int32)
  }

  /// Takes the lock on the file at `path`, which is made if it is not there.
  package init(path: String) throws(Failure) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(code: errno) }
    // flock belongs to the open file, not to the process: a second ledger in this process is refused as well.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      throw code == EWOULDBLOCK ? .heldBySomebodyElse : .system(code: code)
    }
    self.descriptor = Locked(descriptor)
  }

  deinit { release() }

  /// Gives the lock up.
  package func release() {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }
}
