// `witan backup`, `witan restore` and `witan doctor`: the care of a data folder.
import Config
import Crypto
import JSON
import Ledger
import TransparencyLog

private let dataFolder = Option<FilePath>("data", value: "DIR", "The data folder; ./data if not given.")
private let withKeys = Flag("with-keys", "Copy the private keys too: the backup is then as secret as they are.")
private let verifierKey = Option<String>(
  "key", value: "VKEY", "The log's verifier key, where the backup holds no keys.")
private let asJSON = Flag("json", "Print the result as JSON.")
private let rebuild = Flag("rebuild-index", "Remove the index of filters and words; the next start makes it again.")

let backupCommand = Command(
  "backup", "Copies the ledger into a new folder, beside a running server, and checks the copy.",
  discussion:
    "The copy is of one instant. Without --with-keys it holds no private key: it can be verified, but its payloads can only be "
    + "read, and the log only be continued, with the keys of the original.",
  options: [dataFolder.declaration, withKeys.declaration], operands: [Operand("DIR", "The folder to write.")]
) { invocation in
  let progress = ProgressBar("steps")
  let report = try LedgerBackup.write(
    dataFolder: ledgerFolder(invocation[dataFolder]), to: invocation.operands[0],
    includingKeys: invocation[withKeys], configuration: .found(), progress: progress.tell)
  if invocation[withKeys] {
    let configuration = try KeySettings.found()
    let data = try ledgerFolder(invocation[dataFolder])
    try copy(ServiceKeys.path(data: data, configuration), to: "\(invocation.operands[0])/keys/token.pem")
    try copy("\(data)/keys/cache.key", to: "\(invocation.operands[0])/keys/cache.key")
  }
  progress.finish()
  return told(report, "backed up and checked: \(report.size) entries in \(invocation.operands[0])")
}

let restoreCommand = Command(
  "restore", "Checks a backup and puts it into a data folder that holds no ledger.",
  discussion:
    "A folder from which more was published than the backup holds is refused: going on from there would be a second history "
    + "under the same name.",
  options: [dataFolder.declaration, verifierKey.declaration], operands: [Operand("DIR", "The backup.")]
) { invocation in
  let key = try invocation[verifierKey].map { text throws -> NoteVerifier in
    guard let key = NoteVerifier(text: text) else {
      throw UsageError("\(text) is not a verifier key; it has the form name+hex+base64")
    }
    return key
  }
  let progress = ProgressBar("steps")
  let folder = invocation[dataFolder]?.text ?? "./data"
  let report = try LedgerBackup.restore(
    from: invocation.operands[0], to: folder, verifier: key, configuration: .found(), progress: progress.tell)
  if report.isFine {
    let configuration = try KeySettings.found()
    try copy("\(invocation.operands[0])/keys/token.pem", to: ServiceKeys.path(data: folder, configuration))
    try copy("\(invocation.operands[0])/keys/cache.key", to: "\(folder)/keys/cache.key")
  }
  progress.finish()
  return told(report, "checked and restored: \(report.size) entries in \(folder)")
}

/// Copies a key that is not the ledger's, as it lies: without the one that signs tokens and permits, what it has signed would
/// be worthless after a restoration. One that is in place already stays.
private func copy(_ old: String, to new: String) throws {
  do throws(FileError) {
    let key = try KeyFile.read(old)
    try KeyFile.write(key.span, to: new)
  } catch {
    switch error {
    case .missing, .exists: return
    default: throw error
    }
  }
}

private func told(_ report: AuditReport, _ success: String) -> ExitStatus {
  for fault in report.faults { writeText("WRONG  \(fault)\n", to: 2) }
  writeText(
    report.isFine ? "\(success)\n" : "not usable: \(report.faultCount) found wrong\n", to: report.isFine ? 1 : 2)
  return report.isFine ? .fine : .foundWrong
}

let doctorCommand = Command(
  "doctor", "Examines the database: format, tables, keys, integrity, sizes; PASS, WARN or FAIL for each.",
  discussion: "Whether the content is as it was signed is what `witan audit verify` tells.",
  options: [dataFolder.declaration, rebuild.declaration, asJSON.declaration]
) { invocation in
  let findings = try LedgerDoctor.examine(
    dataFolder: ledgerFolder(invocation[dataFolder]), configuration: .found(),
    rebuildingProjection: invocation[rebuild])
  let worst = findings.map(\.grade).max() ?? .pass
  if invocation[asJSON] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("ok", worst != .fail)
    writer.key("checks")
    writer.beginArray()
    for finding in findings {
      writer.beginObject()
      writer.member("check", finding.check)
      writer.member("result", finding.grade.rawValue)
      writer.member("detail", finding.detail)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    writeText(writer.string + "\n", to: 1)
  } else {
    let width = findings.map(\.check.count).max() ?? 0
    for finding in findings {
      let gap = String(repeating: " ", count: width - finding.check.count)
      let colour: Colour =
        switch finding.grade {
        case .pass: .green
        case .warn: .yellow
        case .fail: .red
        }
      let grade = Terminal.painted(finding.grade.rawValue, colour, on: 1)
      writeText("\(grade)  \(finding.check)\(gap)  \(finding.detail)\n", to: 1)
    }
  }
  return worst == .fail ? .foundWrong : .fine
}
