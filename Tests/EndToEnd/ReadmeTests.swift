// The README's commands, run as they stand: only the path of the program and the port are put in.
import Foundation
import TestSupport
import Testing

@Suite("The README")
struct ReadmeTests {
  /// The shell blocks in their order.
  private func blocks() throws -> [String] {
    let text = try String(contentsOf: Fixtures.packageRoot.appending(path: "README.md"), encoding: .utf8)
    return text.components(separatedBy: "```sh\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
  }

  @Test("takes a newcomer from a first case to a verified log")
  func walk() async throws {
    let folder = try TemporaryFolder()
    let port = try FreePort.next()
    let server = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:\(port)"],
      environment: WitanServer.unconcerned, folder: folder.url)
    try await server.waitForOutput("listens on")
    let blocks = try blocks()
    #expect(blocks.count == 3)
    let program = RunningProcess.buildFolder.appending(path: "witan").path
    var script = "set -eu\n"
    for block in blocks {
      script += block.replacing(".build/release/witan", with: program)
        .replacing("127.0.0.1:8080", with: "127.0.0.1:\(port)")
      script += "\necho\necho block-done\n"
    }
    let shell = try RunningProcess(path: "/bin/bash", ["-c", script], folder: folder.url)
    #expect(try await shell.waitForExit() == 0, "\(shell.standardOutput)\(shell.standardError)")
    let outputs = shell.standardOutput.components(separatedBy: "block-done")
    #expect(outputs.count == 4)
    let answer = try #require(
      try JSONSerialization.jsonObject(with: Data(outputs[0].utf8)) as? [String: Any], "\(outputs[0])")
    #expect(answer["verdict"] as? String == "escalate")
    #expect((answer["receipt"] as? [String: Any])?["index"] as? Int == 2)
  }

  @Test("greets with a line that works")
  func greeting() async throws {
    let folder = try TemporaryFolder()
    let port = try FreePort.next()
    let server = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:\(port)"],
      environment: WitanServer.unconcerned, folder: folder.url)
    try await server.waitForOutput("agent-7")
    try await wait(for: "the whole greeting") { server.standardOutput.hasSuffix("'\n") }
    let line = try #require(server.standardOutput.components(separatedBy: "curl -s").last)
    // Whoever reads this out of a pipe has the token made, from whatever folder.
    #expect(!server.standardOutput.contains("Bearer ey"))
    let shell = try RunningProcess(path: "/bin/bash", ["-c", "curl -s" + line])
    #expect(try await shell.waitForExit() == 0)
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(shell.standardOutput.utf8)) as? [String: Any])
    #expect(answer["verdict"] is String, "\(shell.standardOutput)")
  }
}
