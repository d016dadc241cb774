// How much each critic's voice counts: read, changed against a version, taken back by a further one.
import Chamber
import Engine
import HTTP
import JSON

struct WeightRoutes {
  let chamber: Chamber

  var operations: [Operation] {
    [read, change.alsoChecking(faults), preview.alsoChecking(faults), history, rollback]
  }

  /// Critics that do not sit, and weights out of bounds: what the constitution in force says.
  @Sendable private func faults(_ body: JSONValue, _ errors: inout FieldErrors) {
    errors.add(WeightsHistory.faults(in: Exchange.numbers(body["weights"]), under: chamber.inForce.constitution))
  }

  private static let match = Parameter.field(
    "If-Match", .text(.entityTags), required: true, example: "*",
    "The entity tag of the weights that are changed; * for whichever are in force.")

  private static let told = AnswerDeclaration.json(.ok, "The weights in force, with their bounds.", Schemas.weights)
  private static let changed = AnswerDeclaration.json(
    .ok, "The weights as changed, with their bounds.", Schemas.weights)

  private func answer(_ weights: Weights) -> Response {
    let bounds = chamber.inForce.constitution.weightBounds
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("version", weights.version)
    writer.key("weights")
    weights.writeValues(to: &writer)
    writer.key("bounds")
    writer.beginObject()
    writer.member("least", bounds.lowerBound)
    writer.member("most", bounds.upperBound)
    writer.endObject()
    writer.endObject()
    return Response.json(writer.array).with("ETag", Self.tag(weights).description)
  }

  private static func tag(_ weights: Weights) -> EntityTag { EntityTag("\(weights.version)") }

  private var read: Operation {
    Operation(
      "readWeights", .get, "/v1/weights", .weights, "The weights in force.", access: .roles([.admin]),
      answers: [Self.told]
    ) { _ in
      answer(chamber.inForce.weights)
    }
  }

  private var change: Operation {
    Operation(
      "changeWeights", .put, "/v1/weights", .weights,
      "Puts new weights in force for every deliberation that begins after the answer. Critics not named keep theirs.",
      access: .roles([.admin]), parameters: [Self.match],
      body: .json(
        .object([
          Member(
            "weights", Schemas.proposedWeights, required: true, "By critic, each within the bounds of the constitution."
          ),
          Member("reason", Schemas.statement, required: true),
        ]), atMost: 65_536, example: #"{"weights": {"risk": 2}, "reason": "Two incidents with deletions in May."}"#),
      answers: [
        Self.changed, .problem(.preconditionFailed, "The weights have changed since."),
        .problem(.preconditionRequired, "If-Match must name the version that is changed."),
      ]
    ) { exchange in
      let weights = chamber.inForce.weights
      try exchange.request.requireMatch(Self.tag(weights), required: true)
      return answer(
        try await chamber.setWeights(
          exchange.numbers("weights"), expecting: weights.version, reason: exchange.text("reason"),
          by: exchange.principal.subject, trace: exchange.traceID))
    }
  }

  private var preview: Operation {
    Operation(
      "previewWeights", .post, "/v1/weights/preview", .weights,
      "Decides the last cases again under other weights and says what would change. Nothing is put in force.",
      access: .roles([.admin]), workload: .batch,
      body: .json(
        .object([
          Member(
            "weights", Schemas.proposedWeights, required: true, "By critic, each within the bounds of the constitution."
          ),
          Member("last", .integer(1...Chamber.mostPreviewed), "How many; 1000 if not given."),
        ]), atMost: 65_536, example: #"{"weights": {"risk": 2}, "last": 500}"#),
      answers: PreviewAnswer.declarations
    ) { [chamber] exchange in
      let last = exchange.json["last"]?.integer ?? 1000
      let values = exchange.numbers("weights")
      return try await PreviewAnswer.response(to: exchange) {
        try await chamber.previewWeights(values, last: last, progress: $0)
      }
    }
  }

  private var history: Operation {
    Operation(
      "listWeights", .get, "/v1/weights/history", .weights, "Every version, who made it and why.",
      access: .roles([.admin]), parameters: Page.parameters("Versions"),
      answers: [.json(.ok, "The versions, oldest first.", Schemas.weightsHistory)]
    ) { [chamber] exchange in
      let history = chamber.weightsHistory
      let page = try Page(of: history.versions, asked: exchange.query)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("initial", history.initial)
      writer.member("versions", Array(page.elements))
      writer.member("next", page.next)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var rollback: Operation {
    Operation(
      "rollBackWeights", .post, "/v1/weights/rollback", .weights,
      "Restores an earlier version's values, as a new version.",
      access: .roles([.admin]), parameters: [Self.match],
      body: .json(
        .object([
          Member("version", .integer(1...Int.max), required: true), Member("reason", Schemas.statement, required: true),
        ]), atMost: 65_536, example: #"{"version": 1, "reason": "The change of Monday let too much through."}"#),
      answers: [
        Self.changed, .problem(.preconditionFailed, "The weights have changed since."),
        .problem(.preconditionRequired, "If-Match must name the version that is changed."),
      ]
    ) { exchange in
      let weights = chamber.inForce.weights
      try exchange.request.requireMatch(Self.tag(weights), required: true)
      return answer(
        try await chamber.rollBackWeights(
          to: exchange.integer("version"), expecting: weights.version, reason: exchange.text("reason"),
          by: exchange.principal.subject, trace: exchange.traceID))
    }
  }
}

extension Exchange {
  // Members that the schema has made sure of.

  func text(_ name: String) -> String { json[name]?.string ?? "" }
  func integer(_ name: String) -> Int { json[name]?.integer ?? 0 }
  func numbers(_ name: String) -> [String: Double] { Self.numbers(json[name]) }

  static func numbers(_ value: JSONValue?) -> [String: Double] {
    var numbers: [String: Double] = [:]
    for member in value?.object?.members ?? [] { numbers[member.name] = member.value.double }
    return numbers
  }
}
