// Everything that a client can make the server hold or wait for, with its limit and what happens beyond it.

/// Limits of a server, by name in `sizes`, `counts` and `times`. Past a limit the client gets the status named here and
/// the connection is closed.
package struct ServerLimits: Sendable, Equatable {
  /// Bytes of a request's head, request line included: 431. At most 65,535.
  package var headerBytes = 16 * 1024
  /// Field lines in a head, and again in trailers: 431.
  package var headerCount = 100
  /// Bytes of the request target: 414.
  package var targetLength = 8 * 1024
  /// Bytes of a request's body, or fewer where its route says so: 413.
  package var bodyBytes = 64 * 1024 * 1024
  /// Bytes of a body whose route reads it piece by piece and keeps none of it: 413.
  package var streamedBytes = 64 * 1024 * 1024 * 1024
  /// Bytes of one line of an NDJSON body: 413.
  package var lineBytes = 1024 * 1024
  /// Bytes of chunk extensions in one body: 400.
  package var chunkExtensionBytes = 4096
  /// Open connections: 503 with Retry-After. Never more than the process has descriptors for.
  package var connections = 16_384
  /// Open connections from one address: 503 with Retry-After. Behind a proxy all come from one address.
  package var connectionsPerAddress = 16_384
  /// Requests on one connection: the last one is answered with `Connection: close`.
  package var requestsPerConnection = 1_000_000
  /// Requests whose handlers are at work at the same time, in the whole server: 503 with Retry-After.
  package var requestsInFlight = 8192
  /// Answers gathered for one client before the others have their turn. Further requests wait in the kernel.
  package var pipeliningDepth = 64
  /// From the connection to the end of its TLS handshake: closed without a word.
  package var handshakeTimeout: Duration = .seconds(10)
  /// From the first byte of a head to its end: 408.
  package var headerTimeout: Duration = .seconds(10)
  /// Between requests: closed without a word.
  package var idleTimeout: Duration = .seconds(75)
  /// Bytes a second that a body has to keep up on average, once `bodyGrace` is over: 408.
  package var bodyRateFloor = 512
  package var bodyGrace: Duration = .seconds(10)
  /// From the start of a handler to the beginning of its answer, without the time in which it waits for the client: 503
  /// with Retry-After. The handler is cancelled.
  package var handlerTimeout: Duration = .seconds(120)
  /// How long after a client has finished sending it is asked whether it still waits for the answer.
  package var hangupGrace: Duration = .seconds(1)
  /// Without a byte taken by a client that owes us reading: closed.
  package var writeTimeout: Duration = .seconds(30)
  /// How long a closing connection goes on reading, so that the client can read the answer first (RFC 9112, 9.6).
  package var lingerTimeout: Duration = .seconds(2)
  /// Bytes of an unread body that are read and dropped in order to keep the connection.
  package var discardedBytes = 64 * 1024
  /// How long a stopping server waits for what is in flight.
  package var drainDeadline: Duration = .seconds(20)
  /// How long a stopping server leaves idle connections open, to answer a request that is already on its way.
  package var drainIdleGrace: Duration = .seconds(1)
  /// What `Retry-After` says when load is shed.
  package var retryAfter: Duration = .seconds(1)

  package init() {}
}

extension Duration {
  /// Whole nanoseconds, never negative.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return seconds < 0 ? 0 : UInt64(seconds) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
  }

  /// Seconds rounded up, for `Retry-After`.
  var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
