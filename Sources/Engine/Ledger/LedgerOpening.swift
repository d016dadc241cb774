// Opening a ledger: lock, keys, database, recovery, threads, in this order, and refusal at the first thing that is not right.
import Crypto
import Glibc
import Locking
import Storage
import TransparencyLog

/// Where things lie in a data folder.
package struct LedgerPaths: Sendable {
  package let folder: String
  package let signingKey: String
  package let masterKey: String
  package let passphrase: KeyPassphrase?

  package init(folder: String, configuration: LedgerConfiguration = LedgerConfiguration()) {
    self.folder = folder.hasPrefix("/") ? folder : "\(currentFolder())/\(folder)"
    signingKey = configuration.signingKeyPath ?? "\(self.folder)/keys/ledger.pem"
    masterKey = configuration.masterKeyPath ?? "\(self.folder)/keys/master.key"
    passphrase = configuration.keyPassphrase
  }

  package var database: String { "\(folder)/ledger.db" }
  package var writeAheadLog: String { "\(folder)/ledger.db-wal" }
  package var projection: String { "\(folder)/index.db" }
  package var published: String { "\(folder)/ledger.published" }
  package var lock: String { "\(folder)/ledger.lock" }
  package var keys: String { "\(folder)/keys" }
  /// The verifier key before the last rotation.
  var formerKey: String { "\(signingKey).former" }
}

private func currentFolder() -> String {
  guard let path = getcwd(nil, 0) else { return "." }
  defer { free(path) }
  return String(cString: path)
}

extension Ledger {
  /// Opens the ledger in `dataFolder`, which is made, with its keys, if it is not there. Refuses a ledger that is in use, and
  /// one whose data contradicts what was signed or published.
  package static func open(
    dataFolder: String, configuration: LedgerConfiguration = LedgerConfiguration()
  ) throws(LedgerError) -> Ledger {
    let paths = LedgerPaths(folder: dataFolder, configuration: configuration)
    for folder in [paths.folder, paths.keys] where mkdir(folder, 0o700) != 0 && errno != EEXIST {
      throw .storageFailed("\(folder) cannot be made: \(String(cString: strerror(errno)))")
    }
    let lock = try take(paths)
    let sealer = try readMasterKey(paths, making: true)
    let key = try readSigningKey(paths, making: true)
    let store = try translating { () throws(SQLiteError) in
      if configuration.reservedLogBytes > 0 {
        // Made first, and closed, where there is none: a log that lies beside no database is deleted by SQLite.
        if try DurableFile(path: paths.database, vfs: configuration.vfs).size() == 0 {
          try LedgerSchema.prepare(SQLiteConnection(path: paths.database, vfs: configuration.vfs))
        }
        // A log of zeroes is to SQLite a log without frames.
        try DurableFile(path: paths.writeAheadLog, vfs: configuration.vfs).layOut(configuration.reservedLogBytes)
      }
      return try LedgerStore(path: paths.database, vfs: configuration.vfs)
    }
    let reader = try LedgerReader(path: paths.database, vfs: configuration.vfs)
    let origin = try LedgerRecovery.origin(reader) ?? configuration.origin
    guard let signer = NoteSigner(name: origin, key: key) else {
      throw .invalidDraft(field: "origin", reason: "\(origin) cannot name a log")
    }
    return try start(store, reader, signer, sealer, paths, configuration, lock)
  }

