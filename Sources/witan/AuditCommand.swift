// `witan audit`: everything that an auditor does without trusting the server.
import Config
import Glibc
import JSON
import Ledger
import TransparencyLog

let auditCommand = Command(
  "audit", "Checks and exports the log.",
  commands: [
    auditVerifyCommand, auditProveCommand, auditExportCommand, auditReplayCommand, auditKeyCommand, auditHoldCommand,
    auditReleaseCommand, auditHoldsCommand, auditRotateKeyCommand,
  ])

private let dataFolder = Option<FilePath>("data", value: "DIR", "The data folder; ./data if not given.")
private let exportFile = Option<FilePath>("export", value: "FILE", "Check an export instead.")
private let tileFolder = Option<FilePath>("tiles", value: "DIR", "Check a folder of C2SP tiles instead.")
private let tileAddress = Option<String>(
  "url", value: "URL",
  "Check the tiles of a running log instead; the environment variable WITAN_TOKEN may hold an auditor's token.")
private let verifierKey = Option<String>(
  "key", value: "VKEY", "The log's verifier key, as `witan audit key` prints it; without it, the data folder's own.")
private let threadCount = Option<Int>("threads", value: "N", "How many threads hash; 2 if not given.")
private let asJSON = Flag("json", "Print the result as JSON.")

private let auditVerifyCommand = Command(
  "verify", "Checks every entry, payload, tile and signature; exits with 1 and names the first wrong entry if any is.",
  discussion:
    "Checks the ledger in a data folder (also while a server runs), an export, a folder of tiles, a running log, or, where a "
    + "file is named, a proof bundle made by `witan audit prove`. The public key and the data are all that is needed; with the "
    + "data folder's master key at hand, payloads are decrypted as well.",
  options: [
    dataFolder.declaration, exportFile.declaration, tileFolder.declaration, tileAddress.declaration,
    verifierKey.declaration, threadCount.declaration, asJSON.declaration,
  ],
  operands: [Operand("PROOF", count: .optional, "A proof bundle.")],
  exclusive: [["data", "export", "tiles", "url"]]
) { invocation in
  if let proof = invocation.operands.first { return try verifyProof(proof, invocation) }
  let progress = ProgressBar("entries")
  let report = try audit(invocation, progress)
  progress.finish()
  if invocation[asJSON] { writeText(report.json + "\n", to: 1) } else { writeText(report.words, to: 1) }
  return report.isFine ? .fine : .foundWrong
}

private func audit(_ invocation: Invocation, _ progress: ProgressBar) throws -> AuditReport {
  let threads = invocation[threadCount] ?? 2
  if let file = invocation[exportFile] {
    return try AuditVerifier.verify(export: file.text, verifier: key(invocation), progress: progress.tellBytes)
  }
  if let folder = invocation[tileFolder] {
    return try AuditVerifier.verify(
      tiles: TileFolder(path: folder.text), verifier: key(invocation), threads: threads, progress: progress.tell)
  }
  if let address = invocation[tileAddress] {
    return try AuditVerifier.verify(
      tiles: TileAddress(address), verifier: key(invocation), threads: threads, progress: progress.tell)
  }
  return try AuditVerifier.verify(
    dataFolder: ledgerFolder(invocation[dataFolder]), verifier: namedKey(invocation), configuration: .found(),
    threads: threads, progress: progress.tell)
}

/// The verifier key that was named, if any was.
private func namedKey(_ invocation: Invocation) throws -> NoteVerifier? {
  guard let text = invocation[verifierKey] else { return nil }
  guard let key = NoteVerifier(text: text) else {
    throw UsageError("\(text) is not a verifier key; it has the form name+hex+base64")
  }
  return key
}

private func key(_ invocation: Invocation) throws -> NoteVerifier {
  if let key = try namedKey(invocation) { return key }
  do {
    return try LedgerArchive.verifier(dataFolder: ledgerFolder(invocation[dataFolder]), configuration: .found())
  } catch {
    throw UsageError("name the log's verifier key with --key (there is none to be read: \(error))")
  }
}

private func verifyProof(_ path: String, _ invocation: Invocation) throws -> ExitStatus {
  let text = String(decoding: try InputFile.bytes(path), as: UTF8.self)
  switch AuditVerifier.verify(proof: text, verifier: try key(invocation)) {
  case .success(let (entry, checkpoint)):
    if invocation[asJSON] {
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("ok", true)
      writer.member("origin", checkpoint.origin)
      writer.member("size", Int(checkpoint.size))
      writer.key("entry")
      writer.raw(entry.span.bytes)
      writer.endObject()
      writeText(writer.string + "\n", to: 1)
    } else {
      writeText(
        "the proof holds: \(checkpoint.origin) signed a log of \(checkpoint.size) entries that holds this one\n", to: 2)
      writeBytes(entry + [0x0A], to: 1)
    }
    return .fine
  case .failure(let error):
    if invocation[asJSON] {
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("ok", false)
      writer.member("reason", "\(error)")
      writer.endObject()
      writeText(writer.string + "\n", to: 1)
    } else {
      writeText("the proof does not hold: \(error)\n", to: 2)
    }
    return .foundWrong
  }
}

