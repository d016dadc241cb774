// Unusual verdicts in a running service: noticed, counted, written to the log, and remembered over a restart.
import Foundation
import TestSupport
import Testing

@Suite("Unusual verdicts")
struct AnomalyAlertTests {
  private static let environment = [
    "WITAN_ANOMALIES_WINDOW": "250ms", "WITAN_ANOMALIES_LEAST_CASES": "10", "WITAN_RESOURCES_INTERVAL": "1s",
  ]

  /// Sends cases until the metrics show what is waited for. Whatever the windows cut, a rate is a rate.
  private func post(
    _ body: String, as token: String, to server: WitanServer, until: String, _ holds: @escaping (String) -> Bool
  ) async throws {
    let cases = Array(repeating: body, count: 20).joined(separator: ",")
    try await wait(for: until, within: .seconds(60)) {
      let answer = try server.call("POST", "/v1/deliberations/batch", token: token, body: "{\"cases\": [\(cases)]}")
      #expect(answer.status == 200, "\(answer.text)")
      return holds(try server.call("GET", "/metrics").text)
    }
  }

  @Test("become alerts in the log with whose they are, and what is usual outlives a restart")
  func alerts() async throws {
    let harmless = #"{"action": "send the weekly report", "context": {"impact": "low", "reversible": true}}"#
    let risky = #"{"kind": "tool_call", "action": "shell", "input": "rm -rf / --no-preserve-root"}"#
    let first = try await WitanServer(environment: Self.environment)
    let folder = first.folder
    func token(_ server: WitanServer) async throws -> String {
      try await server.token("decider", "auditor", subject: "shop")
    }
    try await post(harmless, as: token(first), to: first, until: "a baseline") {
      $0.contains("\nwitan_anomaly_score{kind=\"escalate\",critic=\"all\"} ")
    }
    #expect(!(try first.call("GET", "/metrics").text.contains("witan_anomalies_total{")))
    #expect(try await first.stop() == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path + "/anomalies.json"))

    let server = try await WitanServer(folder: folder, environment: Self.environment)
    // No window of this process has been judged before these: what it knows it has from the file.
    try await post(risky, as: token(server), to: server, until: "an anomaly") {
      $0.contains("\nwitan_anomalies_total{kind=\"escalate\",scope=\"all\"} ")
        && $0.contains("\nwitan_anomalies_total{kind=\"escalate\",scope=\"client\"} ")
        && $0.contains("\nwitan_anomalies_total{kind=\"escalate\",scope=\"critic\"} ")
        && $0.contains("\nwitan_anomalies_total{kind=\"drift\",scope=\"critic\"} ")
    }
    let metrics = try server.call("GET", "/metrics").text
    #expect(metrics.contains("witan_alerts_total{name=\"verdict_rate\",severity=\"warning\"}"))
    #expect(!metrics.contains("shop"), "a scrape names no clients")
    let auditor = try await token(server)
    try await wait(for: "the alerts in the log") {
      let text = try server.call("GET", "/v1/audit/entries?type=alert&limit=100", token: auditor).text
      return text.contains("Escalations of client shop: ") && text.contains("Escalations by critic risk: ")
        && text.contains("severity_drift") && text.contains("verdict_rate")
    }
    #expect(server.process.standardError.contains("\"event\":\"alert.raised\""))
    #expect(try await server.stop() == 0)
  }
}
