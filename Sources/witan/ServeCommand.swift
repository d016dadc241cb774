// `witan serve`: everything is read and checked first, then the ledger is opened, and only then does anybody listen.
import API
import CLinux
import Chamber
import Config
import Critics
import Engine
import Evidence
import Glibc
import HTTP
import HTTPClient
import JSON
import Ledger
import Net
import Resilience
import Tokens

let serveCommand = Command(
  "serve", "Starts the server.", options: Settings.schema.flagOptions + [Settings.file.declaration]
) { invocation in
  let flags = Settings.schema.flagOptions.flatMap { option in
    invocation.texts(of: option.name).map { GivenFlag(name: option.name, text: $0) }
  }
  let file = invocation[Settings.file]?.text
  let sources: @Sendable () throws(ConfigurationError) -> ConfigurationSources = { () throws(ConfigurationError) in
    try .gather(file: file, flags: flags)
  }
  let configuration: Configuration
  do throws(ConfigurationError) {
    configuration = try Settings.schema.load(try sources())
  } catch {
    writeText("\(error)\n", to: 2)
    return .foundWrong
  }
  guard !flags.contains(where: { $0.name == "redis" && (try? RedisPlace.read(text: $0.text))?.url.password != nil })
  else {
    throw UsageError(
      "--redis: whoever lists the processes of this machine reads a password there; name it with redis.password, "
        + "WITAN_REDIS_PASSWORD or WITAN_REDIS_PASSWORD_FILE")
  }
  umask(0o077)
  // With the eight heaps for each core that malloc would lay out, most of what is freed lies where nobody asks again.
  witan_bound_heaps(Int32(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
  try StartChecks.run(configuration)
  let service = try await Service(configuration)
  try await service.run(reloadingFrom: sources)
  return .fine
}

/// The running service: its parts, made in this order and ended in the reverse one.
struct Service {
  let configuration: Configuration
  let group: EventLoopGroup
  let client: HTTPClient
  let telemetry: ServiceTelemetry
  let resources: ServiceResources
  let traces: ServiceTraces?
  let keys: ServiceKeys
  let tokens: ServiceTokens
  let signatures: ServiceSignatures?
  let rates: ServiceRates
  let refusals: ServiceRefusals
  let ledger: Ledger
  /// How the ledger is read beside itself: for backups and checks.
  let auditing: LedgerConfiguration
  let chamber: Chamber
  let alerts: ServiceAlerts
  let anomalies: ServiceAnomalies
  let breakers: BreakerBoard
  let degradations = DegradationBoard()
  /// What instances share; nil where there is one.
  let redis: ServiceRedis?
  let leases: any Leases
  let webhooks: Webhooks?

  init(_ configuration: Configuration) async throws {
    self.configuration = configuration
    telemetry = try ServiceTelemetry(configuration)
    resources = ServiceResources(configuration, telemetry: telemetry)
    group = try EventLoopGroup(count: configuration[Settings.loops])
    let breakers = BreakerBoard { [telemetry] name, state in telemetry.breakerChanged(name, state) }
    self.breakers = breakers
    degradations.listen { [telemetry] in telemetry.degradationChanged($0) }
    breakers.listen { [degradations] name, state in degradations.follow(name, state) }
    let client = try ServiceCalls.client(configuration, on: group.loops)
    self.client = client
    traces = ServiceTraces(configuration, client: client, telemetry: telemetry, breakers: breakers)
    let data = configuration[Settings.data].text
    let constitution = try Self.constitution(in: configuration[Settings.policies].text)
    var ledgerConfiguration = try LedgerConfiguration(configuration)
    auditing = ledgerConfiguration
    ledgerConfiguration.answering = { [group] in group.gatheringWakeups($0) }
    ledgerConfiguration.waking = { EventLoop.atTurnEnd($0) }
    ledgerConfiguration.wrote = { [ledger = telemetry.metrics.ledger] in ledger.wrote($0) }
    ledger = try Ledger.open(dataFolder: data, configuration: ledgerConfiguration)
    try StartChecks.clock(configuration, newest: ledger.newestTime)
    keys = try ServiceKeys(data: data, configuration)
    redis = try ServiceRedis(
      configuration, on: group.loops, keys: LedgerPaths(folder: data).keys, breakers: breakers,
      degradations: degradations)
    leases = redis?.leases(log: ledger.verifier.text, data: data) ?? OwnLeases()
    tokens = try ServiceTokens(
      configuration, own: keys.signing, client: client, breakers: breakers, degradations: degradations)
    signatures = try ServiceSignatures(
      configuration, isSecure: configuration[ServiceTLS.certificate] != nil, now: WallClock.seconds(), sharing: redis)
    rates = ServiceRates(configuration, sharing: redis)
    refusals = ServiceRefusals(configuration)
    let gatherer = OnePassGatherer()
    @Sendable func council(_ constitution: Constitution) -> Council {
      .seated(by: constitution, gatherer: gatherer, client: client, breakers: breakers)
    }
    var settings = Chamber.Settings(configuration)
    settings.answered = { [telemetry] in telemetry.metrics.answered($0, $1) }
    settings.watch = telemetry.metrics.deliberations
    settings.shared = redis?.findings
    settings.logName = ledger.verifier.text
    settings.revoked = { [tokens, signatures] in
      tokens.obey($0)
      signatures?.obey($0)
    }
    chamber = try await Chamber.open(
      council: council(constitution),
      assemble: { document in council(try Policies.read(document, file: "constitution")) },
      ledger: ledger, signer: keys, settings: settings, jobs: ServiceJobs.settings(configuration))
    telemetry.metrics.watch(chamber)
    telemetry.metrics.watch(breakers, degradations)
    if let redis { telemetry.metrics.watch(redis) }
    alerts = ServiceAlerts(chamber, telemetry: telemetry)
    anomalies = ServiceAnomalies(configuration, data: data, chamber: chamber, telemetry: telemetry, alerts: alerts)
    webhooks = try Webhooks(
      configuration, chamber: chamber, client: client, leases: leases, breakers: breakers, telemetry: telemetry)
    resources.onLook { [chamber, degradations] report in
      chamber.memoryIsShort(report.levels[.memory] ?? .normal > .normal)
      degradations.follow(report)
    }
    resources.onChange { [alerts] resource, _, level in
      if level == .critical { alerts.raise(short: resource) }
    }
  }

  /// What a stop may take beyond `http.drain_deadline`, before the last entry is written.
  static let rest = Duration.seconds(3)

  /// The folder's constitution. Where no folder is named and there is none in the usual place, the one that is built in.
  static func constitution(in folder: String) throws -> Constitution {
    if folder == Settings.policies.defaultValue.text, access("\(folder)/\(Policies.fileName)", F_OK) != 0 {
      return BuiltInConstitution.constitution
    }
    return try Policies.load(folder)
  }

  /// Where to listen.
  static func address(_ configuration: Configuration) throws(UsageError) -> SocketAddress {
    guard case .tcp(let host, let port) = configuration[Settings.listen],
      let address = SocketAddress(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    else {
      throw UsageError("listen must be an address and a port, such as 127.0.0.1:8080")
    }
    return address
  }

  func run(
    reloadingFrom sources: @escaping @Sendable () throws(ConfigurationError) -> ConfigurationSources
  ) async throws {
    let address = try Self.address(configuration)
    var options = serverOptions
    let tls = try ServiceTLS.server(configuration)
    options.transport = tls?.transport
    let reloading = ServiceReload(
      configuration, telemetry: telemetry, tls: tls, signatures: signatures, from: sources
    ) { [telemetry, tokens, rates, resources, anomalies] configuration in
      rates.apply(configuration)
      resources.obey(configuration)
      anomalies.obey(configuration)
      Task { await tokens.renewKeys(telemetry) }
    }
    let reload: @Sendable () throws(Administration.ReloadRefused) -> Administration.Reloaded = {
      () throws(Administration.ReloadRefused) in try reloading.run()
    }
    var exchange: ServiceExchange?
    if let redis {
      exchange = await ServiceExchange(
        redis, chamber: chamber, on: group.loops[0], degradations: degradations
      ) { [telemetry] error in
        telemetry.failed("changes.not_taken", "A change of another instance could not be taken", error)
      }
    }
    if let exchange { telemetry.metrics.watch(exchange) }
    let server = try Server(router: api(reload, exchange).router, options: options)
    telemetry.metrics.watch(server)
    // Before the first request, so that none is taken where there is no room for it.
    resources.measure(group.loops)
    let bound = try await server.start(on: group, at: address)
    try await chamber.note("start", release: release)
    greet(bound, tls == nil ? "http" : "https")
    telemetry.started(bound)
    telemetry.tellOfHost()
    group.loops[0].execute {
      // The loop keeps the watcher. Without one there is no reloading by signal, and all else is well.
      _ = try? SignalWatcher(on: group.loops[0], [SIGHUP]) { _ in _ = try? reload() }
    }
    let housekeeping = Task { try await keepHouse() }
    let watching = Task { try await watchResources(group.loops) }
    let judging = Task { await anomalies.run() }
    defer { housekeeping.cancel() }
    let exporting = Task { if let traces { await traces.run() } }
    let working = Task.detached(priority: .utility) { [chamber, leases, resources, telemetry] in
      await ServiceJobs.runner(chamber, leases, resources.headroom, telemetry, traces).run()
    }
    let telling = Task { [webhooks] in if let webhooks { await webhooks.run() } }
    try await server.runUntilSignalled(on: group.loops[0]) {
      resources.headroom.stop()
      telemetry.stopping()
    }
    // What tells others has so long for its last words, all of it together: nobody out there can hold up an end.
    let last = ContinuousClock.now + Self.rest
    telling.cancel()
    await telling.ended(by: last)
    working.cancel()
    await working.ended(by: last)
    // Ended before anything that they use is.
    watching.cancel()
    judging.cancel()
    _ = await watching.result
    await judging.value
    exporting.cancel()
    await exporting.ended(by: last)
    await Task { [exchange] in if let exchange { await exchange.stop() } }.ended(by: last)
    redis?.close()
    try? await refusals.record(in: chamber, isLast: true)
    try await chamber.note("stop", release: release)
    ledger.close()
    telemetry.log.output.flush(within: .seconds(1))
  }

  /// What has to be done now and then, whether anybody asks or not.
  private func keepHouse() async throws {
    while true {
      try await Task.sleep(for: .seconds(5))
      await tokens.foreign?.refreshIfDue(now: WallClock.seconds())
      do {
        try await chamber.closeExpiredReviews()
      } catch {
        telemetry.failed("reviews.expiry_failed", "Reviews that ran out could not be closed", error)
      }
      do {
        try await refusals.record(in: chamber)
      } catch {
        telemetry.failed("refusals.unrecorded", "Refused credentials could not be put on record yet", error)
      }
    }
  }

  private func watchResources(_ loops: [EventLoop]) async throws {
    while true {
      // What a start costs in its first moment is no share of the processors that anybody should hear of.
      try await Task.sleep(for: min(resources.interval, telemetry.notifier.watchdogInterval ?? .seconds(3600)))
      resources.measure(loops)
    }
  }

  private func api(
    _ reload: @escaping @Sendable () throws(Administration.ReloadRefused) -> Administration.Reloaded,
    _ exchange: ServiceExchange?
  ) -> API {
    var gatekeeper = gatekeeper
    gatekeeper.knowsRevocations = exchange?.knowsRevocations
    var settings = APISettings(
      release: release, keySet: keys.published.published().jsonBytes,
      metrics: { [telemetry] in telemetry.text($0) })
    settings.requestTime = ServiceLimits.time(configuration)
    settings.publishesEntries = configuration[ServiceAdministration.publicEntries]
    settings.publishesMetrics = configuration[ServiceAdministration.publicMetrics]
    settings.publishesDocuments = configuration[ServiceAdministration.publicDocuments]
    let health = ServiceHealth(configuration, resources: resources, tokens: tokens)
    settings.headroom = resources.headroom
    settings.host = { health.host }
    settings.administration = ServiceAdministration.administration(
      data: configuration[Settings.data].text, ledger: auditing, breakers: breakers, degradations: degradations,
      reload: reload)
    settings.administration?.listeners = { [webhooks] in webhooks?.listeners ?? [] }
    settings.checks =
      health.checks(breakers, knowsRevocations: gatekeeper.knowsRevocations) + (redis.map { [$0.check] } ?? [])
    settings.permits = PermitReader(keySet: keys.published, issuer: configuration[Settings.origin])
    return API(chamber: chamber, gatekeeper: gatekeeper, settings: settings)
  }

  private var gatekeeper: Gatekeeper {
    var gatekeeper = Gatekeeper(
      verifier: tokens.verifier, now: { WallClock.seconds() },
      refused: { [telemetry, refusals] reason, request in
        telemetry.refusedToken(reason, request)
        refusals.add()
      })
    gatekeeper.signatures = signatures?.requests
    gatekeeper.limits = rates.limits
    gatekeeper.limits?.refused = { [metrics = telemetry.metrics] in metrics.limited($0) }
    return gatekeeper
  }

  private var serverOptions: ServerOptions {
    var options = ServerOptions()
    options.limits = ServiceLimits.limits(configuration)
    options.cors = ServiceCORS.cors(configuration)
    telemetry.watch(&options)
    traces?.watch(&options)
    return options
  }

  /// Where things are, and a line that works. There is a token in it only at a terminal of this machine: what goes to a file or
  /// into a pipe is kept by others, so there the line has one made.
  private func greet(_ address: SocketAddress, _ scheme: String) {
    var text = "Witan \(release) listens on \(scheme)://\(address)\n"
    text += "  data and keys   \(LedgerPaths(folder: configuration[Settings.data].text).folder)\n"
    text += "  constitution    \(chamber.inForce.council.constitution.version)\n"
    text += "  log key         \(ledger.verifier.text)\n"
    if address.isLoopback, !telemetry.isManaged, let (remark, credentials) = firstToken {
      text += """

        Post a case (\(remark)):

          curl -s \(scheme)://\(address)/v1/deliberations \\
            -H \(credentials) \\
            -H 'Content-Type: application/json' \\
            -d '{"kind": "tool_call", "action": "shell", "input": "rm -rf / --no-preserve-root", "actor": "agent-7"}'

        """
    }
    writeText(text, to: 1)
  }

  /// The field with a token for first steps as the shell takes it, and what to say of it.
  private var firstToken: (remark: String, credentials: String)? {
    let audiences = configuration[Settings.audiences]
    let (subject, roles) = ("first-steps", ["decider", "auditor"])
    guard isatty(STDOUT_FILENO) == 1 else {
      guard let program = Self.absolute("/proc/self/exe"), let data = Self.absolute(configuration[Settings.data].text)
      else { return nil }
      let options = roles.map { "--role \($0)" } + audiences.map { "--aud \(Self.quoted($0))" }
      let command =
        "\(Self.quoted(program)) token create --subject \(subject) \(options.joined(separator: " ")) --data \(Self.quoted(data))"
      return ("its token is made for it, and valid for an hour", "\"Authorization: Bearer $(\(command))\"")
    }
    let token = try? keys.token(subject: subject, roles: roles, lifetime: 3600, issuer: nil, audience: audiences)
    return token.map { ("this token is valid for an hour", "'Authorization: Bearer \($0)'") }
  }

  private static func absolute(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// A word for the shell.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "/._-+:@".utf8.contains(byte)
    }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}

extension Task where Success == Void, Failure == Never {
  /// Returns when the task has ended, and at `last` at the latest; then it is left to itself.
  func ended(by last: ContinuousClock.Instant) async {
    let (ends, end) = AsyncStream<Void>.makeStream()
    let watch = Task { [self] in
      await value
      end.yield()
    }
    let alarm = Task {
      try? await Task<Never, Never>.sleep(until: last, clock: .continuous)
      end.yield()
    }
    for await _ in ends { break }
    watch.cancel()
    alarm.cancel()
  }
}

extension Chamber.Settings {
  init(_ configuration: Configuration) {
    self.init()
    issuer = configuration[Settings.origin]
    cacheBytes = configuration[Settings.cacheBytes].bytes
    cacheLifetime = configuration[Settings.cacheLifetime]
  }
}

extension LedgerConfiguration {
  init(_ configuration: Configuration) throws(UsageError) {
    self.init()
    try takeKeys(configuration)
    origin = configuration[Settings.origin]
    retentionDays = configuration[Settings.retention]
    queueLimit = configuration[Settings.queueLimit]
    groupLimit = configuration[Settings.groupLimit]
    let wait = configuration[Settings.longestWait].components
    longestWait = Int(wait.seconds) * 1000 + Int(wait.attoseconds / 1_000_000_000_000_000)
    let delay = configuration[Settings.publishDelay].components
    publishDelay = Int(delay.seconds) * 1000 + Int(delay.attoseconds / 1_000_000_000_000_000)
  }
}
