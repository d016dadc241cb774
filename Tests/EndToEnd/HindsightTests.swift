// Looking back and ahead: explanations, previews, exports, erasures.
import Foundation
import TestSupport
import Testing

@Suite("Hindsight")
struct HindsightTests {
  private static let refusal =
    #"{"kind": "decision", "action": "reject_application", "input": "Reject the loan application.", "actor": "agent-7", "#
    + #""context": {"impact": "high", "contestable": false, "domain": "lending"}}"#

  private func decide(_ server: WitanServer, _ token: String, _ body: String) throws -> (id: String, index: Int) {
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: body).json()
    return (
      try #require(answer["id"] as? String), try #require((answer["receipt"] as? [String: Any])?["index"] as? Int)
    )
  }

  @Test("an explanation tells the reasons in Markdown or JSON, and what would have opened the gate")
  func explanation() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", subject: "one")
    let (id, _) = try decide(server, token, Self.refusal)
    let text = try server.call("GET", "/v1/deliberations/\(id)/explanation?view=subject", token: token)
    #expect(text.status == 200, "\(text.text)")
    #expect(text["Content-Type"]?.hasPrefix("text/markdown") == true)
    #expect(text.text.lowercased().contains("contest"))
    let json = try server.call(
      "GET", "/v1/deliberations/\(id)/explanation", token: token, fields: ["Accept": "application/json"])
    let reasons = try #require(try json.json()["reasons"] as? [[String: Any]])
    #expect((1...4).contains(reasons.count))
    let other = try await server.token("decider", subject: "other")
    #expect(try server.call("GET", "/v1/deliberations/\(id)/explanation", token: other).status == 404)
  }

  @Test("a preview decides the last cases again and changes nothing")
  func preview() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "admin")
    for _ in 0..<3 { _ = try decide(server, token, Self.refusal) }
    let answer = try server.call(
      "POST", "/v1/weights/preview", token: token, body: #"{"weights": {"due_process": 10}, "last": 2}"#)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(try answer.json()["evaluated"] as? Int == 2)
    #expect(try server.call("GET", "/v1/weights", token: token).json()["version"] as? Int == 1)
    // A constitution under which nothing escalates by score: the same cases, other verdicts or none.
    let document = try server.call("GET", "/v1/constitution", token: token).text
    let other = try server.call(
      "POST", "/v1/constitution/preview", token: token, body: #"{"constitution": \#(document)}"#)
    #expect(try other.json()["evaluated"] as? Int == 3, "\(other.text)")
    #expect(try other.json()["changed"] as? Int == 0, "\(other.text)")
  }

  @Test("an erased case is gone from record, replay and explanation, and the export still verifies")
  func erasure() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor", "admin")
    let (id, index) = try decide(server, token, Self.refusal)
    _ = try decide(server, token, #"{"action": "greet"}"#)
    let young = try server.call("DELETE", "/v1/audit/payloads/\(index)", token: token)
    #expect(young.status == 409, "\(young.text)")
    let erased = try server.call(
      "DELETE", "/v1/audit/payloads/\(index)?ground=GDPR%20Art.%2017", token: token)
    #expect(erased.status == 200, "\(erased.text)")
    let record = try server.call("GET", "/v1/deliberations/\(id)", token: token).json()
    #expect(record["erased"] as? Bool == true && record["record"] is NSNull)
    #expect(try server.call("POST", "/v1/deliberations/\(id)/replay", token: token).status == 409)

    let export = try server.call("GET", "/v1/audit/export", token: token)
    #expect(export.status == 200)
    let file = server.folder.file("export.ndjson")
    try Data(export.body).write(to: file)
    let key = try RunningProcess("witan", ["audit", "key", "--data", server.folder.path])
    #expect(try await key.waitForExit() == 0, "\(key.standardError)")
    let verifierKey = key.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    let verify = try RunningProcess("witan", ["audit", "verify", "--export", file.path, "--key", verifierKey])
    #expect(try await verify.waitForExit() == 0, "\(verify.standardOutput)\(verify.standardError)")
    var bytes = export.body
    bytes[bytes.count / 3] ^= 1
    try Data(bytes).write(to: file)
    let forged = try RunningProcess("witan", ["audit", "verify", "--export", file.path, "--key", verifierKey])
    #expect(try await forged.waitForExit() == 1)
  }

  @Test("a closed review becomes a precedent that later cases consult")
  func precedent() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor", "admin")
    let reviewer = try await server.token("reviewer", subject: "rita")
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: Self.refusal).json()
    let path = try #require((answer["gate"] as? [String: Any])?["review"] as? String)
    _ = try server.call(
      "POST", path + "/determine", token: reviewer,
      body: #"{"determination": "proceed", "rationale": "The applicant was heard."}"#)
    let review = path.split(separator: "/").last.map(String.init) ?? ""
    let promoted = try server.call(
      "POST", "/v1/precedents", token: token,
      body: #"{"precedent": "\#(review)", "act": "promote", "reason": "It comes up every week."}"#)
    #expect(promoted.status == 200, "\(promoted.text)")
    #expect(try promoted.json()["state"] as? String == "active")
    let list = try server.call("GET", "/v1/precedents?state=active", token: token).json()
    #expect((list["precedents"] as? [Any])?.count == 1)
    let again = try server.call("POST", "/v1/deliberations", token: token, body: Self.refusal).json()
    #expect((again["precedents"] as? [Any])?.isEmpty == false, "\(again)")
    #expect(again["cache"] as? String == "miss")
  }

  @Test("the precedent of an erased case is consulted and found no more, before a restart and after it")
  func erasedPrecedent() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor", "admin")
    let reviewer = try await server.token("reviewer", subject: "rita")
    let body = Self.refusal.replacing("application.", with: "application of Zebulon.")
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: body).json()
    let path = try #require((answer["gate"] as? [String: Any])?["review"] as? String)
    let index = try #require((answer["receipt"] as? [String: Any])?["index"] as? Int)
    _ = try server.call(
      "POST", path + "/determine", token: reviewer,
      body: #"{"determination": "proceed", "rationale": "The applicant was heard."}"#)
    let review = path.split(separator: "/").last.map(String.init) ?? ""
    func change(_ act: String) throws -> RawAnswer {
      try server.call(
        "POST", "/v1/precedents", token: token,
        body: #"{"precedent": "\#(review)", "act": "\#(act)", "reason": "It comes up every week."}"#)
    }
    #expect(try change("promote").status == 200)
    let consulting = try server.call("POST", "/v1/deliberations", token: token, body: body).json()
    #expect(((consulting["precedents"] as? [[String: Any]])?.first)?["similarity"] as? Double == 1, "\(consulting)")

    let erased = try server.call("DELETE", "/v1/audit/payloads/\(index)?ground=GDPR%20Art.%2017", token: token)
    #expect(erased.status == 200, "\(erased.text)")
    #expect(try change("renew").status == 409)
    let replay = try server.call(
      "POST", "/v1/deliberations/\(consulting["id"] as? String ?? "")/replay", token: token)
    #expect(try replay.json()["matches"] as? Bool == true, "\(replay.text)")
    func check(_ server: WitanServer) throws -> String {
      let found = try server.call("GET", "/v1/precedents/search?q=Zebulon", token: token).json()
      #expect((found["precedents"] as? [Any])?.isEmpty == true, "\(found)")
      let later = try server.call("POST", "/v1/deliberations", token: token, body: body).json()
      #expect((later["precedents"] as? [Any])?.isEmpty == true, "\(later)")
      let list = try server.call("GET", "/v1/precedents?state=erased", token: token)
      #expect((try list.json()["precedents"] as? [Any])?.count == 1, "\(list.text)")
      return list.text
    }
    let live = try check(server)
    #expect(try await server.stop() == 0)
    let verify = try RunningProcess("witan", ["audit", "verify", "--data", server.folder.path])
    #expect(try await verify.waitForExit() == 0, "\(verify.standardOutput)\(verify.standardError)")
    let again = try await WitanServer(folder: server.folder)
    #expect(try check(again) == live)
  }
}
