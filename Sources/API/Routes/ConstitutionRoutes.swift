// The constitution in force: read whole, and replaced against the version that it replaces.
import Chamber
import Engine
import HTTP
import JSON

struct ConstitutionRoutes {
  let chamber: Chamber

  var operations: [Operation] { [read, change, preview, history, rollback] }

  private func tag(_ inForce: Chamber.InForce) -> EntityTag { EntityTag(inForce.council.constitution.version) }

  private var read: Operation {
    Operation(
      "readConstitution", .get, "/v1/constitution", .constitution,
      "The constitution in force, whole, in canonical JSON; or an earlier one.",
      access: .roles([.admin]),
      parameters: [
        Parameter(
          "sequence", .integer(1...Int.max), "Which of /v1/constitution/history; the one in force if not given.")
      ],
      answers: [
        .json(.ok, "The document.", .object([], open: true)), .problem(.notFound, "There was no such version."),
      ]
    ) { exchange in
      if let sequence = exchange.query.integer("sequence") {
        let (version, constitution) = try await chamber.constitution(sequence)
        return Response.json(Array(constitution.document.utf8)).with("ETag", EntityTag(version).description)
      }
      let inForce = chamber.inForce
      return Response.json(Array(inForce.council.constitution.document.utf8)).with("ETag", tag(inForce).description)
    }
  }

  private var change: Operation {
    Operation(
      "changeConstitution", .put, "/v1/constitution", .constitution,
      "Puts another constitution in force for every deliberation that begins after the answer.",
      access: .roles([.admin]), parameters: [Self.match],
      body: .json(
        .object([
          Self.document, Member("reason", Schemas.statement, required: true),
        ]), atMost: 5 << 20,
        example: #"{"constitution": "format: 1\ntitle: …\n", "reason": "The board decided so on 3 March."}"#),
      answers: [
        Self.changed, .problem(.preconditionFailed, "It has changed since."),
        .problem(.preconditionRequired, "If-Match must name the version that is replaced."),
        .problem(.conflict, "It is the one in force."),
      ]
    ) { exchange in
      let inForce = chamber.inForce
      try exchange.request.requireMatch(tag(inForce), required: true)
      try await chamber.setConstitution(
        exchange.document, expecting: inForce.council.constitution.version, reason: exchange.text("reason"),
        by: exchange.principal.subject, trace: exchange.traceID)
      return versionInForce
    }
  }

  private static let changed = AnswerDeclaration.json(
    .ok, "The version now in force.", Schemas.answer([("version", Schemas.version)]))

  private var versionInForce: Response {
    let now = chamber.inForce
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("version", now.council.constitution.version)
    writer.endObject()
    return Response.json(writer.array).with("ETag", tag(now).description)
  }

  private var rollback: Operation {
    Operation(
      "rollBackConstitution", .post, "/v1/constitution/rollback", .constitution,
      "Puts an earlier constitution in force again, as a new version.",
      access: .roles([.admin]), parameters: [Self.match],
      body: .json(
        .object([
          Member("sequence", .integer(1...Int.max), required: true, "Which of /v1/constitution/history."),
          Member("reason", Schemas.statement, required: true),
        ]), atMost: 65_536, example: #"{"sequence": 1, "reason": "The new one lets too much through."}"#),
      answers: [
        Self.changed, .problem(.notFound, "There was no such version."),
        .problem(.preconditionFailed, "It has changed since."),
        .problem(.preconditionRequired, "If-Match must name the version that is replaced."),
        .problem(.conflict, "It is the one in force."),
      ]
    ) { exchange in
      let inForce = chamber.inForce
      try exchange.request.requireMatch(tag(inForce), required: true)
      try await chamber.rollBackConstitution(
        to: exchange.integer("sequence"), expecting: inForce.council.constitution.version,
        reason: exchange.text("reason"), by: exchange.principal.subject, trace: exchange.traceID)
      return versionInForce
    }
  }

  private static let match = Parameter.field(
    "If-Match", .text(.entityTags), required: true, example: "*",
    "The entity tag of the constitution that is replaced; * for whichever is in force.")

  private static let document = Member(
    "constitution", .either([.text(atMost: 4 << 20, atLeast: 1), .object([], open: true)]), required: true,
    "The document: YAML in a string, or JSON.")

  private var preview: Operation {
    Operation(
      "previewConstitution", .post, "/v1/constitution/preview", .constitution,
      "Decides the last cases again under another constitution and says what would change. Nothing is put in force.",
      access: .roles([.admin]), workload: .batch,
      body: .json(
        .object([
          Self.document, Member("last", .integer(1...Chamber.mostPreviewed), "How many; 1000 if not given."),
        ]), atMost: 5 << 20, example: #"{"constitution": "format: 1\ntitle: …\n", "last": 500}"#),
      answers: PreviewAnswer.declarations
    ) { exchange in
      let last = exchange.json["last"]?.integer ?? 1000
      let document = exchange.document
      return try await PreviewAnswer.response(to: exchange) {
        try await chamber.previewConstitution(document, last: last, progress: $0)
      }
    }
  }

  private var history: Operation {
    Operation(
      "listConstitutions", .get, "/v1/constitution/history", .constitution, "Every version, who made it and why.",
      access: .roles([.admin]), parameters: Page.parameters("Versions"),
      answers: [.json(.ok, "The versions, oldest first.", Schemas.constitutionHistory)]
    ) { exchange in
      let page = try Page(of: chamber.constitutionHistory.versions, asked: exchange.query)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("versions", Array(page.elements))
      writer.member("next", page.next)
      writer.endObject()
      return .json(writer.array)
    }
  }
}

extension Exchange {
  /// The posted constitution: YAML in a string, or JSON as it is.
  fileprivate var document: [UInt8] {
    let given = json["constitution"] ?? .null
    return given.string.map { Array($0.utf8) } ?? given.jsonBytes
  }
}
