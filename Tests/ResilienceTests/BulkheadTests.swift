import TestSupport
// The bulkhead: bounded, with a short queue, and as wide as what it guards can bear.
import Testing

@testable import Resilience

@Suite("Bulkhead")
struct BulkheadTests {
  private func settings(_ initial: Int, queue: Int = 2, least: Int = 1, most: Int = 64) -> BulkheadSettings {
    var settings = BulkheadSettings()
    (settings.initial, settings.queue, settings.least, settings.most) = (initial, queue, least, most)
    return settings
  }

  @Test("so many run, so many wait in turn, and the next is refused at once")
  func bounded() async throws {
    let bulkhead = Bulkhead(settings(1, queue: 2, most: 1))
    #expect(bulkhead.enter() && !bulkhead.enter())
    let order = Heard()
    let first = Task { try await bulkhead.run(patience: .seconds(60)) { order.add("first") } }
    try await wait(for: "the first in the queue") { bulkhead.occupancy.waiting == 1 }
    let second = Task { try await bulkhead.run(patience: .seconds(60)) { order.add("second") } }
    try await wait(for: "the second in the queue") { bulkhead.occupancy.waiting == 2 }
    await #expect(throws: BulkheadFull.queue(limit: 2)) { try await bulkhead.run { order.add("third") } }
    bulkhead.leave(took: nil)
    try await first.value
    try await second.value
    #expect(order.all == ["first", "second"] && bulkhead.occupancy.running == 0)
  }

  @Test("who waits longer than it may is let go, and takes no place")
  func patience() async {
    let bulkhead = Bulkhead(settings(1, most: 1))
    #expect(bulkhead.enter())
    await #expect(throws: BulkheadFull.deadline) { try await bulkhead.run(patience: .milliseconds(20)) {} }
    await Deadline.within(.milliseconds(20)) {
      await #expect(throws: BulkheadFull.deadline) { try await bulkhead.run(patience: .seconds(3600)) {} }
    }
    #expect(bulkhead.occupancy.waiting == 0)
  }

  @Test("it widens while answers take as long as ever, and narrows when they take longer")
  func gradient() {
    var limit = AdaptiveLimit(settings(8, most: 64))
    for _ in 0..<400 { limit.learn(.milliseconds(10), running: limit.whole) }
    #expect(limit.whole == 64)
    // The thing bears sixteen calls at once; of more, each takes as much longer as there are more.
    for _ in 0..<200 {
      limit.learn(.milliseconds(10) * max(1, Double(limit.whole) / 8), running: limit.whole)
    }
    let narrowed = limit.whole
    #expect(narrowed < 40 && narrowed >= 8)
    for _ in 0..<1000 { limit.learn(.milliseconds(10), running: limit.whole) }
    #expect(limit.whole > narrowed)
  }

  @Test("calls that fail for want of time narrow it, down to the least")
  func overload() {
    var limit = AdaptiveLimit(settings(32, least: 3))
    limit.drop()
    #expect(limit.whole == 28)
    for _ in 0..<100 { limit.drop() }
    #expect(limit.whole == 3)
  }

  @Test("a few calls say nothing of what many would do")
  func quiet() {
    var limit = AdaptiveLimit(settings(32))
    for _ in 0..<100 { limit.learn(.milliseconds(1), running: 1) }
    #expect(limit.whole == 32)
  }

  @Test("whoever calls says which errors are for want of room")
  func overloads() async {
    struct Busy: Error {}
    let bulkhead = Bulkhead(settings(32))
    _ = try? await bulkhead.run { throw Busy() }
    #expect(bulkhead.occupancy.limit == 32)
    _ = try? await bulkhead.run(isOverload: { $0 is Busy }) { throw Busy() }
    #expect(bulkhead.occupancy.limit == 28 && bulkhead.occupancy.running == 0)
  }
}
