// Sends finished traces to a collector, from the background. A request only puts its trace into a bounded queue; when the
// collector is slow or gone, traces are dropped and counted, and nobody waits.
import Locking
import Resilience

/// What is sent: a POST with this body. `headers` are names in lower case and values.
package struct OTLPRequest: Sendable {
  package let body: [UInt8]
  package let headers: [(name: String, value: String)]
}

/// How it went, as OTLP/HTTP says it (opentelemetry-proto, "OTLP/HTTP Response").
package enum OTLPResponse: Sendable, Hashable {
  case delivered
  /// Try the same again, after the time that the collector asked for.
  case retry(after: Duration?)
  /// Never try the same again.
  case refused(String)

  package init(status: Int, retryAfter: String? = nil) {
    switch status {
    case 200..<300: self = .delivered
    case 429, 502, 503, 504:
      self = .retry(after: retryAfter.flatMap { Int($0) }.map { .seconds(max(0, min($0, 3600))) })
    default: self = .refused("status \(status)")
    }
  }
}

package final class TraceExporter: Sendable {
  /// Makes the request; the time it may take is the transport's to keep.
  package typealias Transport = @Sendable (OTLPRequest) async -> OTLPResponse

  package struct Options: Sendable {
    /// Spans that wait at most, those being sent included.
    package var queueLimit = 2048
    /// Spans in one request, unless a single trace has more.
    package var batchLimit = 512
    /// How long spans wait for others, unless there are enough of them for a request sooner.
    package var delay = Duration.seconds(5)
    package var attempts = 5
    /// Between attempts, where the collector does not say how long to wait.
    package var backoff = Backoff(first: .seconds(1), longest: .seconds(64))
    package var compresses = true
    package var headers: [(name: String, value: String)] = []

    package init() {}
  }

  /// What a step of the export did.
  package enum Step: Sendable, Hashable {
    case idle
    case sent(spans: Int)
    case retry(after: Duration)
    case dropped(spans: Int)
  }

  private struct Queue {
    var waiting: [TraceRecorder] = []
    var spans = 0
    /// The batch that is being sent, kept until it is delivered or given up.
    var batch: [TraceRecorder] = []
    var attempts = 0
    /// The loop, while it waits for more.
    var waiter: Handover<Void>?
  }

  private let options: Options
  private let encoder: TraceEncoder
  private let transport: Transport
  private let queue = Locked(Queue())
  private let sent: Counter
  private let dropped: Counter

  package init(
    resource: [(key: String, value: String)], scope: (name: String, version: String), options: Options = Options(),
    redactor: Redactor, metrics: Metrics, transport: @escaping Transport
  ) {
    self.options = options
    self.transport = transport
    encoder = TraceEncoder(resource: resource, scopeName: scope.name, scopeVersion: scope.version, redactor: redactor)
    let outcome = metrics.counters("telemetry_spans", "Spans by what became of them.", labels: ["outcome"])
    sent = outcome["sent"]
    dropped = outcome["dropped"]
  }

  package var sentSpans: Int { sent.value }
  package var droppedSpans: Int { dropped.value }
  package var waitingSpans: Int { queue.withLock { $0.spans } }

  func enqueue(_ trace: TraceRecorder) {
    let count = trace.spanCount
    let (isTaken, waiter) = queue.withLock { queue in
      guard queue.spans + count <= options.queueLimit else { return (false, nil as Handover<Void>?) }
      queue.waiting.append(trace)
      queue.spans += count
      return (true, queue.spans >= options.batchLimit ? queue.waiter.take() : nil)
    }
    if !isTaken { dropped.add(count) }
    waiter?.give(())
  }

  /// Sends batches until its task is cancelled, then whatever can be sent at once.
  package func run() async {
    while !Task.isCancelled {
      switch await step() {
      case .idle: await gather()
      case .sent, .dropped: continue
      case .retry(let after): try? await Task.sleep(for: after)
      }
    }
    while case .sent = await step() {}
  }

  /// Returns when there is enough for a request, and after the delay or the end of the task at the latest.
  private func gather() async {
    let alarm = Task {
      try await Task.sleep(for: options.delay)
      wake()
    }
    await withTaskCancellationHandler {
      await Handover<Void>.wait { waiter in
        let isEnough = queue.withLock { queue in
          if queue.spans >= options.batchLimit || Task.isCancelled { return true }
          queue.waiter = waiter
          return false
        }
        if isEnough { waiter.give(()) }
      }
    } onCancel: {
      wake()
    }
    alarm.cancel()
  }

  private func wake() { queue.withLock { $0.waiter.take() }?.give(()) }

  /// Sends one batch. One caller at a time.
  package func step() async -> Step {
    let (batch, attempt) = takeBatch()
    guard !batch.isEmpty else { return .idle }
    let spans = batch.reduce(0) { $0 + $1.spanCount }
    let response = await transport(request(for: batch))
    switch response {
    case .delivered:
      finishBatch(spans)
      sent.add(spans)
      return .sent(spans: spans)
    case .retry(let after) where attempt < options.attempts:
      return .retry(after: after ?? options.backoff.delay(attempt))
    case .retry, .refused:
      finishBatch(spans)
      dropped.add(spans)
      return .dropped(spans: spans)
    }
  }

  private func request(for batch: [TraceRecorder]) -> OTLPRequest {
    let body = encoder.encode(batch)
    var headers = [(name: "content-type", value: "application/x-protobuf")]
    guard options.compresses, let small = Gzip.compress(body) else {
      return OTLPRequest(body: body, headers: headers + options.headers)
    }
    headers.append((name: "content-encoding", value: "gzip"))
    return OTLPRequest(body: small, headers: headers + options.headers)
  }

  /// The batch to send and the number of this attempt: the last one again where it was not delivered.
  private func takeBatch() -> ([TraceRecorder], Int) {
    queue.withLock { queue in
      if queue.batch.isEmpty {
        var spans = 0
        var count = 0
        for trace in queue.waiting {
          spans += trace.spanCount
          if count > 0, spans > options.batchLimit { break }
          count += 1
        }
        queue.batch = Array(queue.waiting.prefix(count))
        queue.waiting.removeFirst(count)
        queue.attempts = 0
      }
      queue.attempts += 1
      return (queue.batch, queue.attempts)
    }
  }

  private func finishBatch(_ spans: Int) {
    queue.withLock { queue in
      queue.batch = []
      queue.spans -= spans
    }
  }
}
