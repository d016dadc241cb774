// The chamber is where the council sits: the engine's proceedings over the ledger of this service, with the state that they
// begin with read off the log. What it answers is on disk.
import Cache
import Engine
import Ledger
import Locking

package final class Chamber: Sendable {
  package typealias InForce = Sitting
  package typealias Settings = ProceedingsSettings

  package let ledger: Ledger
  package let proceedings: Proceedings
  package let jobs: JobDocket
  let assemble: Assembly
  /// Ids of deliberations under a key that are at work.
  let running = Locked<Set<String>>([])
  /// Other instances, once they are connected.
  let exchange = Locked<(any ChangeExchange)?>(nil)

  init(proceedings: Proceedings, assemble: @escaping Assembly, ledger: Ledger, jobs: JobDocket) {
    self.ledger = ledger
    self.proceedings = proceedings
    self.jobs = jobs
    self.assemble = assemble
  }

  /// The time and the identifiers that it is given.
  var surroundings: Surroundings { proceedings.surroundings }
  /// Where long work runs: not on the thread that serves connections, which a detached task does not inherit.
  var executor: (any TaskExecutor)? { inForce.council.executor }

  package var inForce: InForce { proceedings.sitting }
  package var cacheStatistics: CacheStatistics { proceedings.cacheStatistics }

  /// Has the cache emptied and nothing taken into it while memory is short.
  package func memoryIsShort(_ isShort: Bool) { proceedings.memoryIsShort(isShort) }

  /// Decides one case and records it. What it returns is on disk, unless a dry run was asked for.
  package func deliberate(
    _ request: DeliberationRequest, by actor: String, trace: String, watch: (any DeliberationWatch)? = nil
  ) async throws -> Answered {
    do throws(DeliberationRefusal) {
      return try await proceedings.deliberate(request, by: actor, trace: trace, watch: watch)
    } catch { throw error.cause }
  }

  /// Decides and records a batch; results stand in the order of the requests, one that fails is an error in its place.
  package func deliberateAll(
    _ requests: [DeliberationRequest], by actor: String, trace: String, watch: (any DeliberationWatch)? = nil
  ) async -> [Result<Answered, any Error>] {
    await conclude(await beginAll(requests, by: actor, trace: trace, watch: watch))
  }

  /// The first half of `deliberateAll`: meanwhile the ledger writes, the next batch can be begun. What was begun is
  /// concluded, in whatever order.
  package func beginAll(
    _ requests: [DeliberationRequest], by actor: String, trace: String, watch: (any DeliberationWatch)? = nil
  ) async -> BatchUnderWay {
    await proceedings.beginAll(requests, by: actor, trace: trace, watch: watch)
  }

  package func conclude(_ batch: BatchUnderWay) async -> [Result<Answered, any Error>] {
    await proceedings.conclude(batch).map { $0.mapError(\.cause) }
  }
}
