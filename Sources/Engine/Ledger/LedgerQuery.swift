// Questions to the ledger's projection, and their answers.

/// Which entries are wanted. Every filter that is given must hold.
package struct LedgerQuery: Sendable, Hashable {
  package enum Order: String, Sendable { case newestFirst, oldestFirst }

  package static let largestPage = 1000
  /// Further words of a text are not looked for.
  package static let mostWords = 16

  package var type: String?
  /// The id under which the entry was appended.
  package var id: String?
  /// The review that the entry opens or answers; empty for any.
  package var review: String?
  package var actor: String?
  package var subject: String?
  package var verdict: String?
  package var critic: String?
  package var clause: String?
  package var trace: String?
  /// RFC 3339 UTC; inclusive.
  package var from: String?
  /// RFC 3339 UTC; exclusive.
  package var to: String?
  /// Words that must all occur in what the entry holds.
  package var text: String?
  package var order = Order.newestFirst
  /// At most `largestPage`.
  package var limit = 50
  /// From an earlier page of the same question.
  package var cursor: String?
  /// Waits until the projection covers this entry: what its writer just got in a receipt.
  package var atLeastIndex: UInt64?

  package init() {}
}

package struct LedgerPage: Sendable {
  package let entries: [StoredEntry]
  /// Continues after the last entry, also after the log has grown; nil at the end.
  package let next: String?
  /// The answer speaks of the entries below this index.
  package let indexedTo: UInt64
  /// Whether that was the whole log when the question was answered.
  package let complete: Bool
}

/// Counts over the log.
package struct LedgerStatistics: Sendable {
  package let size: UInt64
  package let indexedTo: UInt64
  package let byType: [String: UInt64]
  /// Of deliberations.
  package let byVerdict: [String: UInt64]
  package let firstTime: String?
  package let lastTime: String?
  package let databaseBytes: UInt64
  package let writeAheadBytes: UInt64
}

/// Whether appends can be taken, and why not.
package struct LedgerHealth: Sendable {
  package let isWritable: Bool
  /// Why not, in words.
  package let reason: String?
  package let size: UInt64
  package let queued: Int
  package let indexedTo: UInt64
}
