// Follows the log and keeps the projection, on a thread that yields to all others: a moment behind when there is little to
// do, further behind under load, and always saying how far it has come. Because that thread may be stopped at any instant
// while others are busy, the writer never takes a lock that it holds.
import Crypto
import Locking
import Storage
import Synchronization
import TransparencyLog

final class ProjectionIndexer: Sendable {
  /// One transaction covers as many entries, or bytes of them, as have gathered, up to these.
  private static let batchEntries: UInt64 = 16_384
  private static let batchBytes = 32 << 20
  private static let retrySeconds = 1

  private let indexedTo = Atomic<UInt64>(0)
  /// How many entries the log has.
  private let wanted = Atomic<UInt64>(0)
  private let isStopping = Atomic(false)
  private let sleeps = Atomic(false)
  /// Whether somebody found the projection damaged: it is made again.
  private let isDistrusted = Atomic(false)
  /// Counts the files that the projection has been.
  private let generation = Atomic<UInt64>(0)
  private let wakeup = Wakeup()
  /// Why the projection does not go on, until the next attempt.
  private let failure = Locked<LedgerError?>(nil)
  private let thread = Locked<NamedThread?>(nil)

  func start(_ shared: LedgerShared, path: String) {
    thread.withLock { $0 = NamedThread(name: "ledger-index", urgency: .yielding) { [self] in run(shared, path) } }
  }

  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    wakeup.post()
    thread.withLock { $0.take() }?.join()
  }

  /// The log has grown.
  func follow(_ size: UInt64) {
    wanted.store(size, ordering: .sequentiallyConsistent)
    if sleeps.exchange(false, ordering: .sequentiallyConsistent) { wakeup.post() }
  }

  /// The projection was found damaged.
  func distrust() {
    isDistrusted.store(true, ordering: .releasing)
    wakeup.post()
  }

  /// Which file the projection is: one that was opened under another number is not the projection any more.
  var currentGeneration: UInt64 { generation.load(ordering: .acquiring) }

  var state: (indexedTo: UInt64, failure: LedgerError?) {
    (indexedTo.load(ordering: .acquiring), failure.withLock { $0 })
  }

  private func run(_ shared: LedgerShared, _ path: String) {
    while !isStopping.load(ordering: .acquiring) {
      if isDistrusted.exchange(false, ordering: .acquiringAndReleasing) {
        ProjectionSchema.remove(path, vfs: shared.configuration.vfs)
      }
      do throws(LedgerError) {
        let writer = try ProjectionWriter(shared, path: path)
        // Readers of an earlier file must not go on with it.
        generation.add(1, ordering: .releasing)
        indexedTo.store(writer.indexedTo, ordering: .releasing)
        failure.withLock { $0 = nil }
        while let target = next(after: writer.indexedTo) {
          try writer.project(to: min(target, writer.indexedTo + Self.batchEntries), bytes: Self.batchBytes)
          indexedTo.store(writer.indexedTo, ordering: .releasing)
        }
      } catch {
        failure.withLock { $0 = error }
        // A damaged projection is not mended but made again.
        if case .inconsistent = error { isDistrusted.store(true, ordering: .releasing) }
        if !isStopping.load(ordering: .acquiring) { wakeup.wait(seconds: Self.retrySeconds) }
      }
    }
  }

  /// The size that the log has grown to; nil when the ledger closes, and where the projection must be made again.
  private func next(after indexed: UInt64) -> UInt64? {
    while true {
      if isStopping.load(ordering: .sequentiallyConsistent) || isDistrusted.load(ordering: .acquiring) { return nil }
      let wanted = wanted.load(ordering: .sequentiallyConsistent)
      if wanted > indexed { return wanted }
      // Either the writer sees this, or its growth is seen by one more look.
      sleeps.store(true, ordering: .sequentiallyConsistent)
      if self.wanted.load(ordering: .sequentiallyConsistent) > indexed { continue }
      wakeup.wait()
    }
  }
}

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

  private static let countedFields: [TermField] = [.type, .verdict]
  /// Other types and verdicts than the first so many are counted together.
  private static let countedValues = 256

  /// Of its own: in the pool it would share a lock with the event loops.
  private let log: LedgerReader
  private let connection: SQLiteConnection
  private let insertPosting: SQLiteStatement
  private let insertMoment: SQLiteStatement
  private let insertWords: SQLiteStatement
  private let updateCount: SQLiteStatement
  private let updateState: SQLiteStatement
  private(set) var indexedTo: UInt64
  private var lastTime: Timestamp?
  private var postings: [Posting] = []
  /// The values that have a row of their own in `counts`.
  private var counted: [TermField: Set<String>] = [:]

  /// Opens the projection, and begins anew where it is missing, made by another version, or of another log.
  init(_ shared: LedgerShared, path: String) throws(LedgerError) {
    log = try LedgerReader(path: shared.databasePath, vfs: shared.configuration.vfs)
    if let connection = try? SQLiteConnection(path: path, vfs: shared.configuration.vfs),
      let indexed = try? Self.usable(connection, shared, log)
    {
      self.connection = connection
      indexedTo = indexed
    } else {
      ProjectionSchema.remove(path, vfs: shared.configuration.vfs)
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
      try connection.execute("PRAGMA cache_size = -65536")
      insertPosting = try connection.prepare("INSERT OR IGNORE INTO postings VALUES (?1, ?2)")
      insertMoment = try connection.prepare("INSERT OR IGNORE INTO moments VALUES (?1, ?2)")
      insertWords = try connection.prepare("INSERT INTO words (rowid, content) VALUES (?1, ?2)")
      updateCount = try connection.prepare(
        "INSERT INTO counts VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET entries = entries + 1")
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
    var entries: [(index: UInt64, bytes: [UInt8])] = []
    var bytes = 0
    try log.eachEntry(from: indexedTo, to: end) { index, entry in
      entries.append((index, Array(entry)))
      bytes += entry.count
      return bytes < limit
    }
    guard let last = entries.last, entries[0].index == indexedTo,
      last.index - indexedTo + 1 == UInt64(entries.count)
    else { throw .storageFailed("the entries after \(indexedTo) cannot be read") }
    let before = (lastTime, counted)
    postings.removeAll(keepingCapacity: true)
    do throws(SQLiteError) {
      try connection.transaction { () throws(SQLiteError) in
        for (index, entry) in entries { try project(index, entry) }
        try insertPostings()
        updateState.bind(1, Int64(last.index + 1))
        updateState.bind(2, blob: MerkleHash.leaf(last.bytes).bytes.span.bytes)
        try updateState.run()
      }
    } catch {
      (lastTime, counted) = before
      throw LedgerError(error)
    }
    indexedTo = last.index + 1
  }

  private func project(_ index: UInt64, _ entry: [UInt8]) throws(SQLiteError) {
    // What cannot be read as an entry is in the log all the same, and found by its index alone.
    guard let terms = EntryTerms(entry.span.bytes), let time = terms.time else { return }
    for term in terms.terms { postings.append(Posting(term: term, position: Int64(index))) }
    if time != lastTime {
      insertMoment.bind(1, time.microseconds)
      insertMoment.bind(2, Int64(index))
      try insertMoment.run()
      lastTime = time
    }
    insertWords.bind(1, Int64(index))
    insertWords.bind(2, terms.text)
    try insertWords.run()
    for field in Self.countedFields {
      for value in terms.values[field] ?? [] { try count(field, value) }
    }
  }

  /// In the order of their keys, so that neighbours are written together.
  private func insertPostings() throws(SQLiteError) {
    postings.sort()
    for posting in postings {
      insertPosting.bind(1, posting.term)
      insertPosting.bind(2, posting.position)
      try insertPosting.run()
    }
  }

  private func count(_ field: TermField, _ value: String) throws(SQLiteError) {
    var counted = counted[field, default: []]
    let isKnown = counted.contains(value)
    let isOwn = isKnown || counted.count < Self.countedValues
    updateCount.bind(1, Int64(field.rawValue))
    updateCount.bind(2, isOwn ? value : "(other)")
    try updateCount.run()
    if isOwn && !isKnown {
      counted.insert(value)
      self.counted[field] = counted
    }
  }
}
