// What has to hold before a server opens anything: that nobody else can read its folder and keys, that the keys are not ones
// that everybody has, and that the clock can be believed. All that is wrong is told at once, and what to do about it.
import CLinux
import Config
import Crypto
import Glibc
import Ledger
import Tokens

/// Why a server does not start.
struct StartRefused: Error, CustomStringConvertible {
  let faults: [String]

  var description: String { "the server does not start:\n" + faults.map { "  \($0)" }.joined(separator: "\n") }
}

enum StartChecks {
  static let development = Setting<Bool>(
    "development", default: false,
    "Whether this is a developer's machine, where weak keys, and keys that are printed in manuals, are let through.")
  static let clockTolerance = Setting<Duration>(
    "clock_tolerance", default: .seconds(300), in: .range(.seconds(1) ... .seconds(315_360_000)),
    "By how much the clock may be behind the newest entry of the log at the start; beyond, the server does not start.")

  /// No clock that is right shows an earlier time (2026-01-01): this program did not exist.
  private static let earliest = Timestamp(microseconds: 1_767_225_600_000_000)

  /// Before anything is opened.
  static func run(_ configuration: Configuration, now: Timestamp = .now()) throws(StartRefused) {
    var faults: [String] = []
    if now < earliest {
      faults.append("the clock shows \(now.text), which is long past: set it, or start time synchronisation")
    }
    let paths = LedgerPaths(folder: configuration[Settings.data].text)
    for folder in [paths.folder, paths.keys] { faults += privacy(of: folder, isFolder: true) }
    for name in names(in: paths.keys) { faults += privacy(of: "\(paths.keys)/\(name)", isFolder: false) }
    if !configuration[development] { faults += weakKeys(paths, configuration) }
    func check(_ name: String?, _ body: () throws -> Void) {
      do { try body() } catch { faults.append(name.map { "\($0): \(error)" } ?? "\(error)") }
    }
    check(nil) { _ = try Service.address(configuration) }
    check("tls") { _ = try ServiceTLS.server(configuration) }
    check("cors") { try ServiceCORS.cors(configuration)?.validate() }
    check("policies") { _ = try Service.constitution(in: configuration[Settings.policies].text) }
    check(nil) { _ = try KeySettings.passphrase(configuration) }
    check("tokens.jwks") { try checkKeySet(configuration) }
    check("tokens.jwks") { try ServiceTokens.check(configuration) }
    check("signatures.clients") { try ServiceSignatures.check(configuration) }
    check("webhooks") { _ = try WebhookSettings.endpoints(configuration) }
    check("log.file") { try checkLog(configuration) }
    if !faults.isEmpty { throw StartRefused(faults: faults) }
  }

  /// Once the ledger is open: a clock that is behind makes tokens live again that have run out.
  static func clock(
    _ configuration: Configuration, newest: Timestamp?, now: Timestamp = .now()
  ) throws(StartRefused) {
    guard let newest else { return }
    let behind = Duration.microseconds(newest.microseconds - now.microseconds)
    if behind > configuration[clockTolerance] {
      throw StartRefused(faults: [
        "the clock shows \(now.text), but the newest entry of the log is of \(newest.text): set the clock, or, if it was the entry's that was wrong, raise clock_tolerance for this start"
      ])
    }
  }

  /// Whether somebody keeps the clock right; nil where the kernel does not say.
  static var clockIsSynchronised: Bool? {
    let answer = witan_clock_is_synchronised()
    return answer < 0 ? nil : answer == 1
  }

