// Machines that sign their requests: a file says which keys there are and whom each stands for. It is read at the start and
// at every reload; one that is wrong leaves the earlier keys in force.
import API
import Config
import Crypto
import Engine
import HTTP
import JSON
import Locking
import Signatures
import Tokens

final class ServiceSignatures: Sendable {
  static let file = Setting<FilePath?>(
    "signatures.clients", default: nil,
    "A JSON file with the clients that sign their requests (RFC 9421) instead of bringing a token; nobody else may read it."
  )
  static let scheme = Setting<String?>(
    "signatures.scheme", default: nil,
    in: Constraint("http or https") { $0.map { ["http", "https"].contains($0) } ?? true },
    "The scheme by which clients see this server, where a proxy ends TLS; by default that of the server itself.")
  static let body = Setting<ByteSize>(
    "signatures.body", default: .mebibytes(8), in: .range(.kibibytes(1) ... .gibibytes(1)),
    "The largest body that may be signed: it is held in memory until its digest is checked.")
  static let nonces = Setting<Int>(
    "signatures.nonces", default: 1_000_000, in: .range(1...100_000_000), unit: "nonces",
    "Nonces that are remembered; beyond, signed requests are answered with 503 until the oldest have run out.")

  static let section = SettingSection(
    "Signatures", "Requests that machines sign.", [file, scheme, body, nonces])

  private let path: String
  private let mayBeWeak: Bool
  private let clients: Locked<[String: SigningClient]>
  private let revoked = Locked<Set<String>>([])
  private let settings: (scheme: String, largestBody: Int)
  private let memory: any NonceMemory

  /// Nil where no file is named. `now` in seconds since 1970. With `redis`, a signature counts once for all instances.
  init?(_ configuration: Configuration, isSecure: Bool, now: Double, sharing redis: ServiceRedis?) throws {
    guard let file = configuration[Self.file] else { return nil }
    path = file.text
    mayBeWeak = configuration[StartChecks.development]
    clients = Locked(try Self.read(path, mayBeWeak: mayBeWeak))
    settings = (configuration[Self.scheme] ?? (isSecure ? "https" : "http"), configuration[Self.body].bytes)
    let own = NoncesInMemory(atMost: configuration[Self.nonces], began: Int64(now))
    memory = redis?.nonces(own) ?? own
  }

  var requests: SignedRequests {
    SignedRequests(nonces: memory, scheme: settings.scheme, largestBody: settings.largestBody) { [self] id in
      revoked.withLock { $0.contains(id) } ? nil : clients.withLock { $0[id] }
    }
  }

  /// The clients whom the file names now; in force once they are used.
  func read() throws -> [String: SigningClient] { try Self.read(path, mayBeWeak: mayBeWeak) }

  func use(_ read: [String: SigningClient]) { clients.withLock { $0 = read } }

  /// Throws where the file that is named, if one is, would stop the start.
  static func check(_ configuration: Configuration) throws {
    guard let file = configuration[file] else { return }
    _ = try read(file.text, mayBeWeak: configuration[StartChecks.development])
  }

  /// A key that is revoked never counts again, whatever the file says.
  func obey(_ revocation: Revocation) {
    if case .key(let name) = revocation.revoked { revoked.withLock { _ = $0.insert(name) } }
  }

  private static let largestFile = 1 << 20

  private static func read(_ path: String, mayBeWeak: Bool) throws -> [String: SigningClient] {
    let bytes = try KeyFile.read(path, maximumLength: largestFile)
    let list: ClientList
    do throws(JSONRefusal) {
      list = try JSONReader.decode(ClientList.self, from: bytes.span)
    } catch { throw ClientsRefused(path: path, refusal: error) }
    if !mayBeWeak, let (keyID, weakness) = list.weak { throw WeakKey(path: path, keyID: keyID, weakness: weakness) }
    return list.clients
  }
}

/// Why the file of signing clients is not taken.
struct ClientsRefused: Error, CustomStringConvertible {
  let path: String
  let refusal: JSONRefusal

  var description: String {
    switch refusal {
    case .malformed(let error): "\(path) is not JSON: \(error)"
    case .fields(let errors):
      "\(path): " + errors.items.map { "\($0.pointer) \($0.message)" }.joined(separator: "; ")
    }
  }
}

/// `{"clients": [{"keyid", "subject", "roles", "secret" or "public_key"}]}`.
private struct ClientList: JSONReadable {
  var clients: [String: SigningClient] = [:]
  /// One of the keys that nobody should trust, and why.
  var weak: (keyID: String, weakness: String)?

  static let most = 10_000

  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    var isThere = false
    while let key = try reader.key(&object) {
      guard key == "clients" else {
        reader.refuseUnknown(key, known: ["clients"])
        continue
      }
      isThere = true
      var array = try reader.array()
      while try reader.next(&array) {
        let each = try reader.read(ClientRow.self)
        if clients.count >= Self.most { reader.refuse("must be at most \(Self.most) clients") }
        if let weakness = each.weakness { weak = (each.keyID, weakness) }
        guard let client = each.client else { continue }
        if clients.updateValue(client, forKey: each.keyID) != nil { reader.refuse("has the keyid of another client") }
      }
    }
    if !isThere { reader.missing("clients", of: object) }
  }
}

private struct ClientRow: JSONReadable {
  var keyID = ""
  /// Nil where something is wrong, which the reader then knows.
  var client: SigningClient?
  /// Why the secret could be guessed, or the key is one that everybody has.
  var weakness: String?

  private static let known = ["keyid", "subject", "roles", "secret", "public_key"]
  /// As many bytes as the hash gives (RFC 2104, section 3).
  private static let shortestSecret = 32

  init(from reader: inout JSONReader) throws(JSONError) {
    var subject = ""
    var roles: Set<Role> = []
    var keys: [SignatureKey] = []
    var object = try reader.object()
    while let name = try reader.key(&object) {
      switch name {
      case "keyid":
        keyID = try reader.string(maximumLength: 256)
        if keyID.isEmpty { reader.refuse("must not be empty") }
      case "subject": subject = try reader.string(maximumLength: 512)
      case "roles":
        var array = try reader.array()
        while try reader.next(&array) { if let role: Role = try reader.choice() { roles.insert(role) } }
      case "secret":
        if let key = Base64.decode(try reader.string()), key.count >= Self.shortestSecret {
          keys.append(.hmacSHA256(HMACSHA256(key: key)))
          weakness = KeyWeakness.of(key.span.bytes)
        } else {
          reader.refuse("must be at least \(Self.shortestSecret) bytes in base64")
        }
      case "public_key":
        if case .ed25519(let key)? = try? PublicKey(pem: try reader.string()) {
          keys.append(.ed25519(key))
          weakness = StartChecks.weakness(of: JWK(.publicKey(.ed25519(key))))
        } else {
          reader.refuse("must be an Ed25519 public key in PEM")
        }
      default: reader.refuseUnknown(name, known: Self.known)
      }
    }
    if keyID.isEmpty { reader.missing("keyid", of: object) }
    if subject.isEmpty { reader.missing("subject", of: object) }
    if roles.isEmpty { reader.missing("roles", of: object) }
    guard keys.count == 1 else {
      reader.refuse("must have either a secret (hmac-sha256) or a public_key (ed25519)", at: object)
      return
    }
    client = SigningClient(key: keys[0], subject: subject, roles: roles)
  }
}
