// Recording and export: what is kept, what is dropped and counted, and that the official protocol classes read it.
import Foundation
import JSON
import Locking
import TestSupport
import Testing
import TraceContext

@testable import Telemetry

private func at(_ milliseconds: Int) -> WallTime {
  WallTime(nanoseconds: UInt64(1_763_612_100_000 + milliseconds) * 1_000_000)
}

/// A collector that answers as it is told and keeps what it was sent.
private final class Collector: Sendable {
  private let state = Locked((answers: [OTLPResponse](), requests: [OTLPRequest]()))

  init(_ answers: OTLPResponse...) { state.withLock { $0.answers = answers } }

  func receive(_ request: OTLPRequest) -> OTLPResponse {
    state.withLock { state in
      state.requests.append(request)
      return state.answers.isEmpty ? .delivered : state.answers.removeFirst()
    }
  }

  var requests: [OTLPRequest] { state.withLock { $0.requests } }
}

private func exporter(_ collector: Collector, _ change: (inout TraceExporter.Options) -> Void = { _ in })
  -> TraceExporter
{
  var options = TraceExporter.Options()
  change(&options)
  return TraceExporter(
    resource: [("service.name", "test"), ("service.version", "1.2")], scope: ("tests", "3"), options: options,
    redactor: Redactor(), metrics: Metrics()
  ) { collector.receive($0) }
}

@Suite struct Tracing {
  @Test func `a request continues its caller's trace with a span of its own`() throws {
    let parent = try #require(
      SpanContext(traceparent: ["00-12345678901234567890123456789012-1234567890123456-01"], tracestate: ["a=1"]))
    let trace = Tracer().begin("GET /", parent: parent, at: at(0))
    #expect(trace.context.trace == parent.trace)
    #expect(trace.context.span != parent.span)
    #expect(trace.context.flags == .sampled)
    #expect(trace.context.state.text == "a=1")
    #expect(!trace.isRecording)
    let fresh = Tracer().begin("GET /", parent: nil, at: at(0))
    #expect(fresh.context.flags == [.sampled, .random])
    #expect(fresh.outgoing().trace == fresh.context.trace)
  }

  @Test func `without an exporter no name, time or value is even made`() {
    func never<Value>(_ value: Value) -> Value {
      Issue.record("made")
      return value
    }
    let trace = Tracer().begin(never("x"), parent: nil, at: never(at(0)))
    let span = trace.start("a", at: never(at(1)))
    trace.set("k", never(.integer(1)), on: span)
    trace.end(span, at: never(at(2)))
    trace.finish(at: never(at(3)))
  }

  @Test func `a secret in the caller's tracestate is passed on as it came, and exported without it`() async throws {
    let collector = Collector()
    let exporter = exporter(collector) { $0.compresses = false }
    let secret = "ghp_R4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0m"
    let parent = try #require(
      SpanContext(
        traceparent: ["00-12345678901234567890123456789012-1234567890123456-01"],
        tracestate: ["a=1,vendor=\(secret),token=hunter2"]))
    let trace = Tracer(exporter: exporter).begin("GET /", parent: parent, at: at(0))
    #expect(trace.outgoing().state.text == "a=1,vendor=\(secret),token=hunter2")
    trace.finish(at: at(1))
    #expect(await exporter.step() == .sent(spans: 1))
    let body = String(decoding: try #require(collector.requests.first).body, as: UTF8.self)
    #expect(body.contains("a=1,vendor=[redacted:token],token=[redacted:token]"))
    #expect(!body.contains(secret) && !body.contains("hunter2"))
  }

  @Test func `errors and what is marked are sent though not sampled, the rest is not`() async {
    let collector = Collector()
    let exporter = exporter(collector)
    let tracer = Tracer(sampler: Sampler(.alwaysOff), exporter: exporter)
    tracer.begin("plain", parent: nil, at: at(0)).finish(at: at(1))
    tracer.begin("failed", parent: nil, at: at(0)).finish(.error, at: at(1))
    let escalated = tracer.begin("escalated", parent: nil, at: at(0))
    escalated.keep()
    escalated.finish(at: at(1))
    let inner = tracer.begin("inner failure", parent: nil, at: at(0))
    inner.end(inner.start("critic", at: at(0)), .error, at: at(1))
    inner.finish(at: at(2))
    #expect(exporter.waitingSpans == 4)
    #expect(await exporter.step() == .sent(spans: 4))
    #expect(await exporter.step() == .idle)
  }

  @Test func `spans and attributes beyond the bounds are counted, and a finished trace changes no more`() {
    let exporter = exporter(Collector())
    let trace = Tracer(exporter: exporter).begin("big", parent: nil, at: at(0))
    for number in 0..<100 { trace.set("n", .integer(number), on: trace.start("s", at: at(number))) }
    for _ in 0..<300 { trace.set("k", 1) }
    trace.finish(at: at(9))
    #expect(trace.start("late", at: at(10)) == .none)
    trace.finish(at: at(11))
    #expect(exporter.waitingSpans == TraceRecorder.spanLimit)
    trace.recorder?.read { state in
      #expect(state.droppedSpans == 38)
      #expect(state.attributes.count == TraceRecorder.attributeLimit)
      #expect(state.spans[0].droppedAttributes == 300 + 63 - 256)
      #expect(state.spans.allSatisfy { $0.end != nil })
    }
  }

  @Test func `the memory of a trace that is not sent is used again, and nothing of it is left`() {
    let exporter = exporter(Collector())
    let tracer = Tracer(sampler: Sampler(.alwaysOff), exporter: exporter)
    let first = tracer.begin("first", parent: nil, at: at(0))
    first.set("a", 1, on: first.add("part", .error, from: at(0), to: at(1)))
    // An error: it is sent, and its memory belongs to the exporter.
    #expect(first.finish(at: at(2)))
    let second = tracer.begin("second", parent: nil, at: at(3))
    second.set("b", 2, on: second.add("part", from: at(3), to: at(4)))
    #expect(!second.finish(at: at(5), name: "never made"))
    let third = tracer.begin(
      "third", kind: .server, trace: .random(), span: .random(), parent: nil, at: at(6), reusing: second)
    #expect(third.recorder === second.recorder && third.recorder !== first.recorder)
    third.recorder?.read { state in
      #expect(state.spans.count == 1 && state.attributes.isEmpty && !state.isFinished && !state.isKept)
      #expect(state.context == third.context && state.name == "third")
    }
    third.keep()
    #expect(third.finish(at: at(7), name: "named at last", ["c": 3]))
    third.recorder?.read { #expect($0.name == "named at last" && $0.attributes.count == 1) }
    #expect(exporter.waitingSpans == 3)
  }

  @Test func `child tasks may record at the same time`() async {
    let exporter = exporter(Collector())
    let trace = Tracer(exporter: exporter).begin("r", parent: nil, at: at(0))
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          let span = trace.start("critic", at: at(number))
          trace.set("critic", .integer(number), on: span)
          trace.end(span, at: at(number + 1))
        }
      }
    }
    trace.finish(at: at(99))
    trace.recorder?.read { state in
      #expect(state.spans.count == 41)
      #expect(Set(state.spans.map(\.id)).count == 41)
    }
  }
}

