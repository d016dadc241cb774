// The ledger's limits and settings, each with a name and a decided answer beyond it.
import Crypto

package struct LedgerConfiguration: Sendable {
  /// The log's name in checkpoints. A log keeps the name it was made with.
  package var origin = "witan.local/log"
  /// Appends that may wait; beyond, they fail with `queueFull`.
  package var queueLimit = 16_384
  /// Bytes of entries and payloads that may wait; beyond, likewise.
  package var queueByteLimit = 128 << 20
  /// Entries in one transaction; the rest waits for the next.
  package var groupLimit = 1024
  /// Bytes of entries and payloads in one transaction; a single larger append still goes, alone.
  package var groupByteLimit = 8 << 20
  /// How long an append may wait for its receipt, in milliseconds.
  package var longestWait = 10_000
  package var largestPayload = 16 << 20
  /// Younger payloads are erased only on a stated legal ground.
  package var retentionDays = 180
  /// How soon the file of the last published checkpoint is synced, in milliseconds. With 0, before each group is answered,
  /// so that not even a loss of power leaves it behind, at the price of a second sync.
  package var publishDelay = 10
  /// Pages in the write-ahead log that start a checkpoint of it, off the writer's thread.
  package var checkpointPages = 1536
  /// Bytes of the write-ahead log that are laid out when the ledger opens. Appends that overwrite are synced in half the
  /// time of appends that make the file grow.
  package var reservedLogBytes = 32 << 20
  /// How often a storage that has failed is tried again, in milliseconds.
  package var probeInterval = 500
  /// Full tiles kept in memory, about 16 KB each.
  package var tileCacheLimit = 512
  /// Threads that read for queries and exports.
  package var readerLimit = 4
  /// Queries that wait for a reading thread; beyond, they fail with `queueFull`.
  package var readQueueLimit = 1024
  /// Whether the projection for queries is kept; without it no query finds anything.
  package var hasProjection = true
  /// A query waits for the projection where it is at most so many entries behind.
  package var indexLag = 20_000
  /// How long a query waits for the projection to reach what it asks for, in milliseconds.
  package var indexWait = 2000
  /// Entries examined for one page of a query; beyond, the page ends early with a cursor.
  package var examinedLimit = 200_000
  /// Where the keys lie, if not in `keys` of the data folder.
  package var signingKeyPath: String?
  package var masterKeyPath: String?
  /// What the keys lie under, if under anything.
  package var keyPassphrase: KeyPassphrase?

  /// Within this the writer answers the appends of a group. Callers that live on event loops have their wakeups gathered
  /// here.
  package var answering: @Sendable (() -> Void) -> Void = { $0() }
  /// How the writer is woken for the first of some appends. Callers that live on event loops have it woken when they have
  /// handled all that was ready, so that what came together is written together.
  package var waking: @Sendable (@escaping @Sendable () -> Void) -> Void = { $0() }
  /// The SQLite VFS that all files go through; nil for the system's own.
  package var vfs: String?
  /// Without threads of its own the ledger writes when `turn()` is called, on the caller's thread, publishes without delay,
  /// and brings the projection up to date when somebody asks: so that a simulation can run everything in one thread.
  package var hasThreads = true
  /// The clock that entries get their time from.
  package var now: @Sendable () -> Timestamp = { Timestamp.now() }

  /// Hears of every group of appends, on the writer's thread, so it must not wait.
  package var wrote: (@Sendable (WrittenGroup) -> Void)?

  package init() {}
}

/// What the writer did in one transaction.
package struct WrittenGroup: Sendable, Hashable {
  /// Entries written; appends that repeated an id are not among them.
  package let entries: Int
  /// Bytes of entries, without payloads.
  package let bytes: Int
  /// From taking the group to its being on the disk.
  package let nanoseconds: UInt64
  /// How long its appends waited for their receipt, from the queue on, each.
  package let waits: [UInt64]
}
