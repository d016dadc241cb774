// The one writer. It takes what has gathered, gives indexes and the time, hashes, extends the tree, signs one checkpoint,
// commits one transaction, and only then answers, all waiters of the group together. While the disk syncs, the next group
// gathers: the slower the disk, the larger the groups.
//
// Before the commit nothing outside of this thread has changed; after it everything follows from what is on the disk. So a
// crash at any instant leaves either the tree before the group or the tree after it, and no answer that it does not keep.
import Crypto
import Storage
import TransparencyLog

/// All state here belongs to the writer's thread.
final class LedgerWriter {
  private let shared: LedgerShared
  private var store: LedgerStore?
  private var tree: MerkleTree
  private var note: String
  private var head: Checkpoint
  private var lastTime: Timestamp?
  private var identifiers = IdentifierIndex()
  /// The fingerprints since the last full bundle.
  private var edgeFingerprints: [UInt64]
  private var group = LedgerStore.Group()
  /// The last entry that placed or ended a hold since the start.
  private var lastHold: UInt64?

  init(_ shared: LedgerShared, store: LedgerStore, state: RecoveredState) throws(LedgerError) {
    self.shared = shared
    self.store = store
    tree = state.tree
    note = state.note
    head = state.head
    lastTime = state.lastTime
    edgeFingerprints = state.edgeFingerprints
    try loadIdentifiers(store)
  }

  private func loadIdentifiers(_ store: LedgerStore) throws(LedgerError) {
    identifiers = IdentifierIndex(expecting: head.size)
    var next: UInt64 = 0
    try store.eachFingerprint { index, fingerprint in
      if index == next {
        identifiers.insert(fingerprint: fingerprint, index: index)
        next += 1
      }
    }
    let edge = head.size - head.size % UInt64(Tile.fullWidth)
    guard next == edge else { throw .inconsistent("the fingerprints of the ids are not complete: \(next) of \(edge)") }
    for (place, fingerprint) in edgeFingerprints.enumerated() {
      identifiers.insert(fingerprint: fingerprint, index: edge + UInt64(place))
    }
  }

  // MARK: The loop

  func run() {
    while takeGroup() { serveGroup() }
    finish()
  }

  /// One round of the loop on the caller's thread, without waiting for work.
  func turn() {
    shared.queue.withLock { queue in
      if !queue.waiting.isEmpty { queue.takeGroup(shared.configuration) }
    }
    serveGroup()
  }

  /// Writes what waits, and closes the database.
  func finish() {
    while shared.queue.withLock({ !$0.waiting.isEmpty }) { turn() }
    // So that the database file alone holds everything; where it fails, the log beside it still does.
    if let store { _ = try? store.connection.checkpoint(.truncate) }
    store = nil
  }

  private func serveGroup() {
    let appends = shared.queue.withLock { $0.inFlight }
    if !appends.isEmpty { serve(appends) }
    let failed = shared.queue.withLock { queue in
      queue.inFlight = []
      return queue.failure != nil
    }
    if failed { recover() }
    if let store {
      shared.checkpointer.groupWritten(store.connection, mostFrames: shared.configuration.checkpointPages)
    }
  }

  /// Waits for work; false when the ledger closes and nothing waits any more.
  private func takeGroup() -> Bool {
    let configuration = shared.configuration
    let isFailed = shared.queue.withLock { $0.failure != nil }
    return shared.queue.wait(milliseconds: isFailed ? configuration.probeInterval : nil) { queue, isOver in
      queue.writerSleeps = false
      if !queue.waiting.isEmpty {
        queue.takeGroup(configuration)
        return true
      }
      if queue.isClosing { return false }
      if isOver { return true }
      queue.writerSleeps = true
      shared.writerIsUp.store(false, ordering: .relaxed)
      return nil
    }
  }

  private func serve(_ appends: [PendingAppend]) {
    do throws(LedgerError) {
      try write(appends)
    } catch {
      let waiting = shared.queue.withLock { queue in
        queue.failure = error
        return queue.drain()
      }
      for append in appends + waiting { append.answer(.failure(error)) }
    }
  }

