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
        "Ask these only, and those that the constitution requires. Such a decision leaves the gate shut."),
      Member("explain", .nullable(.boolean), "Put the explanation into the answer."),
      Member("dry_run", .nullable(.boolean), "Decide, but record nothing and give no permit."),
      Member(
        "cache", .nullable(.word(DeliberationOptions.Caching.allCases.map(\.rawValue))),
        "`bypass` decides anew, and neither reads nor fills the cache."),
      Member(
        "receipt", .nullable(.word(DeliberationOptions.ReceiptDetail.allCases.map(\.rawValue))),
        "`index` if not given; `proof` adds the inclusion proof and the signed checkpoint."),
    ]))

  static let receipt = Schema.named(
    "Receipt",
    .object(
      [
        Member("index", count, required: true),
        Member("leaf_hash", hash, required: true),
        Member("time", time, required: true),
        Member("size", count, "How many entries the checkpoint covers."),
        Member("checkpoint", .text(atMost: 65_536), "A C2SP signed note."),
        Member("proof", .list(of: hash, count: 0...64), "The inclusion proof (RFC 6962), from the leaf up."),
      ], open: true))

  private static let evidence = Schema.named(
    "SignalReference",
    answer([
      ("detector", .text(atMost: 512)), ("field", .text(atMost: longestText)), ("start", count), ("end", count),
      ("strength", share),
    ]))

  private static let concernMembers: [(String, Schema)] = [
    ("principle", .text(atMost: 512)), ("clause", .text(atMost: 512)), ("severity", .number(0...3)),
    ("rationale", .text(atMost: longestText)), ("evidence", list(evidence)),
  ]
  private static let concern = Schema.named("Concern", answer(concernMembers))

  private static let opinion = Schema.named(
    "Opinion",
    answer([
      ("critic", critic), ("severity", .number(0...3)), ("confidence", share), ("weight", .number(0.1...10)),
      ("adjusted", .number(0...3)), ("concerns", list(concern)),
    ]))

  private static let gate = Schema.named(
    "Gate",
    answer([
      ("open", .boolean), ("tier", .nullable(.integer(2...3))),
      ("requires", .nullable(.word(["acknowledgment", "determination"]))), ("review", .nullable(.text(atMost: 128))),
    ]))

  /// The same in the record, which was made before there could be a review.
  private static let recordedGate = Schema.named(
    "RecordedGate",
    answer([
      ("open", .boolean), ("tier", .nullable(.integer(2...3))),
      ("requires", .nullable(.word(["acknowledgment", "determination"]))),
    ]))

  private static let reason = answer([
    ("critic", .nullable(.text(atMost: 512))), ("clause", .nullable(.text(atMost: 512))),
    ("text", .text(atMost: longestText)),
  ])

  private static let uncertainty = Schema.named(
    "Uncertainty",
    answer([
      ("overall", share), ("epistemic", share), ("aleatoric", share), ("precedent", share),
      ("parts", .object([], open: true)), ("would_help", words),
    ]))

  private static let consulted = answer([("id", .text(atMost: 512)), ("similarity", share)])

  static let escalation = answer([
    ("critic", critic), ("clause", .nullable(.text(atMost: 512))), ("tier", .integer(2...3)),
    ("rationale", .text(atMost: longestText)),
  ])

  /// What a decision says, whoever asked and however it was recorded.
  private static func core(_ gate: Schema) -> [(String, Schema)] {
    [
      ("verdict", verdict), ("score", .number(0...3)), ("gate", gate), ("reason", reason), ("uncertainty", uncertainty),
      ("opinions", list(opinion)),
      (
        "abstentions",
        list(answer([("critic", critic), ("code", .text(atMost: 512)), ("reason", .text(atMost: 8192))]))
      ),
      ("dissent", list(answer([("critic", critic)] + concernMembers))), ("escalations", list(escalation)),
      (
        "constraints",
        list(answer([("critic", critic), ("clause", .text(atMost: 512)), ("text", .text(atMost: longestText))]))
      ), ("precedents", list(consulted)), ("notes", words), ("constitution", version), ("weights_version", count),
    ]
  }

  static let deliberation = Schema.named(
    "Deliberation",
    .object(
      ([("id", deliberationID), ("trace_id", hexTrace)] + core(gate)).map { Member($0, $1, required: true) } + [
        Member("cache", .word(["hit", "l2", "miss", "bypass"]), required: true),
        Member("degraded", list(Schemas.degradation), "There where something fell back on the way to this answer."),
        Member("dry_run", .boolean, "There, and true, where nothing was recorded."),
        Member("explanation", explanation, "Where `options.explain` asks for it."),
        Member("permit", .nullable(.text(atMost: 8192)), required: true, "A JWS, where the gate is open."),
        Member("receipt", .nullable(receipt), required: true),
      ], open: true))

  static let hexTrace = Schema.text(.hexadecimal(32))

  /// What need not be there is left out for the person concerned; the last two are for that person alone.
  static let explanation = Schema.named(
    "Explanation",
    .object(
      [
        Member("verdict", verdict, required: true), Member("outcome", .text(atMost: 512), required: true),
        Member(
          "reasons",
          list(
            .object(
              [
                Member("critic", .nullable(.text(atMost: 512))), Member("clause", .nullable(.text(atMost: 512))),
                Member("title", .nullable(.text(atMost: 8192)), required: true),
                Member("text", .text(atMost: longestText), required: true),
              ], open: true)), required: true),
        Member("score", .number(0...3)), Member("uncertainty", share),
        Member(
          "contributions",
          list(
            answer([
              ("critic", critic), ("weight", .number(0.1...10)), ("confidence", share), ("severity", .number(0...3)),
              ("adjusted", .number(0...3)), ("share", share),
            ]))),
        Member("constraints", words, required: true), Member("would_help", words),
        Member(
          "counterfactuals",
          list(
            .object(
              [
                Member("text", .text(atMost: longestText), required: true),
                Member("changes", list(answer([("fact", .text(atMost: 512)), ("value", .any)]))),
                Member("verdict", verdict), Member("open", .boolean), Member("assuming", list(critic)),
              ], open: true)), required: true),
        Member("constitution", version), Member("weights_version", count),
        Member("accountable", .nullable(.text(atMost: longestText))),
        Member("appeal_channel", .nullable(.text(atMost: longestText))),
      ], open: true))

  static let recorded = Schema.named(
    "RecordedDeliberation",
    answer([
      ("index", count), ("entry", entry), ("erased", .boolean),
      ("record", .nullable(answer([("case", .object([], open: true)), ("answer", answer(core(recordedGate)))]))),
      ("review", .nullable(review)), ("permit", .nullable(.text(atMost: 8192))),
    ]))

  static let replay = Schema.named(
    "Replay",
    .object([
      Member("matches", .boolean, required: true),
      Member("differences", list(.object([], open: true)), required: true),
    ]))

  static let batch = Schema.named(
    "BatchResult",
    answer([
      ("results", .list(of: .either([deliberation, answer([("error", problem)])]), count: 0...BatchRoutes.mostCases)),
      (
        "summary",
        answer([("total", count), ("decided", count), ("errors", count), ("verdicts", .map(of: count, atMost: 4))])
      ),
    ]))
}
