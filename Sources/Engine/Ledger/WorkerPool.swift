// Threads for reading that takes its time (queries, exports, statistics), so that no event loop waits for it. Few of them,
// with a bounded queue before them. A pool of no threads works on its callers'.
import Locking

final class WorkerPool: Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var threads: [NamedThread] = []
    var idle = 0
    var isClosed = false
  }

  private let limit: Int
  private let queueLimit: Int
  private let state = Monitor(State())

  init(threads limit: Int, queueLimit: Int) {
    self.limit = limit
    self.queueLimit = queueLimit
  }

  /// Runs `body` on a thread of the pool, and returns what it returns.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws(LedgerError) -> Value
  ) async throws(LedgerError) -> Value {
    if limit == 0 {
      if state.withLock({ $0.isClosed }) { throw .closed }
      return try body()
    }
    let result = await Handover<Result<Value, LedgerError>>.wait { handover in
      // Either the job gives the result, once, or it is refused and this does.
      let refusal = submit { handover.give(Result { () throws(LedgerError) in try body() }) }
      if let refusal { handover.give(.failure(refusal)) }
    }
    return try result.get()
  }

  private func submit(_ job: @escaping @Sendable () -> Void) -> LedgerError? {
    let refusal = state.withLock { state -> LedgerError? in
      if state.isClosed { return .closed }
      guard state.jobs.count < queueLimit else { return .queueFull(limit: queueLimit) }
      state.jobs.append(job)
      // Threads are made as they are needed.
      if state.idle < state.jobs.count && state.threads.count < limit {
        state.threads.append(NamedThread(name: "ledger-read") { [self] in work() })
      }
      return nil
    }
    state.wake()
    return refusal
  }

  private func work() {
    while true {
      state.withLock { $0.idle += 1 }
      let job = state.wait { state, _ -> (@Sendable () -> Void)?? in
        if !state.jobs.isEmpty { return .some(state.jobs.removeFirst()) }
        return state.isClosed ? .some(nil) : nil
      }
      state.withLock { $0.idle -= 1 }
      guard let job else { return }
      job()
    }
  }

  /// Finishes what is queued, and ends the threads.
  func close() {
    let threads = state.withLock { state in
      state.isClosed = true
      defer { state.threads = [] }
      return state.threads
    }
    state.wake()
    for thread in threads { thread.join() }
  }
}
