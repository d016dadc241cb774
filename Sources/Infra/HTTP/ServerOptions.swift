// What a server is told besides its routes.
import Net

package struct ServerOptions: Sendable {
  package var limits = ServerLimits()
  package var cors: CORS?
  /// Sent with pages (`text/html`) that bring no policy of their own.
  package var contentSecurityPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
  /// Every answer carries `traceparent`; a valid one that comes in is continued.
  package var sendsTraceparent = true
  /// nosniff, frame denial and no-store on every answer that does not say otherwise.
  package var sendsSecurityHeaders = true
  /// gzip for the answers that allow it; nil for none.
  package var compression: CompressionOptions? = CompressionOptions()
  /// How errors that are neither `Problem` nor `ProblemConvertible` are told; nil leaves it at 500 without a detail.
  package var problem: (@Sendable (any Error, Request) -> Problem?)?
  /// Hears of every answer with status 500 that an unforeseen error caused.
  package var unforeseen: (@Sendable (any Error, Request) -> Void)?
  /// Hears of every request once it has found its route, or that there is none, before anything answers it: for traces. It may
  /// say whether the trace is recorded here, and leave a companion. On the connection's loop, so it must not wait.
  package var routed: (@Sendable (Request) -> Void)?
  /// Hears of every answered request: for metrics and access logs. On the connection's loop, so it must not wait.
  package var answered: (@Sendable (Request, Status, Duration) -> Void)?
  /// Hears of every message that was refused before it became a request, and of every connection shed, with the trace that
  /// the answer names.
  package var refused: (@Sendable (Problem, RequestSpan) -> Void)?
  /// The layer between connections and their sockets, made for each accepted descriptor: TLS sits here.
  package var transport: (@Sendable (_ descriptor: Int32, EventLoop) -> any ByteTransport)?

  package init() {}
}
