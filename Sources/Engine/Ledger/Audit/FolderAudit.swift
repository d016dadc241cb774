// Checks a data folder, whole: every row of every table against every other and all of them against the signature, with
// nothing but the log's public key; with the master key at hand, payloads are decrypted as well.
import Crypto
import Glibc
import Locking
import Storage
import TransparencyLog

package enum AuditVerifier {
  /// Checks the ledger in a data folder. Without `verifier` the public half of the folder's own key is taken; the
  /// folder's master key, where it can be read, opens the payloads.
  package static func verify(
    dataFolder: String, verifier: NoteVerifier? = nil, configuration: LedgerConfiguration = LedgerConfiguration(),
    threads: Int = 2, progress: @escaping AuditProgress = { _, _ in }
  ) throws(LedgerError) -> AuditReport {
    let paths = LedgerPaths(folder: dataFolder, configuration: configuration)
    guard fileSize(paths.database) > 0 || configuration.vfs != nil else {
      throw .storageFailed("there is no ledger in \(paths.folder)")
    }
    var audit = try FolderAudit(paths, verifier, configuration)
    return try audit.run(threads: threads, progress)
  }
}

private struct FolderAudit {
  private let paths: LedgerPaths
  private let configuration: LedgerConfiguration
  private let verifier: NoteVerifier
  private let sealer: PayloadSealer?
  /// Holds one read transaction, so that a server that writes meanwhile changes nothing here.
  private let reader: LedgerReader
  private let published: [String]
  private let hasPublishedFile: Bool
  private var report = AuditReport()

  init(_ paths: LedgerPaths, _ verifier: NoteVerifier?, _ configuration: LedgerConfiguration) throws(LedgerError) {
    self.paths = paths
    self.configuration = configuration
    let opened = try LedgerReader(path: paths.database, vfs: configuration.vfs)
    var origin = verifier?.name ?? ""
    if verifier == nil {
      // Where the database has lost its checkpoint, the published one still tells whose log it was.
      let stored = try LedgerRecovery.origin(opened)
      guard let known = stored ?? LedgerRecovery.publishedOrigin(paths) else {
        throw .inconsistent("neither the database nor the file beside it has a checkpoint; name the log's verifier key")
      }
      origin = known
    }
    if let verifier { self.verifier = verifier } else { self.verifier = try .init(of: paths, origin: origin) }
    // Read before the database: a server publishes what it has written, never the other way round.
    hasPublishedFile = configuration.vfs != nil || fileSize(paths.published) > 0
    published = hasPublishedFile ? try Self.readPublished(paths, configuration) : []
    try translating { () throws(SQLiteError) in try opened.connection.execute("BEGIN") }
    reader = opened
    if fileSize(paths.masterKey) > 0 {
      sealer = try? Ledger.readMasterKey(paths)
    } else {
      sealer = nil
    }
    report.origin = origin
    if sealer == nil { report.remarks.append("payloads were not decrypted: the master key is not at hand") }
  }

  mutating func run(threads: Int, _ progress: @escaping AuditProgress) throws(LedgerError) -> AuditReport {
    defer { reader.connection.rollback() }
    // Whether it is signed is only known once the entries were read, which may endorse the key that signed it. Without a
    // checkpoint to hold them against, the entries are still held against each other.
    let note = try reader.head()
    let signed = note.flatMap { try? Checkpoint.open($0, origin: verifier.name, verifiers: [verifier]) }
    let size = if let signed { signed.size } else { try reader.size() }
    report.size = size
    let chunks = checkChunks(size, threads, progress)
    let verifiers = [verifier].following(chunks.flatMap(\.endorsements))
    openHead(note, verifiers)
    let roots = joinChunks(chunks)
    if let roots { checkTree(chunks, roots, size) }
    try checkErasures(chunks, size)
    try checkStrays(size)
    checkPublished(size, verifiers)
    return report
  }

