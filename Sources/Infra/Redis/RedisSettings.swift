// Where Redis is and how long anything may take.
import Net
import Resilience
import TLS

/// `host:port`, the host a name or an address.
package struct RedisHost: Sendable, Hashable, CustomStringConvertible {
  package let name: String
  package let port: UInt16

  package init(name: String, port: UInt16) {
    self.name = name
    self.port = port
  }

  package var description: String { name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)" }

  /// The address, where the name is one.
  var literal: SocketAddress? { SocketAddress(description) }
}

/// What a Redis URL says.
package struct RedisURL: Sendable, Hashable {
  package enum Place: Sendable, Hashable {
    case server(RedisHost)
    /// Whoever these say is the master of that name.
    case sentinels([RedisHost], master: String)
  }

  package let place: Place
  package let isSecure: Bool
  package let user: String?
  package let password: String?
  package let database: Int

  package struct Invalid: Error, Sendable, Hashable {
    package let reason: String
  }

  package static let forms =
    "redis://[user[:password]@]host[:port][/database], rediss://… for TLS, "
    + "redis+sentinel://host[:port],host[:port]/master[/database]"

  package init(_ text: String) throws(Invalid) {
    let scheme = text.prefix { $0 != ":" }
    guard text[scheme.endIndex...].hasPrefix("://") else { throw Invalid(reason: "not of the form \(Self.forms)") }
    var rest = text[scheme.endIndex...].dropFirst(3)
    let hasSentinels = scheme.hasSuffix("+sentinel")
    guard ["redis", "rediss", "redis+sentinel", "rediss+sentinel"].contains(scheme) else {
      throw Invalid(reason: "the scheme must be redis, rediss, redis+sentinel or rediss+sentinel")
    }
    isSecure = scheme.hasPrefix("rediss")
    (user, password) = try Self.credentials(&rest)
    var path = rest.split(separator: "/", omittingEmptySubsequences: false)
    let hosts = try path.removeFirst().split(separator: ",", omittingEmptySubsequences: false).map {
      text throws(Invalid) in try Self.host(text, port: hasSentinels ? 26_379 : 6379)
    }
    if hasSentinels {
      guard let master = path.first, !master.isEmpty else { throw Invalid(reason: "the name of the master is missing") }
      path.removeFirst()
      place = .sentinels(hosts, master: try Self.decoded(master))
    } else {
      guard hosts.count == 1 else { throw Invalid(reason: "several hosts are for redis+sentinel://") }
      place = .server(hosts[0])
    }
    switch path.count {
    case 0: database = 0
    case 1 where path[0].isEmpty: database = 0
    case 1:
      guard let number = Int(path[0]), (0..<10_000).contains(number) else {
        throw Invalid(reason: "the database must be a number")
      }
      database = number
    default: throw Invalid(reason: "nothing may follow the database")
    }
  }

  /// Takes `user:password@` off the beginning. The password may be kept elsewhere.
  private static func credentials(_ rest: inout Substring) throws(Invalid) -> (user: String?, password: String?) {
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return (nil, nil) }
    let information = authority[..<at]
    rest = rest[rest.index(after: at)...]
    guard let colon = information.firstIndex(of: ":") else {
      guard !information.isEmpty else { throw Invalid(reason: "no user stands before the @") }
      return (try decoded(information), nil)
    }
    let user = try decoded(information[..<colon])
    return (user.isEmpty ? nil : user, try decoded(information[information.index(after: colon)...]))
  }

  private static func host(_ text: Substring, port usual: UInt16) throws(Invalid) -> RedisHost {
    var name = text
    var port = usual
    if let colon = text.lastIndex(of: ":"), text.last != "]", text.hasPrefix("[") || text.firstIndex(of: ":") == colon {
      guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
        throw Invalid(reason: "the port must be from 1 to 65535")
      }
      port = number
      name = text[..<colon]
    }
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw Invalid(reason: "the host is missing or no name")
    }
    return RedisHost(name: String(name), port: port)
  }

  /// Undoes percent-encoding (RFC 3986 section 2.1).
  private static func decoded(_ text: Substring) throws(Invalid) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        throw Invalid(reason: "% must be followed by two hexadecimal digits")
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

package struct RedisSettings: Sendable {
  package var url: RedisURL
  /// In place of the URL's, where it is kept elsewhere.
  package var password: String?
  package var sentinelPassword: String?
  /// For `rediss`.
  package var tls: TLSClient?
  /// From the first packet to the first command.
  package var connectDeadline: Duration = .seconds(2)
  /// A connection on which nothing has come for this long is asked for a sign of life, and given up when it gives none.
  package var idleDeadline: Duration = .seconds(10)
  package var backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))
  /// Commands on one connection that may wait for their answers.
  package var pendingLimit = 8192
  package var replyBytes = 16 << 20

  package init(url: RedisURL) { self.url = url }
}
