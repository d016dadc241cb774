// Errors as RFC 9457 problem details: one shape for everything that goes wrong, made in one place.

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
    var body: [UInt8] = Array("{".utf8)
    func member(_ name: String, _ value: String) {
      if body.count > 1 { body.append(0x2c) }
      appendJSON(name, &body)
      body.append(0x3a)
      appendJSON(value, &body)
    }
    member("type", type)
    member("title", title)
    body.append(contentsOf: ",\"status\":\(status.rawValue)".utf8)
    if let detail { member("detail", detail) }
    if let traceID { member("trace_id", traceID) }
    if !errors.isEmpty {
      body.append(contentsOf: ",\"errors\":[".utf8)
      for (index, error) in errors.enumerated() {
        body.append(contentsOf: (index == 0 ? "{\"pointer\":" : ",{\"pointer\":").utf8)
        appendJSON(error.pointer, &body)
        body.append(contentsOf: ",\"message\":".utf8)
        appendJSON(error.message, &body)
        body.append(0x7d)
      }
      body.append(0x5d)
    }
    body.append(0x7d)
    return Response(status, contentType: .problem, body: body, headers: headers)
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

/// A JSON string (RFC 8259, section 7) with its quotation marks.
private func appendJSON(_ text: String, _ bytes: inout [UInt8]) {
  bytes.append(0x22)
  for byte in text.utf8 {
    switch byte {
    case 0x22, 0x5c:
      bytes.append(0x5c)
      bytes.append(byte)
    case 0x00..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }
  bytes.append(0x22)
}
