// From declarations to routes: every operation passes here, and here alone its guard, its parameters and its body are
// checked.
import HTTP
import JSON
import Ledger
import Resilience

extension Operation {
  /// The handler that the router gets: guard first, then whether there is room, then query, then body, then the operation
  /// itself.
  func handler(_ gatekeeper: Gatekeeper, _ headroom: any Headroom, _ patience: Patience) -> Handler {
    { request in
      let deadline = Deadline.after(patience.most)
      let admission = try await Deadline.$current.withValue(deadline) { try await admit(request, gatekeeper) }
      let patience = patience.left(until: deadline)
      guard admission.isTold else { return try await serve(admission, gatekeeper, headroom, patience) }
      do {
        var response = try await serve(admission, gatekeeper, headroom, patience)
        admission.add(to: &response.headers)
        return response
      } catch let error as any ProblemConvertible {
        var problem = error.problem
        admission.add(to: &problem.headers)
        throw problem
      }
    }
  }

  private func admit(_ request: Request, _ gatekeeper: Gatekeeper) async throws -> Admission {
    let admission = try await gatekeeper.admit(request, to: access, isProbe: isProbe, isForRepair: isForRepair)
    guard recognisesCallers, admission.principal == nil, request.header("Authorization") != nil else {
      return admission
    }
    // Who is not known is told what everybody is told.
    return (try? await gatekeeper.admit(request, to: .authenticated, isProbe: isProbe)) ?? admission
  }

  private func serve(
    _ admission: Admission, _ gatekeeper: Gatekeeper, _ headroom: any Headroom, _ patience: Patience
  ) async throws -> Response {
    let request = admission.request
    if let workload, let refusal = headroom.refusal(of: workload) { throw refusal }
    let query = try CheckedQuery(request, parameters)
    var json = JSONValue.null
    if case .json(let schema, let limit, _) = body { json = try await read(request, schema, limit) }
    var exchange = Exchange(request: request, caller: admission.principal, query: query, json: json, patience: patience)
    if gatekeeper.limits != nil, let principal = admission.principal {
      exchange.charge = { () async throws(Problem) in
        try await gatekeeper.charge(principal, as: access, from: request)
      }
    }
    // Whoever decides single cases tells of every part as it is.
    guard workload != .interactive, let watch = request.companion as? any LedgerWatch else {
      return try await answer(exchange)
    }
    let asked = exchange
    return try await LedgerCalls.$watch.withValue(watch) { try await answer(asked) }
  }

  /// An operation that reads its body by itself gives what it calls their time once it has read it: how long a client takes to
  /// send it does not count.
  private func answer(_ exchange: Exchange) async throws -> Response {
    if case .own = body { return try await respond(exchange) }
    return try await Deadline.within(exchange.patience.left) { try await respond(exchange) }
  }

  /// For whoever watches over the service from outside.
  private var isProbe: Bool { access == .everyone && topic == .service }

  /// Reads a JSON body and checks all of it.
  private func read(_ request: Request, _ schema: Schema, _ limit: Int) async throws -> JSONValue {
    let limits = JSONLimits(maximumDepth: 32, maximumBytes: limit)
    let value = try await request.decode(JSONValue.self, limit: limit, limits: limits)
    var errors = FieldErrors()
    schema.check(value, into: &errors)
    alsoChecking?(value, &errors)
    try errors.throwIfAny()
    return value
  }
}
