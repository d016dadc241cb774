// What the writer, the readers and the callers of one ledger have in common. Everything in it may be used from any thread.
import Crypto
import Locking
import Storage
import Synchronization
import TransparencyLog

final class LedgerShared: Sendable {
  let configuration: LedgerConfiguration
  let databasePath: String
  let origin: String
  let signer: NoteSigner
  let sealer: PayloadSealer
  let queue = Monitor(LedgerQueue())
  /// Whether the writer was woken and has not gone to sleep since.
  let writerIsUp = Atomic(false)
  let log: LoggedTree
  let checkpointer: LogCheckpointer
  let publisher: CheckpointPublisher
  let watch = AppendWatch()
  let indexer = ProjectionIndexer()
  let workers: WorkerPool
  let folder: String
  private let projectionReaders = Locked<[(generation: UInt64, reader: ProjectionReader)]>([])

  init(
    configuration: LedgerConfiguration, folder: String, signer: NoteSigner, sealer: PayloadSealer,
    publisher: CheckpointPublisher, snapshot: TreeSnapshot
  ) {
    self.configuration = configuration
    self.folder = folder
    databasePath = LedgerPaths(folder: folder).database
    workers = WorkerPool(
      threads: configuration.hasThreads ? configuration.readerLimit : 0, queueLimit: configuration.readQueueLimit)
    self.signer = signer
    self.sealer = sealer
    self.publisher = publisher
    origin = signer.verifier.name
    log = LoggedTree(
      readers: ReaderPool(path: databasePath, vfs: configuration.vfs, limit: configuration.readerLimit),
      tileLimit: configuration.tileCacheLimit, snapshot: snapshot)
    checkpointer = LogCheckpointer(path: databasePath, vfs: configuration.vfs)
  }

  var snapshot: TreeSnapshot { log.snapshot }
  var readers: ReaderPool { log.readers }

  /// Lets readers see a group.
  func show(_ snapshot: TreeSnapshot) {
    log.show(snapshot)
    indexer.follow(snapshot.size)
  }

  /// Runs `body` with a reader of the projection. One that fails is not used again; where it found damage, the projection
  /// is made again.
  func withProjection<Result>(_ body: (ProjectionReader) throws(LedgerError) -> Result) throws(LedgerError) -> Result {
    let generation = indexer.currentGeneration
    let waiting = projectionReaders.withLock { readers in
      readers.removeAll { $0.generation != generation }
      return readers.popLast()?.reader
    }
    do throws(LedgerError) {
      let path = LedgerPaths(folder: folder).projection
      let reader = if let waiting { waiting } else { try ProjectionReader(path: path, vfs: configuration.vfs) }
      let result = try body(reader)
      projectionReaders.withLock { if $0.count < configuration.readerLimit { $0.append((generation, reader)) } }
      return result
    } catch {
      if case .inconsistent = error { indexer.distrust() }
      throw error
    }
  }

  func closeReaders() {
    readers.removeAll()
    projectionReaders.withLock { $0 = [] }
  }

  func sign(_ checkpoint: Checkpoint) throws(LedgerError) -> String { try Self.sign(checkpoint, with: signer) }

  static func sign(_ checkpoint: Checkpoint, with signer: NoteSigner) throws(LedgerError) -> String {
    guard var note = SignedNote(text: checkpoint.text) else {
      throw .inconsistent("\(checkpoint.origin) cannot name a log")
    }
    do throws(CryptoError) {
      try note.sign(with: signer)
    } catch {
      throw .storageFailed("the checkpoint cannot be signed: \(error)")
    }
    return note.description
  }
}
