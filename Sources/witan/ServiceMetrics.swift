// What the service counts: requests, decisions, the ledger, the cache, and the process. Names are those of the operations
// manual. Everything is declared when the program starts, so that a scrape names each metric before it has a value.
import API
import Chamber
import Engine
import HTTP
import Ledger
import Telemetry

struct ServiceMetrics: Sendable {
  let metrics = Metrics()
  let deliberations: DeliberationMetrics
  let ledger: LedgerMetrics
  private let requests: CounterFamily
  private let requestDuration: HistogramFamily
  private let refused: CounterFamily
  private let refusedTokens: Counter
  private let limited: CounterFamily
  private let verdicts: CounterFamily
  let severity: HistogramFamily
  private let denials: CounterFamily
  private let raised: CounterFamily
  private let abstentions: CounterFamily
  let tally: AnomalyTally
  private let escalations: CounterFamily
  private let pressure: GaugeFamily
  private let processorShare: Gauge
  private let loopLag: Gauge
  private let diskFree: Gauge
  private let diskSize: Gauge

  init() {
    requests = metrics.counters("witan_http_requests", "Requests answered.", labels: ["route", "status"])
    requestDuration = metrics.histograms(
      "witan_http_request_duration", "Time from a request's head to its answer.", .latency, labels: ["route"],
      exemplars: true)
    refused = metrics.counters(
      "witan_http_refused", "Messages and connections refused before they became a request.", labels: ["status"])
    refusedTokens = metrics.counter("witan_tokens_refused", "Tokens that were refused.")
    limited = metrics.counters(
      "witan_rate_limited", "Requests refused because a limit was used up.", labels: ["limit"])
    verdicts = metrics.counters("witan_verdicts", "Cases decided.", labels: ["verdict", "cache"])
    severity = metrics.histograms(
      "witan_critic_severity", "Severities that critics gave, 0 to 3.", .thousandths([0, 0.5, 1, 1.5, 2, 2.5, 3]),
      labels: ["critic"])
    abstentions = metrics.counters("witan_critic_abstentions", "Abstentions of critics.", labels: ["critic"])
    denials = metrics.counters("witan_critic_denials", "Denials for which a critic was the reason.", labels: ["critic"])
    raised = metrics.counters("witan_critic_escalations", "Escalations that critics raised.", labels: ["critic"])
    tally = AnomalyTally(
      verdicts: verdicts, denials: denials, escalations: raised, abstentions: abstentions, severities: severity)
    escalations = metrics.counters("witan_escalations", "Escalations raised.", labels: ["clause", "tier"])
    deliberations = DeliberationMetrics(metrics)
    ledger = LedgerMetrics(metrics)
    pressure = metrics.gauges(
      "witan_resource_pressure", "How near a resource is to its end: 0 normal, 1 warning, 2 critical.",
      labels: ["resource"])
    processorShare = metrics.gauge("witan_processor_share", "Share of all cores in use, 0 to 1.")
    loopLag = metrics.gauge(
      "witan_event_loop_lag", "How long an event loop took at most to get round to something.", unit: "seconds")
    diskFree = metrics.gauge("witan_disk_free", "Free space on the disk of the data folder.", unit: "bytes")
    diskSize = metrics.gauge("witan_disk_size", "Size of the disk of the data folder.", unit: "bytes")
    ProcessMetrics.register(in: metrics)
    metrics.observe(gauges: "witan_build_info", "The release that runs, always 1.", labels: ["version"]) {
      [([release], 1)]
    }
  }

  /// What is not counted but looked at when somebody asks.
  func watch(_ chamber: Chamber) {
    ledger.watch(chamber.ledger)
    metrics.observe(counters: "witan_cache_hits", "Decided cases found in a cache.", labels: ["level"]) {
      [(["memory"], Double(chamber.cacheStatistics.hits))]
    }
    metrics.observe(
      counters: "witan_cache_misses", "Decided cases looked for in a cache and not found.", labels: ["level"]
    ) { [(["memory"], Double(chamber.cacheStatistics.misses))] }
    metrics.observe(counters: "witan_cache_evictions", "Decided cases pushed out of a cache.", labels: ["level"]) {
      [(["memory"], Double(chamber.cacheStatistics.evictions))]
    }
    metrics.observe(gauges: "witan_reviews_pending", "Reviews that wait for a human.", labels: ["tier"]) {
      Tier.allCases.map { ([String($0.rawValue)], Double(chamber.proceedings.pendingReviews(tier: $0).count)) }
    }
    metrics.observe(
      gauges: "witan_reviews_oldest_age", "How long the oldest pending review has waited.", unit: "seconds",
      labels: ["tier"]
    ) {
      let now = Timestamp.now().microseconds
      return Tier.allCases.map { tier in
        let oldest = chamber.proceedings.pendingReviews(tier: tier).map(\.opened.microseconds).min() ?? now
        return ([String(tier.rawValue)], Double(max(0, now - oldest)) / 1e6)
      }
    }
  }

  func watch(_ server: Server) {
    metrics.observe(gauge: "witan_http_connections", "Connections that are open.") { Double(server.openConnections) }
    metrics.observe(gauge: "witan_http_requests_in_flight", "Requests whose handlers are at work.") {
      Double(server.requestsInFlight)
    }
  }

