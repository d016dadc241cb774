// A value behind a lock: the only lock of the house. Over pthread's mutex rather than the standard library's, whose slow
// path the thread sanitizer cannot see into, so that it takes two guarded accesses for a race. With this one, what it
// reports is true, and no report has to be suppressed.
import Glibc

/// A value that several threads share.
///
///     let waiting = Locked<[Job]>([])
///     waiting.withLock { $0.append(job) }
///
/// The lock is not recursive, and must not be held across an await (the compiler sees to that: the closure is synchronous).
///
/// Proof for `@unchecked Sendable`: the value lies in memory of its own, which is reached through `withLock` alone, and
/// whoever gives or takes something gives it away (`sending`).
@usableFromInline
package struct Locked<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  // One allocation for both, at a fixed address: a mutex must not move.
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline let value: UnsafeMutablePointer<Value>

  @inlinable
  package init(_ initial: consuming sending Value) {
    // The mutex needs no more than the alignment of a word; the value lies behind it at its own alignment.
    let alignment = max(MemoryLayout<pthread_mutex_t>.alignment, MemoryLayout<Value>.alignment)
    let offset = (MemoryLayout<pthread_mutex_t>.size + alignment - 1) & ~(alignment - 1)
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: offset + MemoryLayout<Value>.size, alignment: alignment)
    mutex = memory.bindMemory(to: pthread_mutex_t.self, capacity: 1)
    value = (memory + offset).bindMemory(to: Value.self, capacity: 1)
    value.initialize(to: initial)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  @inlinable
  deinit {
    pthread_mutex_destroy(mutex)
    value.deinitialize(count: 1)
    UnsafeMutableRawPointer(mutex).deallocate()
  }

  /// Runs `body` alone with the value, and returns what it returns.
  @inlinable
  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value.pointee)
  }
}
