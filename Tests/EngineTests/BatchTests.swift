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
    let report = await Preview(from: present, to: present.proposing(Toy.council(stricter))).run(past) { _ in
      heard.next()
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
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return await Preview(from: present, to: present).run(past)
    }
    task.cancel()
    let report = await task.value
    #expect(!report.isComplete && report.evaluated < 5000)
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

@Suite("Precedents")
struct PrecedentTests {
  private func precedent(_ id: String, _ text: String, since: Int64 = 0, outcome: ReviewOutcome = .affirmed) throws
    -> Precedent
  {
    var precedent = Precedent(
      id: id, review: "rev_\(id)", deliberation: "dlb_\(id)", verdict: .escalate, outcome: outcome, state: .active,
      since: Timestamp(microseconds: since))
    precedent.matter = try Toy.matter(text)
    precedent.principles = [.risk]
    return precedent
  }

  @Test("the most similar past case comes first, by words and by facts")
  func ranking() throws {
    let index = PrecedentIndex(
      [
        try precedent(
          "loan", #"{"action": "refuse the loan of the applicant", "context": {"domain": "credit", "impact": "high"}}"#),
        try precedent("disk", #"{"action": "wipe the disk of the server", "context": {"domain": "operations"}}"#),
        try precedent(
          "job", #"{"action": "refuse the applicant the job", "context": {"domain": "hiring", "impact": "high"}}"#),
      ], epoch: 1)
    let asked = try Toy.matter(
      #"{"action": "refuse a loan to an applicant", "context": {"domain": "credit", "impact": "high"}}"#)
    #expect(index.ranked(asked).map(\.precedent.id) == ["loan", "job", "disk"])
    let consulted = index.consult(asked, under: PrecedentRules())
    #expect(consulted.first?.id == "loan" && consulted.allSatisfy { $0.similarity >= 0.35 && $0.similarity <= 1 })
    var strict = PrecedentRules()
    strict.consultedAtMost = 1
    #expect(index.consult(asked, under: strict).count == 1)
    strict.leastSimilarity = 1.1
    #expect(index.consult(asked, under: strict).isEmpty)
  }

  @Test("a case is most similar to itself")
  func itself() throws {
    var random = Randomness(seed: 4)
    let all = try (0..<30).map {
      try precedent("p\($0)", String(decoding: ToyCase.generate(&random).matter.canonical, as: UTF8.self))
    }
    let index = PrecedentIndex(all, epoch: 1)
    for each in all {
      let matter = try #require(each.matter)
      let ranked = index.ranked(matter)
      let own = try #require(ranked.first { $0.precedent.id == each.id })
      #expect(own.similarity >= ranked[0].similarity - 0.25)
    }
  }

  @Test("what is consulted is the beginning of the whole list, however much of it was passed over")
  func consulting() throws {
    var random = Randomness(seed: 9)
    let index = PrecedentIndex(
      try (0..<60).map {
        try precedent("p\($0)", String(decoding: ToyCase.generate(&random).matter.canonical, as: UTF8.self))
      }, epoch: 1)
    for _ in 0..<200 {
      let matter = ToyCase.generate(&random).matter
      var rules = PrecedentRules()
      rules.leastSimilarity = random.real(0...1)
      let whole = index.ranked(matter).filter { $0.similarity >= rules.leastSimilarity }
      #expect(index.consult(matter, under: rules).map(\.id) == whole.prefix(5).map(\.precedent.id))
    }
  }

  @Test("words are runs of letters and digits in lower case, in ASCII as in any other script")
  func words() {
    let plain = WordIndex.words(of: ["Wipe the DISK, wipe disk2! a-b x9"], atMost: 100)
    #expect(plain == ["wipe": 2, "the": 1, "disk": 1, "disk2": 1, "x9": 1])
    var marked = WordIndex.words(of: ["Wipe the DISK, wipe disk2! a-b x9 ÄÖ"], atMost: 100)
    #expect(marked.removeValue(forKey: "äö") == 1 && marked == plain)
    #expect(WordIndex.words(of: ["one two three"], atMost: 2).count == 2)
    #expect(WordIndex.words(of: ["one two", "three"], atMost: 2).count == 2)
  }

  @Test("logarithms are those of mathematics")
  func logarithm() {
    for (value, expected) in [
      (1.0, 0.0), (2.0, 0.6931471805599453), (2.718281828459045, 1.0), (1000, 6.907755278982137),
    ] {
      #expect(abs(WordIndex.logarithm(value) - expected) < 1e-12)
    }
  }

  @Test("drift shows where later cases end otherwise than earlier ones")
  func drift() throws {
    let past = [
      try precedent("a", Toy.harmless, since: 10), try precedent("b", Toy.harmless, since: 20),
      try precedent("c", Toy.harmless, since: 30, outcome: .rejected),
    ]
    let drift = PrecedentDrift.around(Timestamp(microseconds: 25), past)
    #expect(drift.map(\.principle) == [.risk] && drift[0].change == -2 && drift[0].countBefore == 2)
    #expect(PrecedentDrift.around(Timestamp(microseconds: 5), past).isEmpty)
  }
}
