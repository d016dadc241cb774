// A request on its way through an operation: who asks, and what has already been checked.
import Engine
import HTTP
import JSON

struct Exchange: Sendable {
  let request: Request
  /// Who asks; nil only where everyone may.
  let caller: Principal?
  /// The query, checked against the operation's parameters.
  let query: CheckedQuery
  /// The body, checked against the operation's schema; null where it takes none.
  let json: JSONValue

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
    guard let raw = request.rawQuery, !raw.isEmpty else { return }
    var errors = FieldErrors()
    for member in request.query.members {
      let pointer = JSONPointer("query", member.name)
      guard let parameter = parameters.first(where: { $0.name == member.name }) else {
        let meant = NearestName.suggestion(for: member.name, among: parameters.map(\.name))
        errors.add(pointer, "is not a parameter of this operation" + (meant.map { "; did you mean “\($0)”?" } ?? ""))
        continue
      }
      guard values[member.name] == nil else {
        errors.add(pointer, "is given twice")
        continue
      }
      let value = parameter.schema.reading(member.value)
      parameter.schema.check(value, at: pointer, into: &errors)
      values[member.name] = value
    }
    try errors.throwIfAny()
  }

  func text(_ name: String) -> String? { values[name]?.string }
  func integer(_ name: String) -> Int? { values[name]?.integer }
  func boolean(_ name: String) -> Bool? { values[name]?.boolean }
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
