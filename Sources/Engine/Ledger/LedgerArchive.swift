// A data folder as an auditor opens it: read-only, beside a running server or without one. Nothing is locked, written or
// signed, and no private key is needed.
import Crypto
import Locking
import Storage
import TransparencyLog

package final class LedgerArchive: Sendable {
  package let paths: LedgerPaths
  package let log: LoggedTree
  package let origin: String
  package let verifier: NoteVerifier
  private let sealerCache = Locked<PayloadSealer?>(nil)

  /// Opens the folder. Without `verifier` the public half of the folder's own signing key is taken.
  package init(
    dataFolder: String, verifier: NoteVerifier? = nil, configuration: LedgerConfiguration = LedgerConfiguration()
  ) throws(LedgerError) {
    paths = LedgerPaths(folder: dataFolder, configuration: configuration)
    guard fileSize(paths.database) > 0 else { throw .storageFailed("there is no ledger in \(paths.folder)") }
    let reader = try LedgerReader(path: paths.database, vfs: configuration.vfs)
    guard let origin = try LedgerRecovery.origin(reader) else {
      throw .inconsistent("the database has no checkpoint")
    }
    self.origin = origin
    if let verifier {
      self.verifier = verifier
    } else {
      self.verifier = try Self.readVerifier(paths, origin: origin)
    }
    // In one read transaction, so that a server that writes meanwhile changes nothing here.
    try translating { () throws(SQLiteError) in try reader.connection.execute("BEGIN") }
    defer { reader.connection.rollback() }
    guard let state = try LedgerRecovery.load(reader, origin: origin, verifiers: [self.verifier]) else {
      throw .inconsistent("the database has no checkpoint")
    }
    log = LoggedTree(
      readers: ReaderPool(path: paths.database, vfs: configuration.vfs, limit: configuration.readerLimit),
      tileLimit: configuration.tileCacheLimit,
      snapshot: TreeSnapshot(tree: state.tree, checkpoint: state.head, note: state.note, time: state.lastTime))
  }

  /// The payload of an entry, decrypted with the data folder's master key.
  package func payload(at index: UInt64) throws(LedgerError) -> StoredPayload {
    guard fileSize(paths.masterKey) > 0 else { throw .badKey(path: paths.masterKey, reason: "is missing") }
    let sealer: PayloadSealer
    if let known = sealerCache.withLock({ $0 }) {
      sealer = known
    } else {
      sealer = try Ledger.readMasterKey(paths)
      sealerCache.withLock { $0 = sealer }
    }
    return try log.payload(at: index, sealer: sealer)
  }

  /// The public key of the log in a data folder.
  package static func readVerifier(_ paths: LedgerPaths, origin: String) throws(LedgerError) -> NoteVerifier {
    guard fileSize(paths.signingKey) > 0 else {
      throw .badKey(path: paths.signingKey, reason: "is missing; name the log's verifier key instead")
    }
    guard let verifier = NoteVerifier(name: origin, key: try Ledger.readSigningKey(paths).publicKey) else {
      throw .inconsistent("\(origin) cannot name a log")
    }
    return verifier
  }

  /// The log's name and public key, from a data folder.
  package static func verifier(
    dataFolder: String, configuration: LedgerConfiguration = LedgerConfiguration()
  ) throws(LedgerError) -> NoteVerifier {
    let paths = LedgerPaths(folder: dataFolder, configuration: configuration)
    guard fileSize(paths.database) > 0 else { throw .storageFailed("there is no ledger in \(paths.folder)") }
    guard let origin = try LedgerRecovery.origin(LedgerReader(path: paths.database, vfs: configuration.vfs)) else {
      throw .inconsistent("the database has no checkpoint")
    }
    return try readVerifier(paths, origin: origin)
  }
}
