// What telemetry costs a request: its trace with exporting off and on, its metrics, and a redacted line.
import Telemetry
import TraceContext

extension Suite {
  static let telemetry = Suite(name: "telemetry") {
    TelemetryBenchmark.traces()
    TelemetryBenchmark.metrics()
    TelemetryBenchmark.redaction()
  }
}

private enum TelemetryBenchmark {
  private static let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  /// One request: its context read, eleven spans (stages and critics) with an attribute each, the context written.
  @inline(never)
  private static func request(_ tracer: Tracer, _ parent: String) -> Int {
    let context = SpanContext(traceparent: parent)
    let trace = tracer.begin("POST /v1/deliberations", parent: context, at: SystemClock.wall())
    for _ in 0..<11 {
      let span = trace.start("critic", at: SystemClock.wall())
      trace.set("critic", "autonomy", on: span)
      trace.end(span, at: SystemClock.wall())
    }
    trace.set(SemanticConvention.responseStatus, 200)
    trace.finish(at: SystemClock.wall())
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 55) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      trace.context.writeTraceparent(to: start)
      return Int(start[40])
    }
  }

  static func traces() {
    func tracer(_ sampler: SamplerName, _ exporter: TraceExporter?) -> Tracer {
      Tracer(sampler: Sampler(sampler), exporter: exporter)
    }
    let exporter = TraceExporter(
      resource: [], scope: ("bench", "1"), redactor: Redactor(), metrics: Metrics()
    ) { _ in .delivered }
    let contenders = [
      ("exporting off", tracer(.parentOrOn, nil)), ("exporting on, not sampled", tracer(.alwaysOff, exporter)),
      ("exporting on, sampled, queue full", tracer(.alwaysOn, exporter)),
    ].map { name, tracer in
      Contender(name: name) { iterations in
        var sum = 0
        for _ in 0..<iterations { sum &+= request(tracer, header) }
        return sum
      }
    }
    report("a request's trace: 12 spans, 12 attributes", measure(contenders))
  }

  static func metrics() {
    let metrics = Metrics()
    let counter = metrics.counter("bench_events", "Events.")
    let requests = metrics.counters("bench_requests", "Requests.", labels: ["route", "status"])
    let latency = metrics.histogram("bench_latency", "Latency.", .latency)
    let traced = metrics.histogram("bench_traced", "Latency.", .latency, exemplars: true)
    let (trace, time) = (TraceID.random(), SystemClock.wall())
    for route in 0..<40 { requests["/v1/route/\(route)", "200"].add() }
    func contender(_ name: String, _ body: @escaping (Int) -> Void) -> Contender {
      Contender(name: name) { iterations in
        for index in 0..<iterations { body(index) }
        return iterations
      }
    }
    report(
      "updates of metrics",
      measure([
        contender("counter") { _ in counter.add() },
        contender("counter found by two labels") { _ in requests["/v1/deliberations", "200"].add() },
        contender("histogram, 17 buckets") { latency.observe($0 & 0xFFFFFF) },
        contender("histogram with exemplar") { traced.observe($0 & 0xFFFFFF, exemplar: trace, at: time) },
      ]))
    report(
      "a scrape",
      measure([
        Contender(name: "44 series") { iterations in
          (0..<iterations).reduce(0) { sum, _ in sum + metrics.render(.prometheus).count }
        }
      ]))
  }

  static func redaction() {
    let redactor = Redactor(identifierPrefixes: ["dlb_"])
    let plain = "GET /v1/deliberations/dlb_4fG7hK2mP9qR5tVxZ8bNcD3w/explanation 200 in 1.25 ms"
    let secret = "upstream refused authorization: Bearer sk-9fjq2J3kd92Ks0d9f8JskdLqp2 with 401"
    func contender(_ name: String, _ body: @escaping () -> Int) -> Contender {
      Contender(name: name) { iterations in (0..<iterations).reduce(0) { sum, _ in sum &+ body() } }
    }
    guard let output = try? LogOutput(.handler { _ in }) else { return }
    let logger = Log(output: output, redactor: redactor).logger("http")
    report(
      "a line of 80 characters",
      measure([
        contender("copied") { Array(plain.utf8).count },
        contender("redacted, innocent") { redactor.redact(plain).utf8.count },
        contender("redacted, with a secret") { redactor.redact(secret).utf8.count },
        contender("logged below the level") {
          logger.debug("http.request", plain)
          return 1
        },
        contender("logged with three fields") {
          logger.info("http.request", "Answered.", ["route": "/v1/deliberations", "status": 200, "seconds": 0.0012])
          return 1
        },
      ]))
  }
}
