// The threads for work on many things. They are below those that serve connections: where both want a core, whoever waits for
// one answer gets it at once, and batches and previews get what is left, which is never nothing.
import Glibc
import Locking

/// As many threads as cores, over one queue of jobs.
package final class WorkPool: TaskExecutor {
  package static let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// The pool of the process. Its threads begin with the first job and stay.
  package static let shared = WorkPool(threads: cores)

  private struct State {
    var jobs: [UnownedJob] = []
    var taken = 0
    var threads: [NamedThread] = []

    /// The job that has waited longest.
    mutating func next() -> UnownedJob? {
      guard taken < jobs.count else { return nil }
      let job = jobs[taken]
      taken += 1
      if taken == jobs.count || taken >= 64 && taken * 2 > jobs.count {
        jobs.removeFirst(taken)
        taken = 0
      }
      return job
    }
  }

  private let state = Monitor(State())
  private let count: Int

  private init(threads: Int) { count = threads }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { state in
      state.jobs.append(job)
      guard state.threads.isEmpty else { return }
      for number in 0..<count {
        state.threads.append(NamedThread(name: "work-\(number)", urgency: .unhurried) { [self] in work() })
      }
    }
    state.wake()
  }

  private func work() {
    while true {
      let job = state.wait { state, _ in state.next() }
      job.runSynchronously(on: asUnownedTaskExecutor())
      // A slice ends with a tick of some milliseconds, a job much sooner: whoever wants this core has it now.
      sched_yield()
    }
  }
}
