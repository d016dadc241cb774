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
      #expect(answer["WWW-Authenticate"] == #"Bearer error="invalid_request""#)
    }
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
    // Keys that are trusted for everything are not accepted, nor a file that others can write.
    for (mode, environment) in [
      (0o644, ["WITAN_TOKENS_JWKS": keys.path]),
      (0o666, ["WITAN_TOKENS_JWKS": keys.path, "WITAN_TOKENS_ISSUERS": "[provider]"]),
    ] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys.path)
      guard mode == 0o644 else {
        let server = try await WitanServer(environment: environment)
        #expect(try status(server, issued) == 401)
        continue
      }
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
