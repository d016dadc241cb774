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

  var operations: [Operation] { [decide] }

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

  private static let example: StaticString = """
    {"kind": "tool_call", "action": "send_email", "input": "Send the monthly newsletter to our subscribers.",\
     "context": {"domain": "marketing", "impact": "low", "reversible": false, "consent": "given"},\
     "actor": "agent-7", "options": {"receipt": "proof"}}
    """
}
