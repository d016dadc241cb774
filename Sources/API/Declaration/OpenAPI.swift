// The OpenAPI 3.1 document, read off the same declarations that route, guard and validate.
import HTTP
import JSON

struct OpenAPI {
  let operations: [Operation]
  let release: String

  /// The document as JSON.
  func document() -> [UInt8] {
    var writer = JSONWriter(capacity: 1 << 16)
    writer.beginObject()
    writer.member("openapi", "3.1.0")
    describeService(in: &writer)
    describePaths(in: &writer)
    describeComponents(in: &writer)
    writer.endObject()
    return writer.array
  }

  private func describeService(in writer: inout JSONWriter) {
    writer.key("info")
    writer.beginObject()
    writer.member("title", "Witan")
    writer.member("summary", "A council for machine decisions, with a log that nobody rewrites unseen.")
    writer.member("version", release)
    writer.key("license")
    writer.beginObject()
    writer.member("name", "Apache-2.0")
    writer.member("identifier", "Apache-2.0")
    writer.endObject()
    writer.endObject()
    writer.key("tags")
    writer.beginArray()
    for topic in Topic.allCases where operations.contains(where: { $0.topic == topic }) {
      writer.beginObject()
      writer.member("name", topic.rawValue)
      writer.endObject()
    }
    writer.endArray()
  }

  private func describePaths(in writer: inout JSONWriter) {
    writer.key("paths")
    writer.beginObject()
    var seen: Set<String> = []
    for operation in operations {
      let path = operation.documentedPath
      guard seen.insert(path).inserted else { continue }
      writer.key(path)
      writer.beginObject()
      for each in operations where each.documentedPath == path { each.describe(in: &writer) }
      writer.endObject()
    }
    writer.endObject()
  }

  /// Every shape that has a name.
  static func named(in operations: [Operation]) -> [String: Schema] {
    var named: [String: Schema] = [:]
    for operation in operations {
      operation.body.schema?.collectNamed(into: &named)
      for answer in operation.allAnswers { answer.schema.collectNamed(into: &named) }
    }
    return named
  }

  private func describeComponents(in writer: inout JSONWriter) {
    let named = Self.named(in: operations)
    writer.key("components")
    writer.beginObject()
    writer.key("schemas")
    writer.beginObject()
    for (name, schema) in named.sorted(by: { $0.key < $1.key }) {
      writer.key(name)
      schema.describeWhole(in: &writer)
    }
    writer.endObject()
    writer.key("securitySchemes")
    writer.beginObject()
    writer.key("token")
    writer.beginObject()
    writer.member("type", "http")
    writer.member("scheme", "bearer")
    writer.member("bearerFormat", "JWT")
    writer.endObject()
    writer.key("signature")
    writer.beginObject()
    writer.member("type", "apiKey")
    writer.member("in", "header")
    writer.member("name", "Signature")
    writer.member(
      "description",
      "An HTTP message signature (RFC 9421), with Signature-Input: hmac-sha256 or ed25519, by a key that the configuration "
        + "names. It covers @method, @authority, @target-uri (or @path and @query) and, where there is a body, "
        + "content-digest; it has created, not older than five minutes, keyid, and a nonce that is used once.")
    writer.endObject()
    writer.endObject()
    writer.endObject()
  }
}

extension BodyRule {
  var schema: Schema? {
    switch self {
    case .none: nil
    case .json(let schema, _, _), .own(let schema, _, _, _): schema
    }
  }

  var types: [String] {
    switch self {
    case .none: []
    case .json: ["application/json"]
    case .own(_, let types, _, _): types
    }
  }

  var example: StaticString? {
    switch self {
    case .none: nil
    case .json(_, _, let example), .own(_, _, _, let example): example
    }
  }
}

