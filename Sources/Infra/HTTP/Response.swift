// An answer: status, fields, and a body that is whole, streamed, a stream of events, or the connection itself.

/// What a body is. The common ones cost nothing to name.
package enum ContentType: Sendable, Equatable {
  case json, problem, text, html, ndjson, eventStream, binary
  case other(String)

  var line: StaticString? {
    switch self {
    case .json: "Content-Type: application/json\r\n"
    case .problem: "Content-Type: application/problem+json\r\n"
    case .text: "Content-Type: text/plain; charset=utf-8\r\n"
    case .html: "Content-Type: text/html; charset=utf-8\r\n"
    case .ndjson: "Content-Type: application/x-ndjson\r\n"
    case .eventStream: "Content-Type: text/event-stream\r\n"
    case .binary: "Content-Type: application/octet-stream\r\n"
    case .other: nil
    }
  }
}

/// An answer.
///
///     Response.text("ok")
///     Response(.created, contentType: .json, body: bytes, headers: ["Location": "/v1/…"])
///     Response.stream(contentType: .ndjson) { writer in try await writer.write(line) }
package struct Response: Sendable {
  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// Written piece by piece by a closure that runs once the head is on its way. `write` waits for a slow reader.
    case stream(@Sendable (BodyWriter) async throws -> Void)
    /// The connection leaves HTTP (RFC 9110, section 7.8). The closure owns it and ends it by returning.
    case upgrade(to: String, @Sendable (UpgradedConnection) async -> Void)
  }

  package var status: Status
  package var contentType: ContentType?
  package var headers: ResponseHeaders
  package var body: Body
  /// The connection ends with this answer.
  package var closesConnection = false
  /// See `compressible()`.
  package var mayBeCompressed = false
  /// A stream that the server compresses piece by piece.
  var isEncodedHere = false

  package init(
    _ status: Status, contentType: ContentType? = nil, body: [UInt8], headers: ResponseHeaders = .init()
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = .bytes(body)
  }

  /// An answer without content.
  package init(_ status: Status, headers: ResponseHeaders = .init()) {
    self.status = status
    self.headers = headers
    body = .none
  }

  package static func text(_ text: String, status: Status = .ok) -> Response {
    Response(status, contentType: .text, body: Array(text.utf8))
  }

  package static func json(_ bytes: [UInt8], status: Status = .ok) -> Response {
    Response(status, contentType: .json, body: bytes)
  }

  package static func html(_ text: String, status: Status = .ok) -> Response {
    Response(status, contentType: .html, body: Array(text.utf8))
  }

  /// An answer of unknown length. If `write` throws, the client sees the body break off, not end.
  package static func stream(
    _ status: Status = .ok, contentType: ContentType, headers: ResponseHeaders = .init(),
    _ write: @escaping @Sendable (BodyWriter) async throws -> Void
  ) -> Response {
    var response = Response(status, headers: headers)
    response.contentType = contentType
    response.body = .stream(write)
    return response
  }

  /// Hands the connection over to another protocol once 101 has been sent. `headers` go with the 101.
  package static func upgrade(
    to name: String, headers: ResponseHeaders = .init(), _ body: @escaping @Sendable (UpgradedConnection) async -> Void
  ) -> Response {
    var response = Response(.switchingProtocols, headers: headers)
    response.body = .upgrade(to: name, body)
    return response
  }

  var isStreamed: Bool {
    switch body {
    case .stream, .upgrade: true
    case .none, .bytes: false
    }
  }

  /// Whether every client gets the same: it can neither be compressed nor be known already.
  var hasOneForm: Bool { !mayBeCompressed && !headers.presence.contains(.entityTag) }

  /// The same answer with one more field.
  package func with(_ name: String, _ value: some StringProtocol) -> Response {
    var copy = self
    copy.headers.set(name, value)
    return copy
  }
}

extension ResponseHeaders: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { add(name, value) }
  }
}
