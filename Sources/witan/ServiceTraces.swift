// The traces of the running service: a span for each request, with one below it for each part of a deliberation, sent to
// the collector that the configuration names.
import Config
import Engine
import HTTP
import HTTPClient
import Locking
import Resilience
import Synchronization
import Telemetry
import TraceContext

final class ServiceTraces: Sendable {
  private let tracer: Tracer
  private let exporter: TraceExporter
  private let metrics: DeliberationMetrics
  private let scheme: String
  private let spare = SpareWatches()

  /// Nil where no collector is named. A collector on this machine or in a private network has to be allowed by
  /// `outgoing.allow_loopback` or `outgoing.allow_private`, as every address that is called.
  init?(_ configuration: Configuration, client: HTTPClient, telemetry: ServiceTelemetry, breakers: BreakerBoard) {
    let settings = ServiceTelemetry.settings
    guard let target = settings.target(configuration) else { return nil }
    let url = target.url.text(path: target.path)
    let breaker = breakers.breaker("traces")
    let deadline = configuration[settings.timeout]
    let told = LastRefusal()
    metrics = telemetry.metrics.deliberations
    scheme = configuration[ServiceTLS.certificate] == nil ? "http" : "https"
    exporter = TraceExporter(
      resource: settings.resource(configuration, version: release, instance: TraceID.random().description),
      scope: (name: "witan", version: release), options: settings.exporterOptions(configuration),
      redactor: ServiceTelemetry.redactor, metrics: telemetry.metrics.metrics
    ) { request in
      // Apart from the exporter's task, so that what is left is still sent when that one is cancelled.
      await Task {
        guard let call = breaker.admit() else { return .retry(after: .seconds(1)) }
        let fields = request.headers.map { OutgoingRequest.Field($0.name, $0.value) }
        do throws(OutgoingError) {
          let answer = try await client.send(
            OutgoingRequest(.post, url, fields: fields, body: request.body), deadline: deadline)
          breaker.record(call, success: answer.status != 429 && answer.status < 500)
          if told.changes(to: answer.status), !(200..<300).contains(answer.status) {
            telemetry.failed(
              "traces.export_failed", "The collector does not take traces", CollectorRefusal(status: answer.status))
          }
          return OTLPResponse(status: answer.status, retryAfter: answer["retry-after"])
        } catch {
          breaker.record(call, success: false)
          telemetry.failed("traces.export_failed", "Traces could not be sent", error)
          return error.isPassing ? .retry(after: nil) : .refused("\(error)")
        }
      }.value
    }
    tracer = Tracer(sampler: settings.sampler(configuration), exporter: exporter)
  }

  /// Sends what there is until the task is cancelled, and then what is left.
  func run() async { await exporter.run() }

  /// Has every request that finds a route traced, beside whoever listens already.
  func watch(_ options: inout ServerOptions) {
    let others = (routed: options.routed, answered: options.answered)
    options.routed = { [self] request in
      others.routed?(request)
      begin(request)
    }
    options.answered = { [self] request, status, duration in
      others.answered?(request, status, duration)
      end(request, Int(status.rawValue))
    }
  }

  private func begin(_ request: Request) {
    let seen = request.trace
    let watch = spare.take() ?? RequestWatch(metrics: metrics)
    watch.begin(tracer, trace: seen.own.trace, span: seen.own.span, parent: seen.caller)
    request.setSampled(watch.trace.context.isSampled)
    request.companion = watch
  }

  private func end(_ request: Request, _ status: Int) {
    guard var watch = request.companion as? RequestWatch else { return }
    request.companion = nil
    let isSent = watch.finish(request, status, scheme)
    // Work that outlives its request may hold the watch still; such a one is left to it.
    if !isSent, isKnownUniquelyReferenced(&watch) { spare.put(watch) }
  }

}

/// What a collector answers that takes nothing.
private struct CollectorRefusal: Error, CustomStringConvertible {
  let status: Int
  var description: String { "it answered with status \(status)" }
}

/// The last status of the collector, so that one is told of once and not with every batch.
private final class LastRefusal: Sendable {
  private let status = Atomic(200)

  func changes(to status: Int) -> Bool { self.status.exchange(status, ordering: .relaxed) != status }
}

/// Watches what is done for one request, and writes it into the request's trace.
final class RequestWatch: DeliberationWatch {
  private struct State {
    var trace: RequestTrace
    /// The same moment by both clocks.
    var wall: WallTime
    var monotonic: UInt64
    /// Whether cases are decided by the batch.
    var isOfMany = false
  }

  private let metrics: DeliberationMetrics
  // Held for a few loads only, and by threads of one request.
  private let state: Locked<State>

