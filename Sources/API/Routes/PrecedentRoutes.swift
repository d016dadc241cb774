// Precedents: closed reviews that later cases are held against.
import Chamber
import Engine
import HTTP
import JSON
import Ledger

struct PrecedentRoutes {
  let chamber: Chamber

  var operations: [Operation] { [list, search, drift, promote] }

  private var list: Operation {
    Operation(
      "listPrecedents", .get, "/v1/precedents", .precedents,
      "Every precedent, candidates, quarantined ones and those whose case was erased included.",
      access: .roles([.auditor, .admin]),
      parameters: [
        Parameter("state", .word(Precedent.State.allCases.map(\.rawValue)), "Only those in this state.")
      ] + Page.parameters("Precedents"),
      answers: [
        .json(.ok, "A page, by name; `next` is the cursor of the page that follows.", Schemas.precedents)
      ]
    ) { [chamber] exchange in
      let state = exchange.query.text("state")
      let found = chamber.precedents.precedents.values
        .filter { state == nil || $0.state.rawValue == state }.sorted { $0.id < $1.id }
      let page = try Page(of: found, asked: exchange.query)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("precedents", Array(page.elements))
      writer.member("next", page.next)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var search: Operation {
    Operation(
      "searchPrecedents", .get, "/v1/precedents/search", .precedents,
      "Precedents that hold words of `q` in their case, reason, clauses or name; the best match first. What stands in double "
        + "quotes must be there as it stands; a star behind three letters or more stands for any ending.",
      access: .roles([.auditor, .admin]),
      parameters: [
        Parameter("q", .text(atMost: 1024, atLeast: 1), required: true, example: "delete backup", "What to look for.")
      ] + Page.parameters("Precedents"),
      answers: [
        .json(
          .ok,
          "A page of what was found, each with how well it matches beside the best, and the passage where the words stand, "
            + "each between ‹ and ›.", Schemas.foundPrecedents)
      ]
    ) { [chamber] exchange in
      let text = exchange.query.text("q") ?? ""
      let found = try await chamber.searchPrecedents(text)
      let page = try Page(of: found, asked: exchange.query)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("precedents", Array(page.elements))
      writer.member("next", page.next)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var drift: Operation {
    Operation(
      "precedentDrift", .get, "/v1/precedents/drift", .precedents,
      "How similar questions ended before a moment and how they end since, by when their reviews were answered, for each "
        + "principle that has promoted precedents on both sides; those in quarantine do not count. The greatest change first.",
      access: .roles([.auditor, .admin]),
      parameters: [Parameter("since", Schemas.time, required: true, example: "2026-05-03T09:30:00Z", "The moment.")],
      answers: [.json(.ok, "From −1, halted, to 1, let through.", Schemas.precedentDrift)]
    ) { [chamber] exchange in
      let since = try exchange.query.time("since") ?? Timestamp(microseconds: 0)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("since", since.text)
      writer.member("drift", PrecedentDrift.around(since, chamber.precedents.precedents.values))
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
        example:
          #"{"precedent": "rev_01m7vw8xcnmjx2wydw9a4fvv5y", "act": "promote", "reason": "The same question comes up every week."}"#
      ),
      answers: [
        .json(.ok, "The precedent as it now stands.", Schemas.precedent),
        .problem(.notFound, "There is no such precedent."),
        .problem(.conflict, "Its state does not allow that."),
      ]
    ) { [chamber] exchange in
      let name = exchange.text("precedent")
      let id = name.hasPrefix("rev_") ? PrecedentBook.id(of: name) : name
      let (reason, actor, trace) = (exchange.text("reason"), exchange.principal.subject, exchange.traceID)
      switch exchange.text("act") {
      case "promote": return .json(try await chamber.promotePrecedent(id, reason: reason, by: actor, trace: trace))
      case "renew": return .json(try await chamber.renewPrecedent(id, reason: reason, by: actor, trace: trace))
      default: return .json(try await chamber.quarantinePrecedent(id, reason: reason, by: actor, trace: trace))
      }
    }
  }
}
