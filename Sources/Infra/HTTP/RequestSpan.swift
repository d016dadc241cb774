// Which trace a request belongs to (W3C Trace Context): a valid `traceparent` is continued, otherwise a trace begins.
import TraceContext

/// This server's span of a request, and the caller's that it continues.
package struct RequestSpan: Sendable, Equatable {
  /// The request's trace and this server's span in it: what the answer says.
  package var own: SpanContext
  /// What the caller said, its `tracestate` included; nil where the trace began here.
  package var caller: SpanContext?

  /// A trace that begins here.
  init() { own = SpanContext(trace: .random(), span: .random(), flags: .beginning) }

  /// The caller's trace goes on in a span of our own.
  init(continuing caller: SpanContext) {
    own = SpanContext(trace: caller.trace, span: .random(), flags: caller.flags, state: caller.state)
    self.caller = caller
  }

  /// Says whether the trace is recorded here.
  mutating func setSampled(_ isSampled: Bool) {
    let flags = isSampled ? own.flags.union(.sampled) : own.flags.subtracting(.sampled)
    own = SpanContext(trace: own.trace, span: own.span, flags: flags, state: own.state)
  }

  /// The 32 hexadecimal digits of the trace.
  package var traceID: String { own.trace.description }
  package var spanID: String { own.span.description }
  package var traceparent: String { own.traceparent }

  /// How long a `traceparent` line is.
  static let lineLength = 13 + 55 + 2

  /// Writes `traceparent: 00-…-…-01` and the line's end.
  func writeLine(_ destination: UnsafeMutablePointer<UInt8>) {
    destination.update(from: ("traceparent: " as StaticString).utf8Start, count: 13)
    own.writeTraceparent(to: destination + 13)
    destination[68] = 0x0d
    destination[69] = 0x0a
  }
}

extension RequestSpan {
  /// What a request says of its trace. Several `traceparent` lines, or a malformed one, are as good as none, and then
  /// `tracestate` says nothing (level 2, sections 3.2 and 4.3).
  init(of head: IncomingHead) {
    guard let range = head.valueRange(.traceparent), !head.isRepeated(.traceparent),
      let said = head.withBytes(range, SpanContext.init(traceparent:))
    else {
      self.init()
      return
    }
    guard head.has(.tracestate) else {
      self.init(continuing: said)
      return
    }
    let state = TraceState(fields: Request(head).headers(KnownField.tracestate.name))
    self.init(continuing: SpanContext(trace: said.trace, span: said.span, flags: said.flags, state: state))
  }
}
