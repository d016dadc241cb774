// Work on many things, and the threads that do it.
import CLinux
import Glibc
import Locking
import Testing

@testable import Engine

@Suite("Shared work")
struct WorkPoolTests {
  @Test("is done piece by piece, each once, and comes back in order")
  func order() async {
    for count in [0, 1, 15, 16, 17, 1000] {
      let pieces = await SharedWork(count, piece: 16).run { Array($0) }
      #expect(pieces.flatMap { $0 } == Array(0..<count))
      #expect(pieces.allSatisfy { (1...16).contains($0.count) })
    }
  }

  @Test("runs on as many threads as there are cores, below those that serve")
  func threads() async {
    let seen = Locked<[pthread_t: Int32]>([:])
    for _ in 0..<20 {
      _ = await SharedWork(64, piece: 1).run { _ in
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        seen.withLock { $0[pthread_self()] = niceness }
        usleep(200)
      }
    }
    let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    let threads = seen.withLock { $0 }
    #expect(threads.count == WorkPool.cores)
    #expect(threads.values.allSatisfy { $0 == min(19, own + 5) || $0 == 5 }, "\(threads)")
  }

  @Test("of many at once is all done, and by turns: nobody waits for the whole of another")
  func fairness() async {
    let ends = Locked<[String]>([])
    let long = Task.detached {
      _ = await SharedWork(2000, piece: 1).run { _ in usleep(100) }
      ends.withLock { $0.append("long") }
    }
    try? await Task.sleep(for: .milliseconds(5))
    _ = await SharedWork(10, piece: 1).run { _ in usleep(100) }
    ends.withLock { $0.append("short") }
    await long.value
    #expect(ends.withLock { $0 } == ["short", "long"])
  }
}
