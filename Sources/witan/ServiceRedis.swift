// What the instances of a service share through Redis: where it is, with which key they trust each other's words, and how
// much time it may cost. Without `redis.url` nothing here exists.
import API
import Config
import Crypto
import Engine
import Glibc
import Ledger
import Net
import Redis
import Resilience
import Sharing
import Signatures
import TLS
import Telemetry

extension WithoutRedis: SettingChoice {}

/// A Redis URL as a setting. Its password is not shown.
struct RedisPlace: SettingValue {
  let url: RedisURL
  private let text: String

  static var typeName: String { RedisURL.forms }

  static func read(text: String) throws(SettingProblem) -> RedisPlace {
    do throws(RedisURL.Invalid) {
      return RedisPlace(url: try RedisURL(text), text: text)
    } catch { throw SettingProblem(error.reason) }
  }

  var written: String {
    guard url.password != nil, let at = text.lastIndex(of: "@"), let slashes = text.firstIndex(of: "/") else {
      return text
    }
    let user = url.user.map { "\($0):" } ?? ":"
    return text[...slashes] + "/" + user + Secret.placeholder + text[at...]
  }
}

struct ServiceRedis: Sendable {
  static let url = Setting<RedisPlace?>(
    "redis.url", default: nil, flag: "redis",
    "The Redis that instances share; without one, each is for itself.")
  static let password = Setting<Secret?>(
    "redis.password", default: nil, "The password, in place of one in the URL.")
  static let sentinelPassword = Setting<Secret?>("redis.sentinel_password", default: nil, "The sentinels' password.")
  static let key = Setting<FilePath?>(
    "redis.key", default: nil,
    "The file of the key by which instances know each other's values; by default `keys/cache.key` of the data folder. All instances on one Redis need the same."
  )
  static let authorities = Setting<FilePath?>(
    "redis.authorities", default: nil,
    "A PEM file of the certificate authorities that Redis' certificate may be by, in place of the system's.")
  static let certificate = Setting<FilePath?>(
    "redis.certificate", default: nil, "A PEM file with the certificate that is shown to Redis.")
  static let certificateKey = Setting<FilePath?>(
    "redis.certificate_key", default: nil, "A PEM file with the key of `redis.certificate`.")
  static let connectDeadline = Setting<Duration>(
    "redis.connect_deadline", default: .seconds(2), in: .range(.milliseconds(10) ... .seconds(60)),
    "What connecting may take, greeting included.")
  static let idleDeadline = Setting<Duration>(
    "redis.idle_deadline", default: .seconds(10), in: .range(.milliseconds(100) ... .seconds(600)),
    "A connection that says nothing for so long, asked for a sign of life, is given up.")
  static let pending = Setting<Int>(
    "redis.pending", default: 8192, in: .range(1...1_000_000), unit: "commands",
    "Commands that may wait for their answers on one connection; beyond, Redis is done without.")

  static let questions = Setting<Duration>(
    "redis.budget", default: .milliseconds(50), in: .range(.milliseconds(1) ... .seconds(10)),
    "What asking for a limit, a nonce or a lease may take; beyond, it is done without Redis.")
  static let unknownNonces = Setting<WithoutRedis>(
    "redis.unknown_nonces", default: .closed,
    "Signed requests while Redis is of no use: `closed` refuses them, `open` admits those that this instance has not seen."
  )
  static let unknownRevocations = Setting<WithoutRedis>(
    "redis.unknown_revocations", default: .closed,
    "Requests with credentials when nobody has been able to ask for `redis.revocation_grace` what others have revoked: `closed` refuses them, `open` goes by what is known."
  )
  static let revocationGrace = Setting<Duration>(
    "redis.revocation_grace", default: .seconds(60), in: .range(.seconds(1) ... .seconds(86_400)),
    "For how long it does not matter that other instances cannot be asked what they have revoked.")

  static let section = SettingSection(
    "Redis", "What instances share: decided cases, changes, limits. Nothing that only Redis knows.",
    [
      url, password, sentinelPassword, key, authorities, certificate, certificateKey, connectDeadline, idleDeadline,
      pending, questions, unknownNonces, unknownRevocations, revocationGrace,
    ])

