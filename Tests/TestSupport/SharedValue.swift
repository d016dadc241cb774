import Locking

/// A value that several tasks of a test change: a lock that may be captured by any number of them.
package final class SharedValue<Value: Sendable>: Sendable {
  private let locked: Locked<Value>

  package init(_ value: Value) { locked = Locked(value) }

  package var now: Value { locked.withLock { $0 } }

  /// For a collection that goes on changing: that nobody reads a copy any more before it is changed in place, the runtime sees to
  /// by an atomic that the thread sanitizer does not see.
  package func read<Result: Sendable>(_ body: (Value) -> Result) -> Result { locked.withLock { body($0) } }

  package func change(_ body: (inout Value) -> Void) { locked.withLock { body(&$0) } }
}