  /// Nobody but this program's user may reach what lies at `path`; what is not there will be made so.
  static func privacy(of path: String, isFolder: Bool) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return errno == ENOENT ? [] : ["\(path): \(String(cString: strerror(errno)))"]
    }
    let (kind, wanted) = isFolder ? (S_IFDIR, "700") : (S_IFREG, "600")
    guard status.st_mode & S_IFMT == kind else {
      return ["\(path) is not a \(isFolder ? "folder" : "file"), which it should be"]
    }
    if status.st_uid != geteuid() {
      return [
        "\(path) belongs to user \(status.st_uid), and this program runs as \(geteuid()): change one or the other"
      ]
    }
    let mode = String(status.st_mode & 0o777, radix: 8)
    return status.st_mode & 0o077 == 0
      ? [] : ["\(path) can be reached by others (mode 0\(mode)): chmod \(wanted) \(path)"]
  }

  private static func names(in folder: String) -> [String] {
    guard let opened = opendir(folder) else { return [] }
    defer { closedir(opened) }
    var names: [String] = []
    while let entry = readdir(opened) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  // MARK: Keys

  /// Why nobody should run a service with this key, secret or public, whoever holds it.
  static func weakness(of key: JWK) -> String? { KnownKeys.weakness(of: key) { KeyWeakness.of($0) } }

  /// Those of the server's own keys that are there and that nobody should use.
  private static func weakKeys(_ paths: LedgerPaths, _ configuration: Configuration) -> [String] {
    var faults: [String] = []
    func told(_ path: String, _ weakness: String?) {
      if let weakness { faults.append("\(path) is too weak a key outside of development: \(weakness)") }
    }
    // What cannot be read is told of by whoever needs it.
    let masterKey = configuration[KeySettings.master]?.text ?? paths.masterKey
    // One that lies under a passphrase is longer, and judged by the passphrase.
    if let key = try? KeyFile.read(masterKey), key.count == AESGCM.keyLength {
      told(masterKey, KeyWeakness.of(key.span))
    }
    let shared = configuration[ServiceRedis.key]?.text ?? "\(paths.keys)/cache.key"
    let webhooks = configuration[WebhookSettings.secret]?.text ?? "\(paths.keys)/webhook.key"
    if let key = try? KeyFile.read(shared) { told(shared, KeyWeakness.of(key.span)) }
    if let text = try? KeyFile.read(webhooks), let secret = WebhookSigner.secret(in: text.span) {
      told(webhooks, KeyWeakness.of(secret.span.bytes))
    }
    let data = configuration[Settings.data].text
    let signingKey = configuration[KeySettings.ledger]?.text ?? paths.signingKey
    for path in [signingKey, ServiceKeys.path(data: data, configuration)] {
      if let pem = try? KeyFile.read(path), let key = try? PrivateKey(pem: pem.span) {
        told(path, weakness(of: JWK(.privateKey(key))))
      }
    }
    return faults
  }

  /// Throws where the keys of others, if they are in a file, cannot be used.
  static func checkKeySet(_ configuration: Configuration) throws {
    guard case .file(let path) = configuration[Settings.keySet] else { return }
    _ = try keySet(at: path.text, mayBeWeak: configuration[development])
  }

  /// Throws where the log's file could not be written; makes none.
  private static func checkLog(_ configuration: Configuration) throws {
    guard let path = configuration[ServiceTelemetry.settings.logFile]?.text else { return }
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else { throw UsageError("\(path) is a folder") }
      guard access(path, W_OK) == 0 else { throw UsageError("\(path): \(String(cString: strerror(errno)))") }
      return
    }
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard errno == ENOENT, access(folder, W_OK | X_OK) == 0 else {
      throw UsageError("\(path) cannot be made: \(String(cString: strerror(errno)))")
    }
  }

  /// The set at `path`, unless a key in it is one that nobody should trust.
  static func keySet(at path: String, mayBeWeak: Bool) throws -> JWKSet {
    let set = try KeySetFile.read(path)
    if !mayBeWeak { try judge(set, from: path) }
    return set
  }

  /// Throws where a key of the set is one that nobody should trust.
  static func judge(_ set: JWKSet, from place: String) throws(WeakKey) {
    for key in set.keys {
      if let weakness = weakness(of: key) { throw WeakKey(path: place, keyID: key.keyID, weakness: weakness) }
    }
  }
}

struct WeakKey: Error, CustomStringConvertible {
  let path: String
  let keyID: String?
  let weakness: String

  var description: String {
    "\(path): the key \(keyID ?? "without an id") is too weak outside of development: \(weakness)"
  }
}
