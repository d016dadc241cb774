// Errors as RFC 9457 problem details: one shape for everything that goes wrong, made in one place.
import JSON

/// Something that went wrong, in the form that clients are told of it. Handlers throw it.
///
///     throw Problem(.unprocessableContent, detail: "two fields are wrong", errors: [.init("/kind", "is missing")])
package struct Problem: Error, Sendable, Equatable {
  /// What is wrong with one member of the body, by its JSON Pointer.
  package struct FieldError: Sendable, Equatable {
    package var pointer: String
    package var message: String

    package init(_ pointer: String, _ message: String) {
      self.pointer = pointer
      self.message = message
    }
  }

  package var status: Status
  /// A URI that names the kind of problem; `about:blank` says no more than the status does.
  package var type: String
  package var title: String
  package var detail: String?
  package var errors: [FieldError]
  package var headers: ResponseHeaders

  package init(
    _ status: Status, type: String = "about:blank", title: String? = nil, detail: String? = nil,
    errors: [FieldError] = [], headers: ResponseHeaders = .init()
  ) {
    self.status = status
    self.type = type
    self.title = title ?? status.reason.description
    self.detail = detail
    self.errors = errors
    self.headers = headers
  }

  init(_ refusal: Refusal) { self.init(refusal.status, detail: refusal.detail) }

  /// The answer, with the trace by which an operator finds it again.
  package func response(traceID: String?) -> Response {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", type)
    writer.member("title", title)
    writer.member("status", Int(status.rawValue))
    if let detail { writer.member("detail", detail) }
    if let traceID { writer.member("trace_id", traceID) }
    if !errors.isEmpty {
      writer.key("errors")
      writer.beginArray()
      for error in errors {
        writer.beginObject()
        writer.member("pointer", error.pointer)
        writer.member("message", error.message)
        writer.endObject()
      }
      writer.endArray()
    }
    writer.endObject()
    return Response(status, contentType: .problem, body: writer.array, headers: headers)
  }
}

/// An error that knows how clients are to be told of it.
package protocol ProblemConvertible: Error {
  var problem: Problem { get }
}

extension Problem: ProblemConvertible {
  package var problem: Problem { self }
}

extension Refusal: ProblemConvertible {
  package var problem: Problem { Problem(self) }
}
