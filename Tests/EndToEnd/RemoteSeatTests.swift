// A seat of the council that is filled over the network: asked by the running service, and abstaining when its address must
// not be called.
import Foundation
import TestSupport
import Testing

@Suite("A remote critic's seat")
struct RemoteSeatTests {
  @Test("is heard by the running service, where its address may be called", arguments: [true, false])
  func heard(allowed: Bool) async throws {
    let process = try RunningProcess(path: "/usr/bin/python3", [RemoteSeat.script.path])
    try await process.waitForOutput("listening on ")
    let port = try #require(process.standardOutput.split(whereSeparator: \.isWhitespace).last)

    let policies = try RemoteSeat.policies(port: String(port))
    let server = try await WitanServer(
      ["--policies", policies.path], environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "\(allowed)"])
    let token = try await server.token("decider")
    let output = String(repeating: "word ", count: 1000)
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token,
      body: #"{"kind": "message", "action": "answer", "input": "How?", "output": "\#(output)", "actor": "agent-7"}"#)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(answer.text.contains("The answer has 5000 characters") == allowed, "\(answer.text)")
    #expect(
      answer.text.contains("must not be called unless outgoing.allow_loopback is true") == !allowed, "\(answer.text)")
  }
}

/// A constitution in which one seat is filled over the network.
enum RemoteSeat {
  static let script = Fixtures.packageRoot.appending(path: "examples/remote_critic.py")

  /// A policies folder whose critic `brevity` is asked at that port of this machine, as the example describes it.
  static func policies(port: String) throws -> TemporaryFolder {
    let text = try String(contentsOf: script, encoding: .utf8)
    let start = try #require(text.range(of: "  brevity:"))
    let end = try #require(text.range(of: #"""""#, range: start.lowerBound..<text.endIndex))
    let seat = text[start.lowerBound..<end.lowerBound]
      .replacing("127.0.0.1:8090", with: "127.0.0.1:\(port)").replacing("deadline_ms: 500", with: "deadline_ms: 10000")
    let policies = try TemporaryFolder()
    let constitution = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "policies/constitution.yaml"), encoding: .utf8)
    try constitution.replacing("\ncritics:\n", with: "\ncritics:\n\(seat)")
      .write(to: policies.file("constitution.yaml"), atomically: true, encoding: .utf8)
    return policies
  }
}
