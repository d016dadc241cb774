// Limits on how often clients ask, against the real executable.
import Foundation
import TestSupport
import Testing

@Suite("Rate limits")
struct RateLimitTests {
  @Test("hold each client to the quota of its role, and tell of it in every answer")
  func perClient() async throws {
    let server = try await WitanServer(environment: ["WITAN_LIMITS_AUDITOR": "3/1h", "WITAN_LIMITS_ADMIN": "5/1h"])
    let first = try await server.token("auditor", subject: "first")
    for left in (0..<3).reversed() {
      let answer = try server.call("GET", "/v1/audit/stats", token: first)
      #expect(answer.status == 200)
      #expect(answer["RateLimit-Policy"] == #""auditor";q=3;w=3600"#)
      #expect(answer["RateLimit"]?.hasPrefix(#""auditor";r=\#(left);t="#) == true, "\(answer["RateLimit"] ?? "")")
    }
    let refused = try server.call("GET", "/v1/audit/stats", token: first)
    #expect(refused.status == 429)
    #expect(refused["Content-Type"] == "application/problem+json")
    let problem = try refused.json()
    #expect(problem["status"] as? Int == 429)
    #expect(problem["title"] as? String == "Too Many Requests")
    #expect((problem["trace_id"] as? String)?.count == 32)
    let after = try #require(refused["Retry-After"])
    let wait = try #require(Int(after))
    #expect(1...1200 ~= wait)
    #expect(refused["RateLimit"] == #""auditor";r=0;t=\#(wait)"#)
    // Another client, and the same client in another role, have buckets of their own.
    #expect(try server.call("GET", "/v1/audit/stats", token: await server.token("auditor", subject: "b")).status == 200)
    let admin = try await server.token("admin", subject: "first")
    #expect(try server.call("GET", "/v1/weights", token: admin)["RateLimit-Policy"] == #""admin";q=5;w=3600"#)
    // Errors of the operation tell of the limit too; a role without a quota has none.
    let missing = try server.call("GET", "/v1/audit/entries/99999", token: await server.token("auditor", subject: "c"))
    #expect(missing.status == 404)
    #expect(missing["RateLimit"]?.hasPrefix(#""auditor";r=2"#) == true)
    let decider = try await server.token("decider")
    for _ in 0..<20 {
      let answer = try server.call("POST", "/v1/deliberations", token: decider, body: #"{"action": "look"}"#)
      #expect(answer.status == 200)
      #expect(answer["RateLimit"] == nil)
    }
    #expect(try await server.stop() == 0)
  }

  @Test("hold all clients together, and who is refused for that loses nothing of its own")
  func together() async throws {
    let server = try await WitanServer(environment: ["WITAN_LIMITS_ALL": "4/1h", "WITAN_LIMITS_DECIDER": "3/1h"])
    let (first, second) = (
      try await server.token("decider", subject: "a"), try await server.token("decider", subject: "b")
    )
    func ask(_ token: String) throws -> RawAnswer { try server.call("GET", "/v1/critics", token: token) }
    for _ in 0..<3 { #expect(try ask(first).status == 200) }
    let own = try ask(first)
    #expect(own.status == 429)
    #expect(own["RateLimit"]?.hasPrefix(#""decider";r=0"#) == true)
    #expect(try ask(second).status == 200)
    let refused = try ask(second)
    #expect(refused.status == 429)
    #expect(refused["RateLimit"]?.hasPrefix(#""all";r=0"#) == true)
    #expect(refused["RateLimit-Policy"] == #""decider";q=3;w=3600, "all";q=4;w=3600"#)
    // Whoever watches over the service is not held back.
    for _ in 0..<10 { #expect(try server.call("GET", "/readyz").status == 200) }
    #expect(try await server.stop() == 0)
  }

  @Test("hold back an address that has no valid credentials, and not who has")
  func strangers() async throws {
    let server = try await WitanServer(environment: ["WITAN_LIMITS_STRANGERS": "3/1h"])
    for _ in 0..<3 { #expect(try server.call("GET", "/v1/critics", token: "guessed").status == 401) }
    #expect(try server.call("GET", "/v1/critics", token: "guessed").status == 429)
    #expect(try server.call("GET", "/v1/critics").status == 429)
    #expect(try server.call("GET", "/audit/checkpoint").status == 429)
    #expect(try server.call("GET", "/v1/critics", token: await server.token("auditor")).status == 200)
    #expect(try await server.stop() == 0)
  }

  @Test("count every message of a stream, and let it go on when there is room again")
  func streams() async throws {
    let server = try await WitanServer(environment: ["WITAN_LIMITS_DECIDER": "2/2s"])
    let socket = try await WebSocketClient(
      port: server.port, target: "/v1/stream?stages=false", token: server.token("decider"))
    func ask() throws -> [String: Any] {
      try socket.send(#"{"action": "look"}"#)
      let text = try socket.receive()
      return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }
    var answers: [[String: Any]] = []
    for _ in 0..<4 { answers.append(try ask()) }
    #expect(answers.filter { $0["verdict"] != nil }.count >= 2)
    #expect(answers.contains { $0["status"] as? Int == 429 })
    try await wait(for: "a token") { try ask()["verdict"] != nil }
    #expect(try await server.stop() == 0)
  }

  @Test("change with a reload, and one that cannot be read stops the start with the place of the fault")
  func reload() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("witan.yaml")
    try "limits:\n  decider: 1/1h\n".write(to: file, atomically: true, encoding: .utf8)
    let server = try await WitanServer(["--config", file.path], folder: folder)
    let token = try await server.token("decider")
    #expect(try server.call("GET", "/v1/critics", token: token).status == 200)
    #expect(try server.call("GET", "/v1/critics", token: token).status == 429)
    try "limits:\n  decider: none\n".write(to: file, atomically: true, encoding: .utf8)
    let reloaded = try server.call("POST", "/v1/admin/reload", token: await server.token("admin"))
    #expect(reloaded.text.contains("limits.decider"))
    #expect(try server.call("GET", "/v1/critics", token: token).status == 200)
    #expect(try await server.stop() == 0)
    for (wrong, told) in [("1/1ms", "whole seconds"), ("0/1s", "600/1m"), ("fast", "600/1m")] {
      try "limits:\n  decider: \(wrong)\n".write(to: file, atomically: true, encoding: .utf8)
      let check = try RunningProcess("witan", ["config", "check", file.path])
      #expect(try await check.waitForExit() == 1)
      let output = check.standardOutput + check.standardError
      #expect(output.contains("2:") && output.contains(told), "\(output)")
    }
  }
}