  private mutating func openHead(_ note: String?, _ verifiers: [NoteVerifier]) {
    guard let note else { return report.add(nil, "the signed checkpoint is missing") }
    do throws(NoteError) {
      let head = try Checkpoint.open(note, origin: verifier.name, verifiers: verifiers)
      report.checkpoint = head
      guard head.size != report.size else { return }
      report.add(report.size, "\(report.size) entries are stored, the checkpoint signs \(head.size)")
    } catch {
      report.add(nil, "the signed checkpoint: \(error)")
    }
  }

  private func checkChunks(_ size: UInt64, _ threads: Int, _ progress: @escaping AuditProgress) -> [ChunkAudit] {
    let count = Int((size + ChunkAudit.length - 1) / ChunkAudit.length)
    let done = Monitor<UInt64>(0)
    let connections = ReaderPool(path: paths.database, vfs: configuration.vfs, limit: threads)
    let sealer = sealer
    return inParallel(count, threads: threads) { number in
      let first = UInt64(number) * ChunkAudit.length
      var chunk = ChunkAudit(first: first, end: min(first + ChunkAudit.length, size))
      do throws(LedgerError) {
        try connections.withReader { reader in chunk.run(reader.connection, sealer: sealer) }
      } catch {
        chunk.couldNotRun(error)
      }
      let total = done.withLock { done -> UInt64 in
        done += chunk.end - chunk.first
        return done
      }
      progress(total, size)
      return chunk
    }
  }

  /// The roots of all full tiles of level 0, or nil where entries are missing.
  private mutating func joinChunks(_ chunks: [ChunkAudit]) -> [Digest]? {
    var roots: [Digest] = []
    var last: Timestamp?
    var isWhole = true
    for chunk in chunks {
      report.add(chunk.faults)
      report.payloads += chunk.payloads
      report.openedPayloads += chunk.opened
      report.entries += UInt64(chunk.tileRoots.count * Tile.fullWidth + chunk.edge.count)
      if let last, let first = chunk.firstTime, first < last {
        report.add(chunk.first, "is older than the entry before it")
      }
      last = chunk.lastTime ?? last
      isWhole = isWhole && chunk.isWhole
      roots += chunk.tileRoots
    }
    return isWhole ? roots : nil
  }

  /// The tiles above the first level, and the root.
  private mutating func checkTree(_ chunks: [ChunkAudit], _ tileRoots: [Digest], _ size: UInt64) {
    var frontier = MerkleFrontier()
    for root in tileRoots { frontier.append(subtree: root, height: Tile.height) }
    for leaf in chunks.last?.edge ?? [] { frontier.append(leaf) }
    var level = 1
    var hashes = tileRoots
    while hashes.count >= Tile.fullWidth {
      var above: [Digest] = []
      for index in 0..<hashes.count / Tile.fullWidth {
        let expected = hashes[index * Tile.fullWidth..<(index + 1) * Tile.fullWidth]
        if (try? reader.tile(level: level, index: UInt64(index))).map({ $0[...] == expected }) != true {
          let span = UInt64(1) << UInt64(Tile.height * (level + 1))
          report.add(
            nil, "tile \(index) of level \(level), over the entries from \(UInt64(index) * span), is missing or wrong")
        }
        above.append(Tile.root(of: expected))
      }
      hashes = above
      level += 1
    }
    guard let head = report.checkpoint, frontier.root != head.root else { return }
    report.add(
      nil, "the tree over the \(size) entries has the root \(frontier.root), the checkpoint signs \(head.root)")
  }

