// Deadlines, waits, retries and their budget, and what is said of a part that fell back.
import Locking
import Testing

@testable import Resilience

private struct Failed: Error, Equatable {
  let attempt: Int
}

@Suite("Retry")
struct RetryTests {
  private func tries(
    _ retry: Retry, judge: Repetition = .safe, succeedAt: Int = .max
  ) async -> (waits: [Duration], result: Result<Int, any Error>) {
    var waits: [Duration] = []
    do {
      let value = try await retry.run(judge: { _ in judge }, sleep: { waits.append($0) }) { attempt in
        if attempt < succeedAt { throw Failed(attempt: attempt) }
        return attempt
      }
      return (waits, .success(value))
    } catch { return (waits, .failure(error)) }
  }

  @Test("what is safe to repeat is tried again, at most as often as allowed; the last error is told")
  func attempts() async throws {
    let (waits, result) = await tries(Retry(tries: 3))
    #expect(waits.count == 2)
    #expect(throws: Failed(attempt: 3)) { try result.get() }
    #expect(try await tries(Retry(tries: 5), succeedAt: 3).result.get() == 3)
  }

  @Test("what is not safe to repeat is not")
  func unsafe() async {
    let (waits, result) = await tries(Retry(tries: 5), judge: .unsafe)
    #expect(waits.isEmpty)
    #expect(throws: Failed(attempt: 1)) { try result.get() }
  }

  @Test("waits grow to the cap, and lie anywhere between nothing and that")
  func jitter() {
    let backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
    let ceilings = [1, 2, 3, 4, 5, 40, .max].map { backoff.ceiling($0) }
    #expect(
      ceilings == [
        .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1), .seconds(1),
        .seconds(1),
      ])
    let delays = (0..<2000).map { _ in backoff.delay(3) }
    #expect(delays.allSatisfy { $0 >= .zero && $0 <= .milliseconds(400) })
    #expect(delays.contains { $0 < .milliseconds(40) } && delays.contains { $0 > .milliseconds(360) })
  }

  @Test("with the budget spent, nobody retries; first tries earn it back slowly")
  func budget() async {
    let budget = RetryBudget(ratio: 0.1, reserve: 3)
    var retries = 0
    for _ in 0..<100 { retries += await tries(Retry(tries: 4, budget: budget)).waits.count }
    // Three from the reserve, and one for every ten first tries.
    #expect((12...14).contains(retries))
  }

  @Test("no wait reaches beyond the deadline")
  func deadline() async {
    let retry = Retry(tries: 50, backoff: Backoff(first: .seconds(3600), longest: .seconds(3600)))
    let began = ContinuousClock.now
    await Deadline.within(.milliseconds(200)) {
      _ = try? await retry.run(judge: { _ in .safe }) { attempt in throw Failed(attempt: attempt) }
    }
    #expect(.now - began < .seconds(10))
  }

  @Test("a deadline within another is never later, and is handed on")
  func tightened() async throws {
    try await Deadline.within(.seconds(1)) {
      let outer = try #require(Deadline.current)
      await Deadline.within(.seconds(60)) { #expect(Deadline.current == outer) }
      let inner = await Deadline.within(.milliseconds(10)) { Deadline.current }
      #expect(try #require(inner) < outer)
      #expect(await Task { Deadline.current }.value == outer)
    }
    #expect(Deadline.current == nil)
  }

  @Test("what has fallen back stands on the board, the worst of it counting, until it is well again")
  func fallback() {
    let board = DegradationBoard()
    let fallen = Degradation(part: "cache.l2", level: .reduced, reason: "slow")
    #expect(board.fell(fallen) && !board.fell(fallen))
    #expect(board.all.map(\.degradation) == [fallen] && board.level == .reduced)
    board.fell(Degradation(part: "nonces", level: .restricted, reason: "closed"))
    #expect(board.level == .restricted)
    #expect(board.recovered("cache.l2") && !board.recovered("cache.l2"))
    #expect(board.all.map(\.degradation.part) == ["nonces"])
    #expect(board.recovered("nonces") && board.level == .none)
  }

  @Test("where nothing may be lost a spent budget makes for longer waits, and time earns retries too")
  func spent() async throws {
    let now = ContinuousClock.now
    let budget = RetryBudget(reserve: 1, interval: .seconds(10), at: now)
    #expect(budget.spend(at: now) && !budget.spend(at: now + .seconds(9)) && budget.spend(at: now + .seconds(10)))
    // No more than the reserve.
    #expect(budget.spend(at: now + .seconds(3600)) && !budget.spend(at: now + .seconds(3600)))
    var retry = Retry(
      tries: 200, backoff: Backoff(first: .milliseconds(1), longest: .milliseconds(1)),
      budget: RetryBudget(ratio: 0, reserve: 3))
    #expect(await tries(retry).waits.count == 3)
    retry = Retry(
      tries: 4, backoff: Backoff(first: .milliseconds(1), longest: .seconds(3600)),
      budget: RetryBudget(ratio: 0, reserve: 1), spent: .waits)
    let waits = await tries(retry).waits
    #expect(waits.count == 3 && waits[0] <= .milliseconds(1))
    // Of waits of up to an hour both are below ten seconds once in a hundred thousand times.
    #expect(waits.dropFirst().contains { $0 > .seconds(10) })
  }

  @Test("whoever listens hears of each change once and in order, and of another reason for the same not at all")
  func told() {
    let board = DegradationBoard()
    let heard = Locked<[DegradationBoard.Change]>([])
    board.listen { change in heard.withLock { $0.append(change) } }
    func fallen(_ level: DegradationLevel, _ reason: String) -> Degradation {
      Degradation(part: "limits", level: level, reason: reason)
    }
    board.recovered("limits")
    board.fell(fallen(.reduced, "refused"))
    #expect(board.isFallen("limits") && !board.isFallen("nonces"))
    board.fell(fallen(.reduced, "refused"))
    board.fell(fallen(.reduced, "gone"))
    board.fell(fallen(.restricted, "gone"))
    board.recovered("limits")
    board.recovered("limits")
    #expect(
      heard.withLock { $0 } == [
        .began(fallen(.reduced, "refused")), .began(fallen(.restricted, "gone")), .ended(fallen(.restricted, "gone")),
      ])
  }
}
