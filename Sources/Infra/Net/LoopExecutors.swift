// The loop as the executor of Swift concurrency: once for tasks, once for actors.
import CLinux

extension EventLoop {
  package func enqueue(_ job: consuming ExecutorJob) {
    push(Job(job: UnownedJob(job), forActor: false))
  }

  func execute(_ job: Job) {
    if job.forActor {
      job.job.runSynchronously(
        isolatedTo: actorExecutor.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    } else {
      job.job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Runs `body` on this loop, whatever thread the caller is on. Free when it is the loop already.
  package func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async rethrows -> Value {
    if isCurrent { return try await body() }
    return try await withTaskExecutorPreference(self, operation: body)
  }
}
