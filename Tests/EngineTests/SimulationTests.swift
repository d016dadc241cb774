// The whole engine with its ledger under a seed: critics that fail, hang and lie, a disk that fails, a clock that jumps, and
// an end at any step, after which everything is read back from the log. Whatever happens, the promises hold. Requests run one
// after another, outside critics answer or are late by the seed's will, so that a seed replays its run.
import Foundation
import JSON
import Ledger
import Locking
import Testing

@testable import Engine

@Suite("Simulation")
struct SimulationTests {
  @Test("through failures, lies, jumps of the clock and restarts every promise holds", arguments: 0..<60)
  func simulate(_ run: UInt64) async throws {
    let seed = ProcessEnvironment.seed ?? (run &* 7919 &+ 17)
    var world = World(seed: seed)
    for step in 0..<80 {
      await world.step()
      if let fault = world.broken() {
        Issue.record("seed \(seed), step \(step): \(fault)")
        return
      }
    }
    if let fault = world.audit() { Issue.record("seed \(seed), at the end: \(fault)") }
  }

  @Test("a seed replays its run to the same log")
  func deterministic() async {
    for seed in [3, 1009] as [UInt64] {
      var logs: [[String]] = []
      for _ in 0..<2 {
        var world = World(seed: seed)
        for _ in 0..<60 { await world.step() }
        logs.append(world.ledger.entries.map { "\($0.id) \(String(decoding: $0.body, as: UTF8.self))" })
      }
      #expect(logs[0] == logs[1] && !logs[0].isEmpty)
    }
  }
}

enum ProcessEnvironment {
  static let seed = ProcessInfo.processInfo.environment["WITAN_SEED"].flatMap { UInt64($0) }
}

/// What happens to critics and disk next; shared with the parts that act it out.
final class Weather: Sendable {
  struct State {
    var random: Randomness
    var disk = 0.0
    var mood: [String: Int] = [:]
  }

  let state: Locked<State>

  init(seed: UInt64) { state = Locked(State(random: Randomness(seed: seed))) }

  func fate() -> SimulatedLedger.Fate {
    state.withLock { state in
      guard state.random.chance(state.disk) else { return .written }
      return state.random.pick([.refused(.diskFull), .refused(.queueFull(limit: 1)), .unknown])
    }
  }

  func mood(of critic: String) -> Int { state.withLock { $0.mood[critic] ?? 0 } }
}

/// A critic that judges by clause on good days, and fails or lies on others.
struct MoodyCritic: Critic {
  let name: String
  let weather: Weather

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    switch weather.mood(of: name) {
    case 1: throw CriticFailure("out of order")
    case 2: return Opinion(critic: name, severity: .nan, confidence: 1)
    case 3: return Opinion(critic: "another", severity: 0, confidence: 1)
    case 4:
      return Opinion(
        critic: name, severity: 0, confidence: 1,
        escalations: [Escalation(critic: name, clause: "X", tier: .acknowledgment, rationale: "a whim")])
    default: return try ClauseCritic(name: name).examine(examination, under: charter)
    }
  }
}

/// An outside critic that answers at once, fails, or never answers.
struct MoodyWitness: OutsideCritic {
  let name: String
  let weather: Weather

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    switch weather.mood(of: name) {
    case 1: throw CriticFailure("connection refused")
    case 2:
      do { try await Task.sleep(for: .seconds(3600)) } catch { throw CriticFailure("cancelled") }
      throw CriticFailure("never")
    case 3: return Opinion(critic: name, severity: 99, confidence: 1)
    default: return Opinion(critic: name, severity: 0.5, confidence: 0.8)
    }
  }
}

struct World {
  let weather: Weather
  let ledger: SimulatedLedger
  let constitution: Constitution
  var proceedings: Proceedings
  var random: Randomness
  var identifiers = Counter()
  /// What was answered to callers: these must be on record for ever.
  var answered: [(id: String, core: [UInt8])] = []
  var permits: [String] = []
  var changes: [Int] = []
  var fault: String?

  init(seed: UInt64) {
    random = Randomness(seed: seed)
    weather = Weather(seed: seed ^ 0xabcdef)
    let weather = weather
    ledger = SimulatedLedger { _ in weather.fate() }
    var constitution = Toy.constitution
    var charter = Charter(critic: "model", principle: .truth)
    charter.deadlineMilliseconds = 1
    constitution.critics.append(charter)
    constitution.version = "sha256:simulated"
    self.constitution = constitution
    proceedings = World.open(constitution, weather, ledger, identifiers)
  }

  /// A service that begins: it knows nothing but the log.
  static func open(
    _ constitution: Constitution, _ weather: Weather, _ ledger: SimulatedLedger, _ identifiers: Counter
  ) -> Proceedings {
    let council = World.council(constitution, weather)
    let proceedings = Proceedings(
      council: council, recorder: ledger, signer: PlainSigner(),
      surroundings: Surroundings(now: { ledger.now }, identifier: { "\($0)\(identifiers.next())" }))
    for entry in ledger.entries { proceedings.apply(entry) }
    return proceedings
  }

  static func council(_ constitution: Constitution, _ weather: Weather) -> Council {
    Council(
      constitution,
      critics: constitution.critics.dropLast().map { MoodyCritic(name: $0.critic, weather: weather) },
      outside: [MoodyWitness(name: "model", weather: weather)], gatherer: WordGatherer())
  }

