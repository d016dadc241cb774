// Metrics: sums over threads, the two text formats, bounds on series, exemplars.
import Foundation
import TestSupport
import Testing
import TraceContext

@testable import Telemetry

private func lines(_ metrics: Metrics, _ format: MetricsFormat = .prometheus) -> [String] {
  String(decoding: metrics.render(format), as: UTF8.self).split(separator: "\n").map(String.init)
}

@Suite struct Counting {
  @Test func `adds of many threads are all in the sum`() async {
    let metrics = Metrics()
    let counter = metrics.counter("test_events", "Events.")
    let balance = metrics.balance("test_in_flight", "In flight.")
    let family = metrics.counters("test_requests", "Requests.", labels: ["route", "status"])
    let histogram = metrics.histogram("test_time", "Time.", .latency)
    // More threads than there are blocks, so that some share one.
    let threads = (0..<100).map { index in
      Thread {
        for step in 0..<1000 {
          counter.add()
          balance.add(index % 2 == 0 ? 1 : -1)
          family["/a", step % 2 == 0 ? "200" : "404"].add(2)
          histogram.observe(step)
        }
      }
    }
    for thread in threads { thread.start() }
    while threads.contains(where: { !$0.isFinished }) { await Task.yield() }
    #expect(counter.value == 100_000)
    #expect(balance.value == 0)
    #expect(family["/a", "200"].value == 100_000)
    #expect(family["/a", "404"].value == 100_000)
    #expect(histogram.count == 100_000)
  }

  @Test func `declaring a metric again gives the same one`() {
    let metrics = Metrics()
    metrics.counter("test_x", "X.").add(2)
    #expect(metrics.counter("test_x", "X.").value == 2)
  }

  @Test func `label values that concatenate alike are different series`() {
    let family = Metrics().counters("test_x", "X.", labels: ["a", "b"])
    family["ab", "c"].add(1)
    family["a", "bc"].add(2)
    family["", "abc"].add(4)
    let values: [Int] = [family["ab", "c"].value, family["a", "bc"].value, family["", "abc"].value]
    #expect(values == [1, 2, 4])
  }

  @Test func `the number of series is bounded and what is beyond is counted under other`() {
    let metrics = Metrics()
    let family = metrics.counters("test_clients", "Clients.", labels: ["client"])
    for client in 0..<(Metrics.seriesLimit + 50) { family["client-\(client)"].add() }
    #expect(family["client-0"].value == 1)
    #expect(family["other"].value == 50)
    family["one more"].add()
    #expect(family["other"].value == 51)
    let text = lines(metrics)
    #expect(text.count { $0.hasPrefix("test_clients_total{") } == Metrics.seriesLimit + 1)
    #expect(text.contains { $0.hasPrefix("telemetry_series_overflows_total ") })
  }

  @Test func `when all cells are taken, counting still goes on`() {
    let metrics = Metrics()
    for number in 0..<8 {
      let family = metrics.histograms("test_h\(number)", "H.", .latency, labels: ["x"], exemplars: true)
      for series in 0..<100 { family["\(series)"].observe(1) }
    }
    let counter = metrics.counter("test_last", "Last.")
    counter.add()
    #expect(counter.value >= 1)
  }
}

@Suite struct Histograms {
  @Test func `buckets are cumulative, bounds inclusive, and count and sum agree`() {
    var generator = SeededGenerator(seed: 12)
    let metrics = Metrics()
    let histogram = metrics.histogram("test_size", "Sizes.", .counts([10, 20, 50]))
    let values = (0..<5000).map { _ in Int.random(in: 0...60, using: &generator) }
    for value in values { histogram.observe(value) }
    let text = lines(metrics)
    for limit in [10, 20, 50] {
      #expect(text.contains("test_size_bucket{le=\"\(limit)\"} \(values.count { $0 <= limit })"))
    }
    #expect(text.contains("test_size_bucket{le=\"+Inf\"} 5000"))
    #expect(text.contains("test_size_count 5000"))
    #expect(text.contains("test_size_sum \(values.reduce(0, +))"))
  }

  @Test func `durations are shown in seconds`() {
    let metrics = Metrics()
    metrics.histogram("test_latency", "Latency.", .latency).observe(.milliseconds(30))
    let text = lines(metrics)
    #expect(text.contains("test_latency_seconds_bucket{le=\"0.025\"} 0"))
    #expect(text.contains("test_latency_seconds_bucket{le=\"0.05\"} 1"))
    #expect(text.contains("test_latency_seconds_sum 0.03"))
  }

