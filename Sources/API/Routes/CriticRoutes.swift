// Who sits on the council.
import Chamber
import Engine
import HTTP
import JSON

struct CriticRoutes {
  let chamber: Chamber

  var operations: [Operation] { [all, one] }

  private var all: Operation {
    Operation(
      "listCritics", .get, "/v1/critics", .critics,
      "Every critic of the constitution in force, in the order of the seats.",
      access: .authenticated,
      answers: [
        .json(
          .ok, "The critics.",
          Schemas.answer([("constitution", Schemas.version), ("critics", Schemas.list(Schemas.seat))]))
      ]
    ) { [chamber] _ in
      let inForce = chamber.inForce
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("constitution", inForce.council.constitution.version)
      writer.key("critics")
      writer.beginArray()
      for seat in inForce.council.constitution.critics.indices { writer.value(SeatView(inForce, seat)) }
      writer.endArray()
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var one: Operation {
    Operation(
      "readCritic", .get, "/v1/critics/{name}", .critics, "One critic: its charter, clauses and weight.",
      access: .authenticated,
      parameters: [.path("name", .text(.name), example: "risk", "The critic.")],
      answers: [.json(.ok, "The critic.", Schemas.seat), .problem(.notFound, "There is no such critic.")]
    ) { [chamber] exchange in
      let name = try exchange.request.parameter("name")
      let inForce = chamber.inForce
      guard let seat = inForce.council.constitution.critics.firstIndex(where: { $0.critic == name }) else {
        throw Problem.notFound("critic \(name)")
      }
      return .json(SeatView(inForce, seat).jsonBytes)
    }
  }
}

/// A critic as it is shown: charter, clauses, the weight in force, and whether anybody fills the seat.
private struct SeatView: JSONWritable {
  let charter: Charter
  let weight: Double
  let isSeated: Bool

  init(_ inForce: Chamber.InForce, _ seat: Int) {
    charter = inForce.council.constitution.critics[seat]
    weight = inForce.seats.governed[seat]
    isSeated = inForce.council.isFilled(seat)
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", charter.critic)
    writer.member("principle", charter.principle.rawValue)
    writer.member("purpose", charter.purpose)
    writer.member("weight", weight)
    writer.member("required", charter.required)
    writer.member("deadline_ms", charter.deadlineMilliseconds)
    writer.key("health")
    writer.beginObject()
    writer.member("seated", isSeated)
    writer.endObject()
    writer.key("clauses")
    writer.beginArray()
    for clause in charter.clauses {
      writer.beginObject()
      writer.member("id", clause.id)
      writer.member("title", clause.title)
      writer.member("tier", clause.tier.rawValue)
      writer.member("principle", clause.principle.rawValue)
      writer.member("articles", clause.articles)
      writer.member("question", clause.question)
      writer.member("constraints", clause.constraints)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}
