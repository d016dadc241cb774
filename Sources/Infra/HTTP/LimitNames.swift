// The limits of a server by name, each with its range and one sentence: from this list the program's settings, the flags
// of `httpd-echo` and the reference are made, so that no limit can be without a name.

/// A limit that can be set.
package struct LimitName<Value: Comparable & Sendable>: Sendable {
  /// Words joined by underscores: `header_count`.
  package let name: String
  package let path: any WritableKeyPath<ServerLimits, Value> & Sendable
  package let range: ClosedRange<Value>
  /// What a number counts.
  package let unit: String
  /// What is limited, and what happens beyond it.
  package let summary: String

  init(
    _ name: String, _ path: any WritableKeyPath<ServerLimits, Value> & Sendable, _ range: ClosedRange<Value>,
    unit: String = "", _ summary: String
  ) {
    self.name = name
    self.path = path
    self.range = range
    self.unit = unit
    self.summary = summary
  }
}

extension ServerLimits {
  /// Numbers of bytes.
  package static let sizes: [LimitName<Int>] = [
    LimitName("body", \.bodyBytes, 1024...1 << 30, "Largest body that is read; a route may allow less: 413."),
    LimitName(
      "streamed_body", \.streamedBytes, 1024...1 << 50,
      "Largest body of lines (NDJSON) that is taken as it comes, with no more than some lines in memory: 413."),
    LimitName("header", \.headerBytes, 1024...60 * 1024, "Bytes of a request's head: 431."),
    LimitName("target", \.targetLength, 64...60 * 1024, "Bytes of a request's target: 414."),
    LimitName("line", \.lineBytes, 64...1 << 30, "Bytes of one line of an NDJSON body: 413."),
    LimitName(
      "chunk_extensions", \.chunkExtensionBytes, 0...1 << 20, "Bytes of chunk extensions in one body: 400."),
    LimitName(
      "discarded_body", \.discardedBytes, 0...1 << 30,
      "Bytes of a body that nobody reads, dropped in order to keep the connection; beyond, it is closed."),
  ]

  package static let counts: [LimitName<Int>] = [
    LimitName("header_count", \.headerCount, 4...255, unit: "fields", "Field lines in a head, and in trailers: 431."),
    LimitName(
      "connections", \.connections, 1...1_000_000, unit: "connections", "Connections open at once: 503."),
    LimitName(
      "connections_per_address", \.connectionsPerAddress, 1...1_000_000, unit: "connections",
      "Connections open at once from one address: 503. Behind a proxy all come from one."),
    LimitName(
      "requests_per_connection", \.requestsPerConnection, 1...1_000_000_000, unit: "requests",
      "Requests on one connection; the answer to the last one closes it."),
    LimitName(
      "requests_in_flight", \.requestsInFlight, 1...1_000_000, unit: "requests",
      "Requests at work at once in the whole server: 503."),
    LimitName(
      "pipelining", \.pipeliningDepth, 1...65_536, unit: "requests",
      "Requests of one connection answered before others have their turn; further ones wait in the kernel."),
    LimitName(
      "body_rate", \.bodyRateFloor, 0...1 << 30, unit: "bytes a second",
      "What a body has to keep up on average once `body_grace` is over: 408. 0 asks for nothing."),
  ]

  package static let times: [LimitName<Duration>] = [
    LimitName(
      "handshake_timeout", \.handshakeTimeout, .milliseconds(100) ... .seconds(600),
      "How long a TLS handshake may take; then the connection is closed."),
    LimitName(
      "header_timeout", \.headerTimeout, .milliseconds(100) ... .seconds(600),
      "From the first byte of a head to its end: 408."),
    LimitName(
      "body_grace", \.bodyGrace, .milliseconds(100) ... .seconds(600), "How long a body may be slower than `body_rate`."
    ),
    LimitName(
      "handler_timeout", \.handlerTimeout, .milliseconds(100) ... .seconds(3600),
      "How long an answer may take to begin, without what is spent waiting for the client: 503."),
    LimitName(
      "hangup_grace", \.hangupGrace, .milliseconds(10) ... .seconds(600),
      "How long after a client has finished sending an interim answer (102) goes out, which tells one that has gone from one that waits."
    ),
    LimitName(
      "idle_timeout", \.idleTimeout, .seconds(1) ... .seconds(3600),
      "How long a connection may stay open between requests; then it is closed."),
    LimitName(
      "write_timeout", \.writeTimeout, .milliseconds(100) ... .seconds(600),
      "How long a client may take no byte of an answer; then the connection is closed."),
    LimitName(
      "linger_timeout", \.lingerTimeout, .zero ... .seconds(60),
      "How long a closing connection waits for the client to have read the answer."),
    LimitName(
      "drain_idle_grace", \.drainIdleGrace, .zero ... .seconds(60),
      "How long a stopping server leaves idle connections open for a request already on its way."),
    LimitName(
      "drain_deadline", \.drainDeadline, .seconds(1) ... .seconds(600),
      "How long a stopping server waits for what is in flight; then it is cut off."),
    LimitName(
      "retry_after", \.retryAfter, .seconds(1) ... .seconds(3600), "What `Retry-After` says when load is shed."),
  ]
}
