// Reviews at their edges: how long they wait and for how many, in which order, whose names are the same, and what a log
// that is heard twice makes of them.
import Crypto
import JSON
import Ledger
import Testing

@testable import Engine

@Suite("The book of reviews")
struct ReviewBookTests {
  private let begin = Timestamp(microseconds: 1_800_000_000_000_000)

  private func decided(_ text: String, _ change: (inout Constitution) -> Void = { _ in }) throws -> DecidedCase {
    var constitution = Toy.constitution
    change(&constitution)
    return Toy.council(constitution).decide(try Toy.matter(text), weights: Toy.weights)
  }

  /// The entry of a deliberation that opens a review.
  private func entry(_ text: String, _ number: UInt64, asked: Bool = true) throws -> LoggedEntry {
    let decided = try decided(text)
    let opening =
      asked ? ReviewOpening(id: "rev_\(number)", for: decided, postedBy: "svc", at: begin) : nil
    return LoggedEntry(
      index: number, type: EntryType.deliberation, id: "dlb_\(number)", actor: "svc", time: begin,
      body: decided.entry.bytes(cache: "miss", review: opening))
  }

  private func answer(_ review: Review, _ act: ReviewAct, by name: String, _ index: UInt64) throws -> LoggedEntry {
    let draft = try review.answer(act, by: name, at: begin)
    return LoggedEntry(
      index: index, type: draft.type, id: draft.id, actor: draft.actor, time: begin, body: draft.body)
  }

  private func book(_ texts: [String]) throws -> ReviewBook {
    var book = ReviewBook()
    for (number, text) in texts.enumerated() { try book.apply(entry(text, UInt64(number))) }
    return book
  }

  private let proceed = ReviewAct.determine(.proceed, rationale: "I looked.")

