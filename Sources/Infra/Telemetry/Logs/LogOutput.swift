// Where lines go. Writers only append to a buffer; a thread of its own makes the system calls, so that a slow disk or a
// stuck pipe never holds up a request. A full buffer drops lines, counts them, and says so when it can write again.
import Glibc
import Locking

package enum LogDestination: Sendable {
  case standardError
  /// A file that is appended to, and opened anew by `reopen` after it was rotated away.
  case file(path: String)
  /// Something else, called with whole lines.
  case handler(@Sendable ([UInt8]) -> Void)
}

package struct LogOutputError: Error, Hashable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "cannot open the log \(path): \(reason)" }
}

package final class LogOutput: Sendable {
  /// No more bytes wait to be written.
  package static let pendingLimit = 4 << 20

  private struct Pending {
    var bytes: [UInt8] = []
    var dropped = 0
  }

  private struct Target {
    var descriptor: Int32
    var lost = 0
  }

  private let destination: LogDestination
  private let pending = Locked(Pending())
  /// Held while writing, by the thread or by `flush`; never taken while `pending` is held.
  private let target: Locked<Target>
  private let wake = Semaphore()
  /// A line that says how many were dropped, in the log's own format.
  private let droppedNotice: @Sendable (Int) -> [UInt8]

  package init(
    _ destination: LogDestination, droppedNotice: @escaping @Sendable (Int) -> [UInt8] = { _ in [] }
  ) throws(LogOutputError) {
    self.destination = destination
    self.droppedNotice = droppedNotice
    switch destination {
    case .file(let path): target = Locked(Target(descriptor: try Self.open(path)))
    case .standardError, .handler: target = Locked(Target(descriptor: STDERR_FILENO))
    }
    BackgroundThread.start("log") { [weak self, wake] in
      while true {
        wake.wait()
        // The thread must not keep the output alive, or nobody could ever end it.
        guard let self else { return }
        self.drain()
      }
    }
  }

  deinit {
    wake.signal()
    drain()
    if case .file = destination { _ = target.withLock { Glibc.close($0.descriptor) } }
  }

  /// Takes whole lines. Returns false when they were dropped.
  @discardableResult
  func append(_ line: RawSpan) -> Bool {
    let (isTaken, wasEmpty) = pending.withLock { pending in
      guard pending.bytes.count + line.byteCount <= Self.pendingLimit else {
        pending.dropped += 1
        return (false, false)
      }
      let wasEmpty = pending.bytes.isEmpty
      line.withUnsafeBytes { pending.bytes.append(contentsOf: $0) }
      return (true, wasEmpty)
    }
    if wasEmpty { wake.signal() }
    return isTaken
  }

  /// Writes all that waits before it returns.
  package func flush() { drain() }

  /// Lines dropped since the last notice.
  package var droppedLines: Int { pending.withLock { $0.dropped } }

  /// Opens the file anew, as after a rotation. The old one stays in use when that fails.
  package func reopen() throws(LogOutputError) {
    guard case .file(let path) = destination else { return }
    drain()
    let fresh = try Self.open(path)
    let old = target.withLock { target in
      defer { target.descriptor = fresh }
      return target.descriptor
    }
    Glibc.close(old)
  }

  private func drain() {
    target.withLock { target in
      let (bytes, dropped) = pending.withLock { pending in
        let taken = (pending.bytes, pending.dropped)
        pending.bytes = []
        pending.dropped = 0
        return taken
      }
      write(bytes, to: &target)
      if dropped > 0 { write(droppedNotice(dropped), to: &target) }
    }
  }

  private func write(_ bytes: [UInt8], to target: inout Target) {
    guard !bytes.isEmpty else { return }
    if case .handler(let handle) = destination { return handle(bytes) }
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = Glibc.write(target.descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        if count >= 0 {
          offset += count
        } else if errno == EAGAIN {
          var waiting = pollfd(fd: target.descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&waiting, 1, 1000)
        } else if errno != EINTR {
          target.lost += 1
          return
        }
      }
    }
  }

  private static func open(_ path: String) throws(LogOutputError) -> Int32 {
    let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o640)
    guard descriptor >= 0 else { throw LogOutputError(path: path, reason: String(cString: strerror(errno))) }
    return descriptor
  }
}
