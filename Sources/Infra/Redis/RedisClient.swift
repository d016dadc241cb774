// Redis for a process: a connection on each loop, used by whoever runs there, so that no command crosses threads.
import Locking
import Net
import Resilience

/// A client on the event loops of a process.
///
///     let redis = RedisClient(on: group.loops, settings: RedisSettings(url: try RedisURL("redis://127.0.0.1")))
///     let value = try await redis.call(RedisCommand("GET", "key"), within: .milliseconds(20))
///
/// It never waits for a connection: without one a call fails at once. Commands of one turn of a loop go out together.
/// Nothing is sent twice by the client itself.
package final class RedisClient: Sendable {
  private let links: [RedisLink]

  /// `loops` must not be empty. Connecting begins at once, in the background.
  package init(on loops: [EventLoop], settings: RedisSettings) {
    precondition(!loops.isEmpty, "a client lives on a loop")
    links = loops.map { RedisLink(on: $0, settings: settings) }
    for link in links { link.start() }
  }

  deinit { close() }

  /// Ends what is under way, and closes all connections. From any thread.
  package func close() { for link in links { link.close() } }

  package var health: RedisHealth {
    links.reduce(into: RedisHealth()) { sum, link in
      let one = link.health.withLock { $0 }
      sum.connected += one.connected
      sum.links += one.links
      sum.connections += one.connections
      sum.losses += one.losses
      sum.lastFailure = sum.lastFailure ?? one.lastFailure
    }
  }

  /// Sends a command and waits for its answer, until the sooner of `time` from now and the current deadline.
  package nonisolated(nonsending) func call(
    _ command: RedisCommand, within time: Duration
  ) async throws(RedisError) -> RedisValue {
    let nanoseconds = Self.nanoseconds(Deadline.allowed(of: time).time)
    let link = link
    let result = await Handover<Result<RedisValue, RedisError>>.wait { waiter in
      if link.loop.isCurrent {
        link.send(command, within: nanoseconds) { waiter.give($0) }
      } else {
        link.loop.execute { link.send(command, within: nanoseconds) { waiter.give($0) } }
      }
    }
    return try result.get()
  }

  /// Sends commands together, and waits for all their answers, until the sooner of `time` from now and the current deadline:
  /// what each came to by then, in their order.
  package nonisolated(nonsending) func callAll(
    _ commands: [RedisCommand], within time: Duration
  ) async -> [Result<RedisValue, RedisError>] {
    if commands.isEmpty { return [] }
    let nanoseconds = Self.nanoseconds(Deadline.allowed(of: time).time)
    let link = link
    return await Handover<[Result<RedisValue, RedisError>]>.wait { waiter in
      let answers = AnswersTogether(of: commands.count, to: waiter)
      let send: @Sendable () -> Void = {
        for (place, command) in commands.enumerated() {
          link.send(command, within: nanoseconds) { answers.put($0, at: place) }
        }
      }
      if link.loop.isCurrent { send() } else { link.loop.execute(send) }
    }
  }

  /// Sends a command, and lets `done` hear of the answer on a loop; nobody waits, so no deadline of a caller counts.
  package func tell(
    _ command: RedisCommand, within time: Duration, _ done: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
  ) {
    let nanoseconds = Self.nanoseconds(time)
    let link = link
    if link.loop.isCurrent {
      link.send(command, within: nanoseconds, done)
    } else {
      link.loop.execute { link.send(command, within: nanoseconds, done) }
    }
  }

  /// Runs a script, which is atomic on the server; it is sent as a whole where the server does not know it yet.
  package nonisolated(nonsending) func run(
    _ script: RedisScript, keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word], within time: Duration
  ) async throws(RedisError) -> RedisValue {
    let end = ContinuousClock.now + time
    do throws(RedisError) {
      return try await call(script.known(keys, arguments), within: time)
    } catch {
      // It was not run at all.
      guard error.code == "NOSCRIPT" else { throw error }
    }
    return try await call(script.whole(keys, arguments), within: end - .now)
  }

  /// As `run`, without waiting.
  package func tell(
    _ script: RedisScript, keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word], within time: Duration,
    _ done: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
  ) {
    tell(script.known(keys, arguments), within: time) { [self] result in
      guard case .failure(let error) = result, error.code == "NOSCRIPT" else { return done(result) }
      tell(script.whole(keys, arguments), within: time, done)
    }
  }

  private var link: RedisLink { links.first { $0.loop.isCurrent } ?? links[0] }

  private static func nanoseconds(_ time: Duration) -> UInt64 {
    UInt64(max(0, time.nanoseconds))
  }
}

/// Gathers the answers to commands that were sent together.
private final class AnswersTogether: Sendable {
  private let state: Locked<(answers: [Result<RedisValue, RedisError>?], open: Int)>
  private let waiter: Handover<[Result<RedisValue, RedisError>]>

  init(of count: Int, to waiter: Handover<[Result<RedisValue, RedisError>]>) {
    state = Locked((Array(repeating: nil, count: count), count))
    self.waiter = waiter
  }

  func put(_ answer: Result<RedisValue, RedisError>, at place: Int) {
    let all = state.withLock { state -> [Result<RedisValue, RedisError>]? in
      state.answers[place] = answer
      state.open -= 1
      return state.open == 0 ? state.answers.compactMap(\.self) : nil
    }
    if let all { waiter.give(all) }
  }
}
