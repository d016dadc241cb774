// The council as it sits: isolation, outside critics with their deadlines, answers and replays.
import Crypto
import Foundation
import JSON
import Ledger
import Resilience
import Testing

@testable import Engine

@Suite("The council")
struct CouncilTests {
  private func core(_ decided: DecidedCase) throws -> JSONValue {
    var writer = JSONWriter()
    decided.answer.writeCore(to: &writer)
    return try JSONValue(parsing: writer.array)
  }

  @Test(
    "cases are decided by clause",
    arguments: [
      (Toy.harmless, Verdict.allow, true, nil as Int?), (Toy.unappealable, .escalate, false, 3),
      (Toy.unconsented, .allowWithConstraints, false, 2), (Toy.degrading, .deny, false, 3),
      (Toy.destructive, .allowWithConstraints, true, nil),
    ])
  func verdicts(_ text: String, _ verdict: Verdict, _ open: Bool, _ tier: Int?) throws {
    let constitution = {
      var constitution = Toy.constitution
      constitution.formulas.constrainConcern = 1.2
      return constitution
    }()
    let decision = Toy.council(constitution).decide(try Toy.matter(text), weights: Toy.weights).decision
    #expect(decision.verdict == verdict)
    #expect(decision.gate == Gate(open: open, tier: tier.flatMap(Tier.init(rawValue:))))
  }

  @Test("the answer has the members of the contract")
  func answer() throws {
    let decided = Toy.council().decide(
      try Toy.matter(#"{"action": "threaten them", "context": {"impcat": "low", "consent": "absent"}}"#),
      weights: Toy.weights)
    let core = try core(decided)
    #expect(
      core.object.map { Array($0.names) } == [
        "verdict", "score", "gate", "reason", "uncertainty", "opinions", "abstentions", "dissent", "escalations",
        "constraints", "precedents", "notes", "constitution", "weights_version",
      ])
    #expect(core["verdict"]?.string == "escalate")
    #expect(core["reason"]?["clause"]?.string == "A1" || core["reason"]?["clause"]?.string == "A2")
    #expect(core["gate"]?["requires"]?.string == "determination")
    let opinion = core["opinions"]?.array?.first { $0["critic"]?.string == "autonomy" }
    let evidence = opinion?["concerns"]?[1]?["evidence"]?[0]
    #expect(evidence?["detector"]?.string == "coercion")
    #expect(evidence?["field"]?.string == "/action")
    #expect(evidence?["end"]?.integer == 8)
    #expect(core["notes"]?[0]?.string?.contains("`impact`") == true)
    #expect(core["uncertainty"]?["would_help"]?[0]?.string?.contains("impact") == true)
  }

  @Test("a review's path goes into the gate, and the rest stays as it was")
  func spliced() throws {
    let decided = Toy.council().decide(try Toy.matter(Toy.unappealable), weights: Toy.weights)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("id", "dlb_1")
    decided.answer.writeMembers(review: "/v1/reviews/rev_1", to: &writer)
    writer.member("cache", "miss")
    writer.endObject()
    var whole = try #require(try JSONValue(parsing: writer.array).object)
    #expect(whole["gate"]?["review"]?.string == "/v1/reviews/rev_1")
    whole["id"] = nil
    whole["cache"] = nil
    var gate = try #require(whole["gate"]?.object)
    gate["review"] = nil
    whole["gate"] = .object(gate)
    #expect(try JSONValue.object(whole) == core(decided))
  }

