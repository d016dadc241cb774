// Permits that are presented: valid or not, and used up once.
import Chamber
import Engine
import HTTP
import JSON
import Tokens

struct PermitRoutes {
  let chamber: Chamber
  let reader: PermitReader

  var operations: [Operation] { [check] }

  private var check: Operation {
    Operation(
      "checkPermit", .post, "/v1/permits/check", .permits,
      "Says whether a permit is this service's, in time and not used before. With `use` it is used up, which is an entry of the log: of all who use it one is first.",
      access: .roles([.decider]),
      body: .json(
        .object([
          Member("permit", .text(atMost: 8192, atLeast: 1), required: true, "The permit, as it was given."),
          Member("use", .boolean, "Whether this is its one use; false if not given."),
        ]), atMost: 65_536, example: #"{"permit": "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl", "use": true}"#),
      answers: [
        .json(
          .ok, "Whether it holds; if not, `reason` is one of malformed, signature, issuer, expired, not_in_log, used.",
          Schemas.permitStanding), .problem(.serviceUnavailable, "The ledger cannot record the use."),
      ]
    ) { [chamber, reader] exchange in
      .json(
        try await chamber.checkPermit(
          exchange.text("permit"), reader: reader, using: exchange.json["use"]?.boolean ?? false,
          by: exchange.principal.subject, trace: exchange.traceID))
    }
  }
}