  /// Whoever says who it is has to prove it.
  static let check: Schema.Check = { configuration in
    for (one, other) in [(certificate, certificateKey), (certificateKey, certificate)]
    where configuration[one] != nil && configuration[other] == nil {
      return [Finding(configuration.source(of: one.name), setting: one.name, "needs \(other.name) too")]
    }
    guard let place = configuration[url], place.url.user != nil, place.url.password == nil,
      configuration[password] == nil
    else { return [] }
    return [
      Finding(
        configuration.source(of: url.name), setting: url.name,
        "a user needs a password: user:password@, or redis.password")
    ]
  }

  static let budget = Setting<Duration>(
    "cache.budget", default: .milliseconds(25), in: .range(.milliseconds(1) ... .seconds(10)),
    "The most that Redis may cost a deliberation, and how long it waits for another instance that decides the same case without asking outside."
  )
  static let lease = Setting<Duration>(
    "cache.lease", default: .milliseconds(250), in: .range(.milliseconds(30) ... .seconds(60)),
    "How long others wait for an instance that decides the same case, should it never be heard of again. While it asks critics outside it says three times in that time that it is there, and others wait as long as those may take."
  )
  static let cacheSettings: [any DeclaredSetting] = [budget, lease]

  let settings: RedisSettings
  let client: RedisClient
  let seal: Seal
  let cache: SharedCache
  private let breakers: BreakerBoard
  private let degradations: DegradationBoard
  private let budget: Duration
  private let nonces: WithoutRedis
  /// How long others may go unasked; nil for ever.
  let grace: Duration?

  /// Nil where the configuration names no Redis. `keys` is the folder of keys.
  init?(
    _ configuration: Configuration, on loops: [EventLoop], keys: String, breakers: BreakerBoard,
    degradations: DegradationBoard
  ) throws {
    guard let place = configuration[Self.url] else { return nil }
    var settings = RedisSettings(url: place.url)
    settings.password = configuration[Self.password]?.reveal()
    settings.sentinelPassword = configuration[Self.sentinelPassword]?.reveal()
    settings.connectDeadline = configuration[Self.connectDeadline]
    settings.idleDeadline = configuration[Self.idleDeadline]
    settings.pendingLimit = configuration[Self.pending]
    if place.url.isSecure {
      settings.tls = try TLSClient(
        authorities: configuration[Self.authorities]?.text, certificate: configuration[Self.certificate]?.text,
        key: configuration[Self.certificateKey]?.text)
    }
    let path = configuration[Self.key]?.text ?? "\(keys)/cache.key"
    let key = try KeyFile.readOrCreate(path) { () throws(CryptoError) in SecretBytes.random(32) }
    guard key.span.byteCount >= 32 else { throw UsageError("\(path) is too short for a key: 32 bytes are needed") }
    seal = Seal(key: key.span)
    self.settings = settings
    self.breakers = breakers
    self.degradations = degradations
    budget = configuration[Self.questions]
    nonces = configuration[Self.unknownNonces]
    grace = configuration[Self.unknownRevocations] == .open ? nil : configuration[Self.revocationGrace]
    client = RedisClient(on: loops, settings: settings)
    var cacheSettings = SharedCacheSettings()
    cacheSettings.budget = configuration[Self.budget]
    cacheSettings.lease = configuration[Self.lease]
    cacheSettings.lifetime = configuration[Settings.cacheLifetime]
    // What another release has found out may differ from what this one would.
    cacheSettings.space = "1:\(release)"
    cache = SharedCache(
      GuardedRedis(
        client, part: "cache.l2", level: .reduced,
        breaker: breakers.breaker("redis.cache", settings: GuardedRedis.breakerSettings), board: degradations),
      seal: seal, settings: cacheSettings, now: { Timestamp.now().microseconds })
  }

  /// The second level of the cache, as the proceedings see it.
  var findings: any OpinionCache { SharedFindingsCache(cache: cache) }

