// Answers queries from the projection: for each filter a list of positions, in order; the answer is where all lists meet.
// The lists are walked together, each leaping to where the others already are, so that the rarest one sets the pace.
import Crypto
import Storage
import TransparencyLog

/// Used by one thread at a time, like the reader of the log.
final class ProjectionReader: @unchecked Sendable {
  private let connection: SQLiteConnection

  init(path: String, vfs: String?) throws(LedgerError) {
    connection = try translating { () throws(SQLiteError) in
      try SQLiteConnection(path: path, mode: .readOnly, vfs: vfs)
    }
  }

  struct Positions {
    var found: [UInt64] = []
    /// Whether there may be more after the last one.
    var hasMore = false
    /// Where the next page begins to look.
    var next: UInt64?
  }

  /// The positions of a page, looking from `start` on in the query's order.
  func positions(
    _ query: LedgerQuery, from start: UInt64?, indexedTo: UInt64, examined limit: Int
  ) throws(LedgerError) -> Positions {
    try translating { () throws(SQLiteError) in
      // One read transaction, so that all lists are of one instant.
      try connection.execute("BEGIN")
      defer { connection.rollback() }
      let isDescending = query.order == .newestFirst
      guard indexedTo > 0, var range = try range(query, indexedTo) else { return Positions() }
      if let start {
        if isDescending {
          guard start >= range.lowerBound else { return Positions() }
          range = range.lowerBound...min(start, range.upperBound)
        } else {
          guard start <= range.upperBound else { return Positions() }
          range = max(start, range.lowerBound)...range.upperBound
        }
      }
      let lists = try lists(query, isDescending)
      return try meet(lists, range, isDescending, query.limit, limit)
    }
  }

  /// The positions that the time range leaves, of those that are indexed.
  private func range(_ query: LedgerQuery, _ indexedTo: UInt64) throws(SQLiteError) -> ClosedRange<UInt64>? {
    func firstPosition(_ text: String) throws(SQLiteError) -> UInt64 {
      guard let time = Timestamp(text: text) else { return 0 }
      let position = try connection.number(
        "SELECT position FROM moments WHERE time >= \(time.microseconds) ORDER BY time LIMIT 1")
      return position.map { UInt64($0) } ?? indexedTo
    }
    let first = try query.from.map { text throws(SQLiteError) in try firstPosition(text) } ?? 0
    let end = try query.to.map { text throws(SQLiteError) in try firstPosition(text) } ?? indexedTo
    return first < min(end, indexedTo) ? first...(min(end, indexedTo) - 1) : nil
  }

  private func lists(_ query: LedgerQuery, _ isDescending: Bool) throws(SQLiteError) -> [PositionList] {
    var lists: [PositionList] = []
    let comparison = isDescending ? "<= ?2" : ">= ?2"
    let order = isDescending ? "DESC" : "ASC"
    for (field, value) in query.filters {
      let statement = try connection.prepare(
        "SELECT position FROM postings WHERE term = ?1 AND position \(comparison) ORDER BY position \(order)")
      statement.bind(1, field.term(value))
      lists.append(PositionList(statement, patience: 32))
    }
    let words = query.words
    if !words.isEmpty {
      let statement = try connection.prepare(
        "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid \(comparison) ORDER BY rowid \(order)")
      statement.bind(1, words.map { "\"\($0)\"" }.joined(separator: " AND "))
      lists.append(PositionList(statement, patience: 64))
    }
    return lists
  }

