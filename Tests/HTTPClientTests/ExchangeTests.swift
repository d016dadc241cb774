// Requests and answers: what is sent arrives, what comes back is told, and every limit holds.
import Foundation
import HTTPClient
import Net
import TestSupport
import Testing

@Suite("Outgoing exchanges")
struct ExchangeTests {
  struct Seen: Decodable {
    let method: String
    let path: String
    let body: String
    let fields: [String: String]
  }

  @Test(
    "send method, fields and body as they were given",
    arguments: [
      ("GET", nil), ("HEAD", nil), ("POST", "{}"), ("POST", nil), ("POST", ""), ("PUT", "text"), ("PATCH", "p"),
      ("DELETE", nil), ("DELETE", "d"),
    ] as [(String, String?)])
  func sends(method: String, body: String?) async throws {
    let server = try await TestServer()
    try await Calling.run({ $0.userAgent = "tester" }) { client, _ in
      let answer = try await client.send(
        OutgoingRequest(
          OutgoingRequest.Method(rawValue: method)!, server.url("/some/where?a=%20b"),
          fields: [.init("Content-Type", "text/x"), .init("X-Empty", ""), .init("X-Full", "some value")],
          body: body.map { Array($0.utf8) }), deadline: Calling.time)
      #expect(answer.status == 200)
      #expect(answer["content-type"] == "application/json")
      guard method != "HEAD" else {
        #expect(answer.body.isEmpty)
        return
      }
      let seen = try JSONDecoder().decode(Seen.self, from: Data(answer.body))
      #expect(seen.method == method)
      #expect(seen.path == "/some/where?a=%20b")
      #expect(seen.body == body ?? "")
      #expect(seen.fields["x-empty"] == "" && seen.fields["x-full"] == "some value")
      #expect(seen.fields["content-type"] == "text/x" && seen.fields["user-agent"] == "tester")
      #expect(seen.fields["content-length"] == body.map { String($0.utf8.count) })
      #expect(seen.fields["expect"] == nil)
    }
  }

  @Test("refuse fields that would forge others, and bodies where none belong")
  func forgedFields() async throws {
    try await Calling.run { client, _ in
      for field in [
        ("X", "a\r\nY: b"), ("X\n", "a"), ("", "a"), ("Host", "other"), ("Content-Length", "3"), ("X", "\0"),
      ] {
        let error = await Calling.failure(
          client, OutgoingRequest(.get, "http://127.0.0.1:9/", fields: [.init(field.0, field.1)]))
        guard case .invalid = error else { Issue.record("\(field): \(String(describing: error))"); continue }
      }
      let error = await Calling.failure(client, OutgoingRequest(.get, "http://127.0.0.1:9/", body: [1]))
      #expect(error == .invalid("a GET request has no body"))
    }
  }

