// Deadlines of connections by the thousand. Setting one is a store into the connection; the wheel looks at each member
// once per round at most, and a member whose deadline has moved on is simply filed again.

/// What a wheel holds. `deadline` may be moved later at any time without telling the wheel; to move it earlier than
/// `filedTick`, file it again.
package protocol DeadlineHolder: AnyObject {
  /// Monotonic nanoseconds; `UInt64.max` for none.
  var deadline: UInt64 { get }
  /// The wheel's own mark: the tick for which the member was last filed.
  var filedTick: UInt64 { get set }
}

/// Belongs to the loop's thread. Precision is one tick: a deadline is acted upon up to two ticks late, never early.
package struct DeadlineWheel<Member: DeadlineHolder> {
  private struct Filed {
    let member: Unmanaged<Member>
    let tick: UInt64
  }

  package let tickLength: UInt64
  private var slots: [[Filed]]
  private var tick: UInt64
  private var round: [Filed] = []

  package init(now: UInt64, tickLength: UInt64 = 250_000_000, slotCount: Int = 128) {
    self.tickLength = tickLength
    slots = Array(repeating: [], count: slotCount)
    tick = now / tickLength
  }

  /// Files a member for its deadline, or for the end of the round when that is nearer. Holds the member meanwhile.
  package mutating func file(_ member: Member) {
    guard member.deadline != .max else { return }
    let wanted = member.deadline / tickLength + 1
    let due = min(max(wanted, tick + 1), tick + UInt64(slots.count) - 1)
    guard member.filedTick <= tick || member.filedTick > due else { return }
    member.filedTick = due
    slots[Int(due % UInt64(slots.count))].append(Filed(member: .passRetained(member), tick: due))
  }

  /// The members whose deadline has passed. Costs nothing until a tick is over.
  package mutating func takePassed(_ now: UInt64) -> [Member] {
    var passed: [Member] = []
    while tick < now / tickLength {
      tick += 1
      swap(&round, &slots[Int(tick % UInt64(slots.count))])
      for filed in round {
        let member = filed.member.takeRetainedValue()
        // Filed again meanwhile for another tick: that entry counts.
        guard member.filedTick == filed.tick else { continue }
        member.filedTick = 0
        if member.deadline <= now { passed.append(member) } else { file(member) }
      }
      round.removeAll(keepingCapacity: true)
    }
    return passed
  }
}
