// What is kept of past deliberations: read back, and decided again.
import Engine
import JSON
import Ledger

/// A deliberation as the ledger has it.
package struct RecordedDeliberation: Sendable, JSONWritable {
  package let entry: StoredEntry
  package let actor: String
  /// The payload as it was written; nil where it was erased.
  package let record: [UInt8]?
  /// The review that the deliberation waits for, or waited for.
  package let review: Review?
  /// The permit that came of the review.
  package let permit: String?

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("index", Int(entry.index))
    writer.key("entry")
    writer.raw(entry.bytes.span.bytes)
    writer.member("erased", record == nil)
    writer.key("record")
    if let record { writer.raw(record.span.bytes) } else { writer.null() }
    writer.key("review")
    if let review { review.write(to: &writer) } else { writer.null() }
    writer.member("permit", permit)
    writer.endObject()
  }
}

extension Chamber {
  package func deliberation(_ id: String) async throws -> RecordedDeliberation {
    var query = LedgerQuery()
    query.type = EntryType.deliberation
    query.id = id
    guard let entry = try await ledger.query(query).entries.first else { throw ChamberError.noSuchDeliberation(id) }
    let logged = try JSONReader.decode(LoggedEntry.self, from: entry.bytes)
    var record: [UInt8]?
    if case .present(let bytes) = try ledger.payload(at: entry.index) { record = bytes }
    let review = try JSONValue(parsing: logged.body)["review"]?["id"]?.string.flatMap { try? self.review($0) }
    return RecordedDeliberation(
      entry: entry, actor: logged.actor, record: record, review: review,
      permit: try review.flatMap { try proceedings.permit(after: $0) })
  }

  /// Decides a deliberation again from its record, under the constitution that it names.
  package func replay(_ id: String) async throws -> Replay {
    guard let bytes = try await deliberation(id).record else { throw ChamberError.erased(id) }
    let record = try JSONReader.decode(DecisionRecord.self, from: bytes)
    return try await council(of: record.constitution).replay(record)
  }

  /// The council of a constitution that was in force once.
  package func council(of version: String) async throws -> Council {
    let (inForce, history) = (inForce, constitutionHistory)
    if inForce.council.constitution.version == version { return inForce.council }
    guard let earlier = history.versions.last(where: { $0.version == version }) else {
      throw ChamberError.constitutionMissing(version)
    }
    return try assemble(try await constitutionDocument(earlier))
  }
}
