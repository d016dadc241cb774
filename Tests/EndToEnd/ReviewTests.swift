// A gate that is closed, the person who opens it, and the permit that names them.
import Foundation
import TestSupport
import Testing

@Suite("Reviews")
struct ReviewTests {
  private static let refusal =
    #"{"kind": "decision", "action": "reject_application", "input": "Reject the loan application.", "actor": "agent-7", "#
    + #""context": {"impact": "high", "contestable": false, "appeal_channel": "none", "domain": "lending"}}"#

  /// Posts a case that needs a determination; its review's path and the answer.
  private func escalated(_ server: WitanServer) async throws -> (path: String, answer: [String: Any]) {
    let decider = try await server.token("decider", subject: "service-1")
    let answer = try server.call("POST", "/v1/deliberations", token: decider, body: Self.refusal).json()
    let gate = try #require(answer["gate"] as? [String: Any])
    #expect(gate["open"] as? Bool == false)
    #expect(gate["requires"] as? String == "determination")
    #expect(answer["permit"] is NSNull)
    return (try #require(gate["review"] as? String), answer)
  }

  @Test("a determination to proceed opens the gate once, and the permit names who opened it")
  func determination() async throws {
    let server = try await WitanServer()
    let (path, answer) = try await escalated(server)
    let rita = try await server.token("reviewer", subject: "rita")
    let queue = try server.call("GET", "/v1/reviews?tier=3", token: rita).json()
    #expect((queue["reviews"] as? [[String: Any]])?.count == 1)

    let decision = #"{"determination": "proceed", "rationale": "The applicant was heard and agrees."}"#
    let opened = try server.call("POST", path + "/determine", token: rita, body: decision)
    #expect(opened.status == 200, "\(opened.text)")
    let permit = try #require(try opened.json()["permit"] as? String)
    let claims = try await verified(permit, server)
    #expect(claims["opened_by"] as? [String] == ["rita"])
    #expect(claims["deliberation"] as? String == answer["id"] as? String)

    let again = try server.call("POST", path + "/determine", token: rita, body: decision)
    #expect(again.status == 409)
    let closed = try server.call("GET", path, token: rita).json()
    #expect(closed["outcome"] as? String == "affirmed")
  }

  @Test("an acknowledgment does not open a gate that needs a determination")
  func acknowledgmentIsNotEnough() async throws {
    let server = try await WitanServer()
    let (path, _) = try await escalated(server)
    let rita = try await server.token("reviewer", subject: "rita")
    let answer = try server.call("POST", path + "/acknowledge", token: rita, body: #"{"statement": "I own it."}"#)
    #expect(answer.status == 409)
  }

  @Test("neither the actor of a case nor whoever posted it answers its review", arguments: ["Agent-7", "service-1"])
  func ownCase(_ subject: String) async throws {
    let server = try await WitanServer()
    let (path, _) = try await escalated(server)
    let token = try await server.token("reviewer", subject: subject)
    for determination in ["proceed", "halt"] {
      let answer = try server.call(
        "POST", path + "/determine", token: token,
        body: #"{"determination": "\#(determination)", "rationale": "Trust me."}"#)
      #expect(answer.status == 403, "\(answer.text)")
    }
  }

  @Test("a review that waits survives the server's death")
  func survives() async throws {
    let first = try await WitanServer()
    let (path, _) = try await escalated(first)
    first.process.signal(SIGKILL)
    _ = try await first.process.waitForExit()
    let second = try await WitanServer(folder: first.folder)
    let rita = try await second.token("reviewer", subject: "rita")
    let halted = try second.call(
      "POST", path + "/determine", token: rita, body: #"{"determination": "halt", "rationale": "No."}"#)
    #expect(halted.status == 200, "\(halted.text)")
    #expect(try halted.json()["permit"] is NSNull)
  }

  @Test("an answer for another case is refused")
  func otherCase() async throws {
    let server = try await WitanServer()
    let (path, _) = try await escalated(server)
    let rita = try await server.token("reviewer", subject: "rita")
    let other = String(repeating: "0", count: 64)
    let answer = try server.call(
      "POST", path + "/determine", token: rita,
      body: #"{"determination": "proceed", "rationale": "Yes.", "case_hash": "\#(other)"}"#)
    #expect(answer.status == 409)
  }

  /// The claims of a permit, checked with nothing but the published keys.
  private func verified(_ permit: String, _ server: WitanServer) async throws -> [String: Any] {
    let keys = server.folder.file("jwks.json")
    try Data(server.call("GET", "/.well-known/jwks.json").body).write(to: keys)
    let check = try RunningProcess(
      "witan", ["token", "verify", "--jwks", keys.path, "--alg", "EdDSA", "--raw", permit])
    #expect(try await check.waitForExit() == 0, "\(check.standardError)")
    return try JSONSerialization.jsonObject(with: Data(check.standardOutput.utf8)) as? [String: Any] ?? [:]
  }
}
