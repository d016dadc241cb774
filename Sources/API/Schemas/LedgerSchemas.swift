// The shapes of the log: entries, proofs, counts.

extension Schemas {
  static let entry = Schema.named(
    "Entry",
    answer([
      ("actor", .text(atMost: 8192)), ("body", .object([], open: true)), ("commitment", .nullable(.text(atMost: 128))),
      ("id", .text(atMost: 8192)), ("index", count), ("subject", .nullable(.text(atMost: 8192))), ("time", time),
      ("trace", .nullable(.text(atMost: 128))), ("type", .text(atMost: 128)), ("version", .integer(1...Int.max)),
    ]))

  static let entries = answer([
    ("entries", list(entry)), ("next", cursor), ("indexed_to", count), ("complete", .boolean),
  ])

  private static let path = Schema.list(of: hash, count: 0...64)

  static let inclusion = Schema.named(
    "InclusionProof", answer([("index", count), ("size", count), ("leaf_hash", hash), ("proof", path)]))

  static let consistency = Schema.named(
    "ConsistencyProof", answer([("from", count), ("to", count), ("proof", .list(of: hash, count: 0...128))]))

  static let statistics = Schema.named(
    "Statistics",
    answer([
      ("size", count), ("indexed_to", count), ("types", .map(of: count, atMost: 1000)),
      ("verdicts", .map(of: count, atMost: 1000)), ("first_time", .nullable(time)), ("last_time", .nullable(time)),
      ("database_bytes", count),
    ]))

  static let permitStanding = Schema.named(
    "PermitStanding",
    answer([
      ("valid", .boolean), ("reason", .nullable(.text(atMost: 512))),
      ("claims", .nullable(.object([], open: true))),
      (
        "use",
        .nullable(answer([("index", count), ("time", time), ("by", .text(atMost: 8192)), ("first", .boolean)]))
      ),
    ]))
}
