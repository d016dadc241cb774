// Precedents: closed reviews that later cases are held against.
import Chamber
import Engine
import HTTP
import JSON

struct PrecedentRoutes {
  let chamber: Chamber

  var operations: [Operation] { [list, promote] }

  private var list: Operation {
    Operation(
      "listPrecedents", .get, "/v1/precedents", .precedents,
      "Every precedent, candidates and quarantined ones included.",
      access: .roles([.auditor, .admin]),
      parameters: [
        Parameter("state", .word(Precedent.State.allCases.map(\.rawValue)), "Only those in this state."),
        Parameter("limit", .integer(1...1000), "Precedents a page; 50 if not given."),
        Parameter("cursor", .text(atMost: 128), "From the page before."),
      ],
      answers: [.json(.ok, "A page, by name; `next` is the cursor of the page that follows.")]
    ) { [chamber] exchange in
      let state = exchange.query.text("state")
      let after = exchange.query.text("cursor") ?? ""
      let found = chamber.precedents.precedents.values
        .filter { (state == nil || $0.state.rawValue == state) && $0.id > after }.sorted { $0.id < $1.id }
      let page = found.prefix(exchange.query.integer("limit") ?? 50)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("precedents", Array(page))
      writer.member("next", page.count < found.count ? page.last?.id : nil)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var promote: Operation {
    Operation(
      "changePrecedent", .post, "/v1/precedents", .precedents,
      "Promotes what came of a closed review, renews a precedent, or quarantines it.", access: .roles([.admin]),
      body: .json(
        .object([
          Member("precedent", .text(atMost: 128, atLeast: 1), required: true, "Its name, or that of the review."),
          Member("act", .word(["promote", "renew", "quarantine"]), required: true),
          Member("reason", Schemas.statement, required: true),
        ]), atMost: 65_536,
        example: #"{"precedent": "rev_…", "act": "promote", "reason": "The same question comes up every week."}"#),
      answers: [
        .json(.ok, "The precedent as it now stands."), .problem(.notFound, "There is no such precedent."),
        .problem(.conflict, "Its state does not allow that."),
      ]
    ) { [chamber] exchange in
      let name = exchange.text("precedent")
      let id = name.hasPrefix("rev_") ? PrecedentBook.id(of: name) : name
      let (reason, actor) = (exchange.text("reason"), exchange.principal.subject)
      switch exchange.text("act") {
      case "promote": return .json(try await chamber.promotePrecedent(id, reason: reason, by: actor))
      case "renew": return .json(try await chamber.renewPrecedent(id, reason: reason, by: actor))
      default: return .json(try await chamber.quarantinePrecedent(id, reason: reason, by: actor))
      }
    }
  }
}
