// Instances on one Redis keep to the same weights, constitution and revocations: the chamber on one side, the list of
// changes on the other.
import API
import Chamber
import Engine
import HTTP
import JSON
import Ledger
import Net
import Resilience
import Sharing
import Synchronization

struct ServiceExchange: ChangeExchange {
  private let feed: ChangeFeed
  private let breakers: SharedBreakers
  /// Whether what others have revoked is known well enough to let anybody in; nil where that does not matter.
  let knowsRevocations: (@Sendable () -> Bool)?
  private let watching: Task<Void, any Error>?

  /// Begins to listen; `failed` hears of changes that could not be taken.
  init(
    _ redis: ServiceRedis, chamber: Chamber, on loop: EventLoop, degradations: DegradationBoard,
    failed: @escaping @Sendable (any Error) -> Void
  ) async {
    let guarded = redis.guarded("changes", breaker: "redis.changes")
    self.breakers = redis.sharedBreakers()
    var settings = ChangeFeed.Settings()
    if let grace = redis.grace { settings.interval = min(settings.interval, grace / 4) }
    let feed = ChangeFeed(
      guarded, seal: redis.seal, settings: settings, now: { Timestamp.now().microseconds },
      own: { [weak chamber] in chamber?.ownChanges.map(\.jsonBytes) ?? [] },
      take: { [weak chamber] changes in
        guard let chamber else { return false }
        return await Self.take(changes, by: chamber, failed)
      })
    self.feed = feed
    let knows = redis.grace.map { Self.knowledge(of: feed, for: $0, degradations) }
    knowsRevocations = knows
    // It is to be said also where nobody asks.
    watching = knows.map { knows in
      Task {
        while true {
          try await Task.sleep(for: .seconds(1))
          _ = knows()
        }
      }
    }
    await feed.start(on: loop, redis.settings)
    breakers.start(on: loop, redis.settings)
    chamber.connect(self)
  }

  /// How many revocations are written to the log together.
  private static let together = 256

  /// Takes changes in their order; revocations, of which none changes what another means, many at once. False where the log
  /// cannot be written now; later it can.
  private static func take(
    _ changes: [[UInt8]], by chamber: Chamber, _ failed: @escaping @Sendable (any Error) -> Void
  ) async -> Bool {
    var waiting: [SharedChange] = []
    for bytes in changes {
      let change: SharedChange
      do { change = try JSONReader.decode(SharedChange.self, from: bytes) } catch {
        failed(error)
        continue
      }
      let isRevocation = if case .revocation = change.matter { true } else { false }
      if !isRevocation || waiting.count == together {
        guard await adopt(waiting, by: chamber, failed) else { return false }
        waiting = []
      }
      waiting.append(change)
      if !isRevocation {
        guard await adopt(waiting, by: chamber, failed) else { return false }
        waiting = []
      }
    }
    return await adopt(waiting, by: chamber, failed)
  }

  private static func adopt(
    _ changes: [SharedChange], by chamber: Chamber, _ failed: @escaping @Sendable (any Error) -> Void
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      for change in changes {
        group.addTask {
          do {
            _ = try await chamber.adopt(change)
            return true
          } catch GovernanceRefusal.notRecorded(let error) {
            failed(error)
            return false
          } catch {
            // It never will be taken here: a constitution that this release cannot read, say. The others are not held up.
            failed(error)
            return true
          }
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
  }

  func alone<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
    do { return try await feed.alone(work) } catch is ChangeFeed.Busy {
      throw Problem(
        .serviceUnavailable, title: "Another instance is changing something",
        detail: "try again in a moment")
    }
  }

  func tell(_ change: SharedChange) async { await feed.tell(change.jsonBytes) }

  private static func knowledge(
    of feed: ChangeFeed, for grace: Duration, _ degradations: DegradationBoard
  ) -> @Sendable () -> Bool {
    let isSaid = SaidOnce()
    return {
      let isKnown = feed.age <= grace
      // Asked for every request, and said when it changes.
      guard isSaid.changes(to: !isKnown) else { return isKnown }
      if isKnown {
        degradations.recovered("revocations")
      } else {
        degradations.fell(
          Degradation(
            part: "revocations", level: .restricted,
            reason: "other instances cannot be asked what they have revoked, and nobody is let in"))
      }
      return isKnown
    }
  }

  func stop() async {
    watching?.cancel()
    breakers.stop()
    await feed.stop()
  }

  var statistics: ChangeFeedStatistics { feed.statistics }
}

/// Whether something was said already.
private final class SaidOnce: Sendable {
  private let isSaid = Atomic(false)

  /// True for the one who finds it otherwise.
  func changes(to said: Bool) -> Bool {
    isSaid.load(ordering: .relaxed) != said && isSaid.exchange(said, ordering: .relaxed) != said
  }
}
