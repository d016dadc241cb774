// The shipped council decides a case again from the bytes of its record, and comes to the same bytes, whatever the case, the
// weights and the precedents.
import JSON
import TestSupport
import Testing

@testable import Critics
@testable import Engine
@testable import Evidence

@Suite("Deciding again")
struct ReplayLaws {
  private static let constitution = BuiltInConstitution.constitution
  private static let council = Council(
    constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer())

  /// A case that joins the words and facts of two examples.
  private static func matter(_ generator: inout SeededGenerator) throws -> Case {
    func example() throws -> JSONObject {
      let example = try #require(CaseFiles.all.randomElement(using: &generator))
      let document = try JSONValue(parsing: example.matter.canonical)
      return try #require(document.object)
    }
    var document = try example()
    let second = try example()
    document["action"] = .string(
      "\(document["action"]?.string ?? "") \(Int.random(in: 0..<1_000_000, using: &generator))")
    if Bool.random(using: &generator), let text = second["action"] { document["output"] = text }
    var context = document["context"]?.object ?? JSONObject()
    for name in second["context"]?.object?.names.map({ $0 }) ?? [] where Bool.random(using: &generator) {
      context[name] = second["context"]?[name]
    }
    if !context.isEmpty { document["context"] = .object(context) }
    return try Case.decode(JSONValue.object(document).jsonBytes)
  }

  @Test("a record's bytes decide again to the same answer, for thousands of cases, weights and precedents")
  func again() throws {
    var generator = SeededGenerator(seed: 9)
    var verdicts: Set<Verdict> = []
    for run in 0..<repetitions(20_000) {
      let matter = try Self.matter(&generator)
      var values = Weights(of: Self.constitution).values
      for name in values.keys.sorted() { values[name] = Double.random(in: 0.1...10, using: &generator) }
      let precedents = (0..<Int.random(in: 0...3, using: &generator)).map { number in
        ConsultedPrecedent(
          id: "prc_\(number)", similarity: Double.random(in: 0.35...1, using: &generator),
          outcome: [-1, 0, 1].randomElement(using: &generator) ?? 0, verdict: .escalate, clauses: ["A1"],
          principles: [.autonomy], reason: "because")
      }
      let decided = Self.council.decide(
        matter, weights: Weights(version: 7, values: values), precedents: precedents, asked: nil)
      var writer = JSONWriter()
      decided.writeRecord(to: &writer)
      let record = try JSONReader.decode(DecisionRecord.self, from: writer.array)
      let replay = Self.council.replay(record)
      #expect(
        replay.matches, "run \(run): \(replay.differences) in \(String(decoding: matter.canonical, as: UTF8.self))")
      if !replay.matches { return }
      verdicts.insert(decided.decision.verdict)
    }
    #expect(verdicts.count == Verdict.allCases.count)
  }
}
