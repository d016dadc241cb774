// Work in a line: done on any core, taken in the order in which it was asked for, never more at once than there is room for.
import Locking
import Synchronization
import TestSupport
import Testing

@testable import API

@Suite("A waiting line")
struct WaitingLineTests {
  /// A door that work waits at until it is opened.
  private final class Door: Sendable {
    private let isOpen = Atomic(false)
    func open() { isOpen.store(true, ordering: .releasing) }
    func pass() async { while !isOpen.load(ordering: .acquiring) { await Task.yield() } }
  }

  @Test("results are taken in the order of their asking, whichever was done first")
  func order() async throws {
    let line = WaitingLine<Int>(room: 4)
    let door = Door()
    async let taken: [Int] = {
      var taken: [Int] = []
      while let next = await line.next() { taken.append(next) }
      return taken
    }()
    try await line.join {
      await door.pass()
      return 0
    }
    // The first waits for the door, which is opened by the last that there is room for.
    for number in 1..<3 { try await line.join { number } }
    try await line.join {
      door.open()
      return 3
    }
    for number in 4..<100 { try await line.join { number } }
    line.end()
    #expect(await taken == Array(0..<100))
  }

  @Test("no more is at work than there is room for")
  func room() async throws {
    let line = WaitingLine<Int>(room: 3)
    let atWork = Atomic(0)
    let most = Atomic(0)
    async let taken: Int = {
      var taken = 0
      while await line.next() != nil { taken += 1 }
      return taken
    }()
    for _ in 0..<200 {
      try await line.join {
        most.max(atWork.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
        for _ in 0..<10 { await Task.yield() }
        return atWork.subtract(1, ordering: .relaxed).newValue
      }
    }
    line.end()
    #expect(await taken == 200)
    #expect((2...3).contains(most.load(ordering: .relaxed)))
  }

  @Test("whoever waits for room is told when nobody takes any more")
  func abandoned() async throws {
    let line = WaitingLine<Int>(room: 1)
    try await line.join { 1 }
    let joining = Task {
      do {
        try await line.join { 2 }
        return false
      } catch { return true }
    }
    line.abandon()
    #expect(await joining.value)
  }
}
