// The ledger: appends, and proofs of what was appended.
//
//     let ledger = try Ledger.open(dataFolder: "data")
//     let receipt = try await ledger.append(
//       EntryDraft(type: "deliberation", id: "dlb_1", actor: "svc", body: canonicalJSON, payload: case))
//     receipt.index; receipt.checkpoint                           // on disk, signed
//     ledger.close()
import Crypto
import Locking
import Storage
import TransparencyLog

package final class Ledger: Sendable {
  let shared: LedgerShared
  private let lock: FolderLock
  private let writer: Locked<Writing?>

  /// Who writes.
  enum Writing: Sendable {
    case thread(NamedThread)
    /// Whoever calls `turn()`: one caller at a time, under the lock.
    case caller(CalledWriter)
  }

  init(shared: LedgerShared, lock: FolderLock, writer: Writing) {
    self.shared = shared
    self.lock = lock
    self.writer = Locked(writer)
  }

  deinit { close() }

  /// Writes what waits, refuses what comes, and returns when everything is on disk and every file closed.
  package func close() {
    guard let writer = writer.withLock({ $0.take() }) else { return }
    shared.queue.withLock { $0.isClosing = true }
    shared.queue.wake()
    shared.workers.close()
    shared.indexer.stop()
    shared.closeReaders()
    switch writer {
    case .thread(let thread): thread.join()
    case .caller(let writer): writer.finish()
    }
    shared.watch.stop()
    shared.checkpointer.stop()
    shared.publisher.stop()
    shared.closeReaders()
    lock.release()
  }

  /// Writes what waits, if the ledger has no threads of its own. A storage that has failed is tried again by this.
  package func turn() {
    writer.withLock { if case .caller(let writer) = $0 { writer.turn() } }
    shared.checkpointer.serveNow()
  }

  // MARK: Appending

  /// Appends one entry. Returns when it is on disk; throws where it is not known to be.
  package func append(_ draft: EntryDraft, receipt kind: ReceiptKind = .index) async throws(LedgerError) -> Receipt {
    try await append(draft, special: nil, receipt: kind)
  }

  func append(
    _ draft: EntryDraft, special: SpecialAppend?, receipt kind: ReceiptKind
  ) async throws(LedgerError) -> Receipt {
    if LedgerCalls.watch == nil { return try await written(draft, special, kind) }
    return try await LedgerCalls.told("append", entries: { _ in 1 }) { () async throws(LedgerError) in
      try await written(draft, special, kind)
    }
  }

  private func written(
    _ draft: EntryDraft, _ special: SpecialAppend?, _ kind: ReceiptKind
  ) async throws(LedgerError) -> Receipt {
    let waiter = SingleWaiter()
    let append = PendingAppend(try make(draft, special: special), special: special, waiter: waiter)
    let result = await Handover<Result<Outcome, LedgerError>>.wait { handover in
      waiter.handover = handover
      do throws(LedgerError) {
        try enqueue([append])
      } catch {
        append.answer(.failure(error))
      }
    }
    return try receipt(result.get(), kind)
  }

  /// Appends many entries, in their order and with nothing between them unless the group limit parts them. The results
  /// stand in the order of the drafts; one bad draft fails alone.
  package func appendAll(
    _ drafts: [EntryDraft], receipt kind: ReceiptKind = .index
  ) async -> [Result<Receipt, LedgerError>] {
    await submitAll(drafts.map { ReadyDraft($0) }, receipt: kind).receipts()
  }

  /// Makes the entry of a draft as far as it can be made without its place in the log; what is wrong with the draft is told
  /// when it is submitted.
  package func ready(_ draft: EntryDraft) -> ReadyDraft {
    ReadyDraft(draft, made: Result { () throws(LedgerError) in try make(draft) })
  }

  /// The same as `appendAll`, in two steps: what is submitted first is written first, and meanwhile the caller may do
  /// something else.
  package func submitAll(_ drafts: [ReadyDraft], receipt kind: ReceiptKind = .index) -> Submission {
    let batch = BatchWaiter(count: drafts.count)
    var appends: [PendingAppend] = []
    appends.reserveCapacity(drafts.count)
    for (position, draft) in drafts.enumerated() {
      do throws(LedgerError) {
        let made = if let made = draft.made { try made.get() } else { try make(draft.draft) }
        appends.append(PendingAppend(made, waiter: BatchWaiter.Place(batch: batch, position: position)))
      } catch {
        batch.put(.failure(error), at: position)
      }
    }
    do throws(LedgerError) {
      if !appends.isEmpty { try enqueue(appends) }
    } catch {
      for append in appends { append.answer(.failure(error)) }
    }
    return Submission { [self] in
      await batch.wait().map { result in
        Result { () throws(LedgerError) in try receipt(result.get(), kind) }
      }
    }
  }

  /// Everything that can be done outside of the writer: checks, sealing, and all of the entry but index and time.
  private func make(_ draft: EntryDraft, special: SpecialAppend? = nil) throws(LedgerError) -> MadeEntry {
    // Erasures and holds have effects beyond their entry: nobody gets them by writing the entry alone.
    if special == nil,
      LedgerEntryType.reserved.contains(draft.type) || Self.reservedPrefixes.contains(where: draft.id.hasPrefix)
    {
      throw .invalidDraft(field: "type", reason: "\(draft.type) is written by the ledger itself")
    }
    let limit = shared.configuration.largestPayload
    if let payload = draft.payload, payload.count > limit {
      throw .payloadTooLarge(bytes: payload.count, limit: limit)
    }
    return try MadeEntry(draft, shared.sealer)
  }

  func enqueue(_ appends: [PendingAppend]) throws(LedgerError) {
    let mustWake = try shared.queue.withLock { (queue) throws(LedgerError) -> Bool in
      try queue.put(appends, shared.configuration)
      // Once: until the writer has come, what others put there needs no further wake.
      defer { queue.writerSleeps = false }
      return queue.writerSleeps
    }
    if mustWake {
      shared.configuration.waking { [shared] in
        shared.writerIsUp.store(true, ordering: .relaxed)
        shared.queue.wake()
      }
    }
  }

  func receipt(_ outcome: Outcome, _ kind: ReceiptKind) throws(LedgerError) -> Receipt {
    var receipt = Receipt(
      index: outcome.index, leafHash: outcome.leaf, time: outcome.group.time, checkpoint: outcome.group.checkpoint,
      size: outcome.group.size, proof: nil, isFirst: outcome.isFirst)
    if kind == .proof { receipt.proof = try inclusionProof(index: outcome.index, size: outcome.group.size).hashes }
    return receipt
  }

  // MARK: The tree

  /// The log's name.
  package var origin: String { shared.origin }

  /// The public key that checkpoints verify with.
  package var verifier: NoteVerifier { shared.signer.verifier }

  /// How many entries there are.
  package var size: UInt64 { shared.snapshot.size }

  /// The time of the newest entry; nil where there is none.
  package var newestTime: Timestamp? { shared.snapshot.time }

  /// The newest checkpoint, a signed note.
  package var checkpoint: String { shared.snapshot.note }

  package func inclusionProof(index: UInt64, size: UInt64? = nil) throws(LedgerError) -> InclusionProof {
    try LedgerCalls.told("prove") { () throws(LedgerError) in
      try shared.log.inclusionProof(index: index, size: size)
    }
  }

  package func consistencyProof(from oldSize: UInt64, to size: UInt64? = nil) throws(LedgerError) -> ConsistencyProof {
    try LedgerCalls.told("prove") { () throws(LedgerError) in
      try shared.log.consistencyProof(from: oldSize, to: size)
    }
  }

  /// The bytes of a tile of hashes, or nil where the log has no such tile (yet).
  package func tile(_ tile: Tile) throws(LedgerError) -> [UInt8]? {
    try LedgerCalls.told("tile") { () throws(LedgerError) in try shared.log.tile(tile) }
  }

  /// The bytes of a bundle of entries, or nil where the log does not have them (yet).
  package func entryBundle(_ tile: Tile) throws(LedgerError) -> [UInt8]? {
    try LedgerCalls.told("tile") { () throws(LedgerError) in try shared.log.entryBundle(tile) }
  }

  /// An entry with its proof and a checkpoint, in one text that anyone can check offline.
  package func proofBundle(index: UInt64) throws(LedgerError) -> ProofBundle {
    try LedgerCalls.told("prove") { () throws(LedgerError) in try shared.log.proofBundle(index: index) }
  }

  // MARK: Entries and payloads

  package func entry(at index: UInt64) throws(LedgerError) -> StoredEntry {
    try LedgerCalls.told("read") { () throws(LedgerError) in try shared.log.entry(at: index) }
  }

  /// The payload, decrypted and checked against the entry's commitment.
  package func payload(at index: UInt64) throws(LedgerError) -> StoredPayload {
    try LedgerCalls.told("read") { () throws(LedgerError) in
      try shared.log.payload(at: index, sealer: shared.sealer)
    }
  }

  // MARK: Health

  /// Whether appends can be taken.
  package var health: LedgerHealth {
    let (failure, isClosing, queued) = shared.queue.withLock {
      ($0.failure, $0.isClosing, $0.waiting.count + $0.inFlight.count)
    }
    return LedgerHealth(
      isWritable: failure == nil && !isClosing, reason: isClosing ? "the ledger is closed" : failure?.description,
      size: size, queued: queued, indexedTo: min(shared.indexer.state.indexedTo, size))
  }
}