  @Test("1: a critic's opinion is the same whoever else sits, fails or is left out")
  func isolation() {
    forAll(runs: 20_000, ToyCase.generate) { toy in
      let matter = toy.matter
      let constitution = Self.someOf(Toy.constitution, seed: toy.description.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
      let full = Toy.council(constitution).decide(matter, weights: Toy.weights).decision.opinions.bySeat
      for (seat, charter) in constitution.critics.enumerated() {
        var alone = constitution
        alone.critics = [charter]
        let own = Toy.council(alone).decide(matter, weights: Toy.weights).decision.opinions.bySeat[0]
        if own != full[seat] { return "\(charter.critic) changed when it sat alone" }
        let failing = Council(
          constitution,
          critics: constitution.critics.map {
            $0.critic == charter.critic
              ? ClauseCritic(name: $0.critic) as any Critic : FixedCritic(name: $0.critic, opinion: nil)
          }, gatherer: WordGatherer())
        if failing.decide(matter, weights: Toy.weights).decision.opinions.bySeat[seat] != full[seat] {
          return "\(charter.critic) changed when the others failed"
        }
      }
      return nil
    }
  }

  /// Some of a constitution's critics in some order, each with some of its clauses.
  private static func someOf(_ constitution: Constitution, seed: UInt64) -> Constitution {
    var random = Randomness(seed: seed)
    var some = constitution
    some.critics.shuffle(using: &random)
    some.critics.removeLast(random.below(some.critics.count))
    for seat in some.critics.indices {
      some.critics[seat].weight = random.real(0.1...10)
      some.critics[seat].dissentThreshold = random.real(0...3)
      some.critics[seat].clauses.removeAll { _ in random.chance(0.3) }
    }
    return some
  }

  @Test("2: every concern at or above the threshold is in the answer's bytes word for word")
  func dissentInBytes() {
    forAll(runs: 10_000, Scenario.generate) { scenario in
      let council = Council(
        scenario.constitution,
        critics: scenario.answers.map { FixedCritic(name: $0.critic, opinion: $0) }, gatherer: WordGatherer())
      let decided = council.decide(
        Case(action: "act"), weights: Weights(version: 1, values: scenario.weights), precedents: scenario.precedents)
      guard let core = try? core(decided) else { return "the answer is no JSON" }
      let listed = (core["dissent"]?.array ?? []).map {
        "\($0["critic"]?.string ?? "") \($0["clause"]?.string ?? "") \($0["rationale"]?.string ?? "")"
      }
      for (seat, opinion) in scenario.answers.enumerated() {
        let threshold = scenario.constitution.critics[seat].dissentThreshold
        for concern in opinion.concerns where concern.severity >= threshold {
          if !listed.contains("\(opinion.critic) \(concern.clause) \(concern.rationale)") { return "lost: \(concern)" }
        }
      }
      return nil
    }
  }

  @Test("9: a record read back decides to the same bytes, with outside answers taken from it")
  func replay() {
    forAll(runs: 10_000, Scenario.generate) { scenario in
      let outside = scenario.answers.map { OutsideWitness($0.critic, .fails) }
      let council = Council(scenario.constitution, critics: [], outside: outside, gatherer: WordGatherer())
      let weights = Weights(version: 3, values: scenario.weights.mapValues { $0.isNaN ? 1 : $0 })
      let decided = council.decide(
        Case(action: "act"), weights: weights, precedents: scenario.precedents, recorded: scenario.answers)
      var writer = JSONWriter()
      decided.writeRecord(to: &writer)
      do {
        let record = try JSONReader.decode(DecisionRecord.self, from: writer.array)
        let replay = council.replay(record)
        return replay.matches ? nil : "differs: \(replay.differences)"
      } catch { return "unreadable record: \(error)" }
    }
  }

  @Test("a replay names what differs")
  func difference() throws {
    let decided = Toy.council().decide(try Toy.matter(Toy.unappealable), weights: Toy.weights)
    var writer = JSONWriter()
    decided.writeRecord(to: &writer)
    let record = try JSONReader.decode(DecisionRecord.self, from: writer.array)
    var changed = Toy.constitution
    changed.critics[2].clauses[0].triggers[0].severity = 1.8
    let replay = Toy.council(changed).replay(record)
    #expect(!replay.matches)
    #expect(replay.differences.contains { $0.pointer == "/opinions/2/severity" && $0.decided == "1.8" })
  }

  @Test("outside critics that hang are cut off at their deadline, deaf or not, and a required one escalates")
  func deadlines() async throws {
    var constitution = Toy.constitution
    for (name, required) in [("model", false), ("deaf", true), ("down", false), ("good", false)] {
      var charter = Charter(critic: name, principle: .truth, required: required)
      charter.deadlineMilliseconds = 20
      constitution.critics.append(charter)
    }
    let deaf = OutsideWitness("deaf", .hangsDeaf)
    defer { deaf.release() }
    let council = Council(
      constitution, critics: Toy.critics,
      outside: [
        OutsideWitness("model", .hangs), deaf, OutsideWitness("down", .fails),
        OutsideWitness("good", .answers(Opinion(critic: "good", severity: 0.5, confidence: 1))),
      ], gatherer: WordGatherer())
    let weights = Weights(of: constitution)
    let seats = SeatWeights(weights, under: constitution)
    let decided = await council.deliberate(
      try Toy.matter(Toy.harmless), weights: weights, seats: seats, precedents: [])
    let opinions = decided.decision.opinions.bySeat
    #expect(opinions[4].abstention == .late(milliseconds: 20))
    #expect(opinions[5].abstention == .late(milliseconds: 20))
    #expect(opinions[6].abstention == .failed("connection refused"))
    #expect(opinions[7].severity == 0.5)
    #expect(decided.decision.verdict == .escalate)
    #expect(decided.recorded.count == 4)
    #expect(!decided.isSettled)
    var writer = JSONWriter()
    decided.writeRecord(to: &writer)
    let record = try JSONReader.decode(DecisionRecord.self, from: writer.array)
    #expect(council.replay(record).matches)
  }

  @Test(
    "who asks for less time than a critic has cuts it off then, a required one escalates, and no permit comes of it")
  func hurried() async throws {
    func council(
      _ milliseconds: Int, _ manner: OutsideWitness.Manner = .hangsDeaf, required: Bool = false
    ) -> (Council, OutsideWitness) {
      var constitution = Toy.constitution
      var charter = Charter(critic: "model", principle: .truth, required: required)
      charter.deadlineMilliseconds = milliseconds
      constitution.critics.append(charter)
      let model = OutsideWitness("model", manner)
      return (Council(constitution, critics: Toy.critics, outside: [model], gatherer: WordGatherer()), model)
    }
    func decide(_ council: Council) async throws -> DecidedCase {
      let weights = Weights(of: council.constitution)
      return await council.deliberate(
        try Toy.matter(Toy.harmless), weights: weights, seats: SeatWeights(weights, under: council.constitution),
        precedents: [])
    }
    let (patient, patientModel) = council(3_600_000)
    let (required, requiredModel) = council(3_600_000, required: true)
    let (quick, quickModel) = council(20)
    let (failing, _) = council(3_600_000, .timesOut)
    let (down, _) = council(3_600_000, .fails)
    defer { for each in [patientModel, requiredModel, quickModel] { each.release() } }
    let cut = try await Deadline.within(.milliseconds(30)) { try await decide(patient) }
    guard case .hurried(let milliseconds)? = cut.decision.opinions.bySeat[4].abstention else {
      Issue.record("\(cut.decision.opinions.bySeat[4])")
      return
    }
    #expect((1...30).contains(milliseconds))
    #expect(cut.isHurried && !cut.isSettled && cut.decision.gate == Gate(open: false, tier: nil))
    #expect(patient.replay(try record(of: cut)).matches)
    #expect(permit(for: cut) == nil)
    let escalated = try await Deadline.within(.milliseconds(30)) { try await decide(required) }
    #expect(escalated.decision.verdict == .escalate)
    // What is late by its own deadline is late whoever asks.
    let late = try await Deadline.within(.seconds(3600)) { try await decide(quick) }
    #expect(late.decision.opinions.bySeat[4].abstention == .late(milliseconds: 20))
    #expect(!late.isHurried && permit(for: late) != nil)
    // What fails because its time is over is late, and what fails before that has failed.
    let failed = try await Deadline.within(.milliseconds(30)) { try await decide(failing) }
    #expect(failed.isHurried && permit(for: failed) == nil)
    let refused = try await Deadline.within(.seconds(3600)) { try await decide(down) }
    #expect(refused.decision.opinions.bySeat[4].abstention == .failed("connection refused"))
    // Where nothing is left it is not even asked.
    let asked = patientModel.released.withLock(\.count)
    let over = try await Deadline.within(.zero) { try await decide(patient) }
    #expect(over.decision.opinions.bySeat[4].abstention == .hurried(milliseconds: 0))
    #expect(patientModel.released.withLock(\.count) == asked)
  }

  private func record(of decided: DecidedCase) throws -> DecisionRecord {
    var writer = JSONWriter()
    decided.writeRecord(to: &writer)
    return try JSONReader.decode(DecisionRecord.self, from: writer.array)
  }

  private func permit(for decided: DecidedCase) -> Permit? {
    Permit(
      id: "prm_1", issuer: "witan", for: decided, deliberation: "dlb_1",
      receipt: Receipt(
        index: 0, leafHash: SHA256.digest([]), time: "2026-05-03T09:30:00Z", checkpoint: "", size: 1, isFirst: true),
      at: Timestamp.now())
  }

  @Test("a cancelled deliberation ends at once, and whoever was still asked abstains")
  func cancellation() async throws {
    var constitution = Toy.constitution
    var charter = Charter(critic: "deaf", principle: .truth)
    charter.deadlineMilliseconds = 3_600_000
    constitution.critics.append(charter)
    let deaf = OutsideWitness("deaf", .hangsDeaf)
    defer { deaf.release() }
    let council = Council(constitution, critics: Toy.critics, outside: [deaf], gatherer: WordGatherer())
    let weights = Weights(of: constitution)
    let seats = SeatWeights(weights, under: constitution)
    let matter = try Toy.matter(Toy.harmless)
    let task = Task { await council.deliberate(matter, weights: weights, seats: seats, precedents: []) }
    while deaf.released.withLock({ $0.isEmpty }) { await Task.yield() }
    task.cancel()
    let opinions = await task.value.decision.opinions.bySeat
    #expect(opinions[4].abstention == .cancelled)
    #expect(opinions[0].abstention == nil)
  }

  @Test("critics left out by the poster abstain, required ones are asked all the same")
  func leftOut() throws {
    let decided = Toy.council().decide(
      try Toy.matter(Toy.degrading), weights: Toy.weights, asked: ["risk"])
    let opinions = decided.decision.opinions.bySeat
    #expect(opinions[0].abstention == nil)
    #expect(opinions[1].abstention == .notAsked && opinions[2].abstention == .notAsked)
    #expect(opinions[3].abstention == nil)
    #expect(decided.decision.verdict == .deny)
    #expect(!decided.isByWholeCouncil)
  }

  @Test("what part of the council allows is told as shut, in words too, and nothing is said to open it")
  func partOfTheCouncil() throws {
    let council = Toy.council()
    let matter = try Toy.matter(Toy.harmless)
    let part = council.decide(matter, weights: Toy.weights, asked: ["risk"])
    #expect(part.decision.verdict == .allow && !part.decision.gate.open && !part.answer.gateIsOpen)
    let explained = Explanation(part.decision, counterfactuals: CounterfactualSearch(part, by: council).find())
    #expect(explained.outcome.contains("not the whole council was heard") && explained.counterfactuals.isEmpty)
    // Nobody is asked to decide, whatever part of the council found.
    let grave = council.decide(try Toy.matter(Toy.unappealable), weights: Toy.weights, asked: ["due_process"])
    #expect(grave.decision.verdict == .escalate && grave.decision.gate == Gate(open: false, tier: nil))
    #expect(Explanation(grave.decision, counterfactuals: []).outcome.contains("not the whole council was heard"))
    let whole = council.decide(matter, weights: Toy.weights)
    #expect(whole.decision.gate.open && whole.answer.gateIsOpen)
    #expect(Explanation(whole.decision, counterfactuals: []).outcome == "The action may go ahead.")
  }

  @Test("an answer read from its record stays as it was given, and a permit follows it")
  func answerOfTheRecord() throws {
    let decided = Toy.council().decide(try Toy.matter(Toy.harmless), weights: Toy.weights)
    func core(_ decided: DecidedCase) -> String {
      var writer = JSONWriter(capacity: 64)
      decided.answer.writeCore(to: &writer)
      return writer.string
    }
    func permit(_ decided: DecidedCase) -> Permit? {
      let receipt = Receipt(
        index: 7, leafHash: SHA256.digest([]), time: "2026-01-01T00:00:00.000000Z", checkpoint: "", size: 8, proof: nil,
        isFirst: true)
      return Permit(
        id: "prm_1", issuer: "witan", for: decided, deliberation: "dlb_1", receipt: receipt,
        at: Timestamp(microseconds: 0))
    }
    let same = try #require(DecidedAnswer(recorded: Array(core(decided).utf8)))
    #expect(same == decided.answer && permit(decided) != nil)
    let before = core(decided).replacingOccurrences(of: #""score":0"#, with: #""score":0.25"#)
    for (text, mayGoAhead) in [
      (before, true), (before.replacingOccurrences(of: #""open":true"#, with: #""open":false"#), false),
      (before.replacingOccurrences(of: #""verdict":"allow""#, with: #""verdict":"deny""#), false),
    ] {
      let told = decided.answered(by: try #require(DecidedAnswer(recorded: Array(text.utf8))))
      #expect(core(told) == text && core(told) != core(decided))
      #expect((permit(told) != nil) == mayGoAhead)
      var writer = JSONWriter(capacity: 64)
      writer.beginObject()
      told.answer.writeMembers(review: "/v1/reviews/rev_1", to: &writer)
      writer.endObject()
      #expect(try JSONValue(parsing: writer.array)["gate"]?["review"]?.string == "/v1/reviews/rev_1")
    }
    for text in ["", "{}", "[1]", #"{"verdict":"maybe","gate":{"open":true}}"#, #"{"verdict":"allow","gate":{}}"#] {
      #expect(DecidedAnswer(recorded: Array(text.utf8)) == nil, "\(text)")
    }
  }
}

/// A generated case for the toy council.
struct ToyCase: Shrinkable, CustomStringConvertible {
  var action: String
  var facts: Facts
  var tags: [String]

  static func generate(_ random: inout Randomness) -> ToyCase {
    var facts = Facts()
    if random.chance(0.7) { facts.impact = random.pick(Impact.allCases) }
    if random.chance(0.5) { facts.contestable = random.chance(0.5) }
    if random.chance(0.5) { facts.consent = random.pick(Consent.allCases) }
    if random.chance(0.3) { facts.rollback = random.chance(0.5) ? .impossible : .possible(plan: nil) }
    let words = ["report", "threaten", "wipe", "them", "the disk"]
    return ToyCase(
      action: (0..<(1 + random.below(4))).map { _ in random.pick(words) }.joined(separator: " "), facts: facts,
      tags: random.chance(0.2) ? ["degrading"] : [])
  }

  var matter: Case { Case(action: action, facts: facts, tags: tags) }

  var simpler: [ToyCase] {
    facts.known.map { fact in
      var copy = self
      copy.facts.forget(fact)
      return copy
    }
  }

  var description: String { String(decoding: matter.canonical, as: UTF8.self) }
}
