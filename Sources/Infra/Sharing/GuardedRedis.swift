// Redis as the instances use it: within a budget of time, behind a breaker, never more calls at once than it bears. Whatever
// is wrong with it, a caller loses no more than the budget, and mostly nothing.
import Locking
import Redis
import Resilience
import Synchronization

/// What Redis has been for one purpose.
package struct SharingStatistics: Sendable, Hashable {
  package var calls = 0
  /// Without an answer in time, or without a connection.
  package var failures = 0
  /// Answered by a refusal: no memory, read only, no permission.
  package var refusals = 0
  /// Not even tried, while the breaker was open or too many calls were under way.
  package var skips = 0
}

/// Why Redis was of no use.
package struct SharingFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package let reason: String
  /// Redis answered, and said no.
  package let isRefusal: Bool
  /// The time was over that others had left, which says nothing of Redis.
  package var isOutOfTime = false
  /// It was sent, and may be carried out yet.
  package var mayFollow = false

  package var description: String { reason }
}

package final class GuardedRedis: Sendable {
  /// The name of the part that falls back without it: `cache.l2`, `limits.shared`.
  package let part: String
  /// How that is reported.
  package let level: DegradationLevel
  package let breaker: Breaker
  let client: RedisClient
  private let bulkhead: Bulkhead
  private let board: DegradationBoard
  private let counts = Locked(SharingStatistics())
  private let isTryingAgain = Locked(false)
  /// Whether it did not answer when it was last called.
  private let isInDoubt = Atomic(false)

  /// A short window: with thousands of calls a second, half of those of ten seconds is far too many to lose.
  package static let breakerSettings: BreakerSettings = {
    var settings = BreakerSettings()
    settings.window = .seconds(1)
    settings.least = 5
    settings.pause = .milliseconds(250)
    settings.longest = .seconds(2)
    return settings
  }()

  private static let bulkheadSettings: BulkheadSettings = {
    var settings = BulkheadSettings()
    (settings.least, settings.initial, settings.most, settings.queue) = (4, 128, 1024, 0)
    // On one machine with its clients, Redis is as busy as they are.
    settings.tolerance = 8
    return settings
  }()

  package init(
    _ client: RedisClient, part: String, level: DegradationLevel, breaker: Breaker, board: DegradationBoard
  ) {
    self.client = client
    self.part = part
    self.level = level
    self.breaker = breaker
    self.board = board
    bulkhead = Bulkhead(Self.bulkheadSettings)
  }

  package var statistics: SharingStatistics { counts.withLock { $0 } }

  /// Runs a script, and gives its answer within `budget` or not at all. `isRest`: `budget` is what others have left of it, and
  /// being late in it says nothing of Redis.
  package nonisolated(nonsending) func run(
    _ script: RedisScript, keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word], within budget: Duration,
    isRest: Bool = false
  ) async throws(SharingFailure) -> RedisValue {
    try await call(within: budget, isRest) { () async throws(RedisError) in
      try await client.run(script, keys: keys, arguments, within: budget)
    }
  }

  package nonisolated(nonsending) func run(
    _ command: RedisCommand, within budget: Duration
  ) async throws(SharingFailure) -> RedisValue {
    try await call(within: budget) { () async throws(RedisError) in try await client.call(command, within: budget) }
  }

  private nonisolated(nonsending) func call(
    within budget: Duration, _ isRest: Bool = false,
    _ work: nonisolated(nonsending) () async throws(RedisError) -> RedisValue
  ) async throws(SharingFailure) -> RedisValue {
    let began = ContinuousClock.now
    let (allowed, isCut) = Deadline.allowed(of: budget, from: began)
    guard allowed > .zero else { throw noTime }
    let admission = try admit()
    do throws(RedisError) {
      let value = try await work()
      settle(admission, nil, took: .now - began, of: budget)
      return value
    } catch {
      if isCut || isRest, error == .deadlinePassed {
        // It had less time than it may take.
        bulkhead.leave(took: nil)
        breaker.withdraw(admission)
        var failure = noTime
        failure.mayFollow = true
        throw failure
      }
      settle(admission, error, took: .now - began, of: budget)
      var failure = SharingFailure(reason: "\(error)", isRefusal: error.code != nil)
      failure.mayFollow = error == .deadlinePassed
      throw failure
    }
  }

  /// What whoever falls back for this reason says of it.
  func degradation(_ reason: String) -> Degradation { Degradation(part: part, level: level, reason: reason) }

  private var noTime: SharingFailure {
    SharingFailure(
      reason: "\(part): the time of the request was over before Redis answered", isRefusal: false, isOutOfTime: true)
  }

  private var isLeftAlone: SharingFailure {
    SharingFailure(reason: "\(part): Redis failed too often of late and is left alone", isRefusal: false)
  }

  private var isCrowded: SharingFailure {
    SharingFailure(
      reason: "\(part): this instance has as many calls to Redis under way as it bears", isRefusal: false)
  }

  /// Runs commands that go out together: what each came to, within `budget` or not at all. They count as one call. While Redis
  /// is in doubt it is not called: of many who come one after the other, as the parts of a batch do, one finds out, and the
  /// others lose nothing. `isRest`: `budget` is what others have left of it, and being late in it says nothing of Redis.
  package nonisolated(nonsending) func runAll(
    _ commands: [RedisCommand], within budget: Duration, isRest: Bool = false
  ) async -> [Result<RedisValue, SharingFailure>] {
    func all(_ failure: SharingFailure) -> [Result<RedisValue, SharingFailure>] {
      commands.map { _ in .failure(failure) }
    }
    if commands.isEmpty { return [] }
    let (allowed, isCut) = Deadline.allowed(of: budget)
    guard allowed > .zero else { return all(noTime) }
    guard !isInDoubt.load(ordering: .relaxed) else { return all(isLeftAlone) }
    let admission: Breaker.Admission
    do throws(SharingFailure) { admission = try admit() } catch { return all(error) }
    let answers = await client.callAll(commands, within: budget)
    let errors = answers.compactMap { answer in if case .failure(let error) = answer { error } else { nil } }
    // How long many took together says nothing of how long one takes.
    if let grave = errors.first(where: { $0.code == nil }) {
      if isCut || isRest, grave == .deadlinePassed {
        bulkhead.leave(took: nil)
        breaker.withdraw(admission)
      } else {
        settle(admission, grave, took: nil, of: budget)
      }
    } else {
      settle(admission, errors.first, took: nil, of: budget)
    }
    return answers.map { answer in
      answer.mapError { error in
        isCut && error == .deadlinePassed ? noTime : SharingFailure(reason: "\(error)", isRefusal: error.code != nil)
      }
    }
  }

  /// Runs a script without waiting for it, however many calls are under way: what is told ends something that others wait for.
  /// What may wait for an answer on one connection bounds it.
  package func tell(
    _ script: RedisScript, keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word], within budget: Duration,
    _ done: @escaping @Sendable (Bool) -> Void = { _ in }
  ) {
    guard let admission = try? admit(isUrgent: true) else { return done(false) }
    let began = ContinuousClock.now
    client.tell(script, keys: keys, arguments, within: budget) { [self] result in
      if case .failure(let error) = result {
        settle(admission, error, took: .now - began, of: budget)
        done(false)
      } else {
        settle(admission, nil, took: .now - began, of: budget)
        done(true)
      }
    }
  }

  /// Sends a script that undoes what may be carried out yet: behind it on the same connection, whatever the breaker says.
  package func undo(_ script: RedisScript, keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word]) {
    client.tell(script, keys: keys, arguments, within: .seconds(1)) { _ in }
  }

  private func admit(isUrgent: Bool = false) throws(SharingFailure) -> Breaker.Admission {
    guard bulkhead.enter(isUrgent: isUrgent) else {
      counts.withLock { $0.skips += 1 }
      throw isCrowded
    }
    guard let admission = breaker.admit() else {
      bulkhead.leave(took: nil)
      counts.withLock { $0.skips += 1 }
      throw isLeftAlone
    }
    counts.withLock { $0.calls += 1 }
    return admission
  }

  private func settle(_ admission: Breaker.Admission, _ error: RedisError?, took: Duration?, of budget: Duration) {
    let isRefusal = error?.code != nil
    bulkhead.leave(took: error == nil ? took : nil, isOverload: error == .deadlinePassed)
    // What is refused was answered: the thing is there, and other calls may succeed.
    breaker.record(admission, success: error == nil || isRefusal)
    let isSilent = error != nil && !isRefusal
    if isInDoubt.load(ordering: .relaxed) != isSilent { isInDoubt.store(isSilent, ordering: .relaxed) }
    guard let error else { return }
    counts.withLock { if isRefusal { $0.refusals += 1 } else { $0.failures += 1 } }
    board.fell(degradation("\(error)"))
    tryAgain(within: budget)
  }

  // MARK: Finding out that all is well

  private static let patience = Backoff(first: .milliseconds(100), longest: .seconds(2))

  /// Tries for itself whether Redis is of use again, until it is: else a part that nobody asks would be said to have fallen
  /// back for as long as nobody asks. One success of a caller is no proof: where nothing can be stored, something is found.
  private func tryAgain(within budget: Duration) {
    let isAlone = isTryingAgain.withLock { isTrying in
      defer { isTrying = true }
      return !isTrying
    }
    guard isAlone else { return }
    // Of no caller, whose deadline may be over.
    Task.detached { [weak self] in
      for number in 0... {
        // At first for a second, so that what comes and goes is not told each time.
        try? await Task.sleep(for: number == 0 ? .seconds(1) : Self.patience.delay(number))
        guard let self else { return }
        guard await isOfUse(within: budget), !isInDoubt.load(ordering: .relaxed) else { continue }
        isTryingAgain.withLock { $0 = false }
        board.recovered(part)
        // Who failed in between found this one at work.
        if isInDoubt.load(ordering: .relaxed) { tryAgain(within: budget) }
        return
      }
    }
  }

  /// Whether Redis can be written to in time.
  private nonisolated(nonsending) func isOfUse(within budget: Duration) async -> Bool {
    let trial = RedisCommand("SET", "witan:trial:\(part)", "1", "PX", 1000)
    return (try? await run(trial, within: budget)) != nil
  }
}
