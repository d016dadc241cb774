// The shapes of running the service: status, keys, and what administrators ask for.

extension Schemas {
  static let keySet = answer([("keys", list(.object([], open: true)))])

  /// Work that takes longer than a request should.
  static let undertaking = Schema.named(
    "Undertaking",
    .object(
      [
        Member("state", .word(["none", "running", "done", "failed"]), required: true),
        Member("started", .nullable(time)), Member("ended", .nullable(time)),
        Member("by", .nullable(.text(atMost: 8192))),
        Member("result", .any, "What came of it; for a failure, why."),
      ], open: true))

  static let status = Schema.named(
    "Status",
    .object(
      [
        Member("release", .text(atMost: 128), required: true), Member("constitution", version, required: true),
        Member("weights_version", count, required: true),
        Member(
          "ledger",
          answer([
            ("writable", .boolean), ("reason", .nullable(.text(atMost: 8192))), ("size", count), ("queued", count),
            ("indexed_to", count), ("key", .text(atMost: 1024)),
          ]), required: true),
        Member("reviews", answer([("waiting", count)]), required: true),
        Member(
          "cache", answer([("hits", count), ("misses", count), ("insertions", count)]), required: true),
        Member("components", list(healthCheck), required: true),
        Member("degraded", words, required: true, "Names of the components that are not as they should be."),
        Member("started", time), Member("versions", .map(of: .text(atMost: 128), atMost: 16)),
        Member("admission", .word(["everything", "batches_slowly", "no_new_batches", "no_new_cases"])),
        Member("resources", list(hostResource)),
        Member("breakers", list(breaker), required: true),
        Member(
          "degradation",
          answer([("level", .word(["none", "reduced", "restricted"])), ("parts", list(degradation))]), required: true),
        Member(
          "webhooks",
          list(
            answer([
              ("address", .text(atMost: 8192)), ("breaker", .text(atMost: 128)), ("pending", count),
              ("delivered", count), ("dead", count),
              ("last_failure", .nullable(.text(atMost: 8192))),
            ])), required: true, "Addresses that are told of what happens."),
        Member("undertakings", .map(of: undertaking, atMost: 16), required: true),
      ], open: true))

  private static let healthCheck = Schema.named(
    "HealthCheck",
    answer([
      ("name", .text(atMost: 128)), ("state", .word(HealthCheck.State.allCases.map(\.rawValue))),
      ("decides_readiness", .boolean), ("detail", .nullable(.text(atMost: 8192))),
    ]))

  static let health = Schema.named("Health", answer([("ready", .boolean), ("checks", list(healthCheck))]))

  private static let hostResource = Schema.named(
    "HostResource",
    answer([
      ("name", .text(atMost: 128)), ("pressure", .word(["normal", "warning", "critical"])),
      ("used", .number(0...Double.greatestFiniteMagnitude)),
      ("limit", .nullable(.number(0...Double.greatestFiniteMagnitude))), ("unit", .text(atMost: 32)),
    ]))

  static let breaker = Schema.named(
    "Breaker",
    answer([
      ("name", .text(atMost: 512)), ("state", .word(["closed", "open", "half_open"])), ("failure_rate", .number(0...1)),
      ("calls", count), ("openings", count), ("refusals", count),
    ]))

  /// A part that works less well than it should: `reduced` means the same answers, later or shared less widely;
  /// `restricted` that something is refused or decided more cautiously.
  static let degradation = Schema.named(
    "Degradation",
    .object(
      [
        Member("part", .text(atMost: 512), required: true),
        Member("level", .word(["none", "reduced", "restricted"]), required: true),
        Member("reason", .text(atMost: 8192), required: true),
        Member("seconds", .number(0...1e12), "For how long."),
      ], open: true))

  static let reloaded = Schema.named("Reloaded", answer([("applied", words), ("need_restart", words)]))

  private static let revocation = Schema.named(
    "Revocation",
    .object(
      [
        Member("id", .text(atMost: 512), required: true),
        Member("token", .text(atMost: 8192), "The `jti`, where a token is revoked."),
        Member("until", .nullable(time), "When the token expires by itself."),
        Member("key", .text(atMost: 8192), "The key, where one is revoked with all that it signed."),
        Member("by", .text(atMost: 8192), required: true), Member("reason", statement, required: true),
        Member("time", time, required: true),
      ], open: true))
  static let revocations = answer([("revocations", list(revocation)), ("next", cursor)])
  static let revoked = answer([("revocation", revocation), ("receipt", receipt)])
}