  func answered(_ request: Request, _ status: Status, _ duration: Duration) {
    let route = request.routePattern ?? "none"
    requests[route, String(status.rawValue)].add()
    let (seconds, attoseconds) = duration.components
    let nanoseconds = Int(seconds) &* 1_000_000_000 &+ Int(attoseconds / 1_000_000_000)
    let span = request.trace.own
    // A bucket's example is a trace that somebody recorded.
    if span.isSampled {
      requestDuration[route].observe(nanoseconds, exemplar: span.trace, at: SystemClock.wall())
    } else {
      requestDuration[route].observe(nanoseconds)
    }
  }

  func refused(_ status: Status) { refused[String(status.rawValue)].add() }

  func refusedToken() { refusedTokens.add() }

  func limited(_ limit: String) { limited[limit].add() }

  func answered(_ answered: Answered, _ caller: String) {
    let decision = answered.decided.decision
    verdicts[decision.verdict.rawValue, answered.cache.rawValue].add()
    var abstained = false
    for opinion in decision.opinions.bySeat where opinion.abstention != .notAsked {
      if opinion.abstention != nil {
        abstained = true
        abstentions[opinion.critic].add()
      } else {
        severity[opinion.critic].observe(Int((opinion.severity * 1000).rounded()))
      }
    }
    tally.count(decision.verdict, abstained: abstained, client: caller)
    if decision.verdict == .deny, let critic = decision.reason.critic { denials[critic].add() }
    for escalation in decision.ruling.escalations {
      raised[escalation.critic].add()
      escalations[escalation.clause ?? "none", String(escalation.tier.rawValue)].add()
    }
  }

  func watch(_ limits: ContainerLimits) {
    metrics.observe(gauge: "witan_memory_limit", "Memory that the process may use at most.", unit: "bytes") {
      Double(limits.memoryBytes)
    }
    metrics.observe(gauge: "witan_processor_limit", "Processors that the process may use at most.") { limits.cores }
  }

  func measured(_ report: ResourceReport, _ sample: ResourceSample) {
    loopLag.set(sample.loopLag / .seconds(1))
    if let free = sample.diskFreeBytes { diskFree.set(Double(free)) }
    if let size = sample.diskBytes { diskSize.set(Double(size)) }
    for (resource, level) in report.levels { pressure[resource.rawValue].set(Double(level.rawValue)) }
    if let share = report.cpuShare { processorShare.set(share) }
  }
}

/// How long the parts of deliberations take, where nobody else watches them.
final class DeliberationMetrics: DeliberationWatch {
  private let critics: HistogramFamily
  private let evidence: Histogram
  private let precedents: Histogram

  init(_ metrics: Metrics) {
    critics = metrics.histograms(
      "witan_critic_duration", "How long critics took to give an opinion.", .work, labels: ["critic"])
    evidence = metrics.histogram("witan_evidence_duration", "How long the gathering of evidence took.", .work)
    precedents = metrics.histogram("witan_precedent_search_duration", "How long the search for precedents took.", .work)
  }

  /// What nobody plots is not measured.
  var wantsDetail: Bool { false }
  var carrier: TraceCarrier? { nil }

  func now() -> UInt64 { SystemClock.monotonic() }

  func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    let nanoseconds = Int(end &- begin)
    switch part {
    case .evidence: evidence.observe(nanoseconds)
    case .precedents: precedents.observe(nanoseconds)
    case .critic(_, _, .notAsked, _): break
    case .critic(let name, _, _, _): critics[name].observe(nanoseconds)
    default: break
    }
  }

  func concluded(_ answered: Answered) {}
}

/// The log of everything that happened, in figures.
struct LedgerMetrics: Sendable {
  private let metrics: Metrics
  private let groupSize: Histogram
  private let writeDuration: Histogram
  private let appendDuration: Histogram

  init(_ metrics: Metrics) {
    self.metrics = metrics
    groupSize = metrics.histogram(
      "witan_ledger_group_entries", "Entries in one transaction.",
      .counts([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]))
    writeDuration = metrics.histogram(
      "witan_ledger_write_duration", "How long the writing of a group took, its sync included.", .latency)
    appendDuration = metrics.histogram(
      "witan_ledger_append_duration", "How long an entry waited for its receipt.", .latency)
  }

  func wrote(_ group: WrittenGroup) {
    groupSize.observe(group.entries)
    writeDuration.observe(Int(clamping: group.nanoseconds))
    for wait in group.waits { appendDuration.observe(Int(clamping: wait)) }
  }

  func watch(_ ledger: Ledger) {
    metrics.observe(gauge: "witan_ledger_entries", "Entries in the ledger.") { Double(ledger.health.size) }
    metrics.observe(gauge: "witan_ledger_queue", "Entries waiting to be written.") { Double(ledger.health.queued) }
    metrics.observe(gauge: "witan_ledger_writable", "Whether the ledger can be written: 1 or 0.") {
      ledger.health.isWritable ? 1 : 0
    }
    metrics.observe(gauge: "witan_ledger_index_lag", "Entries not yet in the projection.") {
      let health = ledger.health
      return Double(health.size) - Double(min(health.indexedTo, health.size))
    }
  }
}
