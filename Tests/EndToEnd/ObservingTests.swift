// What an operator sees of a running Witan: metrics, logs, and what becomes of a changed configuration.
import Foundation
import TestSupport
import Testing

@Suite("Observing")
struct ObservingTests {
  private static let risky =
    #"{"kind": "tool_call", "action": "shell", "input": "rm -rf / --no-preserve-root", "actor": "agent-7"}"#

  @Test("the metrics tell of what was decided and answered, in either text format")
  func counts() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    _ = try server.call("POST", "/v1/deliberations", token: token, body: Self.risky)
    _ = try server.call("POST", "/v1/deliberations", token: "not.a.token", body: Self.risky)
    let plain = try server.call("GET", "/metrics")
    #expect(plain["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    for line in [
      "witan_http_requests_total{route=\"/v1/deliberations\",status=\"200\"} 1",
      "witan_http_requests_total{route=\"/v1/deliberations\",status=\"401\"} 1", "witan_tokens_refused_total 1",
      "witan_verdicts_total{verdict=\"escalate\",cache=\"miss\"} 1", "witan_ledger_writable 1",
      "# TYPE witan_event_loop_lag_seconds gauge", "witan_cache_misses_total{level=\"memory\"} 1",
      "witan_resource_pressure{resource=\"disk\"} 0",
    ] {
      #expect(plain.text.contains(line + "\n"), "\(line)")
    }
    #expect(plain.text.contains("witan_critic_severity_count{critic=\"risk\"} 1\n"))
    let open = try server.call("GET", "/metrics", fields: ["Accept": "application/openmetrics-text;version=1.0.0"])
    #expect(open["content-type"]?.hasPrefix("application/openmetrics-text") == true)
    #expect(open.text.hasSuffix("# EOF\n"))
    let page = try TemporaryFolder()
    try Data(plain.text.utf8).write(to: page.file("metrics"))
    let promtool = try RunningProcess(
      path: "/bin/bash", ["-c", "promtool check metrics < \(page.file("metrics").path)"])
    #expect(try await promtool.waitForExit() == 0, "\(promtool.standardOutput)\(promtool.standardError)")
    #expect(try await server.stop() == 0)
  }

  @Test("every line of the log is JSON with a trace, and a refused token is not in it")
  func logs() async throws {
    let server = try await WitanServer(environment: ["WITAN_LOG_LEVEL": "debug"])
    let secret = "sk-live0Pq8zL3vT6yB1nM4xC7dF9gH2jK5"
    let answer = try server.call(
      "POST", "/v1/deliberations", token: secret, body: Self.risky,
      fields: ["traceparent": "00-12345678901234567890123456789012-1234567890123456-01"])
    #expect(answer.status == 401)
    #expect(answer["traceparent"]?.hasPrefix("00-12345678901234567890123456789012-") == true)
    try await wait(for: "the line of the request", within: .seconds(20)) {
      server.process.standardError.contains("\"status\":401")
    }
    #expect(try await server.stop() == 0)
    let text = server.process.standardError
    #expect(!text.contains(secret) && !text.contains("0Pq8zL3vT6yB1nM4xC7dF9gH2jK5"))
    for line in text.split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      #expect((object["trace_id"] as? String)?.count == 32)
      #expect(object["event"] is String && object["time"] is String && object["level"] is String)
      if object["event"] as? String == "token.refused" {
        #expect(object["trace_id"] as? String == "12345678901234567890123456789012")
      }
    }
    #expect(
      text.contains("\"event\":\"http.answered\"") && text.contains("\"trace_id\":\"12345678901234567890123456789012\"")
    )
  }

  @Test("a changed file is reloaded on SIGHUP, and a bad one leaves the old one in force")
  func reloads() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("witan.yaml")
    try "log: {level: error}\n".write(to: file, atomically: true, encoding: .utf8)
    let server = try await WitanServer(["--config", file.path])
    func reload(_ yaml: String, until event: String) async throws {
      try yaml.write(to: file, atomically: true, encoding: .utf8)
      server.process.signal(SIGHUP)
      try await wait(for: event, within: .seconds(20)) { server.process.standardError.contains(event) }
    }
    #expect(server.process.standardError.isEmpty)
    try await reload("log: {levle: debug}\n", until: "config.refused")
    #expect(
      server.process.standardError.contains(
        "witan.yaml:1:7: there is no setting \\\"log.levle\\\"; did you mean log.level?"))
    #expect(try server.call("GET", "/readyz").status == 200)
    try await reload("log: {level: info}\nhttp: {connections: 99}\n", until: "config.restart")
    #expect(server.process.standardError.contains("log.level: error → info"))
    #expect(server.process.standardError.contains("http.connections: 16384 → 99"))
    #expect(try await server.stop() == 0)
  }

  @Test("a folder of policies that is named and holds none stops the start")
  func misspeltPolicies() async throws {
    let folder = try TemporaryFolder()
    let server = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path, "--policies", folder.path + "/polcies"])
    #expect(try await server.waitForExit() != 0)
    #expect(server.standardError.contains("/polcies: there is no such file or folder"), "\(server.standardError)")
  }

  @Test("a configuration with faults stops the start and tells all of them with their lines")
  func refuses() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("witan.yaml")
    try "http:\n  body: 1\n  conections: 5\n".write(to: file, atomically: true, encoding: .utf8)
    let process = try RunningProcess(
      "witan", ["serve", "--config", file.path, "--data", folder.path + "/data"],
      environment: ["WITAN_HTTP_LOOPS": "many"])
    #expect(try await process.waitForExit() == 1)
    let text = process.standardError
    #expect(text.contains("\(file.path):3:3: there is no setting \"http.conections\"; did you mean http.connections?"))
    #expect(text.contains("\(file.path):2:9: http.body: 1B is out of range: 1KiB to 1GiB"))
    #expect(text.contains("environment WITAN_HTTP_LOOPS: http.loops: \"many\" is not an integer"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
  }
}
