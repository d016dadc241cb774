// Requests that are signed instead of bringing a token, against the real executable; Ed25519 by OpenSSL's command line.
import Crypto
import Foundation
import TestSupport
import Testing

@Suite("Signed requests")
struct SignedRequestTests {
  private static let secret = Array("kq3Zr8vN1xTe6Lw0Bf5Gj9Hs2Md7Py4Ua.Cb-Xoi".utf8)
  /// A new one each time, with a time and a nonce of its own.
  private static var hmac: RequestSigner { RequestSigner(secret: secret) }

  private let folder: TemporaryFolder
  private let server: WitanServer

  init() async throws {
    folder = try TemporaryFolder()
    let key = folder.file("ed25519.pem").path
    try await Self.openssl(["genpkey", "-algorithm", "ed25519", "-out", key])
    try await Self.openssl(["pkey", "-in", key, "-pubout", "-out", folder.file("public.pem").path])
    try Self.write(folder, clients: ["billing", "builder"])
    server = try await WitanServer(
      folder: folder, environment: ["WITAN_SIGNATURES_CLIENTS": folder.file("clients.json").path])
    // Signatures of the second in which the server began, and of those before, are refused.
    let began = Int(Date().timeIntervalSince1970)
    try await wait(for: "the next second") { Int(Date().timeIntervalSince1970) > began }
  }

  private static func openssl(_ arguments: [String]) async throws {
    let process = try RunningProcess(path: "/usr/bin/openssl", arguments)
    #expect(try await process.waitForExit() == 0, "\(process.standardError)")
  }

  private static func write(_ folder: TemporaryFolder, clients: [String]) throws {
    let pem = try String(contentsOf: folder.file("public.pem"), encoding: .utf8)
    let rows: [String: [String: Any]] = [
      "billing": ["keyid": "billing", "subject": "billing", "roles": ["decider"], "secret": Base64.encode(secret)],
      "builder": ["keyid": "builder", "subject": "builder", "roles": ["auditor"], "public_key": pem],
    ]
    let file = folder.file("clients.json")
    try JSONSerialization.data(withJSONObject: ["clients": clients.compactMap { rows[$0] }]).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
  }

  private static let body = #"{"action": "send_invoice", "actor": "billing"}"#

  private func post(
    _ signer: RequestSigner, body: String = body, sent: String? = nil, digest: String? = nil,
    fields more: [String: String] = [:]
  ) throws -> RawAnswer {
    let fields = try signer.fields("POST", "/v1/deliberations", port: server.port, body: body, digest: digest)
    return try server.call("POST", "/v1/deliberations", body: sent ?? body, fields: fields.merging(more) { $1 })
  }

  @Test("stand for the client that the key belongs to, with hmac-sha256 and with ed25519")
  func both() async throws {
    var signer = Self.hmac
    let answer = try post(signer)
    #expect(answer.status == 200)
    let id = try #require(try answer.json()["id"] as? String)
    // The record is of the subject that the file names, whom a token of the same name may read it for.
    #expect(
      try server.call("GET", "/v1/deliberations/\(id)", token: await server.token("decider", subject: "billing")).status
        == 200)
    signer.nonce = "a nonce of the second request"
    signer.algorithm = "hmac-sha256"
    signer.components = ["@target-uri", "content-digest", "@authority", "@method"]
    #expect(try post(signer).status == 200)

    let key = folder.file("ed25519.pem").path
    var builder = RequestSigner { base in
      let (text, signature) = (folder.file("base").path, folder.file("signature").path)
      try base.write(toFile: text, atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/openssl")
      process.arguments = ["pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", text, "-out", signature]
      try process.run()
      process.waitUntilExit()
      return [UInt8](try Data(contentsOf: URL(filePath: signature)))
    }
    builder.keyID = "builder"
    let fields = try builder.fields("GET", "/v1/audit/entries", query: "limit=1", port: server.port)
    #expect(try server.call("GET", "/v1/audit/entries?limit=1", fields: fields).status == 200)
    // Its role is that of the file: an auditor does not decide.
    builder.nonce = "another nonce"
    let wrongRole = try builder.fields("POST", "/v1/deliberations", port: server.port, body: Self.body)
    #expect(try server.call("POST", "/v1/deliberations", body: Self.body, fields: wrongRole).status == 403)
  }

