// Deadlines of connections by the thousand. Moving one is a store into the connection; the wheel looks at each member
// once per round at most, and a member whose deadline has moved on is simply filed again. Members are linked through
// themselves, so that filing and taking out cost no memory.

/// What a wheel holds. `deadline` may be moved later at any time without telling the wheel; after moving it earlier, file
/// the member again. A member has to be taken out before it goes away: the wheel does not keep it alive.
package protocol DeadlineHolder: AnyObject {
  /// Monotonic nanoseconds; `UInt64.max` for none.
  var deadline: UInt64 { get }
  /// The wheel's own.
  var filing: DeadlineFiling<Self> { get set }
}

/// Where in a wheel a member is.
package struct DeadlineFiling<Member: AnyObject> {
  /// The tick for which the member is filed; 0 when it is not.
  @usableFromInline var tick: UInt64 = 0
  @usableFromInline var next: Unmanaged<Member>?
  @usableFromInline var previous: Unmanaged<Member>?

  @inlinable package init() {}
}

/// Belongs to the loop's thread. Precision is one tick: a deadline is acted upon up to two ticks late, never early.
package struct DeadlineWheel<Member: DeadlineHolder> {
  package let tickLength: UInt64
  @usableFromInline var slots: [Unmanaged<Member>?]
  @usableFromInline var tick: UInt64

  @inlinable
  package init(now: UInt64, tickLength: UInt64 = 250_000_000, slotCount: Int = 128) {
    self.tickLength = tickLength
    slots = Array(repeating: nil, count: slotCount)
    tick = now / tickLength
  }

  /// Files a member for its deadline, or for the end of the round when that is nearer.
  @inlinable
  package mutating func file(_ member: Member) {
    guard member.deadline != .max else { return }
    let wanted = member.deadline / tickLength + 1
    let due = min(max(wanted, tick + 1), tick + UInt64(slots.count) - 1)
    let filed = member.filing.tick
    if filed != 0 {
      if filed <= due { return }
      remove(member)
    }
    let slot = Int(due % UInt64(slots.count))
    member.filing.tick = due
    member.filing.next = slots[slot]
    slots[slot]?.takeUnretainedValue().filing.previous = .passUnretained(member)
    slots[slot] = .passUnretained(member)
  }

  /// Takes a member out.
  @inlinable
  package mutating func remove(_ member: Member) {
    guard member.filing.tick != 0 else { return }
    let filing = member.filing
    filing.next?.takeUnretainedValue().filing.previous = filing.previous
    if let previous = filing.previous {
      previous.takeUnretainedValue().filing.next = filing.next
    } else {
      slots[Int(filing.tick % UInt64(slots.count))] = filing.next
    }
    member.filing = DeadlineFiling()
  }

  /// The members whose deadline has passed; they are no longer in the wheel. Costs nothing until a tick is over.
  @inlinable
  package mutating func takePassed(_ now: UInt64) -> [Member] {
    var passed: [Member] = []
    while tick < now / tickLength {
      tick += 1
      let slot = Int(tick % UInt64(slots.count))
      var rest = slots[slot]
      slots[slot] = nil
      while let member = rest?.takeUnretainedValue() {
        rest = member.filing.next
        member.filing = DeadlineFiling()
        if member.deadline <= now { passed.append(member) } else { file(member) }
      }
    }
    return passed
  }
}
