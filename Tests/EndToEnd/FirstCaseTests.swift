// One case all the way: posted over a socket, decided, recorded, answered with a receipt that a stranger can check.
import Foundation
import TestSupport
import Testing

@Suite("A first case")
struct FirstCaseTests {
  private static let letter =
    #"{"kind": "message", "action": "send_email", "input": "Your parcel arrives on Tuesday.", "actor": "agent-7", "#
    + #""subject": "customer-1", "context": {"impact": "low"}, "options": {"receipt": "proof"}}"#

  @Test("is decided, recorded, and its receipt verifies with nothing but the public key")
  func travels() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    // A few entries before and after, so that the proof has a path.
    for _ in 0..<3 { _ = try server.call("POST", "/v1/deliberations", token: token, body: Self.letter) }
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: Self.letter)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(answer["traceparent"]?.hasPrefix("00-") == true)
    let body = try answer.json()
    #expect(body["verdict"] as? String == "allow", "\(answer.text)")
    #expect((body["id"] as? String)?.hasPrefix("dlb_") == true)
    let receipt = try #require(body["receipt"] as? [String: Any])
    let index = try #require(receipt["index"] as? Int)
    #expect(index >= 3)

    let entry = try server.call("GET", "/v1/audit/entries/\(index)", token: token)
    #expect(entry.status == 200)
    let recorded = try entry.json()
    #expect(recorded["id"] as? String == body["id"] as? String)
    #expect(recorded["trace"] as? String == body["trace_id"] as? String)
    #expect(recorded["subject"] as? String == "customer-1")

    let key = try #require(
      server.process.standardOutput.split(separator: "\n").first { $0.contains("log key") }?.split(separator: " ").last)
    let verdict = try await StrangersVerifier.check(
      entry: entry.body, receipt: JSONSerialization.data(withJSONObject: receipt), key: String(key))
    #expect(verdict == "verified", "\(verdict)")
    var forged = entry.body
    forged[forged.count / 2] ^= 1
    let refused = try await StrangersVerifier.check(
      entry: forged, receipt: JSONSerialization.data(withJSONObject: receipt), key: String(key))
    #expect(refused == "wrong leaf")
    #expect(try await server.stop() == 0)
  }

  @Test("is still in the log after the server was stopped and started again")
  func survives() async throws {
    let first = try await WitanServer()
    let token = try await first.token("decider", "auditor")
    let answer = try first.call("POST", "/v1/deliberations", token: token, body: Self.letter)
    let index = try #require((try answer.json()["receipt"] as? [String: Any])?["index"] as? Int)
    let before = try first.call("GET", "/v1/audit/entries/\(index)", token: token)
    #expect(try await first.stop() == 0)
    let second = try await WitanServer(folder: first.folder)
    let after = try second.call("GET", "/v1/audit/entries/\(index)", token: token)
    #expect(after.body == before.body)
  }

  @Test("leaves nothing in the log when it is a dry run")
  func dryRun() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "admin")
    let size = try server.logSize(token)
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token, body: #"{"action": "x", "options": {"dry_run": true}}"#)
    #expect(answer.status == 200)
    #expect(try answer.json()["receipt"] is NSNull)
    #expect(try server.logSize(token) == size)
  }

  @Test("names every wrong field at once, and suggests what was meant")
  func wrongFields() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token,
      body:
        #"{"actoin": "x", "tags": 5, "context": {"consent": "maybe", "reversibel": true}, "options": {"critics": 1}}"#)
    #expect(answer.status == 422)
    #expect(answer["Content-Type"] == "application/problem+json")
    let errors = try #require(try answer.json()["errors"] as? [[String: String]])
    let pointers = Set(errors.compactMap { $0["pointer"] })
    #expect(pointers == ["/actoin", "/action", "/tags", "/context/consent", "/options/critics"])
    #expect(errors.contains { $0["message"]?.contains("action") == true && $0["pointer"] == "/actoin" })
  }

  @Test("that is not JSON is refused with the byte where it ends to be", arguments: [#"{"action": }"#, "{", "[1,]"])
  func notJSON(text: String) async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: text)
    #expect(answer.status == 400)
    #expect(try (answer.json()["detail"] as? String)?.contains("byte") == true)
  }
}

extension WitanServer {
  func logSize(_ token: String) throws -> Int {
    let status = try call("GET", "/v1/status", token: token).json()
    return ((status["ledger"] as? [String: Any])?["size"] as? Int) ?? -1
  }
}
