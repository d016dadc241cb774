// A request as handlers see it: method, path, query, fields and parameters read on demand from the connection's bytes,
// and a body that is read only when somebody asks for it.
import Net

/// A request. Cheap to pass on; strings are made when asked for.
///
///     router.get("/v1/critics/{name}") { request in
///       let name = try request.parameter("name")
///       return .text("critic \(name)")
///     }
package struct Request: Sendable {
  package let head: IncomingHead
  private var values: [ObjectIdentifier: any Sendable] = [:]
  private var held: HeldBody?

  init(_ head: IncomingHead) { self.head = head }

  package var method: Method { head.method }
  /// 0 or 1: HTTP/1.0 or HTTP/1.1.
  package var minorVersion: Int { Int(head.minorVersion) }
  /// The request target as it was sent.
  package var target: String { text(head.target) }
  /// The path with its escapes resolved.
  package var path: String { head.withPath { $0.isEmpty ? "/" : String(decoding: $0, as: UTF8.self) } }
  /// The query as it was sent, without its question mark.
  package var rawQuery: String? { head.query.map(text) }
  package var query: Query { Query(head.query.map { head.withBytes($0) { Array($0) } } ?? []) }
  /// The authority that the request is for: the target's where it has one, else Host.
  package var authority: String? { (head.authority ?? head.valueRange(.host)).map(text) }
  package var peer: SocketAddress? { head.peer }
  /// The certificate that the client has shown and TLS has verified; nil where none was asked for or none was shown.
  package var clientCertificate: PeerCertificate? { head.clientCertificate }
  package var trace: RequestSpan { head.trace }
  /// What goes along with the request until it is answered; handlers on the connection's loop and `answered` find it here.
  package var companion: (any AnyObject & Sendable)? {
    get { head.companion }
    nonmutating set { head.companion = newValue }
  }
  /// Says in the answer's `traceparent` whether the trace is recorded here. Only before the handler runs.
  package func setSampled(_ isSampled: Bool) {
    head.trace.setSampled(isSampled)
  }
  /// The pattern of the route that was taken: a label for metrics that does not grow with what clients send.
  package var routePattern: String? { head.route?.pattern }
  /// The event loop of the connection: handlers run on it.
  package var eventLoop: EventLoop? { head.loop }
  package var body: RequestBody { RequestBody(head: head, held: held) }

  /// The same request with its body at hand, for whoever comes after one that had to read it first.
  package func holding(_ body: [UInt8]) -> Request {
    var copy = self
    copy.held = HeldBody(body)
    return copy
  }

  // MARK: Fields

  /// The value of a field, of its first line when there are several.
  package func header(_ field: KnownField) -> String? { head.valueRange(field).map(text) }

  package func header(_ name: String) -> String? {
    var first: Range<Int>?
    eachValue(of: name) { value in
      first = value
      return false
    }
    return first.map(text)
  }

  /// The values of all lines of a field.
  package func headers(_ name: String) -> [String] {
    var all: [String] = []
    eachValue(of: name) { value in
      all.append(text(value))
      return true
    }
    return all
  }

  /// Calls `body` with the bytes of a field's first line, without making a string.
  package func withHeader<Value>(
    _ field: KnownField, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value
  ) rethrows -> Value? {
    guard let range = head.valueRange(field) else { return nil }
    return try head.withBytes(range, body)
  }

  private func eachValue(of name: String, _ body: (Range<Int>) -> Bool) {
    var name = name
    name.withUTF8 { head.eachValue(of: $0, body) }
  }

  private func text(_ range: Range<Int>) -> String { head.withBytes(range) { String(decoding: $0, as: UTF8.self) } }

  /// Whether the body is of this media type, parameters aside: `application/json`.
  package func hasContentType(_ type: String) -> Bool {
    withHeader(.contentType) { value in
      let end = value.firstIndex { $0 == 0x3b || $0 == 0x20 || $0 == 0x09 } ?? value.count
      var type = type
      return type.withUTF8 { equalsIgnoringCase(UnsafeBufferPointer(rebasing: value[..<end]), $0) }
    } ?? false
  }

  // MARK: Path parameters

  /// A parameter of the path. 404 cannot happen here: a route that lacks the parameter is a mistake in its pattern, and
  /// is answered with 500.
  package func parameter(_ name: String) throws(Problem) -> String {
    guard let value = parameterText(name) else {
      throw Problem(.internalServerError, detail: "the route has no parameter \(name)")
    }
    return value
  }

  /// A parameter read as a number or anything else that has a text form; 404 where it has not.
  package func parameter<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) throws(Problem) -> Value
  {
    guard let value = Value(try parameter(name)) else {
      throw Problem(.notFound, detail: "\(name) is not of the form expected")
    }
    return value
  }

  private func parameterText(_ name: String) -> String? {
    guard let route = head.route, let index = route.parameterNames.firstIndex(of: name) else { return nil }
    let range = head.parameters[index]
    return head.withPath { path in
      let begin = Int(range.start)
      return String(decoding: path[begin..<begin + Int(range.length)], as: UTF8.self)
    }
  }

  // MARK: What middleware adds

  /// A value that middleware leaves for those after it, for instance who is asking.
  ///
  ///     enum Principal: RequestKey { typealias Value = Claims }
  ///     request[Principal.self] = claims
  package subscript<Key: RequestKey>(key: Key.Type) -> Key.Value? {
    get { values[ObjectIdentifier(key)] as? Key.Value }
    set { values[ObjectIdentifier(key)] = newValue }
  }
}

/// Names a value that middleware adds to a request.
package protocol RequestKey {
  associatedtype Value: Sendable
}

/// The members of a query (`a=1&b=2`), with escapes and plus signs resolved as in forms.
package struct Query: Sendable {
  package let members: [(name: String, value: String)]

  init(_ bytes: [UInt8]) {
    members = bytes.split(separator: 0x26).map { member in
      let equals = member.firstIndex(of: 0x3d)
      let name = Self.decoded(member[..<(equals ?? member.endIndex)])
      let value = equals.map { Self.decoded(member[($0 + 1)...]) } ?? ""
      return (name, value)
    }
  }

  /// The first value of that name.
  package subscript(name: String) -> String? { members.first { $0.name == name }?.value }

  /// A malformed escape stands for itself.
  private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == 0x25, index + 2 < bytes.endIndex, let high = hexadecimal(bytes[index + 1]),
        let low = hexadecimal(bytes[index + 2])
      {
        result.append(high << 4 | low)
        index += 3
        continue
      }
      result.append(bytes[index] == 0x2b ? 0x20 : bytes[index])
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }
}
