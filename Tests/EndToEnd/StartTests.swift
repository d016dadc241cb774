// What has to hold before a server listens: folders and keys that are nobody else's business, keys that nobody else has, a
// clock that can be believed; and what it does with itself as a process.
import Crypto
import Foundation
import Ledger
import TestSupport
import Testing

@Suite("Starting")
struct StartTests {
  /// A folder with everything that a first start makes.
  private func used() async throws -> TemporaryFolder {
    let server = try await WitanServer()
    #expect(try await server.stop() == 0)
    return server.folder
  }

  private func refusal(_ folder: TemporaryFolder, environment: [String: String] = [:]) async throws -> String {
    let process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path], environment: environment,
      folder: folder.url)
    #expect(try await process.waitForExit() == 1, "\(process.standardOutput)")
    #expect(!process.standardOutput.contains("listens"))
    return process.standardError
  }

  private func mode(_ path: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test("makes a folder and keys that only its user can reach")
  func modes() async throws {
    let parent = try TemporaryFolder()
    let process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", parent.path + "/data"], folder: parent.url)
    try await process.waitForOutput("log key")
    let data = parent.path + "/data"
    let all = try #require(FileManager.default.enumerator(atPath: data)?.allObjects as? [String])
    #expect(all.contains("keys/ledger.pem") && all.contains("ledger.db"))
    for name in [""] + all {
      let mode = try FileManager.default.attributesOfItem(atPath: "\(data)/\(name)")[.posixPermissions] as? Int
      #expect((mode ?? 0o777) & 0o077 == 0, "\(name)")
    }
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0, "\(process.standardError)")
  }

  @Test("is refused where others can reach the folder or a key, and all that is open is told at once")
  func permissions() async throws {
    let folder = try await used()
    try mode(folder.path, 0o755)
    try mode(folder.path + "/keys/master.key", 0o640)
    try mode(folder.path + "/keys/ledger.pem", 0o604)
    let text = try await refusal(folder)
    for line in [
      "\(folder.path) can be reached by others (mode 0755): chmod 700 \(folder.path)",
      "master.key can be reached by others (mode 0640): chmod 600", "ledger.pem can be reached by others (mode 0604)",
    ] { #expect(text.contains(line), "\(text)") }
    try mode(folder.path, 0o700)
    try mode(folder.path + "/keys/master.key", 0o600)
    try mode(folder.path + "/keys/ledger.pem", 0o600)
    let server = try await WitanServer(folder: folder)
    #expect(try await server.stop() == 0)
  }

  @Test("is refused with everything at once that stands against it, before anything is made")
  func everythingAtOnce() async throws {
    let folder = try TemporaryFolder()
    try mode(folder.path, 0o755)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/policies", withIntermediateDirectories: false)
    try Data("clauses: 7\n".utf8).write(to: folder.file("policies/constitution.yaml"))
    try Data("{}".utf8).write(to: folder.file("clients.json"))
    try mode(folder.file("clients.json").path, 0o600)
    let text = try await refusal(
      folder,
      environment: [
        "WITAN_LOG_FILE": folder.path, "WITAN_POLICIES": folder.path + "/policies",
        "WITAN_TLS_CERTIFICATE": folder.path + "/none.pem", "WITAN_TLS_KEY": folder.path + "/none.key",
        "WITAN_SIGNATURES_CLIENTS": folder.path + "/clients.json", "WITAN_TOKENS_JWKS": folder.path + "/none.json",
        "WITAN_CORS_ORIGINS": "[nonsense]",
      ])
    for part in [
      "can be reached by others (mode 0755)", "log.file: ", "policies: ", "constitution.yaml", "none.pem",
      "signatures.clients: ", "tokens.jwks: ", "none.json", "tokens.issuers or tokens.audiences", "cors: ",
    ] { #expect(text.contains(part), "\(part) in \(text)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["clients.json", "policies"])
    let unwritable = try await refusal(
      try TemporaryFolder(), environment: ["WITAN_LOG_FILE": folder.path + "/no/folder/witan.log"])
    #expect(unwritable.contains("log.file: "), "\(unwritable)")
  }

  @Test(
    "is refused with fields for the collector that are none, and with levels of parts that are not there",
    arguments: [
      ("OTEL_EXPORTER_OTLP_HEADERS", "gar9bage", "field 1 of the list is no name=value"),
      ("OTEL_EXPORTER_OTLP_HEADERS", "a=b%0d%0aX: gar9bage", "the value of the field a has control characters"),
      ("OTEL_EXPORTER_OTLP_HEADERS", "host=gar9bage", "the field host is the client's own to send"),
      ("OTEL_EXPORTER_OTLP_HEADERS", "x y:z=gar9bage", "a field's name is not a token"),
      ("WITAN_TELEMETRY_OTLP_HEADERS", "a=b,content-type=gar9bage", "content-type is the exporter's own"),
      ("WITAN_LOG_LEVELS", "{htp: debug}", "there is no component htp; did you mean http?"),
    ])
  func settingsTogether(variable: String, text: String, told: String) async throws {
    let refused = try await refusal(try TemporaryFolder(), environment: [variable: text])
    #expect(refused.contains(told) && !refused.contains("gar9bage"), "\(refused)")
    let check = try RunningProcess("witan", ["config", "check"], environment: [variable: text])
    #expect(try await check.waitForExit() == 1)
    #expect(check.standardOutput.contains(told) && !check.standardOutput.contains("gar9bage"))
  }

  @Test("hears a SIGHUP that comes while it begins, and goes on")
  func earlyHangup() async throws {
    let folder = try TemporaryFolder()
    let process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path], folder: folder.url)
    // The kernel's list of what the process blocks: from then on nothing is lost.
    try await wait(for: "the first moment") {
      let status = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
      let blocked = status.firstMatch(of: /SigBlk:\t([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
      return blocked & 1 != 0 || !process.isRunning
    }
    while process.isRunning, !process.standardOutput.contains("log key") {
      process.signal(SIGHUP)
      try await ContinuousClock().sleep(for: .milliseconds(1))
    }
    try await process.waitForOutput("config.reloaded")
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0, "\(process.standardError)")
  }

  @Test("is refused with keys that anybody could have, outside of development")
  func weakKeys() async throws {
    let folder = try TemporaryFolder()
    let keys = folder.path + "/keys"
    try FileManager.default.createDirectory(
      atPath: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    func write(_ bytes: [UInt8], _ name: String) throws {
      try Data(bytes).write(to: folder.file("keys/\(name)"))
      try mode("\(keys)/\(name)", 0o600)
    }
    try write(Array(repeating: 0, count: 32), "master.key")
    #expect(try await refusal(folder).contains("master.key is too weak a key outside of development: it has only 1"))
    try write(Array("passwordpasswordpasswordpassword".utf8), "master.key")
    #expect(try await refusal(folder).contains("it contains a word from examples and defaults"))
    try FileManager.default.removeItem(atPath: "\(keys)/master.key")
    // The secret key of RFC 8032, section 7.1, test 1, as PKCS #8.
    try write(
      Array(
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
          + "-----END PRIVATE KEY-----\n").utf8), "token.pem")
    #expect(
      try await refusal(folder).contains("token.pem is too weak a key outside of development: it is printed in"))
    try write(Array(repeating: 7, count: 40), "elsewhere.key")
    try write(Array("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".utf8), "hooks.key")
    let environment = [
      "WITAN_REDIS_KEY": "\(keys)/elsewhere.key", "WITAN_WEBHOOKS_SECRET": "\(keys)/hooks.key",
    ]
    let text = try await refusal(folder, environment: environment)
    #expect(text.contains("elsewhere.key is too weak") && text.contains("hooks.key is too weak"), "\(text)")
    let server = try await WitanServer(folder: folder, environment: ["WITAN_DEVELOPMENT": "true"])
    #expect(try await server.stop() == 0)
  }

  /// Secrets that are a pattern, or printed where everybody can read them.
  private static let poor: [[UInt8]] =
    [
      Array(0...31), Array(repeating: [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF], count: 4).flatMap { $0 },
      (0...31).map { 3 &* UInt8($0) &+ 9 }, Array("90817263549081726354908172635490".utf8),
      Array(repeating: Array("k9!Zq_x4Lw@7Rt2V".utf8), count: 2).flatMap { $0 },
    ]
    + [
      "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
      "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5",
    ].compactMap { Hex.decode($0) }

  /// What begins the PKCS #8 of an Ed25519 key, before the seed; and a public key's SubjectPublicKeyInfo, before the point.
  private static let pairForm: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
  private static let publicForm: [UInt8] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]

  private func pem(_ label: String, _ bytes: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString())\n-----END \(label)-----\n"
  }

  @Test("is refused with patterns and with the examples of standards, wherever a key is asked for")
  func printedKeys() async throws {
    let folder = try TemporaryFolder()
    let keys = folder.path + "/keys"
    try FileManager.default.createDirectory(
      atPath: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    func write(_ bytes: [UInt8], _ name: String) throws {
      try Data(bytes).write(to: folder.file("keys/\(name)"))
      try mode("\(keys)/\(name)", 0o600)
    }
    for secret in Self.poor {
      try write(secret, "master.key")
      try write(secret, "cache.key")
      try write(Array(pem("PRIVATE KEY", Self.pairForm + secret).utf8), "token.pem")
      let text = try await refusal(folder)
      for name in ["master.key", "cache.key", "token.pem"] {
        #expect(text.contains("\(name) is too weak a key outside of development"), "\(secret): \(text)")
      }
    }
    for name in ["master.key", "cache.key", "token.pem"] {
      try FileManager.default.removeItem(atPath: "\(keys)/\(name)")
    }

    let clients = folder.file("clients.json")
    let signing = ["WITAN_SIGNATURES_CLIENTS": clients.path]
    func refused(_ member: String, _ value: String) async throws {
      let row: [String: Any] = ["keyid": "a", "subject": "a", "roles": ["decider"], member: value]
      try JSONSerialization.data(withJSONObject: ["clients": [row]]).write(to: clients)
      try mode(clients.path, 0o600)
      let text = try await refusal(folder, environment: signing)
      #expect(text.contains("the key a is too weak"), "\(value): \(text)")
    }
    for secret in Self.poor { try await refused("secret", Data(secret).base64EncodedString()) }
    try await refused(
      "secret", "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==")
    // RFC 9421, test-key-ed25519; RFC 8032, test 1; the seed 0, 1, … 31.
    let published = [
      "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
    ]
    for key in published {
      try await refused("public_key", pem("PUBLIC KEY", Self.publicForm + (Hex.decode(key) ?? [])))
    }
    let set = folder.file("keys.json")
    try Data(
      #"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}]}"#
        .utf8
    ).write(to: set)
    let text = try await refusal(
      folder, environment: ["WITAN_TOKENS_JWKS": set.path, "WITAN_TOKENS_ISSUERS": "[provider]"])
    #expect(text.contains("the key a is too weak"), "\(text)")
  }

  @Test("prints a token for first steps at a terminal alone; into a pipe, a line that has one made")
  func greeting() async throws {
    let free = try await WitanServer()
    #expect(free.process.standardOutput.contains("token create") && !free.process.standardOutput.contains("Bearer ey"))
    #expect(try await free.stop() == 0)
    let folder = try TemporaryFolder()
    let program = RunningProcess.buildFolder.appending(path: "witan").path
    let serve = "echo $$ > \(folder.path)/pid; exec \(program) serve --listen 127.0.0.1:0 --data \(folder.path)/data"
    let terminal = try RunningProcess(
      path: "/usr/bin/script", ["-qefc", "/bin/sh -c '\(serve)'", "/dev/null"], folder: folder.url)
    try await terminal.waitForOutput("Authorization: Bearer ey")
    let pid = try String(contentsOf: folder.file("pid"), encoding: .utf8).trimmingCharacters(
      in: .whitespacesAndNewlines)
    kill(try #require(pid_t(pid)), SIGTERM)
    #expect(try await terminal.waitForExit() == 0, "\(terminal.standardOutput)")
    let managed = try await WitanServer(environment: ["INVOCATION_ID": "0af7651916cd43dd8448eb211c80319c"])
    #expect(try await managed.stop() == 0)
    #expect(!managed.process.standardOutput.contains("Bearer"), "\(managed.process.standardOutput)")
  }

  @Test("is refused with a password on the command line, where everybody could read it")
  func passwordInFlag() async throws {
    let folder = try TemporaryFolder()
    let process = try RunningProcess(
      "witan",
      ["serve", "--listen", "127.0.0.1:0", "--data", folder.path, "--redis", "redis://:hidden@127.0.0.1:1"])
    #expect(try await process.waitForExit() != 0)
    #expect(process.standardError.contains("redis.password") && !process.standardError.contains("hidden"))
    let check = try RunningProcess(
      "witan", ["config", "check"], environment: ["WITAN_WEBHOOKS_URLS": "https://me:hidden@example.org/h?key=hidden"])
    _ = try await check.waitForExit()
    #expect(check.standardOutput.contains("https://me:") && !check.standardOutput.contains("hidden"))
  }

  @Test("is refused with a shared secret of tokens that is in every manual, or that cannot be read")
  func weakSecrets() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("keys.json")
    let environment = ["WITAN_TOKENS_JWKS": file.path, "WITAN_TOKENS_ISSUERS": "[provider]"]
    func write(_ secret: String) throws {
      let encoded = Data(secret.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
        .replacing("/", with: "_")
      try Data(#"{"keys": [{"kty": "oct", "kid": "a", "alg": "HS256", "k": "\#(encoded)"}]}"#.utf8).write(to: file)
      try mode(file.path, 0o600)
    }
    #expect(try await refusal(folder, environment: environment).contains("tokens.jwks"))
    try write("a-string-secret-at-least-256-bits-long")
    #expect(try await refusal(folder, environment: environment).contains("the key a is too weak"))
    try write(String(repeating: "ab", count: 20))
    #expect(try await refusal(folder, environment: environment).contains("only 2 different characters"))
    try write("w8Zr1qYt5Xc7Nv2Jm9Kp4Ls6Hd3Gf0Bz-Qe")
    let server = try await WitanServer(folder: folder, environment: environment)
    #expect(try await server.stop() == 0)
  }

  @Test("is refused with a passphrase, or a secret of a signing client, that could be guessed, outside of development")
  func guessable() async throws {
    let folder = try TemporaryFolder()
    let passphrase = ["WITAN_KEYS_PASSPHRASE": "changeme"]
    let process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path], environment: passphrase)
    #expect(try await process.waitForExit() != 0)
    #expect(process.standardError.contains("too weak outside development"), "\(process.standardError)")
    #expect(!process.standardError.contains("changeme"))
    let lenient = try await WitanServer(environment: passphrase.merging(["WITAN_DEVELOPMENT": "true"]) { $1 })
    #expect(try await lenient.stop() == 0)

    let clients = folder.file("clients.json")
    func write(_ secret: String) throws {
      let encoded = Data(secret.utf8).base64EncodedString()
      let row: [String: Any] = ["keyid": "a", "subject": "a", "roles": ["decider"], "secret": encoded]
      try JSONSerialization.data(withJSONObject: ["clients": [row]]).write(to: clients)
      try mode(clients.path, 0o600)
    }
    let signing = ["WITAN_SIGNATURES_CLIENTS": clients.path]
    try write("passwordpasswordpasswordpassword")
    #expect(try await refusal(folder, environment: signing).contains("too weak"))
    try write("w8Zr1qYt5Xc7Nv2Jm9Kp4Ls6Hd3Gf0Bz-Qe")
    let server = try await WitanServer(folder: folder, environment: signing)
    #expect(try await server.stop() == 0)
  }

  @Test("is refused by a clock that is behind the log, by more than the configuration allows")
  func clock() async throws {
    let folder = try TemporaryFolder()
    var configuration = LedgerConfiguration()
    configuration.now = { Timestamp(microseconds: Timestamp.now().microseconds + 3600 * 1_000_000) }
    let ledger = try Ledger.open(dataFolder: folder.path, configuration: configuration)
    _ = try await ledger.append(EntryDraft(type: "service", id: "srv_1", actor: "witan", body: Array("{}".utf8)))
    ledger.close()
    let text = try await refusal(folder)
    #expect(text.contains("the newest entry of the log is of") && text.contains("clock_tolerance"), "\(text)")
    let server = try await WitanServer(folder: folder, environment: ["WITAN_CLOCK_TOLERANCE": "2h"])
    #expect(try await server.stop() == 0)
  }

  @Test("leaves no dump of the process's memory, and makes files that are nobody else's")
  func process() async throws {
    let server = try await WitanServer()
    let proc = "/proc/\(server.process.identifier)"
    let limits = try String(contentsOfFile: "\(proc)/limits", encoding: .utf8)
    let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
    #expect(line.split(separator: " ").filter { $0 == "0" }.count == 2, "\(line)")
    let status = try String(contentsOfFile: "\(proc)/status", encoding: .utf8)
    #expect(status.contains("Umask:\t0077"))
    #expect(try await server.stop() == 0)
  }
}

@Suite("The sources")
struct NoShellTests {
  @Test("start no shell: what they run they run by its path and words")
  func noShell() throws {
    let sources = Fixtures.packageRoot.appending(path: "Sources")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var seen = 0
    while let file = files?.nextObject() as? URL {
      // What looks for commands in cases names shells.
      guard ["swift", "c", "h"].contains(file.pathExtension), !file.path.contains("/Critics/Evidence/") else {
        continue
      }
      seen += 1
      // Cases of enumerations may be called so.
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.contains("case ") }
      let shell = /(^|[^.\w])(popen|system|wordexp|execvp|execlp|posix_spawnp)\(|\/bin\/(ba)?sh/
      for line in lines { #expect(line.firstMatch(of: shell) == nil, "\(file.path): \(line)") }
    }
    #expect(seen > 100)
  }
}
