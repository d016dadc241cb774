// A request under a key is done once: repeats get the first answer, whatever happened in between.
import Foundation
import TestSupport
import Testing

@Suite("Idempotency-Key")
struct IdempotencyTests {
  private func post(_ server: WitanServer, _ token: String, _ key: String, _ body: String) throws -> RawAnswer {
    try server.call("POST", "/v1/deliberations", token: token, body: body, fields: ["Idempotency-Key": key])
  }

  @Test("a repeat gets the first answer again, byte for byte, quoted or bare, even after kill -9")
  func repeats() async throws {
    let first = try await WitanServer()
    let token = try await first.token("decider", "admin")
    let answer = try post(first, token, "\"order-7\"", #"{"action": "greet", "options": {"receipt": "proof"}}"#)
    #expect(answer.status == 200, "\(answer.text)")
    let size = try first.logSize(token)
    let again = try post(first, token, "order-7", #"{ "options": {"receipt": "proof"}, "action":"greet" }"#)
    #expect(again.text == answer.text)
    #expect(try first.logSize(token) == size)
    first.process.signal(SIGKILL)
    _ = try await first.process.waitForExit()
    let second = try await WitanServer(folder: first.folder)
    let third = try post(second, token, "\"order-7\"", #"{"action": "greet", "options": {"receipt": "proof"}}"#)
    #expect(third.text == answer.text)
  }

  @Test("the same key with another case is refused; another caller's key is another key")
  func otherCase() async throws {
    let server = try await WitanServer()
    let one = try await server.token("decider", subject: "one")
    let other = try await server.token("decider", subject: "other")
    let first = try post(server, one, "k", #"{"action": "greet"}"#)
    #expect(first.status == 200)
    #expect(try post(server, one, "k", #"{"action": "leave"}"#).status == 422)
    let foreign = try post(server, other, "k", #"{"action": "leave"}"#)
    #expect(foreign.status == 200)
    #expect(try foreign.json()["id"] as? String != first.json()["id"] as? String)
  }

  @Test("critics may be named in another order; a dry run leaves nothing to repeat and takes no key")
  func options() async throws {
    let server = try await WitanServer()
    let one = try await server.token("decider", subject: "one")
    let other = try await server.token("decider", subject: "other")
    func body(_ options: String) -> String { #"{"action": "greet", "options": {\#(options)}}"# }
    // Somebody else asks for the same in another order first, and it is in the cache.
    #expect(
      try server.call("POST", "/v1/deliberations", token: other, body: body(#""critics": ["rights", "risk"]"#)).status
        == 200)
    let first = try post(server, one, "k", body(#""critics": ["risk", "rights"]"#))
    #expect(try first.status == 200 && first.json()["cache"] as? String == "hit")
    #expect(try post(server, one, "k", body(#""critics": ["risk", "rights"]"#)).text == first.text)
    #expect(try post(server, one, "k", body(#""critics": ["rights", "risk"]"#)).text == first.text)
    #expect(try post(server, one, "k", body(#""critics": ["risk"]"#)).status == 422)
    let dry = try post(server, one, "dry", body(#""dry_run": true"#))
    #expect(dry.status == 422 && dry.text.contains("/options/dry_run"), "\(dry.text)")
  }

  @Test("of many at the same time one is done, and the rest hear of it or get its answer")
  func together() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "admin")
    let size = try server.logSize(token)
    let answers = try await withThrowingTaskGroup(of: RawAnswer.self) { group in
      for _ in 0..<20 { group.addTask { try post(server, token, "k", #"{"action": "greet"}"#) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.allSatisfy { $0.status == 200 || $0.status == 409 })
    let ids = Set(answers.filter { $0.status == 200 }.map(\.text))
    #expect(ids.count == 1)
    #expect(try server.logSize(token) == size + 1)
  }

  @Test(
    "a key that cannot be read is refused",
    arguments: ["\"open", "a\"b", "\"a\" b", String(repeating: "x", count: 256)])
  func badKey(key: String) async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    #expect(try post(server, token, key, #"{"action": "greet"}"#).status == 400)
  }
}