  init(metrics: DeliberationMetrics) {
    self.metrics = metrics
    let nothing = Tracer().begin("", parent: nil, at: WallTime(nanoseconds: 0))
    state = Locked(State(trace: nothing, wall: WallTime(nanoseconds: 0), monotonic: 0))
  }

  var trace: RequestTrace { state.withLock { $0.trace } }

  /// Begins with another request; nobody else holds this watch.
  func begin(_ tracer: Tracer, trace: TraceID, span: SpanID, parent: SpanContext?) {
    state.withLock { state in
      state.wall = SystemClock.wall()
      state.monotonic = SystemClock.monotonic()
      state.isOfMany = false
      state.trace = tracer.begin(
        "", trace: trace, span: span, parent: parent, at: state.wall, reusing: state.trace)
    }
  }

  /// True where the trace is on its way to the collector.
  func finish(_ request: Request, _ status: Int, _ scheme: String) -> Bool {
    // The route's pattern and not the path: names are few, and hold nothing of what clients send.
    let route = request.routePattern ?? "none"
    if status >= 500 { trace.set(SemanticConvention.errorType, .string("\(status)")) }
    return trace.finish(
      status >= 500 ? .error : .unset, at: SystemClock.wall(), name: "\(request.method.name) \(route)",
      [
        SemanticConvention.requestMethod: .string(request.method.name), SemanticConvention.route: .string(route),
        SemanticConvention.responseStatus: .integer(status), SemanticConvention.path: .string(request.path),
        SemanticConvention.scheme: .string(scheme),
      ])
  }

  var wantsDetail: Bool { true }

  var carrier: TraceCarrier? {
    let context = trace.outgoing()
    return TraceCarrier(traceparent: context.traceparent, tracestate: context.state.text)
  }

  func now() -> UInt64 { SystemClock.monotonic() }

  func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    metrics.passed(part, from: begin, to: end)
    let (trace, wall, monotonic) = state.withLock { ($0.trace, $0.wall, $0.monotonic) }
    func time(_ moment: UInt64) -> WallTime {
      WallTime(nanoseconds: wall.nanoseconds &+ moment &- monotonic)
    }
    // Attributes are set one by one: a list of them would be an allocation for each span.
    func add(_ kind: SpanKind = .internal, _ status: SpanStatus = .unset) -> SpanHandle {
      trace.add(part.name, kind: kind, status, from: time(begin), to: time(end))
    }
    switch part {
    case .cache(let hit): trace.set("witan.cache.hit", .boolean(hit), on: add())
    case .sharedCache(let hit):
      let span = add(.client)
      trace.set(SemanticConvention.databaseSystem, "redis", on: span)
      trace.set("witan.cache.hit", .boolean(hit), on: span)
    case .precedents(let found): trace.set("witan.precedents.found", .integer(found), on: add())
    case .evidence(let signals): trace.set("witan.evidence.signals", .integer(signals), on: add())
    case .critic(let name, let severity, let abstention, let isOutside):
      let span = add(isOutside ? .client : .internal, abstention?.isFailure == true ? .error : .unset)
      trace.set("witan.critic", .string(name), on: span)
      if abstention == nil {
        trace.set("witan.severity", .number(severity), on: span)
      } else {
        trace.set("witan.abstained", true, on: span)
      }
    case .batch(let cases):
      state.withLock { $0.isOfMany = true }
      trace.set("witan.cases", .integer(cases), on: add())
    case .ledger(let entries):
      let span = add(.client)
      trace.set(SemanticConvention.databaseSystem, "sqlite", on: span)
      trace.set(SemanticConvention.databaseOperation, "append", on: span)
      trace.set("witan.ledger.entries", .integer(entries), on: span)
    case .sharedDecision, .sealing, .alignment, .uncertainty, .aggregation, .gate, .wording, .permit: _ = add()
    }
  }

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
}

/// Watches whose requests are over and whose memory can be used again. Each thread has a shelf of its own, so the locks
/// are never contended as long as there are fewer threads than shelves.
private final class SpareWatches: Sendable {
  private final class Shelf: Sendable {
    let watches = Locked<[RequestWatch]>([])
  }

  private static let most = 64
  private let shelves = (0..<64).map { _ in Shelf() }

  private var own: Shelf { shelves[ThreadNumber.current % shelves.count] }

  func take() -> RequestWatch? { own.watches.withLock { $0.popLast() } }

  func put(_ watch: RequestWatch) {
    own.watches.withLock { if $0.count < Self.most { $0.append(watch) } }
  }
}

extension OutgoingError {
  /// Whether the same call may succeed a little later.
  var isPassing: Bool {
    switch self {
    case .notResolved, .notConnected, .connectDeadlinePassed, .deadlinePassed, .connectionLost, .overloaded, .system:
      true
    default: false
    }
  }
}
