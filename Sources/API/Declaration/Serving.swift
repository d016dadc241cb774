// From declarations to routes: every operation passes here, and here alone its guard, its parameters and its body are
// checked.
import HTTP
import JSON

extension Operation {
  /// The handler that the router gets: guard first, then query, then body, then the operation itself.
  func handler(_ gatekeeper: Gatekeeper) -> Handler {
    { request in
      let principal = try await gatekeeper.admit(request, to: access)
      let query = try CheckedQuery(request, parameters)
      var json = JSONValue.null
      if case .json(let schema, let limit, _) = body { json = try await Self.read(request, schema, limit) }
      return try await respond(Exchange(request: request, caller: principal, query: query, json: json))
    }
  }

  /// Reads a JSON body and checks all of it.
  private static func read(_ request: Request, _ schema: Schema, _ limit: Int) async throws -> JSONValue {
    let limits = JSONLimits(maximumDepth: 32, maximumBytes: limit)
    let value = try await request.decode(JSONValue.self, limit: limit, limits: limits)
    var errors = FieldErrors()
    schema.check(value, into: &errors)
    try errors.throwIfAny()
    return value
  }
}
