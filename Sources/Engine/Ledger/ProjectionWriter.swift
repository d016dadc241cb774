// Writes the projection: what the entries of the log can be found by, a batch of them in one transaction, sorted so that
// neighbours in an index are written together.
import Crypto
import Glibc
import Storage
import TransparencyLog

/// The projection's database as the one who writes it sees it. Belongs to the indexer's thread.
final class ProjectionWriter {
  /// That an entry has a value.
  private struct Posting: Comparable {
    let term: Int64
    let position: Int64

    static func < (left: Posting, right: Posting) -> Bool {
      (left.term, left.position) < (right.term, right.position)
    }
  }

  /// A row of postings: where its bytes lie.
  private struct Run {
    let first: Posting
    let start: Int
    var end: Int
  }

  private static let rowsAtOnce = 16

  /// A value whose entries are counted.
  private struct Counted: Hashable {
    let field: TermField
    let value: String
  }

  /// Entries that are read from the log at once, so that no old state of it is held on to for long.
  private static let chunkEntries: UInt64 = 512
  private static let chunkBytes = 1 << 20
  private static let countedFields: [TermField] = [.type, .verdict]
  /// Other types and verdicts than the first so many are counted together.
  private static let countedValues = 256

  private let shared: LedgerShared
  /// Of its own: in the pool it would share a lock with the event loops.
  private let log: LedgerReader
  private let connection: SQLiteConnection
  private let insertRun: SQLiteStatement
  private let insertRuns: SQLiteStatement
  private let insertMoment: SQLiteStatement
  private let insertWords: SQLiteStatement
  private let updateCount: SQLiteStatement
  private let updateState: SQLiteStatement
  private(set) var indexedTo: UInt64
  private var lastTime: Timestamp?
  // Used again for each entry and each batch.
  private var terms = EntryTerms()
  private var chunk = EntryChunk()
  private var postings: [Posting] = []
  private var runs: [Run] = []
  private var runBytes: [UInt8] = []
  private var counts: [Counted: Int64] = [:]
  /// The values that have a row of their own in `counts`.
  private var counted: [TermField: Set<String>] = [:]

  /// Opens the projection, and begins anew where it is missing, made by another version, or of another log.
  init(_ shared: LedgerShared, path: String) throws(LedgerError) {
    self.shared = shared
    log = try LedgerReader(path: shared.databasePath, vfs: shared.configuration.vfs)
    if let connection = try? SQLiteConnection(path: path, vfs: shared.configuration.vfs),
      let indexed = try? Self.usable(connection, shared, log)
    {
      self.connection = connection
      indexedTo = indexed
    } else {
      try ProjectionSchema.remove(path, vfs: shared.configuration.vfs)
      connection = try translating { () throws(SQLiteError) in
        let connection = try SQLiteConnection(path: path, vfs: shared.configuration.vfs)
        try ProjectionSchema.prepare(connection, origin: shared.origin)
        return connection
      }
      indexedTo = 0
    }
    do throws(SQLiteError) {
      // Made again from the log after whatever might be lost: consistent is enough.
      try connection.execute("PRAGMA synchronous = NORMAL")
      try connection.execute("PRAGMA cache_size = -8192")
      let insert = "INSERT OR IGNORE INTO postings VALUES (?, ?, ?)"
      insertRun = try connection.prepare(insert)
      insertRuns = try connection.prepare(insert + String(repeating: ", (?, ?, ?)", count: Self.rowsAtOnce - 1))
      insertMoment = try connection.prepare("INSERT OR IGNORE INTO moments VALUES (?1, ?2)")
      insertWords = try connection.prepare("INSERT INTO words (rowid, content) VALUES (?1, ?2)")
      updateCount = try connection.prepare(
        "INSERT INTO counts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET entries = entries + ?3")
      updateState = try connection.prepare("UPDATE state SET indexed_to = ?1, last_leaf = ?2")
      for field in Self.countedFields {
        let statement = try connection.prepare("SELECT value FROM counts WHERE field = ?1")
        statement.bind(1, Int64(field.rawValue))
        while try statement.step() { counted[field, default: []].insert(statement.text(0)) }
      }
      lastTime = try connection.number("SELECT max(time) FROM moments").map { Timestamp(microseconds: $0) }
    } catch {
      throw LedgerError(error)
    }
  }

  /// How far a projection has come that is of this log; nil for any other.
  private static func usable(_ connection: SQLiteConnection, _ shared: LedgerShared, _ log: LedgerReader) throws
    -> UInt64?
  {
    guard try ProjectionSchema.isCurrent(connection) else { return nil }
    let statement = try connection.prepare("SELECT origin, indexed_to, last_leaf FROM state")
    guard try statement.step(), statement.text(0) == shared.origin else { return nil }
    let indexed = UInt64(bitPattern: statement.number(1))
    guard indexed <= shared.snapshot.size else { return nil }
    if indexed == 0 { return 0 }
    let last = try log.entry(at: indexed - 1)
    return last.map { MerkleHash.leaf($0).bytes } == statement.blob(2) ? indexed : nil
  }

