// Where the engine writes what happened. The ledger is the only truth: weights, constitutions, reviews and precedents are
// projections of its entries and change only by one more entry.
import JSON
import Ledger

/// An append-only record. An id is written once: a second append under the same id writes nothing and gives the first
/// receipt, with `isFirst` false. That is the compare-and-set by which versions and reviews are decided.
package protocol Recorder: Sendable {
  func append(_ draft: EntryDraft, receipt kind: ReceiptKind) async throws(LedgerError) -> Receipt

  /// Many entries in their order; results stand in the order of the drafts.
  func appendAll(_ drafts: [EntryDraft], receipt kind: ReceiptKind) async -> [Result<Receipt, LedgerError>]

  /// What can be done for an append beforehand, on any core.
  func ready(_ draft: EntryDraft) -> ReadyDraft

  /// Many entries in their order, and behind those that were submitted before.
  func submitAll(_ drafts: [ReadyDraft], receipt kind: ReceiptKind) -> Submission

  /// Destroys the payload of an entry and those that are copies of it, all or none; the entry that says so.
  func erase(
    index: UInt64, copies: [UInt64], actor: String, ground: String?, reason: String?, trace: String?
  ) async throws(LedgerError) -> Receipt

  /// An entry that is on record, and its payload: to catch up with what others wrote, or what was written unheard.
  func entry(at index: UInt64) throws(LedgerError) -> StoredEntry
  func payload(at index: UInt64) throws(LedgerError) -> StoredPayload
}

extension Ledger: Recorder {}

/// A recorder that writes only while somebody waits: receipts asked for in the order of the submissions keep that order.
extension Recorder {
  package func ready(_ draft: EntryDraft) -> ReadyDraft { ReadyDraft(draft) }

  package func submitAll(_ drafts: [ReadyDraft], receipt kind: ReceiptKind) -> Submission {
    Submission { await appendAll(drafts.map(\.draft), receipt: kind) }
  }
}

/// The kinds of entries that the engine writes.
package enum EntryType {
  package static let deliberation = "deliberation"
  package static let review = "review"
  package static let weights = "weights"
  package static let constitution = "constitution"
  package static let precedent = "precedent"
  package static let alert = "alert"
  package static let revocation = "revocation"
  /// The use of a permit.
  package static let permit = "permit"
}

/// An entry of the log as projections read it.
package struct LoggedEntry: Sendable {
  package let index: UInt64
  package let type: String
  package let id: String
  package let actor: String
  package let time: Timestamp
  package let body: [UInt8]
  /// The payload, for those who read it with the entry: precedents live in theirs. Nil where it was erased or not read.
  package var payload: [UInt8]?

  package init(
    index: UInt64, type: String, id: String, actor: String, time: Timestamp, body: [UInt8], payload: [UInt8]? = nil
  ) {
    self.index = index
    self.type = type
    self.id = id
    self.actor = actor
    self.time = time
    self.body = body
    self.payload = payload
  }

  /// The entry that a draft has become.
  package init(_ draft: EntryDraft, _ receipt: Receipt) {
    self.init(
      index: receipt.index, type: draft.type, id: draft.id, actor: draft.actor,
      // A receipt's time is the ledger's own text of a timestamp.
      time: Timestamp(text: receipt.time) ?? Timestamp(microseconds: 0), body: draft.body, payload: draft.payload)
  }
}

extension LoggedEntry: JSONReadable {
  /// Reads an entry as it stands in the log; members that projections do not need are passed over.
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (type, id, actor) = ("", "", "")
    var index: UInt64 = 0
    var time: Timestamp?
    var body: [UInt8]?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "index": index = try reader.unsigned()
      case "type": type = try reader.string()
      case "id": id = try reader.string()
      case "actor": actor = try reader.string()
      case "time":
        time = Timestamp(text: try reader.string())
        if time == nil { reader.refuse("must be a time in RFC 3339") }
      case "body": body = try reader.raw().withUnsafeBytes { Array($0) }
      default: break
      }
    }
    self.init(
      index: index, type: type, id: id, actor: actor,
      time: time ?? reader.missing("time", of: object, instead: Timestamp(microseconds: 0)),
      body: body ?? reader.missing("body", of: object, instead: []))
  }
}

/// A text that a person gives for the record.
enum Statement {
  static let longest = 4096

  /// What is wrong with it, or nil.
  static func fault(in text: String) -> String? {
    if !text.contains(where: { $0.isLetter || $0.isNumber }) { return "must say something" }
    return text.utf8.count > longest ? "must be at most \(longest) bytes long" : nil
  }
}
