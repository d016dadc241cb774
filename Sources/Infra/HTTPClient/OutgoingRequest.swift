// What is asked of another server, and what it answers: whole, within limits.

package struct OutgoingRequest: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  package struct Field: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var method: Method
  /// Absolute, `http` or `https`, without user and password.
  package var url: String
  package var fields: [Field]
  /// Nil sends none, and no length either.
  package var body: [UInt8]?

  package init(_ method: Method = .get, _ url: String, fields: [Field] = [], body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
  }

  /// Fields that the client itself sends, or that would change how the message is framed (RFC 9112).
  private static let reserved: Set<String> = [
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
  ]

  private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)

  private static func isToken(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || tokenMarks.contains(byte)
  }

  /// Throws when a field is not one (RFC 9110 section 5), so that no value can smuggle in a line of its own.
  package func checkFields() throws(OutgoingError) {
    for field in fields {
      guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isToken) else {
        throw .invalid("a field's name is not a token")
      }
      guard !Self.reserved.contains(field.name.lowercased()) else {
        throw .invalid("the field \(field.name) is the client's own to send")
      }
      guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw .invalid("the value of the field \(field.name) has control characters in it")
      }
    }
    guard body == nil || method != .get && method != .head else {
      throw .invalid("a \(method.rawValue) request has no body")
    }
  }
}

package struct OutgoingAnswer: Sendable {
  package let status: Int
  /// In the order of arrival, names as written. Trailers are not among them.
  package let fields: [OutgoingRequest.Field]
  /// As sent: what is compressed stays so, and none is asked for.
  package let body: [UInt8]
  /// Whether it came over a connection that an earlier request had opened.
  package let reusedConnection: Bool
  /// Where the answer points with `Location`, made absolute; for redirects only.
  let redirect: String?

  /// The first value of a field, whatever the case of its name.
  package subscript(_ name: String) -> String? {
    let wanted = name.lowercased()
    return fields.first { $0.name.lowercased() == wanted }?.value
  }
}
