// What the writer, the readers and the callers of one ledger have in common. Everything in it may be used from any thread.
import Crypto
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
  let tiles: TileCache
  let readers: ReaderPool
  let checkpointer: LogCheckpointer
  let publisher: CheckpointPublisher
  let watch = AppendWatch()
  let indexer = ProjectionIndexer()
  let workers: WorkerPool
  let folder: String
  private let projectionReaders = Mutex<[ProjectionReader]>([])
  private let current: Mutex<TreeSnapshot>

  init(
    configuration: LedgerConfiguration, folder: String, signer: NoteSigner, sealer: PayloadSealer,
    publisher: CheckpointPublisher, snapshot: TreeSnapshot
  ) {
    self.configuration = configuration
    self.folder = folder
    databasePath = LedgerPaths(folder: folder).database
    workers = WorkerPool(threads: configuration.readerLimit, queueLimit: configuration.readQueueLimit)
    self.signer = signer
    self.sealer = sealer
    self.publisher = publisher
    origin = signer.verifier.name
    tiles = TileCache(limit: configuration.tileCacheLimit)
    readers = ReaderPool(path: databasePath, vfs: configuration.vfs, limit: configuration.readerLimit)
    checkpointer = LogCheckpointer(path: databasePath, vfs: configuration.vfs)
    current = Mutex(snapshot)
  }

  var snapshot: TreeSnapshot { current.withLock { $0 } }

  /// Lets readers see a group.
  func show(_ snapshot: TreeSnapshot) {
    current.withLock { $0 = snapshot }
    indexer.follow(snapshot.size)
  }

  /// Runs `body` with a reader of the projection. One that fails is not used again: the projection may have been made anew.
  func withProjection<Result>(_ body: (ProjectionReader) throws(LedgerError) -> Result) throws(LedgerError) -> Result {
    let reader: ProjectionReader
    if let waiting = projectionReaders.withLock({ $0.popLast() }) {
      reader = waiting
    } else {
      reader = try ProjectionReader(path: LedgerPaths(folder: folder).projection, vfs: configuration.vfs)
    }
    let result = try body(reader)
    projectionReaders.withLock { if $0.count < configuration.readerLimit { $0.append(reader) } }
    return result
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

  /// The nodes of the newest tree; full tiles come from `fullTile`.
  func nodes(
    _ fullTile: @escaping (_ level: Int, _ index: UInt64) throws(LedgerError) -> [Digest]
  ) -> TreeNodes {
    TreeNodes(snapshot: snapshot, cache: tiles, fullTile: fullTile)
  }

  /// Runs `body` with the nodes of the newest tree.
  func withNodes<Result>(_ body: (TreeNodes) throws(LedgerError) -> Result) throws(LedgerError) -> Result {
    try readers.withReader { reader throws(LedgerError) in
      try body(nodes { level, index throws(LedgerError) in try reader.tile(level: level, index: index) })
    }
  }

  func root(size: UInt64) throws(LedgerError) -> Digest {
    try withNodes { nodes throws(LedgerError) in
      guard size <= nodes.snapshot.size else { throw .noSuchSize(size: size, current: nodes.snapshot.size) }
      return try nodes.root(size: size)
    }
  }
}
