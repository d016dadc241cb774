// Queries, statistics and exports: what auditors and operators ask of a ledger. All of it runs beside the writer, on threads
// of its own, and never holds it up.
import Crypto
import Glibc
import Storage
import TransparencyLog

extension Ledger {
  /// A page of entries. Waits a moment for the projection where it is only a little behind, so that callers find what
  /// they have just written; the answer says how far it speaks for.
  package func query(_ query: LedgerQuery) async throws(LedgerError) -> LedgerPage {
    try await LedgerCalls.told("query", entries: \.entries.count) { () async throws(LedgerError) in
      try await page(query)
    }
  }

  private func page(_ query: LedgerQuery) async throws(LedgerError) -> LedgerPage {
    guard 1...LedgerQuery.largestPage ~= query.limit else {
      throw .invalidDraft(field: "limit", reason: "must be from 1 to \(LedgerQuery.largestPage)")
    }
    for (field, value) in [("from", query.from), ("to", query.to)]
    where value.map({ Timestamp(text: $0) == nil }) ?? false {
      throw .invalidDraft(field: field, reason: "must be a time in RFC 3339")
    }
    let start = try query.cursor.map { text throws(LedgerError) -> UInt64 in
      guard let cursor = QueryCursor(text, query) else { throw .badCursor }
      return cursor.position
    }
    try await waitForProjection(query.atLeastIndex)
    let shared = shared
    return try await shared.workers.run { () throws(LedgerError) in
      let size = shared.snapshot.size
      let indexedTo = min(shared.indexer.state.indexedTo, size)
      // Before the first entry is in it, the projection may not even be a file.
      if indexedTo == 0 { return LedgerPage(entries: [], next: nil, indexedTo: 0, complete: size == 0) }
      let positions = try shared.withProjection { reader throws(LedgerError) in
        try reader.positions(
          query, from: start, indexedTo: indexedTo, examined: shared.configuration.examinedLimit
        ) { position throws(LedgerError) in
          do throws(LedgerError) {
            return try shared.readers.withReader { reader throws(LedgerError) in try reader.entry(at: position) }
          } catch {
            // Of the log, so that the projection is not blamed.
            throw .storageFailed("entry \(position): \(error)")
          }
        }
      }
      let entries = try shared.readers.withReader { reader throws(LedgerError) in
        var entries: [StoredEntry] = []
        for position in positions.found {
          guard let bytes = try reader.entry(at: position) else { throw .inconsistent("entry \(position) is missing") }
          if query.matches(bytes) { entries.append(StoredEntry(index: position, bytes: bytes)) }
        }
        return entries
      }
      let next = positions.hasMore ? positions.next.map { QueryCursor(position: $0).text(query) } : nil
      return LedgerPage(
        entries: entries, next: next, indexedTo: positions.indexedTo, complete: positions.indexedTo >= size)
    }
  }

  private func waitForProjection(_ index: UInt64?) async throws(LedgerError) {
    let size = size
    guard shared.configuration.hasThreads else {
      if shared.configuration.hasProjection { try shared.indexer.catchUp(shared) }
      return
    }
    // A caller who names an entry waits for it; others wait only where that will not take long.
    let wanted = index.map { min($0 + 1, size) } ?? size
    let deadline = monotonicNanoseconds() + UInt64(shared.configuration.indexWait) * 1_000_000
    shared.indexer.hurry(to: wanted)
    while true {
      let (indexedTo, failure) = shared.indexer.state
      if indexedTo >= wanted { return }
      if index == nil && (failure != nil || wanted - indexedTo > UInt64(shared.configuration.indexLag)) { return }
      if monotonicNanoseconds() > deadline {
        if index == nil { return }
        throw .notYetIndexed(upTo: indexedTo, wanted: wanted)
      }
      try? await Task.sleep(for: .milliseconds(2))
    }
  }

  package func statistics() async throws(LedgerError) -> LedgerStatistics {
    try await LedgerCalls.told("count", entries: { Int($0.size) }) { () async throws(LedgerError) in
      try await counts()
    }
  }

  private func counts() async throws(LedgerError) -> LedgerStatistics {
    let shared = shared
    let paths = LedgerPaths(folder: shared.folder)
    try await waitForProjection(nil)
    return try await shared.workers.run { () throws(LedgerError) in
      let size = shared.snapshot.size
      let indexedTo = min(shared.indexer.state.indexedTo, size)
      let counts =
        try indexedTo == 0 ? [:] : shared.withProjection { reader throws(LedgerError) in try reader.counts() }
      let first = try shared.readers.withReader { reader throws(LedgerError) in
        size == 0 ? nil : try reader.entry(at: 0).flatMap { EntryHeader($0)?.time }
      }
      return LedgerStatistics(
        size: size, indexedTo: indexedTo, byType: counts[.type] ?? [:], byVerdict: counts[.verdict] ?? [:],
        firstTime: first?.text, lastTime: shared.snapshot.time?.text, databaseBytes: fileSize(paths.database),
        writeAheadBytes: fileSize(paths.writeAheadLog))
    }
  }
}

func fileSize(_ path: String) -> UInt64 {
  var status = stat()
  return stat(path, &status) == 0 ? UInt64(status.st_size) : 0
}

extension LedgerQuery {
  /// Whether an entry found by its terms really has the values: two values may share a term.
  func matches(_ entry: [UInt8]) -> Bool {
    if filters.isEmpty { return true }
    guard let terms = EntryTerms(entry.span.bytes) else { return false }
    return filters.allSatisfy { terms.has($0, $1) }
  }
}
