// JSON in requests and answers: decoding with every fault named, and writing without a tree.
import JSON

extension Request {
  /// Reads the body as JSON: 415 when it is said to be something else, 400 with the byte offset when it is not JSON, 422
  /// with every wrong field.
  ///
  ///     let order = try await request.decode(Order.self)
  package func decode<Value: JSONReadable & Sendable>(
    _: Value.Type = Value.self, limit: Int? = nil, limits: JSONLimits = .standard
  ) async throws -> Value {
    try requireContentType("application/json")
    return try await body.withWhole(limit: limit) { try JSONReader.decode(Value.self, from: $0, limits: limits) }
  }

  /// 415 unless the body is of this media type, or of none said.
  package func requireContentType(_ type: String) throws(Problem) {
    guard head.has(.contentType), !hasContentType(type) else { return }
    throw Problem(
      .unsupportedMediaType, detail: "the body has to be \(type)", headers: ["Accept": type])
  }
}

extension Response {
  /// An answer in JSON.
  package static func json(_ value: some JSONWritable, status: Status = .ok) -> Response {
    var writer = JSONWriter()
    value.write(to: &writer)
    return .json(writer.array, status: status)
  }

  /// An answer in JSON, written by a closure.
  ///
  ///     .json { writer in
  ///       writer.beginObject()
  ///       writer.member("ready", true)
  ///       writer.endObject()
  ///     }
  package static func json(status: Status = .ok, _ write: (inout JSONWriter) -> Void) -> Response {
    var writer = JSONWriter()
    write(&writer)
    return .json(writer.array, status: status)
  }
}

extension JSONRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .malformed(let error):
      return Problem(.badRequest, detail: "the body is not JSON: \(error)")
    case .fields(let errors):
      var problem = Problem(.unprocessableContent, detail: "some fields are wrong")
      problem.errors = errors.items.map { .init($0.pointer.description, $0.message) }
      return problem
    }
  }
}

extension FieldErrors: ProblemConvertible {
  package var problem: Problem { JSONRefusal.fields(self).problem }
}
