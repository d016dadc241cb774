// How past cases are found: by words, by facts, and whatever their length.
import JSON
import Ledger
import Testing

@testable import Engine

@Suite("Precedents")
struct PrecedentTests {
  private func precedent(_ id: String, _ matter: Case) -> Precedent {
    var precedent = Precedent(
      id: id, review: "rev_\(id)", deliberation: "dlb_\(id)", verdict: .escalate, outcome: .affirmed,
      decided: Timestamp(microseconds: 0))
    precedent.standing = .active
    precedent.matter = matter
    return precedent
  }

  private func precedent(_ id: String, _ text: String) throws -> Precedent { precedent(id, try Toy.matter(text)) }

  /// A case of so many words out of so many, with facts or without.
  private func matter(_ random: inout Randomness, words: Int, of vocabulary: Int = 400, stating facts: Bool) -> Case {
    let told = (0..<words).map { _ in "word\(random.below(vocabulary))" }.joined(separator: " ")
    return Case(action: told, facts: facts ? ToyCase.generate(&random).facts : Facts())
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
    #expect(index.ranked(asked).map(\.id) == ["loan", "job", "disk"])
    let consulted = index.consult(asked, under: PrecedentRules())
    #expect(consulted.first?.id == "loan" && consulted.allSatisfy { $0.similarity >= 0.35 && $0.similarity <= 1 })
    var strict = PrecedentRules()
    strict.consultedAtMost = 1
    #expect(index.consult(asked, under: strict).count == 1)
    strict.leastSimilarity = 1.1
    #expect(index.consult(asked, under: strict).isEmpty)
  }

  @Test("a case is wholly similar to itself, however long it is, whether it states facts or not")
  func itself() throws {
    var random = Randomness(seed: 4)
    var cases = (0..<60).map { number in
      matter(&random, words: number < 50 ? 1 + random.below(20) : 150 + random.below(300), stating: random.chance(0.5))
    }
    cases.append(Case(action: "?"))
    cases.append(matter(&random, words: PrecedentIndex.mostWords + 500, of: 5000, stating: false))
    cases.append(
      try Toy.matter(
        #"{"action": "refuse the loan", "context": {"domain": "lending", "impact": "high", "reversible": true, "#
          + #""rollback": "undo it", "affected_persons": 3, "vulnerable_groups": ["minors"], "consent": "given", "#
          + #""contestable": true, "appeal_channel": "branch", "accountable": {"name": "A"}, "purpose": "credit", "#
          + #""explanation_available": true, "features_used": ["age"], "data_categories": [], "collected_for": "x", "#
          + #""confidence": 0.5, "evidence": ["a"], "claims": ["b"], "budget": {"unit": "EUR"}, "deadline": "soon", "#
          + #""group_outcomes": {"a": {"selected": 1, "total": 4}}, "irreversible_effects": [], "#
          + #""environment": "production", "destination": "here", "amount": {"value": 0, "currency": "EUR"}}}"#))
    for budget in [#"{"limit": 0, "cost": 5}"#, #"{"limit": 5, "cost": 9}"#, #"{"cost": 5}"#] {
      cases.append(try Toy.matter(#"{"action": "buy it", "context": {"budget": \#(budget)}}"#))
    }
    let index = PrecedentIndex(cases.enumerated().map { precedent("p\($0)", $1) }, epoch: 1)
    for (number, matter) in cases.enumerated() {
      let ranked = index.ranked(matter)
      let own = try #require(ranked.first { $0.id == "p\(number)" })
      #expect(own.similarity == 1, "\(matter.canonical.count) bytes")
      #expect(ranked.allSatisfy { 0...1 ~= $0.similarity })
    }
  }

  @Test("cases that share little are not consulted, however long they are; part of a case is less than the whole")
  func others() throws {
    var random = Randomness(seed: 5)
    for facts in [false, true] {
      for lengths in [(10, 10), (10, 200), (200, 10), (200, 200)] {
        let past = (0..<20).map { precedent("p\($0)", matter(&random, words: lengths.0, of: 5000, stating: facts)) }
        let index = PrecedentIndex(past, epoch: 1)
        for _ in 0..<20 {
          var other = matter(&random, words: lengths.1, of: 5000, stating: false)
          if facts { other = other.with(try Toy.matter(#"{"action": "a", "context": {"purpose": "p"}}"#).facts) }
          #expect(index.consult(other, under: PrecedentRules()).isEmpty, "\(lengths)")
        }
      }
    }
    let whole = matter(&random, words: 60, of: 5000, stating: false)
    let part = Case(action: whole.action.split(separator: " ").prefix(30).joined(separator: " "))
    let others = (0..<10).map { precedent("p\($0)", matter(&random, words: 40, of: 5000, stating: false)) }
    func similarity(_ asked: Case, _ past: Case) throws -> Double {
      let index = PrecedentIndex(others + [precedent("x", past)], epoch: 1)
      return try #require(index.ranked(asked).first { $0.id == "x" }).similarity
    }
    let (within, around) = (try similarity(part, whole), try similarity(whole, part))
    #expect(0.35...0.8 ~= within && 0.35...0.8 ~= around && abs(within - around) < 0.4, "\(within) \(around)")
  }

  @Test("precedents that came and went leave the index as if it had been made of the rest, and copies as they were")
  func growth() {
    var random = Randomness(seed: 6)
    var index = PrecedentIndex(epoch: 0)
    var past: [Precedent] = []
    var (copy, copied) = (index, past)
    for step in 0..<400 {
      if step == 200 { (copy, copied) = (index, past) }
      if past.isEmpty || random.chance(0.6) {
        let facts = random.chance(0.5)
        past.append(precedent("p\(step)", matter(&random, words: random.below(30), of: 60, stating: facts)))
        index.insert(past[past.count - 1])
      } else {
        index.remove(past.remove(at: random.below(past.count)).id)
      }
      guard step % 10 == 9 else { continue }
      let asked = matter(&random, words: 20, of: 60, stating: true)
      #expect(index.ranked(asked) == PrecedentIndex(past.reversed(), epoch: 0).ranked(asked))
      if step > 200 { #expect(copy.ranked(asked) == PrecedentIndex(copied, epoch: 0).ranked(asked)) }
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
      #expect(index.consult(matter, under: rules).map(\.id) == whole.prefix(5).map(\.id))
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
}
