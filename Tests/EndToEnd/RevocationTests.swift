// Tokens and keys taken away: refused from the answer on, also where they are remembered, and after every restart, because
// the ledger says so.
import Foundation
import TestSupport
import Testing

@Suite("Revoking")
struct RevocationTests {
  private func claims(_ token: String) throws -> [String: Any] {
    var text = String(token.split(separator: ".")[1]).replacing("-", with: "+").replacing("_", with: "/")
    while !text.count.isMultiple(of: 4) { text += "=" }
    let data = try #require(Data(base64Encoded: text))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func revoke(_ server: WitanServer, _ admin: String, _ members: [String: String]) throws -> RawAnswer {
    let body = members.merging(["reason": "It was found in a log."]) { $1 }
    return try server.call(
      "POST", "/v1/admin/revocations", token: admin,
      body: String(decoding: JSONSerialization.data(withJSONObject: body), as: UTF8.self))
  }

  private func status(_ server: WitanServer, _ token: String) throws -> Int {
    try server.call("GET", "/v1/critics", token: token).status
  }

  @Test("takes a remembered token away at once, and it stays away when the process is killed and started again")
  func tokenIsGone() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin", "auditor")
    let (lost, kept) = try await (server.token("auditor"), server.token("auditor"))
    let id = try #require(try claims(lost)["jti"] as? String)
    // Remembered on every loop: several connections.
    for _ in 0..<8 { #expect(try status(server, lost) == 200) }
    let answer = try revoke(server, admin, ["token": id])
    #expect(answer.status == 200, "\(answer.text)")
    for _ in 0..<8 { #expect(try status(server, lost) == 401) }
    #expect(try status(server, kept) == 200)
    // It is an entry of the ledger, made by whoever asked for it.
    let receipt = try #require(try answer.json()["receipt"] as? [String: Any])
    let index = try #require(receipt["index"] as? Int)
    let entry = try server.call("GET", "/v1/audit/entries/\(index)", token: admin).text
    #expect(entry.contains(#""type":"revocation""#) && entry.contains(id) && entry.contains("found in a log"))

    server.process.signal(SIGKILL)
    _ = try await server.process.waitForExit()
    let again = try await WitanServer(folder: server.folder)
    #expect(try status(again, lost) == 401)
    #expect(try status(again, kept) == 200)
    let list = try again.call("GET", "/v1/admin/revocations", token: admin).json()["revocations"] as? [[String: Any]]
    #expect(list?.map { $0["token"] as? String } == [id])
    #expect(list?.first?["by"] as? String == "tester")
    // The same again is the same entry.
    let repeated = try revoke(again, admin, ["token": id])
    #expect((try repeated.json()["receipt"] as? [String: Any])?["index"] as? Int == index)
    #expect(try await again.stop() == 0)
  }

  @Test("takes a key away with everything that it signed, the server's own included")
  func keyIsGone() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let other = try await server.token("auditor")
    let keys = try server.call("GET", "/.well-known/jwks.json").json()["keys"] as? [[String: Any]]
    let name = try #require(keys?.first?["kid"] as? String)
    #expect(try status(server, other) == 200)
    #expect(try revoke(server, admin, ["key": name]).status == 200)
    for token in [other, admin] { #expect(try status(server, token) == 401) }
    let afresh = try await server.token("auditor")
    #expect(try status(server, afresh) == 401)
    server.process.signal(SIGKILL)
    _ = try await server.process.waitForExit()
    let again = try await WitanServer(folder: server.folder)
    for token in [other, admin, afresh] { #expect(try status(again, token) == 401) }
  }

  @Test("names every field that is wrong, and revokes nothing")
  func wrongRequests() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    for (members, pointer) in [
      ([:], "/token"), (["token": "a", "key": "b"], "/key"), (["token": ""], "/token"),
      (["token": "a", "until": "tomorrow"], "/until"), (["token": "a", "until": "2020-01-01T00:00:00Z"], "/until"),
      (["key": "a", "until": "2099-01-01T00:00:00Z"], "/until"), (["token": "a", "reason": " "], "/reason"),
      (["token": String(repeating: "a", count: 1025)], "/token"),
    ] as [([String: String], String)] {
      let body = ["reason": "x"].merging(members) { $1 }
      let answer = try server.call(
        "POST", "/v1/admin/revocations", token: admin,
        body: String(decoding: JSONSerialization.data(withJSONObject: body), as: UTF8.self))
      #expect(answer.status == 422, "\(members)")
      let errors = try answer.json()["errors"] as? [[String: String]] ?? []
      #expect(errors.contains { $0["pointer"] == pointer }, "\(members): \(answer.text)")
    }
    let list = try server.call("GET", "/v1/admin/revocations", token: admin).json()["revocations"] as? [Any]
    #expect(list?.isEmpty == true)
    #expect(try status(server, try await server.token("auditor")) == 200)
  }

  @Test("reads the configured keys anew at SIGHUP: a key that is gone from the file is gone from the service")
  func reload() async throws {
    let issuer = try await WitanServer()
    let keys = issuer.folder.file("published.json")
    let set = try issuer.call("GET", "/.well-known/jwks.json").body
    try Data(set).write(to: keys)
    let command = try RunningProcess(
      "witan",
      ["token", "create", "--subject", "x", "--role", "auditor", "--iss", "provider", "--data", issuer.folder.path])
    #expect(try await command.waitForExit() == 0)
    let token = command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    let server = try await WitanServer(
      environment: ["WITAN_TOKENS_JWKS": keys.path, "WITAN_TOKENS_ISSUERS": "[provider]"])
    #expect(try status(server, token) == 200)
    let stranger = try await WitanServer()
    try Data(stranger.call("GET", "/.well-known/jwks.json").body).write(to: keys)
    #expect(try status(server, token) == 200)
    server.process.signal(SIGHUP)
    try await wait(for: "the key to be gone", within: .seconds(20)) { try self.status(server, token) == 401 }
    // Back again; and a file that is no key set changes nothing.
    try Data(set).write(to: keys)
    server.process.signal(SIGHUP)
    try await wait(for: "the key to be back", within: .seconds(20)) { try self.status(server, token) == 200 }
    try Data("nonsense".utf8).write(to: keys)
    server.process.signal(SIGHUP)
    try await wait(for: "word of it", within: .seconds(20)) {
      server.process.standardError.contains("the earlier one stays")
    }
    #expect(try status(server, token) == 200)
  }
}
