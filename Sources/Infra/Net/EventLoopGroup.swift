// The loops of a process, one for each core by default, and the gathering of wakeups across threads.
import CLinux
import Glibc
import Synchronization

/// A fixed set of running loops.
package final class EventLoopGroup: Sendable {
  package let loops: [EventLoop]
  private let number: UInt
  private static let numbers = Atomic<UInt>(0)

  /// Starts `count` loops, by default one for each core.
  package init(count: Int? = nil) throws(SystemError) {
    var made: [EventLoop] = []
    let number = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
    for index in 0..<min(64, max(1, count ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))) {
      made.append(try EventLoop(index: index, group: number))
    }
    loops = made
    self.number = number
    for loop in made { loop.start() }
  }

  /// Stops all loops and waits for their threads. Not from one of the loops.
  package func stop() {
    for loop in loops { loop.stop() }
    for loop in loops { loop.join() }
  }

  /// Resumes many continuations at the price of one wakeup for each loop concerned: what `body` hands to the loops is
  /// queued at once, and each sleeping loop is woken once, after `body`. For writer threads that serve many waiters.
  package func gatheringWakeups<Value>(_ body: () throws -> Value) rethrows -> Value {
    // Within another scope its end is soon enough; loops of another group are woken as they come.
    guard witan_gathering() == 0 else { return try body() }
    witan_set_gathering(number)
    defer {
      let wanted = witan_wakeups()
      witan_set_gathering(0)
      witan_set_wakeups(0)
      for loop in loops where wanted & (1 << UInt64(loop.index)) != 0 { loop.wakeGathered() }
    }
    return try body()
  }
}
