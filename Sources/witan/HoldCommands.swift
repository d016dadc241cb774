// `witan audit hold`, `release`, `holds` and `rotate-key`: what an administrator does to a log at rest. Each is an entry of
// the log that it changes.
import Config
import Glibc
import JSON
import Ledger
import TransparencyLog

private let dataFolder = Option<FilePath>("data", value: "DIR", "The data folder; ./data if not given.")
private let reason = Option<String>("reason", value: "TEXT", required: true, "Why; stays on record.")
private let person = Option<String>(
  "by", value: "NAME", "Who does it; stays on record. The system's user if not given.")
private let asJSON = Flag("json", "Print the result as JSON.")

private struct Filter: Sendable {
  let name: StaticString
  let option: Option<String>
  let path: any WritableKeyPath<LedgerQuery, String?> & Sendable
}

private func filter(
  _ name: StaticString, _ value: String, _ meaning: String, _ path: any WritableKeyPath<LedgerQuery, String?> & Sendable
) -> Filter {
  Filter(name: name, option: Option<String>("\(name)", value: value, meaning), path: path)
}

private let filters: [Filter] = [
  filter("actor", "NAME", "Only entries of this actor.", \.actor),
  filter("subject", "NAME", "Only entries about this subject.", \.subject),
  filter("type", "TYPE", "Only entries of this type.", \.type),
  filter("verdict", "VERDICT", "Only entries with this verdict.", \.verdict),
  filter("critic", "NAME", "Only entries in which this critic raised something.", \.critic),
  filter("clause", "CLAUSE", "Only entries in which this clause was raised.", \.clause),
  filter("trace", "ID", "Only entries of this trace.", \.trace),
  filter("from", "TIME", "Only entries from this time on (RFC 3339).", \.from),
  filter("to", "TIME", "Only entries before this time (RFC 3339).", \.to),
]

/// The ledger in a data folder, for as long as `body` runs; refuses a folder without one rather than make it.
private func withLedger<Value>(
  _ invocation: Invocation, _ body: (Ledger) async throws -> Value
) async throws -> Value {
  let folder = invocation[dataFolder]?.text ?? "./data"
  var configuration = try LedgerConfiguration.found()
  _ = try LedgerArchive.verifier(dataFolder: folder, configuration: configuration)
  // Holds are read from the projection, which may have to be made first.
  configuration.indexWait = 600_000
  let ledger = try explained(folder) { () throws(LedgerError) in
    try Ledger.open(dataFolder: folder, configuration: configuration)
  }
  defer { ledger.close() }
  return try await body(ledger)
}

/// Runs `body`; a ledger in use gets a word on what to do.
private func explained<Value>(
  _ folder: String, _ body: () throws(LedgerError) -> Value
) throws(LedgerError) -> Value {
  do throws(LedgerError) {
    return try body()
  } catch {
    guard case .inUse = error else { throw error }
    throw .storageFailed("a server has the ledger in \(folder); stop it first")
  }
}

private func name(_ invocation: Invocation) -> String {
  if let given = invocation[person] { return given }
  return getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
}

let auditHoldCommand = Command(
  "hold", "Places a legal hold: payloads of entries that match its filters are not erased while it stands.",
  discussion: "Without a filter the hold covers every entry. A hold placed twice under one name: the first counts.",
  options: [dataFolder.declaration, reason.declaration, person.declaration] + filters.map(\.option.declaration),
  operands: [Operand("NAME", "The hold's name.")]
) { invocation in
  var query = LedgerQuery()
  for filter in filters { query[keyPath: filter.path] = invocation[filter.option] }
  let hold = LegalHold(name: invocation.operands[0], filter: query, reason: invocation[reason] ?? "")
  let receipt = try await withLedger(invocation) { try await $0.place(hold, actor: name(invocation)) }
  guard receipt.isFirst else {
    writeText("there is a hold of the name \(hold.name) already (entry \(receipt.index)); it stays as it is\n", to: 2)
    return .foundWrong
  }
  writeText("the hold \(hold.name) stands: entry \(receipt.index)\n", to: 1)
  return .fine
}

let auditReleaseCommand = Command(
  "release", "Ends a legal hold.", options: [dataFolder.declaration, reason.declaration, person.declaration],
  operands: [Operand("NAME", "The hold's name.")]
) { invocation in
  let hold = invocation.operands[0]
  return try await withLedger(invocation) { ledger in
    let standing = try await ledger.holds()
    guard standing.contains(where: { $0.name == hold }) else {
      let names = standing.map(\.name).joined(separator: ", ")
      writeText("no hold of the name \(hold) stands; those that do: \(names.isEmpty ? "none" : names)\n", to: 2)
      return .foundWrong
    }
    let receipt = try await ledger.releaseHold(hold, actor: name(invocation), reason: invocation[reason] ?? "")
    writeText("the hold \(hold) has ended: entry \(receipt.index)\n", to: 1)
    return .fine
  }
}

let auditHoldsCommand = Command(
  "holds", "Lists the legal holds that stand.", options: [dataFolder.declaration, asJSON.declaration]
) { invocation in
  let holds = try await withLedger(invocation) { try await $0.holds() }
  if invocation[asJSON] {
    var writer = JSONWriter()
    writer.beginArray()
    for hold in holds {
      writer.beginObject()
      writer.member("name", hold.name)
      writer.member("reason", hold.reason)
      writer.key("filter")
      writer.beginObject()
      for filter in filters {
        if let value = hold.filter[keyPath: filter.path] { writer.member(filter.name, value) }
      }
      writer.endObject()
      writer.endObject()
    }
    writer.endArray()
    writeText(writer.string + "\n", to: 1)
    return .fine
  }
  if holds.isEmpty { writeText("no hold stands\n", to: 1) }
  for hold in holds {
    let covered = filters.compactMap { filter in
      hold.filter[keyPath: filter.path].map { "\(filter.name) \($0)" }
    }
    writeText(
      "\(hold.name): \(covered.isEmpty ? "every entry" : covered.joined(separator: ", ")); \(hold.reason)\n", to: 1)
  }
  return .fine
}

let auditRotateKeyCommand = Command(
  "rotate-key", "Gives the log a new signing key, and prints its verifier key.",
  discussion:
    "The old key endorses the new one in an entry of the log, so that whoever holds the old verifier key can still verify; "
    + "then the old private key is overwritten. The server must not run meanwhile.",
  options: [dataFolder.declaration, reason.declaration, person.declaration]
) { invocation in
  let folder = invocation[dataFolder]?.text ?? "./data"
  let configuration = try LedgerConfiguration.found()
  _ = try LedgerArchive.verifier(dataFolder: folder, configuration: configuration)
  let verifier = try await KeyRotation.rotate(
    dataFolder: folder, actor: name(invocation), reason: invocation[reason] ?? "", configuration: configuration)
  writeText(verifier.text + "\n", to: 1)
  return .fine
}