  @Test("each tier waits as long and for as many people as the constitution says, and never for nobody")
  func tiers() throws {
    func rules(_ constitution: inout Constitution) {
      constitution.reviews.determinationSeconds = 7200
      constitution.reviews.determinationPeople = 3
      constitution.reviews.acknowledgmentSeconds = 60
      constitution.reviews.acknowledgmentPeople = 2
    }
    let grave = try #require(
      ReviewOpening(id: "rev_1", for: try decided(Toy.unappealable, rules), postedBy: "svc", at: begin))
    #expect(grave.people == 3 && grave.expires.microseconds - begin.microseconds == 7_200_000_000)
    let light = try #require(
      ReviewOpening(id: "rev_2", for: try decided(Toy.unconsented, rules), postedBy: "svc", at: begin))
    #expect(light.people == 2 && light.expires.microseconds - begin.microseconds == 60_000_000)
    let nobody = try decided(Toy.unappealable) { $0.reviews.determinationPeople = 0 }
    #expect(ReviewOpening(id: "rev_3", for: nobody, postedBy: "svc", at: begin)?.people == 1)
  }

  @Test("the queue has determinations first, each tier alone where that is asked for, and none that was answered")
  func queue() throws {
    var book = try book([Toy.unconsented, Toy.unappealable, Toy.unconsented, Toy.degrading])
    #expect(book.pending().map(\.id) == ["rev_1", "rev_3", "rev_0", "rev_2"])
    #expect(book.pending(tier: .determination).map(\.id) == ["rev_1", "rev_3"])
    #expect(book.pending(tier: .acknowledgment).map(\.id) == ["rev_0", "rev_2"])
    try book.apply(answer(book.review("rev_0"), .acknowledge(statement: "seen"), by: "ada", 4))
    #expect(book.pending().map(\.id) == ["rev_1", "rev_3", "rev_2"])
    #expect(try book.review("rev_0").outcome == .affirmed)
    #expect(try book.review("rev_1").isPending)
  }

  @Test("a review that was opened before stays as it is when its opening is heard again")
  func heardTwice() throws {
    var book = try book([Toy.unappealable])
    try book.apply(answer(book.review("rev_0"), proceed, by: "ada", 1))
    let closed = book.reviews
    try book.apply(entry(Toy.unappealable, 0))
    #expect(book.reviews == closed && book.pending().isEmpty)
    try book.apply(entry(Toy.unappealable, 5, asked: false))
    #expect(book.reviews == closed)
  }

  @Test("a review that waits for a second person stays in the queue, however often the first one is heard")
  func half() throws {
    var book = ReviewBook()
    let decided = try decided(Toy.unappealable) { $0.reviews.determinationPeople = 2 }
    let opening = ReviewOpening(id: "rev_0", for: decided, postedBy: "svc", at: begin)
    try book.apply(
      LoggedEntry(
        index: 0, type: EntryType.deliberation, id: "dlb_0", actor: "svc", time: begin,
        body: decided.entry.bytes(cache: "miss", review: opening)))
    let first = try answer(book.review("rev_0"), proceed, by: "ada", 1)
    for _ in 0..<3 { try book.apply(first) }
    #expect(try book.review("rev_0").answers.map(\.by) == ["ada"])
    #expect(book.pending().map(\.id) == ["rev_0"] && book.pending()[0].openedBy == nil)
    #expect(book.pending()[0].tier == .determination)
    #expect(throws: ReviewRefusal.samePerson) { try book.review("rev_0").answer(proceed, by: " \tADA\n", at: begin) }
    try book.apply(answer(book.review("rev_0"), proceed, by: "bob", 2))
    #expect(try book.review("rev_0").openedBy == ["ada", "bob"])
  }

  @Test("an answer counts to the last instant, and at the end a review runs out")
  func end() throws {
    let review = try book([Toy.unappealable]).review("rev_0")
    let last = Timestamp(microseconds: review.opening.expires.microseconds - 1)
    #expect(throws: Never.self) { try review.answer(proceed, by: "ada", at: last) }
    #expect(review.expiry(at: last) == nil)
    #expect(throws: ReviewRefusal.expired(at: review.opening.expires)) {
      try review.answer(proceed, by: "ada", at: review.opening.expires)
    }
    #expect(review.expiry(at: review.opening.expires) != nil)
  }

  @Test("an answer is bound to the case that it names, and needs not name one")
  func bound() throws {
    let review = try book([Toy.unappealable]).review("rev_0")
    #expect(throws: Never.self) { try review.answer(proceed, by: "ada", at: begin) }
    #expect(throws: Never.self) { try review.answer(proceed, by: "ada", at: begin, caseHash: review.caseHash) }
    #expect(throws: ReviewRefusal.otherCase) {
      try review.answer(proceed, by: "ada", at: begin, caseHash: SHA256.digest(utf8: "another"))
    }
  }

  @Test("an acknowledgment opens tier 2 and not tier 3", arguments: [Toy.unconsented, Toy.unappealable])
  func acts(_ text: String) throws {
    let review = try book([text]).review("rev_0")
    let acknowledgment = ReviewAct.acknowledge(statement: "I own it.")
    if review.tier == .acknowledgment {
      #expect(throws: Never.self) { try review.answer(acknowledgment, by: "ada", at: begin) }
    } else {
      #expect(throws: ReviewRefusal.needsDetermination) { try review.answer(acknowledgment, by: "ada", at: begin) }
    }
    #expect(acknowledgment.proceeds && proceed.proceeds)
    #expect(!ReviewAct.determine(.halt, rationale: "No.").proceeds)
    #expect(!ReviewAct.determine(.modify, rationale: "Less.").proceeds)
  }

  @Test(
    "names that differ in case and surrounding space alone are one person",
    arguments: [("ada", "Ada ", true), (" ada", "ada", true), ("ada", "a da", false), ("ada", "adam", false)])
  func names(_ one: String, _ other: String, _ isSame: Bool) {
    #expect(Review.isSame(one, other) == isSame)
  }
}
