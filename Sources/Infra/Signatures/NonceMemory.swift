// Which signatures were seen before: each nonce of a key counts once.
import Locking
import Resilience

package protocol NonceMemory: Sendable {
  /// Remembers a signature's nonce until `until`, from when on the signature is too old in any case. False where it was
  /// remembered already. Both times in seconds since 1970. Where that cannot be told, `memoryFull`: nobody is let in on a
  /// guess. With what telling had to do without.
  func remember(
    _ signature: VerifiedSignature, until: Int64, now: Int64
  ) async throws(SignatureRefusal) -> Fallen<Bool>
}

/// Nonces in this program's memory.
///
/// What was seen before a restart is not known afterwards. So a signature that was made before this memory began is refused:
/// it could be a second use.
package final class NoncesInMemory: NonceMemory {
  private struct State: Sendable {
    var seen: Set<String> = []
    /// The nonces that are forgotten in a second.
    var ending: [Int64: [String]] = [:]
    /// All seconds up to this one have been cleared.
    var cleared: Int64
  }

  private let state: Locked<State>
  private let began: Int64
  private let limit: Int

  /// `began`: the present, in seconds since 1970.
  package init(atMost limit: Int, began: Int64) {
    self.limit = limit
    self.began = began
    state = Locked(State(cleared: began))
  }

  package var count: Int { state.withLock { $0.seen.count } }

  package func remember(
    _ signature: VerifiedSignature, until: Int64, now: Int64
  ) async throws(SignatureRefusal) -> Fallen<Bool> {
    // A time is a whole second, so one of the second in which this began may have been before it.
    guard signature.created > began else { throw .beforeMemory }
    let name = "\(signature.keyID.utf8.count):\(signature.keyID)\(signature.nonce)"
    let isNew = try state.withLock { (state) throws(SignatureRefusal) in
      Self.clear(&state, before: now)
      if state.seen.contains(name) { return false }
      guard state.seen.count < limit else { throw .memoryFull("\(limit) are remembered") }
      state.seen.insert(name)
      state.ending[until, default: []].append(name)
      return true
    }
    return Fallen(value: isNew)
  }

  private static func clear(_ state: inout State, before now: Int64) {
    guard state.cleared < now - 1 else { return }
    for second in state.ending.keys where second < now {
      for name in state.ending.removeValue(forKey: second) ?? [] { state.seen.remove(name) }
    }
    state.cleared = now - 1
  }
}
