// Tokens that were revoked before their time, by `jti`. An entry is kept only until the token would have expired anyway.
import Locking

package final class Revocations: Sendable {
  package static let maximumCount = 100_000

  private let untils: Locked<[String: Double]> = Locked([:])

  /// Returns false, with nothing revoked, when the list is full of tokens that have not expired.
  func add(_ id: String, until: Double, now: Double) -> Bool {
    untils.withLock { untils in
      if untils.count >= Revocations.maximumCount { untils = untils.filter { $0.value > now } }
      guard untils.count < Revocations.maximumCount || untils[id] != nil else { return false }
      untils[id] = max(until, untils[id] ?? 0)
      return true
    }
  }

  func contains(_ id: String) -> Bool { untils.withLock { $0[id] != nil } }
}
