// Every setting of Witan, declared once. Flags of `serve`, environment variables, `witan.yaml` and the reference are all
// read off these declarations.
import Config

enum Settings {
  static let listen = Setting<ListenAddress>(
    "listen", default: .tcp(host: "127.0.0.1", port: 8080), flag: "listen", "Where the server listens.")
  static let data = Setting<FilePath>(
    "data", default: "./data", flag: "data", "The folder of the ledger and of the keys made on the first start.")
  static let policies = Setting<FilePath>(
    "policies", default: "./policies", flag: "policies",
    "The folder of `constitution.yaml`; without one, the constitution that is built in.")
  static let origin = Setting<String>(
    "ledger.origin", default: "witan.local/log",
    "The name of the log in its checkpoints; a log keeps the name that it was made with.")
  static let retention = Setting<Int>(
    "ledger.retention_days", default: 180, in: .range(0...36_500), unit: "days",
    "Younger payloads are erased only on a stated legal ground.")
  static let queueLimit = Setting<Int>(
    "ledger.queue", default: 16_384, in: .range(1...1_000_000), unit: "entries",
    "Entries that may wait to be written; beyond, requests are answered with 503.")
  static let groupLimit = Setting<Int>(
    "ledger.group", default: 1024, in: .range(1...65_536), unit: "entries",
    "The most entries written in one transaction.")
  static let longestWait = Setting<Duration>(
    "ledger.longest_wait", default: .seconds(10), in: .range(.milliseconds(10) ... .seconds(600)),
    "How long an entry may wait for its receipt.")
  static let publishDelay = Setting<Duration>(
    "ledger.publish_delay", default: .milliseconds(10), in: .range(.zero ... .seconds(1)),
    "How soon the second copy of the newest checkpoint, by which an older ledger is known that was put back, is synced; 0 is before each answer, for a second sync of the disk."
  )

  static let issuers = Setting<[String]>(
    "tokens.issuers", default: [],
    "The issuers whose tokens the keys of `tokens.jwks` vouch for; the server's own tokens need none.")
  static let audiences = Setting<[String]>(
    "tokens.audiences", default: [], "A token must be for one of these; none given does not look at `aud`.")
  static let keySet = Setting<KeySetPlace?>(
    "tokens.jwks", default: nil,
    "A file or an https URL with the keys that tokens are checked with, beside the server's own.")
  static let keySetInterval = Setting<Duration>(
    "tokens.jwks_interval", default: .seconds(30), in: .range(.seconds(1) ... .seconds(3600)),
    "The least time between two fetches of the key set on account of tokens whose key is not known.")
  static let leeway = Setting<Duration>(
    "tokens.leeway", default: .seconds(60), in: .range(.seconds(0) ... .seconds(300)), "By how much clocks may differ.")

  static let outgoingLoopback = Setting<Bool>(
    "outgoing.allow_loopback", default: false, "Whether addresses of this machine may be called.")
  static let outgoingPrivate = Setting<Bool>(
    "outgoing.allow_private", default: false,
    "Whether private addresses may be called; those of clouds' metadata never are.")
  static let outgoingProxy = Setting<ProxyPlace>(
    "outgoing.proxy", default: .none,
    "The proxy for calls; `environment` reads http_proxy, https_proxy, all_proxy and no_proxy.")
  static let outgoingAuthorities = Setting<FilePath?>(
    "outgoing.authorities", default: nil,
    "A PEM file of certificate authorities that are trusted beside those of the system.")

  static let cacheBytes = Setting<ByteSize>(
    "cache.bytes", default: .mebibytes(32), in: .range(.bytes(0) ... .gibibytes(64)),
    "Decided cases that are remembered; 0 remembers none.")
  static let cacheLifetime = Setting<Duration>(
    "cache.lifetime", default: .seconds(3600), in: .range(.seconds(1) ... .seconds(86_400)),
    "How long a decided case is remembered.")

  static let loops = Setting<Int?>(
    "http.loops", default: nil, in: .some(.range(1...64)), unit: "loops", "Event loops; by default one a core.")

  static let schema = Schema(
    sections: [
      SettingSection(
        "Serving", "Where Witan listens and keeps its things.",
        [listen, data, policies, StartChecks.development, StartChecks.clockTolerance]),
      ServiceTLS.section,
      KeySettings.section,
      SettingSection(
        "Ledger", "The log of everything that happened.",
        [origin, retention, queueLimit, groupLimit, longestWait, publishDelay, ServiceAdministration.publicEntries]),
      SettingSection(
        "Tokens", "Who may ask.", [issuers, audiences, keySet, keySetInterval, leeway, ServiceRefusals.interval]),
      ServiceSignatures.section,
      ServiceRates.section,
      SettingSection(
        "Outgoing", "Calls to other servers.",
        [outgoingLoopback, outgoingPrivate, outgoingProxy, outgoingAuthorities]),
      SettingSection(
        "Cache", "Cases that were decided before; every answer is recorded all the same.",
        [cacheBytes, cacheLifetime] + ServiceRedis.cacheSettings),
      ServiceRedis.section,
      ServiceJobs.section,
      WebhookSettings.section,
      SettingSection(
        "HTTP", "Limits of the server; past each the client gets a clear answer.",
        [loops] + ServiceLimits.settings + [
          ServiceAdministration.publicMetrics, ServiceAdministration.publicDocuments, ServiceHealth.maintenanceFile,
        ]),
      ServiceCORS.section,
      ServiceResources.settings.section,
      ServiceAnomalies.settings.section,
    ] + ServiceTelemetry.settings.sections,
    checks: [
      ServiceResources.settings.check,
      ServiceTelemetry.settings.check(components: ServiceTelemetry.components, refusal: ServiceTraces.refusal(of:)),
      ServiceRedis.check,
      Schema.refuseWeak([KeySettings.passphrase], unless: { $0[StartChecks.development] }),
    ])

  /// `--config FILE`, which `serve` and `config check` share.
  static let file = Option<FilePath>("config", value: "FILE", "The configuration; `witan.yaml` here if there is one.")
}
