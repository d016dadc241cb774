// An operation of the API, declared once: method, path, who may call it, what it takes and gives, and what it does.
// Routing, authorization, validation and the OpenAPI document are all read off this declaration, so that a route cannot
// forget its guard.
import HTTP
import JSON

struct Operation: Sendable {
  /// The name that generated clients give it.
  let identifier: String
  let method: Method
  /// `/v1/critics/{name}`; `{index:int}` for digits only, `{path...}` for the rest of the path.
  let path: String
  let topic: Topic
  let summary: String
  let access: Access
  /// How urgent it is, where it makes work that may have to wait or be refused; nil where it is always let in.
  let workload: Workload?
  /// Whether a token is looked at where one is given although none is asked for: who is known is told more.
  let recognisesCallers: Bool
  let parameters: [Parameter]
  let body: BodyRule
  let answers: [AnswerDeclaration]
  let respond: @Sendable (Exchange) async throws -> Response
  private(set) var isForRepair = false
  /// What the schema of the body cannot say because it is known at run time only; its faults are told with the others.
  var alsoChecking: (@Sendable (JSONValue, inout FieldErrors) -> Void)?

  init(
    _ identifier: String, _ method: Method, _ path: String, _ topic: Topic, _ summary: String, access: Access,
    workload: Workload? = nil, recognisesCallers: Bool = false, parameters: [Parameter] = [], body: BodyRule = .none,
    answers: [AnswerDeclaration],
    respond: @escaping @Sendable (Exchange) async throws -> Response
  ) {
    self.identifier = identifier
    self.method = method
    self.path = path
    self.topic = topic
    self.summary = summary
    self.access = access
    self.workload = workload
    self.recognisesCallers = recognisesCallers
    self.parameters = parameters
    self.body = body
    self.answers = answers
    self.respond = respond
  }

  /// The same operation, open also while it cannot be known what others have revoked: it shows what is wrong, or mends it.
  func forRepair() -> Operation {
    var operation = self
    operation.isForRepair = true
    return operation
  }

  /// The same operation, whose body is held against one rule more.
  func alsoChecking(_ rule: @escaping @Sendable (JSONValue, inout FieldErrors) -> Void) -> Operation {
    var operation = self
    operation.alsoChecking = rule
    return operation
  }
}

/// How the document groups operations.
enum Topic: String, Sendable, CaseIterable {
  case deliberations, jobs, permits, reviews, precedents, critics, weights, constitution, audit, log, service,
    administration
}

/// Who may call an operation.
enum Access: Sendable, Equatable {
  /// No token is asked for.
  case everyone
  /// Any valid token.
  case authenticated
  /// A valid token with at least one of these roles.
  case roles([Role])

  func admits(_ principal: Principal) -> Bool {
    switch self {
    case .everyone, .authenticated: true
    case .roles(let roles): roles.contains { principal.roles.contains($0) }
    }
  }
}

/// A member of the query, a part of the path, or a field of the head.
struct Parameter: Sendable {
  enum Place: String, Sendable { case query, path, header }

  var name: String
  var schema: Schema
  var place: Place
  var isRequired: Bool
  var example: JSONValue?
  var summary: String

  /// A member of the query: checked before the operation runs.
  init(_ name: String, _ schema: Schema, required: Bool = false, example: JSONValue? = nil, _ summary: String) {
    self.init(name, schema, .query, required, example, summary)
  }

  /// A part of the path, `{name}` in the operation's pattern. What has another form names nothing, and is 404.
  static func path(_ name: String, _ schema: Schema, example: JSONValue, _ summary: String) -> Parameter {
    Parameter(name, schema, .path, true, example, summary)
  }

  /// A field of the head, which the operation reads by itself.
  static func field(
    _ name: String, _ schema: Schema, required: Bool = false, example: JSONValue, _ summary: String
  ) -> Parameter {
    Parameter(name, schema, .header, required, example, summary)
  }

  private init(
    _ name: String, _ schema: Schema, _ place: Place, _ isRequired: Bool, _ example: JSONValue?, _ summary: String
  ) {
    self.name = name
    self.schema = schema
    self.place = place
    self.isRequired = isRequired
    self.example = example
    self.summary = summary
  }
}

/// What an operation wants as its body.
enum BodyRule: Sendable {
  /// Whatever is sent is left unread.
  case none
  /// A JSON document, read and checked before the operation runs.
  case json(Schema, atMost: Int, example: StaticString)
  /// Bytes that the operation reads by itself: the schema describes them.
  case own(Schema, types: [String], atMost: Int, example: StaticString)

  var limit: Int? {
    switch self {
    case .none: nil
    case .json(_, let limit, _), .own(_, _, let limit, _): limit
    }
  }
}

/// One way in which an operation answers.
struct AnswerDeclaration: Sendable {
  var status: Status
  var summary: String
  var type: String
  var schema: Schema
  /// One such answer, as JSON.
  var example: StaticString?

  static func json(
    _ status: Status = .ok, _ summary: String, _ schema: Schema = .any, example: StaticString? = nil
  ) -> AnswerDeclaration {
    AnswerDeclaration(status: status, summary: summary, type: "application/json", schema: schema, example: example)
  }

  /// An answer that is not JSON; the example is its text, written as a JSON string.
  static func other(
    _ type: String, _ summary: String, status: Status = .ok, example: StaticString? = nil
  ) -> AnswerDeclaration {
    AnswerDeclaration(
      status: status, summary: summary, type: type, schema: .text(TextRule(length: 0...Int.max)), example: example)
  }

  static func problem(_ status: Status, _ summary: String) -> AnswerDeclaration {
    AnswerDeclaration(status: status, summary: summary, type: "application/problem+json", schema: Schemas.problem)
  }
}
