// Many cases at once, previews of a change, and the pace towards outside critics.
import JSON
import Ledger
import TestSupport
import Testing

@testable import Engine

@Suite("Batches and previews")
struct BatchTests {
  private func cases(_ count: Int, seed: UInt64) -> [Case] {
    var random = Randomness(seed: seed)
    return (0..<count).map { _ in ToyCase.generate(&random).matter }
  }

  private var sitting: Sitting { Sitting(council: Toy.council(), weights: Toy.weights, precedents: NoPrecedents()) }

  @Test("a batch decides as one by one, in order, and equal cases once")
  func order() async {
    let cases = cases(1000, seed: 7)
    let sitting = sitting
    let decided = await sitting.decideAll(cases)
    #expect(decided.count == cases.count)
    for (matter, one) in zip(cases, decided) {
      #expect(one.decision.matter.hash == matter.hash)
      #expect(one.answer == sitting.decide(matter).answer)
    }
    #expect(Set(decided.map { ObjectIdentifier($0) }).count == Set(cases.map(\.hash)).count)
  }

  @Test("a batch is recorded case by case, and what is wrong is an error in its place")
  func recorded() async throws {
    let ledger = SimulatedLedger { $0 == 3 ? .refused(.diskFull) : .written }
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    var wrong = DeliberationOptions()
    wrong.critics = ["nobody"]
    let requests = [
      DeliberationRequest(matter: try Toy.matter(Toy.harmless)),
      DeliberationRequest(matter: try Toy.matter(Toy.harmless), options: wrong),
      DeliberationRequest(matter: try Toy.matter(Toy.harmless)),
      DeliberationRequest(matter: try Toy.matter(Toy.degrading)),
      DeliberationRequest(matter: try Toy.matter(Toy.unappealable)),
    ]
    let results = await proceedings.deliberateAll(requests, by: "svc", trace: "t")
    #expect(results.count == 5)
    guard case .success(let first) = results[0], case .failure(.invalid) = results[1],
      case .success(let second) = results[2], case .failure(.notRecorded(.diskFull)) = results[3],
      case .success(let last) = results[4]
    else {
      Issue.record("\(results.map { "\($0)".prefix(80) })")
      return
    }
    #expect(first.cache == .miss && second.cache == .hit && first.id != second.id)
    #expect(first.permit != nil && last.permit == nil && last.review != nil)
    #expect(ledger.entries.count == 3)
    #expect(proceedings.pendingReviews().map(\.id) == [last.review?.id ?? ""])
    #expect(try await proceedings.deliberate(requests[4], by: "svc", trace: nil).cache == .hit)
  }

