// The eyes of the running service: its log, its metrics, and word to systemd.
import API
import Chamber
import Config
import Engine
import Glibc
import HTTP
import Net
import Resilience
import Telemetry

final class ServiceTelemetry: Sendable {
  static let settings = TelemetrySettings(serviceName: "witan")
  /// The parts of the program that have a level of their own.
  static let components = ["http", "service"]
  /// For all that leaves: secrets are blotted out, identifiers of Witan's own are not.
  static let redactor = Redactor(identifierPrefixes: Identifier.prefixes)

  let log: Log
  let metrics = ServiceMetrics()
  let notifier = ServiceNotifier(environment: ConfigurationSources.processEnvironment())
  /// Whether a service manager such as systemd has started this and keeps what it prints.
  let isManaged = ["INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET"].contains { (name: String) in getenv(name) != nil
  }
  private let http: Logger
  let service: Logger

  init(_ configuration: Configuration) throws {
    let settings = Self.settings
    let file = configuration[settings.logFile]
    log = try Log.open(
      file.map { .file(path: $0.text) } ?? .standardError,
      format: settings.logFormat(configuration, isTerminal: isatty(STDERR_FILENO) == 1),
      redactor: Self.redactor)
    settings.applyLevels(configuration, to: log)
    http = log.logger("http")
    service = log.logger("service")
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
    options.refused = { [self] problem, trace in
      metrics.refused(problem.status)
      guard http.isWanted(.debug) else { return }
      http.with(trace: trace.own.trace, span: trace.own.span).debug(
        "http.refused", "What came was no request: \(problem.detail ?? problem.title)",
        ["status": .integer(Int(problem.status.rawValue))])
    }
    options.unforeseen = { [http] error, request in
      http.with(request).error(
        "http.unforeseen", "An error that nobody foresaw: \(error)",
        ["method": .string(request.method.name), "route": .string(request.routePattern ?? "none")])
    }
  }

  func refusedToken(_ refusal: String, _ request: Request) {
    metrics.refusedToken()
    service.with(request).warning("token.refused", "A token was refused: \(refusal)")
  }

  func keysNotRenewed(_ reason: String) {
    service.error("tokens.keys_not_renewed", "The key set could not be read anew, and the earlier one stays: \(reason)")
  }

  func failed(_ event: StaticString, _ what: String, _ error: any Error) { service.error(event, "\(what): \(error)") }

  func breakerChanged(_ name: String, _ state: BreakerState) {
    let fields: LogFields = ["breaker": .string(name), "state": .string(state.rawValue)]
    if state == .closed {
      service.info("breaker.closed", "A breaker has closed.", fields)
    } else {
      service.warning("breaker.changed", "A breaker has changed.", fields)
    }
  }

  func started(_ address: SocketAddress) {
    service.info("service.started", "Listening.", ["address": .string("\(address)")])
    notifier.ready(status: "Listening on \(address)")
  }

  /// What is not as it should be on this machine, but is no reason not to start.
  func tellOfHost() {
    if !isMemoryPrivate {
      service.warning("process.dumps_possible", "The system refuses to keep this process's memory out of core dumps.")
    }
    if StartChecks.clockIsSynchronised == false {
      service.warning("clock.not_synchronised", "Nobody keeps the system's clock right; tokens and permits go by it.")
    }
  }

  func stopping() {
    service.info("service.stopping", "Stopping: what is under way is answered.")
    notifier.stopping()
  }

  /// Puts levels in force, and says what a reload has changed and what waits for a restart.
  func obey(_ outcome: ReloadOutcome) {
    Self.settings.applyLevels(outcome.configuration, to: log)
    service.info("config.reloaded", "The configuration was read anew.", ["changes": .integer(outcome.applied.count)])
    for change in outcome.applied { service.info("config.changed", "A setting changed: \(change)") }
    for change in outcome.needRestart {
      service.warning("config.restart", "A setting waits for a restart: \(change)")
    }
  }

  func text(_ accept: String?) -> (contentType: String, text: [UInt8]) {
    let format = MetricsFormat.negotiate(accept: accept)
    return (format.contentType, metrics.metrics.render(format))
  }
}

extension Logger {
  fileprivate func with(_ request: Request) -> Logger {
    with(trace: request.trace.own.trace, span: request.trace.own.span)
  }
}
