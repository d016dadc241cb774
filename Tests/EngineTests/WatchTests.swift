// What a watch hears of a deliberation: every part, in order, and nothing that changes it.
import JSON
import Locking
import Testing

@testable import Engine

/// Writes down what it hears, by a clock that ticks once for each look at it.
private final class Scribe: DeliberationWatch {
  private let state = Locked((time: UInt64(0), parts: [(part: DeliberationPart, begin: UInt64, end: UInt64)]()))
  let wantsDetail: Bool
  let carrier: TraceCarrier? = TraceCarrier(traceparent: "00-1-2-01", tracestate: "a=1")
  let answers = Locked<[String]>([])

  init(detail: Bool = true) { wantsDetail = detail }

  func now() -> UInt64 {
    state.withLock { state in
      state.time += 1
      return state.time
    }
  }

  func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    state.withLock { $0.parts.append((part, begin, end)) }
  }

  func concluded(_ answered: Answered) { answers.withLock { $0.append(answered.id) } }

  var parts: [(part: DeliberationPart, begin: UInt64, end: UInt64)] { state.withLock { $0.parts } }

  /// The names of the parts, critics by theirs.
  var story: [String] {
    parts.map { part, _, _ in
      if case .critic(let name, _, _, _) = part { return name }
      return "\(part)".prefix { $0 != "(" }.description
    }
  }
}

@Suite("A watch")
struct WatchTests {
  private func request(_ text: String, _ caching: DeliberationOptions.Caching = .standard) throws -> DeliberationRequest
  {
    var options = DeliberationOptions()
    options.caching = caching
    return DeliberationRequest(matter: try Toy.matter(text), options: options)
  }

  @Test("hears every part in its order, and of the answer")
  func order() async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: PlainSigner())
    let critics = Toy.constitution.critics.map(\.critic)
    let scribe = Scribe()
    let answered = try await proceedings.deliberate(
      try request(Toy.harmless), by: "svc", trace: nil, watch: scribe)
    let decision = ["sealing", "alignment", "uncertainty", "aggregation", "gate", "wording"]
    #expect(scribe.story == ["cache", "precedents", "evidence"] + critics + decision + ["ledger", "permit"])
    #expect(scribe.answers.withLock { $0 } == [answered.id])
    for (before, after) in zip(scribe.parts, scribe.parts.dropFirst()) {
      #expect(before.begin < before.end && before.end <= after.begin)
    }

    let again = Scribe()
    _ = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil, watch: again)
    #expect(again.story == ["cache", "ledger", "permit"])
    #expect(again.parts.first?.part == .cache(hit: true))

    let brief = Scribe(detail: false)
    _ = try await proceedings.deliberate(try request(Toy.harmless, .bypass), by: "svc", trace: nil, watch: brief)
    #expect(brief.story == ["precedents", "evidence"] + critics + ["ledger", "permit"])
  }

  @Test("hears the stages in their order, of the critics who were asked and of no others, decided or found")
  func stages() async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: PlainSigner())
    let asked = Toy.constitution.critics.prefix(2).map(\.critic)
    var options = DeliberationOptions()
    options.critics = Array(asked)
    let request = DeliberationRequest(matter: try Toy.matter(Toy.harmless), options: options)
    for state in [Answered.CacheState.miss, .hit] {
      let told = Locked<[String]>([])
      let teller = StageTeller(beside: nil) { stage in
        let name = if case .opinion(let opinion) = stage { opinion.critic } else { stage.name }
        told.withLock { $0.append(name) }
      }
      let answered = try await proceedings.deliberate(request, by: "svc", trace: nil, watch: teller)
      #expect(answered.cache == state)
      #expect(told.withLock { $0 } == ["evidence"] + asked + ["aggregation", "gate", "receipt"])
    }
  }

  @Test("changes no byte of the decision")
  func unchanged() async throws {
    for text in [Toy.harmless, Toy.unappealable] {
      let bare = Toy.council(Toy.constitution)
      let weights = Toy.weights
      let seats = SeatWeights(weights, under: Toy.constitution)
      let matter = try Toy.matter(text)
      let seen = bare.decide(matter, weights: weights, seats: seats, precedents: [], watch: Scribe())
      #expect(seen.answer.bytes == bare.decide(matter, weights: weights).answer.bytes)
    }
  }

  @Test("hears of a batch as a whole and of each of its cases, which nobody else then watches")
  func batch() async throws {
    let common = Scribe(detail: false)
    var settings = ProceedingsSettings()
    settings.watch = common
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: PlainSigner(), settings: settings)
    let scribe = Scribe()
    let requests = [try request(Toy.harmless), try request(Toy.unappealable), try request(Toy.harmless)]
    let answers = await proceedings.deliberateAll(requests, by: "svc", trace: nil, watch: scribe)
    #expect(answers.count == 3)
    let permits = answers.count { (try? $0.get().permit) != nil }
    let decision = ["sealing", "alignment", "uncertainty", "aggregation", "gate", "wording"]
    // Equal cases are decided once.
    let decided = ["precedents", "evidence"] + Toy.constitution.critics.map(\.critic) + decision
    #expect(permits == 2)
    #expect(
      scribe.story == ["cache", "cache", "cache"] + decided + decided + ["batch", "ledger", "permit", "permit"])
    #expect(
      scribe.parts.map(\.part).contains(.batch(cases: 3)) && scribe.parts.map(\.part).contains(.ledger(entries: 3)))
    #expect(scribe.answers.withLock { $0.count } == 3)
    #expect(common.parts.isEmpty)

    _ = await proceedings.deliberateAll([try request(Toy.harmless)], by: "svc", trace: nil)
    #expect(common.story == ["cache", "batch", "ledger", "permit"])
    // Nobody else watches a single request: the settings' watch does.
    _ = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil)
    #expect(common.story.last == "permit")
  }

  @Test("gives outside critics the request's carrier, and hears of each one's answer before the caller goes on")
  func outside() async throws {
    let carriers = SharedCarriers()
    let name = try #require(Toy.constitution.critics.first?.critic)
    let critic = CarrierCritic(name: name, carriers: carriers)
    let others = Toy.constitution.critics.dropFirst().map { ClauseCritic(name: $0.critic) }
    let council = Council(Toy.constitution, critics: others, outside: [critic], gatherer: WordGatherer())
    let weights = Toy.weights
    let scribe = Scribe()
    _ = await council.deliberate(
      try Toy.matter(Toy.harmless), weights: weights, seats: SeatWeights(weights, under: Toy.constitution),
      precedents: [], watch: scribe)
    #expect(carriers.seen.withLock { $0 } == [scribe.carrier])
    let heard = scribe.parts.compactMap { part, _, _ -> Bool? in
      if case .critic(name, _, _, let isOutside) = part { isOutside } else { nil }
    }
    #expect(heard == [true])
  }
}

/// An outside critic that remembers the carrier that it was asked with.
private struct CarrierCritic: OutsideCritic {
  let name: String
  let carriers: SharedCarriers

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    carriers.seen.withLock { $0.append(TraceCarrier.current) }
    return Opinion(critic: name, severity: 0, confidence: 0.9, concerns: [], escalations: [], missing: [])
  }
}

private final class SharedCarriers: Sendable {
  let seen = Locked<[TraceCarrier?]>([])
}