  private static func start(
    _ store: LedgerStore, _ reader: LedgerReader, _ signer: NoteSigner, _ sealer: PayloadSealer, _ paths: LedgerPaths,
    _ configuration: LedgerConfiguration, _ lock: FolderLock
  ) throws(LedgerError) -> Ledger {
    let origin = signer.verifier.name
    // After a rotation the last checkpoint may be of the key before it.
    let verifiers = [signer.verifier] + KeyRotation.formerVerifier(paths)
    let publisher = CheckpointPublisher(
      try translating { () throws(SQLiteError) in
        try PublishedCheckpoint(
          path: paths.published, vfs: configuration.vfs, origin: origin, verifiers: verifiers)
      }, delay: configuration.hasThreads ? configuration.publishDelay : 0)
    let recovered = try LedgerRecovery.load(reader, origin: origin, verifiers: verifiers)
    var state: RecoveredState
    if let recovered { state = recovered } else { state = try begin(store, origin, signer, publisher) }
    let shared = LedgerShared(
      configuration: configuration, folder: paths.folder, signer: signer, sealer: sealer,
      publisher: publisher,
      snapshot: TreeSnapshot(tree: state.tree, checkpoint: state.head, note: state.note, time: state.lastTime))
    try LedgerRecovery.check(state.head, against: publisher.newest, root: shared.log.root(size:))
    // Ed25519 gives the same note again, unless the key is another one.
    let note = try shared.sign(state.head)
    if note != state.note {
      try translating { () throws(SQLiteError) in try store.write(head: note) }
      state.note = note
      shared.show(TreeSnapshot(tree: state.tree, checkpoint: state.head, note: note, time: state.lastTime))
    }
    // What is about to be shown to readers counts as published.
    try translating { () throws(SQLiteError) in try publisher.publishNow(state.note, state.head) }
    shared.indexer.follow(state.head.size)
    // Handed over: from here on only the writer's thread touches it, or one caller at a time.
    nonisolated(unsafe) let writer = try LedgerWriter(shared, store: store, state: state)
    guard configuration.hasThreads else {
      return Ledger(shared: shared, lock: lock, writer: .caller(CalledWriter(writer)))
    }
    shared.publisher.start()
    shared.checkpointer.start()
    let thread = NamedThread(name: "ledger-writer", urgency: .patient) { writer.run() }
    shared.watch.start(shared)
    if configuration.hasProjection { shared.indexer.start(shared, path: paths.projection) }
    return Ledger(shared: shared, lock: lock, writer: .thread(thread))
  }

  /// The first checkpoint of a new log, of no entries: published before there can be any.
  private static func begin(
    _ store: LedgerStore, _ origin: String, _ signer: NoteSigner, _ publisher: CheckpointPublisher
  ) throws(LedgerError) -> RecoveredState {
    if let published = publisher.newest, published.size > 0 {
      throw .inconsistent("the database is empty, but a checkpoint of \(published.size) entries was published")
    }
    let head = Checkpoint(origin: origin, size: 0, root: MerkleHash.emptyRoot)
    let note = try LedgerShared.sign(head, with: signer)
    try translating { () throws(SQLiteError) in
      // In this order: a database with a checkpoint in it, and no published file, is refused.
      try publisher.publishNow(note, head)
      try store.write(head: note)
    }
    return RecoveredState(tree: MerkleTree(), head: head, note: note, lastTime: nil, edgeFingerprints: [])
  }

  private static func take(_ paths: LedgerPaths) throws(LedgerError) -> FolderLock {
    do throws(FolderLock.Failure) {
      return try FolderLock(path: paths.lock)
    } catch {
      switch error {
      case .heldBySomebodyElse: throw .inUse(path: paths.folder)
      case .system(let code):
        throw .storageFailed("\(paths.lock) cannot be locked: \(String(cString: strerror(code)))")
      }
    }
  }

  /// The key that wraps the keys of payloads: 32 bytes. With `making`, made and put under the passphrase where it is not.
  static func readMasterKey(_ paths: LedgerPaths, making: Bool = false) throws(LedgerError) -> PayloadSealer {
    let passphrase = paths.passphrase
    do {
      let key =
        making
        ? try KeyFile.secret(at: paths.masterKey, passphrase: passphrase) { () throws(CryptoError) in
          SecretBytes.random(AESGCM.keyLength)
        } : try KeyFile.secret(at: paths.masterKey, passphrase: passphrase)
      return try PayloadSealer(masterKey: key)
    } catch {
      throw .badKey(path: paths.masterKey, reason: "\(error)")
    }
  }

  /// The Ed25519 key that signs checkpoints: PKCS #8 in PEM. With `making`, as above.
  static func readSigningKey(_ paths: LedgerPaths, making: Bool = false) throws(LedgerError) -> Ed25519.PrivateKey {
    let passphrase = paths.passphrase
    do throws(FileError) {
      let key =
        making
        ? try KeyFile.privateKey(at: paths.signingKey, passphrase: passphrase) { () throws(CryptoError) in
          .ed25519(try Ed25519.PrivateKey())
        } : try KeyFile.privateKey(at: paths.signingKey, passphrase: passphrase)
      if case .ed25519(let key) = key { return key }
    } catch {
      throw .badKey(path: paths.signingKey, reason: "\(error)")
    }
    throw .badKey(path: paths.signingKey, reason: "not an Ed25519 key")
  }
}
