// A real process under test: started from the build folder (or from PATH), its output gathered as it comes, and ended at
// the latest when its handle goes away, so that no test leaves a server behind.
import Foundation
import Locking

package final class RunningProcess: Sendable {
  package struct Ended: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  private struct State {
    var standardOutput: [UInt8] = []
    var standardError: [UInt8] = []
    /// Pipes that have not come to their end.
    var openPipes = 2
    /// What waitpid(2) said; nil while the process runs.
    var status: Int32?
  }

  package let identifier: pid_t
  private let state = Locked(State())

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
    // What the tests are told by WITAN_… variables is not for the program: there they are settings.
    let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WITAN_") }
    let variables = inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
    // env(1) changes into the folder and becomes the program: the process stays the same.
    let start = folder.map { ["/usr/bin/env", "-C", $0.path, path] } ?? [path]
    // One at a time: no process may inherit another one's pipes, which would then not come to their end.
    let started = try Self.starting.withLock { _ in try Self.start(start + arguments, variables) }
    identifier = started.identifier
    gather(started.output) { $0.standardOutput += $1 }
    gather(started.error) { $0.standardError += $1 }
  }

  private static let starting = Locked(())

  private static func start(
    _ command: [String], _ variables: [String]
  ) throws -> (identifier: pid_t, output: Int32, error: Int32) {
    let output = try Self.pipe()
    let error = try Self.pipe()
    defer {
      close(output.write)
      close(error.write)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    posix_spawn_file_actions_adddup2(&actions, error.write, 2)
    // A server must not inherit what the test runner does with signals.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words = command.map { strdup($0) } + [nil]
    var settings = variables.map { strdup($0) } + [nil]
    defer { for each in words + settings { free(each) } }
    var process = pid_t()
    let failure = posix_spawn(&process, command[0], &actions, &attributes, &words, &settings)
    guard failure == 0 else {
      close(output.read)
      close(error.read)
      throw Ended(description: "\(command[0]) cannot be started: \(String(cString: strerror(failure)))")
    }
    return (process, output.read, error.read)
  }

  deinit {
    if state.withLock({ $0.status == nil }) {
      kill(identifier, SIGKILL)
      var status: Int32 = 0
      waitpid(identifier, &status, 0)
    }
  }

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw Ended(description: "no pipe: \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Reads a pipe to its end on a thread of its own.
  private func gather(_ descriptor: Int32, into store: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void) {
    Thread.detachNewThread { [weak self] in
      defer { close(descriptor) }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard let self else { return }
        if count <= 0 { return self.state.withLock { $0.openPipes -= 1 } }
        self.state.withLock { store(&$0, chunk[..<count]) }
      }
    }
  }

  /// What waitpid(2) says of the process, or nil while it runs.
  private var ending: Int32? {
    state.withLock { state in
      if let status = state.status { return status }
      var status: Int32 = 0
      guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
      state.status = status
      return status
    }
  }

  package var isRunning: Bool { ending == nil }
  package var standardOutput: String { state.withLock { String(decoding: $0.standardOutput, as: UTF8.self) } }
  package var standardError: String { state.withLock { String(decoding: $0.standardError, as: UTF8.self) } }

  /// Sends a signal, unless the process has ended.
  package func signal(_ number: Int32) {
    state.withLock { if $0.status == nil { kill(identifier, number) } }
  }

  /// Waits until the process has ended and all of its output is here; returns its exit status (negative: the signal that
  /// ended it).
  package func waitForExit(within limit: Duration = .seconds(60)) async throws -> Int32 {
    try await wait(for: "the end of process \(identifier)", within: limit) {
      self.ending != nil && self.state.withLock { $0.openPipes == 0 }
    }
    let status = ending ?? 0
    return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
  }

  /// Waits until `text` has appeared on standard output or standard error.
  package func waitForOutput(_ text: String, within limit: Duration = .seconds(60)) async throws {
    try await wait(for: "'\(text)' from process \(identifier)", within: limit) {
      if self.standardOutput.contains(text) || self.standardError.contains(text) { return true }
      guard self.isRunning else {
        throw Ended(description: "ended before '\(text)': \(self.standardError)")
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
