// Begins the trace of a request, and hands what is worth keeping to the exporter:
//
//     let trace = tracer.begin("POST /v1/deliberations", parent: context, at: now)
//     let span = trace.start("evidence", at: now)
//     trace.end(span, at: later)
//     trace.set("http.response.status_code", 200)
//     trace.keep()                                 // an escalation: sent whatever the sampler said
//     trace.finish(at: end)
//
// Without an exporter nothing is recorded: what is left is the request's identity, which costs a few random numbers.
import TraceContext

package final class Tracer: Sendable {
  private let sampler: Sampler
  private let exporter: TraceExporter?

  /// Without an exporter traces are passed on and not recorded.
  package init(sampler: Sampler = Sampler(.parentOrRatio), exporter: TraceExporter? = nil) {
    self.sampler = sampler
    self.exporter = exporter
  }

  package var isRecording: Bool { exporter != nil }

  /// A trace that continues `parent`, or a new one. `name` is made only when it is recorded.
  package func begin(
    _ name: @autoclosure () -> String, kind: SpanKind = .server, parent: SpanContext?,
    at time: @autoclosure () -> WallTime
  ) -> RequestTrace {
    let trace = parent?.trace ?? .random()
    return begin(name(), kind: kind, trace: trace, span: .random(), parent: parent, at: time())
  }

  /// The same with identifiers that were chosen before, as by a server that had already written them down. `old` is a
  /// finished trace that was not sent and that nobody else holds: its memory is used again, so that recording a trace
  /// that is not kept allocates nothing.
  package func begin(
    _ name: @autoclosure () -> String, kind: SpanKind = .server, trace: TraceID, span: SpanID, parent: SpanContext?,
    at time: @autoclosure () -> WallTime, reusing old: RequestTrace? = nil
  ) -> RequestTrace {
    var flags: TraceFlags = parent.map { $0.flags.intersection(.random) } ?? .random
    if sampler.isTaken(trace, parent: parent) { flags.insert(.sampled) }
    let context = SpanContext(trace: trace, span: span, flags: flags, state: parent?.state ?? TraceState())
    guard let exporter else { return RequestTrace(context: context, recorder: nil, exporter: nil) }
    if let recorder = old?.recorder {
      recorder.restart(name: name(), kind: kind, context: context, parent: parent?.span, at: time())
      return RequestTrace(context: context, recorder: recorder, exporter: exporter)
    }
    let recorder = TraceRecorder(name: name(), kind: kind, context: context, parent: parent?.span, at: time())
    return RequestTrace(context: context, recorder: recorder, exporter: exporter)
  }
}

/// The trace of one request. A value of it can be handed to child tasks.
package struct RequestTrace: Sendable {
  /// What goes into the answer's `traceparent`, and with a new span into requests that this one makes.
  package let context: SpanContext
  let recorder: TraceRecorder?
  let exporter: TraceExporter?

  package var isRecording: Bool { recorder != nil }

  package func start(
    _ name: StaticString, kind: SpanKind = .internal, under parent: SpanHandle = .root,
    at time: @autoclosure () -> WallTime
  ) -> SpanHandle {
    guard let recorder else { return .none }
    return recorder.start(name, kind, under: parent, at: time())
  }

  package func end(_ span: SpanHandle, _ status: SpanStatus = .unset, at time: @autoclosure () -> WallTime) {
    recorder?.end(span, status, at: time())
  }

  package func set(_ key: StaticString, _ value: @autoclosure () -> LogValue, on span: SpanHandle = .root) {
    recorder?.set(key, value(), on: span)
  }

  /// The root's name, once the route is known.
  package func rename(_ name: @autoclosure () -> String) { recorder?.rename(name()) }

  /// The trace is sent, whatever the sampler said.
  package func keep() { recorder?.keep() }

  /// A span that is over already, directly under the root.
  package func add(
    _ name: StaticString, kind: SpanKind = .internal, _ status: SpanStatus = .unset,
    from start: @autoclosure () -> WallTime, to end: @autoclosure () -> WallTime
  ) -> SpanHandle {
    recorder?.add(name, kind, status, from: start(), to: end()) ?? .none
  }

  /// Ends the trace, and sends it if it is to be kept: only then `name` (where it was not known before) and `attributes`
  /// of the root are made. True where it was sent.
  @discardableResult
  package func finish(
    _ status: SpanStatus = .unset, at time: @autoclosure () -> WallTime, name: @autoclosure () -> String? = nil,
    _ attributes: @autoclosure () -> LogFields = [:]
  ) -> Bool {
    guard let recorder, recorder.finish(status, at: time(), name: name, attributes: attributes) else { return false }
    exporter?.enqueue(recorder)
    return true
  }

  /// What a request to another service carries: this trace, and `span` as the caller.
  package func outgoing(from span: SpanHandle = .root) -> SpanContext {
    let caller = recorder?.read { state in
      state.spans.indices.contains(Int(span.index)) ? state.spans[Int(span.index)].id : nil
    }
    return SpanContext(
      trace: context.trace, span: (caller ?? nil) ?? context.span, flags: context.flags, state: context.state)
  }
}
