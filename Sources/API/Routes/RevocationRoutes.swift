// Tokens and keys taken away before their time.
import Chamber
import Engine
import HTTP
import JSON
import Ledger
import Tokens

struct RevocationRoutes {
  let chamber: Chamber

  var operations: [Operation] { [list, revoke] }

  private var list: Operation {
    Operation(
      "listRevocations", .get, "/v1/admin/revocations", .service,
      "The tokens and keys that are revoked, in the order in which they were; tokens that have expired since are left out.",
      access: .roles([.admin]),
      parameters: [
        Parameter("limit", .integer(1...1000), "Revocations a page; 50 if not given."),
        Parameter("cursor", .text(atMost: 128), "From the page before."),
      ],
      answers: [
        .json(.ok, "A page; `next` is the cursor of the page that follows.", Schemas.revocations)
      ]
    ) { [chamber] exchange in
      var inForce = chamber.revocations.inForce(at: Timestamp.now())[...]
      if let cursor = exchange.query.text("cursor") {
        guard let last = inForce.firstIndex(where: { $0.id == cursor }) else {
          throw Problem(
            .unprocessableContent, detail: "some fields are wrong",
            errors: [.init("/query/cursor", "names nothing that is revoked now; begin again without it")])
        }
        inForce = inForce[(last + 1)...]
      }
      let page = inForce.prefix(exchange.query.integer("limit") ?? 50)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("revocations", Array(page))
      writer.member("next", page.count < inForce.count ? page.last?.id : nil)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var revoke: Operation {
    let name = Schema.text(atMost: RevocationBook.longestName, atLeast: 1)
    return Operation(
      "revoke", .post, "/v1/admin/revocations", .service,
      "Revokes a token by its `jti`, or a key with everything that it signed. Refused on every request that begins after "
        + "the answer, and after every restart: the revocation is an entry of the ledger, and is not taken back.",
      access: .roles([.admin]),
      body: .json(
        .object([
          Member("token", name, "The token's `jti`. Either this or `key`."),
          Member(
            "key", name,
            "The key's `kid`, or its RFC 7638 thumbprint in base64url. A name that was revoked never counts again."
          ),
          Member("until", Schemas.time, "When the token expires by itself; without it, the revocation has no end."),
          Member("reason", Schemas.statement, required: true),
        ]), atMost: 65_536,
        example: #"{"token": "mGkHZ6RbM1tVqk9rjYcQ2A", "reason": "Found in a log file of the build."}"#),
      answers: [
        .json(.ok, "The revocation, and the receipt of its entry.", Schemas.revoked),
        .problem(.conflict, "Too many tokens are revoked: revoke the key that signed them."),
      ]
    ) { [chamber] exchange in
      let (revocation, receipt) = try await chamber.revoke(
        try Self.revoked(exchange.json), reason: exchange.text("reason"), by: exchange.principal.subject)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("revocation", revocation)
      writer.member("receipt", receipt)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private static func revoked(_ body: JSONValue) throws -> Revoked {
    var errors = FieldErrors()
    var until = Double.infinity
    if let text = body["until"]?.string {
      if let time = Timestamp(text: text) {
        until = Double(time.microseconds) / 1_000_000
      } else {
        errors.add("/until", "must be a time in RFC 3339, in UTC")
      }
    }
    switch (body["token"]?.string, body["key"]?.string) {
    case (let token?, nil):
      if errors.isEmpty { return .token(id: token, until: until) }
    case (nil, let key?):
      if body["until"] != nil { errors.add("/until", "has no meaning for a key: what it signed is revoked for good") }
      if errors.isEmpty { return .key(key) }
    case (nil, nil): errors.add("/token", "is required, or else /key")
    case (_?, _?): errors.add("/key", "must not stand beside /token: revoke them one by one")
    }
    throw errors.problem
  }
}