  @Test(
    "batches that are begun before others are concluded are recorded in that order, and equal cases of them decided once"
  )
  func underWay() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger.open(dataFolder: folder.path, configuration: LedgerConfiguration())
    defer { ledger.close() }
    let proceedings = Proceedings(council: Toy.council(), recorder: ledger, signer: PlainSigner())
    let requests = cases(100, seed: 17).map { DeliberationRequest(matter: $0) }
    let first = await proceedings.beginAll(requests, by: "svc", trace: "t")
    let second = await proceedings.beginAll(Array(requests.reversed()), by: "svc", trace: "t")
    // A review opens when it is concluded, not before.
    #expect(proceedings.pendingReviews().isEmpty)
    let later = try await proceedings.conclude(second).map { try $0.get() }
    let earlier = try await proceedings.conclude(first).map { try $0.get() }
    #expect((earlier + later).compactMap { $0.receipt?.index } == Array(0..<200))
    #expect(later.allSatisfy { $0.cache == .hit })
    #expect(zip(earlier, later.reversed()).allSatisfy { $0.decided === $1.decided })
    #expect(Set(earlier.map { ObjectIdentifier($0.decided) }).count == Set(requests.map(\.matter.hash)).count)
    let all = earlier + later
    #expect(Set(proceedings.pendingReviews().map(\.id)) == Set(all.compactMap { $0.review?.id }))
    #expect(all.allSatisfy { ($0.permit != nil) == $0.decided.decision.gate.open })
  }

  @Test("a preview counts what would change, with both reasons, and changes nothing")
  func preview() async throws {
    let present = sitting
    let past = cases(600, seed: 11).enumerated().map { index, matter -> PastCase in
      let decided = present.decide(matter)
      var writer = JSONWriter()
      decided.writeRecord(to: &writer)
      let record = try? JSONReader.decode(DecisionRecord.self, from: writer.array)
      return PastCase(
        id: "dlb_\(index)",
        record: record ?? DecisionRecord(matter: matter, constitution: "", weights: present.weights, answer: []))
    }
    let same = await Preview(from: present, to: present.proposing(["risk": 10, "rights": 0.1])).run(past)
    #expect(same.evaluated == 600 && same.isComplete)
    #expect(same.transitions.allSatisfy { $0.key.from.verdict < .escalate || $0.key.to.verdict >= .escalate })

    var stricter = Toy.constitution
    stricter.formulas.constrainConcern = 1.2
    let heard = Counter()
    let report = await Preview(from: present, to: present.proposing(Toy.council(stricter))).run(past) { _, count in
      if count == 600 { heard.next() }
    }
    let expected = past.count {
      $0.record.matter.facts.truth(.rollback) != true
        && present.decide($0.record.matter).decision.verdict == .allow
        && Toy.council(stricter).decide($0.record.matter, weights: present.weights).decision.verdict != .allow
    }
    #expect(report.changed == expected && expected > 0)
    #expect(heard.count == (600 + Preview.chunk - 1) / Preview.chunk)
    let example = try #require(report.examples.first)
    #expect(example.before.verdict == .allow && example.after.verdict == .allowWithConstraints)
    #expect(example.reasonBefore.clause == nil && example.reasonAfter.clause == "R3")
    let json = try JSONValue(parsing: report.jsonBytes)
    #expect(json["evaluated"]?.integer == 600 && json["changed"]?.integer == expected)
    #expect(json["transitions"]?[0]?["to"]?.string == "allow_with_constraints")
  }

  @Test("a cancelled preview says that it is not complete")
  func cancelled() async {
    let past = cases(5000, seed: 3).map {
      PastCase(id: "x", record: DecisionRecord(matter: $0, constitution: "", weights: Toy.weights, answer: []))
    }
    let present = sitting
    let begun = Counter()
    let task = Task { await Preview(from: present, to: present).run(past) { _, _ in begun.next() } }
    while begun.count == 0 { await Task.yield() }
    task.cancel()
    let report = await task.value
    #expect(!report.isComplete && report.evaluated > 0 && report.evaluated < 5000)
  }

  @Test("the pace grows while outside critics keep up, and halves when they fail or slow down")
  func pace() {
    var pace = OutsidePace()
    for _ in 0..<40 { pace.learn(size: pace.size, failures: 0, milliseconds: 20) }
    #expect(pace.size == OutsidePace.most)
    pace.learn(size: pace.size, failures: 100, milliseconds: 20)
    #expect(pace.size == OutsidePace.most / 2)
    pace.learn(size: pace.size, failures: 0, milliseconds: 500)
    #expect(pace.size == OutsidePace.most / 4)
    for _ in 0..<20 { pace.learn(size: pace.size, failures: pace.size, milliseconds: 20) }
    #expect(pace.size == 1)
    pace.learn(size: 1, failures: 0, milliseconds: 20)
    #expect(pace.size == 2)
  }

  @Test("outside critics are asked for a whole batch")
  func outside() async {
    var constitution = Toy.constitution
    constitution.critics.append(Charter(critic: "model", principle: .truth))
    let witness = OutsideWitness("model", .answers(Opinion(critic: "model", severity: 0.5, confidence: 1)))
    let council = Council(constitution, critics: Toy.critics, outside: [witness], gatherer: WordGatherer())
    let sitting = Sitting(council: council, weights: Weights(of: constitution), precedents: NoPrecedents())
    let cases = cases(50, seed: 5)
    let decided = await sitting.decideAll(cases)
    #expect(zip(cases, decided).allSatisfy { $0.hash == $1.decision.matter.hash })
    #expect(decided.allSatisfy { $0.decision.opinions.bySeat[4].severity == 0.5 })
  }
}
