// TLS: a server has to prove who it is, to an authority that is trusted, under the name it was called by.
import HTTPClient
import TestSupport
import Testing

@Suite("Trust in servers")
struct TrustTests {
  @Test("is given to the right authority's certificate for the right name alone")
  func authorities() async throws {
    let server = try await TestServer(certifiedFor: ["127.0.0.1"])
    let other = try await TestServer(certifiedFor: ["127.0.0.1"])
    func expectUntrusted(_ client: HTTPClient, _ url: String) async {
      let error = await Calling.failure(client, OutgoingRequest(.get, url))
      guard case .untrusted = error else {
        Issue.record("\(url): \(String(describing: error))")
        return
      }
    }
    try await Calling.run { client, _ in await expectUntrusted(client, server.url("/", scheme: "https")) }
    try await Calling.run({ $0.extraAuthorities = server.authority }) { client, _ in
      let answer = try await client.send(
        OutgoingRequest(.get, server.url("/", scheme: "https")), deadline: Calling.time)
      #expect(answer.status == 200)
      await expectUntrusted(client, server.url("/", host: "localhost", scheme: "https"))
      await expectUntrusted(client, other.url("/", scheme: "https"))
    }
  }

  @Test("is not given up by a redirect out of TLS")
  func downgrade() async throws {
    let server = try await TestServer(certifiedFor: ["127.0.0.1"])
    let plain = try await TestServer()
    try await Calling.run({
      $0.extraAuthorities = server.authority
      $0.limits.redirects = 1
    }) { client, _ in
      let error = await Calling.failure(
        client, OutgoingRequest(.get, server.url("/to?302!\(plain.url("/"))", scheme: "https")))
      #expect(error == .forbiddenRedirect(to: "127.0.0.1", reason: "it leaves TLS"))
    }
  }

  @Test("needs a file of authorities that can be read")
  func missingFile() async throws {
    await #expect(throws: OutgoingError.self) {
      try await Calling.run({ $0.extraAuthorities = "/nonexistent/authority.pem" }) { _, _ in }
    }
  }
}
