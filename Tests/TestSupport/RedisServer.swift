// A real Redis for a test: on a free port, with nothing on disk, and ended with its handle.
import Foundation

package final class RedisServer: Sendable {
  package let port: UInt16
  package let process: RunningProcess
  package let folder: TemporaryFolder

  /// Starts redis-server with these options (`--maxmemory 2mb`, …) and waits until it takes connections. `port`: that of
  /// an earlier one.
  package init(_ options: [String] = [], port: UInt16? = nil) async throws {
    folder = try TemporaryFolder()
    let port = try port ?? FreePort.next()
    self.port = port
    process = try RunningProcess(
      path: "/usr/bin/redis-server",
      [
        "--bind", "127.0.0.1", "--port", "\(port)", "--dir", folder.path, "--save", "", "--appendonly", "no",
        "--enable-debug-command", "yes",
      ] + options)
    try await process.waitForOutput("Ready to accept connections")
  }

  /// A sentinel that watches `master` under this name.
  package static func sentinel(of master: RedisServer, named name: String) async throws -> RedisServer {
    try await RedisServer(
      sentinelConfiguration: """
        sentinel monitor \(name) 127.0.0.1 \(master.port) 1
        sentinel down-after-milliseconds \(name) 500
        sentinel failover-timeout \(name) 5000
        """)
  }

  private init(sentinelConfiguration: String) async throws {
    folder = try TemporaryFolder()
    let port = try FreePort.next()
    self.port = port
    let file = folder.file("sentinel.conf")
    try "bind 127.0.0.1\nport \(port)\ndir \(folder.path)\n\(sentinelConfiguration)\n"
      .write(to: file, atomically: true, encoding: .utf8)
    process = try RunningProcess(path: "/usr/bin/redis-server", [file.path, "--sentinel"])
    try await process.waitForOutput("+monitor")
  }

  package var url: String { "redis://127.0.0.1:\(port)" }

  /// The rules that the manual gives a user.
  package static func rules() throws -> [String] {
    let manual = try String(contentsOf: Fixtures.packageRoot.appending(path: "docs/operations.md"), encoding: .utf8)
    let line = manual.split(separator: "\n").first { $0.hasPrefix("An ACL user needs ") } ?? ""
    return line.matches(of: /`([^`]+)`/).flatMap { $0.1.split(separator: " ").map(String.init) }
  }

  /// Stops it in its tracks, as a machine does that swaps; `resume` lets it go on.
  package func freeze() { process.signal(SIGSTOP) }
  package func resume() { process.signal(SIGCONT) }

  /// Kills it, and waits until it is dead.
  package func kill() async throws {
    process.signal(SIGKILL)
    _ = try await process.waitForExit()
  }

  /// What redis-cli prints for a command.
  @discardableResult
  package func command(_ words: String...) async throws -> String {
    let client = try RunningProcess(path: "/usr/bin/redis-cli", ["-p", "\(port)"] + words)
    let status = try await client.waitForExit()
    guard status == 0 else { throw RunningProcess.Ended(description: "redis-cli: \(client.standardError)") }
    return client.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
