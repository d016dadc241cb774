// Keys under a passphrase and in other places, as an operator uses them: by the environment, with every command that needs
// a key.
import Foundation
import TestSupport
import Testing

@Suite("Keys on disk")
struct KeyPassphraseTests {
  private let given = ["WITAN_KEYS_PASSPHRASE": "correct horse battery"]

  private func witan(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> (status: Int32, output: String, error: String) {
    let command = try RunningProcess("witan", arguments, environment: environment)
    return (try await command.waitForExit(), command.standardOutput, command.standardError)
  }

  private func beginning(_ server: WitanServer, _ key: String) throws -> String {
    String(decoding: try Data(contentsOf: server.folder.file("keys/\(key)")).prefix(26), as: UTF8.self)
  }

  @Test("lie under the passphrase from the start that knows it on, and every command opens them with it")
  func passphrase() async throws {
    let plain = try await WitanServer()
    let auditor = try await plain.token("auditor")
    #expect(try plain.call("GET", "/v1/critics", token: auditor).status == 200)
    #expect(try await plain.stop() == 0)
    #expect(try beginning(plain, "ledger.pem").hasPrefix("-----BEGIN PRIVATE KEY"))
    let verifier = try await witan(["audit", "key", "--data", plain.folder.path]).output

    let server = try await WitanServer(folder: plain.folder, environment: given)
    for key in ["ledger.pem", "token.pem"] { #expect(try beginning(server, key) == "-----BEGIN ENCRYPTED PRIVA") }
    #expect(try beginning(server, "master.key").hasPrefix("witan sealed 1\n"))
    // The same keys: what was signed before is still accepted.
    #expect(try server.call("GET", "/v1/critics", token: auditor).status == 200)
    let data = ["--data", server.folder.path]
    let decider = try await witan(
      ["token", "create", "--role", "decider", "--subject", "tester"] + data, environment: given)
    #expect(decider.status == 0, "\(decider.error)")
    let token = decider.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: #"{"kind":"action","action":"x"}"#)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(try await server.stop() == 0)

    for command in [["audit", "verify"], ["audit", "replay"], ["audit", "key"], ["doctor"]] {
      let result = try await witan(command + data, environment: given)
      #expect(result.status == 0, "\(command): \(result.output)\(result.error)")
    }
    #expect(try await witan(["audit", "key"] + data, environment: given).output == verifier)
    let backup = server.folder.file("copy").path
    let copied = try await witan(["backup", backup, "--with-keys"] + data, environment: given)
    #expect(copied.status == 0, "\(copied.error)")
    let rotated = try await witan(["audit", "rotate-key", "--reason", "yearly"] + data, environment: given)
    #expect(rotated.status == 0 && rotated.output != verifier, "\(rotated.error)")
    #expect(try beginning(server, "ledger.pem") == "-----BEGIN ENCRYPTED PRIVA")
    let left = try FileManager.default.contentsOfDirectory(atPath: server.folder.file("keys").path)
    #expect(Set(left) == ["ledger.pem", "ledger.pem.former", "token.pem", "master.key"])
    #expect(try await witan(["audit", "verify"] + data, environment: given).status == 0)

    // Without it nothing opens, and it is said why; with the log's verifier key nobody needs it.
    for environment in [[:], ["WITAN_KEYS_PASSPHRASE": "incorrect horse"]] {
      let refused = try await witan(["audit", "key"] + data, environment: environment)
      #expect(refused.status == 1 && refused.error.contains("passphrase"), "\(refused.error)")
      let serving = try await witan(["serve", "--listen", "127.0.0.1:0"] + data, environment: environment)
      #expect(serving.status == 1 && serving.error.contains("passphrase"), "\(serving.error)")
    }
    let stranger = try await witan(
      ["audit", "verify", "--key", verifier.trimmingCharacters(in: .whitespacesAndNewlines)] + data)
    #expect(stranger.status == 0, "\(stranger.output)\(stranger.error)")
  }

  @Test("may lie elsewhere")
  func places() async throws {
    let folder = try TemporaryFolder()
    let places = Dictionary(
      uniqueKeysWithValues: ["LEDGER", "TOKEN", "MASTER"].map { ("WITAN_KEYS_\($0)", folder.file("\($0).key").path) })
    let server = try await WitanServer(environment: places)
    #expect(try FileManager.default.contentsOfDirectory(atPath: server.folder.file("keys").path).isEmpty)
    let made = try await witan(
      ["token", "create", "--role", "auditor", "--subject", "tester", "--data", server.folder.path],
      environment: places)
    let token = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try server.call("GET", "/v1/critics", token: token).status == 200)
    #expect(try await server.stop() == 0)
    let result = try await witan(["audit", "verify", "--data", server.folder.path], environment: places)
    #expect(result.status == 0, "\(result.output)\(result.error)")
  }

  @Test("are refused where others can read or write them", arguments: ["ledger.pem", "token.pem", "master.key"])
  func open(key: String) async throws {
    let server = try await WitanServer()
    #expect(try await server.stop() == 0)
    let path = server.folder.file("keys/\(key)").path
    for mode in [0o640, 0o604, 0o620] {
      #expect(chmod(path, mode_t(mode)) == 0)
      let serving = try await witan(["serve", "--listen", "127.0.0.1:0", "--data", server.folder.path])
      #expect(serving.status == 1)
      #expect(
        serving.error.contains("0\(String(mode, radix: 8))") && serving.error.contains("chmod 600"), "\(serving.error)")
    }
  }
}
