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
  private let grace: Duration?
  private let degradations: DegradationBoard
  private let telemetry: ServiceTelemetry

  /// Begins to listen.
  init(
    _ redis: ServiceRedis, chamber: Chamber, on loop: EventLoop, degradations: DegradationBoard,
    telemetry: ServiceTelemetry
  ) async {
    @Sendable func failed(_ error: any Error) {
      telemetry.failed("changes.not_taken", "A change of another instance could not be taken", error)
    }
    self.telemetry = telemetry
    let guarded = redis.guarded("changes", breaker: "redis.changes")
    self.breakers = redis.sharedBreakers()
    self.degradations = degradations
    grace = redis.grace
    var settings = ChangeFeed.Settings()
    if let grace = redis.grace { settings.interval = min(settings.interval, grace / 4) }
    feed = ChangeFeed(
      guarded, seal: redis.seal, settings: settings, now: { Timestamp.now().microseconds },
      own: { [weak chamber] in chamber?.ownChanges.map(\.jsonBytes) ?? [] },
      take: { [weak chamber] bytes in
        guard let chamber else { return false }
        do {
          _ = try await chamber.adopt(try JSONReader.decode(SharedChange.self, from: bytes))
          return true
        } catch GovernanceRefusal.notRecorded(let error) {
          // The log cannot be written now; later it can.
          failed(error)
          return false
        } catch {
          // It never will be taken here: a constitution that this release cannot read, say. The others are not held up.
          failed(error)
          return true
        }
      })
    await feed.start(on: loop, redis.settings)
    breakers.start(on: loop, redis.settings)
    chamber.connect(self)
  }

  func alone<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
    do { return try await feed.alone(work) } catch is ChangeFeed.Busy {
      throw Problem(
        .serviceUnavailable, title: "Another instance is changing something",
        detail: "try again in a moment")
    }
  }

  func tell(_ change: SharedChange) async { await feed.tell(change.jsonBytes) }

  /// Whether what others have revoked is known well enough to let anybody in; nil where that does not matter.
  var knowsRevocations: (@Sendable () -> Bool)? {
    guard let grace else { return nil }
    let isSaid = SaidOnce()
    return { [feed, degradations, telemetry] in
      let isKnown = feed.age <= grace
      // Asked for every request, and said when it changes.
      guard isSaid.changes(to: !isKnown) else { return isKnown }
      telemetry.knowsRevocations(isKnown)
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
    breakers.stop()
    await feed.stop()
  }

  var statistics: ChangeFeedStatistics { get async { await feed.statistics } }
}

/// Whether something was said already.
private final class SaidOnce: Sendable {
  private let isSaid = Atomic(false)

  /// True for the one who finds it otherwise.
  func changes(to said: Bool) -> Bool {
    isSaid.load(ordering: .relaxed) != said && isSaid.exchange(said, ordering: .relaxed) != said
  }
}
