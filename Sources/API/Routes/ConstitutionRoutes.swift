// The constitution in force, whole.
import Chamber
import Engine
import HTTP

struct ConstitutionRoutes {
  let chamber: Chamber

  var operations: [Operation] { [read] }

  private var read: Operation {
    Operation(
      "readConstitution", .get, "/v1/constitution", .constitution,
      "The constitution in force, whole, in canonical JSON.",
      access: .roles([.admin]), answers: [.json(.ok, "The document.")]
    ) { [chamber] _ in
      let inForce = chamber.inForce
      return Response.json(Array(inForce.council.constitution.document.utf8))
        .with("ETag", "\"\(inForce.council.constitution.version)\"")
    }
  }
}
