// One value from a thread to a task that waits for it. A bare continuation does that too, but where it is resumed before its
// task has suspended the runtime passes the value on by an atomic of its own, which the thread sanitizer does not see: it
// would take whatever the value refers to for a race. Here the value passes by an atomic that it does see.
import Synchronization

/// A value on its way to the one task that waits for it.
///
///     let answer = await Handover<Answer>.wait { handover in
///       queue.put { handover.give(work()) }      // on another thread, now or later
///     }
///
/// Proof for `@unchecked Sendable`: `continuation` is set before anybody else knows the object. `value` is written once, by
/// the one `give`, before `isGiven`; and read by the waiting task alone, after `isGiven`.
@usableFromInline package final class Handover<Value: Sendable>: @unchecked Sendable {
  @usableFromInline var continuation: UnsafeContinuation<Void, Never>?
  @usableFromInline var value: Value?
  @usableFromInline let isGiven = Atomic(false)

  @inlinable init() {}

  /// Waits until the value is given. `begin` runs at once, and sees to it that somebody will give it.
  @inlinable package static func wait(
    isolation: isolated (any Actor)? = #isolation, _ begin: (Handover<Value>) -> Void
  ) async -> Value {
    let handover = Handover()
    await withUnsafeContinuation(isolation: isolation) { continuation in
      handover.continuation = continuation
      begin(handover)
    }
    guard handover.isGiven.load(ordering: .acquiring), let value = handover.value.take() else {
      fatalError("a handover goes on only when it is given")
    }
    return value
  }

  /// Gives the value. To be called once, from any thread.
  ///
  /// Never inlined: what the sanitizer says of the continuation itself is recognised by this function's name
  /// (Tools/thread-sanitizer.suppressions).
  @inlinable @inline(never)
  package func give(_ value: Value) {
    self.value = value
    precondition(!isGiven.exchange(true, ordering: .acquiringAndReleasing), "a value is handed over once")
    continuation.unsafelyUnwrapped.resume()
  }
}
