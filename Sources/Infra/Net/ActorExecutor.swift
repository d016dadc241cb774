// The executor of actors that live on a loop.

/// A serial executor over a loop's queue. The loop itself cannot play this part: see `EventLoop`.
///
///     actor Counter {
///       let executor: ActorExecutor
///       nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///     }
package final class ActorExecutor: SerialExecutor {
  /// Set once, before the loop is seen by anyone else. The loop owns this object, hence not the other way round.
  private nonisolated(unsafe) unowned var loop: EventLoop!

  func attach(to loop: EventLoop) { self.loop = loop }

  package func enqueue(_ job: consuming ExecutorJob) {
    loop.push(EventLoop.Job(job: UnownedJob(job), forActor: true))
  }

  package func checkIsolated() { loop.preconditionOnLoop() }
}
