// What becomes of precedents: promoted, renewed, quarantined, set and erased; and that a service which only reads the log
// knows the same of them as the one that wrote it.
import JSON
import Ledger
import Testing

@testable import Engine

@Suite("The precedents' book")
struct PrecedentBookTests {
  /// A council whose reviews were answered, and whoever promotes.
  private struct Court {
    let ledger = SimulatedLedger()
    let proceedings: Proceedings
    private(set) var decided: [(precedent: String, deliberation: String, index: UInt64)] = []

    init() { proceedings = Proceedings.simulated(ledger) }

    /// Decides a case that must be reviewed, and answers the review.
    mutating func decide(_ text: String, _ answer: ReviewAct.Determination) async throws {
      let matter = try Toy.matter(text)
      let answered = try await proceedings.deliberate(DeliberationRequest(matter: matter), by: "svc", trace: nil)
      let review = try #require(answered.review?.id)
      ledger.pass(seconds: 60)
      _ = try await proceedings.answerReview(review, .determine(answer, rationale: "heard"), by: "ada")
      ledger.pass(seconds: 60)
      decided.append((PrecedentBook.id(of: review), answered.id, try #require(answered.receipt?.index)))
    }

    func promote(_ number: Int) async throws {
      _ = try await proceedings.promotePrecedent(
        decided[number].precedent, record: try ledger.record(of: decided[number].deliberation), reason: "a rule",
        by: "admin")
      ledger.pass(seconds: 60)
    }

    func state(_ number: Int) -> Precedent.State? {
      proceedings.precedents.precedents[decided[number].precedent]?.state
    }

    func erase(_ index: UInt64) async throws {
      _ = try await proceedings.erase(index, ground: "asked for", reason: nil, by: "admin")
      ledger.pass(seconds: 60)
    }

    /// The entries by which a precedent was promoted.
    func promotions(_ number: Int) -> [UInt64] {
      ledger.entries.filter {
        $0.type == EntryType.precedent && $0.id.hasPrefix(decided[number].precedent + "/")
          && String(decoding: $0.body, as: UTF8.self).contains("promoted")
      }.map(\.index)
    }
  }

  private static func question(_ name: String) -> String {
    #"{"action": "refuse the loan of \#(name) for good", "context": {"impact": "high", "contestable": false}}"#
  }

  /// What two books differ in, as far as anybody could notice.
  private func difference(_ one: PrecedentBook, _ other: PrecedentBook) throws -> String? {
    if one.precedents != other.precedents { return "\(one.precedents)\nis not\n\(other.precedents)" }
    if one.epoch != other.epoch { return "epochs \(one.epoch) and \(other.epoch)" }
    for name in ["zebulon", "quagmire", "nobody"] {
      let matter = try Toy.matter(Self.question(name))
      if one.index.ranked(matter) != other.index.ranked(matter) { return "what is consulted for \(name)" }
      if try found(name, in: one) != found(name, in: other) { return "what is found" }
    }
    return nil
  }

  private func found(_ words: String, in book: PrecedentBook) throws -> [String] {
    try PrecedentText().search(words) { book }.map(\.precedent.id)
  }

  @Test("no more are put in force than every decision can be compared with, until one makes room")
  func full() async throws {
    var court = Court()
    for name in ["anna", "berta", "carla"] { try await court.decide(Self.question(name), .proceed) }
    try await court.promote(0)
    try await court.promote(1)
    let record = try court.ledger.record(of: court.decided[2].deliberation)
    func promote(_ book: PrecedentBook) throws(PrecedentRefusal) {
      _ = try book.promote(
        court.decided[2].precedent, record: record, reason: "a rule", by: "admin", under: Toy.constitution)
    }
    var book = court.proceedings.precedents
    book.mostInForce = 2
    #expect(throws: PrecedentRefusal.full(limit: 2)) { try promote(book) }
    _ = try book.renew(court.decided[0].precedent, reason: "still right", by: "admin")
    _ = try await court.proceedings.quarantinePrecedent(court.decided[0].precedent, reason: "wrong", by: "admin")
    book = court.proceedings.precedents
    book.mostInForce = 2
    try promote(book)
  }

  // MARK: Erasing

  @Test("the case of a precedent is erased with its deliberation, and neither found nor consulted any more")
  func erasedDeliberation() async throws {
    var court = Court()
    try await court.decide(Self.question("zebulon"), .proceed)
    try await court.promote(0)
    let request = DeliberationRequest(matter: try Toy.matter(Self.question("zebulon")))
    let consulting = try await court.proceedings.deliberate(request, by: "svc", trace: nil)
    #expect(consulting.decided.decision.precedents.map(\.id) == [court.decided[0].precedent])
    let (book, entries) = (court.proceedings.precedents, court.ledger.entries.count)
    let text = court.proceedings.precedentText
    #expect(try court.proceedings.searchPrecedents("zebulon").count == 1 && text.count == 1)

    try await court.erase(court.decided[0].index)
    // Nobody has to look for the words to go.
    #expect(text.count == 0)
    #expect(court.ledger.entries.count == entries + 1)
    for index in [court.decided[0].index] + court.promotions(0) {
      #expect(court.ledger.entries[Int(index)].payload == nil)
    }
    let after = court.proceedings.precedents
    #expect(court.state(0) == .erased && after.epoch == book.epoch + 1)
    for (word, count) in [("zebulon", 0), ("heard", 0), ("rule", 1)] {
      #expect(try court.proceedings.searchPrecedents(word).count == count)
    }
    let later = try await court.proceedings.deliberate(request, by: "svc", trace: nil)
    #expect(later.cache == .miss && later.decided.decision.precedents.isEmpty)
    // What was consulted is in the record of whoever consulted it.
    let record = try court.ledger.record(of: consulting.id)
    #expect(record.precedents.count == 1 && Toy.council().replay(record).matches)

    let id = court.decided[0].precedent
    let refusal = GovernanceRefusal.precedent(.wrongState(.erased))
    await #expect(throws: refusal) { try await court.proceedings.renewPrecedent(id, reason: "r", by: "admin") }
    await #expect(throws: refusal) { try await court.proceedings.quarantinePrecedent(id, reason: "r", by: "admin") }
    await #expect(throws: refusal) {
      try await court.proceedings.promotePrecedent(id, record: record, reason: "r", by: "admin")
    }
    court.ledger.pass(seconds: 400 * 86_400)
    // Reviews run out; a precedent without a case does not set.
    _ = try await court.proceedings.keepTime()
    #expect(court.ledger.entries.filter { $0.type == EntryType.precedent }.count == court.promotions(0).count)
  }