  // MARK: A group

  private func write(_ appends: [PendingAppend]) throws(LedgerError) {
    guard let store else { throw .storageFailed("the database is not open") }
    let began = monotonicNanoseconds()
    var next = tree
    let time = max(shared.configuration.now(), Timestamp(microseconds: (lastTime?.microseconds ?? -1) + 1))
    let timeBytes = time.utf8
    group.first = tree.size
    group.bytes.removeAll(keepingCapacity: true)
    group.entries.removeAll(keepingCapacity: true)
    var repeated: [(append: PendingAppend, index: UInt64)] = []
    for append in appends where append.take() {
      if let index = try known(append, store) {
        repeated.append((append, index))
        continue
      }
      switch append.special {
      case .erasure(let indexes, let asOf):
        // Whoever asked had looked at the holds of an earlier log.
        if let lastHold, lastHold >= asOf {
          let index = indexes.first ?? 0
          append.answer(.failure(.held(index: index, by: "one placed at the same time; try again")))
          continue
        }
      case .hold: lastHold = next.size
      case .keyRotation, nil: break
      }
      let start = group.bytes.count
      append.template.append(index: next.size, time: timeBytes, to: &group.bytes)
      let leaf = MerkleHash.leaf(group.bytes.span.bytes.extracting(start..<group.bytes.count))
      group.entries.append(LedgerStore.Group.Row(range: start..<group.bytes.count, leaf: leaf, append: append))
      // Where the group fails, all of this is read back from the disk.
      identifiers.insert(fingerprint: append.fingerprint, index: next.size)
      next.append(leaf)
    }
    if !group.entries.isEmpty { try commit(&next, time, store) }
    let committed = CommittedGroup(size: head.size, time: time.text, checkpoint: note)
    shared.configuration.answering {
      var index = group.first
      for entry in group.entries {
        entry.append.answer(
          .success(Outcome(index: index, leaf: entry.leaf, isFirst: true, group: committed)))
        index += 1
      }
    }
    if let wrote = shared.configuration.wrote, !group.entries.isEmpty {
      let now = monotonicNanoseconds()
      wrote(
        WrittenGroup(
          entries: group.entries.count, bytes: group.bytes.count, nanoseconds: now - began,
          waits: group.entries.map { now - min(now, $0.append.enqueued) }))
    }
    for (append, index) in repeated {
      append.answer(Result { () throws(LedgerError) in try firstOutcome(of: index, store) })
    }
  }

  /// The entry that already has the append's id, in the log or in this very group.
  private func known(_ append: PendingAppend, _ store: LedgerStore) throws(LedgerError) -> UInt64? {
    for index in identifiers.candidates(append.fingerprint) {
      if index >= group.first {
        if group.entries[Int(index - group.first)].append.id == append.id { return index }
        continue
      }
      let bytes = try translating { () throws(SQLiteError) in try store.entry(at: index) }
      if let bytes, EntryHeader(bytes)?.id == append.id { return index }
    }
    return nil
  }

  private func commit(
    _ next: inout MerkleTree, _ time: Timestamp, _ store: LedgerStore
  ) throws(LedgerError) {
    group.tiles = next.takeSealed()
    let fingerprints = bundleFingerprints()
    let checkpoint = Checkpoint(origin: shared.origin, size: next.size, root: next.root)
    group.note = try shared.sign(checkpoint)
    try translating { () throws(SQLiteError) in
      try shared.checkpointer.withWritersTurn { () throws(SQLiteError) in try store.write(group) }
    }
    // The group is on the disk. From here on the state is the new one, whatever becomes of the answers.
    tree = next
    head = checkpoint
    note = group.note
    lastTime = time
    edgeFingerprints = fingerprints
    for tile in group.tiles {
      let key = LedgerSchema.tileKey(level: tile.level, index: tile.index)
      if tile.level > 0 { shared.log.tiles.insert(ExpandedTile(hashes: tile.hashes), key) }
    }
    // Where this fails the group is written and yet not acknowledged: what is not published must not be seen.
    try translating { () throws(SQLiteError) in try shared.publisher.publish(note, checkpoint) }
    shared.show(TreeSnapshot(tree: next, checkpoint: checkpoint, note: note, time: time))
  }