  @Test func `a bucket remembers its newest trace, in OpenMetrics alone`() throws {
    let metrics = Metrics()
    let histogram = metrics.histogram("test_latency", "Latency.", .latency, exemplars: true)
    let trace = try #require(TraceID(high: 1, low: 255))
    histogram.observe(600_000, exemplar: .random(), at: WallTime(nanoseconds: 1_000_000_000))
    histogram.observe(700_000, exemplar: trace, at: WallTime(nanoseconds: 1_763_612_100_005_000_000))
    #expect(
      lines(metrics, .openMetrics).contains(
        "test_latency_seconds_bucket{le=\"0.001\"} 2 # {trace_id=\"000000000000000100000000000000ff\"} 0.0007 1763612100.005"
      ))
    #expect(!lines(metrics).contains { $0.contains("trace_id") })
  }

  @Test func `an exemplar is never read in halves`() async {
    let metrics = Metrics()
    let histogram = metrics.histogram("test_latency", "Latency.", .counts([]), exemplars: true)
    let writers = (1...4).map { _ in
      Thread {
        for step in 1...20_000 {
          guard let trace = TraceID(high: UInt64(step), low: UInt64(step)) else { continue }
          histogram.observe(step, exemplar: trace, at: WallTime(nanoseconds: UInt64(step)))
        }
      }
    }
    for writer in writers { writer.start() }
    var torn = 0
    while writers.contains(where: { !$0.isFinished }) {
      histogram.cells.forEachBlock { block in
        guard let one = ExemplarCells(block + histogram.cell + histogram.shape.exemplarOffset(0)).read() else { return }
        if one.trace.high != one.trace.low || one.value != Int(one.trace.low) { torn += 1 }
      }
      await Task.yield()
    }
    #expect(torn == 0)
    #expect(histogram.count == 80_000)
  }
}

@Suite struct MetricsFormats {
  private func sample() -> Metrics {
    let metrics = Metrics()
    let requests = metrics.counters(
      "test_http_requests", "Requests \\ by \"route\".\nAll.", labels: ["route", "status"])
    requests["/v1/a", "200"].add(3)
    requests["we\"ird\\\n", "500"].add()
    metrics.gauge("test_temperature", "Temperature.", unit: "celsius").set(-1.5)
    metrics.balance("test_in_flight", "In flight.").add(2)
    metrics.observe(counter: "test_cpu", "CPU time.", unit: "seconds") { 12.25 }
    metrics.observe(gauges: "test_depth", "Depth.", labels: ["tier"]) { [(["2"], 1), (["3"], 4)] }
    metrics.observe(gauge: "test_absent", "Absent.") { nil }
    let latency = metrics.histograms("test_latency", "Latency.", .latency, labels: ["route"], exemplars: true)
    latency["/v1/a"].observe(1_000_000, exemplar: .random(), at: WallTime(nanoseconds: 5_000_000_000))
    return metrics
  }

  @Test func `the Prometheus format puts total in the name and escapes what it must`() {
    let text = lines(sample())
    #expect(
      text.starts(with: [
        "# HELP test_http_requests_total Requests \\\\ by \"route\".\\nAll.", "# TYPE test_http_requests_total counter",
        "test_http_requests_total{route=\"/v1/a\",status=\"200\"} 3",
        "test_http_requests_total{route=\"we\\\"ird\\\\\\n\",status=\"500\"} 1",
        "# HELP test_temperature_celsius Temperature.", "# TYPE test_temperature_celsius gauge",
        "test_temperature_celsius -1.5",
        "# HELP test_in_flight In flight.", "# TYPE test_in_flight gauge", "test_in_flight 2",
      ]))
    #expect(text.contains("test_cpu_seconds_total 12.25"))
    #expect(text.contains("test_depth{tier=\"3\"} 4"))
    // What has no value yet is named all the same.
    #expect(text.filter { $0.contains("absent") } == ["# HELP test_absent Absent.", "# TYPE test_absent gauge"])
  }

  @Test func `the OpenMetrics format names the family, the unit and its own end`() {
    let text = lines(sample(), .openMetrics)
    #expect(text.contains("# TYPE test_http_requests counter"))
    #expect(text.contains("# UNIT test_cpu_seconds seconds"))
    #expect(text.contains("test_cpu_seconds_total 12.25"))
    #expect(text.last == "# EOF")
  }

  @Test(.enabled(if: Promtool.isInstalled))
  func `promtool finds nothing to complain about`() throws {
    let metrics = sample()
    ProcessMetrics.register(in: metrics)
    #expect(try Promtool.check(metrics.render(.prometheus)) == "")
  }

  @Test(arguments: [
    (nil, MetricsFormat.prometheus), ("*/*", .prometheus), ("text/html", .prometheus), ("", .prometheus),
    ("application/openmetrics-text", .openMetrics),
    ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
    ("application/openmetrics-text;version=9.0.0", .prometheus),
    ("application/openmetrics-text;q=0, text/plain", .prometheus),
    ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", .openMetrics),
    ("application/openmetrics-text;q=0.2,text/plain;q=0.7", .prometheus),
  ])
  func `the format is the one that the scraper likes best`(accept: String?, format: MetricsFormat) {
    #expect(MetricsFormat.negotiate(accept: accept) == format)
  }
}

enum Promtool {
  static let isInstalled: Bool = {
    if FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool") { return true }
    FileHandle.standardError.write(Data("skipped: promtool not installed\n".utf8))
    return false
  }()

  /// What `promtool check metrics` says; empty when all is well.
  static func check(_ text: [UInt8]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/promtool")
    process.arguments = ["check", "metrics"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: said, as: UTF8.self)
      + (process.terminationStatus == 0 ? "" : "status \(process.terminationStatus)")
  }
}
