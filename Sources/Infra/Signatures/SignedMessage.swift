// What a signature can cover of a request: its derived components and its fields (RFC 9421, section 2).

package struct SignedMessage: Sendable {
  package var method: String
  /// `http` or `https`.
  package var scheme: String
  /// As Host or the target says it.
  package var authority: String
  /// The request target as it was sent: `/path?query`.
  package var target: String
  /// The values of all lines of a field, by its name in any case.
  package var field: @Sendable (String) -> [String]

  package init(
    method: String, scheme: String, authority: String, target: String,
    field: @escaping @Sendable (String) -> [String]
  ) {
    self.method = method
    self.scheme = scheme
    self.authority = authority
    self.target = target
    self.field = field
  }

  /// In lower case, without the scheme's own port (section 2.2.3).
  var normalAuthority: String {
    let lower = authority.lowercased()
    let own = scheme == "https" ? ":443" : ":80"
    return lower.hasSuffix(own) ? String(lower.dropLast(own.count)) : lower
  }

  private var split: (path: Substring, query: Substring?) {
    guard let mark = target.firstIndex(of: "?") else { return (target[...], nil) }
    return (target[..<mark], target[target.index(after: mark)...])
  }

  var path: String { split.path.isEmpty ? "/" : String(split.path) }
  var query: String { "?" + (split.query ?? "") }
  var targetURI: String { "\(scheme)://\(normalAuthority)\(path)\(split.query.map { "?\($0)" } ?? "")" }

  /// The value of a component; nil where the message has none, or where the component is of a kind that is not known here.
  func value(of component: FieldItem) -> String? {
    guard let name = component.value.string, component.parameters.isEmpty else { return nil }
    switch name {
    case "@method": return method
    case "@target-uri": return targetURI
    case "@authority": return normalAuthority
    case "@scheme": return scheme
    case "@request-target": return target
    case "@path": return path
    case "@query": return query
    default:
      guard !name.hasPrefix("@"), name == name.lowercased() else { return nil }
      let lines = field(name)
      if lines.isEmpty { return nil }
      return lines.map { String($0.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed()) }
        .joined(separator: ", ")
    }
  }

  private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }

  /// The signature base (section 2.5): what is signed.
  package func base(for input: InnerList) throws(SignatureRefusal) -> [UInt8] {
    var lines = ""
    var seen: Set<String> = []
    for component in input.items {
      let identifier = component.serialized
      guard seen.insert(identifier).inserted else { throw .repeatedComponent(identifier) }
      guard let value = value(of: component) else { throw .noSuchComponent(identifier) }
      guard !value.utf8.contains(0x0a) else { throw .noSuchComponent(identifier) }
      lines += "\(identifier): \(value)\n"
    }
    lines += "\"@signature-params\": \(input.serialized)"
    return Array(lines.utf8)
  }
}
