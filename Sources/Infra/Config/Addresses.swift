// Where to listen and whom to call: addresses, URLs and paths, checked for form when they are read.
import Glibc

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` (every interface) or `unix:/path`.
package enum ListenAddress: SettingValue, Hashable {
  /// An empty host means every interface; port 0 lets the system choose.
  case tcp(host: String, port: UInt16)
  case unix(path: String)

  package static var typeName: String { "an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path" }

  package static func read(text: String) throws(SettingProblem) -> ListenAddress {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      // sockaddr_un holds 108 bytes, the last of them NUL (unix(7)).
      guard path.hasPrefix("/"), path.utf8.count < 108, !path.utf8.contains(0) else {
        throw .notOne(text, of: Self.self)
      }
      return .unix(path: path)
    }
    guard let colon = text.lastIndex(of: ":"), let port = decimalPort(text[text.index(after: colon)...]) else {
      throw .notOne(text, of: Self.self)
    }
    let host = String(text[..<colon])
    guard host.isEmpty || isHost(host, bracketed: true) else { throw .notOne(text, of: Self.self) }
    return .tcp(host: host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host, port: port)
  }

  package var written: String {
    switch self {
    case .tcp(let host, let port):
      let text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      return text.hasPrefix("[") ? "\"\(text)\"" : text
    case .unix(let path): return yamlText("unix:" + path)
    }
  }
}

/// An absolute URL with a host, or of a local socket (`unix:///path`). A password inside it is never written back.
package struct ServiceURL: SettingValue, Hashable {
  package let scheme: String
  package let user: String?
  package let password: Secret?
  /// Without brackets; empty only for `unix`.
  package let host: String
  package let port: UInt16?
  /// With its leading slash, as written (percent escapes kept), or empty.
  package let path: String
  /// After the question mark, as written.
  package let query: String?

  package static var typeName: String { "a URL such as https://host:8443/path" }

  package static func read(text: String) throws(SettingProblem) -> ServiceURL {
    // The text may hold a password, so no message repeats it.
    let refusal = SettingProblem("not \(typeName)")
    guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#"),
      let mark = text.firstRange(of: "://")
    else { throw refusal }
    let scheme = text[..<mark.lowerBound].lowercased()
    guard let first = scheme.first, first.isLetter,
      scheme.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) })
    else { throw refusal }
    let rest = text[mark.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let tail = rest[authority.endIndex...]
    let path = tail.prefix { $0 != "?" }
    var url = Parts()
    guard url.read(authority: authority), !url.host.isEmpty || scheme == "unix" && path.count > 1 else { throw refusal }
    return ServiceURL(
      scheme: scheme, user: url.user, password: url.password, host: url.host, port: url.port, path: String(path),
      query: path.endIndex < tail.endIndex ? String(tail[tail.index(after: path.endIndex)...]) : nil)
  }

  /// The pieces between `//` and the path (RFC 3986 section 3.2).
  private struct Parts {
    var user: String?
    var password: Secret?
    var host = ""
    var port: UInt16?

    mutating func read(authority: Substring) -> Bool {
      var place = authority
      if let at = authority.lastIndex(of: "@") {
        let names = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = percentDecoded(names[0]) else { return false }
        self.user = user
        if names.count == 2 {
          guard let password = percentDecoded(names[1]) else { return false }
          self.password = Secret(password)
        }
        place = authority[authority.index(after: at)...]
      }
      if let colon = place.lastIndex(of: ":"), place.last != "]" {
        guard let port = decimalPort(place[place.index(after: colon)...]) else { return false }
        self.port = port
        place = place[..<colon]
      }
      guard place.isEmpty || isHost(String(place), bracketed: true) else { return false }
      host = place.hasPrefix("[") ? String(place.dropFirst().dropLast()) : place.lowercased()
      return true
    }
  }

  package var written: String {
    // A query may carry a key; which parameter does is not ours to guess.
    text(
      user: user, password: password.map { _ in Secret.placeholder }, path: path,
      query: query.map { _ in Secret.placeholder })
  }

  /// What is called: all of it but user and password, which go another way.
  package var text: String { text(path: path) }

  /// The same with another path.
  package func text(path: String) -> String { text(user: nil, password: nil, path: path, query: query) }

  private func text(user: String?, password: String?, path: String, query: String?) -> String {
    var text = scheme + "://"
    if let user { text += user }
    if let password { text += ":" + password }
    if user != nil || password != nil { text += "@" }
    text += host.contains(":") ? "[\(host)]" : host
    if let port { text += ":\(port)" }
    text += path
    if let query { text += "?" + query }
    return text
  }
}

/// A path in the file system, relative to the working folder unless it begins with a slash.
package struct FilePath: SettingValue, Hashable, ExpressibleByStringLiteral {
  package let text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral text: String) { self.text = text }

  package static var typeName: String { "a path" }

  package static func read(text: String) throws(SettingProblem) -> FilePath {
    guard !text.isEmpty, text.utf8.count < 4096, !text.utf8.contains(0) else { throw .notOne(text, of: Self.self) }
    return FilePath(text)
  }

  package var written: String { yamlText(text) }
}

private func decimalPort(_ text: Substring) -> UInt16? {
  guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  return UInt16(text)
}

/// A host name (RFC 1123 section 2.1), an IPv4 address, or an IPv6 address in brackets.
private func isHost(_ host: String, bracketed: Bool) -> Bool {
  if host.hasPrefix("["), host.hasSuffix("]") {
    var address = in6_addr()
    return inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address) == 1
  }
  let labels = host.split(separator: ".", omittingEmptySubsequences: false)
  guard host.utf8.count <= 253, labels.allSatisfy(isLabel) else { return false }
  // What ends in a number must be an address, so that 10.0.0.256 is not taken for a name (WHATWG URL section 3.5).
  guard let last = labels.last, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return true }
  var address = in_addr()
  return inet_pton(AF_INET, host, &address) == 1
}

private func isLabel(_ label: Substring) -> Bool {
  (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
    && label.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "-")
        || $0 == UInt8(ascii: "_")
    }
}

private func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst(), let low = rest.popFirst(),
      let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
    else { return nil }
    bytes.append(value)
  }
  return String(validating: bytes, as: UTF8.self)
}
