// Closed gates and the people who answer for opening them.
import Chamber
import Crypto
import Engine
import HTTP
import JSON

struct ReviewRoutes {
  let chamber: Chamber

  var operations: [Operation] { [queue, read, acknowledge, determine] }

  private var queue: Operation {
    Operation(
      "listReviews", .get, "/v1/reviews", .reviews, "Reviews that wait, the higher tier first, then the older.",
      access: .roles([.reviewer]),
      parameters: [
        Parameter("tier", .integer(2...3), "Only those of this tier."),
        Parameter("limit", .integer(1...1000), "Reviews a page; 50 if not given."),
        Parameter("cursor", .text(atMost: 128), "From the page before."),
      ],
      answers: [.json(.ok, "A page of the queue; `next` is the cursor of the page that follows.")]
    ) { [chamber] exchange in
      var pending = chamber.pendingReviews(tier: exchange.query.integer("tier").flatMap { Tier(rawValue: $0) })[...]
      if let cursor = exchange.query.text("cursor") {
        guard let last = pending.firstIndex(where: { $0.id == cursor }) else {
          throw Problem(
            .unprocessableContent, detail: "some fields are wrong",
            errors: [.init("/query/cursor", "names no review that waits; begin again without it")])
        }
        pending = pending[(last + 1)...]
      }
      let page = pending.prefix(exchange.query.integer("limit") ?? 50)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("reviews", Array(page))
      writer.member("waiting", pending.count)
      writer.member("next", page.count < pending.count ? page.last?.id : nil)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var read: Operation {
    Operation(
      "readReview", .get, "/v1/reviews/{id}", .reviews, "One review and what was answered.",
      access: .roles([.reviewer]),
      answers: [.json(.ok, "The review."), .problem(.notFound, "There is no such review.")]
    ) { [chamber] exchange in
      .json(try chamber.review(exchange.request.parameter("id")))
    }
  }

  private static let answered: [AnswerDeclaration] = [
    .json(.ok, "The review as it now stands, and the permit if the gate is open."),
    .problem(.notFound, "There is no such review."),
    .problem(.conflict, "It is closed, has run out, is of another case, or needs another act."),
  ]

  private static let caseHash = Member(
    "case_hash", .text(atMost: 64, atLeast: 64), "The case that is answered for; another one is refused.")

  private var acknowledge: Operation {
    Operation(
      "acknowledge", .post, "/v1/reviews/{id}/acknowledge", .reviews,
      "Tier 2: says that the risk is known and owned. Never by the actor of the case.", access: .roles([.reviewer]),
      body: .json(
        .object([Member("statement", Schemas.statement, required: true), Self.caseHash]), atMost: 65_536,
        example:
          #"{"statement": "I know that the purpose differs, and own it: the customer asked for it on the phone."}"#),
      answers: Self.answered
    ) { [chamber] exchange in
      .json(
        try await chamber.answer(
          .acknowledge(statement: exchange.text("statement")), to: exchange.request.parameter("id"),
          caseHash: exchange.digest("case_hash"), by: exchange.principal.subject))
    }
  }

  private var determine: Operation {
    let words = ReviewAct.Determination.allCases.map(\.rawValue)
    return Operation(
      "determine", .post, "/v1/reviews/{id}/determine", .reviews,
      "Tier 3: decides whether the action proceeds. Never by the actor of the case.", access: .roles([.reviewer]),
      body: .json(
        .object([
          Member("determination", .word(words), required: true),
          Member("rationale", Schemas.statement, required: true), Self.caseHash,
        ]), atMost: 65_536,
        example: #"{"determination": "halt", "rationale": "The deletion has no backup, and nobody asked for it."}"#),
      answers: Self.answered
    ) { [chamber] exchange in
      let determination = ReviewAct.Determination(rawValue: exchange.text("determination")) ?? .halt
      return .json(
        try await chamber.answer(
          .determine(determination, rationale: exchange.text("rationale")), to: exchange.request.parameter("id"),
          caseHash: exchange.digest("case_hash"), by: exchange.principal.subject))
    }
  }
}

extension Exchange {
  /// A digest in hexadecimal; nil where there is none. One that cannot be read is that of no case.
  fileprivate func digest(_ name: String) -> Digest? {
    json[name]?.string.map { Digest(hex: $0) ?? Digest() }
  }
}
