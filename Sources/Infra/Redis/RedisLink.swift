// Keeps one connection to Redis alive on one loop: finds the server, perhaps through sentinels, greets it, asks it for signs
// of life, and comes back after a loss with growing, jittered waits.
import Locking
import Net
import Resilience

/// What has happened on a client's links.
package struct RedisHealth: Sendable, Hashable {
  package var connected = 0
  package var links = 0
  package var connections = 0
  package var losses = 0
  /// Why the last connection ended or was not made.
  package var lastFailure: String?
}

/// Proof for `@unchecked Sendable`: all state is touched by the loop's thread alone, but for `health`, which is locked.
final class RedisLink: @unchecked Sendable {
  let loop: EventLoop
  private let settings: RedisSettings
  /// Runs on the loop when a connection is ready for commands, before anybody else uses it.
  private let ready: (@Sendable (RedisConnection) -> Void)?
  let health = Locked(RedisHealth())

  private(set) var connection: RedisConnection?
  /// Open, but not greeted yet.
  private var coming: RedisConnection?
  private var attempt = 0
  /// Tells this try to connect from earlier ones that come to their end late.
  private var trial = 0
  private var trialTimer: TimerToken?
  private var sentinels: [RedisHost]
  /// Which connection with messages was last asked for a sign of life, and when.
  private var asked: (connection: RedisConnection, time: UInt64)?
  private var isClosed = false

  init(on loop: EventLoop, settings: RedisSettings, ready: (@Sendable (RedisConnection) -> Void)? = nil) {
    self.loop = loop
    self.settings = settings
    self.ready = ready
    if case .sentinels(let hosts, _) = settings.url.place { sentinels = hosts } else { sentinels = [] }
    health.withLock { $0.links = 1 }
  }

  /// Begins; from any thread.
  func start() {
    loop.execute { [self] in
      connect()
      watchForLife()
    }
  }

  func close() {
    loop.execute { [self] in
      isClosed = true
      trial += 1
      connection?.end("the client is closed")
      coming?.end("the client is closed")
    }
  }

  /// Sends a command over the connection, if there is one; on the loop.
  func send(
    _ command: RedisCommand, within nanoseconds: UInt64, _ answer: @escaping (Result<RedisValue, RedisError>) -> Void
  ) {
    guard let connection else {
      if isClosed { return answer(.failure(.closed)) }
      return answer(.failure(.notConnected(health.withLock { $0.lastFailure } ?? "not yet")))
    }
    connection.send(command, within: nanoseconds) { [weak self] result in
      // A master that became a replica keeps its connections, and will refuse for ever.
      if case .failure(.refused(let message)) = result, message.hasPrefix("READONLY") { self?.foundReplica() }
      answer(result)
    }
  }

  private func foundReplica() {
    if case .sentinels = settings.url.place { connection?.end("the master is no longer one") }
  }

  // MARK: Connecting

  private func connect() {
    guard !isClosed else { return }
    trial += 1
    let trial = trial
    trialTimer = loop.schedule(after: UInt64(settings.connectDeadline.nanoseconds)) { [weak self] in
      self?.fail(trial, "no connection in \(self?.settings.connectDeadline ?? .zero)")
    }
    switch settings.url.place {
    case .server(let host): reach(host, trial)
    case .sentinels(_, let master): ask(sentinels[0], master, trial)
    }
  }

  private func fail(_ trial: Int, _ reason: String) {
    guard trial == self.trial, !isClosed else { return }
    self.trial += 1
    if let trialTimer { loop.cancel(trialTimer) }
    let left = coming
    coming = nil
    left?.end(reason)
    health.withLock { $0.lastFailure = reason }
    // The next sentinel's turn.
    if sentinels.count > 1 { sentinels.append(sentinels.removeFirst()) }
    attempt += 1
    loop.schedule(after: UInt64(settings.backoff.delay(attempt).nanoseconds)) { [weak self] in self?.connect() }
  }

  private func reach(_ host: RedisHost, _ trial: Int) {
    open(host, settings, trial) { [weak self] connection in self?.greet(connection, trial) }
  }

  private func open(
    _ host: RedisHost, _ settings: RedisSettings, _ trial: Int,
    _ opened: @escaping @Sendable (RedisConnection) -> Void
  ) {
    NameLookup.shared.addresses(of: host, for: self, on: loop) { [weak self] found in
      guard let self, trial == self.trial else { return }
      switch found {
      case .failure(let failure): fail(trial, "\(host): \(failure.reason)")
      case .success(let addresses):
        // Of several addresses another one each time.
        let address = addresses[attempt % addresses.count]
        do throws(SystemError) {
          coming = try RedisConnection(
            on: loop, to: address, host: host.name, settings: settings, opened: opened,
            ended: { [weak self] connection, reason in self?.lost(connection, trial, "\(host): \(reason)") })
        } catch { fail(trial, "\(host): \(error)") }
      }
    }
  }