  @Test("a precedent whose own payload was erased is gone too, with every copy of it")
  func erasedPromotion() async throws {
    var court = Court()
    try await court.decide(Self.question("zebulon"), .proceed)
    try await court.promote(0)
    _ = try await court.proceedings.quarantinePrecedent(court.decided[0].precedent, reason: "doubt", by: "admin")
    try await court.promote(0)
    #expect(court.promotions(0).count == 2)
    try await court.erase(court.promotions(0)[1])
    #expect(try court.state(0) == .erased && court.proceedings.searchPrecedents("zebulon").isEmpty)
    for index in court.promotions(0) { #expect(court.ledger.entries[Int(index)].payload == nil) }
    let rebuilt = Proceedings.simulated(court.ledger, replaying: true)
    #expect(try difference(rebuilt.precedents, court.proceedings.precedents) == nil)
  }

  @Test("a copy that is made while the case is erased is erased too, now or at the next start")
  func copyLeft() async throws {
    var court = Court()
    try await court.decide(Self.question("zebulon"), .proceed)
    let draft = try court.proceedings.precedents.promote(
      court.decided[0].precedent, record: try court.ledger.record(of: court.decided[0].deliberation), reason: "a rule",
      by: "admin", under: Toy.constitution)
    try await court.erase(court.decided[0].index)
    let copy = try await court.proceedings.append(draft).index
    #expect(try court.state(0) == .erased && court.proceedings.searchPrecedents("zebulon").isEmpty)
    #expect(court.ledger.entries[Int(copy)].payload != nil)
    let rebuilt = Proceedings.simulated(court.ledger, replaying: true)
    try await rebuilt.eraseCopiesLeft()
    #expect(court.ledger.entries[Int(copy)].payload == nil && rebuilt.precedents.copiesLeft.isEmpty)
    #expect(rebuilt.precedents.precedents == court.proceedings.precedents.precedents)
  }

  @Test("the book as it was kept is the book as the log tells it, whatever happened, and wherever erasures are read")
  func rebuilt() async throws {
    for seed in 0..<60 {
      var random = Randomness(seed: UInt64(seed))
      var court = Court()
      for _ in 0..<30 {
        try await act(&court, &random)
        let fault = try difference(
          Proceedings.simulated(court.ledger, replaying: true).precedents, court.proceedings.precedents)
        guard fault == nil else {
          Issue.record("seed \(seed): \(fault ?? "")")
          return
        }
      }
      #expect(court.proceedings.precedents.copiesLeft.isEmpty)
      for precedent in court.proceedings.precedents.precedents.values where precedent.state == .erased {
        let number = try #require(court.decided.firstIndex { $0.precedent == precedent.id })
        let payloads = court.promotions(number).compactMap { court.ledger.entries[Int($0)].payload }
        #expect(payloads.isEmpty && precedent.matter == nil)
      }
      let erasures = court.ledger.entries.filter { $0.type == LedgerEntryType.erasure }
      let others = court.ledger.entries.filter { $0.type != LedgerEntryType.erasure }
      for entries in [erasures + others, others + erasures, others + erasures.reversed()] {
        let proceedings = Proceedings.simulated(SimulatedLedger())
        proceedings.apply(entries)
        let fault = try difference(proceedings.precedents, court.proceedings.precedents)
        #expect(fault == nil, "seed \(seed): \(fault ?? "")")
      }
    }
  }

  /// Something happens; what the book refuses, does not.
  private func act(_ court: inout Court, _ random: inout Randomness) async throws {
    guard !court.decided.isEmpty, random.chance(0.75) else {
      return try await court.decide(
        Self.question(random.pick(["zebulon", "quagmire"])), random.chance(0.6) ? .proceed : .halt)
    }
    let number = random.below(court.decided.count)
    let id = court.decided[number].precedent
    do {
      switch random.below(12) {
      case 0...4:
        guard court.ledger.entries[Int(court.decided[number].index)].payload != nil else { return }
        try await court.promote(number)
      case 5, 6: _ = try await court.proceedings.renewPrecedent(id, reason: "still right", by: "admin")
      case 7, 8: _ = try await court.proceedings.quarantinePrecedent(id, reason: "doubt", by: "admin")
      case 9:
        court.ledger.pass(seconds: 200 * 86_400)
        try await court.proceedings.keepTime()
      case 10: try await court.erase(court.decided[number].index)
      default: if let index = court.promotions(number).randomElement(using: &random) { try await court.erase(index) }
      }
    } catch GovernanceRefusal.precedent {}
  }

  // MARK: Drift

  @Test("drift goes by when cases were decided, not by when their precedents were last touched")
  func drift() async throws {
    var court = Court()
    try await court.decide(Self.question("zebulon"), .proceed)
    let between = court.ledger.now
    try await court.decide(Self.question("quagmire"), .halt)
    try await court.decide(Self.question("somebody else"), .halt)
    func drift() -> [PrecedentDrift] { PrecedentDrift.around(between, court.proceedings.precedents.precedents.values) }
    // The later one first: when it is promoted says nothing.
    try await court.promote(1)
    #expect(drift().isEmpty)
    try await court.promote(0)
    let told = drift()
    #expect(told.map(\.principle) == [.dueProcess] && told[0].change == -2)
    #expect(told[0].countBefore == 1 && told[0].countSince == 1)
    _ = try await court.proceedings.renewPrecedent(court.decided[0].precedent, reason: "still right", by: "admin")
    #expect(drift() == told)
    court.ledger.pass(seconds: 366 * 86_400)
    try await court.proceedings.keepTime()
    #expect(court.state(0) == .sunset && drift() == told)
    try await court.erase(court.decided[0].index)
    #expect(court.state(0) == .erased && drift() == told)
    _ = try await court.proceedings.quarantinePrecedent(court.decided[1].precedent, reason: "doubt", by: "admin")
    #expect(drift().isEmpty)
  }

  // MARK: Size

  @Test("a promotion costs what its own case costs, and so does a start, however many precedents there are")
  func size() {
    var random = Randomness(seed: 8)
    let count = 1500
    let entries = (0..<count).flatMap { number -> [LoggedEntry] in
      let words = (0..<300).map { _ in "word\(random.below(3000))" }.joined(separator: " ")
      var closed = JSONWriter()
      closed.beginObject()
      closed.member("act", "determine")
      closed.member("deliberation", "dlb_\(number)")
      closed.member("determination", "proceed")
      closed.member("outcome", "affirmed")
      closed.member("review", "rev_\(number)")
      closed.member("text", "heard")
      closed.member("verdict", "escalate")
      closed.endObject()
      let event = PrecedentEvent(kind: .promoted, precedent: "prc_\(number)", reason: "a rule")
      let time = Timestamp(microseconds: Int64(number))
      return [
        LoggedEntry(
          index: UInt64(2 * number), type: EntryType.review, id: "rev_\(number)/1", actor: "ada", time: time,
          body: closed.array),
        LoggedEntry(
          index: UInt64(2 * number + 1), type: EntryType.precedent, id: "prc_\(number)/1", actor: "admin", time: time,
          body: event.jsonBytes, payload: Case(action: words).canonical),
      ]
    }
    let clock = ContinuousClock()
    let oneByOne = Proceedings.simulated(SimulatedLedger())
    let promoting = clock.measure { for entry in entries { oneByOne.apply(entry) } }
    let atOnce = Proceedings.simulated(SimulatedLedger())
    let starting = clock.measure { atOnce.apply(entries) }
    #expect(atOnce.precedents.epoch == count && oneByOne.precedents.epoch == count)
    let asked = Case(action: "word1 word2 word3")
    #expect(atOnce.precedents.index.ranked(asked) == oneByOne.precedents.index.ranked(asked))
    // Making the index anew for each takes minutes.
    #expect(promoting < .seconds(15) && starting < .seconds(5), "\(promoting), \(starting)")
    print("precedents: \(promoting) one by one, \(starting) at once")
  }
}
