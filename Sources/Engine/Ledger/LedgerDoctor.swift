// A look at the database itself: is it the one that this program makes, whole, and of a healthy size? Whether its content is
// true is the audit's question.
import Crypto
import Glibc
import Storage
import TransparencyLog

package struct Finding: Sendable, Hashable {
  package enum Grade: String, Sendable, Comparable {
    case pass = "PASS"
    case warn = "WARN"
    case fail = "FAIL"

    private var rank: Int { self == .pass ? 0 : self == .warn ? 1 : 2 }
    package static func < (left: Grade, right: Grade) -> Bool { left.rank < right.rank }
  }

  package let check: String
  package let grade: Grade
  package let detail: String
}

package enum LedgerDoctor {
  /// A write-ahead log of more than so many bytes has not been copied for long.
  static let largestLog: UInt64 = 1 << 30
  static let leastFree: UInt64 = 1 << 30

  /// Looks the folder over. With `rebuildingProjection` the projection is removed first, and made again at the next start.
  package static func examine(
    dataFolder: String, configuration: LedgerConfiguration = LedgerConfiguration(), rebuildingProjection: Bool = false
  ) -> [Finding] {
    let paths = LedgerPaths(folder: dataFolder, configuration: configuration)
    var findings: [Finding] = []
    func note(_ check: String, _ grade: Finding.Grade, _ detail: String) {
      findings.append(Finding(check: check, grade: grade, detail: detail))
    }
    guard fileSize(paths.database) > 0 else {
      note("database", .fail, "there is no ledger in \(paths.folder)")
      return findings
    }
    do throws(SQLiteError) {
      let connection = try SQLiteConnection(path: paths.database, mode: .readOnly)
      try examineFormat(connection, note)
      try examineTables(connection, note)
      try examineIntegrity(connection, note)
      try examineSize(connection, paths, note)
    } catch {
      note("database", .fail, "\(error)")
    }
    examineKeys(paths, note)
    examineHead(dataFolder, configuration, paths, note)
    if rebuildingProjection { removeProjection(paths, note) }
    examineProjection(paths, note)
    return findings
  }

  private typealias Note = (String, Finding.Grade, String) -> Void

  private static func examineFormat(_ connection: SQLiteConnection, _ note: Note) throws(SQLiteError) {
    let application = try connection.number("PRAGMA application_id") ?? 0
    let version = try connection.number("PRAGMA user_version") ?? 0
    let isOurs = application == LedgerSchema.applicationIdentifier && version == LedgerSchema.version
    note(
      "format", isOurs ? .pass : .fail,
      isOurs ? "a ledger of version \(version)" : "application \(application), version \(version): not a ledger of ours"
    )
    let mode = try connection.text("PRAGMA journal_mode") ?? "?"
    note("journal", mode == "wal" ? .pass : .fail, "journal mode \(mode), SQLite \(SQLiteConnection.libraryVersion)")
  }

  private static func examineTables(_ connection: SQLiteConnection, _ note: Note) throws(SQLiteError) {
    for table in LedgerSchema.tables {
      let statement = try connection.prepare("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid")
      statement.bind(1, table.name)
      var columns: [(name: String, type: String)] = []
      while try statement.step() { columns.append((statement.text(0), statement.text(1))) }
      let isRight = columns.elementsEqual(table.columns) { $0 == $1 }
      let found = columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
      note("table \(table.name)", isRight ? .pass : .fail, columns.isEmpty ? "is missing" : found)
    }
    let names = LedgerSchema.tables.map { "'\($0.name)'" }.joined(separator: ", ")
    let others = try connection.text(
      "SELECT group_concat(type || ' ' || name, ', ') FROM sqlite_schema WHERE name NOT IN (\(names))")
    // All tables are found by their integer keys: an index is none of ours, and neither is a trigger or a view.
    note("indexes", others == nil ? .pass : .fail, others.map { "not ours: \($0)" } ?? "none but the tables' own keys")
    let broken = try connection.number("SELECT count(*) FROM pragma_foreign_key_check") ?? 0
    note(
      "foreign keys", broken == 0 ? .pass : .fail,
      broken == 0 ? "all rows have their entry" : "\(broken) rows have none")
  }

  private static func examineIntegrity(_ connection: SQLiteConnection, _ note: Note) throws(SQLiteError) {
    let statement = try connection.prepare("PRAGMA integrity_check(20)")
    var lines: [String] = []
    while try statement.step() { lines.append(statement.text(0)) }
    note("integrity_check", lines == ["ok"] ? .pass : .fail, lines.joined(separator: "; "))
  }

  private static func examineSize(
    _ connection: SQLiteConnection, _ paths: LedgerPaths, _ note: Note
  ) throws(SQLiteError) {
    let pages = try connection.number("PRAGMA page_count") ?? 0
    let free = try connection.number("PRAGMA freelist_count") ?? 0
    let entries = try connection.number("SELECT max(position) + 1 FROM entries") ?? 0
    note("size", .pass, "\(entries) entries, \(fileSize(paths.database)) bytes in \(pages) pages, \(free) of them free")
    let log = fileSize(paths.writeAheadLog)
    note("write-ahead log", log <= largestLog ? .pass : .warn, "\(log) bytes")
    var status = statvfs()
    if statvfs(paths.folder, &status) == 0 {
      let available = UInt64(status.f_bavail) * UInt64(status.f_frsize)
      note("disk", available >= leastFree ? .pass : .warn, "\(available >> 20) MB free")
    }
  }

  private static func examineKeys(_ paths: LedgerPaths, _ note: Note) {
    for (name, path) in [("signing key", paths.signingKey), ("master key", paths.masterKey)] {
      do throws(FileError) {
        _ = try KeyFile.read(path)
        note(name, .pass, path)
      } catch {
        note(name, .fail, "\(error)")
      }
    }
  }

  /// The start as far as it can be tried without locking the ledger: signature, right edge, published checkpoint.
  private static func examineHead(
    _ folder: String, _ configuration: LedgerConfiguration, _ paths: LedgerPaths, _ note: Note
  ) {
    do throws(LedgerError) {
      let verifier = try LedgerArchive.verifier(dataFolder: folder, configuration: configuration)
      let published =
        fileSize(paths.published) == 0
        ? nil
        : try translating { () throws(SQLiteError) in
          try PublishedCheckpoint(
            path: paths.published, vfs: nil, origin: verifier.name, verifiers: [verifier], mode: .readOnly
          ).newest
        }
      let archive = try LedgerArchive(dataFolder: folder, configuration: configuration)
      let head = archive.log.snapshot.checkpoint
      note("checkpoint", .pass, "\(head.size) entries of \(archive.origin), signed, and the tree agrees")
      try LedgerRecovery.check(head, against: published, root: archive.log.root(size:))
      note("published checkpoint", .pass, "\(published?.size ?? 0) entries, and the log continues it")
    } catch {
      note("checkpoint", .fail, "\(error)")
    }
  }

  private static func removeProjection(_ paths: LedgerPaths, _ note: Note) {
    let lock: FolderLock
    do throws(FolderLock.Failure) { lock = try FolderLock(path: paths.lock) } catch {
      return note("rebuild", .fail, "a server has the ledger: stop it first")
    }
    defer { lock.release() }
    do throws(LedgerError) {
      try ProjectionSchema.remove(paths.projection)
      note("rebuild", .pass, "the projection was removed; the next start makes it again from the log")
    } catch {
      note("rebuild", .fail, "the projection cannot be removed: \(error)")
    }
  }

  private static func examineProjection(_ paths: LedgerPaths, _ note: Note) {
    guard fileSize(paths.projection) > 0 else {
      return note("projection", .warn, "there is none; the next start makes it from the log")
    }
    do throws(SQLiteError) {
      let connection = try SQLiteConnection(path: paths.projection, mode: .readOnly)
      guard try ProjectionSchema.isCurrent(connection) else {
        return note("projection", .warn, "of another version; the next start makes it again from the log")
      }
      let indexed = try connection.number("SELECT indexed_to FROM state") ?? 0
      let check = try connection.text("PRAGMA quick_check(1)") ?? "?"
      note(
        "projection", check == "ok" ? .pass : .warn,
        check == "ok" ? "covers \(indexed) entries" : "damaged (\(check)): remove \(paths.projection), it is made again"
      )
    } catch {
      note("projection", .warn, "\(error): remove \(paths.projection), it is made again")
    }
  }
}
