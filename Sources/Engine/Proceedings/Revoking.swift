// Taking tokens and keys away: written to the ledger first, and obeyed before anybody is told that it is done.
import Ledger
import Tokens

extension Proceedings {
  package var revocations: RevocationBook { books.withLock { $0.revocations } }

  /// Revokes a token or a key. When this returns, the entry is on disk and `settings.revoked` has heard of it. Revoking the
  /// same again returns the first revocation.
  package func revoke(
    _ revoked: Revoked, reason: String, by actor: String
  ) async throws(GovernanceRefusal) -> (revocation: Revocation, receipt: Receipt) {
    let draft: EntryDraft
    do throws(RevocationRefusal) {
      draft = try revocations.propose(revoked, reason: reason, by: actor, at: surroundings.now())
    } catch { throw .revocation(error) }
    let receipt = try await append(draft)
    guard let revocation = revocations.revocation(draft.id) else {
      throw .notRecorded(.inconsistent("entry \(receipt.index) is no revocation"))
    }
    return (revocation, receipt)
  }
}
