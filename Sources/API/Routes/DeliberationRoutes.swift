// Cases in, verdicts out.
import Chamber
import Engine
import HTTP
import JSON
import Ledger

struct DeliberationRoutes {
  let chamber: Chamber

  /// A case may be this large; its record must fit the ledger's payload.
  static let largestCase = 1 << 20
  static let limits = JSONLimits(maximumDepth: 64, maximumBytes: largestCase)

  var operations: [Operation] { [decide, read, replay] }

  private var decide: Operation {
    Operation(
      "deliberate", .post, "/v1/deliberations", .deliberations,
      "Decides one case. A verdict is never an error: a denied case is answered with 200.", access: .roles([.decider]),
      body: .own(
        Schemas.deliberationRequest, types: ["application/json"], atMost: Self.largestCase, example: Self.example),
      answers: [
        .json(.ok, "The verdict, recorded.", Schemas.deliberation),
        .problem(.serviceUnavailable, "The ledger cannot record: there is no verdict."),
      ]
    ) { [chamber] exchange in
      let request = try await exchange.request.decode(
        DeliberationRequest.self, limit: Self.largestCase, limits: Self.limits)
      let deliberated = try await chamber.deliberate(request, by: exchange.principal.subject, trace: exchange.traceID)
      return .json(deliberated.jsonBytes)
    }
  }

  private var read: Operation {
    Operation(
      "readDeliberation", .get, "/v1/deliberations/{id}", .deliberations,
      "The record of a deliberation: the entry, the case and the answer. A decider sees its own.",
      access: .roles([.decider, .auditor]),
      answers: [.json(.ok, "The record."), .problem(.notFound, "There is no such deliberation, or it is not yours.")]
    ) { [chamber] exchange in
      let id = try exchange.request.parameter("id")
      let deliberation = try await chamber.deliberation(id)
      let principal = exchange.principal
      // To whom it does not belong, it does not exist.
      guard principal.has(.auditor) || deliberation.actor == principal.subject else {
        throw ChamberError.noSuchDeliberation(id)
      }
      return .json(deliberation)
    }
  }

  private var replay: Operation {
    Operation(
      "replayDeliberation", .post, "/v1/deliberations/{id}/replay", .deliberations,
      "Decides a deliberation again from its record and compares the bytes.", access: .roles([.auditor]),
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