  /// Walks all lists to where they meet, up to a page of meetings or the limit of positions looked at.
  private func meet(
    _ lists: [PositionList], _ range: ClosedRange<UInt64>, _ isDescending: Bool, _ count: Int, _ limit: Int
  ) throws(SQLiteError) -> Positions {
    var result = Positions()
    var examined = 0
    var at = isDescending ? range.upperBound : range.lowerBound
    func isBeyond(_ position: UInt64) -> Bool {
      isDescending ? position < range.lowerBound : position > range.upperBound
    }
    /// Past `position`; nil at the edge of the range.
    func past(_ position: UInt64) -> UInt64? {
      if position == (isDescending ? range.lowerBound : range.upperBound) { return nil }
      return isDescending ? position - 1 : position + 1
    }
    search: while result.found.count < count {
      guard examined < limit else {
        result.next = at
        result.hasMore = true
        return result
      }
      var agreed = 0
      while agreed < lists.count {
        for list in lists where agreed < lists.count {
          examined += 1
          guard let next = try list.seek(at, isDescending), !isBeyond(next) else { return result }
          agreed = next == at ? agreed + 1 : 1
          at = next
        }
        if examined >= limit && agreed < lists.count {
          result.next = at
          result.hasMore = true
          return result
        }
      }
      if lists.isEmpty { examined += 1 }
      result.found.append(at)
      guard let next = past(at) else { return result }
      at = next
    }
    result.next = at
    result.hasMore = true
    return result
  }

  func counts() throws(LedgerError) -> [TermField: [String: UInt64]] {
    try translating { () throws(SQLiteError) in
      var counts: [TermField: [String: UInt64]] = [:]
      let statement = try connection.prepare("SELECT field, value, entries FROM counts")
      while try statement.step() {
        guard let field = TermField(rawValue: UInt8(truncatingIfNeeded: statement.number(0))) else { continue }
        counts[field, default: [:]][statement.text(1)] = UInt64(statement.number(2))
      }
      return counts
    }
  }
}

/// The positions of one filter, in order.
private final class PositionList {
  private let statement: SQLiteStatement
  /// How many steps are taken before a leap is made instead.
  private let patience: Int
  private var current: UInt64?
  private var isStarted = false

  init(_ statement: SQLiteStatement, patience: Int) {
    self.statement = statement
    self.patience = patience
  }

  /// The first position at or past `target`, which never goes back; nil at the end.
  func seek(_ target: UInt64, _ isDescending: Bool) throws(SQLiteError) -> UInt64? {
    if isStarted {
      for _ in 0..<patience {
        guard let current else { return nil }
        if isDescending ? current <= target : current >= target { return current }
        try advance()
      }
      statement.reset()
    }
    isStarted = true
    statement.bind(2, Int64(target))
    try advance()
    return current
  }

  private func advance() throws(SQLiteError) {
    current = try statement.step() ? UInt64(bitPattern: statement.number(0)) : nil
  }
}

extension LedgerQuery {
  var filters: [(TermField, String)] {
    let all: [(TermField, String?)] = [
      (.identifier, id), (.review, review), (.trace, trace), (.subject, subject), (.actor, actor), (.clause, clause),
      (.critic, critic), (.verdict, verdict),
      (.type, type),
    ]
    return all.compactMap { field, value in value.map { (field, $0) } }
  }

  /// The words asked for, as the projection splits texts.
  var words: [String] {
    (text ?? "").split { !$0.isLetter && !$0.isNumber }.prefix(LedgerQuery.mostWords).map(String.init)
  }

  /// What a cursor is bound to: everything but the page's length and place.
  var fingerprint: String {
    var parts = filters.map { "\($0.rawValue)=\($1)" }
    parts += [from ?? "", to ?? "", text ?? "", order.rawValue]
    return String(SHA256.digest(utf8: parts.joined(separator: "\u{0}")).hex.prefix(16))
  }
}

/// Where a page ended. Positions never change, so a cursor stays good while the log grows.
struct QueryCursor {
  let position: UInt64

  init(position: UInt64) { self.position = position }

  /// Nil for a cursor of another question, or none at all.
  init?(_ text: String, _ query: LedgerQuery) {
    guard let bytes = Base64URL.decode(text) else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == query.fingerprint, let position = UInt64(parts[1]) else { return nil }
    self.position = position
  }

  func text(_ query: LedgerQuery) -> String { Base64URL.encode(Array("\(query.fingerprint).\(position)".utf8)) }
}
