// Answers queries from the projection: for each filter a list of positions, in order; the answer is where all lists meet.
// The lists are walked together, each leaping to where the others already are, so that the rarest one sets the pace. Only in
// the list of words a leap is dear: where other filters leave fewer entries than the words do, those are read instead.
import Crypto
import Storage
import TransparencyLog

/// Used by one thread at a time, like the reader of the log.
final class ProjectionReader: @unchecked Sendable {
  private let connection: SQLiteConnection
  private var probe: WordProbe?

  /// So many positions of either kind tell which is rarer.
  private static let sample = 128
  /// Entries that are read and searched for words at once.
  private static let batch = 64
  /// What it costs to read and search an entry, in positions looked at.
  private static let readingCost = 16

  /// Reads an entry of the log.
  typealias EntrySource = (UInt64) throws(LedgerError) -> [UInt8]?

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
    /// How many positions were looked at.
    var examined = 0
    /// How many entries the projection covered.
    var indexedTo: UInt64 = 0
  }

  /// The positions of a page, looking from `start` on in the query's order.
  func positions(
    _ query: LedgerQuery, from start: UInt64?, indexedTo: UInt64, examined limit: Int, entry: EntrySource
  ) throws(LedgerError) -> Positions {
    // One read transaction, so that all lists are of one instant.
    try translating { () throws(SQLiteError) in try connection.execute("BEGIN") }
    defer { connection.rollback() }
    let isDescending = query.order == .newestFirst
    let bounds = try translating { () throws(SQLiteError) in
      // Where the projection is just being made again, it has less than was said.
      let indexed = min(indexedTo, UInt64(try connection.number("SELECT indexed_to FROM state") ?? 0))
      return try (indexed, indexed == 0 ? nil : range(query, indexed))
    }
    guard var range = bounds.1 else { return Positions(indexedTo: bounds.0) }
    if let start {
      guard let rest = rest(of: range, from: start, isDescending) else { return Positions(indexedTo: bounds.0) }
      range = rest
    }
    var positions = try page(query, range, isDescending, limit, entry)
    positions.indexedTo = bounds.0
    return positions
  }

  private func page(
    _ query: LedgerQuery, _ range: ClosedRange<UInt64>, _ isDescending: Bool, _ limit: Int, _ entry: EntrySource
  ) throws(LedgerError) -> Positions {
    let mustProbe = try translating { () throws(SQLiteError) in
      try filtersAreRarer(query, range, isDescending, limit)
    }
    if mustProbe { return try probed(query, range, isDescending, limit, entry) }
    return try translating { () throws(SQLiteError) in
      let lists = try filterLists(query, isDescending) + wordList(query, isDescending)
      return try meet(lists, range, isDescending, query.limit, limit)
    }
  }

  /// What of the range lies at or past `start`.
  private func rest(of range: ClosedRange<UInt64>, from start: UInt64, _ isDescending: Bool) -> ClosedRange<UInt64>? {
    if isDescending { return start < range.lowerBound ? nil : range.lowerBound...min(start, range.upperBound) }
    return start > range.upperBound ? nil : max(start, range.lowerBound)...range.upperBound
  }

  /// Whether the filters leave fewer entries than the words do, to judge by the first ones.
  private func filtersAreRarer(
    _ query: LedgerQuery, _ range: ClosedRange<UInt64>, _ isDescending: Bool, _ limit: Int
  ) throws(SQLiteError) -> Bool {
    guard !query.words.isEmpty, !query.filters.isEmpty else { return false }
    let words = try meet(wordList(query, isDescending), range, isDescending, Self.sample, limit)
    guard let lastWord = words.hasMore ? words.found.last : nil else { return false }
    let filters = try meet(filterLists(query, isDescending), range, isDescending, Self.sample, limit)
    guard let last = filters.found.last, filters.hasMore, filters.found.count == Self.sample else { return true }
    return isDescending ? last < lastWord : last > lastWord
  }

  /// A page of those entries that the filters leave and that hold the words.
  private func probed(
    _ query: LedgerQuery, _ range: ClosedRange<UInt64>, _ isDescending: Bool, _ limit: Int, _ entry: EntrySource
  ) throws(LedgerError) -> Positions {
    let lists = try translating { () throws(SQLiteError) in try filterLists(query, isDescending) }
    var result = Positions()
    var remaining: ClosedRange<UInt64>? = range
    var examined = 0
    while let range = remaining, examined < limit {
      let candidates = try translating { () throws(SQLiteError) in
        try meet(lists, range, isDescending, Self.batch, limit - examined)
      }
      examined += max(1, candidates.examined + candidates.found.count * Self.readingCost)
      var entries: [StoredEntry] = []
      for position in candidates.found {
        if let bytes = try entry(position) { entries.append(StoredEntry(index: position, bytes: bytes)) }
      }
      let matching = try translating { () throws(SQLiteError) in try wordProbe().matches(entries, query.expression) }
      for position in candidates.found where matching.contains(position) {
        result.found.append(position)
        guard result.found.count == query.limit else { continue }
        let next = past(position, range, isDescending)
        result.next = next
        result.hasMore = next != nil
        return result
      }
      remaining = candidates.hasMore ? candidates.next.flatMap { rest(of: range, from: $0, isDescending) } : nil
    }
    result.next = remaining.map { isDescending ? $0.upperBound : $0.lowerBound }
    result.hasMore = remaining != nil
    return result
  }

  private func wordProbe() throws(SQLiteError) -> WordProbe {
    if let probe { return probe }
    let fresh = try WordProbe()
    probe = fresh
    return fresh
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

  private func filterLists(_ query: LedgerQuery, _ isDescending: Bool) throws(SQLiteError) -> [any PositionList] {
    // From the run on that may hold the position.
    let start =
      isDescending
      ? "first <= ?2 ORDER BY first DESC"
      : "first >= coalesce((SELECT max(first) FROM postings WHERE term = ?1 AND first <= ?2), 0) ORDER BY first"
    var lists: [any PositionList] = []
    for (field, value) in query.filters {
      let statement = try connection.prepare("SELECT first, more FROM postings WHERE term = ?1 AND \(start)")
      lists.append(FilterPositions(statement, term: field.term(value)))
    }
    return lists
  }

  private func wordList(_ query: LedgerQuery, _ isDescending: Bool) throws(SQLiteError) -> [any PositionList] {
    if query.words.isEmpty { return [] }
    let statement = try connection.prepare(
      "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid \(isDescending ? "<=" : ">=") ?2 ORDER BY rowid \(isDescending ? "DESC" : "ASC")"
    )
    statement.bind(1, query.expression)
    return [WordPositions(statement)]
  }

  /// Past `position`; nil at the edge of the range.
  private func past(_ position: UInt64, _ range: ClosedRange<UInt64>, _ isDescending: Bool) -> UInt64? {
    if position == (isDescending ? range.lowerBound : range.upperBound) { return nil }
    return isDescending ? position - 1 : position + 1
  }

  /// Walks all lists to where they meet, up to a page of meetings or the limit of positions looked at.
  private func meet(
    _ lists: [any PositionList], _ range: ClosedRange<UInt64>, _ isDescending: Bool, _ count: Int, _ limit: Int
  ) throws(SQLiteError) -> Positions {
    var result = Positions()
    var at = isDescending ? range.upperBound : range.lowerBound
    func isBeyond(_ position: UInt64) -> Bool {
      isDescending ? position < range.lowerBound : position > range.upperBound
    }
    search: while result.found.count < count {
      guard result.examined < limit else {
        result.next = at
        result.hasMore = true
        return result
      }
      var agreed = 0
      while agreed < lists.count {
        for list in lists where agreed < lists.count {
          result.examined += 1
          guard let next = try list.seek(at, isDescending), !isBeyond(next) else { return result }
          agreed = next == at ? agreed + 1 : 1
          at = next
        }
        if result.examined >= limit && agreed < lists.count {
          result.next = at
          result.hasMore = true
          return result
        }
      }
      if lists.isEmpty { result.examined += 1 }
      result.found.append(at)
      guard let next = past(at, range, isDescending) else { return result }
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

  /// The words as FTS5 is asked for them.
  var expression: String { words.map { "\"\($0)\"" }.joined(separator: " AND ") }

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
