// Alerts of the running service. Each is an entry of the log, so that whoever is to be told (webhooks, an auditor) finds it
// there; beside that it is counted and logged.
import Chamber
import JSON
import Telemetry

final class ServiceAlerts: Sendable {
  private let chamber: Chamber
  private let telemetry: ServiceTelemetry
  private let counted: CounterFamily

  init(_ chamber: Chamber, telemetry: ServiceTelemetry) {
    self.chamber = chamber
    self.telemetry = telemetry
    counted = telemetry.metrics.metrics.counters(
      "witan_alerts", "Alerts raised.", labels: ["name", "severity"])
  }

  /// Raises an alert; returns once it is recorded, or could not be.
  func raise(_ alert: Alert) async {
    counted[alert.name, alert.severity.rawValue].add()
    telemetry.service.warning(
      "alert.raised", alert.summary,
      ["alert": .string(alert.name), "severity": .string(alert.severity.rawValue)])
    do {
      try await chamber.raise(alert)
    } catch {
      telemetry.failed("alert.not_recorded", "An alert could not be written to the log", error)
    }
  }

  /// Something runs out.
  func raise(short resource: Resource) {
    let details: JSONValue = ["resource": .string(resource.rawValue)]
    let alert = Alert(
      "resource_critical", .critical, "The service is short of \(resource.words).",
      details: details.object ?? JSONObject())
    Task { await raise(alert) }
  }
}