// MARK: prove

private let outputFile = Option<FilePath>("out", value: "FILE", "Where to write; standard output if not given.")

private let auditProveCommand = Command(
  "prove", "Prints an entry with its proof and a signed checkpoint: a C2SP tlog-proof bundle.",
  options: [dataFolder.declaration, verifierKey.declaration, outputFile.declaration],
  operands: [Operand("INDEX", "The entry's index.")]
) { invocation in
  guard let index = UInt64(invocation.operands[0]) else {
    throw UsageError("\(invocation.operands[0]) is not the index of an entry")
  }
  let archive = try LedgerArchive(
    dataFolder: ledgerFolder(invocation[dataFolder]), verifier: namedKey(invocation), configuration: .found())
  let output = try OutputFile(invocation[outputFile]?.text)
  try output.write(Array(archive.log.proofBundle(index: index).text.utf8))
  try output.finish()
  return .fine
}

// MARK: export

private let newTileFolder = Option<FilePath>(
  "tiles", value: "DIR", "Write a folder of C2SP tiles instead; one that is there is brought up to date.")
private let firstEntry = Option<Int>("from", value: "INDEX", "The first entry; 0 if not given.")
private let endEntry = Option<Int>("to", value: "SIZE", "The entry after the last; all of the log if not given.")

private let auditExportCommand = Command(
  "export", "Writes the log as lines of JSON that end with a signed checkpoint, or as a folder of tiles.",
  discussion: "Reads beside a running server. An export that was cut off goes on with --from.",
  options: [
    dataFolder.declaration, verifierKey.declaration, outputFile.declaration, newTileFolder.declaration,
    firstEntry.declaration, endEntry.declaration,
  ],
  exclusive: [["out", "tiles"], ["tiles", "from"], ["tiles", "to"]]
) { invocation in
  let archive = try LedgerArchive(
    dataFolder: ledgerFolder(invocation[dataFolder]), verifier: namedKey(invocation), configuration: .found())
  let progress = ProgressBar("entries")
  if let folder = invocation[newTileFolder] {
    try TileFolder(path: folder.text).write(archive.log, progress: progress.tell)
    progress.finish()
    return .fine
  }
  for (name, value) in [("from", invocation[firstEntry]), ("to", invocation[endEntry])] where (value ?? 0) < 0 {
    throw UsageError("--\(name) must not be negative")
  }
  let export = try LedgerExport(
    archive.log, origin: archive.origin, from: UInt64(invocation[firstEntry] ?? 0),
    to: invocation[endEntry].map { UInt64($0) })
  let output = try OutputFile(invocation[outputFile]?.text)
  while let piece = try export.next() {
    try output.write(piece)
    progress.tell(export.position - export.from, export.to - export.from)
  }
  try output.finish()
  progress.finish()
  return .fine
}

// MARK: key

private let auditKeyCommand = Command(
  "key", "Prints the log's verifier key: name+hex+base64.", options: [dataFolder.declaration]
) { invocation in
  let key = try LedgerArchive.verifier(dataFolder: ledgerFolder(invocation[dataFolder]), configuration: .found())
  writeText(key.text + "\n", to: 1)
  return .fine
}

// MARK: Reports

extension AuditReport {
  /// For people.
  fileprivate var words: String {
    var text = ""
    for fault in faults { text += "WRONG  \(fault)\n" }
    if faultCount > faults.count { text += "WRONG  and \(faultCount - faults.count) more\n" }
    for remark in remarks { text += "note   \(remark)\n" }
    text += "\(origin): \(entries) entries hashed, \(size) under the signed checkpoint"
    if payloads > 0 || erasedPayloads > 0 {
      text += "; \(payloads) payloads, \(openedPayloads) of them decrypted, \(erasedPayloads) erased"
    }
    return text + (isFine ? "\nall of it is as it was signed\n" : "\n\(faultCount) found wrong\n")
  }

  /// For programs.
  fileprivate var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("ok", isFine)
    writer.member("origin", origin)
    writer.member("size", Int(size))
    writer.member("entries", Int(entries))
    writer.member("payloads", Int(payloads))
    writer.member("payloads_decrypted", Int(openedPayloads))
    writer.member("payloads_erased", Int(erasedPayloads))
    writer.member("faults_found", faultCount)
    writer.key("faults")
    writer.beginArray()
    for fault in faults {
      writer.beginObject()
      writer.key("index")
      if let index = fault.index { writer.unsigned(index) } else { writer.null() }
      writer.member("reason", fault.reason)
      writer.endObject()
    }
    writer.endArray()
    writer.key("notes")
    writer.strings(remarks)
    writer.endObject()
    return writer.string
  }
}