  private func lost(_ connection: RedisConnection, _ trial: Int, _ reason: String) {
    if connection === self.connection {
      self.connection = nil
      asked = nil
      health.withLock { health in
        health.connected = 0
        health.losses += 1
        health.lastFailure = reason
      }
      attempt = 1
      guard !isClosed else { return }
      loop.schedule(after: UInt64(settings.backoff.delay(1).nanoseconds)) { [weak self] in self?.connect() }
    } else if connection === coming {
      coming = nil
      fail(trial, reason)
    }
  }

  // MARK: Greeting

  private func greet(_ connection: RedisConnection, _ trial: Int) {
    var commands: [RedisCommand] = []
    if let password = settings.password ?? settings.url.password {
      commands.append(
        settings.url.user.map { RedisCommand("AUTH", .init($0), .init(password)) }
          ?? RedisCommand("AUTH", .init(password)))
    }
    if settings.url.database != 0 { commands.append(RedisCommand("SELECT", .init(settings.url.database))) }
    if case .sentinels = settings.url.place { commands.append(RedisCommand("ROLE")) }
    commands.append(RedisCommand("PING"))
    say(commands[...], to: connection, trial) { [weak self] in self?.welcome(connection, trial) }
  }

  private func say(
    _ commands: ArraySlice<RedisCommand>, to connection: RedisConnection, _ trial: Int, _ done: @escaping () -> Void
  ) {
    var left = commands.count
    for command in commands {
      connection.send(command, within: UInt64(settings.connectDeadline.nanoseconds)) { [weak self] result in
        guard let self, trial == self.trial else { return }
        switch result {
        case .failure(let error): fail(trial, "\(error)")
        case .success(.list(let role)) where role.first?.text != "master":
          fail(trial, "the server that sentinels name is no master")
        case .success:
          left -= 1
          if left == 0 { done() }
        }
      }
    }
  }

  private func welcome(_ connection: RedisConnection, _ trial: Int) {
    guard trial == self.trial, connection.isOpen else { return }
    self.trial += 1
    if let trialTimer { loop.cancel(trialTimer) }
    coming = nil
    self.connection = connection
    attempt = 0
    health.withLock { health in
      health.connected = 1
      health.connections += 1
      health.lastFailure = nil
    }
    ready?(connection)
  }

  // MARK: Sentinels

  private func ask(_ sentinel: RedisHost, _ master: String, _ trial: Int) {
    open(sentinel, settings, trial) { [weak self] connection in
      guard let self else { return }
      var commands: [RedisCommand] = []
      if let password = settings.sentinelPassword { commands.append(RedisCommand("AUTH", .init(password))) }
      let question = RedisCommand("SENTINEL", "get-master-addr-by-name", .init(master))
      let last = { [weak self] in
        connection.send(question, within: UInt64(self?.settings.connectDeadline.nanoseconds ?? 0)) { result in
          self?.told(result, by: connection, trial)
        }
      }
      if commands.isEmpty { last() } else { say(commands[...], to: connection, trial, last) }
    }
  }

  private func told(_ result: Result<RedisValue, RedisError>, by sentinel: RedisConnection, _ trial: Int) {
    guard trial == self.trial else { return }
    guard case .success(.list(let words)) = result, words.count == 2, let name = words[0].text,
      let port = words[1].text.flatMap({ UInt16($0) })
    else {
      if case .failure(let error) = result { return fail(trial, "a sentinel says: \(error)") }
      return fail(trial, "a sentinel knows no master of this name")
    }
    // Its end is no failure: nobody waits for it any more.
    coming = nil
    sentinel.end("the sentinel has answered")
    reach(RedisHost(name: name, port: port), trial)
  }

  // MARK: Signs of life

  private func watchForLife() {
    let half = UInt64(settings.idleDeadline.nanoseconds) / 2
    loop.schedule(after: half) { [weak self] in
      guard let self, !isClosed else { return }
      if let connection, connection.messages != nil {
        // The answer comes among the messages. Whoever was asked has the whole time until the next look, however late it is.
        if let asked, asked.connection === connection, connection.lastHeard < asked.time {
          connection.end("no sign of life")
        } else if loop.now >= connection.lastHeard + half / 2 {
          asked = (connection, loop.now)
          connection.tell(RedisCommand("PING"))
        }
      } else if let connection, loop.now >= connection.lastHeard + half {
        connection.send(RedisCommand("PING"), within: half) { [weak connection] result in
          if case .failure(.deadlinePassed) = result { connection?.end("no sign of life") }
        }
      }
      watchForLife()
    }
  }
}
