// The traces of the running service: one span for each answered request, sent to the collector that the configuration names.
import Config
import HTTP
import HTTPClient
import Telemetry

final class ServiceTraces: Sendable {
  private let tracer: Tracer
  private let exporter: TraceExporter

  /// Nil where no collector is named. A collector on this machine or in a private network has to be allowed by
  /// `outgoing.allow_loopback` or `outgoing.allow_private`, as every address that is called.
  init?(_ configuration: Configuration, client: HTTPClient, telemetry: ServiceTelemetry) {
    let settings = ServiceTelemetry.settings
    guard let target = settings.target(configuration) else { return nil }
    let url = Self.text(target)
    let deadline = configuration[settings.timeout]
    exporter = TraceExporter(
      resource: settings.resource(configuration, version: release, instance: TraceID.random().description),
      scope: (name: "witan", version: release), options: settings.exporterOptions(configuration),
      redactor: Redactor(), metrics: telemetry.metrics.metrics
    ) { request in
      // Apart from the exporter's task, so that what is left is still sent when that one is cancelled.
      await Task {
        let fields = request.headers.map { OutgoingRequest.Field($0.name, $0.value) }
        do throws(OutgoingError) {
          let answer = try await client.send(
            OutgoingRequest(.post, url, fields: fields, body: request.body), deadline: deadline)
          return OTLPResponse(status: answer.status, retryAfter: answer["retry-after"])
        } catch {
          telemetry.failed("traces.export_failed", "Traces could not be sent", error)
          return error.isPassing ? .retry(after: nil) : .refused("\(error)")
        }
      }.value
    }
    tracer = Tracer(sampler: settings.sampler(configuration), exporter: exporter)
  }

  /// Sends what there is until the task is cancelled, and then what is left.
  func run() async { await exporter.run() }

  /// Has every answered request traced, beside whoever listens already.
  func watch(_ options: inout ServerOptions) {
    let others = options.answered
    options.answered = { [tracer] request, status, duration in
      others?(request, status, duration)
      let ended = SystemClock.wall()
      Self.trace(request, Int(status.rawValue), from: ended + (.zero - duration), to: ended, tracer)
    }
  }

  private static func trace(
    _ request: Request, _ status: Int, from began: WallTime, to ended: WallTime, _ tracer: Tracer
  ) {
    let seen = request.trace
    guard let identifier = TraceID(high: seen.traceHigh, low: seen.traceLow), let span = SpanID(seen.span) else {
      return
    }
    let parent = SpanID(seen.parent).map {
      SpanContext(trace: identifier, span: $0, flags: TraceFlags(rawValue: seen.flags))
    }
    // The route's pattern and not the path: names are few, and hold nothing of what clients send.
    let route = request.routePattern ?? "none"
    let trace = tracer.begin(
      "\(request.method.name) \(route)", trace: identifier, span: span, parent: parent, at: began)
    trace.set("http.request.method", .string(request.method.name))
    trace.set("http.route", .string(route))
    trace.set("http.response.status_code", .integer(status))
    trace.finish(status >= 500 ? .error : .unset, at: ended)
  }

  private static func text(_ target: OTLPTarget) -> String {
    let url = target.url
    let host = url.host.contains(":") ? "[\(url.host)]" : url.host
    return "\(url.scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "") + target.path
      + (url.query.map { "?\($0)" } ?? "")
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
