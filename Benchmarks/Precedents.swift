// What a deliberation pays for its past: precedents looked up in memory, beside SQLite's full-text index over the same words.
import Engine
import Storage

enum PrecedentBenchmark {
  private static let words = 300
  private static let consulted = 5

  static func run() throws {
    for count in [200, 2000] {
      var random = Draw(state: 7)
      var index = PrecedentIndex(epoch: 1)
      let database = try SQLiteConnection(path: ":memory:")
      try database.execute("CREATE VIRTUAL TABLE past USING fts5(words)")
      let insert = try database.prepare("INSERT INTO past (rowid, words) VALUES (?1, ?2)")
      for number in 0..<count {
        let past = random.text(words)
        index.insert(
          Case(action: past),
          consultedAs: ConsultedPrecedent(id: "prc_\(number)", similarity: 1, outcome: 1, verdict: .allow))
        insert.bind(1, Int64(number))
        insert.bind(2, past)
        try insert.run()
      }
      var rules = PrecedentRules()
      rules.leastSimilarity = 0
      rules.consultedAtMost = consulted
      let asked = (0..<16).map { _ in random.text(words / 2) }
      let cases = asked.map { Case(action: $0) }
      let matches = asked.map { Set($0.split(separator: " ")).sorted().joined(separator: " OR ") }
      let find = try database.prepare("SELECT rowid FROM past WHERE past MATCH ?1 ORDER BY rank LIMIT \(consulted)")
      report(
        "the \(consulted) nearest of \(count) precedents of \(words) words, to a case of \(words / 2)",
        measure([
          Contender(name: "SQLite's full-text index, BM25 alone") { rounds in
            (0..<rounds).reduce(0) { sum, round in
              find.bind(1, matches[round % matches.count])
              var found = sum
              while (try? find.step()) == true { found &+= Int(find.number(0)) }
              find.reset()
              return found
            }
          },
          Contender(name: "PrecedentIndex, BM25 and the facts") { rounds in
            (0..<rounds).reduce(0) { $0 &+ index.consult(cases[$1 % cases.count], under: rules).count }
          },
        ]))
    }
  }

  /// Words about as often as they fall in texts, where the rank of a word times how often it falls is much the same.
  private struct Draw {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }

    mutating func text(_ count: Int) -> String {
      (0..<count).map { _ in "word\(next() % (Self.vocabulary >> (next() % 14)))" }.joined(separator: " ")
    }

    private static let vocabulary: UInt64 = 16_384
  }
}