  /// Cuts full bundles of fingerprints into `group`, and returns those that are left over.
  private func bundleFingerprints() -> [UInt64] {
    group.fingerprints.removeAll(keepingCapacity: true)
    var edge = edgeFingerprints
    var bundle = group.first / UInt64(Tile.fullWidth)
    for entry in group.entries {
      edge.append(entry.append.fingerprint)
      guard edge.count == Tile.fullWidth else { continue }
      group.fingerprints.append((bundle, IdentifierIndex.bytes(of: edge[...])))
      edge.removeAll(keepingCapacity: true)
      bundle += 1
    }
    return edge
  }

  /// The receipt that the first append under an id got, made again: a group's entries share one time, no two groups do,
  /// and Ed25519 signs the same text to the same bytes.
  private func firstOutcome(of index: UInt64, _ store: LedgerStore) throws(LedgerError) -> Outcome {
    var end = index
    var time: Timestamp?
    var leaf: Digest?
    while end < head.size, let bytes = try translating({ () throws(SQLiteError) in try store.entry(at: end) }),
      let header = EntryHeader(bytes)
    {
      if time == nil {
        time = header.time
        leaf = MerkleHash.leaf(bytes)
      }
      guard header.time == time else { break }
      end += 1
    }
    guard let time, let leaf else { throw .inconsistent("entry \(index) cannot be read") }
    let note = try shared.sign(Checkpoint(origin: shared.origin, size: end, root: shared.log.root(size: end)))
    let group = CommittedGroup(size: end, time: time.text, checkpoint: note)
    return Outcome(index: index, leaf: leaf, isFirst: false, group: group)
  }

  // MARK: After a failure

  /// What was not acknowledged may be on the disk or not, and after a failed sync not even the system knows. So the
  /// database is opened anew, its state derived as at a start, and appends are taken again only after a write of our own
  /// has been synced.
  private func recover() {
    guard shared.queue.withLock({ !$0.isClosing }) else { return }
    store = nil
    do throws(LedgerError) {
      let fresh = try translating { () throws(SQLiteError) in
        try LedgerStore(path: shared.databasePath, vfs: shared.configuration.vfs)
      }
      let reader = try LedgerReader(path: shared.databasePath, vfs: shared.configuration.vfs)
      guard let state = try LedgerRecovery.load(reader, origin: shared.origin, verifiers: [shared.signer.verifier])
      else {
        throw .inconsistent("the database has lost its entries")
      }
      try LedgerRecovery.check(state.head, against: shared.publisher.newest) { size throws(LedgerError) in
        size == head.size ? head.root : try shared.log.root(size: size)
      }
      try translating { () throws(SQLiteError) in
        try fresh.write(head: state.note)
        try shared.publisher.publishNow(state.note, state.head)
      }
      tree = state.tree
      note = state.note
      head = state.head
      lastTime = state.lastTime
      edgeFingerprints = state.edgeFingerprints
      try loadIdentifiers(fresh)
      store = fresh
      shared.show(TreeSnapshot(tree: tree, checkpoint: head, note: note, time: lastTime))
      shared.queue.withLock { $0.failure = nil }
    } catch {
      shared.queue.withLock { $0.failure = error }
    }
  }
}

/// A writer without a thread.
///
/// Proof for `@unchecked Sendable`: the ledger calls it under a lock, and `finish` once it has taken it from there.
final class CalledWriter: @unchecked Sendable {
  private let writer: LedgerWriter

  init(_ writer: LedgerWriter) { self.writer = writer }

  func turn() { writer.turn() }
  func finish() { writer.finish() }
}
