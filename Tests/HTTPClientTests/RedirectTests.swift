// Redirects: not followed unless asked for, so many and no more, and nothing secret goes along to strangers.
import HTTPClient
import TestSupport
import Testing

@Suite("Redirects")
struct RedirectTests {
  @Test("are the answer by default")
  func off() async throws {
    let server = try await TestServer()
    try await Calling.run { client, _ in
      let answer = try await client.send(OutgoingRequest(.get, server.url("/round/1")), deadline: Calling.time)
      #expect(answer.status == 302)
      #expect(answer["location"] == "/round/0")
    }
  }

  @Test("are followed up to the limit")
  func limit() async throws {
    let server = try await TestServer()
    try await Calling.run({ $0.limits.redirects = 3 }) { client, _ in
      let answer = try await client.send(OutgoingRequest(.get, server.url("/round/3")), deadline: Calling.time)
      #expect(answer.text == "arrived")
      let error = await Calling.failure(client, OutgoingRequest(.get, server.url("/round/4")))
      #expect(error == .tooManyRedirects(limit: 3))
    }
  }

  @Test("keep a request at its origin and strip it for another")
  func secrets() async throws {
    let server = try await TestServer()
    try await Calling.run({ $0.limits.redirects = 3 }) { client, _ in
      func follow(_ target: String, _ method: OutgoingRequest.Method = .get, body: [UInt8]? = nil) -> OutgoingRequest {
        OutgoingRequest(
          method, server.url("/to?\(target)"), fields: [.init("Authorization", "secret"), .init("X-Key", "k")],
          body: body)
      }
      let same = try await client.send(follow("302!/seen"), deadline: Calling.time)
      #expect(same.text.contains("secret"))
      let other = try await client.send(follow("302!\(server.url("/seen", host: "localhost"))"), deadline: Calling.time)
      #expect(other.status == 200)
      #expect(!other.text.contains("secret") && !other.text.contains("x-key"))
      let seen = try await client.send(follow("302!/seen", .post, body: [65]), deadline: Calling.time)
      #expect(seen.text.contains(#""method": "GET""#) && seen.text.contains(#""body": """#))
      let kept = try await client.send(follow("307!/seen", .post, body: [65]), deadline: Calling.time)
      #expect(kept.text.contains(#""method": "POST""#) && kept.text.contains(#""body": "A""#))
      let error = await Calling.failure(
        client, follow("307!\(server.url("/seen", host: "localhost"))", .post, body: [65]))
      guard case .forbiddenRedirect = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}
