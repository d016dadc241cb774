// The breaker: opened by the share of failures of the last while, probed after a pause, seen and closed from outside.
import Testing

@testable import Resilience

@Suite("Breaker")
struct BreakerTests {
  private let start = ContinuousClock.now

  private func settings(_ change: (inout BreakerSettings) -> Void = { _ in }) -> BreakerSettings {
    var settings = BreakerSettings()
    change(&settings)
    return settings
  }

  private func record(_ breaker: Breaker, _ successes: [Bool], at moment: ContinuousClock.Instant) throws {
    for success in successes { breaker.record(try #require(breaker.admit(at: moment)), success: success, at: moment) }
  }

  @Test("it opens when enough of the calls of the window failed, and not before there were enough calls")
  func opens() throws {
    let breaker = Breaker("x", settings: settings { $0.least = 4 })
    try record(breaker, [false, false, false], at: start)
    #expect(breaker.state == .closed)
    try record(breaker, [false], at: start)
    #expect(breaker.state == .open && breaker.admit(at: start) == nil)
    #expect(breaker.report(at: start).openings == 1 && breaker.report(at: start).refusals == 1)
  }

  @Test("failures outside the window do not count, however many there were since the start")
  func forgets() throws {
    let breaker = Breaker("x", settings: settings { ($0.window, $0.least, $0.tolerated) = (.seconds(10), 4, 0.5) })
    for second in 0..<200 { try record(breaker, [false, true, true, true], at: start + .seconds(second)) }
    #expect(breaker.state == .closed)
    // A quarter of the calls of ten seconds failed, which is tolerated; the 200 failures before say nothing.
    #expect(breaker.report(at: start + .seconds(199)).calls <= 44)
    #expect(breaker.report(at: start + .seconds(300)).calls == 0)
    try record(breaker, [false, false, false], at: start + .seconds(300))
    #expect(breaker.state == .closed, "three calls are too few to conclude from")
  }

  @Test("after the pause one probe goes out, and its success closes it")
  func closes() throws {
    let breaker = Breaker("x", settings: settings { ($0.least, $0.pause) = (1, .seconds(1)) })
    try record(breaker, [false], at: start)
    #expect(breaker.admit(at: start + .milliseconds(999)) == nil)
    let probe = try #require(breaker.admit(at: start + .seconds(1)))
    #expect(breaker.state == .halfOpen && breaker.admit(at: start + .seconds(1)) == nil)
    breaker.record(probe, success: true, at: start + .seconds(1))
    #expect(breaker.state == .closed)
  }

  @Test("a probe that fails doubles the pause, up to its cap")
  func doubles() throws {
    let breaker = Breaker(
      "x", settings: settings { ($0.least, $0.pause, $0.longest) = (1, .seconds(1), .seconds(3)) })
    var now = start
    try record(breaker, [false], at: now)
    for pause in [1, 2, 3, 3] {
      #expect(breaker.admit(at: now + .seconds(pause) - .milliseconds(1)) == nil)
      now += .seconds(pause)
      breaker.record(try #require(breaker.admit(at: now)), success: false, at: now)
    }
  }

  @Test("as many probes have to succeed as the settings say")
  func probes() throws {
    let breaker = Breaker("x", settings: settings { ($0.least, $0.probes) = (1, 3) })
    try record(breaker, [false], at: start)
    let later = start + .seconds(2)
    let probes = try (0..<3).map { _ in try #require(breaker.admit(at: later)) }
    #expect(breaker.admit(at: later) == nil)
    for probe in probes.prefix(2) { breaker.record(probe, success: true, at: later) }
    #expect(breaker.state == .halfOpen)
    breaker.record(probes[2], success: true, at: later)
    #expect(breaker.state == .closed)
  }

  @Test("a probe that is withdrawn makes room for another")
  func withdraws() throws {
    let breaker = Breaker("x", settings: settings { $0.least = 1 })
    try record(breaker, [false], at: start)
    breaker.withdraw(try #require(breaker.admit(at: start + .seconds(2))))
    #expect(breaker.admit(at: start + .seconds(2)) != nil)
  }

  @Test("what was called before a change of state says nothing of the time after it")
  func generations() throws {
    let breaker = Breaker("x", settings: settings { $0.least = 1 })
    let old = try #require(breaker.admit(at: start))
    try record(breaker, [false], at: start)
    let probe = try #require(breaker.admit(at: start + .seconds(2)))
    breaker.record(old, success: false, at: start + .seconds(2))
    #expect(breaker.state == .halfOpen)
    breaker.record(probe, success: true, at: start + .seconds(2))
    breaker.record(old, success: false, at: start + .seconds(2))
    #expect(breaker.state == .closed)
  }

  // MARK: What others say

  private func advised() -> Breaker {
    Breaker("x", settings: settings { ($0.window, $0.least, $0.pause) = (.seconds(10), 4, .seconds(1)) })
  }

  @Test("who has not called of late believes what others say, whichever it is")
  func believes() throws {
    let breaker = advised()
    breaker.hear(.open, at: start)
    #expect(breaker.state == .open && breaker.admit(at: start) == nil)
    breaker.hear(.closed, at: start)
    #expect(breaker.state == .closed)
    // What succeeded before the window says nothing of now.
    try record(breaker, [true, true], at: start)
    breaker.hear(.open, at: start + .seconds(11))
    #expect(breaker.state == .open)
    breaker.hear(.halfOpen, at: start + .seconds(11))
    #expect(breaker.state == .open)
  }

  @Test("who succeeds stays closed, and after the first failure one probe decides, not a whole window")
  func succeeds() throws {
    let breaker = advised()
    try record(breaker, Array(repeating: true, count: 100), at: start)
    for _ in 0..<10 { breaker.hear(.open, at: start + .seconds(1)) }
    #expect(breaker.state == .closed && breaker.report(at: start + .seconds(1)).openings == 0)
    try record(breaker, [true, false], at: start + .seconds(5))
    #expect(breaker.state == .halfOpen)
    breaker.record(try #require(breaker.admit(at: start + .seconds(5))), success: true, at: start + .seconds(5))
    #expect(breaker.state == .closed)
    // One word is good for one probe.
    try record(breaker, [true, false], at: start + .seconds(6))
    #expect(breaker.state == .closed)
    breaker.hear(.open, at: start + .seconds(6))
    #expect(breaker.state == .halfOpen, "the last one failed already")
    breaker.record(try #require(breaker.admit(at: start + .seconds(6))), success: false, at: start + .seconds(6))
    #expect(breaker.state == .open, "two calls of its own have found it out")
  }

  @Test("a word that all is well again, or an hour, ends what a word of failure began")
  func unsays() throws {
    for isUnsaid in [true, false] {
      let breaker = advised()
      try record(breaker, [true], at: start)
      breaker.hear(.open, at: start)
      if isUnsaid { breaker.hear(.closed, at: start) }
      try record(breaker, [false], at: start + .seconds(isUnsaid ? 1 : 3600))
      #expect(breaker.state == .closed)
    }
  }

  @Test("who fails by itself is not closed by others, but tries at once, and fails on")
  func fails() throws {
    let breaker = advised()
    try record(breaker, [false, false, false, false], at: start)
    #expect(breaker.state == .open)
    breaker.hear(.closed, at: start + .milliseconds(1))
    #expect(breaker.state == .halfOpen)
    breaker.hear(.closed, at: start + .milliseconds(1))
    #expect(breaker.state == .halfOpen)
    let probe = try #require(breaker.admit(at: start + .milliseconds(1)))
    #expect(breaker.admit(at: start + .milliseconds(1)) == nil, "one is enough to find out")
    breaker.record(probe, success: false, at: start + .milliseconds(1))
    #expect(breaker.state == .open && breaker.admit(at: start + .seconds(1)) == nil, "the pause has doubled")
    breaker.reset()
    #expect(breaker.state == .closed)
    // Opened by others, and found out by itself.
    breaker.hear(.open, at: start)
    breaker.record(try #require(breaker.admit(at: start + .seconds(1))), success: false, at: start + .seconds(1))
    breaker.hear(.closed, at: start + .seconds(1))
    #expect(breaker.state == .halfOpen)
  }

  @Test("the board shows every breaker, shares those of one name, hears of changes, and closes one")
  func board() throws {
    let heard = Heard()
    let board = BreakerBoard { name, state in heard.add("\(name) \(state.rawValue)") }
    let breaker = board.breaker("redis.cache", settings: settings { $0.least = 1 })
    #expect(board.breaker("redis.cache") === breaker)
    _ = board.breaker("critic.a")
    try record(breaker, [false], at: .now)
    #expect(board.reports.map(\.name) == ["critic.a", "redis.cache"])
    #expect(board.reports.map(\.state) == [.closed, .open])
    #expect(board.reset("redis.cache") && !board.reset("redis"))
    #expect(breaker.state == .closed && breaker.admit() != nil)
    #expect(heard.all == ["redis.cache open", "redis.cache closed"])
  }

  @Test("work that it guards fails at once while it is open, and a cancellation is no failure")
  func runs() async throws {
    let breaker = Breaker("x", settings: settings { ($0.least, $0.pause) = (2, .seconds(3600)) })
    for _ in 0..<3 {
      await #expect(throws: CancellationError.self) { try await breaker.run { throw CancellationError() } }
    }
    #expect(breaker.state == .closed)
    for _ in 0..<2 { await #expect(throws: DeadlinePassed.self) { try await breaker.run { throw DeadlinePassed() } } }
    await #expect(throws: BreakerOpen(name: "x")) { try await breaker.run { Issue.record("it was called") } }
  }

  @Test("whoever has time waits until it may let calls through, or until somebody closes it")
  func rest() async throws {
    let breaker = Breaker("x", settings: settings { $0.pause = .milliseconds(200) })
    try await breaker.rest()
    breaker.hear(.open)
    var began = ContinuousClock.now
    try await breaker.rest()
    #expect(ContinuousClock.now - began > .milliseconds(200) && breaker.admit() != nil)
    let long = Breaker("x", settings: settings { $0.pause = .seconds(3600) })
    long.hear(.open)
    began = .now
    let waiting = Task { try await long.rest() }
    long.reset()
    try await waiting.value
    #expect(ContinuousClock.now - began < .seconds(5))
    // Half open for an hour, as when a probe is not answered, it is looked at all the same.
    long.hear(.open)
    _ = try #require(long.admit(at: .now + .seconds(3601)))
    #expect(long.state == .halfOpen)
    began = .now
    try await long.rest()
    #expect(ContinuousClock.now - began < .seconds(5))
    long.reset()
    long.hear(.open)
    let broken = Task { try await long.rest() }
    broken.cancel()
    await #expect(throws: CancellationError.self) { try await broken.value }
  }
}
