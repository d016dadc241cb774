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
        Member("breakers", list(breaker), required: true),
        Member(
          "webhooks",
          list(
            answer([
              ("address", .text(atMost: 8192)), ("pending", count), ("delivered", count), ("dead", count),
              ("last_failure", .nullable(.text(atMost: 8192))),
            ])), required: true, "Addresses that are told of what happens."),
        Member("undertakings", .map(of: undertaking, atMost: 16), required: true),
      ], open: true))

  static let breaker = Schema.named(
    "Breaker", answer([("name", .text(atMost: 512)), ("state", .word(["closed", "open", "half_open"]))]))

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
