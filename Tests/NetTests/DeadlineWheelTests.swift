// The wheel against a plain list of deadlines, under random times and postponements.
import Net
import TestSupport
import Testing

@Suite struct DeadlineWheelTests {
  @Test(arguments: 0..<20)
  func `Every deadline passes once, never early and at most two ticks late`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let tick: UInt64 = 1000
    var now: UInt64 = 1_000_000
    var wheel = DeadlineWheel<Member>(now: now, tickLength: tick, slotCount: 16)
    var members: [Member] = []
    for _ in 0..<2000 {
      if Bool.random(using: &random) {
        let member = Member(deadline: now + .random(in: 0...60_000, using: &random))
        members.append(member)
        wheel.file(member)
      }
      if let member = members.randomElement(using: &random), !member.hasPassed {
        let moved = now + .random(in: 0...60_000, using: &random)
        let isEarlier = moved < member.deadline
        member.deadline = moved
        if isEarlier { wheel.file(member) }
      }
      if Int.random(in: 0..<8, using: &random) == 0, let index = members.indices.randomElement(using: &random) {
        wheel.remove(members[index])
        members.remove(at: index)
      }
      now += .random(in: 0...700, using: &random)
      for member in wheel.takePassed(now) {
        #expect(!member.hasPassed && member.deadline <= now)
        member.hasPassed = true
      }
      for member in members where !member.hasPassed { #expect(member.deadline + 2 * tick >= now) }
    }
  }
}

private final class Member: DeadlineHolder {
  var deadline: UInt64
  var filing = DeadlineFiling<Member>()
  var hasPassed = false

  init(deadline: UInt64) { self.deadline = deadline }
}