@Suite struct Exporting {
  private func send(_ count: Int, spans: Int = 1, to exporter: TraceExporter) {
    let tracer = Tracer(exporter: exporter)
    for _ in 0..<count {
      let trace = tracer.begin("x", parent: nil, at: at(0))
      for _ in 1..<spans { trace.end(trace.start("s", at: at(0)), at: at(1)) }
      trace.finish(at: at(1))
    }
  }

  @Test func `a full queue drops and counts, and nobody waits`() async {
    let exporter = exporter(Collector()) { $0.queueLimit = 10 }
    send(15, to: exporter)
    #expect((exporter.waitingSpans, exporter.droppedSpans) == (10, 5))
    #expect(await exporter.step() == .sent(spans: 10))
    send(1, to: exporter)
    #expect((exporter.waitingSpans, exporter.droppedSpans, exporter.sentSpans) == (1, 5, 10))
  }

  @Test func `batches have a bound, which only a single trace may break`() async {
    let exporter = exporter(Collector()) { $0.batchLimit = 4 }
    send(3, spans: 2, to: exporter)
    send(1, spans: 9, to: exporter)
    #expect(await exporter.step() == .sent(spans: 4))
    #expect(await exporter.step() == .sent(spans: 2))
    #expect(await exporter.step() == .sent(spans: 9))
    #expect(await exporter.step() == .idle)
  }

  @Test func `a batch is tried again, with more and more patience, and given up at last`() async {
    let busy = OTLPResponse.retry(after: nil)
    let collector = Collector(busy, .retry(after: .seconds(7)), busy, busy, .delivered)
    let patient = exporter(collector)
    send(2, to: patient)
    func waits(atMost seconds: Int, _ step: TraceExporter.Step) -> Bool {
      guard case .retry(let after) = step else { return false }
      return after <= .seconds(seconds)
    }
    #expect(waits(atMost: 1, await patient.step()))
    send(1, to: patient)
    #expect(await patient.step() == .retry(after: .seconds(7)), "the collector says how long")
    #expect(waits(atMost: 4, await patient.step()))
    #expect(waits(atMost: 8, await patient.step()))
    #expect(await patient.step() == .sent(spans: 2))
    let bodies = Set(collector.requests.map(\.body))
    #expect(bodies.count == 1)
    let hasty = exporter(Collector(busy, busy)) { $0.attempts = 2 }
    send(1, to: hasty)
    #expect(waits(atMost: 1, await hasty.step()))
    #expect(await hasty.step() == .dropped(spans: 1))
    #expect((hasty.droppedSpans, hasty.waitingSpans) == (1, 0))
  }

  @Test(arguments: [
    (200, nil, OTLPResponse.delivered), (429, "3", .retry(after: .seconds(3))), (503, nil, .retry(after: nil)),
    (502, "soon", .retry(after: nil)), (503, "-5", .retry(after: .zero)), (400, nil, .refused("status 400")),
    (500, nil, .refused("status 500")), (404, "1", .refused("status 404")),
  ])
  func `a status says whether to try again`(status: Int, after: String?, response: OTLPResponse) {
    #expect(OTLPResponse(status: status, retryAfter: after) == response)
  }