  /// Projects the entries up to `end`, or as many as have that many bytes, in one transaction.
  func project(to end: UInt64, bytes limit: Int) throws(LedgerError) {
    let before = (lastTime, counted)
    var next = indexedTo
    var bytes = 0
    postings.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    do throws(LedgerError) {
      try translating { () throws(SQLiteError) in try connection.execute("BEGIN IMMEDIATE") }
      while next < end && bytes < limit {
        try chunk.read(from: log, next, min(end, next + Self.chunkEntries), bytes: Self.chunkBytes)
        try translating { () throws(SQLiteError) in try projectChunk(from: next) }
        next += UInt64(chunk.ranges.count)
        bytes += chunk.bytes.count
      }
      try translating { () throws(SQLiteError) in
        try insertPostings()
        try updateCounts()
        updateState.bind(1, Int64(next))
        updateState.bind(2, blob: chunk.lastLeaf.bytes.span.bytes)
        try updateState.run()
        try connection.execute("COMMIT")
      }
    } catch {
      connection.rollback()
      (lastTime, counted) = before
      throw error
    }
    indexedTo = next
  }

  private func projectChunk(from first: UInt64) throws(SQLiteError) {
    var position = Int64(first)
    let bytes = chunk.bytes
    for range in chunk.ranges {
      // The writer does not push anybody aside (see `NamedThread.Urgency`); from here it gets the processor at once.
      if shared.writerIsUp.load(ordering: .relaxed) { sched_yield() }
      // What cannot be read as an entry is in the log all the same, and found by its index alone.
      if terms.read(bytes.span.bytes.extracting(range)), let time = terms.time {
        for value in terms.values { postings.append(Posting(term: terms.term(value), position: position)) }
        if time != lastTime {
          insertMoment.bind(1, time.microseconds)
          insertMoment.bind(2, position)
          try insertMoment.run()
          lastTime = time
        }
        let words = terms.words
        try insertWords.run(position, utf8: words.span.bytes)
        // A review names the verdict that it is about, which was counted before.
        let isDecision = terms.has(.type, "deliberation")
        for value in terms.values where value.field == .type || value.field == .verdict && isDecision { count(value) }
      }
      position += 1
    }
  }

  /// In the order of their keys, so that neighbours are written together, and each once.
  private func insertPostings() throws(SQLiteError) {
    postings.sort()
    runs.removeAll(keepingCapacity: true)
    runBytes.removeAll(keepingCapacity: true)
    var last: Posting?
    for posting in postings where posting != last {
      if let last, last.term == posting.term, let run = runs.last,
        PositionRun.append(UInt64(posting.position - last.position), to: &runBytes, from: run.start)
      {
        runs[runs.count - 1].end = runBytes.count
      } else {
        runs.append(Run(first: posting, start: runBytes.count, end: runBytes.count))
      }
      last = posting
    }
    let stored = runBytes
    var next = 0
    while next < runs.count {
      // A statement for many rows costs little more than one for a single one.
      let count = runs.count - next >= Self.rowsAtOnce ? Self.rowsAtOnce : 1
      let statement = count > 1 ? insertRuns : insertRun
      for (place, run) in runs[next..<next + count].enumerated() {
        let column = Int32(place) * 3
        statement.bind(column + 1, run.first.term)
        statement.bind(column + 2, run.first.position)
        // The bytes stay in place until the statement has run.
        statement.bind(column + 3, inPlace: stored.span.bytes.extracting(run.start..<run.end))
      }
      try statement.run()
      next += count
    }
  }

  private func count(_ value: EntryTerms.Value) {
    var text = terms.string(value)
    var known = counted[value.field, default: []]
    if !known.contains(text) {
      if known.count < Self.countedValues {
        known.insert(text)
        counted[value.field] = known
      } else {
        text = "(other)"
      }
    }
    counts[Counted(field: value.field, value: text), default: 0] += 1
  }

  private func updateCounts() throws(SQLiteError) {
    let ordered = counts.sorted { ($0.key.field.rawValue, $0.key.value) < ($1.key.field.rawValue, $1.key.value) }
    for (counted, entries) in ordered {
      updateCount.bind(1, Int64(counted.field.rawValue))
      updateCount.bind(2, counted.value)
      updateCount.bind(3, entries)
      try updateCount.run()
    }
  }
}

/// Some entries of the log one after the other, read without an array for each.
private struct EntryChunk {
  private(set) var bytes: [UInt8] = []
  private(set) var ranges: [Range<Int>] = []

  /// Reads the entries from `first` up to `end`, or as many as have that many bytes; at least one.
  mutating func read(from log: LedgerReader, _ first: UInt64, _ end: UInt64, bytes limit: Int) throws(LedgerError) {
    bytes.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    var isWhole = true
    try log.eachEntry(from: first, to: end) { index, entry in
      isWhole = isWhole && index == first + UInt64(ranges.count)
      let start = bytes.count
      bytes.append(contentsOf: entry)
      ranges.append(start..<bytes.count)
      return isWhole && bytes.count < limit
    }
    guard isWhole, !ranges.isEmpty else { throw .storageFailed("the entries after \(first) cannot be read") }
  }

  /// The leaf hash of the last entry.
  var lastLeaf: Digest { MerkleHash.leaf(bytes.span.bytes.extracting(ranges.last ?? 0..<0)) }
}