  @Test(
    "refuse URLs of other schemes, with users, and without hosts",
    arguments: [
      "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "127.0.0.1/", "http://u:p@127.0.0.1/",
      "http:///x",
      "", "http://127.0.0.1:99999/", "http://127.0.0.1/ x", "unix:///x", "http://127.0.0.1/\r\nX: y",
    ])
  func schemes(url: String) async throws {
    try await Calling.run { client, _ in
      let error = await Calling.failure(client, OutgoingRequest(.get, url))
      guard case .invalid = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("reuse the connection for the next request")
  func reuse() async throws {
    let server = try await TestServer()
    try await Calling.run { client, _ in
      for round in 0..<5 {
        let answer = try await client.send(OutgoingRequest(.get, server.url("/")), deadline: Calling.time)
        #expect(answer.reusedConnection == (round > 0))
      }
    }
  }

  @Test("end at the deadline when the server stays silent")
  func deadline() async throws {
    let server = try await TestServer()
    try await Calling.run { client, _ in
      let start = ContinuousClock.now
      let error = await Calling.failure(
        client, OutgoingRequest(.get, server.url("/silent")), deadline: .milliseconds(300))
      #expect(error == .deadlinePassed(host: "127.0.0.1"))
      #expect(ContinuousClock.now - start >= .milliseconds(290))
      let after = try await client.send(OutgoingRequest(.get, server.url("/")), deadline: Calling.time)
      #expect(after.status == 200)
    }
  }

  @Test("stop reading at the size limit, announced or not")
  func sizes() async throws {
    let server = try await TestServer()
    try await Calling.run({ $0.limits.answerBytes = 100_000 }) { client, _ in
      let whole = try await client.send(OutgoingRequest(.get, server.url("/large?100000")), deadline: Calling.time)
      #expect(whole.body.count == 100_000)
      for path in ["/large?100001", "/endless"] {
        let error = await Calling.failure(client, OutgoingRequest(.get, server.url(path)))
        #expect(error == .answerTooLarge(limit: 100_000))
      }
      let unsent = try await client.send(OutgoingRequest(.head, server.url("/large?100001")), deadline: Calling.time)
      #expect(unsent.status == 200 && unsent["content-length"] == "100001")
      let head = await Calling.failure(client, OutgoingRequest(.get, server.url("/verbose")))
      #expect(head == .headTooLarge(limit: 65_536))
    }
  }

  @Test("tell an answer that breaks off or is none")
  func brokenAnswers() async throws {
    let server = try await TestServer()
    try await Calling.run { client, _ in
      let cut = await Calling.failure(client, OutgoingRequest(.get, server.url("/cut")))
      guard case .connectionLost = cut else {
        Issue.record("\(String(describing: cut))")
        return
      }
      let nonsense = await Calling.failure(client, OutgoingRequest(.get, server.url("/nonsense")))
      guard case .malformedAnswer = nonsense else {
        Issue.record("\(String(describing: nonsense))")
        return
      }
      let port = try FreePort.next()
      let refused = await Calling.failure(client, OutgoingRequest(.get, "http://127.0.0.1:\(port)/"))
      guard case .notConnected = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      let nameless = await Calling.failure(client, OutgoingRequest(.get, "http://nobody.invalid/"))
      guard case .notResolved = nameless else {
        Issue.record("\(String(describing: nameless))")
        return
      }
    }
  }

  @Test("keep interim answers and trailers out of the fields")
  func interimAnswers() async throws {
    let server = try await TestServer()
    try await Calling.run { client, _ in
      let answer = try await client.send(OutgoingRequest(.get, server.url("/trailers")), deadline: Calling.time)
      #expect(answer.status == 200 && answer.text == "ok")
      #expect(answer["x-late"] == "2")
      #expect(answer["x-early"] == nil && answer["x-trailer"] == nil)
    }
  }

  @Test("are broken off when their task is cancelled, before or after they began")
  func cancellation() async throws {
    let server = try await TestServer()
    try await Calling.run { client, _ in
      let call = Task { await Calling.failure(client, OutgoingRequest(.get, server.url("/silent"))) }
      try await wait(for: "the request") { try await self.count("/silent", client, server) == 1 }
      call.cancel()
      #expect(await call.value == .cancelled)
      let never = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await Calling.failure(client, OutgoingRequest(.get, server.url("/unseen")))
      }
      #expect(await never.value == .cancelled)
      #expect(try await count("/unseen", client, server) == 0)
    }
  }

  @Test("past the limit are refused, and closing ends those under way")
  func overload() async throws {
    let server = try await TestServer()
    try await Calling.run({ $0.limits.requestsPerLoop = 1 }) { client, _ in
      let call = Task { await Calling.failure(client, OutgoingRequest(.get, server.url("/silent"))) }
      try await wait(for: "the request") { try request("GET", "/count?/silent", port: server.port).text == "1" }
      #expect(await Calling.failure(client, OutgoingRequest(.get, server.url("/"))) == .overloaded(limit: 1))
      client.close()
      #expect(await call.value == .closed)
      #expect(await Calling.failure(client, OutgoingRequest(.get, server.url("/"))) == .closed)
    }
  }

  @Test("run by the hundred on one loop, and resume on it")
  func concurrency() async throws {
    let server = try await TestServer()
    try await Calling.run { client, loop in
      let answers = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
        for _ in 0..<200 {
          group.addTask(executorPreference: loop) {
            let answer = try await client.send(OutgoingRequest(.get, server.url("/slow")), deadline: Calling.time)
            return (answer.status, loop.isCurrent)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count == 200)
      #expect(answers.allSatisfy { $0 == (200, true) })
      #expect(try await count("/slow", client, server) == 200)
    }
  }

  private func count(_ path: String, _ client: HTTPClient, _ server: TestServer) async throws -> Int? {
    Int(try await client.send(OutgoingRequest(.get, server.url("/count?\(path)")), deadline: Calling.time).text)
  }
}
