// Waiting for a change: woken by it, over in time without it.
import Foundation
import Locking
import Testing

@Suite("A value on whose changes threads wait")
struct MonitorTests {
  @Test("whoever waits sees every change that was made and told")
  func passesEverything() {
    let queue = Monitor<[Int]>([])
    let received = Locked<[Int]>([])
    let count = 2_000
    DispatchQueue.concurrentPerform(iterations: 2) { worker in
      for step in 0..<count {
        if worker == 0 {
          queue.withLock { $0.append(step) }
          queue.wake()
        } else {
          let next = queue.wait { waiting, _ in waiting.isEmpty ? nil : waiting.removeFirst() }
          received.withLock { $0.append(next) }
        }
      }
    }
    #expect(received.withLock { $0 } == Array(0..<count))
  }

  @Test("a wait with a limit is told when it is over, and not before")
  func isOver() {
    let never = Monitor(0)
    let start = ContinuousClock.now
    let looks = never.wait(milliseconds: 20) { looks, isOver -> Int? in
      looks += 1
      return isOver ? looks : nil
    }
    #expect(looks >= 2)
    #expect(ContinuousClock.now - start >= .milliseconds(20))
  }
}
