// The log as lines of JSON, in pieces of constant size however long it is:
//
//     {"before":["<hash>",…],"export":1,"from":0,"origin":"<name>"}
//     {"entry":{…},"leaf_hash":"<hex>"}                           one line for each entry, exactly as it was hashed
//     {"checkpoint":"<signed note>","consistency":["<hash>",…],"from":0,"to":1234}
//
// `before` holds the roots of the complete subtrees of the entries before the first one here, so that a part of a log can
// be checked as well as the whole; `consistency` leads from the tree that ends with the last line to the checkpoint's.
import Crypto
import JSON
import TransparencyLog

package final class LedgerExport: @unchecked Sendable {
  /// Pieces are about so long.
  package static let pieceBytes = 128 << 10

  private enum Stage { case header, entries, done }

  private let log: LoggedTree
  private let snapshot: TreeSnapshot
  private let origin: String
  package let from: UInt64
  package let to: UInt64
  // Touched by `next` only, whose caller waits for one piece before asking for another: hence Sendable.
  private var stage = Stage.header
  package private(set) var position: UInt64

  /// The entries from `from` up to `to`, as they are now: what is appended later is not in it.
  package init(_ log: LoggedTree, origin: String, from: UInt64 = 0, to: UInt64? = nil) throws(LedgerError) {
    self.log = log
    self.origin = origin
    snapshot = log.snapshot
    self.from = from
    self.to = to ?? snapshot.size
    position = from
    guard self.to <= snapshot.size else { throw .noSuchSize(size: self.to, current: snapshot.size) }
    guard from <= self.to else { throw .noSuchEntry(index: from, size: self.to) }
  }

  /// The next piece, whole lines; nil after the last. One caller at a time.
  package func next() throws(LedgerError) -> [UInt8]? {
    switch stage {
    case .header:
      stage = .entries
      return try header()
    case .entries:
      if position < to { return try entries() }
      stage = .done
      return try trailer()
    case .done: return nil
    }
  }

  private func header() throws(LedgerError) -> [UInt8] {
    let frontier = try log.withNodes { nodes throws(LedgerError) in try MerkleFrontier(size: from, from: nodes) }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("before")
    writer.strings(frontier.peaks.map { Base64.encode($0.bytes) })
    writer.member("export", 1)
    writer.key("from")
    writer.unsigned(from)
    writer.member("origin", origin)
    writer.endObject()
    writer.endLine()
    return writer.array
  }

  private func entries() throws(LedgerError) -> [UInt8] {
    var writer = JSONWriter(capacity: Self.pieceBytes + 65_536)
    try log.readers.withReader { reader throws(LedgerError) in
      try reader.eachEntry(from: position, to: to) { index, entry in
        guard index == position else { return false }
        let bytes = RawSpan(_unsafeBytes: entry)
        writer.beginObject()
        writer.key("entry")
        writer.raw(bytes)
        writer.member("leaf_hash", MerkleHash.leaf(bytes).hex)
        writer.endObject()
        writer.endLine()
        position += 1
        return writer.count < Self.pieceBytes
      }
    }
    guard writer.count > 0 else { throw .inconsistent("entry \(position) is missing") }
    return writer.array
  }

  private func trailer() throws(LedgerError) -> [UInt8] {
    let proof = try log.withNodes { nodes throws(LedgerError) -> [Digest] in
      if to == 0 || to == snapshot.size { return [] }
      return try ConsistencyProof(oldSize: to, size: snapshot.size, from: nodes).hashes
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("checkpoint", snapshot.note)
    writer.key("consistency")
    writer.strings(proof.map { Base64.encode($0.bytes) })
    writer.key("from")
    writer.unsigned(from)
    writer.key("to")
    writer.unsigned(to)
    writer.endObject()
    writer.endLine()
    return writer.array
  }
}

extension Ledger {
  /// An export of the log as it is now, read piece by piece on the ledger's reading threads.
  package func export(from: UInt64 = 0, to: UInt64? = nil) throws(LedgerError) -> LedgerExport {
    try LedgerCalls.told("export") { () throws(LedgerError) in
      try LedgerExport(shared.log, origin: origin, from: from, to: to)
    }
  }

  /// The next piece of an export, without holding up the calling thread.
  package func next(of export: LedgerExport) async throws(LedgerError) -> [UInt8]? {
    try await shared.workers.run { () throws(LedgerError) in try export.next() }
  }
}
