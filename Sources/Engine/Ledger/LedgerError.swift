// Everything that can go wrong with a ledger, each with what a person needs to act on it.

package enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Too many appends wait already: nothing was written, try again later.
  case queueFull(limit: Int)
  /// The append waited longer than configured and was taken back: nothing was written.
  case waitedTooLong(milliseconds: Int)
  /// The disk has not answered within the time allowed: the entry may or may not be written. Appending again under the
  /// same id tells, and writes nothing twice.
  case outcomeUnknown
  /// The entry would have more than 65,535 bytes.
  case entryTooLarge(bytes: Int, limit: Int)
  case payloadTooLarge(bytes: Int, limit: Int)
  /// A field of the draft cannot stand in an entry.
  case invalidDraft(field: String, reason: String)
  /// Nothing more can be written to the file system.
  case diskFull
  /// The storage has failed; appends fail at once until a write succeeds again.
  case storageFailed(String)
  /// Another process, or another ledger in this one, has the data folder.
  case inUse(path: String)
  /// The ledger was closed.
  case closed
  case noSuchEntry(index: UInt64, size: UInt64)
  case noSuchSize(size: UInt64, current: UInt64)
  /// The stored data contradicts itself or what was signed: the ledger refuses to run.
  case inconsistent(String)
  /// A key is missing, unreadable, or not the one that the log was made with.
  case badKey(path: String, reason: String)
  /// The entry never had a payload.
  case noPayload(index: UInt64)
  /// The payload is younger than the retention floor, and no legal ground was stated.
  case retained(index: UInt64, until: String)
  /// A legal hold covers the entry.
  case held(index: UInt64, by: String)
  /// Payloads of this type are kept for ever.
  case permanent(index: UInt64, type: String)
  /// A cursor that this ledger did not give out.
  case badCursor
  /// Projections do not cover what was asked for within the time allowed.
  case notYetIndexed(upTo: UInt64, wanted: UInt64)

  /// Whether an append that was answered by this may be on record all the same, now or once the disk is there again.
  package var mayBeWritten: Bool {
    switch self {
    case .queueFull, .waitedTooLong, .entryTooLarge, .payloadTooLarge, .invalidDraft, .closed: false
    default: true
    }
  }

  package var description: String {
    switch self {
    case .queueFull(let limit): "\(limit) appends wait already"
    case .waitedTooLong(let milliseconds): "the append waited longer than \(milliseconds) ms and was not written"
    case .outcomeUnknown: "the disk has not answered; append again under the same id to learn the outcome"
    case .entryTooLarge(let bytes, let limit): "the entry would have \(bytes) bytes; \(limit) are allowed"
    case .payloadTooLarge(let bytes, let limit): "the payload has \(bytes) bytes; \(limit) are allowed"
    case .invalidDraft(let field, let reason): "\(field): \(reason)"
    case .diskFull: "the disk is full"
    case .storageFailed(let reason): "the storage has failed: \(reason)"
    case .inUse(let path): "another process has the ledger in \(path)"
    case .closed: "the ledger is closed"
    case .noSuchEntry(let index, let size): "there is no entry \(index): the log has \(size)"
    case .noSuchSize(let size, let current): "there is no tree of size \(size): the log has \(current)"
    case .inconsistent(let reason): "the ledger contradicts itself: \(reason)"
    case .badKey(let path, let reason): "\(path): \(reason)"
    case .noPayload(let index): "entry \(index) has no payload"
    case .retained(let index, let until):
      "the payload of entry \(index) is kept until \(until) unless a legal ground is stated"
    case .held(let index, let by): "the payload of entry \(index) is under the legal hold \(by)"
    case .permanent(let index, let type):
      "entry \(index) is a \(type): without its payload nothing could be decided again"
    case .badCursor: "the cursor is not one of this ledger's"
    case .notYetIndexed(let upTo, let wanted): "indexed up to \(upTo), \(wanted) was asked for"
    }
  }
}
