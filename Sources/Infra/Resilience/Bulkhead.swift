// How many calls to one thing are under way at a time. The number follows what the thing can bear: while answers take about
// as long as they do at the best of times it grows, and when they take longer, which means that they queue somewhere, it
// shrinks (the gradient of latencies, after Netflix' concurrency-limits). Who finds it full waits in a short queue.
import Locking

package struct BulkheadSettings: Sendable, Hashable {
  package var least = 1
  package var most = 64
  package var initial = 8
  /// Who finds this many waiting is refused.
  package var queue = 256
  /// How much longer than at the best of times an answer may take before the number falls.
  package var tolerance = 2.0

  package init() {}
}

package enum BulkheadFull: Error, Sendable, Hashable, CustomStringConvertible {
  /// Too many wait already.
  case queue(limit: Int)
  /// No place came free in time.
  case deadline

  package var description: String {
    switch self {
    case .queue(let limit): "more than \(limit) calls wait already"
    case .deadline: "no place came free in time"
    }
  }
}

package final class Bulkhead: Sendable {
  private typealias Turn = Handover<Bool>

  private struct Inside: Sendable {
    var limit: AdaptiveLimit
    var running = 0
    /// In the order in which they came.
    var waiting: [(number: Int, turn: Turn)] = []
    var next = 0
  }

  package let settings: BulkheadSettings
  private let inside: Locked<Inside>

  package init(_ settings: BulkheadSettings = BulkheadSettings()) {
    self.settings = settings
    inside = Locked(Inside(limit: AdaptiveLimit(settings)))
  }

  /// How many may be under way now, how many are, and how many wait.
  package var occupancy: (limit: Int, running: Int, waiting: Int) {
    inside.withLock { ($0.limit.whole, $0.running, $0.waiting.count) }
  }

  /// Takes a place if one is free; it must be given back by `leave`. `isUrgent`: also where none is free, for what must not be
  /// left undone.
  package func enter(isUrgent: Bool = false) -> Bool {
    inside.withLock { inside in
      guard isUrgent || inside.running < inside.limit.whole && inside.waiting.isEmpty else { return false }
      inside.running += 1
      return true
    }
  }

  /// Gives a place back. `took` is how long the call took, or nil where that says nothing of what was called; `isOverload`
  /// where it failed for want of time or room.
  package func leave(took: Duration?, isOverload: Bool = false) {
    let freed = inside.withLock { inside in
      inside.running -= 1
      if isOverload {
        inside.limit.drop()
      } else if let took {
        inside.limit.learn(took, running: inside.running + 1)
      }
      var freed: [Turn] = []
      while inside.running < inside.limit.whole, !inside.waiting.isEmpty {
        freed.append(inside.waiting.removeFirst().turn)
        inside.running += 1
      }
      return freed
    }
    for turn in freed { turn.give(true) }
  }

  /// Runs `work` in a place, waiting for one until the sooner of `patience` and the current deadline. `isOverload` says which
  /// errors are for want of time or room.
  package func run<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation, patience: Duration = .seconds(1),
    isOverload: (any Error) -> Bool = { $0 is DeadlinePassed }, _ work: () async throws -> Value
  ) async throws -> Value {
    if !enter() { try await wait(patience) }
    let began = ContinuousClock.now
    do {
      let value = try await work()
      leave(took: .now - began)
      return value
    } catch {
      leave(took: nil, isOverload: isOverload(error))
      throw error
    }
  }

  private func wait(isolation: isolated (any Actor)? = #isolation, _ patience: Duration) async throws {
    let deadline = Deadline.tightened(patience)
    var alarm: Task<Void, Never>?
    defer { alarm?.cancel() }
    var isRefused = false
    let hasPlace = await Turn.wait { turn in
      let (number, isFree) = inside.withLock { inside -> (Int?, Bool) in
        if inside.running < inside.limit.whole, inside.waiting.isEmpty {
          inside.running += 1
          return (nil, true)
        }
        guard inside.waiting.count < settings.queue else { return (nil, false) }
        inside.next += 1
        inside.waiting.append((inside.next, turn))
        return (inside.next, false)
      }
      guard let number else {
        isRefused = !isFree
        return turn.give(isFree)
      }
      alarm = Task { [self] in
        try? await Task.sleep(until: deadline.moment, clock: .continuous)
        giveUp(number)
      }
    }
    guard hasPlace else { throw isRefused ? BulkheadFull.queue(limit: settings.queue) : .deadline }
  }

  private func giveUp(_ number: Int) {
    let turn = inside.withLock { inside -> Turn? in
      guard let place = inside.waiting.firstIndex(where: { $0.number == number }) else { return nil }
      return inside.waiting.remove(at: place).turn
    }
    turn?.give(false)
  }
}

/// The number of calls that something bears, learnt from how long they take.
struct AdaptiveLimit: Sendable {
  private let settings: BulkheadSettings
  private var limit: Double
  /// How long a call takes at good times, in seconds: quick to fall, slow to rise. And the mean of the last few.
  private var usual: Double?
  private var recent: Double?

  init(_ settings: BulkheadSettings) {
    self.settings = settings
    limit = Double(min(max(settings.initial, settings.least), settings.most))
  }

  var whole: Int { max(1, Int(limit)) }

  mutating func learn(_ took: Duration, running: Int) {
    let seconds = max(took / .seconds(1), 1e-7)
    let recent = self.recent.map { $0 + (seconds - $0) * 0.2 } ?? seconds
    // If it rose as it falls, it would soon take a queue for what is usual.
    let usual = self.usual.map { $0 + (seconds - $0) * (seconds > $0 ? 0.001 : 0.05) } ?? seconds
    (self.recent, self.usual) = (recent, usual)
    // Few calls say nothing of what many would do.
    guard running * 2 >= whole else { return }
    let gradient = min(1, max(0.5, settings.tolerance * usual / recent))
    // A little room to grow into: without it the limit would never rise.
    let target = limit * gradient + limit.squareRoot()
    clamp(limit * 0.8 + target * 0.2)
  }

  /// A call failed for want of time or room.
  mutating func drop() { clamp(limit * 0.9) }

  private mutating func clamp(_ value: Double) {
    limit = min(Double(settings.most), max(Double(settings.least), value))
  }
}
