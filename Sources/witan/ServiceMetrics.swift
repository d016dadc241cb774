// What the service counts: requests, decisions, the ledger, the cache, and the process. Names are those of the operations
// manual.
import Chamber
import Engine
import HTTP
import Ledger
import Telemetry

struct ServiceMetrics: Sendable {
  let metrics = Metrics()
  private let requests: CounterFamily
  private let requestDuration: HistogramFamily
  private let refused: CounterFamily
  private let refusedTokens: Counter
  private let verdicts: CounterFamily
  private let severity: HistogramFamily
  private let abstentions: CounterFamily
  private let escalations: CounterFamily
  private let pressure: GaugeFamily
  private let processorShare: Gauge
  let loopLag: Gauge

  init() {
    requests = metrics.counters("witan_http_requests", "Requests answered.", labels: ["route", "status"])
    requestDuration = metrics.histograms(
      "witan_http_request_duration", "Time from a request's head to its answer.", .latency, labels: ["route"],
      exemplars: true)
    refused = metrics.counters(
      "witan_http_refused", "Messages and connections refused before they became a request.", labels: ["status"])
    refusedTokens = metrics.counter("witan_tokens_refused", "Tokens that were refused.")
    verdicts = metrics.counters("witan_verdicts", "Cases decided.", labels: ["verdict", "cache"])
    severity = metrics.histograms(
      "witan_critic_severity", "Severities that critics gave, 0 to 3.", .thousandths([0, 0.5, 1, 1.5, 2, 2.5, 3]),
      labels: ["critic"])
    abstentions = metrics.counters("witan_critic_abstentions", "Abstentions of critics.", labels: ["critic"])
    escalations = metrics.counters("witan_escalations", "Escalations raised.", labels: ["clause", "tier"])
    pressure = metrics.gauges(
      "witan_resource_pressure", "How near a resource is to its end: 0 normal, 1 warning, 2 critical.",
      labels: ["resource"])
    processorShare = metrics.gauge("witan_processor_share", "Share of all cores in use, 0 to 1.")
    loopLag = metrics.gauge(
      "witan_event_loop_lag", "How long an event loop took at most to get round to something.", unit: "seconds")
    ProcessMetrics.register(in: metrics)
  }

  /// What is not counted but looked at when somebody asks.
  func watch(_ chamber: Chamber) {
    let ledger = chamber.ledger
    metrics.observe(gauge: "witan_ledger_entries", "Entries in the ledger.") { Double(ledger.health.size) }
    metrics.observe(gauge: "witan_ledger_queue", "Entries waiting to be written.") { Double(ledger.health.queued) }
    metrics.observe(gauge: "witan_ledger_writable", "Whether the ledger can be written: 1 or 0.") {
      ledger.health.isWritable ? 1 : 0
    }
    metrics.observe(gauge: "witan_ledger_index_lag", "Entries not yet in the projection.") {
      let health = ledger.health
      return Double(health.size) - Double(min(health.indexedTo, health.size))
    }
    metrics.observe(counter: "witan_cache_hits", "Decided cases found in memory.") {
      Double(chamber.cacheStatistics.hits)
    }
    metrics.observe(counter: "witan_cache_misses", "Decided cases looked for in memory and not found.") {
      Double(chamber.cacheStatistics.misses)
    }
    metrics.observe(counter: "witan_cache_evictions", "Decided cases pushed out of memory.") {
      Double(chamber.cacheStatistics.evictions)
    }
  }

  func answered(_ request: Request, _ status: Status, _ duration: Duration) {
    let route = request.routePattern ?? "none"
    requests[route, String(status.rawValue)].add()
    let (seconds, attoseconds) = duration.components
    let nanoseconds = Int(seconds) &* 1_000_000_000 &+ Int(attoseconds / 1_000_000_000)
    let trace = request.trace
    // A bucket's example is a trace that somebody recorded.
    if trace.flags & 1 == 1, let identifier = TraceID(high: trace.traceHigh, low: trace.traceLow) {
      requestDuration[route].observe(nanoseconds, exemplar: identifier, at: SystemClock.wall())
    } else {
      requestDuration[route].observe(nanoseconds)
    }
  }

  func refused(_ status: Status) { refused[String(status.rawValue)].add() }

  func refusedToken() { refusedTokens.add() }

  func answered(_ answered: Answered) {
    let decision = answered.decided.decision
    verdicts[decision.verdict.rawValue, answered.cache.rawValue].add()
    for opinion in decision.opinions.bySeat {
      if opinion.abstention != nil {
        abstentions[opinion.critic].add()
      } else {
        severity[opinion.critic].observe(Int((opinion.severity * 1000).rounded()))
      }
    }
    for escalation in decision.ruling.escalations {
      escalations[escalation.clause ?? "none", String(escalation.tier.rawValue)].add()
    }
  }

  func measured(_ report: ResourceReport) {
    for (resource, level) in report.levels { pressure[resource.rawValue].set(Double(level.rawValue)) }
    if let share = report.cpuShare { processorShare.set(share) }
  }
}
