// What is foretold where precedents count: previews and counterfactuals say what deciding then does.
import JSON
import Testing

@testable import Engine

/// Calls for a human where nothing like the case was decided before.
private struct UnprecedentedCritic: Critic {
  let name = "past"

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    guard examination.precedents.isEmpty else { return Opinion(critic: name, severity: 0, confidence: 0.9) }
    return Opinion(
      critic: name, severity: 1, confidence: 0.9,
      escalations: [Escalation(critic: name, clause: nil, tier: .determination, rationale: "It is new.")])
  }
}

@Suite("Foretelling with precedents")
struct ForesightTests {
  private func council(leastSimilarity: Double) -> Council {
    var constitution = Toy.constitution
    constitution.version = "sha256:\(leastSimilarity)"
    constitution.critics.append(Charter(critic: "past", principle: .truth))
    constitution.precedents.leastSimilarity = leastSimilarity
    return Council(
      constitution, critics: Toy.critics + [UnprecedentedCritic()], gatherer: WordGatherer())
  }

  private func sitting(_ cases: [Case], leastSimilarity: Double) -> Sitting {
    var index = PrecedentIndex(epoch: 1)
    for (number, matter) in cases.enumerated() {
      index.insert(
        matter,
        consultedAs: ConsultedPrecedent(
          id: "prc_\(number)", similarity: 1, outcome: number % 2 == 0 ? 1 : -1, verdict: .escalate))
    }
    let council = council(leastSimilarity: leastSimilarity)
    return Sitting(council: council, weights: Weights(of: council.constitution), precedents: index)
  }

  private func cases(_ count: Int, seed: UInt64) -> [Case] {
    var random = Randomness(seed: seed)
    return (0..<count).map { _ in ToyCase.generate(&random).matter }
  }

  @Test("a preview of other rules for precedents consults them anew", arguments: [(0.3, 0.9), (0.9, 0.3), (0.5, 0.5)])
  func preview(_ before: Double, _ after: Double) async throws {
    let present = sitting(cases(12, seed: 5), leastSimilarity: before)
    let past = try cases(300, seed: 6).enumerated().map { number, matter in
      var writer = JSONWriter()
      present.decide(matter).writeRecord(to: &writer)
      return PastCase(id: "dlb_\(number)", record: try JSONReader.decode(DecisionRecord.self, from: writer.array))
    }
    let proposed = present.proposing(council(leastSimilarity: after))
    let report = await Preview(from: present, to: proposed).run(past)
    let truly = past.count {
      let (one, other) = (present.decide($0.record.matter).decision, proposed.decide($0.record.matter).decision)
      return one.verdict != other.verdict || one.gate != other.gate
    }
    #expect(report.evaluated == 300 && report.changed == truly && (truly > 0) == (before != after))
  }

  @Test("a counterfactual holds when the changed case is posted, however like the past it then is")
  func counterfactuals() {
    let sitting = sitting(cases(20, seed: 8), leastSimilarity: 0.5)
    var told = 0
    forAll(runs: 400, ToyCase.generate) { toy in
      let decided = sitting.decide(toy.matter)
      let found = CounterfactualSearch(decided, by: sitting.council, among: sitting.precedents).find()
      for each in found {
        told += 1
        do {
          let again = sitting.decide(try changed(toy.matter, by: each)).decision
          if again.verdict != each.verdict || again.gate != each.gate {
            return "\(each.sentence) gives \(again.verdict)"
          }
        } catch { return "\(error)" }
      }
      return nil
    }
    #expect(told > 0)
  }

  @Test("nothing is foretold where other precedents would decide the case otherwise as it stands")
  func overtaken() throws {
    let alone = sitting([], leastSimilarity: 0.6)
    let matter = try Toy.matter(Toy.unappealable)
    let decided = alone.decide(matter)
    func found(_ sitting: Sitting) -> [Counterfactual] {
      CounterfactualSearch(decided, by: alone.council, among: sitting.precedents).find()
    }
    // Whatever is done, it stays new.
    #expect(decided.decision.verdict == .escalate && found(alone).isEmpty)
    let harmless = alone.decide(try Toy.matter(Toy.harmless))
    #expect(harmless.decision.verdict == .escalate)
    let since = sitting([harmless.decision.matter], leastSimilarity: 0.6)
    #expect(CounterfactualSearch(harmless, by: alone.council, among: since.precedents).find().isEmpty)
  }

  private func changed(_ matter: Case, by counterfactual: Counterfactual) throws -> Case {
    var document = try #require(try JSONValue(parsing: matter.canonical).object)
    var facts = document["context"]?.object ?? JSONObject()
    for change in counterfactual.changes { facts[change.fact.rawValue] = try JSONValue(parsing: change.value) }
    document["context"] = .object(facts)
    return try Toy.matter(JSONValue.object(document).description)
  }

  @Test("critics who were not asked again are named")
  func assuming() async throws {
    var constitution = Toy.constitution
    constitution.critics.append(Charter(critic: "model", principle: .truth))
    let witness = OutsideWitness("model", .answers(Opinion(critic: "model", severity: 0.2, confidence: 0.8)))
    let council = Council(constitution, critics: Toy.critics, outside: [witness], gatherer: WordGatherer())
    let weights = Weights(of: constitution)
    let decided = await council.deliberate(
      try Toy.matter(Toy.unappealable), weights: weights, seats: SeatWeights(weights, under: constitution),
      precedents: [])
    let found = try #require(CounterfactualSearch(decided, by: council).find().first)
    #expect(found.sentence == "Would be allowed if `contestable` were true, as long as model answered as before.")
    #expect(try JSONValue(parsing: found.jsonBytes)["assuming"]?[0]?.string == "model")
    #expect(!found.plainSentence.contains("model") && found.plainSentence.contains("as before"))
  }
}
