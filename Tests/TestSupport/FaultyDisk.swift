// The disk of CFaultyDisk under a name of its own, and gone with its handle.
import CFaultyDisk
import Foundation

/// Proof for `@unchecked Sendable`: the disk has a lock of its own, the rest is never changed.
package final class FaultyDisk: @unchecked Sendable {
  package let disk: OpaquePointer
  /// The name of the SQLite VFS.
  package let name: String

  package init() {
    name = "faulty-\(UUID().uuidString)"
    disk = faulty_disk_create(name)
  }

  deinit { faulty_disk_destroy(disk) }
}