extension Operation {
  /// The path with its parameters' kinds left out: `{index:int}` is `{index}`.
  var documentedPath: String {
    path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
      guard segment.hasPrefix("{") else { return String(segment) }
      return "{\(Self.parameterName(segment))}"
    }.joined(separator: "/")
  }

  private static func parameterName(_ segment: Substring) -> Substring {
    segment.dropFirst().prefix { $0 != ":" && $0 != "." && $0 != "}" }
  }

  /// The declared answers, and those that guard, query and body checks give by themselves.
  var allAnswers: [AnswerDeclaration] {
    var all = answers
    func add(_ status: Status, _ summary: String) {
      if !all.contains(where: { $0.status == status }) { all.append(.problem(status, summary)) }
    }
    if access != .everyone { add(.unauthorized, "No valid token.") }
    if case .roles = access { add(.forbidden, "The token does not entitle to this.") }
    if access != .everyone { add(.tooManyRequests, "Too many requests: Retry-After says when to ask again.") }
    if path.contains("{") || body.schema != nil { add(.badRequest, "It cannot be read; the detail says where.") }
    if parameters.contains(where: { $0.place == .query }) {
      add(.uriTooLong, "The path and the query together are too long.")
    }
    if parameters.contains(where: { $0.place == .query }) || body.schema != nil {
      add(.unprocessableContent, "Fields are wrong: every one is named.")
    }
    if body.schema != nil {
      add(.contentTooLarge, "The body is too large.")
      add(.unsupportedMediaType, "The body is of another type.")
    }
    if workload != nil { add(.serviceUnavailable, "No new work is let in just now: something runs short.") }
    return all
  }

  fileprivate func describe(in writer: inout JSONWriter) {
    writer.key(method.name.lowercased())
    writer.beginObject()
    writer.member("operationId", identifier)
    writer.member("summary", summary)
    writer.member("tags", [topic.rawValue])
    describeSecurity(in: &writer)
    describeParameters(in: &writer)
    describeBody(in: &writer)
    describeAnswers(in: &writer)
    writer.endObject()
  }

  private func describeSecurity(in writer: inout JSONWriter) {
    writer.key("security")
    writer.beginArray()
    if access != .everyone {
      writer.beginObject()
      writer.key("token")
      if case .roles(let roles) = access { writer.strings(roles.map(\.rawValue)) } else { writer.strings([String]()) }
      writer.endObject()
      writer.beginObject()
      writer.key("signature")
      writer.strings([String]())
      writer.endObject()
    }
    writer.endArray()
  }

  /// Every parameter, those of the path that nobody declared included.
  var allParameters: [Parameter] {
    let inPath = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
      let name = String(Self.parameterName(segment))
      return parameters.first { $0.place == .path && $0.name == name }
        ?? .path(
          name, segment.hasSuffix(":int}") ? .integer(0...Int.max) : .text(atMost: 512, atLeast: 1), example: 0, "")
    }
    return inPath + parameters.filter { $0.place != .path }
  }

  private func describeParameters(in writer: inout JSONWriter) {
    writer.key("parameters")
    writer.beginArray()
    for parameter in allParameters {
      writer.beginObject()
      writer.member("name", parameter.name)
      writer.member("in", parameter.place.rawValue)
      if parameter.isRequired { writer.member("required", true) }
      if !parameter.summary.isEmpty { writer.member("description", parameter.summary) }
      writer.key("schema")
      parameter.schema.describe(in: &writer)
      if let example = parameter.example { writer.member("example", example) }
      writer.endObject()
    }
    writer.endArray()
  }

  private func describeBody(in writer: inout JSONWriter) {
    guard let schema = body.schema else { return }
    writer.key("requestBody")
    writer.beginObject()
    writer.member("required", true)
    writer.key("content")
    writer.beginObject()
    for type in body.types {
      writer.key(type)
      writer.beginObject()
      writer.key("schema")
      schema.describe(in: &writer)
      if type == "application/json", let example = body.example {
        writer.key("example")
        writer.raw(Array(example.description.utf8).span.bytes)
      }
      writer.endObject()
    }
    writer.endObject()
    writer.endObject()
  }

  private func describeAnswers(in writer: inout JSONWriter) {
    writer.key("responses")
    writer.beginObject()
    var statuses: [UInt16] = []
    for answer in allAnswers where !statuses.contains(UInt16(answer.status.rawValue)) {
      statuses.append(UInt16(answer.status.rawValue))
      let same = allAnswers.filter { $0.status == answer.status }
      writer.key("\(answer.status.rawValue)")
      writer.beginObject()
      writer.member("description", answer.summary)
      writer.key("content")
      writer.beginObject()
      for each in same where !each.type.isEmpty {
        writer.key(each.type)
        writer.beginObject()
        writer.key("schema")
        each.schema.describe(in: &writer)
        let isMain = each.status == .ok && each.type == "application/json"
        if let example = each.example ?? (isMain ? Examples.answers[identifier] : nil) {
          writer.key("example")
          writer.raw(Array(example.description.utf8).span.bytes)
        }
        writer.endObject()
      }
      writer.endObject()
      writer.endObject()
    }
    writer.endObject()
  }
}
