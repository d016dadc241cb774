// What telemetry costs a request: its trace with exporting off and on, its metrics, and a redacted line.
import Foundation
import Telemetry
import TraceContext

extension Suite {
  static let telemetry = Suite(name: "telemetry") {
    // The same program once more, with its allocations counted.
    if AllocationCounter.own != nil { return TelemetryBenchmark.allocations() }
    TelemetryBenchmark.traces()
    TelemetryBenchmark.metrics()
    TelemetryBenchmark.requests()
    TelemetryBenchmark.redaction()
    try TelemetryBenchmark.countAllocations()
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
    let drained = TraceExporter(
      resource: [], scope: ("bench", "1"), redactor: Redactor(), metrics: Metrics()
    ) { _ in .delivered }
    let sampling = tracer(.alwaysOn, drained)
    let drain = Contender(name: "exporting on, encoded and compressed") { iterations in
      var sum = 0
      for number in 0..<iterations {
        sum &+= request(sampling, header)
        // As the background does when there is enough for a request.
        if number % 40 == 39 { _ = try? blocking { await drained.step() } }
      }
      return sum
    }
    let measurements = measure(contenders + [drain])
    report("a request's trace: 12 spans, 12 attributes", measurements)
    verdict("under 1 µs with exporting off", measurements[0].nanoseconds < 1000)
  }

  /// All metrics of one deliberation, as the service updates them.
  private struct RequestMetrics {
    private static let critics = [
      "rights", "autonomy", "privacy", "fairness", "due_process", "truth", "risk", "pragmatics", "precedent",
      "uncertainty",
    ]
    private let requests: CounterFamily
    private let verdicts: CounterFamily
    private let clients: CounterFamily
    private let latency: HistogramFamily
    private let severity: HistogramFamily
    private let duration: HistogramFamily
    private let evidence: Histogram

    init(_ metrics: Metrics) {
      requests = metrics.counters("bench_answered", "Requests.", labels: ["route", "status"])
      verdicts = metrics.counters("bench_verdicts", "Verdicts.", labels: ["verdict", "cache"])
      clients = metrics.counters("bench_clients", "Cases by client.", labels: ["client", "what"])
      latency = metrics.histograms("bench_request_duration", "Latency.", .latency, labels: ["route"])
      severity = metrics.histograms(
        "bench_severity", "Severities.", .thousandths([0, 0.5, 1, 1.5, 2, 2.5, 3]), labels: ["critic"])
      duration = metrics.histograms("bench_critic_duration", "Critics.", .work, labels: ["critic"])
      evidence = metrics.histogram("bench_evidence_duration", "Evidence.", .work)
    }

    @inline(never)
    func update(_ number: Int) {
      requests["/v1/deliberations", "200"].add()
      latency["/v1/deliberations"].observe(number & 0xFFFFFF)
      verdicts["allow_with_constraints", "miss"].add()
      clients["svc:mailer", "allow_with_constraints"].add()
      evidence.observe(number & 0xFFFF)
      for critic in Self.critics {
        severity[critic].observe(number & 0x7FF)
        duration[critic].observe(number & 0xFFF)
      }
    }
  }

  /// What telemetry as a whole adds to one deliberation.
  static func requests() {
    let exporter = TraceExporter(
      resource: [], scope: ("bench", "1"), redactor: Redactor(), metrics: Metrics()
    ) { _ in .delivered }
    let metrics = RequestMetrics(Metrics())
    func contender(_ name: String, _ tracer: Tracer?, _ counts: Bool) -> Contender {
      Contender(name: name) { iterations in
        var sum = 0
        for number in 0..<iterations {
          if let tracer { sum &+= request(tracer, header) }
          if counts { metrics.update(number) }
        }
        return sum
      }
    }
    report(
      "telemetry of a deliberation with ten critics",
      measure([
        contender("exporting off: trace and metrics", Tracer(), true),
        contender("metrics alone", nil, true),
        contender(
          "exporting on, sampled, queue full: trace and metrics",
          Tracer(sampler: Sampler(.alwaysOn), exporter: exporter), true),
      ]))
  }

  // MARK: Allocations

  private static let updates = 1_000_000

  /// Updates many metrics and says how many blocks were asked of the heap meanwhile.
  static func allocations() {
    let metrics = Metrics()
    let request = RequestMetrics(metrics)
    let gauge = metrics.gauge("bench_level", "A level.")
    let traced = metrics.histogram("bench_traced_duration", "Latency.", .latency, exemplars: true)
    let (trace, time) = (TraceID.random(), SystemClock.wall())
    func update(_ number: Int) {
      request.update(number)
      gauge.set(Double(number))
      traced.observe(number & 0xFFFFFF, exemplar: trace, at: time)
    }
    for number in 0..<1000 { update(number * 1000) }
    // Reading the counter takes some blocks of its own, each time as many.
    _ = blocks(asked: {})
    let reading = blocks(asked: {})
    print(blocks { for number in 0..<updates { update(number) } } - reading)
  }

  @inline(never)
  private static func blocks(asked body: () -> Void) -> Int {
    let before = AllocationCounter.own ?? 0
    body()
    return Int((AllocationCounter.own ?? 0) - before)
  }

  static func countAllocations() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "witan-bench-telemetry-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let counter = try AllocationCounter(in: folder)
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["telemetry"]
    process.environment = ProcessInfo.processInfo.environment.merging(counter.environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, let count = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw BenchmarkFailure(description: "the counted run failed: \(text)")
    }
    print("\nblocks asked of the heap by the metrics of \(updates) deliberations: \(count)")
    verdict("an update of a metric allocates nothing", count == 0)
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
