// What is done for one request, heard and written into the request's trace: a span for each part of a deliberation, or,
// where the request has many cases, one for what each part came to over all of them.
import Engine
import HTTP
import Ledger
import Locking
import Telemetry
import TraceContext

final class RequestWatch: DeliberationWatch {
  private struct State {
    var trace: RequestTrace
    /// The same moment by both clocks.
    var wall: WallTime
    var monotonic: UInt64
    /// Whether cases are decided by the batch.
    var isOfMany = false
    var sums = PartSums()
  }

  let metrics: DeliberationMetrics
  // Held for a few loads only, and by threads of one request.
  private let state: Locked<State>

  init(metrics: DeliberationMetrics) {
    self.metrics = metrics
    let nothing = Tracer().begin("", parent: nil, at: WallTime(nanoseconds: 0))
    state = Locked(State(trace: nothing, wall: WallTime(nanoseconds: 0), monotonic: 0))
  }

  var trace: RequestTrace { state.withLock { $0.trace } }

  /// Begins with another request; nobody else holds this watch.
  func begin(_ tracer: Tracer, trace: TraceID, span: SpanID, parent: SpanContext? = nil, kind: SpanKind) {
    state.withLock { state in
      state.wall = SystemClock.wall()
      state.monotonic = SystemClock.monotonic()
      state.isOfMany = false
      state.sums.removeAll()
      state.trace = tracer.begin(
        "", kind: kind, trace: trace, span: span, parent: parent, at: state.wall, reusing: state.trace)
    }
  }

  /// True where the trace is on its way to the collector.
  @discardableResult
  func finish(_ status: SpanStatus, name: @autoclosure () -> String, _ attributes: @autoclosure () -> LogFields) -> Bool
  {
    let state = state.withLock { $0 }
    for sum in state.sums.inOrder { write(sum, state) }
    return state.trace.finish(status, at: SystemClock.wall(), name: name(), attributes())
  }

  var wantsDetail: Bool { true }

  var carrier: TraceCarrier? {
    let context = trace.outgoing()
    return TraceCarrier(traceparent: context.traceparent, tracestate: context.state.text)
  }

  func now() -> UInt64 { SystemClock.monotonic() }

  func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    metrics.passed(part, from: begin, to: end)
    let single = state.withLock { state -> State? in
      if case .batch = part { state.isOfMany = true }
      guard state.isOfMany else { return state }
      state.sums.add(part, from: begin, to: end)
      return nil
    }
    if let single { write(PartSum(part, from: begin, to: end), single) }
  }

  func ofMany() -> any DeliberationWatch { WatchOfMany(self) }

  fileprivate func add(_ sums: PartSums) { state.withLock { $0.sums.add(sums) } }

  func concluded(_ answered: Answered) {
    let (trace, isOfMany) = state.withLock { ($0.trace, $0.isOfMany) }
    // Of a batch no single one is what the request came to.
    if !isOfMany {
      trace.set("witan.verdict", .string(answered.decided.decision.verdict.rawValue))
      trace.set("witan.deliberation", .string(answered.id))
    }
    if answered.decided.decision.verdict == .escalate || !answered.decided.decision.ruling.escalations.isEmpty {
      trace.keep()
    }
  }

  private static func time(_ moment: UInt64, _ state: State) -> WallTime {
    WallTime(nanoseconds: state.wall.nanoseconds &+ moment &- state.monotonic)
  }

  /// Writes a span. Attributes are set one by one: a list of them would be an allocation for each span.
  private func write(_ sum: PartSum, _ state: State) {
    let trace = state.trace
    let span = trace.add(
      sum.part.name, kind: sum.part.spanKind, sum.failures > 0 ? .error : .unset, from: Self.time(sum.begin, state),
      to: Self.time(sum.end, state))
    if state.isOfMany {
      trace.set("witan.times", .integer(sum.times), on: span)
      trace.set("witan.busy_seconds", .number(Double(sum.busy) / 1e9), on: span)
    }
    switch sum.part {
    case .cache:
      if state.isOfMany {
        trace.set("witan.cache.hits", .integer(sum.count), on: span)
      } else {
        trace.set("witan.cache.hit", .boolean(sum.count > 0), on: span)
      }
    case .sharedCache:
      trace.set(SemanticConvention.databaseSystem, "redis", on: span)
      trace.set("witan.cache.hit", .boolean(sum.count > 0), on: span)
    case .precedents: trace.set("witan.precedents.found", .integer(sum.count), on: span)
    case .evidence: trace.set("witan.evidence.signals", .integer(sum.count), on: span)
    case .critic(let name, _, _, _):
      trace.set("witan.critic", .string(name), on: span)
      if sum.abstentions < sum.times { trace.set("witan.severity", .number(sum.severity), on: span) }
      if state.isOfMany {
        trace.set("witan.abstentions", .integer(sum.abstentions), on: span)
      } else if sum.abstentions > 0 {
        trace.set("witan.abstained", true, on: span)
      }
    case .batch: trace.set("witan.cases", .integer(sum.count), on: span)
    case .ledger: Self.describe(span, of: trace, "append", sum.count)
    case .sharedDecision, .sealing, .alignment, .uncertainty, .aggregation, .gate, .wording, .permit: break
    }
  }
}

extension RequestWatch: LedgerWatch {
  func called(_ operation: String, entries: Int, failed: Bool, from begin: UInt64, to end: UInt64) {
    let state = state.withLock { $0 }
    let span = state.trace.add(
      DeliberationPart.ledger(entries: entries).name, kind: .client, failed ? .error : .unset,
      from: Self.time(begin, state), to: Self.time(end, state))
    Self.describe(span, of: state.trace, operation, entries)
  }

  /// Says of a span what was asked of the ledger.
  fileprivate static func describe(_ span: SpanHandle, of trace: RequestTrace, _ operation: String, _ entries: Int) {
    trace.set(SemanticConvention.databaseSystem, "sqlite", on: span)
    trace.set(SemanticConvention.databaseOperation, .string(operation), on: span)
    trace.set("witan.ledger.entries", .integer(entries), on: span)
  }
}

/// Watches some of the cases of a request that has many. It has its own sums, which are the request's when it is done: so
/// that cores seldom meet.
private final class WatchOfMany: DeliberationWatch {
  private let request: RequestWatch
  private let sums = Locked(PartSums())

  init(_ request: RequestWatch) { self.request = request }

  var wantsDetail: Bool { true }
  var carrier: TraceCarrier? { request.carrier }
  func now() -> UInt64 { request.now() }

  func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    request.metrics.passed(part, from: begin, to: end)
    sums.withLock { $0.add(part, from: begin, to: end) }
  }

  func concluded(_ answered: Answered) { request.concluded(answered) }
  func isDone() { request.add(sums.withLock { $0 }) }
}

extension DeliberationPart {
  /// What its span is called.
  fileprivate var name: StaticString {
    switch self {
    case .cache: "cache"
    case .sharedCache: "shared cache"
    case .sharedDecision: "shared decision"
    case .precedents: "precedents"
    case .evidence: "evidence"
    case .critic: "critic"
    case .sealing: "sealing"
    case .alignment: "alignment"
    case .uncertainty: "uncertainty"
    case .aggregation: "aggregation"
    case .gate: "gate"
    case .wording: "wording"
    case .batch: "batch"
    case .ledger: "ledger"
    case .permit: "permit"
    }
  }

  fileprivate var spanKind: SpanKind {
    switch self {
    case .sharedCache, .ledger, .critic(_, _, _, isOutside: true): .client
    default: .internal
    }
  }
}
