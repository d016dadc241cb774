// The one thread of a simulation, and its time. Jobs of tasks run one at a time in an order that the seed chooses, on the
// thread that drives them; time passes only when it is told to.
import Glibc

@testable import Engine

/// Proof for `@unchecked Sendable`: only the thread that made it uses it, which every entry checks.
final class OneThread: TaskExecutor, @unchecked Sendable {
  private let owner = pthread_self()
  private var ready: [UnownedJob] = []

  func enqueue(_ job: consuming ExecutorJob) {
    precondition(pthread_equal(owner, pthread_self()) != 0, "another thread takes part in the simulation")
    ready.append(UnownedJob(job))
  }

  var isIdle: Bool { ready.isEmpty }

  /// Runs one of the jobs that are ready, up to where its task waits again.
  func runOne(_ random: inout Randomness) {
    guard !ready.isEmpty else { return }
    ready.remove(at: random.below(ready.count)).runSynchronously(on: asUnownedTaskExecutor())
  }

  func runAll(_ random: inout Randomness) {
    while !isIdle { runOne(&random) }
  }

  /// The same, in the order in which they became ready.
  func runAll() {
    while !ready.isEmpty { ready.removeFirst().runSynchronously(on: asUnownedTaskExecutor()) }
  }

  /// What `body` returns, if it ends without waiting for anything but this thread and what `meanwhile` does for it.
  func result<Value>(
    meanwhile: () -> Void = {}, running run: (OneThread) -> Void = { $0.runAll() },
    _ body: @escaping () async -> Value
  ) -> Value? {
    let work = Run(body)
    Task(executorPreference: self) { await work.go() }
    while work.value == nil {
      if ready.isEmpty { meanwhile() }
      if ready.isEmpty { return nil }
      run(self)
    }
    return work.value
  }

  /// Proof for `@unchecked Sendable`: everything happens in the one thread.
  private final class Run<Value>: @unchecked Sendable {
    private let body: () async -> Value
    private(set) var value: Value?

    init(_ body: @escaping () async -> Value) { self.body = body }
    func go() async { value = await body() }
  }
}

/// Proof for `@unchecked Sendable`: as for the thread, all of whose tasks sleep by it.
final class SimulatedClock: Clock, @unchecked Sendable {
  struct Instant: InstantProtocol {
    var offset: Duration

    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    let number: Int
    let until: Instant
    let continuation: UnsafeContinuation<Bool, Never>
  }

  private(set) var now = Instant(offset: .zero)
  let minimumResolution = Duration.nanoseconds(1)
  private var sleepers: [Sleeper] = []
  private var count = 0

  func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    count += 1
    let number = count
    let isOver = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if Task.isCancelled || deadline <= now {
          continuation.resume(returning: !Task.isCancelled)
        } else {
          sleepers.append(Sleeper(number: number, until: deadline, continuation: continuation))
        }
      }
    } onCancel: {
      if let place = sleepers.firstIndex(where: { $0.number == number }) {
        sleepers.remove(at: place).continuation.resume(returning: false)
      }
    }
    if !isOver { throw CancellationError() }
  }

  /// When the next sleeper is to wake.
  var nextAlarm: Instant? { sleepers.map(\.until).min() }

  /// Lets time pass, and wakes who has slept long enough.
  func pass(to instant: Instant) {
    now = max(now, instant)
    let woken = sleepers.filter { $0.until <= now }
    sleepers.removeAll { $0.until <= now }
    for sleeper in woken { sleeper.continuation.resume(returning: true) }
  }
}
