// What administrators may have the running service do, and how each is done.
import API
import Config
import Critics
import Glibc
import HTTP
import Ledger
import Resilience
import Telemetry

enum ServiceAdministration {
  static let publicMetrics = Setting<Bool>(
    "http.public_metrics", default: true, "Whether anybody may read /metrics, or only auditors and administrators.")
  static let publicDocuments = Setting<Bool>(
    "http.public_docs", default: true, "Whether anybody may read /docs and /openapi.json, or only who has a token.")
  static let publicEntries = Setting<Bool>(
    "ledger.public_entries", default: false,
    "Whether anybody may read the entries under /audit/tile/entries, and not only their hashes.")

  /// Backups under the data folder; beyond, somebody has to clear away.
  static let mostBackups = 32

  static func administration(
    data: String, ledger: LedgerConfiguration, breakers: BreakerBoard, degradations: DegradationBoard,
    reload: @escaping @Sendable () throws(Administration.ReloadRefused) -> Administration.Reloaded
  ) -> Administration {
    var administration = Administration(
      reload: reload, backup: { try backup(data, ledger) },
      integrity: { try AuditVerifier.verify(dataFolder: data, configuration: ledger) },
      breakers: { breakers.reports }, resetBreaker: { breakers.reset($0) },
      aside: { name, work in BackgroundThread.start(name, work) })
    administration.degradations = { degradations.all }
    return administration
  }

  private static func backup(
    _ data: String, _ ledger: LedgerConfiguration
  ) throws -> (folder: String, report: AuditReport) {
    let parent = "\(data)/backups"
    guard mkdir(parent, 0o700) == 0 || errno == EEXIST else { throw BackupRefused.noFolder(parent, errno: errno) }
    let count = entries(of: parent)
    guard count < mostBackups else { throw BackupRefused.tooMany(parent, count: count) }
    let folder = "\(parent)/\(Timestamp.now().text.replacing(":", with: "-"))"
    return (folder, try LedgerBackup.write(dataFolder: data, to: folder, configuration: ledger))
  }

  private static func entries(of folder: String) -> Int {
    guard let opened = opendir(folder) else { return 0 }
    defer { closedir(opened) }
    var count = 0
    while let entry = readdir(opened) {
      if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    return count
  }
}

/// Why no backup was begun.
enum BackupRefused: Error, CustomStringConvertible {
  case noFolder(String, errno: Int32)
  case tooMany(String, count: Int)

  var description: String {
    switch self {
    case .noFolder(let path, let code): "\(path): \(String(cString: strerror(code)))"
    case .tooMany(let path, let count): "\(path) holds \(count) backups already; move some away first"
    }
  }
}