  @Test func `a refused batch is dropped and the next one sent`() async {
    let exporter = exporter(Collector(.refused("status 400")))
    send(1, to: exporter)
    #expect(await exporter.step() == .dropped(spans: 1))
    send(1, to: exporter)
    #expect(await exporter.step() == .sent(spans: 1))
  }

  @Test(.timeLimit(.minutes(1)))
  func `enough spans are sent at once, however long others would be waited for`() async {
    let exporter = exporter(Collector()) {
      $0.delay = .seconds(3600)
      $0.batchLimit = 20
      $0.queueLimit = 40
    }
    let loop = Task { await exporter.run() }
    for round in 1...30 {
      // As one trace: of twenty the loop, still at work on the round before, could send some and wait for others.
      send(1, spans: 20, to: exporter)
      while exporter.sentSpans < round * 20 { await Task.yield() }
    }
    #expect((exporter.sentSpans, exporter.droppedSpans) == (600, 0))
    send(19, to: exporter)
    loop.cancel()
    await loop.value
    #expect(exporter.sentSpans == 619)
  }

  @Test func `the loop ends with its task and sends what is left`() async {
    let collector = Collector()
    let exporter = exporter(collector) { $0.delay = .seconds(3600) }
    let loop = Task { await exporter.run() }
    send(3, to: exporter)
    loop.cancel()
    await loop.value
    #expect(exporter.sentSpans == 3)
    #expect(exporter.waitingSpans == 0)
  }
}

@Suite struct OTLPEncoding {
  @Test(.enabled(if: ProtocolClasses.areInstalled))
  func `the official protocol classes read what is sent`() async throws {
    let collector = Collector()
    let exporter = exporter(collector) { $0.headers = [("x-tenant", "t")] }
    let parent = try #require(
      SpanContext(traceparent: ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"], tracestate: ["a=1,b=2"]))
    let trace = Tracer(exporter: exporter).begin("POST /v1/x?token=sk-live", parent: parent, at: at(0))
    trace.set(SemanticConvention.responseStatus, 200)
    trace.set("password", "hunter2")
    trace.set("note", "mail bob@example.com")
    let critic = trace.start("critic", under: .root, at: at(1))
    trace.set("critic", "autonomy", on: critic)
    trace.set("severity", 2.25, on: critic)
    trace.set("abstained", false, on: critic)
    trace.set("zero", 0, on: critic)
    let call = trace.start("model", kind: .client, under: critic, at: at(2))
    trace.end(call, .error, at: at(5))
    trace.end(critic, .ok, at: at(6))
    trace.finish(at: at(8))
    #expect(await exporter.step() == .sent(spans: 3))
    let request = try #require(collector.requests.first)
    #expect(request.headers.map(\.name) == ["content-type", "content-encoding", "x-tenant"])
    let folder = try TemporaryFolder()
    try Data(request.body).write(to: folder.file("export.pb"))
    let json = try await ProtocolClasses.json(of: folder.file("export.pb"))
    let read = try JSONValue(parsing: Array(json.utf8))
    let text = String(decoding: read.jsonBytes, as: UTF8.self)
    #expect(!text.contains("hunter2") && !text.contains("bob@") && !text.contains("sk-live"))
    #expect(text.contains(#""resource":{"service.name":"test","service.version":"1.2"},"scope":["tests","3"]"#))
    #expect(
      text.contains(
        #""trace":"0af7651916cd43dd8448eb211c80319c","span":"\#(trace.context.span)","parent":"b7ad6b7169203331","#
          + #""state":"a=1,b=2","name":"POST /v1/x?token=[redacted:token]","kind":2,"start":1763612100000000000,"#
          + #""end":1763612100008000000,"status":0,"flags":769,"attributes":{"http.response.status_code":200,"#
          + #""password":"[redacted:password]","note":"mail [redacted:email]"}"#))
    #expect(text.contains(#""kind":1,"start":1763612100001000000,"end":1763612100006000000,"status":1,"flags":257,"#))
    #expect(text.contains(#""attributes":{"critic":"autonomy","severity":2.25,"abstained":false,"zero":0}"#))
    #expect(text.contains(#""name":"model","kind":3,"start":1763612100002000000,"end":1763612100005000000,"status":2"#))
  }

  @Test func `numbers and lengths are written as the wire format says`() {
    var writer = ProtobufWriter()
    writer.unsigned(1, 150)
    writer.text(2, "testing")
    writer.unsigned(3, 0)
    writer.text(4, "")
    writer.message(5) { $0.chosenInteger(1, -1) }
    writer.fixed32(6, 1)
    writer.bigEndian(7, 0x0102_0304_0506_0708)
    writer.chosenBoolean(16, false)
    var expected: [UInt8] = [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8)
    expected += [0x2A, 0x0B, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
    expected += [0x35, 1, 0, 0, 0, 0x3A, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x01, 0]
    #expect(writer.bytes == expected)
  }
}
