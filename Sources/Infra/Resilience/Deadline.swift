// Until when something may take. A moment rather than a length of time, so that it can be handed on from call to call, and
// what the first call has used the second no longer has.

/// A moment after which nobody waits any longer.
///
///     try await Deadline.within(.milliseconds(300)) {
///       …                                    // every guarded call in here ends by then
///     }
package struct Deadline: Sendable, Hashable, Comparable {
  package let moment: ContinuousClock.Instant

  package init(_ moment: ContinuousClock.Instant) { self.moment = moment }

  package static func after(_ time: Duration, from now: ContinuousClock.Instant = .now) -> Deadline {
    Deadline(now + time)
  }

  /// That of whatever the current task works for; nil where nobody has set one.
  @TaskLocal package static var current: Deadline?

  /// The sooner of `time` from now and the current deadline.
  package static func tightened(_ time: Duration, from now: ContinuousClock.Instant = .now) -> Deadline {
    let own = after(time, from: now)
    return current.map { min($0, own) } ?? own
  }

  /// Runs `body` under the sooner of `time` from now and the current deadline.
  @discardableResult
  package static func within<Value>(
    _ time: Duration, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async rethrows -> Value {
    try await $current.withValue(tightened(time), operation: body)
  }

  /// What a call that may take `time` has of it under the current deadline, and whether that is less: then its lateness says
  /// nothing of what is called.
  package static func allowed(
    of time: Duration, from now: ContinuousClock.Instant = .now
  ) -> (time: Duration, isCut: Bool) {
    guard let left = current?.remaining(at: now), left < time else { return (time, false) }
    return (left, true)
  }

  package func remaining(at now: ContinuousClock.Instant = .now) -> Duration { max(.zero, moment - now) }

  package func isOver(at now: ContinuousClock.Instant = .now) -> Bool { now >= moment }

  package static func < (left: Deadline, right: Deadline) -> Bool { left.moment < right.moment }
}

/// The deadline passed before there was an answer.
package struct DeadlinePassed: Error, Sendable, Hashable, CustomStringConvertible {
  package init() {}

  package var description: String { "there was no answer in time" }
}

extension Duration {
  /// In nanoseconds, as far as a number can say.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (seconds < 0 ? .min : .max) : whole + attoseconds / 1_000_000_000
  }
}
