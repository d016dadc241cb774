// How a client calls: whom it may call, whom it trusts, and where it stops.
import Glibc

package struct OutgoingSettings: Sendable {
  package enum Proxy: Sendable, Equatable {
    case none
    /// `http://` or `https://`, for every call.
    case explicit(String)
    /// As the variables http_proxy, https_proxy, all_proxy and no_proxy say when the client is made.
    case environment
  }

  package var addresses = AddressPolicy()
  package var proxy = Proxy.none
  /// A PEM file of authorities that are trusted beside those of the system.
  package var extraAuthorities: String?
  package var userAgent: String?
  /// How long one connection may take to come about, name lookup and TLS included.
  package var connectDeadline = Duration.seconds(5)
  package var limits = Limits()

  package struct Limits: Sendable {
    package var urlBytes = 8192
    /// Bytes of an answer's head.
    package var headBytes = 64 * 1024
    package var answerBytes = 4 * 1024 * 1024
    /// Redirects that are followed; by default none, and the redirect itself is the answer.
    package var redirects = 0
    /// Requests under way on one loop; beyond, `overloaded`.
    package var requestsPerLoop = 256
    /// Connections that one loop keeps open for later requests.
    package var idleConnectionsPerLoop = 32
    /// After which an idle connection is not used again.
    package var idleAge = Duration.seconds(60)

    package init() {}
  }

  package init() {}
}