  mutating func step() async {
    switch random.below(20) {
    case 0: proceedings = World.open(constitution, weather, ledger, identifiers)
    case 1:
      let disk = random.pick([0, 0, 0.3, 0.9])
      weather.state.withLock { $0.disk = disk }
    case 2, 3:
      let critic = random.pick(constitution.critics).critic
      let mood = random.pick([0, 0, 1, 2, 3, 4])
      weather.state.withLock { $0.mood[critic] = mood }
    case 4: ledger.pass(seconds: Int64(random.pick([1, 60, 3600, 90_000, 300_000, -3600])))
    case 5: _ = try? await proceedings.keepTime()
    case 6: await changeWeights()
    case 7...10: await review()
    default: await deliberate()
    }
  }

  private mutating func deliberate() async {
    let toy = ToyCase.generate(&random)
    var options = DeliberationOptions()
    if random.chance(0.2) { options.caching = .bypass }
    if random.chance(0.1) { options.critics = ["risk"] }
    let before = ledger.entries.count
    do {
      let answer = try await proceedings.deliberate(
        DeliberationRequest(matter: toy.matter, options: options), by: random.pick(["svc", "ada"]), trace: nil)
      var core = JSONWriter()
      answer.decided.answer.writeCore(to: &core)
      answered.append((answer.id, core.array))
      if let permit = answer.permit {
        permits.append(permit)
        if !answer.decided.decision.gate.open { fault = "a permit past a closed gate" }
        if options.critics != nil { fault = "a permit without the whole council" }
      }
      if ledger.entries.count != before + 1 { fault = "an answer without an entry" }
      check(answer.decided.decision)
    } catch DeliberationRefusal.notRecorded {
      // No verdict left; the entry may be on disk all the same, if the disk did not say.
    } catch { fault = "\(error)" }
  }

  /// The promises that one decision must keep, whatever its critics did.
  private mutating func check(_ decision: Decision) {
    for opinion in decision.opinions.bySeat where opinion.abstention?.isFailure == true {
      if !decision.wouldHelp.contains(where: { $0.contains(opinion.critic) }) { fault = "a silent failure" }
      if opinion.critic == "rights" && decision.verdict < .escalate { fault = "a required critic was missed" }
      if case .malformed = opinion.abstention, decision.verdict < .escalate { fault = "a lie went through" }
    }
    if decision.opinions.bySeat.allSatisfy({ $0.abstention != nil }) && decision.gate.open {
      fault = "all failed, and open"
    }
  }

  private mutating func review() async {
    guard let review = proceedings.pendingReviews().randomElement(using: &random) else { return }
    let act: ReviewAct = random.pick([
      .acknowledge(statement: "I own it."), .determine(.proceed, rationale: "I looked."),
      .determine(.halt, rationale: "No."), .determine(.modify, rationale: "Change it."),
    ])
    let reviewer = random.pick(["svc", "ada", "bob"])
    let now = ledger.now
    do {
      let result = try await proceedings.answerReview(review.id, act, by: reviewer)
      if now >= review.opening.expires { fault = "an answer after the end" }
      if reviewer == review.opening.actor { fault = "the actor's own answer" }
      if let permit = result.permit {
        permits.append(permit)
        if !permit.contains(#""opened_by":["\#(reviewer)"]"#) { fault = "a permit without the human's name" }
        if case .determine(let determination, _) = act, determination != .proceed { fault = "a permit after a halt" }
        if review.tier == .determination, case .acknowledge = act { fault = "an acknowledgment opened tier 3" }
      }
    } catch GovernanceRefusal.review, GovernanceRefusal.notRecorded {
      // Refused, or not on record: nothing was opened.
    } catch { fault = "\(error)" }
  }

  private mutating func changeWeights() async {
    let version = proceedings.weightsHistory.current.version
    do {
      let weights = try await proceedings.changeWeights(
        ["risk": random.pick([0.1, 1, 10])], expecting: version, reason: "trial", by: "admin")
      changes.append(weights.version)
      if proceedings.sitting.weights != weights { fault = "new weights are not in force" }
    } catch GovernanceRefusal.notRecorded, GovernanceRefusal.weights {
      // Not in force, or overtaken by an entry whose writing was not answered.
    } catch { fault = "\(error)" }
  }

  func broken() -> String? { fault }

  /// At the end: everything answered is on record and decides to the same bytes again; what restarts would know is known.
  func audit() -> String? {
    weather.state.withLock { $0.mood = [:] }
    let byID = Dictionary(uniqueKeysWithValues: ledger.entries.map { ($0.id, $0) })
    let council = World.council(constitution, weather)
    for (id, core) in answered {
      guard let payload = byID[id]?.payload, let record = try? JSONReader.decode(DecisionRecord.self, from: payload)
      else { return "an answer is not on record: \(id)" }
      if record.answer != core { return "the record differs from the answer" }
      // A critic that judged on a whim judges otherwise today; all else must come out the same.
      let replay = council.replay(record)
      let whim = String(decoding: core, as: UTF8.self).contains("a whim")
      if !replay.matches && !whim { return "replay differs: \(replay.differences)" }
    }
    if Set(permits).count != permits.count { return "a permit was given twice" }
    if Set(changes).count != changes.count { return "a version was given twice" }
    let again = World.open(constitution, weather, ledger, identifiers)
    let known = Proceedings(council: council, recorder: ledger, signer: nil)
    for entry in ledger.entries { known.apply(entry) }
    if again.reviews != known.reviews || again.sitting.weights != known.sitting.weights { return "restarts differ" }
    for (id, review) in proceedings.reviews where again.reviews[id] == nil { return "a review was lost: \(review.id)" }
    return nil
  }
}
