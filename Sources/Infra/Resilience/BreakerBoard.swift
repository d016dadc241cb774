// All breakers of a process by name, for whoever looks at them or closes one.
import Locking

package final class BreakerBoard: Sendable {
  private let breakers = Locked<[String: Breaker]>([:])
  private let listeners = Locked<[@Sendable (_ name: String, BreakerState) -> Void]>([])

  /// `changed` hears of every change of state of every breaker; it must not wait.
  package init(changed: (@Sendable (_ name: String, BreakerState) -> Void)? = nil) {
    if let changed { listen(changed) }
  }

  /// Has somebody else hear of changes as well.
  package func listen(_ changed: @escaping @Sendable (_ name: String, BreakerState) -> Void) {
    listeners.withLock { $0.append(changed) }
  }

  private func tell(_ name: String, _ state: BreakerState) {
    for listener in listeners.withLock({ $0 }) { listener(name, state) }
  }

  /// The breaker of this name, made on first use: two that guard the same thing share it.
  package func breaker(_ name: String, settings: BreakerSettings = BreakerSettings()) -> Breaker {
    breakers.withLock { breakers in
      if let known = breakers[name] { return known }
      let made = Breaker(name, settings: settings) { [weak self] state in self?.tell(name, state) }
      breakers[name] = made
      return made
    }
  }

  package func known(_ name: String) -> Breaker? { breakers.withLock { $0[name] } }

  /// What all look like, in the order of their names.
  package var reports: [BreakerReport] {
    breakers.withLock { Array($0.values) }.map { $0.report() }.sorted { $0.name < $1.name }
  }

  /// Closes a breaker; false where there is none of this name.
  package func reset(_ name: String) -> Bool {
    guard let breaker = known(name) else { return false }
    breaker.reset()
    return true
  }
}
