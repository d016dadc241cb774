// What people find precedents by: words, phrases and beginnings of words, over what there is at that moment.
import JSON
import Ledger
import Testing

@testable import Engine

@Suite("Looking for precedents")
struct PrecedentTextTests {
  /// A book whose reviews were answered with these reasons.
  private static func book(_ reasons: [String]) async throws -> PrecedentBook {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    for (number, reason) in reasons.enumerated() {
      let matter = try Toy.matter(
        #"{"action": "refuse the loan of applicant\#(number)", "context": {"impact": "high", "contestable": false}}"#)
      let answered = try await proceedings.deliberate(DeliberationRequest(matter: matter), by: "svc", trace: nil)
      _ = try await proceedings.answerReview(
        try #require(answered.review?.id), .determine(.proceed, rationale: reason), by: "ada")
    }
    return proceedings.precedents
  }

  private static func found(_ question: String, _ book: PrecedentBook) throws -> [String] {
    try PrecedentText().search(question) { book }.map(\.precedent.reason)
  }

  @Test(
    "words, phrases and beginnings of words",
    arguments: [
      ("archive", ["the archive holds a copy", "a copy of the archive"]),
      ("ARCHIVE", ["the archive holds a copy", "a copy of the archive"]),
      ("marigold", []), ("marigol*", ["le jardin préféré of marigolds"]), ("ma*", []),
      ("mar*", ["le jardin préféré of marigolds"]),
      ("prefere", ["le jardin préféré of marigolds"]),
      (#""copy of the archive""#, ["a copy of the archive"]), (#""archive copy""#, []),
      (#""a copy" nowhere"#, ["a copy of the archive", "the archive holds a copy"]),
      (#""a copy" "the archive holds""#, ["the archive holds a copy"]),
      (#""a copy" holds"#, ["the archive holds a copy"]),
      (#""copy of"#, ["a copy of the archive"]), ("it's", ["it's done"]), ("affirmed", nil), ("...", []), ("\" \"", []),
    ] as [(String, [String]?)])
  func question(_ question: String, _ expected: [String]?) async throws {
    let reasons = ["the archive holds a copy", "a copy of the archive", "le jardin préféré of marigolds", "it's done"]
    let found = try Self.found(question, await Self.book(reasons))
    if question == #""a copy" holds"# {
      // A word beside a phrase decides what comes first.
      #expect(found.first == expected?.first && found.count == 2)
    } else {
      #expect(Set(found) == Set(expected ?? reasons))
    }
  }

  @Test("no question is an error, whatever stands in it")
  func hostile() async throws {
    let book = try await Self.book(["NEAR AND OR NOT", "told: matter ^ - + ( ) * : { }"])
    let text = PrecedentText()
    var random = Randomness(seed: 11)
    let parts = [
      "\"", "\"\"", "*", "(", ")", "NEAR", "AND", "OR", "NOT", "told:", "^", "-", "+", "{", "}", ":", "'", ";--", "\0",
      "é", "🙂", " ", "a", "told", "\u{202E}", "\u{FFFF}", ",", "NEAR(a b, 3)",
    ]
    for _ in 0..<2000 {
      let question = (0..<random.below(40)).map { _ in random.pick(parts) }.joined(separator: random.pick(["", " "]))
      #expect(throws: Never.self, "\(question.debugDescription)") { try text.search(question) { book } }
    }
    // The longest that the route lets through.
    let long = (0..<500).map { "w\($0)" }.joined(separator: " ")
    #expect(try text.search(long + " near") { book }.isEmpty)
    #expect(try text.search("near " + long) { book }.count == 1)
    #expect(try text.search("NEAR") { book }.first?.precedent.reason == "NEAR AND OR NOT")
  }

  @Test("the better match comes first, is told as a share of the best, and shows where it matches")
  func order() async throws {
    let book = try await Self.book(
      [
        "wheat", "wheat wheat and more wheat", "rye " + String(repeating: "and other things ", count: 60) + "wheat",
        "rye",
      ])
    let found = try PrecedentText().search("wheat") { book }
    #expect(found.count == 3 && found[0].match == 1)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.match >= $1.match && $1.match > 0 })
    #expect(found[2].precedent.reason.hasPrefix("rye"))
    #expect(found.allSatisfy { $0.passage.contains("‹wheat›") } && found[2].passage.hasPrefix("…"))
    #expect(found[2].passage.count < 300)
    // Words are bounded by their number; what stands between them is cut.
    let spaced = try await Self.book([
      "rye" + String(repeating: ".", count: 1500) + " wheat " + String(repeating: "e\u{301}\u{302}", count: 300),
      "oats in ‹marks› of \u{1}their\u{2} own",
    ])
    let passage = try #require(PrecedentText().search("wheat") { spaced }.first?.passage)
    #expect(
      passage.contains("‹wheat›") && passage.hasPrefix("….") && passage.hasSuffix("…") && passage.utf8.count < 4096)
    #expect(
      try PrecedentText().search("oats") { spaced }.first?.passage.hasPrefix("‹oats› in <marks> of their own") == true)
  }

  @Test("one index follows the book wherever it goes")
  func follows() async throws {
    let text = PrecedentText()
    let books = [
      try await Self.book(["one"]), try await Self.book(["one", "two"]), try await Self.book(["two", "three", "four"]),
    ]
    for number in [0, 1, 2, 0, 2, 1] {
      let book = books[number]
      for word in ["one", "two", "three", "four", "loan"] {
        let fresh = try PrecedentText().search(word) { book }
        #expect(try text.search(word) { book }.map(\.precedent) == fresh.map(\.precedent))
      }
      #expect(text.count == book.precedents.count)
    }
    text.forget()
    #expect(text.count == 0)
  }
}
