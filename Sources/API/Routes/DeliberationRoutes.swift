// Cases in, verdicts out.
import Chamber
import Engine
import HTTP
import JSON
import Ledger
import Resilience

struct DeliberationRoutes {
  let chamber: Chamber

  /// A case may be this large; its record must fit the ledger's payload.
  static let largestCase = 1 << 20
  static let limits = JSONLimits(maximumDepth: 64, maximumBytes: largestCase)

  var operations: [Operation] { [decide, read, explanation, replay] }

  private static let id = Parameter.path(
    "id", Schemas.deliberationID, example: "dlb_01m7vw8xcnmjx2wydw9a4fvv5y", "The deliberation.")

  private var decide: Operation {
    Operation(
      "deliberate", .post, "/v1/deliberations", .deliberations,
      "Decides one case. A verdict is never an error: a denied case is answered with 200. With an Idempotency-Key a repeat gets the first answer again, for 24 hours.",
      access: .roles([.decider]), workload: .interactive,
      parameters: [
        .field(
          "Idempotency-Key", .text(.key), example: "order-4711",
          "A name for this request, quoted or bare."), Patience.parameter,
      ],
      body: .own(
        Schemas.deliberationRequest, types: ["application/json"], atMost: Self.largestCase, example: Self.example),
      answers: [
        .json(.ok, "The verdict, recorded.", Schemas.deliberation),
        .other(
          "text/event-stream",
          "With Accept: text/event-stream, the stages as they happen (evidence, opinion, aggregation, gate, receipt) and then the answer."
        ),
        .problem(.conflict, "The first request with this Idempotency-Key is at work."),
        .problem(.serviceUnavailable, "The ledger cannot record, or is about to run out of room: there is no verdict."),
      ]
    ) { exchange in
      let request = try await exchange.request.decode(
        DeliberationRequest.self, limit: Self.largestCase, limits: Self.limits)
      if exchange.wantsEvents { return try await events(request, exchange).with("Vary", "Accept") }
      let (caller, trace) = (exchange.principal.subject, exchange.traceID)
      let watch = exchange.watch
      let key = try IdempotencyKey(exchange.request, for: request)
      let deliberated = try await Deadline.within(exchange.time) {
        if let key {
          try await chamber.deliberateOnce(request, key: key.text, by: caller, trace: trace, watch: watch)
        } else {
          try await chamber.deliberate(request, by: caller, trace: trace, watch: watch)
        }
      }
      return .json(deliberated.jsonBytes(capacity: 4096))
    }
  }

  private var read: Operation {
    Operation(
      "readDeliberation", .get, "/v1/deliberations/{id}", .deliberations,
      "The record of a deliberation: the entry, the case, the answer, how its review stands, and the permit that came of it. A decider sees its own.",
      access: .roles([.decider, .auditor]), parameters: [Self.id],
      answers: [
        .json(.ok, "The record.", Schemas.recorded),
        .problem(.notFound, "There is no such deliberation, or it is not yours."),
      ]
    ) { exchange in
      .json(try await own(exchange))
    }
  }

  /// The deliberation that the path names, if it may be seen: to whom it does not belong, it does not exist.
  private func own(_ exchange: Exchange) async throws -> RecordedDeliberation {
    let id = try exchange.request.parameter("id")
    let deliberation = try await chamber.deliberation(id)
    guard exchange.principal.has(.auditor) || deliberation.actor == exchange.principal.subject else {
      throw ChamberError.noSuchDeliberation(id)
    }
    return deliberation
  }

  private var explanation: Operation {
    Operation(
      "explainDeliberation", .get, "/v1/deliberations/{id}/explanation", .deliberations,
      "The reasons in plain words, and what would have opened the gate: Markdown, or JSON by Accept.",
      access: .roles([.decider, .auditor]),
      parameters: [
        Self.id,
        Parameter(
          "view", .word(Explanation.View.allCases.map(\.rawValue)),
          "For whom it is told: administrator if not given. The person concerned (subject) is told no figures, and whom to turn to."
        ),
      ],
      answers: [
        .json(.ok, "The explanation.", Schemas.explanation),
        .other("text/markdown", "The explanation.", example: Examples.explanation),
        .problem(.notFound, "There is no such deliberation, or it is not yours."),
        .problem(.conflict, "Its record was erased, or its constitution is not at hand."),
      ]
    ) { exchange in
      _ = try await own(exchange)
      let explanation = try await chamber.explanation(of: exchange.request.parameter("id"))
      let view = exchange.query.text("view").flatMap { Explanation.View(rawValue: $0) } ?? .administrator
      if Accept(exchange.request).prefers("application/json", to: "text/markdown") {
        return Response.json { explanation.write(to: &$0, for: view) }.with("Vary", "Accept")
      }
      return Response(
        .ok, contentType: .other("text/markdown; charset=utf-8"), body: Array(explanation.markdown(for: view).utf8)
      ).with("Vary", "Accept")
    }
  }

  private var replay: Operation {
    Operation(
      "replayDeliberation", .post, "/v1/deliberations/{id}/replay", .deliberations,
      "Decides a deliberation again from its record and compares the bytes.", access: .roles([.auditor]),
      parameters: [Self.id],
      answers: [
        .json(.ok, "Whether they match, and where not.", Schemas.replay),
        .problem(.notFound, "There is no such deliberation."),
        .problem(.conflict, "Its record was erased, or its constitution is not at hand."),
      ]
    ) { [chamber] exchange in
      let replay = try await chamber.replay(exchange.request.parameter("id"))
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("matches", replay.matches)
      writer.member("differences", replay.differences)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private static let example: StaticString = """
    {"kind": "tool_call", "action": "send_email", "input": "Send the monthly newsletter to our subscribers.",\
     "context": {"domain": "marketing", "impact": "low", "reversible": false, "consent": "given"},\
     "actor": "agent-7", "options": {"receipt": "proof"}}
    """
}
