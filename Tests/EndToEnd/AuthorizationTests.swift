// Every operation that the server itself documents, against every role and every kind of bad token: no list here can forget
// a route, because the list is the server's.
import Foundation
import TestSupport
import Testing

@Suite("Authorization")
struct AuthorizationTests {
  struct Documented {
    let method: String
    /// As it is documented, and with something put in for the parts that vary.
    let pattern: String
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
          method: method.uppercased(), pattern: path, path: path.replacing(/\{[^}]*\}/, with: "0"),
          roles: security.first?["token"])
      }
    }
  }

  /// Who may do what, written down a second time: a route that is not here, or that lets in others, is a mistake. Empty:
  /// any valid token; nil: everyone.
  private static let entitled: [String: [String]?] = [
    "POST /v1/deliberations": ["decider"], "POST /v1/deliberations/batch": ["decider"],
    "GET /v1/deliberations/{id}": ["decider", "auditor"],
    "GET /v1/deliberations/{id}/explanation": ["decider", "auditor"],
    "POST /v1/deliberations/{id}/replay": ["auditor"], "GET /v1/stream": ["decider"],
    "POST /v1/permits/check": ["decider"],
    "POST /v1/jobs": ["decider"], "GET /v1/jobs": ["decider", "auditor", "admin"],
    "GET /v1/jobs/{id}": ["decider", "auditor", "admin"], "GET /v1/jobs/{id}/results": ["decider", "auditor"],
    "POST /v1/jobs/{id}/pause": ["decider", "admin"], "POST /v1/jobs/{id}/resume": ["decider", "admin"],
    "POST /v1/jobs/{id}/cancel": ["decider", "admin"],
    "GET /v1/critics": [], "GET /v1/critics/{name}": [],
    "GET /v1/weights": ["admin"], "PUT /v1/weights": ["admin"], "POST /v1/weights/preview": ["admin"],
    "GET /v1/weights/history": ["admin"], "POST /v1/weights/rollback": ["admin"],
    "GET /v1/constitution": ["admin"], "PUT /v1/constitution": ["admin"],
    "POST /v1/constitution/preview": ["admin"], "GET /v1/constitution/history": ["admin"],
    "POST /v1/constitution/rollback": ["admin"],
    "GET /v1/reviews": ["reviewer"], "GET /v1/reviews/{id}": ["reviewer"],
    "POST /v1/reviews/{id}/acknowledge": ["reviewer"], "POST /v1/reviews/{id}/determine": ["reviewer"],
    "GET /v1/precedents": ["auditor", "admin"], "GET /v1/precedents/search": ["auditor", "admin"],
    "GET /v1/precedents/drift": ["auditor", "admin"], "POST /v1/precedents": ["admin"],
    "GET /v1/audit/entries": ["auditor"], "GET /v1/audit/entries/{index}": ["auditor"],
    "GET /v1/audit/entries/{index}/proof": ["auditor"], "GET /v1/audit/checkpoint": ["auditor"],
    "GET /v1/audit/consistency": ["auditor"], "GET /v1/audit/export": ["auditor"], "GET /v1/audit/stats": ["auditor"],
    "DELETE /v1/audit/payloads/{index}": ["admin"],
    "GET /audit/checkpoint": nil, "GET /audit/tile/{path}": nil, "GET /audit/tile/entries/{path}": ["auditor"],
    "GET /livez": nil, "GET /readyz": nil, "GET /metrics": nil, "GET /openapi.json": nil, "GET /docs": nil,
    "GET /.well-known/jwks.json": nil, "GET /v1/status": ["admin"],
    "POST /v1/admin/reload": ["admin"], "POST /v1/admin/backup": ["admin"], "POST /v1/admin/integrity": ["admin"],
    "POST /v1/admin/breakers/{name}/reset": ["admin"],
    "GET /v1/admin/revocations": ["admin"], "POST /v1/admin/revocations": ["admin"],
  ]

  @Test("is documented for every route as it was decided, and there is no other route")
  func decided() async throws {
    let server = try await WitanServer()
    let documented = try operations(server)
    for operation in documented {
      let name = "\(operation.method) \(operation.pattern)"
      let decided = try #require(Self.entitled[name], "\(name) is a route that nobody decided on")
      #expect(operation.roles == decided, "\(name)")
    }
    #expect(Set(documented.map { "\($0.method) \($0.pattern)" }) == Set(Self.entitled.keys))
    // Routes come from declarations alone: no other source of the service has a router to add to.
    let sources = Fixtures.packageRoot.appending(path: "Sources")
    for folder in ["API", "Engine", "Critics", "witan"] {
      let files = FileManager.default.enumerator(at: sources.appending(path: folder), includingPropertiesForKeys: nil)
      while let file = files?.nextObject() as? URL {
        guard file.pathExtension == "swift", file.lastPathComponent != "API.swift" else { continue }
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(!text.contains("Router()") && !text.contains("router.on("), "\(file.path)")
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
    let server = try await WitanServer(
      environment: ["WITAN_TOKENS_AUDIENCES": "witan", "WITAN_TOKENS_LEEWAY": "0s"])
    let expired = try await passing(server)
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
      for token in [nil, "", "x", wrongAudience, wrongKey, unsigned, tampered, expired] {
        let answer = try server.call(operation.method, operation.path, token: token, body: operation.body)
        #expect(answer.status == 401, "\(operation.method) \(operation.path) \(token ?? "no token")")
        #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        let detail = try answer.json()["detail"] as? String
        #expect(["a bearer token is needed", "the token is not valid here"].contains(detail))
      }
    }
  }

  @Test("puts refused tokens on record: their number, in one entry however many they are")
  func counted() async throws {
    let server = try await WitanServer()
    for number in 0..<25 { #expect(try server.call("GET", "/v1/critics", token: "bad \(number)").status == 401) }
    #expect(try await server.stop() == 0)
    let again = try await WitanServer(folder: server.folder)
    let token = try await again.token("auditor")
    let page = try again.call("GET", "/v1/audit/entries?type=service&q=credentials_refused", token: token).json()
    let entries = try #require(page["entries"] as? [[String: Any]])
    #expect(entries.count == 1)
    #expect((entries.first?["body"] as? [String: Any])?["count"] as? Int == 25)
    #expect(try await again.stop() == 0)
  }

  @Test("refuses a request that brings two tokens, whichever of them would do")
  func twoTokens() async throws {
    let server = try await WitanServer()
    let good = try await server.token("auditor")
    for (first, second) in [(good, good), (good, "x"), ("x", good)] {
      var connection = try RawConnection(port: server.port)
      try connection.send(
        "GET /v1/critics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(first)\r\nX: y\r\n"
          + "authorization: Bearer \(second)\r\n\r\n")
      let answer = try connection.answer()
      #expect(answer.status == 400)
      #expect(answer.text.contains("more than one Authorization"), "\(answer.text)")
    }
  }

  /// A token that was good, and is no more.
  private func passing(_ server: WitanServer) async throws -> String {
    let roles = Self.roles.flatMap { ["--role", $0] }
    let command = try RunningProcess(
      "witan",
      ["token", "create", "--subject", "x", "--aud", "witan", "--ttl", "2s", "--data", server.folder.path] + roles)
    #expect(try await command.waitForExit() == 0, "\(command.standardError)")
    let token = command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try server.call("GET", "/v1/critics", token: token).status == 200)
    try await wait(for: "the end of a token") {
      try server.call("GET", "/v1/critics", token: token).status == 401
    }
    return token
  }

  @Test("accepts the tokens of a configured key set beside its own, for the configured issuer or audience only")
  func foreignKeys() async throws {
    let issuer = try await WitanServer()
    let keys = issuer.folder.file("published.json")
    try Data(issuer.call("GET", "/.well-known/jwks.json").body).write(to: keys)
    func token(_ options: String...) async throws -> String {
      let command = try RunningProcess(
        "witan",
        ["token", "create", "--subject", "x", "--role", "auditor", "--data", issuer.folder.path] + options)
      #expect(try await command.waitForExit() == 0, "\(command.standardError)")
      return command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    func status(_ server: WitanServer, _ token: String) throws -> Int {
      try server.call("GET", "/v1/critics", token: token).status
    }
    let (plain, issued, meant) = try await (token(), token("--iss", "provider"), token("--aud", "witan"))
    let without = try await WitanServer()
    #expect(try status(without, issued) == 401)
    let byIssuer = try await WitanServer(
      environment: ["WITAN_TOKENS_JWKS": keys.path, "WITAN_TOKENS_ISSUERS": "[provider]"])
    #expect(try status(byIssuer, issued) == 200)
    #expect(try status(byIssuer, plain) == 401)
    #expect(try status(byIssuer, try await byIssuer.token("auditor")) == 200)
    let byAudience = try await WitanServer(
      environment: ["WITAN_TOKENS_JWKS": keys.path, "WITAN_TOKENS_AUDIENCES": "[witan]"])
    #expect(try status(byAudience, meant) == 200)
    #expect(try status(byAudience, issued) == 401)
    // With keys that are trusted for everything it does not start, nor with a file that others can write.
    for (mode, environment) in [
      (0o644, ["WITAN_TOKENS_JWKS": keys.path]),
      (0o666, ["WITAN_TOKENS_JWKS": keys.path, "WITAN_TOKENS_ISSUERS": "[provider]"]),
    ] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys.path)
      await #expect(throws: (any Error).self) { try await WitanServer(environment: environment) }
    }
  }

  @Test("exchanges tokens with PyJWT in both directions", .enabled(if: PyJWT.isPresent))
  func otherLibrary() async throws {
    let server = try await WitanServer()
    let folder = server.folder
    try Data(server.call("GET", "/.well-known/jwks.json").body).write(to: folder.file("own.json"))
    let own = try await server.token("auditor", subject: "me")
    let python = try PyJWT.run(
      """
      import json, sys, time, jwt
      from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
      own = jwt.PyJWKSet.from_dict(json.load(open(sys.argv[1]))).keys[0]
      claims = jwt.decode(sys.argv[2], own.key, algorithms=["EdDSA"])
      assert claims["sub"] == "me" and claims["roles"] == ["auditor"], claims
      key = Ed25519PrivateKey.generate()
      public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
      json.dump({"keys": [dict(public, kid="python", alg="EdDSA")]}, open(sys.argv[3], "w"))
      claims = {"iss": "python", "sub": "snake", "exp": int(time.time()) + 600, "roles": ["auditor"]}
      print(jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "python"}))
      """, [folder.file("own.json").path, own, folder.file("python.json").path])
    #expect(try await python.waitForExit() == 0, "\(python.standardError)")
    let foreign = python.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    let other = try await WitanServer(
      environment: ["WITAN_TOKENS_JWKS": folder.file("python.json").path, "WITAN_TOKENS_ISSUERS": "[python]"])
    #expect(try other.call("GET", "/v1/critics", token: foreign).status == 200)
    let check = try RunningProcess("witan", ["token", "verify", "--jwks", folder.file("python.json").path, foreign])
    #expect(try await check.waitForExit() == 0, "\(check.standardError)")
  }
}

/// Debian's python3-jwt, an implementation that shares nothing with ours.
enum PyJWT {
  static let isPresent: Bool = {
    let found = FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/jwt")
    if !found { FileHandle.standardError.write(Data("skipped: PyJWT not present\n".utf8)) }
    return found
  }()

  static func run(_ program: String, _ arguments: [String]) throws -> RunningProcess {
    try RunningProcess(path: "/usr/bin/python3", ["-c", program] + arguments)
  }
}

extension AuthorizationTests.Documented {
  var body: String? { method == "POST" || method == "PUT" ? "{}" : nil }
}
