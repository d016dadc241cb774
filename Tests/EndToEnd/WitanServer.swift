// A running Witan for a test: the built executable on a free port, with a data folder of its own.
import Foundation
import TestSupport

final class WitanServer: Sendable {
  let port: UInt16
  let folder: TemporaryFolder
  let process: RunningProcess

  /// What the machine that runs the tests is short of would be in the log, and would hold batches back. With a configuration
  /// file, the test says itself how often the server looks.
  static let unconcerned = ["WITAN_RESOURCES_INTERVAL": "60s", "WITAN_RESOURCES_LOOP_LAG_CRITICAL": "60s"]

  /// Starts the server and waits until it is ready. `folder`: an earlier server's data.
  init(_ arguments: [String] = [], folder: TemporaryFolder? = nil, environment: [String: String] = [:]) async throws {
    self.folder = try folder ?? TemporaryFolder()
    process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", self.folder.path] + arguments,
      environment: arguments.contains("--config")
        ? environment : environment.merging(Self.unconcerned) { own, _ in own }, folder: self.folder.url)
    // The server picks its port: it shares it with whoever asks, so that one picked here could be another server's too.
    try await process.waitForOutput("log key")
    let greeting = process.standardOutput.prefix { $0 != "\n" }
    guard let colon = greeting.lastIndex(of: ":"), let port = UInt16(greeting[greeting.index(after: colon)...]) else {
      throw RunningProcess.Ended(description: "no port: \(greeting)")
    }
    self.port = port
    try await wait(for: "readiness", within: .seconds(60)) {
      guard process.isRunning else {
        throw RunningProcess.Ended(description: "the server has ended: \(process.standardError)")
      }
      return (try? request("GET", "/readyz", port: port))?.status == 200
    }
  }

  /// A token of this server, made by the command line as a user would.
  func token(_ roles: String..., subject: String = "tester") async throws -> String {
    let arguments = ["token", "create", "--subject", subject, "--data", folder.path]
    let command = try RunningProcess("witan", arguments + roles.flatMap { ["--role", $0] })
    let status = try await command.waitForExit()
    guard status == 0 else { throw RunningProcess.Ended(description: command.standardError) }
    return command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func call(
    _ method: String, _ target: String, token: String? = nil, body: String? = nil, fields: [String: String] = [:]
  ) throws -> RawAnswer {
    var fields = fields
    if let token { fields["Authorization"] = "Bearer \(token)" }
    if body != nil, fields["Content-Type"] == nil { fields["Content-Type"] = "application/json" }
    return try request(method, target, port: port, fields: fields, body: body)
  }

  /// Ends the server as an operator would, and returns its exit status.
  func stop() async throws -> Int32 {
    process.signal(SIGTERM)
    return try await process.waitForExit()
  }
}
