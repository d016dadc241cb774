// The eyes of the running service: its log, its metrics, the watch over its resources, and word to systemd.
import API
import Chamber
import Config
import Glibc
import HTTP
import Locking
import Net
import Resilience
import Telemetry

final class ServiceTelemetry: Sendable {
  static let settings = TelemetrySettings(serviceName: "witan")

  let log: Log
  let metrics = ServiceMetrics()
  let notifier = ServiceNotifier(environment: ConfigurationSources.processEnvironment())
  private let http: Logger
  private let service: Logger
  private let dataFolder: String
  private let resources = Locked((monitor: ResourceMonitor(), report: ResourceReport?.none))
  private let probe = Locked(LoopProbe())

  init(_ configuration: Configuration) throws {
    let settings = Self.settings
    let file = configuration[settings.logFile]
    log = try Log.open(
      file.map { .file(path: $0.text) } ?? .standardError,
      format: settings.logFormat(configuration, isTerminal: isatty(STDERR_FILENO) == 1),
      redactor: Redactor(identifierPrefixes: ["dlb_", "rev_", "prm_"]))
    settings.applyLevels(configuration, to: log)
    http = log.logger("http")
    service = log.logger("service")
    dataFolder = configuration[Settings.data].text
  }

  /// Lets the server tell what it answers and refuses.
  func watch(_ options: inout ServerOptions) {
    options.answered = { [self] request, status, duration in
      metrics.answered(request, status, duration)
      guard http.isWanted(.debug) else { return }
      http.with(request).debug(
        "http.answered", "A request was answered.",
        [
          "method": .string(request.method.name), "path": .string(request.path),
          "status": .integer(Int(status.rawValue)),
          "seconds": .number(duration / .seconds(1)),
        ])
    }
    options.refused = { [metrics] status in metrics.refused(status) }
    options.unforeseen = { [http] error, request in
      http.with(request).error(
        "http.unforeseen", "An error that nobody foresaw: \(error)",
        ["method": .string(request.method.name), "route": .string(request.routePattern ?? "none")])
    }
  }

  func refusedToken(_ refusal: String) {
    metrics.refusedToken()
    service.warning("token.refused", "A token was refused: \(refusal)")
  }

  func keysNotRenewed(_ reason: String) {
    service.error("tokens.keys_not_renewed", "The key set could not be read anew, and the earlier one stays: \(reason)")
  }

  func failed(_ event: StaticString, _ what: String, _ error: any Error) { service.error(event, "\(what): \(error)") }

  func breakerChanged(_ name: String, _ state: BreakerState) {
    let fields: LogFields = ["breaker": .string(name), "state": .string(state.rawValue)]
    if state == .closed {
      service.info("breaker.changed", "A breaker has closed.", fields)
    } else {
      service.warning("breaker.changed", "A breaker has changed.", fields)
    }
  }

  func started(_ address: SocketAddress) {
    service.info("service.started", "Listening.", ["address": .string("\(address)")])
    notifier.ready(status: "Listening on \(address)")
  }

  func stopping() {
    service.info("service.stopping", "Stopping.")
    notifier.stopping()
    log.output.flush()
  }

  /// Looks at the resources; called every few seconds.
  func measure(_ loops: [EventLoop]) {
    notifier.alive()
    let now = SystemClock.monotonic()
    let lag = probe.withLock { $0.lag(at: now) }
    ask(loops, at: now)
    metrics.loopLag.set(lag / .seconds(1))
    guard let sample = ResourceSample.current(folder: dataFolder, loopLag: lag, monotonic: now) else { return }
    let (before, report) = resources.withLock { resources in
      let before = resources.report
      let report = resources.monitor.assess(sample)
      resources.report = report
      return (before, report)
    }
    metrics.measured(report)
    for resource in Resource.allCases {
      let (old, new) = (before?.levels[resource] ?? .normal, report.levels[resource] ?? .normal)
      guard old != new else { continue }
      service.warning(
        "resource.pressure", "The pressure on a resource changed.",
        ["resource": .string(resource.rawValue), "from": .string("\(old)"), "to": .string("\(new)")])
    }
  }

  /// Lets each loop that has answered the last time answer again.
  private func ask(_ loops: [EventLoop], at now: UInt64) {
    for (index, loop) in loops.enumerated() where probe.withLock({ $0.ask(index, at: now) }) {
      loop.execute { [self] in probe.withLock { $0.answer(index, at: SystemClock.monotonic()) } }
    }
  }

  /// Why no new work should come here, or nil.
  func refusal() -> String? {
    guard let report = resources.withLock({ $0.report }), report.refusesWork else { return nil }
    let short = report.levels.filter { $0.value == .critical }.map(\.key.rawValue).sorted()
    return "out of " + short.joined(separator: " and ")
  }

  /// Reads the configuration anew, and opens the log's file anew as after a rotation.
  @discardableResult
  func reload(
    _ live: LiveConfiguration, from sources: () throws(ConfigurationError) -> ConfigurationSources
  ) -> Result<ReloadOutcome, any Error> {
    notifier.reloading(monotonic: SystemClock.monotonic())
    defer { notifier.ready() }
    do {
      try log.output.reopen()
      let outcome = try live.reload(try sources())
      Self.settings.applyLevels(outcome.configuration, to: log)
      service.info("config.reloaded", "The configuration was read anew.", ["changes": .integer(outcome.applied.count)])
      for change in outcome.applied { service.info("config.changed", "A setting changed: \(change)") }
      for change in outcome.needRestart {
        service.warning("config.restart", "A setting waits for a restart: \(change)")
      }
      return .success(outcome)
    } catch {
      service.error("config.refused", "The new configuration was refused and the old one stays: \(error)")
      return .failure(error)
    }
  }

  func text(_ accept: String?) -> (contentType: String, text: [UInt8]) {
    let format = MetricsFormat.negotiate(accept: accept)
    return (format.contentType, metrics.metrics.render(format))
  }
}

/// How long the event loops take to get round to what they are asked, in nanoseconds of the monotonic clock.
private struct LoopProbe {
  private var asked: [Int: UInt64] = [:]
  private var answers: [UInt64] = []

  /// False while the last question waits for its answer.
  mutating func ask(_ loop: Int, at now: UInt64) -> Bool {
    guard asked[loop] == nil else { return false }
    asked[loop] = now
    return true
  }

  mutating func answer(_ loop: Int, at now: UInt64) {
    if let asked = asked.removeValue(forKey: loop) { answers.append(now - min(asked, now)) }
  }

  /// The longest since the last time, that of a loop which has not answered yet included.
  mutating func lag(at now: UInt64) -> Duration {
    defer { answers = [] }
    let waiting = asked.values.map { now - min($0, now) }
    return .nanoseconds(Int64(clamping: (answers + waiting).max() ?? 0))
  }
}

extension Logger {
  fileprivate func with(_ request: Request) -> Logger {
    with(trace: request.trace.own.trace, span: request.trace.own.span)
  }
}
