// People looking for precedents: by words of the case, the reason, the clauses and the name, whatever state a precedent is
// in. SQLite's full-text index over them, in memory; it takes in what has changed when somebody looks, and is dropped when
// anything is erased. What deliberations consult is `PrecedentIndex`, which weighs facts too and is faster.
import JSON
import Locking
import Storage

package final class PrecedentText: Sendable {
  package struct Found: Sendable {
    package let precedent: Precedent
    /// How well it matches, as a share of the best match: 0…1.
    package let match: Double
    /// Where the words stand, each between ‹ and ›.
    package let passage: String
  }

  fileprivate struct Index {
    let database: SQLiteConnection
    let insert, remove, find: SQLiteStatement
    /// What stands in it, and in which row.
    var rows: [String: (row: Int64, precedent: Precedent)] = [:]
    var names: [Int64: String] = [:]
    var rowsMade: Int64 = 0

    init() throws(SQLiteError) {
      database = try SQLiteConnection(path: ":memory:")
      try database.execute(
        "CREATE VIRTUAL TABLE precedents USING fts5(told, matter, tokenize=\"unicode61 remove_diacritics 2\")")
      insert = try database.prepare("INSERT INTO precedents (rowid, told, matter) VALUES (?1, ?2, ?3)")
      remove = try database.prepare("DELETE FROM precedents WHERE rowid = ?1")
      find = try database.prepare(
        "SELECT rowid, rank, snippet(precedents, -1, '‹', '›', '…', 24) FROM precedents WHERE precedents MATCH ?1 "
          + "ORDER BY rank LIMIT \(PrecedentText.mostFound)")
    }
  }

  /// More are not told of one search.
  static let mostFound = 1000
  /// Words and phrases beyond this many are not looked for.
  static let mostWords = 64

  private let index = Locked<Index?>(nil)

  /// How many precedents it holds.
  var count: Int { index.withLock { $0?.rows.count ?? 0 } }

  /// Lets go of all words, among them those that were erased; the next search takes in what there is then.
  func forget() { index.withLock { $0 = nil } }

  /// The precedents of `book` that hold what is looked for, the best match first; of equal ones the lower id.
  func search(_ text: String, in book: () -> PrecedentBook) throws(SQLiteError) -> [Found] {
    guard let question = Self.question(text) else { return [] }
    return try index.withLock { index throws(SQLiteError) in
      // Read within the lock: what was erased before is in no book that is read behind a `forget`.
      let precedents = book().precedents
      var current = if let index { index } else { try Index() }
      index = nil
      try current.follow(precedents)
      let found = try current.found(question)
      index = current
      return found
    }
  }

  /// What is looked for, as FTS5 is asked for it: every phrase in quotes, and some word where there is none. Nil if that is
  /// nothing.
  static func question(_ text: String) -> String? {
    var (phrases, words): ([String], [String]) = ([], [])
    for (number, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      if number % 2 == 1 {
        if let phrase = term(part, endsOpen: false), !phrases.contains(phrase) { phrases.append(phrase) }
        continue
      }
      for word in part.split(whereSeparator: \.isWhitespace) {
        if let word = term(word, endsOpen: word.last == "*"), !words.contains(word) { words.append(word) }
      }
    }
    phrases = Array(phrases.prefix(mostWords))
    words = Array(words.prefix(mostWords - phrases.count))
    if phrases.isEmpty { return words.isEmpty ? nil : words.joined(separator: " OR ") }
    // Words beside a phrase need not be there, but lift what holds them.
    let any = ([phrases[0]] + words).joined(separator: " OR ")
    return (phrases + (words.isEmpty ? [] : ["(\(any))"])).joined(separator: " AND ")
  }

  private static func term(_ text: Substring, endsOpen: Bool) -> String? {
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
    // FTS5 ends a string at a NUL.
    return "\"\(String(text.filter { $0 != "\0" }))\"" + (endsOpen ? "*" : "")
  }
}

extension PrecedentText.Index {
  /// Takes in what has changed since.
  mutating func follow(_ precedents: [String: Precedent]) throws(SQLiteError) {
    try database.execute("BEGIN")
    for (id, before) in rows where precedents[id] != before.precedent {
      remove.bind(1, before.row)
      try remove.run()
      rows[id] = nil
      names[before.row] = nil
    }
    for (id, precedent) in precedents where rows[id] == nil {
      rowsMade += 1
      insert.bind(1, rowsMade)
      insert.bind(2, precedent.told)
      insert.bind(3, precedent.matter?.texts.map(\.text).joined(separator: "\n") ?? "")
      try insert.run()
      rows[id] = (rowsMade, precedent)
      names[rowsMade] = id
    }
    try database.execute("COMMIT")
  }

  func found(_ question: String) throws(SQLiteError) -> [PrecedentText.Found] {
    find.bind(1, question)
    defer { find.reset() }
    var found: [(precedent: Precedent, rank: Double, passage: String)] = []
    while try find.step() {
      guard let id = names[find.number(0)], let precedent = rows[id]?.precedent else { continue }
      found.append((precedent, find.double(1), find.text(2)))
    }
    // The lower the rank the better the match.
    let best = found.first?.rank ?? -1
    return found.sorted { ($0.rank, $0.precedent.id) < ($1.rank, $1.precedent.id) }.map {
      PrecedentText.Found(
        precedent: $0.precedent, match: best < 0 ? rounded(max(0, min(1, $0.rank / best))) : 1, passage: $0.passage)
    }
  }
}

extension Precedent {
  /// What people say of it: its names, its ends and its reason.
  fileprivate var told: String {
    ([id, verdict.rawValue, outcome.rawValue] + clauses + principles.map(\.rawValue) + [reason]).joined(separator: "\n")
  }
}

extension PrecedentText.Found: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    precedent.writeMembers(to: &writer)
    writer.member("match", match)
    writer.member("passage", passage)
    writer.endObject()
  }
}