  /// A payload may be missing where, and only where, an erasure says so.
  private mutating func checkErasures(_ chunks: [ChunkAudit], _ size: UInt64) throws(LedgerError) {
    var erased = Set(chunks.flatMap(\.erased))
    let missing = Set(chunks.flatMap(\.withoutPayload))
    for target in erased where !missing.contains(target) {
      report.add(target, "its payload was erased, and is still there")
    }
    if !missing.isSubset(of: erased) {
      // Erased by a running server since this audit began: its entry lies after the ones that were read.
      let fresh = try LedgerReader(path: paths.database, vfs: configuration.vfs)
      try fresh.eachEntry(from: size, to: .max >> 1) { _, entry in
        let entry = RawSpan(_unsafeBytes: entry)
        if let header = EntryHeader(entry) { erased.formUnion(header.erasures(in: entry)) }
        return true
      }
    }
    for index in missing {
      if erased.contains(index) {
        report.erasedPayloads += 1
      } else {
        report.add(index, "its payload is missing, and no entry says that it was erased")
      }
    }
  }

  /// Rows that belong to no entry under the checkpoint.
  private mutating func checkStrays(_ size: UInt64) throws(LedgerError) {
    let full = size / UInt64(Tile.fullWidth)
    var queries = [
      ("entries", "position < 0 OR position >= \(size)"), ("payloads", "position < 0 OR position >= \(size)"),
      ("payload_keys", "position < 0 OR position >= \(size)"), ("fingerprints", "position < 0 OR position >= \(full)"),
      ("head", "position <> 0"),
    ]
    var tiles = "position < 0"
    var level = 0
    var count = full
    repeat {
      let first = LedgerSchema.tileKey(level: level, index: count)
      tiles += count > 0 || level == 0 ? " OR (position >= \(first) AND position < \(Int64(level + 1) << 56))" : ""
      level += 1
      count >>= UInt64(Tile.height)
    } while count > 0
    tiles += " OR position >= \(Int64(level) << 56)"
    queries.append(("tiles", tiles))
    for (table, condition) in queries {
      let key = table == "head" ? "only" : table == "fingerprints" ? "bundle" : "position"
      let stray = try translating { () throws(SQLiteError) in
        try reader.connection.number(
          "SELECT \(key) FROM \(table) WHERE \(condition.replacing("position", with: key)) LIMIT 1")
      }
      if let stray {
        let index = stray >= 0 && !["tiles", "fingerprints", "head"].contains(table) ? UInt64(stray) : nil
        report.add(index, "table \(table) has a row \(stray) that the checkpoint does not cover")
      }
    }
  }

  /// The last published checkpoint: nothing may be missing that it covers.
  private mutating func checkPublished(_ size: UInt64, _ verifiers: [NoteVerifier]) {
    guard hasPublishedFile else {
      report.remarks.append("there is no published checkpoint beside the database")
      return
    }
    let signed = published.compactMap { try? Checkpoint.open($0, origin: verifier.name, verifiers: verifiers) }
    guard let published = signed.max(by: { $0.size < $1.size }) else {
      return report.add(nil, "the file of the last published checkpoint holds none that is signed")
    }
    guard published.size <= size else {
      return report.add(size, "and what follows is missing: a checkpoint of \(published.size) entries was published")
    }
    guard let head = report.checkpoint, published.size == head.size, published.root != head.root else { return }
    report.add(nil, "the published checkpoint of \(head.size) entries has another root than the one in the database")
  }

  private static func readPublished(
    _ paths: LedgerPaths, _ configuration: LedgerConfiguration
  ) throws(LedgerError) -> [String] {
    try translating { () throws(SQLiteError) in
      try PublishedCheckpoint.notes(in: DurableFile(path: paths.published, mode: .readOnly, vfs: configuration.vfs))
    }
  }
}

extension ChunkAudit {
  mutating func couldNotRun(_ error: LedgerError) {
    noteFault("entries \(first) to \(end - 1) cannot be read: \(error)")
  }
}

extension NoteVerifier {
  /// The public half of a data folder's own key.
  fileprivate init(of paths: LedgerPaths, origin: String) throws(LedgerError) {
    self = try LedgerArchive.readVerifier(paths, origin: origin)
  }
}
