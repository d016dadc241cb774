// Weights: changed against a version, in force at once, taken back by a further version, kept over a restart.
import Foundation
import TestSupport
import Testing

@Suite("Governing the weights")
struct GovernanceTests {
  private func weights(_ server: WitanServer, _ token: String) throws -> (version: Int, tag: String, risk: Double) {
    let answer = try server.call("GET", "/v1/weights", token: token)
    let body = try answer.json()
    let risk = (body["weights"] as? [String: Double])?["risk"]
    return (try #require(body["version"] as? Int), try #require(answer["ETag"]), try #require(risk))
  }

  private func change(_ server: WitanServer, _ token: String, _ risk: Double, tag: String?) throws -> RawAnswer {
    try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weights": {"risk": \#(risk)}, "reason": "An incident."}"#,
      fields: tag.map { ["If-Match": $0] } ?? [:])
  }

  @Test("a change is in force for the next deliberation, and makes what was remembered unreachable")
  func inForceAtOnce() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin", "decider")
    func decide() throws -> [String: Any] {
      try server.call("POST", "/v1/deliberations", token: admin, body: #"{"action": "water the plants"}"#).json()
    }
    let before = try decide()
    #expect(before["cache"] as? String == "miss")
    #expect(try decide()["cache"] as? String == "hit")
    let (version, tag, _) = try weights(server, admin)
    #expect(before["weights_version"] as? Int == version)
    #expect(try change(server, admin, 2.5, tag: tag).status == 200)
    let after = try decide()
    #expect(after["weights_version"] as? Int == version + 1)
    #expect(after["cache"] as? String == "miss")
    let risk = (after["opinions"] as? [[String: Any]])?.first { $0["critic"] as? String == "risk" }
    #expect(risk?["weight"] as? Double == 2.5)
  }

  @Test("a change needs the version that it is made against, and a stale one is refused")
  func compareAndSet() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let (_, tag, _) = try weights(server, admin)
    #expect(try change(server, admin, 2, tag: nil).status == 428)
    #expect(try change(server, admin, 2, tag: tag).status == 200)
    #expect(try change(server, admin, 3, tag: tag).status == 412)
    #expect(try weights(server, admin).risk == 2)
  }

  @Test("weights out of bounds and critics that do not exist are refused, each by its pointer")
  func bounds() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let tag = try weights(server, admin).tag
    let answer = try server.call(
      "PUT", "/v1/weights", token: admin, body: #"{"weights": {"risk": 11, "rigths": 1}, "reason": "x"}"#,
      fields: ["If-Match": tag])
    #expect(answer.status == 422)
    let pointers = (try answer.json()["errors"] as? [[String: String]])?.compactMap { $0["pointer"] }
    #expect(pointers.map { Set($0) } == ["/weights/risk", "/weights/rigths"])
  }

  @Test("a rollback is a new version, and the history survives a restart")
  func rollback() async throws {
    let first = try await WitanServer()
    let admin = try await first.token("admin")
    let start = try weights(first, admin)
    #expect(try change(first, admin, 4, tag: start.tag).status == 200)
    let now = try weights(first, admin)
    let back = try first.call(
      "POST", "/v1/weights/rollback", token: admin, body: #"{"version": \#(start.version), "reason": "Too strict."}"#,
      fields: ["If-Match": now.tag])
    #expect(back.status == 200, "\(back.text)")
    #expect(try await first.stop() == 0)
    let second = try await WitanServer(folder: first.folder)
    let after = try weights(second, admin)
    #expect(after.version == start.version + 2)
    #expect(after.risk == start.risk)
    let history = try second.call("GET", "/v1/weights/history", token: admin).json()
    #expect((history["versions"] as? [[String: Any]])?.compactMap { $0["by"] as? String } == ["tester", "tester"])
  }
}
