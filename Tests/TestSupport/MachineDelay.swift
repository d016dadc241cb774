// What the machine itself costs whoever waits for it just now: how late a short sleep ends, and how long the disk takes to take
// a little. A test that holds something to milliseconds has to know.
import Foundation
import Locking

package final class MachineDelay: Sendable {
  private struct Worst {
    var lateness = Duration.zero
    var sync = Duration.zero
  }

  private let worst = Locked(Worst())
  private let isOver = Locked(false)

  /// Looks at the disk that `folder` lies on, until the handle goes away.
  package init(on folder: URL) throws {
    let file = folder.appending(path: "machine-delay")
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.EIO) }
    Thread.detachNewThread { [weak self] in
      let clock = ContinuousClock()
      let bytes = [UInt8](repeating: 1, count: 4096)
      while let self, !self.isOver.withLock({ $0 }) {
        let slept = clock.measure { usleep(1000) } - .milliseconds(1)
        let synced = clock.measure {
          _ = pwrite(descriptor, bytes, bytes.count, 0)
          fdatasync(descriptor)
        }
        self.worst.withLock { $0 = Worst(lateness: max($0.lateness, slept), sync: max($0.sync, synced)) }
      }
      close(descriptor)
    }
  }

  deinit { isOver.withLock { $0 = true } }

  /// The worst since this was last asked: one sleep that ended late and one sync, one after the other.
  package func take() -> Duration {
    worst.withLock { worst in
      defer { worst = Worst() }
      return worst.lateness + worst.sync
    }
  }
}
