// Things that people should look at: drifting figures, a failing part. An alert is an entry of the log like everything that
// matters; whoever is to be told (webhooks, dashboards) reads it there, so that none is lost.
import Engine
import JSON
import Ledger

package struct Alert: Sendable {
  package enum Severity: String, Sendable, CaseIterable { case info, warning, critical }

  /// What kind of alert: `verdict_share`, `ledger_lag`, … Lower case with underscores.
  package var name: String
  package var severity: Severity
  /// One sentence for a person. It never holds the text of a case: an entry cannot be erased.
  package var summary: String
  /// Figures and names behind it.
  package var details: JSONObject
  /// Names the occasion: raised again under the same id it writes nothing. Nil for a new one each time.
  package var occasion: String?

  package init(
    _ name: String, _ severity: Severity, _ summary: String, details: JSONObject = JSONObject(), occasion: String? = nil
  ) {
    self.name = name
    self.severity = severity
    self.summary = summary
    self.details = details
    self.occasion = occasion
  }
}

extension Chamber {
  /// Writes an alert to the log. Returns once it is on disk.
  @discardableResult
  package func raise(_ alert: Alert) async throws -> Receipt {
    let body: JSONValue = [
      "details": .object(alert.details), "name": .string(alert.name), "severity": .string(alert.severity.rawValue),
      "summary": .string(alert.summary),
    ]
    let id = alert.occasion.map { Identifier.derived("alr_", from: alert.name, $0) } ?? surroundings.identifier("alr_")
    return try await ledger.append(
      EntryDraft(
        type: EntryType.alert, id: id, actor: Chamber.clockwork, body: try JSONCanonical.bytes(of: body)))
  }
}
