// A real process under test: started from the build folder (or from PATH), its output gathered as it comes, and ended at
// the latest when its handle goes away, so that no test leaves a server behind.
import Foundation
import Synchronization

package final class RunningProcess: Sendable {
  package struct Ended: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  private struct Gathered {
    var standardOutput = Data()
    var standardError = Data()
  }

  private let process = Process()
  private let gathered = Mutex(Gathered())

  /// The folder that holds the executables of this build: the test bundle lies beside them.
  package static let buildFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// Starts `executable` of this package.
  package convenience init(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil
  ) throws {
    try self.init(
      path: Self.buildFolder.appending(path: executable).path, arguments, environment: environment, folder: folder)
  }

  package init(
    path: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil
  ) throws {
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = folder }
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    gather(output) { $0.standardOutput.append($1) }
    gather(error) { $0.standardError.append($1) }
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  private func gather(_ pipe: Pipe, into store: @escaping @Sendable (inout Gathered, Data) -> Void) {
    pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let data = handle.availableData
      if data.isEmpty {
        handle.readabilityHandler = nil
      } else {
        self?.gathered.withLock { store(&$0, data) }
      }
    }
  }

  package var identifier: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.isRunning }
  package var standardOutput: String { gathered.withLock { String(decoding: $0.standardOutput, as: UTF8.self) } }
  package var standardError: String { gathered.withLock { String(decoding: $0.standardError, as: UTF8.self) } }

  package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits until the process has ended and returns its exit status (negative: the signal that ended it).
  package func waitForExit(within limit: Duration = .seconds(30)) async throws -> Int32 {
    try await wait(for: "the end of process \(identifier)", within: limit) { !self.process.isRunning }
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  /// Waits until `text` has appeared on standard output or standard error.
  package func waitForOutput(_ text: String, within limit: Duration = .seconds(30)) async throws {
    try await wait(for: "'\(text)' from process \(identifier)", within: limit) {
      if self.standardOutput.contains(text) || self.standardError.contains(text) { return true }
      if !self.process.isRunning {
        throw Ended(
          description: "ended with \(self.process.terminationStatus) before '\(text)': \(self.standardError)")
      }
      return false
    }
  }
}

/// A condition that did not come true in time.
package struct WaitedTooLong: Error, CustomStringConvertible {
  package let description: String
}

/// Looks every few milliseconds whether `condition` holds; throws when it does not within `limit`.
package func wait(
  for what: String, within limit: Duration = .seconds(10), until condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while true {
    if try await condition() { return }
    if ContinuousClock.now > deadline { throw WaitedTooLong(description: "waited \(limit) in vain for \(what)") }
    try await ContinuousClock().sleep(for: .milliseconds(5))
  }
}
