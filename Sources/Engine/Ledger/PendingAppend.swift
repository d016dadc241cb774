// An append on its way: made by the caller, waiting in the queue, written by the writer, and answered exactly once.
import Crypto
import Locking
import Synchronization

/// What the writer answers.
struct Outcome: Sendable {
  let index: UInt64
  let leaf: Digest
  let isFirst: Bool
  let group: CommittedGroup
}

/// What all appends of one transaction share.
final class CommittedGroup: Sendable {
  let size: UInt64
  let time: String
  let checkpoint: String

  init(size: UInt64, time: String, checkpoint: String) {
    self.size = size
    self.time = time
    self.checkpoint = checkpoint
  }
}

/// Whom to tell.
protocol AppendWaiter: Sendable {
  func resume(_ result: Result<Outcome, LedgerError>)
}

/// What the writer does beside writing the entry.
enum SpecialAppend: Sendable {
  /// Erases the payload of another entry and its copies, unless a hold was placed since the log had that size.
  case erasure(of: [UInt64], holdsAsOf: UInt64)
  /// Places or ends a hold.
  case hold
  /// Endorses a new signing key.
  case keyRotation
}

final class PendingAppend: Sendable {
  /// waiting → taken → answered, by the writer; waiting → answered or taken → answered, by whoever sees that it has
  /// waited too long. Each step is one compare-and-exchange, so that there is exactly one answer.
  private enum Stage {
    static let waiting: UInt8 = 0
    static let taken: UInt8 = 1
    static let answered: UInt8 = 2
  }

  let id: String
  let fingerprint: UInt64
  let template: EntryTemplate
  let payload: SealedPayload?
  let special: SpecialAppend?
  let byteCount: Int
  let enqueued: UInt64
  private let waiter: any AppendWaiter
  private let stage = Atomic<UInt8>(Stage.waiting)

  init(_ made: MadeEntry, special: SpecialAppend? = nil, waiter: any AppendWaiter) {
    id = made.id
    fingerprint = IdentifierIndex.fingerprint(made.id)
    template = made.template
    payload = made.payload
    self.special = special
    byteCount = template.bytes.count + (made.payload?.record.count ?? 0)
    enqueued = monotonicNanoseconds()
    self.waiter = waiter
  }

  /// Whether the writer may write it: nobody has given it up.
  func take() -> Bool {
    stage.compareExchange(expected: Stage.waiting, desired: Stage.taken, ordering: .acquiringAndReleasing).exchanged
  }

  /// The entries whose payloads this append erases.
  var erases: [UInt64] { if case .erasure(let indexes, _) = special { indexes } else { [] } }

  /// The writer's answer.
  func answer(_ result: Result<Outcome, LedgerError>) {
    guard stage.exchange(Stage.answered, ordering: .acquiringAndReleasing) != Stage.answered else { return }
    waiter.resume(result)
  }

  /// The answer to one that has waited too long.
  func giveUp(milliseconds: Int) {
    if stage.compareExchange(expected: Stage.waiting, desired: Stage.answered, ordering: .acquiringAndReleasing)
      .exchanged
    {
      waiter.resume(.failure(.waitedTooLong(milliseconds: milliseconds)))
    } else if stage.compareExchange(
      expected: Stage.taken, desired: Stage.answered, ordering: .acquiringAndReleasing
    ).exchanged {
      waiter.resume(.failure(.outcomeUnknown))
    }
  }
}

/// One caller who waits for one append.
final class SingleWaiter: AppendWaiter {
  // Set before the append is queued and used by the one answer that it gets, so nothing races.
  nonisolated(unsafe) var handover: Handover<Result<Outcome, LedgerError>>?

  func resume(_ result: Result<Outcome, LedgerError>) { handover.unsafelyUnwrapped.give(result) }
}

/// One caller who waits for many appends.
final class BatchWaiter: Sendable {
  private struct State {
    var results: [Result<Outcome, LedgerError>?]
    var missing: Int
    var handover: Handover<[Result<Outcome, LedgerError>]>?
  }

  private let state: Locked<State>

  init(count: Int) { state = Locked(State(results: Array(repeating: nil, count: count), missing: count)) }

  struct Place: AppendWaiter {
    let batch: BatchWaiter
    let position: Int
    func resume(_ result: Result<Outcome, LedgerError>) { batch.put(result, at: position) }
  }

  func put(_ result: Result<Outcome, LedgerError>, at position: Int) {
    let ready = state.withLock { state -> Handover<[Result<Outcome, LedgerError>]>? in
      state.results[position] = result
      state.missing -= 1
      return state.missing == 0 ? state.handover.take() : nil
    }
    ready?.give(results())
  }

  private func results() -> [Result<Outcome, LedgerError>] { state.withLock { $0.results.compactMap { $0 } } }

  func wait() async -> [Result<Outcome, LedgerError>] {
    await Handover.wait { handover in
      let isComplete = state.withLock { state in
        if state.missing > 0 { state.handover = handover }
        return state.missing == 0
      }
      if isComplete { handover.give(results()) }
    }
  }
}
