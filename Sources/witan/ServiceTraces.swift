// The traces of the running service: a span for each request, with one below it for each part of a deliberation, sent to
// the collector that the configuration names.
import Chamber
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

  /// Why the client would send no request with these fields.
  static func refusal(of headers: [(name: String, value: String)]) -> String? {
    let fields = headers.map { OutgoingRequest.Field($0.name, $0.value) }
    do throws(OutgoingError) { try OutgoingRequest(.post, "", fields: fields).checkFields() } catch {
      return "\(error)"
    }
    return nil
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
    let refused = options.refused
    options.refused = { [self] problem, trace in
      refused?(problem, trace)
      self.refused(Int(problem.status.rawValue), trace)
    }
  }

  /// What came was no request: of its method and target nothing is sure.
  private func refused(_ status: Int, _ seen: RequestSpan) {
    let now = SystemClock.wall()
    let trace = tracer.begin("HTTP", kind: .server, trace: seen.own.trace, span: seen.own.span, parent: nil, at: now)
    trace.set(SemanticConvention.errorType, .string("\(status)"))
    trace.finish(
      status >= 500 ? .error : .unset, at: SystemClock.wall(), name: "HTTP",
      [SemanticConvention.responseStatus: .integer(status), SemanticConvention.scheme: .string(scheme)])
  }

  private func begin(_ request: Request) {
    let seen = request.trace
    let watch = spare.take() ?? RequestWatch(metrics: metrics)
    watch.begin(tracer, trace: seen.own.trace, span: seen.own.span, parent: seen.caller, kind: .server)
    request.setSampled(watch.trace.context.isSampled)
    request.companion = watch
  }

  private func end(_ request: Request, _ status: Int) {
    guard var watch = request.companion as? RequestWatch else { return }
    request.companion = nil
    // The route's pattern and not the path: names are few, and hold nothing of what clients send.
    let route = request.routePattern
    if status >= 500 { watch.trace.set(SemanticConvention.errorType, .string("\(status)")) }
    if let route { watch.trace.set(SemanticConvention.route, .string(route)) }
    let isSent = watch.finish(
      status >= 500 ? .error : .unset,
      name: route.map { "\(request.method.name) \($0)" } ?? request.method.name,
      [
        SemanticConvention.requestMethod: .string(request.method.name),
        SemanticConvention.responseStatus: .integer(status), SemanticConvention.path: .string(request.path),
        SemanticConvention.scheme: .string(scheme),
      ])
    // Work that outlives its request may hold the watch still; such a one is left to it.
    if !isSent, isKnownUniquelyReferenced(&watch) { spare.put(watch) }
  }

  /// Traces the work on a part of a job: a root of its own in the trace of the request that posted the job.
  func watch(_ job: Job, _ work: ((any DeliberationWatch)?) async throws -> Void) async throws {
    let watch = RequestWatch(metrics: metrics)
    watch.begin(tracer, trace: job.trace.flatMap { TraceID($0) } ?? .random(), span: .random(), kind: .internal)
    let about: LogFields = ["witan.job": .string(job.id), "witan.part": .integer(job.progress.parts)]
    do {
      try await work(watch)
    } catch {
      let isFailure = if case JobRefusal.overtaken = error { false } else { true }
      watch.finish(isFailure ? .error : .unset, name: Self.part, about)
      throw error
    }
    watch.finish(.unset, name: Self.part, about)
  }

  private static let part = "part of a job"
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