  @Test("count once: the same again is refused")
  func replayed() async throws {
    let signer = Self.hmac
    #expect(try post(signer).status == 200)
    let again = try post(signer)
    #expect(again.status == 401)
    #expect(try again.json()["detail"] as? String == "the nonce was used before")
    // Of many at once, one is first.
    var other = signer
    other.nonce = "for many at once"
    let concurrent = other
    let statuses = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { (try? post(concurrent).status) ?? 0 } }
      return await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(statuses.sorted() == [200] + Array(repeating: 401, count: 7))
  }

  @Test("hold the whole request: another body, path, method or key, or an old time, is refused")
  func spoiled() async throws {
    let signer = Self.hmac
    #expect(try post(signer, sent: Self.body.replacing("invoice", with: "payment")).status == 401)
    // The digest of what is sent, but not the one that was signed.
    let other = Self.body.replacing("invoice", with: "payment")
    #expect(try post(signer, sent: other, fields: ["Content-Digest": RequestSigner.digest(other)]).status == 401)
    var uncovered = signer
    uncovered.components = ["@method", "@authority", "@path", "@query"]
    let told = try post(uncovered)
    #expect(told.status == 401)
    #expect(try told.json()["detail"] as? String == "the signature does not cover content-digest")
    let path = try signer.fields("POST", "/v1/deliberations/batch", port: server.port, body: Self.body)
    #expect(try server.call("POST", "/v1/deliberations", body: Self.body, fields: path).status == 401)
    let query = try signer.fields("GET", "/v1/critics", port: server.port)
    #expect(try server.call("GET", "/v1/critics?x=1", fields: query).status == 401)
    var late = signer
    late.created -= 301
    #expect(try post(late).status == 401)
    var early = signer
    early.created += 60
    #expect(try post(early).status == 401)
    var nameless = signer
    nameless.nonce = nil
    #expect(try post(nameless).status == 401)
    var unknown = signer
    unknown.keyID = "nobody"
    #expect(try post(unknown).status == 401)
    var confused = signer
    confused.keyID = "builder"
    #expect(try post(confused).status == 401)
    var wrong = signer
    wrong.sign = { _ in Array(repeating: 0, count: 32) }
    let refused = try post(wrong)
    #expect(refused.status == 401)
    #expect(refused["WWW-Authenticate"] == "Bearer")
    #expect(try refused.json()["detail"] as? String == "the signature is not valid here")
    let token = try await server.token("decider")
    #expect(try post(signer, fields: ["Authorization": "Bearer \(token)"]).status == 400)
    // After all of these the nonce is still good: nothing but a valid request uses it up.
    #expect(try post(signer).status == 200)
  }

  @Test("end with their key: revoked, or gone from the file after a reload; a wrong file changes nothing")
  func keys() async throws {
    let admin = try await server.token("admin")
    var signer = Self.hmac
    try Self.write(folder, clients: ["builder"])
    #expect(try post(signer).status == 200)
    #expect(try server.call("POST", "/v1/admin/reload", token: admin).status == 200)
    signer.nonce = "the second nonce"
    #expect(try post(signer).status == 401)
    try Self.write(folder, clients: ["billing", "billing"])
    let refused = try server.call("POST", "/v1/admin/reload", token: admin)
    #expect(refused.status == 409)
    #expect(refused.text.contains("has the keyid of another client"))
    try Self.write(folder, clients: ["billing", "builder"])
    #expect(try server.call("POST", "/v1/admin/reload", token: admin).status == 200)
    signer.nonce = "the third nonce"
    #expect(try post(signer).status == 200)
    let revocation = #"{"key": "billing", "reason": "The secret was seen in a log."}"#
    #expect(try server.call("POST", "/v1/admin/revocations", token: admin, body: revocation).status < 300)
    signer.nonce = "the fourth nonce"
    #expect(try post(signer).status == 401)
    #expect(try await server.stop() == 0)
    // Also after a restart.
    let restarted = try await WitanServer(
      folder: folder, environment: ["WITAN_SIGNATURES_CLIENTS": folder.file("clients.json").path])
    signer.created = Int(Date().timeIntervalSince1970) + 5
    let fields = try signer.fields("POST", "/v1/deliberations", port: restarted.port, body: Self.body)
    #expect(try restarted.call("POST", "/v1/deliberations", body: Self.body, fields: fields).status == 401)
    #expect(try await restarted.stop() == 0)
  }

  @Test("are refused after a restart where they were made before it: they may have been used")
  func restart() async throws {
    let signer = Self.hmac
    #expect(try post(signer).status == 200)
    #expect(try await server.stop() == 0)
    let restarted = try await WitanServer(
      folder: folder, environment: ["WITAN_SIGNATURES_CLIENTS": folder.file("clients.json").path])
    var again = signer
    let fields = try again.fields("POST", "/v1/deliberations", port: restarted.port, body: Self.body)
    let answer = try restarted.call("POST", "/v1/deliberations", body: Self.body, fields: fields)
    #expect(answer.status == 401)
    #expect(answer.text.contains("sign anew"))
    again.created = Int(Date().timeIntervalSince1970) + 2
    let anew = try again.fields("POST", "/v1/deliberations", port: restarted.port, body: Self.body)
    #expect(try restarted.call("POST", "/v1/deliberations", body: Self.body, fields: anew).status == 200)
    #expect(try await restarted.stop() == 0)
  }

  @Test("need a file that nobody else can read, whose faults are all named at the start")
  func file() async throws {
    let file = folder.file("wrong.json")
    let text = """
      {"clients": [{"keyid": "a", "subject": "a", "role": ["decider"], "secret": "c2hvcnQ="},
                   {"keyid": "b", "subject": "b", "roles": ["decidr"]}]}
      """
    try text.write(to: file, atomically: true, encoding: .utf8)
    func start() async throws -> String {
      let process = try RunningProcess(
        "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.file("other").path],
        environment: ["WITAN_SIGNATURES_CLIENTS": file.path])
      #expect(try await process.waitForExit() != 0)
      return process.standardError
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    #expect(try await start().contains("644"))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    let told = try await start()
    for expected in ["/clients/0/role", "did you mean “roles”?", "/clients/0/secret", "/clients/1/roles/0", "decider"] {
      #expect(told.contains(expected), "\(expected): \(told)")
    }
    #expect(!told.contains("c2hvcnQ"))
  }
}
