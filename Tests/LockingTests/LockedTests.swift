// The lock: one at a time, whatever the value, and free again whichever way the closure ends.
import Foundation
import Locking
import Testing

@Suite("A value behind a lock")
struct LockedTests {
  @Test("counts every step of many threads")
  func countsEveryStep() {
    let count = Locked(0)
    let perThread = 20_000
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      // Read and written in two steps, so that two at once would lose some.
      for _ in 0..<perThread {
        count.withLock { value in
          let before = value
          value = before + 1
        }
      }
    }
    #expect(count.withLock { $0 } == 8 * perThread)
  }

  @Test("lets nobody see a value between two of its changes")
  func keepsInvariants() {
    struct Pair {
      var left = 0
      var right = 0
    }
    let pair = Locked(Pair())
    let torn = Locked(0)
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for step in 0..<5_000 {
        if worker % 2 == 0 {
          pair.withLock {
            $0.left = step
            $0.right = step
          }
        } else if pair.withLock({ $0.left != $0.right }) {
          torn.withLock { $0 += 1 }
        }
      }
    }
    #expect(torn.withLock { $0 } == 0)
  }

  @Test("is free again after an error, which keeps its type")
  func isFreeAfterAnError() {
    struct Refused: Error, Equatable { let at: Int }
    let value = Locked(1)
    #expect(throws: Refused(at: 1)) {
      try value.withLock { (value: inout Int) throws(Refused) in
        defer { value += 1 }
        throw Refused(at: value)
      }
    }
    #expect(value.withLock { $0 } == 2)
  }

  @Test("releases what it holds, once")
  func releasesItsValue() {
    final class Held: Sendable {}
    weak var seen: Held?
    do {
      let value = Locked<Held?>(Held())
      seen = value.withLock { $0 }
      #expect(seen != nil)
    }
    #expect(seen == nil)
  }

  @Test("holds values that cannot be copied, and values aligned wider than the mutex")
  func holdsWhatCannotBeCopied() {
    struct Ticket: ~Copyable {
      var number: Int
    }
    let ticket = Locked(Ticket(number: 7))
    ticket.withLock { $0.number += 1 }
    #expect(ticket.withLock { $0.number } == 8)

    let wide = Locked(SIMD64<Int64>(repeating: 1))
    wide.withLock { value in
      withUnsafePointer(to: &value) { place in
        #expect(Int(bitPattern: place) % MemoryLayout<SIMD64<Int64>>.alignment == 0)
      }
      value &+= SIMD64(repeating: 2)
    }
    #expect(wide.withLock { $0[63] } == 3)
  }
}
