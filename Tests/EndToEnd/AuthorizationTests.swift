// Every operation that the server itself documents, against every role and every kind of bad token: no list here can forget
// a route, because the list is the server's.
import Foundation
import TestSupport
import Testing

@Suite("Authorization")
struct AuthorizationTests {
  struct Documented {
    let method: String
    let path: String
    /// Nil: nobody is asked. Empty: any valid token.
    let roles: [String]?
  }

  private static let roles = ["decider", "auditor", "reviewer", "admin"]

  private func operations(_ server: WitanServer) throws -> [Documented] {
    let document = try server.call("GET", "/openapi.json").json()
    let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    return paths.flatMap { path, methods in
      methods.map { method, operation in
        let security = operation["security"] as? [[String: [String]]] ?? []
        return Documented(
          method: method.uppercased(), path: path.replacing(/\{[^}]*\}/, with: "0"), roles: security.first?["token"])
      }
    }
  }

  @Test("admits to each operation exactly the roles that it documents")
  func roleMatrix() async throws {
    let server = try await WitanServer()
    let operations = try operations(server)
    #expect(operations.count > 10)
    for role in Self.roles {
      let token = try await server.token(role)
      for operation in operations {
        let answer = try server.call(operation.method, operation.path, token: token, body: operation.body)
        let admitted = operation.roles.map { $0.isEmpty || $0.contains(role) } ?? true
        #expect(
          (answer.status == 403) == !admitted, "\(role) \(operation.method) \(operation.path): \(answer.status)")
        #expect(answer.status != 401, "\(role) \(operation.method) \(operation.path)")
      }
    }
  }

  @Test("refuses what is no valid token of this server with 401 and says nothing more")
  func badTokens() async throws {
    let server = try await WitanServer(environment: ["WITAN_TOKENS_AUDIENCES": "witan"])
    let other = try TemporaryFolder()
    let wrongAudience = try await server.token("decider", "auditor", "reviewer", "admin")
    let foreign = try RunningProcess(
      "witan", ["token", "create", "--subject", "x", "--role", "admin", "--data", other.path])
    _ = try await foreign.waitForExit()
    let wrongKey = foreign.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    let parts = wrongAudience.split(separator: ".").map(String.init)
    let unsigned = "eyJhbGciOiJub25lIn0." + parts[1] + "."
    let tampered = parts[0] + "." + parts[1] + "." + String(parts[2].reversed())
    for operation in try operations(server) where operation.roles != nil {
      for token in [nil, "", "x", wrongAudience, wrongKey, unsigned, tampered] {
        let answer = try server.call(operation.method, operation.path, token: token, body: operation.body)
        #expect(answer.status == 401, "\(operation.method) \(operation.path) \(token ?? "no token")")
        #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        let detail = try answer.json()["detail"] as? String
        #expect(["a bearer token is needed", "the token is not valid here"].contains(detail))
      }
    }
  }

  @Test("accepts the tokens of a configured key set beside its own, for the configured audience only")
  func foreignKeys() async throws {
    let issuer = try await WitanServer()
    let keys = issuer.folder.file("published.json")
    try Data(issuer.call("GET", "/.well-known/jwks.json").body).write(to: keys)
    let foreign = try await issuer.token("auditor")
    let without = try await WitanServer()
    #expect(try without.call("GET", "/v1/critics", token: foreign).status == 401)
    let with = try await WitanServer(environment: ["WITAN_TOKENS_JWKS": keys.path])
    #expect(try with.call("GET", "/v1/critics", token: foreign).status == 200)
    #expect(try with.call("GET", "/v1/critics", token: try await with.token("auditor")).status == 200)
    let strict = try await WitanServer(
      environment: ["WITAN_TOKENS_JWKS": keys.path, "WITAN_TOKENS_AUDIENCES": "[witan]"])
    #expect(try strict.call("GET", "/v1/critics", token: foreign).status == 401)
    let command = try RunningProcess(
      "witan",
      ["token", "create", "--subject", "x", "--role", "auditor", "--aud", "witan", "--data", issuer.folder.path])
    #expect(try await command.waitForExit() == 0, "\(command.standardError)")
    let meant = command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try strict.call("GET", "/v1/critics", token: meant).status == 200)
  }
}

extension AuthorizationTests.Documented {
  var body: String? { method == "POST" || method == "PUT" ? "{}" : nil }
}
