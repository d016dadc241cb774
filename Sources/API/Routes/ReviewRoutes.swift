// Closed gates and the people who answer for opening them.
import Chamber
import Crypto
import Engine
import HTTP
import JSON

struct ReviewRoutes {
  let chamber: Chamber

  var operations: [Operation] { [queue, read, acknowledge, determine] }

  private static let id = Parameter.path(
    "id", Schemas.reviewID, example: "rev_01m7vw8xcnmjx2wydw9a4fvv5y", "The review.")

  private var queue: Operation {
    Operation(
      "listReviews", .get, "/v1/reviews", .reviews,
      "Reviews that wait, the higher tier first, then the older; or those of another status, the newest first.",
      access: .roles([.reviewer]),
      parameters: [
        Parameter("tier", .integer(2...3), example: 3, "Only those of this tier."),
        Parameter(
          "status", .word(["pending", "closed", "expired", "any"]), "Those of this status; pending if not given."),
        Parameter("opened_before", Schemas.time, "Only those opened before this time: the old ones."),
        Parameter("opened_after", Schemas.time, "Only those opened at or after this time."),
      ] + Page.parameters("Reviews"),
      answers: [
        .json(.ok, "A page of the queue; `next` is the cursor of the page that follows.", Schemas.reviews)
      ]
    ) { [chamber] exchange in
      let found = try Self.found(chamber, exchange.query)
      let page = try Page(of: found, asked: exchange.query)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("reviews", Array(page.elements))
      writer.member("waiting", chamber.pendingReviews(tier: nil).count)
      writer.member("next", page.next)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private static func found(_ chamber: Chamber, _ asked: CheckedQuery) throws -> [Review] {
    let tier = asked.integer("tier").flatMap { Tier(rawValue: $0) }
    let (before, after) = (try asked.time("opened_before"), try asked.time("opened_after"))
    let status = asked.text("status") ?? "pending"
    let reviews = status == "pending" ? chamber.pendingReviews(tier: tier) : chamber.pastReviews(tier: tier)
    return reviews.filter { review in
      (status == "any" || review.status == status) && before.map { review.opened < $0 } ?? true
        && after.map { review.opened >= $0 } ?? true
    }
  }

  private var read: Operation {
    Operation(
      "readReview", .get, "/v1/reviews/{id}", .reviews,
      "All that a reviewer should see: dissent, questions, the case, opinions, and what was answered.",
      access: .roles([.reviewer]), parameters: [Self.id],
      answers: [
        .json(.ok, "The review.", Schemas.reviewSheet), .problem(.notFound, "There is no such review."),
      ]
    ) { [chamber] exchange in
      .json(try await chamber.reviewSheet(exchange.request.parameter("id")))
    }
  }

  private static let answered: [AnswerDeclaration] = [
    .json(.ok, "The review as it now stands, and the permit if the gate is open.", Schemas.reviewAnswered),
    .problem(.notFound, "There is no such review."),
    .problem(.conflict, "It is closed, has run out, is of another case, or needs another act."),
  ]

  private static let caseHash = Member(
    "case_hash", Schemas.hash, "The case that is answered for; another one is refused.")

  private var acknowledge: Operation {
    Operation(
      "acknowledge", .post, "/v1/reviews/{id}/acknowledge", .reviews,
      "Tier 2: says that the risk is known and owned. Never by the actor of the case.", access: .roles([.reviewer]),
      parameters: [Self.id],
      body: .json(
        .object([Member("statement", Schemas.statement, required: true), Self.caseHash]), atMost: 65_536,
        example:
          #"{"statement": "I know that the purpose differs, and own it: the customer asked for it on the phone."}"#),
      answers: Self.answered
    ) { [chamber] exchange in
      .json(
        try await chamber.answer(
          .acknowledge(statement: exchange.text("statement")), to: exchange.request.parameter("id"),
          caseHash: exchange.digest("case_hash"), by: exchange.principal.subject, trace: exchange.traceID))
    }
  }

  private var determine: Operation {
    let words = ReviewAct.Determination.allCases.map(\.rawValue)
    return Operation(
      "determine", .post, "/v1/reviews/{id}/determine", .reviews,
      "Tier 3: decides whether the action proceeds. Never by the actor of the case.", access: .roles([.reviewer]),
      parameters: [Self.id],
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
          caseHash: exchange.digest("case_hash"), by: exchange.principal.subject, trace: exchange.traceID))
    }
  }
}

extension Exchange {
  /// A digest in hexadecimal; nil where there is none. One that cannot be read is that of no case.
  fileprivate func digest(_ name: String) -> Digest? {
    json[name]?.string.map { Digest(hex: $0) ?? Digest() }
  }
}
