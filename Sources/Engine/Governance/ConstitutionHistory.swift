// Which constitution is in force: a projection of the ledger's entries of type `constitution`. The document itself is the
// entry's payload; the body names it by its hash.
import JSON
import Ledger

package struct ConstitutionVersion: Sendable, Hashable {
  /// 1 for the one that the log began with.
  package let sequence: Int
  /// `sha256:…`
  package let version: String
  package let by: String
  package let reason: String
  package let time: Timestamp
  /// The entry's place in this log.
  package let index: UInt64
  /// Where it was made, if not here.
  package let origin: Origin?
}

package enum ConstitutionRefusal: Error, Sendable, Equatable {
  /// Another one is in force than the change was made against.
  case versionConflict(current: String)
  case invalid(FieldErrors)
  /// The proposed document is the one in force.
  case unchanged
  case noSuchVersion(Int)
}

package struct ConstitutionHistory: Sendable {
  package private(set) var versions: [ConstitutionVersion] = []

  package init() {}

  package var current: ConstitutionVersion? { versions.last }

  /// The entry that would put a constitution in force. `document` is its source, kept as the entry's payload.
  package func propose(
    _ constitution: Constitution, document: [UInt8], expecting version: String?, reason: String, by actor: String
  ) throws(ConstitutionRefusal) -> EntryDraft {
    if let current, version != current.version { throw .versionConflict(current: current.version) }
    if let fault = Statement.fault(in: reason) {
      var errors = FieldErrors()
      errors.add("/reason", fault)
      throw .invalid(errors)
    }
    if constitution.version == current?.version { throw .unchanged }
    return draft(of: constitution, document, reason: reason, by: actor, origin: nil)
  }

  private func draft(
    of constitution: Constitution, _ document: [UInt8], reason: String, by actor: String, origin: Origin?
  ) -> EntryDraft {
    let sequence = (current?.sequence ?? 0) + 1
    var writer = JSONWriter()
    writer.beginObject()
    if let origin { writer.member("from", origin) }
    writer.member("reason", reason)
    writer.member("replaces", current?.version)
    writer.member("sequence", sequence)
    writer.member("version", constitution.version)
    writer.endObject()
    return EntryDraft(
      type: EntryType.constitution, id: "constitution/\(sequence)", actor: actor, body: writer.array,
      payload: document)
  }

  /// Whether a change of another instance is on record here.
  func knows(_ origin: Origin) -> Bool { versions.contains { $0.origin == origin } }

  /// Where and when the constitution in force was made; `own` is the name of this log. Nil where it is the one that the log
  /// began with.
  func origin(of own: String) -> Origin? {
    guard let current, current.sequence > 1 || current.origin != nil else { return nil }
    return current.origin ?? Origin(log: own, index: Int(current.index), time: current.time)
  }

  /// The entry of a change that another instance made.
  func draft(of constitution: Constitution, _ document: [UInt8], _ change: SharedChange) -> EntryDraft {
    draft(of: constitution, document, reason: change.reason, by: change.by, origin: change.origin)
  }

  package mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) {
    guard entry.type == EntryType.constitution else { return }
    let change = try JSONReader.decode(ConstitutionChange.self, from: entry.body)
    guard change.sequence == (current?.sequence ?? 0) + 1 else { return }
    versions.append(
      ConstitutionVersion(
        sequence: change.sequence, version: change.version, by: entry.actor, reason: change.reason, time: entry.time,
        index: entry.index, origin: change.origin))
  }
}

private struct ConstitutionChange: JSONReadable {
  var (sequence, version, reason) = (0, "", "")
  var origin: Origin?

  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "from": origin = try Origin(from: &reader)
      case "reason": reason = try reader.string()
      case "sequence": sequence = try reader.integer()
      case "version": version = try reader.string()
      default: break
      }
    }
  }
}

extension ConstitutionVersion: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("sequence", sequence)
    writer.member("version", version)
    writer.member("by", by)
    writer.member("reason", reason)
    writer.member("time", time.text)
    if let origin { writer.member("from", origin) }
    writer.endObject()
  }
}
