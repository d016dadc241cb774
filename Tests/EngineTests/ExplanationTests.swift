// Explanations in plain words, and counterfactuals that hold when they are tried.
import JSON
import Testing

@testable import Engine

@Suite("Explanations")
struct ExplanationTests {
  private func decide(_ text: String) throws -> DecidedCase {
    Toy.council().decide(try Toy.matter(text), weights: Toy.weights)
  }

  @Test("a fact that would have changed the verdict is found and said")
  func contestable() throws {
    let found = CounterfactualSearch(try decide(Toy.unappealable), by: Toy.council()).find()
    #expect(found.first?.sentence == "Would be allowed if `contestable` were true.")
    #expect(found.first?.verdict == .allow && found.first?.gate.open == true)
  }

  @Test("where one change does not suffice, two are found")
  func two() throws {
    let decided = try decide(
      #"{"action": "refuse", "context": {"impact": "high", "contestable": false, "consent": "absent"}}"#)
    let found = CounterfactualSearch(decided, by: Toy.council()).find()
    #expect(found.first.map { $0.changes.map(\.fact) } == [.contestable, .consent])
  }

  @Test("what no fact can mend has no counterfactual, and neither has what may go ahead")
  func none() throws {
    #expect(CounterfactualSearch(try decide(Toy.degrading), by: Toy.council()).find().isEmpty)
    #expect(CounterfactualSearch(try decide(Toy.harmless), by: Toy.council()).find().isEmpty)
  }

  @Test("every counterfactual holds when the changed case is decided again")
  func checked() {
    forAll(runs: 300, ToyCase.generate) { toy in
      let decided = Toy.council().decide(toy.matter, weights: Toy.weights)
      for found in CounterfactualSearch(decided, by: Toy.council()).find() {
        var context = "{}"
        do {
          var document = try #require(try JSONValue(parsing: decided.decision.matter.canonical).object)
          var facts = document["context"]?.object ?? JSONObject()
          for change in found.changes { facts[change.fact.rawValue] = try JSONValue(parsing: change.value) }
          document["context"] = .object(facts)
          context = JSONValue.object(document).description
          let again = Toy.council().decide(try Toy.matter(context), weights: Toy.weights).decision
          if again.verdict != found.verdict || again.gate != found.gate {
            return "\(found.sentence) gives \(again.verdict)"
          }
        } catch { return "\(error) in \(context)" }
      }
      return nil
    }
  }

  @Test("there are at most four principal reasons, each clause once, the reason of the answer first")
  func reasons() {
    forAll(runs: 3000, Scenario.generate) { scenario in
      let decision = scenario.decision
      let reasons = Explanation(decision).reasons
      if reasons.count > 4 { return "\(reasons.count) reasons" }
      if decision.verdict != .allow && reasons.first?.text != decision.reason.text { return "another first reason" }
      let clauses = reasons.compactMap { reason in reason.clause.map { "\(reason.critic ?? "") \($0)" } }
      return Set(clauses).count == clauses.count ? nil : "a clause twice: \(clauses)"
    }
  }

  @Test("the administrator reads figures, the person concerned reads reasons and where to turn")
  func views() throws {
    let decided = try decide(
      #"{"action": "refuse", "context": {"impact": "high", "contestable": false, "consent": "given","#
        + #" "appeal_channel": "write to appeals", "accountable": {"name": "Ada", "role": "lead"}}}"#)
    let explanation = Explanation(
      decided.decision, counterfactuals: CounterfactualSearch(decided, by: Toy.council()).find())
    let administrator = explanation.markdown(for: .administrator)
    #expect(administrator.contains("# escalate") && administrator.contains("DP1 No contestability"))
    #expect(administrator.contains("| due_process | 1.9 |") && administrator.contains("if `contestable` were true"))
    let subject = explanation.markdown(for: .subject)
    #expect(
      subject.contains("Nobody can contest it.") && subject.contains("write to appeals")
        && subject.contains("Ada, lead"))
    #expect(!subject.contains("weight") && !subject.contains("DP1"))
    #expect(subject.contains("Would be allowed if it could be contested.") && !subject.contains("`"))
    let json = try JSONValue(parsing: explanation.jsonBytes)
    #expect(json["counterfactuals"]?[0]?["changes"]?[0]?["value"] == true)
    #expect(json["contributions"]?[0]?["critic"]?.string == "due_process")
    let shares = (json["contributions"]?.array ?? []).compactMap { $0["share"]?.double }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-5)
    var writer = JSONWriter()
    explanation.write(to: &writer, for: .subject)
    let told = try JSONValue(parsing: writer.array)
    #expect(
      told.object.map { Array($0.names) } == [
        "verdict", "outcome", "reasons", "constraints", "counterfactuals", "accountable", "appeal_channel",
      ])
    #expect(told["reasons"]?[0]?.object.map { Array($0.names) } == ["title", "text"])
    #expect(told["counterfactuals"]?[0]?.object.map { Array($0.names) } == ["text"])
    #expect(told["accountable"]?.string == "Ada, lead" && told["appeal_channel"]?.string == "write to appeals")
  }

  @Test("the person concerned is told no strengths, places, gradings and names of facts")
  func plain() {
    #expect(
      PlainWords.telling(
        "Contradiction: the text contradicts itself (opposite, strength 0.75, in /output; and 2 more); also a promise (of old)"
          + " is broken. Graver by 0.2: impact is high. Not stated: rollback, consent.")
        == "Contradiction: the text contradicts itself; also a promise (of old) is broken.")
    #expect(PlainWords.telling("Nobody (at all") == "Nobody (at all")
    forAll(runs: 3000, Scenario.generate) { scenario in
      let explanation = Explanation(scenario.decision)
      for reason in explanation.reasons where reason.clause == nil {
        if reason.plainText.contains(where: \.isNumber) { return reason.plainText }
      }
      return nil
    }
  }
}
