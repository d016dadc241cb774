// Outside critics, heard at the same time, each within its own deadline or what is left to whoever asked, if that is less.
// Whoever has not answered by then is cut off and abstains; nobody holds the answer beyond its budget, whether or not it heeds
// its cancellation.
import Locking
import Resilience

/// One hearing: call the critics, do other work, then close it and take the answers.
final class Hearing: Sendable {
  private struct State {
    var answers: [Int: Opinion] = [:]
    var tasks: [Int: [Task<Void, Never>]] = [:]
    var called = 0
    var isClosed = false
    var waiting: CheckedContinuation<Void, Never>?
  }

  private let state = Locked(State())
  private let examination: Examination
  private let clock: any Clock<Duration>
  private let time: @Sendable () -> ContinuousClock.Instant
  private let executor: (any TaskExecutor)?
  private let watch: (any DeliberationWatch)?
  /// Until when whoever asked waits, and how long that was in the beginning; nil without end.
  private let until: Deadline?
  private let left: Duration?
  /// When the critics were called, by the watch's clock.
  private let began: UInt64

  init(
    _ examination: Examination, clock: any Clock<Duration>, time: @escaping @Sendable () -> ContinuousClock.Instant,
    executor: (any TaskExecutor)? = nil, watch: (any DeliberationWatch)? = nil
  ) {
    self.examination = examination
    self.clock = clock
    self.time = time
    self.executor = executor
    self.watch = watch
    until = Deadline.current
    left = until?.remaining(at: time())
    began = watch?.now() ?? 0
  }

  /// How long a critic may take, and what its silence until then is.
  private func budget(_ charter: Charter) -> (time: Duration, silence: Abstention) {
    let own = charter.deadlineMilliseconds
    guard let left, left < .milliseconds(own) else { return (.milliseconds(own), .late(milliseconds: own)) }
    return (left, .hurried(milliseconds: Int((left.nanoseconds + 999_999) / 1_000_000)))
  }

  /// Whether a critic that fails now does so for want of time: what it calls may find the end a moment before this does.
  private func wasCutShort(_ charter: Charter) -> Bool {
    guard let left, let until, left < .milliseconds(charter.deadlineMilliseconds) else { return false }
    return until.remaining(at: time()) < .milliseconds(5)
  }

  /// Asks a critic. Its answer and its deadline race in two tasks of which neither waits for the other. The deadline goes
  /// before other work, so that cores busy with batches and previews do not hold up an answer that is due.
  func call(_ critic: any OutsideCritic, seat: Int, charter: Charter) {
    state.withLock { $0.called += 1 }
    let budget = budget(charter)
    guard budget.time > .zero else { return settle(seat, .abstaining(charter.critic, budget.silence)) }
    let asking = Task(executorPreference: executor) { [self] in
      let opinion: Opinion
      do throws(CriticFailure) {
        opinion = try await critic.examine(examination, under: charter)
      } catch {
        opinion = .abstaining(charter.critic, wasCutShort(charter) ? budget.silence : .failed(error.reason))
      }
      settle(seat, opinion)
    }
    let deadline = Task(executorPreference: executor, priority: .high) { [self] in
      do {
        try await clock.sleep(for: budget.time)
      } catch { return }
      settle(seat, .abstaining(charter.critic, budget.silence))
    }
    let isLate = state.withLock { state in
      if state.answers[seat] != nil { return true }
      state.tasks[seat] = [asking, deadline]
      return false
    }
    if isLate {
      asking.cancel()
      deadline.cancel()
    }
  }

  /// Waits until every critic has answered or run out of time. A cancelled caller gets what is there at once.
  func close() async -> [(seat: Int, opinion: Opinion)] {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isComplete = state.withLock { state in
          if state.answers.count == state.called || state.isClosed { return true }
          state.waiting = continuation
          return false
        }
        if isComplete { continuation.resume() }
      }
    } onCancel: {
      cancel()
    }
    return state.withLock { state in state.answers.map { ($0.key, $0.value) } }
  }

  /// The first answer of a seat counts; the race is then over.
  private func settle(_ seat: Int, _ opinion: Opinion) {
    let (tasks, waiting) = state.withLock { state -> ([Task<Void, Never>], CheckedContinuation<Void, Never>?) in
      guard state.answers[seat] == nil, !state.isClosed else { return ([], nil) }
      state.answers[seat] = opinion
      // Before the last answer lets the caller go on, so that no watch hears of a deliberation that is over.
      if let watch { watch.passed(.heard(opinion, isOutside: true), from: began, to: watch.now()) }
      watch?.listener?.tell(opinion, of: seat, under: examination.constitution)
      let tasks = state.tasks.removeValue(forKey: seat) ?? []
      guard state.answers.count == state.called else { return (tasks, nil) }
      let waiting = state.waiting
      state.waiting = nil
      return (tasks, waiting)
    }
    for task in tasks { task.cancel() }
    waiting?.resume()
  }

  /// Everybody still asked abstains as cancelled.
  private func cancel() {
    let (tasks, waiting) = state.withLock { state -> ([Task<Void, Never>], CheckedContinuation<Void, Never>?) in
      state.isClosed = true
      for seat in state.tasks.keys {
        let critic = examination.constitution.critics[seat].critic
        state.answers[seat] = .abstaining(critic, .cancelled)
      }
      let tasks = state.tasks.values.flatMap { $0 }
      state.tasks = [:]
      let waiting = state.waiting
      state.waiting = nil
      return (tasks, waiting)
    }
    for task in tasks { task.cancel() }
    waiting?.resume()
  }
}
