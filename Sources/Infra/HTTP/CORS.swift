// Cross-origin access (the Fetch standard, section 3.2), by configuration and validated before the server starts.

/// Which other origins may read answers in a browser. The default is none, which sends no field at all.
package struct CORS: Sendable, Equatable {
  package enum Origins: Sendable, Equatable {
    case any
    case listed([String])
  }

  package var origins: Origins
  package var methods: [String] = ["GET", "HEAD", "POST", "PUT", "DELETE"]
  package var headers: [String] = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "traceparent"]
  package var exposedHeaders: [String] = ["ETag", "traceparent"]
  package var allowsCredentials = false
  package var maximumAge: Duration = .seconds(600)

  package init(origins: Origins) { self.origins = origins }

  package enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    case wildcardWithCredentials
    case malformedOrigin(String)
    case malformedName(String)

    package var description: String {
      switch self {
      case .wildcardWithCredentials: "any origin together with credentials would give every site its visitors' access"
      case .malformedOrigin(let origin):
        "\"\(origin)\" is not an origin: scheme://host, with a port if need be, no path"
      case .malformedName(let name): "\"\(name)\" is not a method or field name"
      }
    }
  }

  package func validate() throws(ConfigurationError) {
    if case .any = origins, allowsCredentials { throw .wildcardWithCredentials }
    if case .listed(let origins) = origins {
      for origin in origins where !Self.isOrigin(origin) { throw .malformedOrigin(origin) }
    }
    for name in methods + headers + exposedHeaders
    where name.isEmpty || !name.utf8.allSatisfy(ByteSet.token.contains) || (name == "*" && allowsCredentials) {
      throw .malformedName(name)
    }
  }

  private static func isOrigin(_ origin: String) -> Bool {
    for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
      return Array(origin.utf8.dropFirst(scheme.utf8.count)).withUnsafeBufferPointer(isValidHost)
    }
    return false
  }

  /// The fields for an answer to a request from `origin`; `Vary` even where access is refused, since the answer depends
  /// on it.
  func fields(for origin: String) -> ResponseHeaders {
    var fields = ResponseHeaders()
    switch origins {
    case .any: fields.add("Access-Control-Allow-Origin", "*")
    case .listed(let origins):
      fields.add("Vary", "Origin")
      guard origins.contains(origin) else { return fields }
      fields.add("Access-Control-Allow-Origin", origin)
    }
    if allowsCredentials { fields.add("Access-Control-Allow-Credentials", "true") }
    if !exposedHeaders.isEmpty {
      fields.add("Access-Control-Expose-Headers", exposedHeaders.joined(separator: ", "))
    }
    return fields
  }

  /// The answer to a preflight request. The fields of `fields(for:)` are added to it as to any answer.
  func preflight() -> Response {
    var fields = ResponseHeaders()
    fields.add("Access-Control-Allow-Methods", methods.joined(separator: ", "))
    fields.add("Access-Control-Allow-Headers", headers.joined(separator: ", "))
    fields.add("Access-Control-Max-Age", String(maximumAge.components.seconds))
    return Response(.noContent, headers: fields)
  }
}
