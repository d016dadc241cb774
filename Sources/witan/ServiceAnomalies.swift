// Looks at the end of each window at what was decided in it, and raises an alert for what is not as usual. What is usual is
// kept beside the ledger, so that a restart does not forget weeks of it.
import Chamber
import Config
import Glibc
import JSON
import Locking
import Telemetry

final class ServiceAnomalies: Sendable {
  static let settings = AnomalySettings()
  /// More in one window are one event: the others are counted and logged.
  static let mostAlerts = 20

  private let chamber: Chamber
  private let telemetry: ServiceTelemetry
  private let alerts: ServiceAlerts
  private let path: String
  private let window: Duration
  private let isEnabled: Locked<Bool>
  private let detector: Locked<AnomalyDetector>
  private let found: CounterFamily
  private let scores: GaugeFamily
  private let drifts: GaugeFamily

  init(
    _ configuration: Configuration, data: String, chamber: Chamber, telemetry: ServiceTelemetry, alerts: ServiceAlerts
  ) {
    self.chamber = chamber
    self.telemetry = telemetry
    self.alerts = alerts
    path = "\(data)/anomalies.json"
    window = configuration[Self.settings.window]
    isEnabled = Locked(configuration[Self.settings.isEnabled])
    let bounds = Self.settings.bounds(configuration)
    detector = Locked(Self.remembered(at: path, bounds) ?? AnomalyDetector(bounds: bounds))
    let metrics = telemetry.metrics.metrics
    found = metrics.counters(
      "witan_anomalies", "Rates and distributions that were not as usual.", labels: ["kind", "scope"])
    scores = metrics.gauges(
      "witan_anomaly_score", "Robust standard deviations from the usual rate in the last window, by critic or for all.",
      labels: ["kind", "critic"])
    drifts = metrics.gauges(
      "witan_severity_drift", "Population stability index of a critic's severities in the last window.",
      labels: ["critic"])
  }

  func obey(_ configuration: Configuration) {
    isEnabled.withLock { $0 = configuration[Self.settings.isEnabled] }
    detector.withLock { $0.bounds = Self.settings.bounds(configuration) }
  }

  /// Judges window after window until the task is cancelled.
  func run() async {
    var before = totals
    while (try? await Task.sleep(for: window)) != nil {
      let now = totals
      let window = now.window(since: before)
      before = now
      if isEnabled.withLock({ $0 }) { await judge(window) }
    }
  }

  private var totals: AnomalyTally.Totals {
    telemetry.metrics.tally.totals(critics: chamber.inForce.council.constitution.critics.map(\.critic))
  }

  private func judge(_ window: AnomalyWindow) async {
    let time = SystemClock.wall()
    let (assessment, memory) = detector.withLock { detector in
      let assessment = detector.assess(window, at: time)
      return (assessment, detector.jsonBytes)
    }
    for (rate, score) in assessment.scores {
      switch rate.scope {
      case .all: scores[rate.kind.rawValue, "all"].set(score)
      case .critic(let name): scores[rate.kind.rawValue, name].set(score)
      case .client: break
      }
    }
    for (critic, index) in assessment.drifts { drifts[critic].set(index) }
    for (number, anomaly) in assessment.anomalies.enumerated() {
      found[anomaly.kind, anomaly.scope].add()
      if number < Self.mostAlerts {
        await alerts.raise(anomaly.alert(in: self.window))
      } else {
        telemetry.service.warning("anomaly.found", anomaly.alert(in: self.window).summary)
      }
    }
    remember(memory)
  }

  // MARK: Memory

  private static func remembered(at path: String, _ bounds: AnomalyBounds) -> AnomalyDetector? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= mostMemory {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    guard bytes.count <= mostMemory,
      let value = try? JSONValue(parsing: bytes, limits: JSONLimits(maximumDepth: 8, maximumBytes: mostMemory))
    else { return nil }
    return AnomalyDetector(value, bounds: bounds)
  }

  private static let mostMemory = 64 << 20

  /// Replaces the file in one step. It holds nothing that could not be learnt again, so it is not synced.
  private func remember(_ memory: [UInt8]) {
    let draft = path + ".new"
    guard let file = fopen(draft, "we") else {
      return telemetry.failed("anomalies.not_kept", "What is usual could not be written", errnoText)
    }
    let isWhole = fwrite(memory, 1, memory.count, file) == memory.count
    if fclose(file) != 0 || !isWhole || rename(draft, path) != 0 {
      telemetry.failed("anomalies.not_kept", "What is usual could not be written", errnoText)
    }
  }

  private var errnoText: UsageError { UsageError("\(path): \(String(cString: strerror(errno)))") }
}

extension Anomaly {
  fileprivate var kind: String {
    switch self {
    case .rate(let kind, _, _, _, _, _): kind.rawValue
    case .drift: "drift"
    }
  }

  fileprivate var scope: String {
    switch self {
    case .rate(_, let scope, _, _, _, _): scope.word
    case .drift: "critic"
    }
  }

  /// What people are told.
  fileprivate func alert(in window: Duration) -> Alert {
    switch self {
    case .rate(let kind, let scope, let share, let usual, let score, let cases):
      let whose =
        switch scope {
        case .all: ""
        case .critic(let name): " by critic \(name)"
        case .client(let name): " of client \(name)"
        }
      let details: JSONValue = [
        "cases": .integer(cases), "kind": .string(kind.rawValue), "name": .string(scope.name),
        "scope": .string(scope.word), "score": .double(bounded(score)), "share": .double(share),
        "usual": .double(usual), "window": .string(window.written),
      ]
      return Alert(
        "verdict_rate", .warning,
        "\(kind.words)\(whose): \(percent(share)) of \(cases) cases, where \(percent(usual)) is usual.",
        details: details.object ?? JSONObject())
    case .drift(let critic, let index, let opinions):
      let details: JSONValue = [
        "critic": .string(critic), "index": .double(bounded(index)), "opinions": .integer(opinions),
        "window": .string(window.written),
      ]
      return Alert(
        "severity_drift", .warning,
        "The severities of critic \(critic) are distributed in another way than they used to be.",
        details: details.object ?? JSONObject())
    }
  }
}

/// JSON has no word for what is infinitely far.
private func bounded(_ score: Double) -> Double { min(max(score, -1e6), 1e6) }

private func percent(_ share: Double) -> String { "\(Double(Int((share * 1000).rounded())) / 10) %" }

extension AnomalyKind {
  fileprivate var words: String {
    switch self {
    case .deny: "Denials"
    case .escalate: "Escalations"
    case .abstain: "Abstentions"
    }
  }
}
