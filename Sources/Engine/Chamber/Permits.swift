// Permits that come back to be honoured. Using one is an entry under the permit's own id, so that of all who use it exactly
// one is first, on whichever instance and after whatever crash.
import Engine
import JSON
import Ledger

/// What the service says of a permit.
package struct PermitStanding: Sendable, JSONWritable {
  package struct Use: Sendable {
    package let index: UInt64
    package let time: String
    package let by: String
    /// Whether this very check was the use.
    package let isFirst: Bool
  }

  package let refusal: PermitRefusal?
  package let claims: JSONObject?
  package let use: Use?

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("valid", refusal == nil)
    writer.member("reason", refusal?.rawValue)
    writer.key("claims")
    if let claims { JSONValue.object(claims).write(to: &writer) } else { writer.null() }
    writer.key("use")
    if let use {
      writer.beginObject()
      writer.member("index", Int(use.index))
      writer.member("time", use.time)
      writer.member("by", use.by)
      writer.member("first", use.isFirst)
      writer.endObject()
    } else {
      writer.null()
    }
    writer.endObject()
  }
}

extension Chamber {
  /// Checks a permit against keys, clock and log. With `using` a valid one is used up by this.
  package func checkPermit(
    _ text: String, reader: PermitReader, using: Bool, by actor: String, trace: String
  ) async throws -> PermitStanding {
    let permit: PresentedPermit
    do throws(PermitRefusal) {
      permit = try reader.read(text, now: Double(surroundings.now().microseconds) / 1_000_000)
    } catch { return PermitStanding(refusal: error, claims: nil, use: nil) }
    guard try isLogged(permit) else {
      return PermitStanding(refusal: .notInLog, claims: permit.claims, use: nil)
    }
    if using { return try await use(permit, by: actor, trace: trace) }
    let use = try await earlierUse(of: permit)
    return PermitStanding(refusal: use == nil ? nil : .used, claims: permit.claims, use: use)
  }

  private func isLogged(_ permit: PresentedPermit) throws -> Bool {
    guard permit.index < ledger.size else { return false }
    return try JSONReader.decode(LoggedEntry.self, from: ledger.entry(at: permit.index).bytes).id == permit.deliberation
  }

  private static func useID(_ permit: PresentedPermit) -> String { "permit/\(permit.id)" }

  private func use(_ permit: PresentedPermit, by actor: String, trace: String) async throws -> PermitStanding {
    var body = JSONWriter()
    body.beginObject()
    body.member("deliberation", permit.deliberation)
    body.member("ledger_index", Int(permit.index))
    body.member("permit", permit.id)
    body.endObject()
    let receipt = try await ledger.append(
      EntryDraft(
        type: EntryType.permit, id: Self.useID(permit), actor: actor, trace: trace, body: body.array))
    return PermitStanding(
      refusal: receipt.isFirst ? nil : .used, claims: permit.claims,
      use: try recordedUse(receipt.index, receipt.isFirst))
  }

  private func earlierUse(of permit: PresentedPermit) async throws -> PermitStanding.Use? {
    var query = LedgerQuery()
    query.type = EntryType.permit
    query.id = Self.useID(permit)
    query.atLeastIndex = ledger.size - 1
    guard let entry = try await ledger.query(query).entries.first else { return nil }
    return try recordedUse(entry.index, false)
  }

  private func recordedUse(_ index: UInt64, _ isFirst: Bool) throws -> PermitStanding.Use {
    let entry = try JSONReader.decode(LoggedEntry.self, from: ledger.entry(at: index).bytes)
    return PermitStanding.Use(index: index, time: entry.time.text, by: entry.actor, isFirst: isFirst)
  }
}
