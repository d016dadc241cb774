// All that can be done for an append before it has its place: the payload sealed, the entry written but for index and time.
// It is most of an append's work, needs nothing of the log, and so may be done for many entries on many cores.
import Crypto

struct MadeEntry: Sendable {
  let id: String
  let template: EntryTemplate
  let payload: SealedPayload?

  init(_ draft: EntryDraft, _ sealer: PayloadSealer) throws(LedgerError) {
    var sealed: SealedPayload?
    if let payload = draft.payload {
      do throws(CryptoError) {
        sealed = try sealer.seal(payload, id: draft.id)
      } catch {
        throw .storageFailed("the payload cannot be sealed: \(error)")
      }
    }
    id = draft.id
    template = try EntryTemplate(draft, commitment: sealed?.commitment)
    payload = sealed
  }
}

/// A draft, and the entry that a ledger may have made of it already. An object, because batches of them pass through many hands.
package final class ReadyDraft: Sendable {
  package let draft: EntryDraft
  let made: Result<MadeEntry, LedgerError>?

  package convenience init(_ draft: EntryDraft) { self.init(draft, made: nil) }

  init(_ draft: EntryDraft, made: Result<MadeEntry, LedgerError>?) {
    self.draft = draft
    self.made = made
  }
}

/// Entries on their way into the log. They are written whether anybody waits for their receipts or not.
package struct Submission: Sendable {
  private let wait: @Sendable () async -> [Result<Receipt, LedgerError>]

  package init(_ wait: @escaping @Sendable () async -> [Result<Receipt, LedgerError>]) { self.wait = wait }

  /// What has become of them, in the order of the drafts. To be asked once.
  package func receipts() async -> [Result<Receipt, LedgerError>] { await wait() }
}
