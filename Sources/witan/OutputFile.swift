// Where a command writes what it was asked for: a file, which appears whole or not at all, or standard output.
import Config
import Glibc

final class OutputFile {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let descriptor: Int32
  private let path: String?
  private var isFinished = false

  init(_ path: String?) throws(Failure) {
    self.path = path
    guard let path else {
      descriptor = 1
      return
    }
    descriptor = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw Failure(description: "\(path ?? "standard output"): \(String(cString: strerror(errno)))")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Puts the file in place: what was written so far is all of it.
  func finish() throws(Failure) {
    guard let path else { return }
    guard fsync(descriptor) == 0, rename("\(path).new", path) == 0 else {
      throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
    }
    isFinished = true
  }

  deinit {
    guard let path else { return }
    close(descriptor)
    if !isFinished { unlink("\(path).new") }
  }
}
