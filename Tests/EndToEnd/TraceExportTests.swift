// Traces on their way out: what the service did for a request is what the collector gets, read by the official protocol
// classes.
import Foundation
import TestSupport
import Testing

/// Takes what is sent to `/v1/traces`, and keeps each body in a file.
final class TraceCollector: Sendable {
  let folder: TemporaryFolder
  let port: UInt16
  private let process: RunningProcess

  private static let script = #"""
    import http.server, sys, os, json

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf":
                name = os.path.join(sys.argv[1], "export-%d" % len(os.listdir(sys.argv[1])))
                with open(name + ".part", "wb") as file:
                    file.write(body)
                os.rename(name + ".part", name + ".pb")
                self.send_response(200)
            else:
                print("asked", self.path, self.headers["traceparent"], self.headers["tracestate"], ".", flush=True)
                self.send_response(500)
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("port", server.server_address[1], ".", flush=True)
    server.serve_forever()
    """#

  init() async throws {
    folder = try TemporaryFolder()
    let script = try TemporaryFolder()
    try Data(Self.script.utf8).write(to: script.file("collector.py"))
    process = try RunningProcess(path: "/usr/bin/python3", [script.file("collector.py").path, folder.path])
    try await process.waitForOutput(" .\n")
    port = try #require(UInt16(process.standardOutput.split(separator: " ")[1]))
  }

  static let delay = "WITAN_TELEMETRY_TRACES_DELAY"

  /// What others asked of it than to take traces.
  var asked: String { process.standardOutput }

  var environment: [String: String] {
    [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)", "WITAN_OUTGOING_ALLOW_LOOPBACK": "true",
      Self.delay: "50ms",
    ]
  }

  /// All spans that have come.
  func spans() async throws -> [ProtocolClasses.Span] {
    var spans: [ProtocolClasses.Span] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".pb") {
      spans += try await ProtocolClasses.spans(in: folder.file(name))
    }
    return spans
  }
}

@Suite("Traces", .enabled(if: ProtocolClasses.areInstalled))
struct TraceExportTests {
  private static let harmless =
    #"{"action": "send the weekly report", "context": {"impact": "low", "reversible": true, "consent": "given"}}"#
  private static let risky = #"{"kind": "tool_call", "action": "shell", "input": "rm -rf /", "actor": "agent-7"}"#

  @Test(
    "have a span for the request, each stage, each critic, the cache and the ledger; the last come when the server stops"
  )
  func spans() async throws {
    let collector = try await TraceCollector()
    let server = try await WitanServer(environment: collector.environment)
    let token = try await server.token("decider")
    let critics = try #require(
      try server.call("GET", "/v1/critics", token: token).json()["critics"] as? [[String: Any]])
    let trace = "0af7651916cd43dd8448eb211c80319c"
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token, body: Self.harmless,
      fields: ["traceparent": "00-\(trace)-b7ad6b7169203331-01", "tracestate": "vendor=a, other=b"])
    let own = try #require(answer["traceparent"]).split(separator: "-")
    #expect(answer.status == 200 && own[1] == trace && own[3] == "01")
    try await wait(for: "the trace", within: .seconds(20)) {
      try await collector.spans().contains { $0.trace == trace }
    }
    let spans = try await collector.spans().filter { $0.trace == trace }
    let root = try #require(spans.first { $0.id == own[2] })
    #expect(root.parent == "b7ad6b7169203331" && root.name == "POST /v1/deliberations" && root.kind == 2)
    #expect(root.state == "vendor=a,other=b" && root.flags == 0x301)
    #expect(root.attributes["http.response.status_code"] as? Int == 200)
    #expect(root.attributes["http.request.method"] as? String == "POST")
    #expect(root.attributes["http.route"] as? String == "/v1/deliberations")
    #expect(root.attributes["url.path"] as? String == "/v1/deliberations")
    #expect(root.attributes["url.scheme"] as? String == "http")
    let verdict = try answer.json()["verdict"] as? String
    #expect(root.attributes["witan.verdict"] as? String == verdict)
    #expect(root.attributes["witan.deliberation"] as? String == (try answer.json()["id"] as? String))
    let parts = spans.filter { $0.id != root.id }
    #expect(
      parts.allSatisfy { $0.parent == root.id && $0.start >= root.start && $0.end <= root.end && $0.start <= $0.end })
    let names = parts.map(\.name)
    for stage in [
      "cache", "precedents", "evidence", "sealing", "alignment", "uncertainty", "aggregation", "gate", "wording",
      "ledger",
    ] { #expect(names.count { $0 == stage } == 1, "\(stage)") }
    #expect(
      Set(parts.compactMap { $0.attributes["witan.critic"] as? String })
        == Set(critics.compactMap { $0["name"] as? String ?? $0["critic"] as? String }))
    #expect(names.count { $0 == "critic" } == critics.count)

    let astray = try server.call("GET", "/v1/nowhere")
    let astrayTrace = try #require(astray["traceparent"]).split(separator: "-")[1]
    let last = try server.call("GET", "/v1/constitution")
    let lastTrace = try #require(last["traceparent"]).split(separator: "-")[1]
    #expect(try await server.stop() == 0)
    let all = try await collector.spans()
    #expect(all.contains { $0.trace == lastTrace })
    #expect(all.contains { $0.trace == astrayTrace && $0.attributes["http.response.status_code"] as? Int == 404 })
  }

  @Test("are kept by the sampler's word, the caller's flag, and whatever it says for errors and escalations")
  func sampling() async throws {
    let collector = try await TraceCollector()
    var environment = collector.environment
    environment["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio"
    environment["OTEL_TRACES_SAMPLER_ARG"] = "0"
    let server = try await WitanServer(environment: environment)
    let token = try await server.token("decider")
    func post(_ body: String, _ traceparent: String? = nil) throws -> (trace: String, flags: String) {
      let fields = traceparent.map { ["traceparent": $0] } ?? [:]
      let answer = try server.call("POST", "/v1/deliberations", token: token, body: body, fields: fields)
      #expect(answer.status == 200)
      let parts = try #require(answer["traceparent"]).split(separator: "-")
      return (String(parts[1]), String(parts[3]))
    }
    let plain = try post(Self.harmless)
    let unwanted = try post(Self.harmless, "00-11111111111111111111111111111111-b7ad6b7169203331-00")
    let wanted = try post(Self.harmless, "00-22222222222222222222222222222222-b7ad6b7169203331-01")
    let escalated = try post(Self.risky)
    #expect([plain.flags, unwanted.flags, escalated.flags].allSatisfy { $0.hasSuffix("0") || $0.hasSuffix("2") })
    #expect(wanted.flags == "01")
    #expect(try await server.stop() == 0)
    let spans = try await collector.spans()
    #expect(Set(spans.map(\.trace)) == [wanted.trace, escalated.trace])
    #expect(spans.contains { $0.trace == escalated.trace && $0.name == "critic" })
  }

  @Test("all arrive while they come faster than they are waited for; of a batch no single verdict is told")
  func many() async throws {
    let collector = try await TraceCollector()
    let server = try await WitanServer(environment: collector.environment.filter { $0.key != TraceCollector.delay })
    let token = try await server.token("decider")
    for number in 0..<300 {
      let answer = try server.call(
        "POST", "/v1/deliberations", token: token, body: #"{"action": "note \#(number)"}"#)
      #expect(answer.status == 200)
    }
    let batch = try server.call(
      "POST", "/v1/deliberations/batch", token: token, body: #"{"cases": [{"action": "a"}, {"action": "b"}]}"#)
    #expect(batch.status == 200)
    let metrics = try server.call("GET", "/metrics").text
    #expect(metrics.contains("telemetry_spans_total{outcome=\"dropped\"} 0\n"))
    #expect(try await server.stop() == 0)
    let spans = try await collector.spans()
    #expect(spans.count { $0.name == "POST /v1/deliberations" } == 300)
    let root = try #require(spans.first { $0.name == "POST /v1/deliberations/batch" })
    #expect(root.attributes["witan.verdict"] == nil && root.attributes["witan.deliberation"] == nil)
  }

  @Test(
    "of many cases have one span for what each stage, each critic, the cache and the ledger came to over all of them")
  func ofMany() async throws {
    let collector = try await TraceCollector()
    var environment = collector.environment
    environment["OTEL_TRACES_SAMPLER"] = "always_on"
    let server = try await WitanServer(environment: environment)
    let token = try await server.token("decider")
    let distinct = 600
    let lines = ((0..<distinct).map { #"{"action": "note \#($0)"}"# } + [#"{"action": "note 0"}"#]).joined(
      separator: "\n")
    let types = ["Content-Type": "application/x-ndjson"]
    let stream = try server.call("POST", "/v1/deliberations/batch", token: token, body: lines, fields: types)
    #expect(stream.status == 200)
    let posted = try server.call("POST", "/v1/jobs", token: token, body: lines, fields: types)
    let location = try #require(posted["Location"])
    try await wait(for: "the end of the job", within: .seconds(60)) {
      try server.call("GET", location, token: token).json()["state"] as? String == "finished"
    }
    let critics = try #require(
      try server.call("GET", "/v1/critics", token: token).json()["critics"] as? [[String: Any]])
    #expect(try await server.stop() == 0)

    let spans = try await collector.spans()
    let request = try #require(spans.first { $0.name == "POST /v1/deliberations/batch" })
    try check(request, times: distinct + 1, decided: distinct)
    // The job's cases are in the cache by now: its work is looking, writing and signing.
    let trace = try #require(posted["traceparent"]).split(separator: "-")[1]
    let parts = spans.filter { $0.name == "part of a job" }
    #expect(!parts.isEmpty && parts.allSatisfy { $0.trace == trace && $0.parent.isEmpty && $0.kind == 1 })
    #expect(Set(parts.compactMap { $0.attributes["witan.part"] as? Int }) == Set(0..<parts.count))
    let looked = spans.filter { span in span.name == "cache" && parts.contains { $0.id == span.parent } }
    #expect(looked.reduce(0) { $0 + ($1.attributes["witan.times"] as? Int ?? 0) } == distinct + 1)
    #expect(looked.reduce(0) { $0 + ($1.attributes["witan.cache.hits"] as? Int ?? 0) } == distinct + 1)

    func check(_ root: ProtocolClasses.Span, times: Int, decided: Int) throws {
      let below = spans.filter { $0.parent == root.id }
      func one(_ name: String) throws -> [String: Any] {
        let found = below.filter { $0.name == name }
        #expect(found.count == 1 && found.allSatisfy { $0.start >= root.start && $0.end <= root.end }, "\(name)")
        return try #require(found.first).attributes
      }
      for stage in [
        "precedents", "evidence", "sealing", "alignment", "uncertainty", "aggregation", "gate", "wording",
      ] {
        let attributes = try one(stage)
        #expect(attributes["witan.times"] as? Int == decided, "\(stage)")
        #expect(attributes["witan.busy_seconds"] as? Double ?? 0 > 0, "\(stage)")
      }
      #expect(try one("cache")["witan.times"] as? Int == times)
      #expect(try one("batch")["witan.cases"] as? Int == times)
      #expect(try one("ledger")["witan.ledger.entries"] as? Int == times)
      let heard = below.filter { $0.name == "critic" }
      #expect(heard.count == critics.count)
      #expect(
        Set(heard.compactMap { $0.attributes["witan.critic"] as? String })
          == Set(critics.compactMap { $0["name"] as? String ?? $0["critic"] as? String }))
      #expect(heard.allSatisfy { $0.attributes["witan.times"] as? Int == decided })
      #expect(below.count == 11 + critics.count + below.count { $0.name == "permit" })
    }
  }

  @Test("requests that decide nothing have a span for each call of the ledger")
  func ledgerCalls() async throws {
    let collector = try await TraceCollector()
    var environment = collector.environment
    environment["OTEL_TRACES_SAMPLER"] = "always_on"
    let server = try await WitanServer(environment: environment)
    let admin = try await server.token("admin", "auditor", "decider")
    let tag = try #require(try server.call("GET", "/v1/weights", token: admin)["ETag"])
    let put = try server.call(
      "PUT", "/v1/weights", token: admin, body: #"{"weights": {"risk": 2}, "reason": "r"}"#, fields: ["If-Match": tag])
    #expect(put.status == 200)
    #expect(try server.call("GET", "/v1/audit/entries?type=weights", token: admin).status == 200)
    #expect(try server.call("GET", "/v1/audit/stats", token: admin).status == 200)
    let job = try server.call(
      "POST", "/v1/jobs", token: admin, body: #"{"action": "note"}"#, fields: ["Content-Type": "application/x-ndjson"])
    #expect(job.status == 202)
    let reads = ["/v1/audit/export", "/v1/audit/entries/0", "/v1/audit/entries/0/proof", "/audit/tile/0/000.p/1"]
    for path in reads { #expect(try server.call("GET", path, token: admin).status == 200, "\(path)") }
    func answer(_ bytes: String) throws -> RawAnswer {
      var connection = try RawConnection(port: server.port)
      try connection.send(bytes)
      return try connection.answer(bodiless: false)
    }
    let odd = try answer("BREW / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(odd.status == 501)
    let star = try answer("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(star.status == 204)
    #expect(try await server.stop() == 0)
    let spans = try await collector.spans()
    for answer in [odd, star] {
      let trace = try #require(answer["traceparent"]).split(separator: "-")[1]
      #expect(spans.filter { $0.trace == trace && $0.kind == 2 }.count == 1, "\(answer.status)")
    }
    for (name, operation, entries) in [
      ("PUT /v1/weights", "append", 1), ("GET /v1/audit/entries", "query", 1), ("POST /v1/jobs", "append", 1),
      ("GET /v1/audit/stats", "count", nil), ("GET /v1/audit/export", "export", nil),
      ("GET /v1/audit/entries/{index:int}", "read", 1),
      ("GET /v1/audit/entries/{index:int}/proof", "prove", 1),
    ] as [(String, String, Int?)] {
      let root = try #require(spans.first { $0.name == name }, "\(name)")
      let calls = spans.filter { $0.parent == root.id && $0.name == "ledger" }
      #expect(!calls.isEmpty, "\(name)")
      #expect(calls.contains { $0.attributes["db.operation.name"] as? String == operation }, "\(name)")
      for call in calls {
        if let entries { #expect(call.attributes["witan.ledger.entries"] as? Int == entries, "\(name)") }
        #expect(call.start >= root.start && call.end <= root.end)
      }
    }
  }

  @Test("that the collector does not take are told of once, with its answer")
  func refused() async throws {
    let collector = try await TraceCollector()
    var environment = collector.environment
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:\(collector.port)/elsewhere"
    let server = try await WitanServer(environment: environment)
    for _ in 0..<3 {
      let sent = collector.asked
      #expect(try server.call("GET", "/v1/constitution").status == 401)
      try await wait(for: "the next batch", within: .seconds(20)) { collector.asked != sent }
    }
    #expect(try await server.stop() == 0)
    let told = server.process.standardError.split(separator: "\n").filter { $0.contains("traces.export_failed") }
    #expect(told.count == 1 && told[0].contains("it answered with status 500"), "\(told)")
  }

  @Test("go on to remote critics, whose failure is an error that is always kept")
  func outside() async throws {
    let collector = try await TraceCollector()
    let policies = try RemoteSeat.policies(port: String(collector.port))
    var environment = collector.environment
    environment["OTEL_TRACES_SAMPLER"] = "always_off"
    let server = try await WitanServer(["--policies", policies.path], environment: environment)
    let token = try await server.token("decider")
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token, body: Self.harmless,
      fields: ["traceparent": "00-33333333333333333333333333333333-b7ad6b7169203331-01", "tracestate": "vendor=a"])
    let own = try #require(answer["traceparent"]).split(separator: "-")
    #expect(
      collector.asked.contains("asked /opinions 00-33333333333333333333333333333333-\(own[2])-00 vendor=a ."),
      "\(collector.asked)")
    #expect(try await server.stop() == 0)
    let remote = try await collector.spans().filter { $0.attributes["witan.critic"] as? String == "brevity" }
    #expect(remote.map(\.kind) == [3] && remote.map(\.status) == [2])
  }
}
