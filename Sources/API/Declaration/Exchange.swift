// A request on its way through an operation: who asks, and what has already been checked.
import Engine
import HTTP
import JSON
import Ledger

struct Exchange: Sendable {
  let request: Request
  /// Who asks; nil only where everyone may.
  let caller: Principal?
  /// The query, checked against the operation's parameters.
  let query: CheckedQuery
  /// The body, checked against the operation's schema; null where it takes none.
  let json: JSONValue
  /// How long others may be called for what this request brings.
  var time: Duration { patience.time(for: request) }
  let patience: Patience
  /// Takes one more request from the caller's limits, or throws 429: for what comes later on the same connection.
  var charge: (@Sendable () async throws(Problem) -> Void)?

  init(request: Request, caller: Principal?, query: CheckedQuery, json: JSONValue, patience: Patience) {
    self.request = request
    self.caller = caller
    self.query = query
    self.json = json
    self.patience = patience
  }

  /// Who asks. An operation that everyone may call has no use for it.
  var principal: Principal { caller ?? Principal(subject: "anonymous", roles: []) }
  var traceID: String { request.trace.traceID }
  /// Who watches what is done for this request.
  var watch: (any DeliberationWatch)? { request.companion as? any DeliberationWatch }
}

/// The members of a query that an operation declared, each checked against its schema.
struct CheckedQuery: Sendable {
  private var values: [String: JSONValue] = [:]

  init(_ request: Request, _ parameters: [Parameter]) throws(FieldErrors) {
    var errors = FieldErrors()
    let parameters = parameters.filter { $0.place == .query }
    let isEmpty = request.rawQuery?.isEmpty ?? true
    if !isEmpty { for member in request.query.members { take(member, parameters, &errors) } }
    for parameter in parameters where parameter.isRequired && values[parameter.name] == nil {
      errors.add(JSONPointer("query", parameter.name), "is required")
    }
    try errors.throwIfAny()
  }

  private mutating func take(
    _ member: (name: String, value: String), _ parameters: [Parameter], _ errors: inout FieldErrors
  ) {
    let pointer = JSONPointer("query", member.name)
    guard let parameter = parameters.first(where: { $0.name == member.name }) else {
      let meant = NearestName.suggestion(for: member.name, among: parameters.map(\.name))
      return errors.add(
        pointer, "is not a parameter of this operation" + (meant.map { "; did you mean “\($0)”?" } ?? ""))
    }
    guard values[member.name] == nil else { return errors.add(pointer, "is given twice") }
    let value = parameter.schema.reading(member.value)
    parameter.schema.check(value, at: pointer, into: &errors)
    values[member.name] = value
  }

  func text(_ name: String) -> String? { values[name]?.string }
  func integer(_ name: String) -> Int? { values[name]?.integer }
  func boolean(_ name: String) -> Bool? { values[name]?.boolean }

  /// A time in RFC 3339.
  func time(_ name: String) throws(Problem) -> Timestamp? {
    guard let text = text(name) else { return nil }
    if let time = Timestamp(text: text) { return time }
    throw Problem(
      .unprocessableContent, detail: "some fields are wrong",
      errors: [.init("/query/\(name)", "must be a time in RFC 3339, such as 2026-05-03T09:30:00Z")])
  }
}

extension Schema {
  /// The text of a parameter as the kind of value that this schema wants; text that is none stays text and is refused.
  fileprivate func reading(_ text: String) -> JSONValue {
    switch self {
    case .integer: Int(text).map { .integer($0) } ?? .string(text)
    case .number: Double(text).map { .double($0) } ?? .string(text)
    case .boolean: text == "true" ? true : text == "false" ? false : .string(text)
    case .named(_, let schema), .nullable(let schema): schema.reading(text)
    default: .string(text)
    }
  }
}
