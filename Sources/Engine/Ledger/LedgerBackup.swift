// Copies of a ledger: made while it runs, of one instant, and checked after writing; and put back into an empty place.
import Crypto
import Glibc
import Storage
import TransparencyLog

package enum LedgerBackup {
  /// Copies the ledger in `dataFolder` into the new folder `target`, beside a running server or without one, and checks the
  /// copy with nothing but the public key. Private keys are copied only where it is asked for: a backup with them is as
  /// secret as they are, one without them cannot decrypt a payload.
  package static func write(
    dataFolder: String, to target: String, includingKeys: Bool = false,
    configuration: LedgerConfiguration = LedgerConfiguration(), progress: @escaping AuditProgress = { _, _ in }
  ) throws(LedgerError) -> AuditReport {
    let source = LedgerPaths(folder: dataFolder, configuration: configuration)
    let copy = LedgerPaths(folder: target)
    let verifier = try LedgerArchive.verifier(dataFolder: dataFolder, configuration: configuration)
    guard mkdir(copy.folder, 0o700) == 0 || errno == EEXIST else {
      throw .storageFailed("\(copy.folder): \(String(cString: strerror(errno)))")
    }
    guard fileSize(copy.database) == 0 else {
      throw .storageFailed("\(copy.folder) holds a ledger already, and is not overwritten")
    }
    try translating { () throws(SQLiteError) in
      let connection = try SQLiteConnection(path: source.database, mode: .readOnly)
      // Within one read transaction the copy is of one instant, however long it takes.
      try connection.execute("BEGIN")
      _ = try connection.number("SELECT max(position) FROM entries")
      try connection.backUp(to: copy.database) { done, total in progress(UInt64(done), UInt64(total)) }
      connection.rollback()
    }
    try publishHead(of: copy, verifier)
    if includingKeys {
      guard mkdir(copy.keys, 0o700) == 0 || errno == EEXIST else {
        throw .storageFailed("\(copy.keys): \(String(cString: strerror(errno)))")
      }
      try copyKey(source.signingKey, to: copy.signingKey)
      try copyKey(source.masterKey, to: copy.masterKey)
    }
    var within = LedgerConfiguration()
    within.keyPassphrase = configuration.keyPassphrase
    return try AuditVerifier.verify(
      dataFolder: target, verifier: verifier, configuration: within, progress: progress)
  }

  /// Puts a backup into `dataFolder`, which must hold no ledger, after checking it. Keys that are in the backup are put
  /// back as well; otherwise they must be in place. Refuses a backup that is older than what the folder has published.
  package static func restore(
    from backup: String, to dataFolder: String, verifier: NoteVerifier? = nil,
    configuration: LedgerConfiguration = LedgerConfiguration(), progress: @escaping AuditProgress = { _, _ in }
  ) throws(LedgerError) -> AuditReport {
    // The keys in a backup lie in its own folder, under the same passphrase.
    var within = LedgerConfiguration()
    within.keyPassphrase = configuration.keyPassphrase
    let source = LedgerPaths(folder: backup, configuration: within)
    let target = LedgerPaths(folder: dataFolder, configuration: configuration)
    guard fileSize(target.database) == 0 else {
      throw .storageFailed("\(target.folder) holds a ledger already; move it away first")
    }
    let key: NoteVerifier
    if let verifier {
      key = verifier
    } else if fileSize(source.signingKey) > 0 {
      key = try LedgerArchive.verifier(dataFolder: backup, configuration: within)
    } else {
      let origin = try LedgerRecovery.origin(LedgerReader(path: source.database, vfs: nil)) ?? ""
      key = try LedgerArchive.readVerifier(target, origin: origin)
    }
    let report = try AuditVerifier.verify(
      dataFolder: backup, verifier: key, configuration: within, progress: progress)
    guard report.isFine else { return report }
    for folder in [target.folder, target.keys] where mkdir(folder, 0o700) != 0 && errno != EEXIST {
      throw .storageFailed("\(folder): \(String(cString: strerror(errno)))")
    }
    try refuseOlder(report, than: target, key)
    for (from, to) in [(source.signingKey, target.signingKey), (source.masterKey, target.masterKey)]
    where fileSize(from) > 0 && fileSize(to) == 0 { try copyKey(from, to: to) }
    try translating { () throws(SQLiteError) in
      let connection = try SQLiteConnection(path: source.database, mode: .readOnly)
      try connection.backUp(to: target.database) { done, total in progress(UInt64(done), UInt64(total)) }
    }
    try ProjectionSchema.remove(target.projection)
    try publishHead(of: target, key)
    return try AuditVerifier.verify(dataFolder: dataFolder, verifier: key, configuration: configuration)
  }

  private static func refuseOlder(
    _ report: AuditReport, than target: LedgerPaths, _ verifier: NoteVerifier
  ) throws(LedgerError) {
    guard fileSize(target.published) > 0 else { return }
    let published = try translating { () throws(SQLiteError) in
      try PublishedCheckpoint(
        path: target.published, vfs: nil, origin: verifier.name, verifiers: [verifier], mode: .readOnly
      ).newest
    }
    if let published, published.size > report.size {
      throw .inconsistent(
        "the backup ends with entry \(report.size), but a checkpoint of \(published.size) entries was published from here: going on from the backup would be a second history under the same name"
      )
    }
  }

  /// Writes the file of the published checkpoint beside a copied database.
  private static func publishHead(of paths: LedgerPaths, _ verifier: NoteVerifier) throws(LedgerError) {
    guard let note = try LedgerReader(path: paths.database, vfs: nil).head(),
      let head = try? Checkpoint.open(note, origin: verifier.name, verifiers: [verifier])
    else { throw .inconsistent("the copy has no signed checkpoint") }
    try translating { () throws(SQLiteError) in
      var file = try PublishedCheckpoint(
        path: paths.published, vfs: nil, origin: verifier.name, verifiers: [verifier])
      try file.write(note, head)
      try file.sync()
    }
  }

  private static func copyKey(_ from: String, to: String) throws(LedgerError) {
    do throws(FileError) {
      let key = try KeyFile.read(from)
      try KeyFile.write(key.span, to: to)
    } catch {
      throw .badKey(path: from, reason: "\(error)")
    }
  }
}
