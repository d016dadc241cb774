// `witan audit replay`: every logged decision, decided again from its record alone, must come out the same to the byte.
import Config
import Critics
import Engine
import Evidence
import JSON
import Ledger

private let dataFolder = Option<FilePath>("data", value: "DIR", "The data folder; ./data if not given.")
private let firstEntry = Option<Int>("from", value: "INDEX", "The first entry; 0 if not given.")
private let endEntry = Option<Int>("to", value: "SIZE", "The entry after the last; all of the log if not given.")
private let asJSON = Flag("json", "Print the result as JSON.")

let auditReplayCommand = Command(
  "replay", "Decides every logged case again from its record; exits with 1 if any comes out otherwise.",
  discussion:
    "Reads beside a running server, with the data folder's master key. Each case is decided under the constitution that was in "
    + "force, which is itself in the log. Cases whose payload was erased are counted and passed over.",
  options: [dataFolder.declaration, firstEntry.declaration, endEntry.declaration, asJSON.declaration]
) { invocation in
  let archive = try LedgerArchive(
    dataFolder: ledgerFolder(invocation[dataFolder]), configuration: .found())
  for (name, value) in [("from", invocation[firstEntry]), ("to", invocation[endEntry])] where (value ?? 0) < 0 {
    throw UsageError("--\(name) must not be negative")
  }
  let end = min(UInt64(invocation[endEntry] ?? .max), archive.log.size)
  var replayed = ReplayedLog(archive, from: UInt64(invocation[firstEntry] ?? 0))
  let progress = ProgressBar("entries")
  // From the beginning: constitutions that came into force earlier are needed too.
  try archive.log.each(from: 0, to: end) { entry in
    try replayed.take(entry)
    progress.tell(entry.index + 1, end)
  }
  progress.finish()
  writeText(invocation[asJSON] ? replayed.json + "\n" : replayed.words, to: 1)
  return replayed.differing.isEmpty ? .fine : .foundWrong
}

/// Decisions in the course of being replayed.
private struct ReplayedLog {
  private let archive: LedgerArchive
  private let first: UInt64
  private let gatherer = OnePassGatherer()
  private var councils: [String: Council] = [:]
  private(set) var matching = 0
  private(set) var erased = 0
  private(set) var differing: [(index: UInt64, reason: String, differences: [Replay.Difference])] = []

  init(_ archive: LedgerArchive, from first: UInt64) {
    self.archive = archive
    self.first = first
  }

  mutating func take(_ entry: StoredEntry) throws {
    let logged = try JSONReader.decode(LoggedEntry.self, from: entry.bytes)
    if logged.type == EntryType.constitution {
      guard case .present(let document) = try archive.payload(at: entry.index) else { return }
      let constitution = try Policies.read(document, file: "constitution")
      councils[constitution.version] = Council(
        constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: gatherer)
    } else if logged.type == EntryType.deliberation && entry.index >= first {
      guard case .present(let bytes) = try archive.payload(at: entry.index) else {
        erased += 1
        return
      }
      if let (reason, differences) = replay(bytes) {
        differing.append((entry.index, reason, differences))
      } else {
        matching += 1
      }
    }
  }

  /// Why the decision does not come out the same, and where it differs; nil where it does.
  private func replay(_ bytes: [UInt8]) -> (reason: String, differences: [Replay.Difference])? {
    let record: DecisionRecord
    do {
      record = try JSONReader.decode(DecisionRecord.self, from: bytes)
    } catch {
      return ("its record cannot be read: \(error)", [])
    }
    guard let council = councils[record.constitution] else {
      return ("the constitution \(record.constitution) is not in the log before it", [])
    }
    let replay = council.replay(record)
    if replay.matches { return nil }
    let differences = replay.differences
    return ("it differs at \(differences.count) place\(differences.count == 1 ? "" : "s")", differences)
  }

  var words: String {
    var text = ""
    for (index, reason, differences) in differing {
      text += "WRONG  entry \(index): \(reason)\n"
      for each in differences {
        text +=
          "         \(each.pointer.isEmpty ? "all" : each.pointer): recorded \(each.recorded ?? "nothing"), decided \(each.decided ?? "nothing")\n"
      }
    }
    text += "\(matching) decisions came out the same"
    if !differing.isEmpty { text += ", \(differing.count) did not" }
    if erased > 0 { text += ", \(erased) were erased" }
    return text + "\n"
  }

  var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("ok", differing.isEmpty)
    writer.member("replayed", matching + differing.count)
    writer.member("matching", matching)
    writer.member("erased", erased)
    writer.key("differing")
    writer.beginArray()
    for (index, reason, differences) in differing {
      writer.beginObject()
      writer.member("index", Int(index))
      writer.member("reason", reason)
      writer.member("differences", differences)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.string
  }
}
