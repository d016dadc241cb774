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

  /// The index, while nobody searches it.
  private struct Shelf {
    var index: Index?
    /// How often everything was to be forgotten.
    var forgotten = 0
  }

  /// More are not told of one search.
  static let mostFound = 1000
  /// Words and phrases beyond this many are not looked for, and of words with a star not beyond these: each stands for as many
  /// as there are.
  static let mostWords = 64
  static let mostStars = 4
  /// A star behind fewer letters than this is none.
  static let fewestLetters = 3

  private let shelf = Locked(Shelf())
  /// Searches come one after the other, since one may have to take in thousands.
  private let turn = Locked(())

  /// How many precedents it holds, while nobody searches.
  var count: Int { shelf.withLock { $0.index?.rows.count ?? 0 } }

  /// Lets go of all words, among them those that were erased, and waits for nobody; a search under way lets go of them at its
  /// end. The next one takes in what there is then.
  func forget() {
    shelf.withLock { shelf in
      shelf.forgotten += 1
      shelf.index = nil
    }
  }

  /// The precedents of `book` that hold what is looked for, the best match first; of equal ones the lower id.
  func search(_ text: String, in book: () -> PrecedentBook) throws(SQLiteError) -> [Found] {
    guard let question = Self.question(text) else { return [] }
    return try turn.withLock { _ throws(SQLiteError) in
      let (taken, forgotten) = shelf.withLock { ($0.index.take(), $0.forgotten) }
      let index = if let taken { taken } else { try Index() }
      // Read behind what was forgotten: of that nothing is in it.
      try index.follow(book().precedents)
      let found = try index.found(question)
      shelf.withLock { if $0.forgotten == forgotten { $0.index = index } }
      return found
    }
  }

  /// What is looked for, as FTS5 is asked for it: every phrase in quotes, and some word where there is none. Nil if that is
  /// nothing.
  static func question(_ text: String) -> String? {
    var (phrases, words): ([String], [String]) = ([], [])
    var stars = 0
    for (number, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      if number % 2 == 1 {
        if let phrase = term(part), !phrases.contains(phrase) { phrases.append(phrase) }
        continue
      }
      for word in part.split(whereSeparator: \.isWhitespace) {
        guard var term = term(word), !words.contains(term) else { continue }
        if word.last == "*", word.count > fewestLetters, stars < mostStars {
          stars += 1
          term += "*"
        }
        words.append(term)
      }
    }
    phrases = Array(phrases.prefix(mostWords))
    words = Array(words.prefix(mostWords - phrases.count))
    if phrases.isEmpty { return words.isEmpty ? nil : words.joined(separator: " OR ") }
    // Words beside a phrase need not be there, but lift what holds them.
    let any = ([phrases[0]] + words).joined(separator: " OR ")
    return (phrases + (words.isEmpty ? [] : ["(\(any))"])).joined(separator: " AND ")
  }

  private static func term(_ text: Substring) -> String? {
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
    // FTS5 ends a string at a NUL.
    return "\"\(String(text.filter { $0 != "\0" }))\""
  }
}

/// Proof for `@unchecked Sendable`: whoever searches has taken it off the shelf.
private final class Index: @unchecked Sendable {
  private let database: SQLiteConnection
  private let insert, remove, find: SQLiteStatement
  /// What stands in it, and in which row.
  private(set) var rows: [String: (row: Int64, precedent: Precedent)] = [:]
  private var names: [Int64: String] = [:]
  private var rowsMade: Int64 = 0

  // Around what was found; taken out of the texts themselves.
  private static let (opening, closing): (Unicode.Scalar, Unicode.Scalar) = ("\u{1}", "\u{2}")

  init() throws(SQLiteError) {
    database = try SQLiteConnection(path: ":memory:")
    try database.execute(
      "CREATE VIRTUAL TABLE precedents USING fts5(told, matter, tokenize=\"unicode61 remove_diacritics 2\")")
    insert = try database.prepare("INSERT INTO precedents (rowid, told, matter) VALUES (?1, ?2, ?3)")
    remove = try database.prepare("DELETE FROM precedents WHERE rowid = ?1")
    find = try database.prepare(
      "SELECT rowid, rank, snippet(precedents, -1, char(1), char(2), '…', 24) FROM precedents "
        + "WHERE precedents MATCH ?1 ORDER BY rank LIMIT \(PrecedentText.mostFound)")
  }

  /// Takes in what has changed since.
  func follow(_ precedents: [String: Precedent]) throws(SQLiteError) {
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
      insert.bind(2, Self.unmarked(precedent.told))
      insert.bind(3, Self.unmarked(precedent.matter?.texts.map(\.text).joined(separator: "\n") ?? ""))
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
      found.append((precedent, find.double(1), Self.passage(find.text(2))))
    }
    // The lower the rank the better the match.
    let best = found.first?.rank ?? -1
    return found.sorted { ($0.rank, $0.precedent.id) < ($1.rank, $1.precedent.id) }.map {
      PrecedentText.Found(
        precedent: $0.precedent, match: best < 0 ? rounded(max(0, min(1, $0.rank / best))) : 1, passage: $0.passage)
    }
  }

  /// The snippet around its first mark, as people read it: FTS5 bounds its words, and not what stands between them.
  private static func passage(_ snippet: String) -> String {
    let (before, longest) = (80, 400)
    let text = snippet.unicodeScalars
    let first = text.firstIndex(of: opening) ?? text.startIndex
    let begin = text.index(first, offsetBy: -before, limitedBy: text.startIndex) ?? text.startIndex
    let end = text.index(begin, offsetBy: longest, limitedBy: text.endIndex) ?? text.endIndex
    var passage = (begin == text.startIndex ? "" : "…").unicodeScalars
    var isOpen = false
    for scalar in text[begin..<end] {
      switch scalar {
      case opening, closing:
        isOpen = scalar == opening
        passage.append(isOpen ? "‹" : "›")
      case "‹": passage.append("<")
      case "›": passage.append(">")
      default: passage.append(scalar)
      }
    }
    return String(passage) + (isOpen ? "›" : "") + (end == text.endIndex ? "" : "…")
  }

  private static func unmarked(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 1 || $0 == 2 }) else { return text }
    var scalars = text.unicodeScalars
    scalars.removeAll { $0 == opening || $0 == closing }
    return String(scalars)
  }
}

extension Precedent {
  /// What people say of it: its reason, its clauses, its ends and its names.
  fileprivate var told: String {
    ([reason] + clauses + principles.map(\.rawValue) + [outcome.rawValue, verdict.rawValue, id]).joined(separator: "\n")
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
