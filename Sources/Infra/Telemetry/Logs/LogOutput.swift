// Where lines go. Writers only append to a buffer; a thread of its own makes the system calls, so that a slow disk or a
// stuck pipe never holds up a request. A full buffer drops lines, a full disk takes none: these are counted, and told of as
// soon as something can be written again. A line that a full disk took half of is taken back, or else ended.
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
    /// Lines that were not written, since somebody was last told.
    var lost = 0
    /// Whether half a line stands at the end.
    var isInLine = false
  }

  private let destination: LogDestination
  private let pending = Locked(Pending())
  /// Held while writing, by the thread or by `flush`; never taken while `pending` is held.
  private let target: Locked<Target>
  private let wake = Semaphore()
  /// A line that says how many were lost, in the log's own format.
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

  /// Writes what waits, and gives up after so long: somebody who reads no more must not hold up an end.
  package func flush(within limit: Duration) {
    let done = Semaphore()
    BackgroundThread.start("log flush") { [self] in
      drain()
      done.signal()
    }
    done.wait(atMost: limit)
  }

  /// Lines dropped since the last notice.
  package var droppedLines: Int { pending.withLock { $0.dropped } }

  /// Opens the file anew, as after a rotation. The old one stays in use when that fails.
  package func reopen() throws(LogOutputError) {
    guard case .file(let path) = destination else { return }
    drain()
    let fresh = try Self.open(path)
    let old = target.withLock { target in
      defer {
        target.descriptor = fresh
        target.isInLine = false
      }
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
      tell(of: &target)
      write(bytes, to: &target)
      target.lost += dropped
      tell(of: &target)
    }
  }

  /// Says how many lines were lost, if any were, as soon as that can be said.
  private func tell(of target: inout Target) {
    guard target.lost > 0 else { return }
    let lost = target.lost
    target.lost = 0
    if !write(droppedNotice(lost), to: &target) { target.lost = lost }
  }

  /// Writes whole lines. Returns false, with those that are lost counted, where not all of them could be written.
  @discardableResult
  private func write(_ bytes: [UInt8], to target: inout Target) -> Bool {
    guard !bytes.isEmpty else { return true }
    if case .handler(let handle) = destination {
      handle(bytes)
      return true
    }
    return bytes.withUnsafeBytes { buffer in
      if target.isInLine {
        target.isInLine = withUnsafeBytes(of: UInt8(0x0A)) { Self.write($0, to: target.descriptor) } == 0
      }
      let offset = target.isInLine ? 0 : Self.write(buffer, to: target.descriptor)
      guard offset < buffer.count else { return true }
      target.lost += buffer[offset...].count { $0 == 0x0A }
      let half = offset - (buffer[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
      if half > 0 { target.isInLine = !Self.takeBack(half, from: target.descriptor) }
      return false
    }
  }

  /// Writes what can be written, and returns how much that was.
  private static func write(_ buffer: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    var offset = 0
    while offset < buffer.count {
      let count = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
      if count >= 0 {
        offset += count
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, 1000)
      } else if errno != EINTR {
        break
      }
    }
    return offset
  }

  /// Cuts the last bytes off a file, where nobody else has written behind them.
  private static func takeBack(_ count: Int, from descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return lseek(descriptor, 0, SEEK_CUR) == status.st_size && ftruncate(descriptor, status.st_size - count) == 0
  }

  private static func open(_ path: String) throws(LogOutputError) -> Int32 {
    let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o640)
    guard descriptor >= 0 else { throw LogOutputError(path: path, reason: String(cString: strerror(errno))) }
    return descriptor
  }
}
