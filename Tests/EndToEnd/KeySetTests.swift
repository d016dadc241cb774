// Keys that live at somebody else's address: fetched, fetched anew when a token names a key that is not known, and kept
// when the address fails.
import Foundation
import TestSupport
import Testing

@Suite("Key sets at a URL")
struct KeySetTests {
  /// An identity provider in Python: publishes its keys, adds one when told, and signs tokens with the newest.
  private static let program = #"""
    import base64, http.server, json, time
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    keys, hidden, fetches = [], [], 0

    def text(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    def token(name, key):
        now = int(time.time())
        head = {"alg": "EdDSA", "kid": name, "typ": "JWT"}
        claims = {"iss": "provider", "sub": "stranger", "iat": now, "exp": now + 600, "roles": ["decider"]}
        signed = ".".join(text(json.dumps(part).encode()) for part in (head, claims))
        return signed + "." + text(key.sign(signed.encode()))

    def published(name, key):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "kid": name, "alg": "EdDSA", "use": "sig", "x": text(raw)}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def do_GET(self):
            global fetches
            status, body = 200, ""
            if self.path == "/keys":
                fetches += 1
                status = 200 if keys else 503
                body = json.dumps({"keys": [published(*pair) for pair in keys]})
            elif self.path == "/fetches":
                body = str(fetches)
            elif self.path == "/rotate":
                keys.append(("key-%d" % len(keys), Ed25519PrivateKey.generate()))
                body = token(*keys[-1])
            elif self.path == "/printed":
                # test-key-ed25519 of RFC 9421
                seed = bytes.fromhex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5")
                keys.append(("printed", Ed25519PrivateKey.from_private_bytes(seed)))
                body = token(*keys[-1])
            elif self.path == "/stranger":
                body = token("nobody", Ed25519PrivateKey.generate())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("port", server.server_address[1], ".", flush=True)
    server.serve_forever()
    """#

  private struct Provider {
    let folder: TemporaryFolder
    let process: RunningProcess
    let port: UInt16

    init() async throws {
      folder = try TemporaryFolder()
      try Data(KeySetTests.program.utf8).write(to: folder.file("provider.py"))
      process = try RunningProcess(path: "/usr/bin/python3", [folder.file("provider.py").path])
      try await process.waitForOutput(" .\n")
      port = UInt16(process.standardOutput.split(separator: " ")[1]) ?? 0
    }

    func get(_ path: String) throws -> String { try request("GET", path, port: port).text }
    func fetches() throws -> Int { Int(try get("/fetches")) ?? 0 }
  }

  private func status(_ server: WitanServer, _ token: String) throws -> Int {
    try server.call(
      "POST", "/v1/deliberations", token: token,
      body: #"{"kind": "tool_call", "action": "shell", "input": "ls", "actor": "agent-7"}"#
    ).status
  }

  @Test("are accepted as they appear, without a restart and at the rate that is set")
  func rotation() async throws {
    let provider = try await Provider()
    let first = try provider.get("/rotate")
    let server = try await WitanServer(
      environment: [
        "WITAN_TOKENS_ISSUERS": "[provider]", "WITAN_TOKENS_JWKS": "http://127.0.0.1:\(provider.port)/keys",
        "WITAN_OUTGOING_ALLOW_LOOPBACK": "true",
        "WITAN_TOKENS_JWKS_INTERVAL": "1s",
      ])
    let start = ContinuousClock.now
    #expect(try status(server, first) / 100 == 2)
    let second = try provider.get("/rotate")
    try await wait(for: "the second key", within: .seconds(20)) { try self.status(server, second) / 100 == 2 }
    #expect(try status(server, first) / 100 == 2)
    let stranger = try provider.get("/stranger")
    for _ in 0..<50 { #expect(try status(server, stranger) == 401) }
    // One a second for unknown keys, and one at the start.
    let seconds = Int((ContinuousClock.now - start).components.seconds)
    #expect(try provider.fetches() <= seconds + 2)
    #expect(try await server.stop() == 0)
  }

  @Test("stay as they were when a key that everybody has comes among them, outside of development")
  func printed() async throws {
    let provider = try await Provider()
    let first = try provider.get("/rotate")
    let environment = [
      "WITAN_TOKENS_ISSUERS": "[provider]", "WITAN_TOKENS_JWKS": "http://127.0.0.1:\(provider.port)/keys",
      "WITAN_OUTGOING_ALLOW_LOOPBACK": "true", "WITAN_TOKENS_JWKS_INTERVAL": "1s",
    ]
    let server = try await WitanServer(environment: environment)
    #expect(try status(server, first) / 100 == 2)
    let printed = try provider.get("/printed")
    let before = try provider.fetches()
    try await wait(for: "another look", within: .seconds(20)) {
      #expect(try self.status(server, printed) == 401)
      return try provider.fetches() > before
    }
    #expect(try status(server, printed) == 401)
    #expect(try status(server, first) / 100 == 2)
    #expect(try await server.stop() == 0)
    let lenient = try await WitanServer(environment: environment.merging(["WITAN_DEVELOPMENT": "true"]) { $1 })
    #expect(try status(lenient, printed) / 100 == 2)
    #expect(try await lenient.stop() == 0)
  }

  @Test("that cannot be had leave foreign tokens refused and the server's own good")
  func unavailable() async throws {
    let provider = try await Provider()
    let server = try await WitanServer(
      environment: [
        "WITAN_TOKENS_ISSUERS": "[provider]", "WITAN_TOKENS_JWKS": "http://127.0.0.1:\(provider.port)/keys",
        "WITAN_TOKENS_JWKS_INTERVAL": "1s",
        "WITAN_OUTGOING_ALLOW_LOOPBACK": "true",
      ])
    #expect(try status(server, try provider.get("/stranger")) == 401)
    // Asked once more where that may help.
    #expect(try provider.fetches() == 2)
    let admin = try await server.token("decider", "admin")
    #expect(try status(server, admin) / 100 == 2)
    func fallen() throws -> [String] {
      let status = try server.call("GET", "/v1/status", token: admin).json()
      let parts = (status["degradation"] as? [String: Any])?["parts"] as? [[String: Any]] ?? []
      return parts.compactMap { $0["part"] as? String }
    }
    #expect(try fallen() == ["tokens.jwks"])
    let token = try provider.get("/rotate")
    try await wait(for: "the key", within: .seconds(20)) { try self.status(server, token) / 100 == 2 }
    #expect(try fallen().isEmpty)
  }

  @Test(
    "are not fetched over plain HTTP, from this machine least of all, unless that is allowed",
    arguments: ["http://127.0.0.1:9/keys", "http://id.example/keys"])
  func plain(url: String) async throws {
    let folder = try TemporaryFolder()
    let process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path],
      environment: ["WITAN_TOKENS_ISSUERS": "[provider]", "WITAN_TOKENS_JWKS": url])
    #expect(try await process.waitForExit() != 0)
    #expect(process.standardError.contains("tokens.jwks needs an https URL"))
  }
}