  /// Redis for one purpose.
  func guarded(_ part: String, breaker: String, level: DegradationLevel = .reduced) -> GuardedRedis {
    GuardedRedis(
      client, part: part, level: level,
      breaker: breakers.breaker(breaker, settings: GuardedRedis.breakerSettings), board: degradations)
  }

  func buckets(_ own: MemoryBuckets) -> any TokenBuckets {
    SharedBuckets(guarded("limits", breaker: "redis.limits"), own: own, budget: budget)
  }

  func nonces(_ own: any NonceMemory) -> any NonceMemory {
    SharedNonces(
      guarded("nonces", breaker: "redis.nonces", level: nonces == .closed ? .restricted : .reduced), own: own,
      without: nonces, budget: budget)
  }

  /// Of two copies of one log, one works on its jobs and tells of what is in it.
  func leases(log: String, data: String) -> any Leases {
    SharedLeases(
      guarded("leases", breaker: "redis.leases"), holder: Self.holder(data), budget: budget,
      space: "1:\(SHA256.digest(Array(log.utf8)).hex.prefix(16))")
  }

  /// This data folder on this machine, until the machine is started again.
  private static func holder(_ data: String) -> [UInt8] {
    var status = stat()
    _ = stat(data, &status)
    let boot = ProcFile.read("/proc/sys/kernel/random/boot_id") ?? ""
    return SHA256.digest(Array("\(boot)\(status.st_dev)/\(status.st_ino)".utf8)).bytes
  }

  /// What is found out about critics that all instances ask.
  func sharedBreakers() -> SharedBreakers {
    SharedBreakers(
      guarded("breakers", breaker: "redis.breakers"), board: breakers, seal: seal, budget: budget,
      now: { Timestamp.now().microseconds })
  }

  /// Redis as one of the service's components. Cases are decided without it, so it does not decide readiness.
  var check: HealthCheck {
    HealthCheck("redis", decidesReadiness: false) { [client, degradations] in
      let health = client.health
      if health.connected < health.links {
        let reason = health.lastFailure ?? "not yet"
        return .init(.degraded, "\(health.connected) of \(health.links) connections: \(reason)")
      }
      let fallen = degradations.all.map(\.degradation.part).filter { Self.parts.contains($0) }
      return fallen.isEmpty ? .init(.ok) : .init(.degraded, "of no use for \(fallen.joined(separator: ", "))")
    }
  }

  /// Everything that falls back without Redis.
  private static let parts: Set = ["cache.l2", "limits", "nonces", "leases", "breakers", "changes", "revocations"]

  func close() { client.close() }
}

private struct SharedFindingsCache: OpinionCache {
  let cache: SharedCache

  nonisolated(nonsending) func findings(for key: Digest, work: Duration) async -> SharedFindings {
    SharedFindings(await cache.look(for: key, work: work))
  }

  nonisolated(nonsending) func findings(for keys: [Digest]) async -> [SharedFindings] {
    await cache.look(for: keys).map { SharedFindings($0) }
  }

  func keep(_ findings: [UInt8], for key: Digest, _ claim: FindingsClaim?) {
    cache.store(findings, for: key, claim.map { SharedLease(holder: $0.holder, renewal: $0.renewal) })
  }

  nonisolated(nonsending) func keep(_ findings: [(key: Digest, findings: [UInt8])]) async {
    await cache.store(findings.map { (key: $0.key, value: $0.findings) })
  }

  func giveUp(_ key: Digest, _ claim: FindingsClaim?) {
    cache.giveUp(key, claim.map { SharedLease(holder: $0.holder, renewal: $0.renewal) })
  }

  func disown(_ key: Digest) { cache.disown(key) }
}

extension SharedFindings {
  fileprivate init(_ look: SharedLook) {
    switch look {
    case .found(let bytes): self = .found(bytes)
    case .absent(let lease): self = .absent(claim: lease.map { FindingsClaim(holder: $0.holder, renewal: $0.renewal) })
    case .unavailable(let degradation): self = .unavailable(degradation)
    }
  }
}
