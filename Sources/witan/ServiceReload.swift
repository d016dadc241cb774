// Everything is read anew while the service runs: the configuration, the certificate, the clients that sign, the keys of others,
// and the log's file. All of it is looked at before any of it is put in force, so that a bad file changes nothing at all.
import API
import Config
import HTTP
import Locking
import TLS
import Telemetry

final class ServiceReload: Sendable {
  private let live: LiveConfiguration
  private let sources: @Sendable () throws(ConfigurationError) -> ConfigurationSources
  private let telemetry: ServiceTelemetry
  private let tls: TLSServer?
  private let signatures: ServiceSignatures?
  /// Puts the settings that can change into force.
  private let obey: @Sendable (Configuration) -> Void
  /// One at a time.
  private let turn = Locked(())

  init(
    _ configuration: Configuration, telemetry: ServiceTelemetry, tls: TLSServer?, signatures: ServiceSignatures?,
    from sources: @escaping @Sendable () throws(ConfigurationError) -> ConfigurationSources,
    obey: @escaping @Sendable (Configuration) -> Void
  ) {
    live = LiveConfiguration(schema: Settings.schema, initial: configuration)
    self.sources = sources
    self.telemetry = telemetry
    self.tls = tls
    self.signatures = signatures
    self.obey = obey
  }

  @discardableResult
  func run() throws(Administration.ReloadRefused) -> Administration.Reloaded {
    telemetry.notifier.reloading(monotonic: SystemClock.monotonic())
    defer { telemetry.notifier.ready() }
    return try turn.withLock { _ throws(Administration.ReloadRefused) in try readAndUse() }
  }

  private func readAndUse() throws(Administration.ReloadRefused) -> Administration.Reloaded {
    let loaded = try read("the new configuration was refused and the old one stays") {
      try live.schema.load(try sources())
    } failed: {
      telemetry.failed("config.refused", $0, $1)
    }
    let certificate = try read("the certificate stays as it was") {
      try tls?.read()
    } failed: {
      telemetry.failed("tls.reload_failed", $0, $1)
    }
    let clients = try read("the signing clients stay as they were") {
      try signatures?.read()
    } failed: {
      telemetry.failed("signatures.reload_failed", $0, $1)
    }
    try read("the key set could not be read anew, and the earlier one stays") {
      try StartChecks.checkKeySet(live.current)
    } failed: {
      telemetry.failed("tokens.keys_not_renewed", $0, $1)
    }
    // The last that can fail, since there is no way back to a file that was rotated away.
    try read("the log's file could not be opened anew") {
      try telemetry.log.output.reopen()
    } failed: {
      telemetry.failed("config.refused", $0, $1)
    }
    let outcome = live.use(loaded)
    if let certificate { tls?.use(certificate) }
    if let clients { signatures?.use(clients) }
    telemetry.obey(outcome)
    obey(live.current)
    return Administration.Reloaded(
      applied: outcome.applied.map(\.description), needRestart: outcome.needRestart.map(\.description))
  }

  private func read<Value>(
    _ what: String, _ body: () throws -> Value, failed: (_ what: String, _ error: any Error) -> Void
  ) throws(Administration.ReloadRefused) -> Value {
    do { return try body() } catch {
      failed("Nothing was changed: \(what)", error)
      throw Administration.ReloadRefused(reason: "\(what): \(error)")
    }
  }
}
