// A critic that answers over the network. Cases that wait at the same time go out in one call; the size of a call grows
// while answers come in good time and shrinks when they do not; so does the number of calls; and a breaker keeps a dead
// address from costing anybody their deadline. What it answered is recorded by the council, so that a replay does not ask again.
import Engine
import Resilience

package struct RemoteLimits: Sendable {
  /// Cases waiting beyond this are refused at once.
  package var waiting = 4096
  /// Calls under way at the same time, at most.
  package var calls = 4
  /// A larger answer is refused.
  package var answerBytes = 8 << 20

  package init() {}
}

package actor RemoteCritic: OutsideCritic {
  private struct Waiting {
    let id: Int
    let examination: Examination
    let charter: Charter
    /// Until when it is waited for: by its own deadline, or that of whoever asks.
    let until: Deadline
    let isHurried: Bool
    let continuation: CheckedContinuation<Opinion, any Error>
  }

  nonisolated package let name: String
  private let transport: any RemoteTransport
  private let limits: RemoteLimits
  private let most: Int
  private let clock = ContinuousClock()

  private var waiting: [Waiting] = []
  private var nextID = 0
  private let bulkhead: Bulkhead
  private let breaker: Breaker
  /// How many cases the next call may carry.
  private var batch = 1

  /// `most` is the largest batch, as the constitution's `remote.batch` says. Critics at one address share its breaker.
  package init(
    name: String, most: Int = 64, transport: any RemoteTransport, limits: RemoteLimits = RemoteLimits(),
    breaker: Breaker? = nil
  ) {
    self.name = name
    self.breaker = breaker ?? Breaker("critic.\(name)")
    var places = BulkheadSettings()
    (places.initial, places.most, places.queue) = (limits.calls, limits.calls, 0)
    bulkhead = Bulkhead(places)
    self.most = max(1, most)
    self.transport = transport
    self.limits = limits
  }

  /// The size of the next call, and whether calls are refused, for health pages.
  package var health: (batch: Int, isOpen: Bool, waiting: Int) { (batch, breaker.state != .closed, waiting.count) }

  nonisolated package func examine(
    _ examination: Examination, under charter: Charter
  ) async throws(CriticFailure) -> Opinion {
    do {
      return try await ask(examination, charter)
    } catch let failure as CriticFailure {
      throw failure
    } catch {
      throw CriticFailure("cancelled")
    }
  }

  private func ask(_ examination: Examination, _ charter: Charter) async throws -> Opinion {
    if waiting.count >= limits.waiting { throw CriticFailure("too many cases wait for it") }
    try Task.checkCancellation()
    let (time, isHurried) = Deadline.allowed(of: .milliseconds(charter.deadlineMilliseconds))
    let until = Deadline.after(time)
    let id = nextID
    nextID += 1
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting.append(
          Waiting(
            id: id, examination: examination, charter: charter, until: until, isHurried: isHurried,
            continuation: continuation))
        send()
      }
    } onCancel: {
      Task { await self.cancel(id) }
    }
  }

  /// Whoever no longer waits takes no place in a call.
  private func cancel(_ id: Int) {
    guard let place = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting.remove(at: place).continuation.resume(throwing: CancellationError())
  }

  /// Sends as many calls as may be under way.
  private func send() {
    while !waiting.isEmpty, bulkhead.enter() {
      guard let admission = breaker.admit() else {
        bulkhead.leave(took: nil)
        refuse(waiting, CriticFailure("its breaker is open after repeated failures"))
        waiting.removeAll()
        return
      }
      let group = Array(waiting.prefix(batch))
      waiting.removeFirst(group.count)
      // The call is of all in the group, and ends by no single one's deadline.
      Deadline.$current.withValue(nil) { _ = Task { await self.call(group, admission) } }
      // A probe goes out alone.
      if breaker.state != .closed { return }
    }
  }

  private func call(_ group: [Waiting], _ admission: Breaker.Admission) async {
    // Until nobody in the group waits any longer.
    let isHurried = group.allSatisfy(\.isHurried)
    let begin = clock.now
    let own = Duration.milliseconds(group[0].charter.deadlineMilliseconds)
    let budget = isHurried ? min(own, group.map(\.until).max()?.remaining(at: begin) ?? own) : own
    do {
      let body = RemoteQuestion.write(group.map(\.examination), critic: name)
      let bytes = try await transport.post(body, deadline: budget)
      guard bytes.count <= limits.answerBytes else {
        throw CriticFailure("its answer is larger than \(limits.answerBytes) bytes")
      }
      let greatest = group[0].examination.constitution.formulas.greatestSeverity
      let words = try RemoteAnswer.read(bytes, greatest: greatest)
      let isOfUse = settle(group, words)
      finish(admission, success: isOfUse, took: clock.now - begin, budget: budget, carried: group.count)
    } catch {
      let failure = (error as? CriticFailure) ?? CriticFailure("the call failed: \(error)")
      refuse(group, failure)
      let took = clock.now - begin
      // It had less time than its seat gives it, and used it up: that says nothing of it.
      guard !isHurried || took + .milliseconds(1) < budget else { return withdraw(admission) }
      finish(admission, success: false, took: took, budget: budget, carried: group.count)
    }
  }

  /// Whether there was an opinion on any case.
  private func settle(_ group: [Waiting], _ words: [String: RemoteWord]) -> Bool {
    var isOfUse = false
    for (index, each) in group.enumerated() {
      switch words[String(index)] {
      case .opinion(let answer)?:
        isOfUse = true
        each.continuation.resume(
          returning: answer.opinion(
            of: name, under: each.charter, grading: each.examination.constitution.grading))
      case .malformed(let fault)?: each.continuation.resume(returning: .malformed(name, fault))
      case nil: each.continuation.resume(throwing: CriticFailure("it gave no opinion on the case"))
      }
    }
    return isOfUse
  }

  private func refuse(_ group: [Waiting], _ failure: CriticFailure) {
    for each in group { each.continuation.resume(throwing: failure) }
  }

  private func withdraw(_ admission: Breaker.Admission) {
    bulkhead.leave(took: nil)
    breaker.withdraw(admission)
    send()
  }

  /// Grows by half while a full call takes less than half its budget, halves when one fails or comes late.
  private func finish(
    _ admission: Breaker.Admission, success: Bool, took: Duration, budget: Duration, carried: Int
  ) {
    // How long a call takes depends on how much it carries.
    bulkhead.leave(took: success ? took / carried : nil, isOverload: took > budget)
    breaker.record(admission, success: success)
    if !success || took > budget {
      batch = max(1, batch / 2)
    } else if took < budget / 2, carried >= batch {
      batch = min(most, batch + max(1, batch / 2))
    }
    send()
  }
}
