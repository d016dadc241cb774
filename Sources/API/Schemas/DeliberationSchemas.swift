// The shapes of a deliberation: what is posted, and what is answered.
import Engine

extension Schemas {
  static let deliberationRequest = Schema.named(
    "DeliberationRequest", .object(caseMembers + [Member("options", .nullable(options))]))

  static let options = Schema.named(
    "DeliberationOptions",
    .object([
      Member(
        "critics", .nullable(.list(of: critic, count: 0...DeliberationOptions.mostCritics)),
        "Ask these only, and those that the constitution requires. Such a decision gets no permit."),
      Member("explain", .nullable(.boolean), "Put the explanation into the answer."),
      Member("dry_run", .nullable(.boolean), "Decide, but record nothing and give no permit."),
      Member("cache", .nullable(.word(DeliberationOptions.Caching.allCases.map(\.rawValue)))),
      Member("receipt", .nullable(.word(DeliberationOptions.ReceiptDetail.allCases.map(\.rawValue)))),
    ]))

  static let receipt = Schema.named(
    "Receipt",
    .object(
      [
        Member("index", .integer(0...Int.max), required: true),
        Member("leaf_hash", hash, required: true),
        Member("time", time, required: true),
        Member("size", .integer(0...Int.max), "How many entries the checkpoint covers."),
        Member("checkpoint", .text(atMost: 65_536), "A C2SP signed note."),
        Member("proof", .list(of: hash, count: 0...64), "The inclusion proof (RFC 6962), from the leaf up."),
      ], open: true))

  static let deliberation = Schema.named(
    "Deliberation",
    .object(
      [
        Member("id", .text(atMost: 64), required: true),
        Member("trace_id", .text(atMost: 32), required: true),
        Member("verdict", .word(Verdict.allCases.map(\.rawValue)), required: true),
        Member("score", .number(0...3), required: true),
        Member(
          "gate",
          .object(
            [
              Member("open", .boolean, required: true), Member("tier", .nullable(.integer(2...3)), required: true),
              Member("requires", .nullable(.word(["acknowledgment", "determination"])), required: true),
              Member("review", .nullable(.text(atMost: 128)), required: true),
            ], open: true), required: true, "Whether the action may go ahead now."),
        Member("reason", .object([], open: true), required: true),
        Member("uncertainty", .object([], open: true), required: true),
        Member("opinions", .list(of: .object([], open: true), count: 0...1000), required: true),
        Member("abstentions", .list(of: .object([], open: true), count: 0...1000), required: true),
        Member("dissent", .list(of: .object([], open: true), count: 0...10_000), required: true),
        Member("escalations", .list(of: .object([], open: true), count: 0...10_000), required: true),
        Member("constraints", .list(of: .object([], open: true), count: 0...10_000), required: true),
        Member("precedents", .list(of: .object([], open: true), count: 0...1000), required: true),
        Member("notes", .list(of: .text(atMost: 8192), count: 0...1000), required: true),
        Member("constitution", .text(atMost: 128), required: true),
        Member("weights_version", .integer(0...Int.max), required: true),
        Member("cache", .word(["hit", "miss", "bypass"]), required: true),
        Member("permit", .nullable(.text(atMost: 8192)), required: true, "A JWS, where the gate is open."),
        Member("receipt", .nullable(receipt), required: true),
      ], open: true))

  static let replay = Schema.named(
    "Replay",
    .object([
      Member("matches", .boolean, required: true),
      Member("differences", .list(of: .object([], open: true), count: 0...1000), required: true),
    ]))
}

extension Schemas {
  static let weights = Schema.named(
    "Weights",
    .object([
      Member("version", .integer(1...Int.max), required: true),
      Member("weights", .map(of: .number(0...1000), atMost: 1000), required: true),
      Member(
        "bounds",
        .object([
          Member("least", .number(0...1000), required: true), Member("most", .number(0...1000), required: true),
        ]), required: true),
    ]))
}
