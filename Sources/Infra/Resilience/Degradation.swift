// What works less well than it should, how much less, and why: said by whoever falls back, read by status pages and put
// into the answers that were touched.
import Locking

package enum DegradationLevel: String, Sendable, Hashable, CaseIterable, Comparable {
  /// All is there.
  case none
  /// Everything is answered and means the same; it takes longer, or is shared less widely.
  case reduced
  /// Something is refused, or decided more cautiously, that would not be otherwise.
  case restricted

  private var rank: Int {
    switch self {
    case .none: 0
    case .reduced: 1
    case .restricted: 2
    }
  }

  package static func < (left: DegradationLevel, right: DegradationLevel) -> Bool { left.rank < right.rank }
}

/// One part that has fallen back.
package struct Degradation: Sendable, Hashable {
  /// What has fallen back: `cache.l2`, `critic.toxicity`.
  package let part: String
  package let level: DegradationLevel
  /// What that means, and why, for a person.
  package let reason: String

  package init(part: String, level: DegradationLevel, reason: String) {
    self.part = part
    self.level = level
    self.reason = reason
  }
}

/// Which parts have fallen back now.
package final class DegradationBoard: Sendable {
  package struct Standing: Sendable, Hashable {
    package let degradation: Degradation
    package let since: ContinuousClock.Instant
  }

  /// What happens to a part.
  package enum Change: Sendable, Hashable {
    /// It has fallen back, or further, or less far than before.
    case began(Degradation)
    /// It is well again.
    case ended(Degradation)
  }

  private struct State: Sendable {
    var standing: [String: Standing] = [:]
    var listeners: [@Sendable (Change) -> Void] = []

    func tell(_ change: Change) { for listener in listeners { listener(change) } }
  }

  private let state = Locked(State())

  package init() {}

  /// Has somebody hear of every change, in the order in which they happen. It is told within the board's lock, so it must
  /// neither wait nor ask the board.
  package func listen(_ changed: @escaping @Sendable (Change) -> Void) {
    state.withLock { $0.listeners.append(changed) }
  }

  /// A part has fallen back. True where it had not, or not in this way.
  @discardableResult
  package func fell(_ degradation: Degradation, at now: ContinuousClock.Instant = .now) -> Bool {
    state.withLock { state in
      let known = state.standing[degradation.part]
      if known?.degradation == degradation { return false }
      state.standing[degradation.part] = Standing(degradation: degradation, since: known?.since ?? now)
      // Another reason for the same is no news.
      if known?.degradation.level != degradation.level { state.tell(.began(degradation)) }
      return true
    }
  }

  /// A part is well again. True where it was not.
  @discardableResult
  package func recovered(_ part: String) -> Bool {
    state.withLock { state in
      guard let known = state.standing.removeValue(forKey: part) else { return false }
      state.tell(.ended(known.degradation))
      return true
    }
  }

  package func isFallen(_ part: String) -> Bool { state.withLock { $0.standing[part] != nil } }

  /// In the order of the parts' names.
  package var all: [Standing] {
    state.withLock { Array($0.standing.values) }.sorted { $0.degradation.part < $1.degradation.part }
  }

  package var level: DegradationLevel { all.map(\.degradation.level).max() ?? .none }
}

/// A value with the way that it came: as it should, or by falling back.
package struct Fallen<Value: Sendable>: Sendable {
  package let value: Value
  package let degradation: Degradation?

  package init(value: Value, degradation: Degradation? = nil) {
    self.value = value
    self.degradation = degradation
  }
}
