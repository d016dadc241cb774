// What can go wrong with a call to somebody else's server, in words a person can act on.
import CCurl
import Net

package enum OutgoingError: Error, Equatable, Sendable {
  /// The request or the settings make no sense; nothing was sent.
  case invalid(String)
  case forbiddenAddress(host: String, address: String, kind: AddressKind)
  case notResolved(host: String, reason: String)
  case notConnected(host: String, reason: String)
  /// The server could not prove to be who it was asked to be.
  case untrusted(host: String, reason: String)
  case handshakeFailed(host: String, reason: String)
  /// No connection in the time that connecting may take.
  case connectDeadlinePassed(host: String)
  /// No whole answer in the time that was given.
  case deadlinePassed(host: String)
  case headTooLarge(limit: Int)
  case answerTooLarge(limit: Int)
  case tooManyRedirects(limit: Int)
  case forbiddenRedirect(to: String, reason: String)
  case malformedAnswer(reason: String)
  /// The connection ended before the answer did.
  case connectionLost(host: String, reason: String)
  /// Too many requests are under way on this loop; nothing was sent.
  case overloaded(limit: Int)
  case cancelled
  /// The client was closed.
  case closed
  case system(SystemError)
}

extension OutgoingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalid(let reason): reason
    case .forbiddenAddress(let host, let address, let kind):
      "\(host) leads to \(address), a \(kind.rawValue) address, which must not be called"
        + (kind == .loopback || kind == .private ? " unless outgoing.allow_\(kind.rawValue) is true" : "")
    case .notResolved(let host, let reason): "\(host) has no address: \(reason)"
    case .notConnected(let host, let reason): "no connection to \(host): \(reason)"
    case .untrusted(let host, let reason): "\(host) has not proved who it is: \(reason)"
    case .handshakeFailed(let host, let reason): "no TLS with \(host): \(reason)"
    case .connectDeadlinePassed(let host): "no connection to \(host) in time"
    case .deadlinePassed(let host): "no answer from \(host) in time"
    case .headTooLarge(let limit): "the answer's head is larger than \(limit) bytes"
    case .answerTooLarge(let limit): "the answer is larger than \(limit) bytes"
    case .tooManyRedirects(let limit): "more than \(limit) redirects"
    case .forbiddenRedirect(let target, let reason): "a redirect to \(target) is not followed: \(reason)"
    case .malformedAnswer(let reason): "the answer is not HTTP: \(reason)"
    case .connectionLost(let host, let reason): "the connection to \(host) was lost: \(reason)"
    case .overloaded(let limit): "\(limit) outgoing requests are under way already"
    case .cancelled: "cancelled"
    case .closed: "the client was closed"
    case .system(let error): "\(error)"
    }
  }

  /// What libcurl's code says. `wasConnected` tells a deadline before the first byte was sent from one after it.
  init(_ code: CURLcode, reason: String, host: String, wasConnected: Bool, limit: Int) {
    self =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .notResolved(host: host, reason: reason)
      case CURLE_COULDNT_CONNECT, CURLE_PROXY: .notConnected(host: host, reason: reason)
      case CURLE_OPERATION_TIMEDOUT: wasConnected ? .deadlinePassed(host: host) : .connectDeadlinePassed(host: host)
      case CURLE_PEER_FAILED_VERIFICATION: .untrusted(host: host, reason: reason)
      case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM:
        .handshakeFailed(host: host, reason: reason)
      case CURLE_FILESIZE_EXCEEDED: .answerTooLarge(limit: limit)
      case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
        .connectionLost(host: host, reason: reason)
      case CURLE_URL_MALFORMAT: .invalid(reason)
      default: .malformedAnswer(reason: reason)
      }
  }
}
