// The shapes of what is governed: weights, constitutions, critics, reviews, precedents.
import Chamber
import Engine

extension Schemas {
  static let weightValues = Schema.map(of: .number(0.1...10), atMost: 1000)

  /// Critics and bounds are the constitution's: it names every wrong one at once.
  static let proposedWeights = Schema.map(of: .number(-1e300...1e300), atMost: 1000, atLeast: 1)

  static let weights = Schema.named(
    "Weights",
    .object([
      Member("version", .integer(1...Int.max), required: true),
      Member("weights", weightValues, required: true),
      Member("bounds", answer([("least", .number(0.1...10)), ("most", .number(0.1...10))]), required: true),
    ]))

  static let weightsHistory = answer([
    ("initial", .any),
    (
      "versions",
      list(
        answer([
          ("version", count), ("weights", weightValues), ("by", .text(atMost: 8192)), ("reason", statement),
          ("time", time), ("restores", .nullable(count)),
        ]))
    ), ("next", cursor),
  ])

  static let constitutionHistory = answer([
    (
      "versions",
      list(
        answer([
          ("sequence", count), ("version", version), ("by", .text(atMost: 8192)), ("reason", statement), ("time", time),
        ]))
    ), ("next", cursor),
  ])

  /// From what to what: a gate that opens is a change although the verdict stays.
  private static let change = [("from", verdict), ("to", verdict), ("gate_from", gate), ("gate_to", gate)]
  private static let gate = Schema.word(["open", "acknowledgment", "determination", "shut"])

  static let preview = Schema.named(
    "Preview",
    answer([
      ("evaluated", count), ("changed", count), ("unavailable", count), ("complete", .boolean),
      ("transitions", list(answer(change + [("count", count)]))),
      (
        "examples",
        list(
          answer(
            [("id", deliberationID)] + change + [
              ("reason_before", .object([], open: true)), ("reason_after", .object([], open: true)),
            ]))
      ),
    ]))

  static let seat = Schema.named(
    "Critic",
    answer([
      ("name", critic), ("principle", .text(atMost: 512)), ("purpose", .text(atMost: longestText)),
      ("weight", .number(0.1...10)), ("required", .boolean), ("deadline_ms", .any),
      ("health", answer([("seated", .boolean)])),
      (
        "clauses",
        list(
          answer([
            ("id", .text(atMost: 512)), ("title", .text(atMost: 8192)), ("tier", .integer(2...3)),
            ("principle", .text(atMost: 512)), ("articles", words), ("question", .text(atMost: longestText)),
            ("constraints", words),
          ]))
      ),
    ]))

  private static let reviewMembers: [(String, Schema)] = [
    ("id", reviewID), ("status", .word(["pending", "closed", "expired"])), ("tier", .integer(2...3)),
    ("requires", .word(["acknowledgment", "determination"])), ("deliberation", deliberationID), ("case_hash", hash),
    ("verdict", verdict), ("opened", time), ("expires", time), ("people", .integer(1...100)),
    ("outcome", .nullable(.word(ReviewOutcome.allCases.map(\.rawValue)))),
    (
      "answers",
      list(answer([("by", .text(atMost: 8192)), ("time", time), ("act", .word(["acknowledge", "determine"]))]))
    ),
  ]

  static let review = Schema.named("Review", answer(reviewMembers))
  static let reviews = answer([("reviews", list(review)), ("waiting", count), ("next", cursor)])

  static let reviewSheet = Schema.named(
    "ReviewSheet",
    .object(
      ([
        ("dissent", list(.object([], open: true))), ("escalations", list(.object([], open: true))),
        ("questions", list(.object([], open: true))),
      ] + reviewMembers).map { Member($0, $1, required: true) } + [
        Member("case", .object([], open: true), "As it was posted; not there once it was erased.")
      ], open: true))

  static let reviewAnswered = Schema.named(
    "ReviewAnswered",
    answer([("review", review), ("permit", .nullable(.text(atMost: 8192))), ("receipt", receipt)]))

  private static let precedentMembers: [(String, Schema)] = [
    ("id", precedentID), ("state", .word(Precedent.State.allCases.map(\.rawValue))), ("since", time), ("decided", time),
    ("review", reviewID), ("deliberation", deliberationID), ("verdict", verdict),
    ("outcome", .word(ReviewOutcome.allCases.map(\.rawValue))), ("clauses", words), ("principles", words),
    ("reason", .text(atMost: 8192)),
  ]

  static let precedent = Schema.named("Precedent", answer(precedentMembers))
  static let precedents = answer([("precedents", list(precedent)), ("next", cursor)])
  static let precedentDrift = answer([
    ("since", time),
    (
      "drift",
      list(
        answer([
          ("principle", .text(atMost: 512)), ("before", .number(-1...1)), ("since", .number(-1...1)),
          ("change", .number(-2...2)), ("count_before", count), ("count_since", count),
        ]))
    ),
  ])
  static let foundPrecedents = answer([
    ("precedents", list(answer(precedentMembers + [("match", share), ("passage", .text(atMost: 4096))]))),
    ("next", cursor),
  ])
}
