// What a running Witan does before something runs out: batches give way, new cases are refused, and whoever asks is told.
import Foundation
import TestSupport
import Testing

@Suite("Short of resources")
struct ShortageTests {
  /// Only what a test makes scarce is to count: others use the processors meanwhile.
  private static let look =
    "interval: 50ms, cpu_warning: 0.99, cpu_critical: 1, loop_lag_warning: 59s, loop_lag_critical: 1m"
  private static let easy = "resources: {\(look)}\n"
  /// More than any disk here has.
  private static func disk(warning: Int, critical: Int, _ more: String = "") -> String {
    "resources: {\(look), disk_warning: \(warning)GiB, disk_critical: \(critical)GiB\(more)}\n"
  }

  private struct Shop {
    let folder: TemporaryFolder
    let file: URL
    let server: WitanServer
    let token: String

    init() async throws {
      folder = try TemporaryFolder()
      file = folder.file("witan.yaml")
      try Data(ShortageTests.easy.utf8).write(to: file)
      server = try await WitanServer(["--config", file.path])
      token = try await server.token("decider", "auditor", "reviewer", "admin")
    }

    func obey(_ yaml: String, until stance: Int) async throws {
      try Data(yaml.utf8).write(to: file)
      let answer = try server.call("POST", "/v1/admin/reload", token: token)
      #expect(answer.status == 200, "\(answer.text)")
      try await wait(for: "stance \(stance)") {
        try server.call("GET", "/metrics").text.contains("\nwitan_admission \(stance)\n")
      }
    }

    func decide(_ action: String = "water the plants") throws -> RawAnswer {
      try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "\#(action)"}"#)
    }

    func batch() throws -> RawAnswer {
      try server.call("POST", "/v1/deliberations/batch", token: token, body: #"{"cases": [{"action": "x"}]}"#)
    }

    /// What the status says has fallen back, and how far.
    func fallen() throws -> [String] {
      let status = try server.call("GET", "/v1/status", token: token).json()
      let parts = (status["degradation"] as? [String: Any])?["parts"] as? [[String: Any]] ?? []
      return parts.map { "\($0["part"] as? String ?? "") \($0["level"] as? String ?? "")" }
    }
  }

  @Test("thresholds that are changed hold at once, and not at the next look")
  func thresholdsAtOnce() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("witan.yaml")
    func write(_ floor: String) throws {
      try Data("resources: {interval: 60s, loop_lag_warning: 59s, loop_lag_critical: 1m\(floor)}\n".utf8).write(
        to: file)
    }
    try write("")
    let server = try await WitanServer(["--config", file.path])
    let token = try await server.token("decider", "admin")
    func decide() throws -> Int {
      try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "water the plants"}"#).status
    }
    #expect(try decide() == 200)
    try write(", disk_warning: 4096GiB, disk_critical: 4095GiB")
    #expect(try server.call("POST", "/v1/admin/reload", token: token).status == 200)
    #expect(try decide() == 503)
    try write("")
    #expect(try server.call("POST", "/v1/admin/reload", token: token).status == 200)
    #expect(try decide() == 200)
    #expect(try await server.stop() == 0)
  }

  @Test("new cases are refused before the disk is full, everything else goes on, and all of it is told")
  func refuses() async throws {
    let shop = try await Shop()
    let server = shop.server
    #expect(try shop.decide().status == 200)
    try await shop.obey(Self.disk(warning: 4096, critical: 4095), until: 3)
    let refused = try shop.decide("another")
    #expect(refused.status == 503 && refused["Retry-After"] != nil)
    #expect(try (refused.json()["detail"] as? String)?.contains("room on the disk") == true, "\(refused.text)")
    let batch = try server.call(
      "POST", "/v1/deliberations/batch", token: shop.token, body: #"{"cases": [{"action": "x"}]}"#)
    #expect(batch.status == 503)
    let preview = try server.call(
      "POST", "/v1/weights/preview", token: shop.token, body: #"{"weights": {"risk": 2}, "last": 5}"#)
    #expect(preview.status == 503)
    #expect(try server.call("GET", "/v1/audit/entries", token: shop.token).status == 200)
    #expect(try server.call("GET", "/v1/reviews", token: shop.token).status == 200)

    let brief = try server.call("GET", "/readyz")
    #expect(brief.status == 503 && brief.text.contains("disk"))
    #expect(!brief.text.contains("MiB"), "the figures are for administrators: \(brief.text)")
    let decider = try await server.token("decider")
    #expect(try server.call("GET", "/readyz", token: decider)["Content-Type"] == brief["Content-Type"])
    let full = try server.call("GET", "/readyz", token: shop.token)
    #expect(full.status == 503)
    let checks = try #require(try full.json()["checks"] as? [[String: Any]])
    func state(_ name: String) -> String? { checks.first { $0["name"] as? String == name }?["state"] as? String }
    #expect(state("disk") == "failed" && state("ledger") == "ok" && state("constitution") == "ok")
    let status = try server.call("GET", "/v1/status", token: shop.token).json()
    #expect(status["admission"] as? String == "no_new_cases")
    #expect((status["degraded"] as? [String])?.contains("disk") == true)
    #expect(try shop.fallen() == ["disk restricted"])
    let resources = try #require(status["resources"] as? [[String: Any]])
    #expect(resources.first { $0["name"] as? String == "disk" }?["pressure"] as? String == "critical")
    let metrics = try server.call("GET", "/metrics").text
    #expect(metrics.contains("witan_resource_pressure{resource=\"disk\"} 2\n"))
    #expect(metrics.contains("witan_work_refused_total{work=\"interactive\"} 1\n"))
    #expect(metrics.contains("witan_work_refused_total{work=\"batch\"} 2\n"))
    try await wait(for: "the alert in the log") {
      let found = try server.call("GET", "/v1/audit/entries?type=alert", token: shop.token)
      return found.text.contains("resource_critical")
    }
    #expect(
      try server.call("GET", "/metrics").text.contains(
        "witan_alerts_total{name=\"resource_critical\",severity=\"critical\"} "))

    try await shop.obey(Self.easy, until: 0)
    #expect(try shop.decide("another").status == 200)
    #expect(try server.call("GET", "/readyz").text == "ready")
    #expect(try server.call("GET", "/readyz", token: shop.token).json()["ready"] as? Bool == true)
  }

  @Test("a batch gives way at a warning, in both forms, keeps its order, and does not hold up who waits for one answer")
  func slows() async throws {
    let shop = try await Shop()
    try await shop.obey(Self.disk(warning: 4096, critical: 0, ", batch_pause: 1ms"), until: 1)
    #expect(try shop.server.call("GET", "/readyz").status == 200)
    let cases = (0..<600).map { #"{"action": "water plant \#($0)"}"# }
    let whole = try shop.server.call(
      "POST", "/v1/deliberations/batch", token: shop.token, body: #"{"cases": [\#(cases.joined(separator: ","))]}"#)
    #expect(whole.status == 200)
    #expect((try whole.json()["results"] as? [[String: Any]])?.count == 600)
    func pauses() throws -> Int {
      let text = try shop.server.call("GET", "/metrics").text
      let line = text.split(separator: "\n").first { $0.hasPrefix("witan_batch_pauses_total ") }
      return line?.split(separator: " ").last.flatMap { Int($0) } ?? -1
    }
    // 600 cases in groups of 256.
    #expect(try pauses() == 3)
    let lines = try shop.server.call(
      "POST", "/v1/deliberations/batch", token: shop.token, body: cases.joined(separator: "\n"),
      fields: ["Content-Type": "application/x-ndjson"])
    #expect(lines.text.split(separator: "\n").count == 600)
    #expect(try pauses() >= 6)
    #expect(try shop.decide().status == 200)
  }

  @Test("where memory runs short the cache goes first, then batches, then new cases; each step is told, and taken back")
  func memory() async throws {
    let shop = try await Shop()
    func memory(batches: String, critical: String) -> String {
      "resources: {\(Self.look), memory_warning: 16MiB, memory_batches: \(batches), "
        + "memory_critical: \(critical)}\n"
    }
    func cache() throws -> String? { try shop.decide().json()["cache"] as? String }
    #expect(try cache() == "miss")
    #expect(try cache() == "hit")
    #expect(try shop.fallen() == [])

    try await shop.obey(memory(batches: "64GiB", critical: "65GiB"), until: 1)
    for _ in 0..<20 { #expect(try cache() == "miss") }
    let touched = try #require(try shop.decide().json()["degraded"] as? [[String: Any]])
    #expect(touched.map { $0["part"] as? String } == ["memory"] && touched[0]["level"] as? String == "reduced")
    #expect(try shop.batch().status == 200)
    #expect(try shop.fallen() == ["memory reduced"])

    try await shop.obey(memory(batches: "17MiB", critical: "65GiB"), until: 2)
    let batch = try shop.batch()
    #expect(batch.status == 503 && batch["Retry-After"] != nil)
    #expect(try (batch.json()["detail"] as? String)?.contains("short of memory") == true, "\(batch.text)")
    #expect(try cache() == "miss")
    #expect(try shop.fallen() == ["memory restricted"])
    #expect(try shop.server.call("GET", "/readyz").status == 200)

    try await shop.obey(memory(batches: "17MiB", critical: "18MiB"), until: 3)
    #expect(try shop.batch().status == 503)
    #expect(try shop.decide().status == 503)
    #expect(try shop.server.call("GET", "/readyz").status == 503)
    #expect(try shop.fallen() == ["memory restricted"])

    try await shop.obey(Self.easy, until: 0)
    #expect(try cache() == "miss")
    #expect(try cache() == "hit")
    #expect(try shop.decide("and the trees").json()["degraded"] == nil)
    #expect(try shop.batch().status == 200)
    #expect(try shop.fallen() == [])
  }

  @Test("a running batch is refused from where room ran out, in the place of each case")
  func refusesLines() async throws {
    let shop = try await Shop()
    let lines = (0..<10).map { #"{"action": "water plant \#($0)"}"# + "\n" }.joined()
    var connection = try RawConnection(port: shop.server.port)
    try connection.send(
      "POST /v1/deliberations/batch HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(shop.token)\r\n"
        + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
    let chunk = "\(String(lines.utf8.count, radix: 16))\r\n\(lines)\r\n"
    func answer() throws -> String { String(decoding: try connection.bytes(through: Array("}\n".utf8)), as: UTF8.self) }
    try connection.send(chunk)
    for _ in 0..<10 { #expect(try answer().contains(#""id":"dlb_"#)) }
    try await shop.obey(Self.disk(warning: 4096, critical: 4095), until: 3)
    try connection.send(chunk + "0\r\n\r\n")
    for _ in 0..<10 {
      let line = try answer()
      #expect(line.contains("room on the disk") && line.contains("\"status\":503"), "\(line)")
    }
  }

  @Test("warnings that come after what they warn of are refused with their names")
  func order() async throws {
    let process = try RunningProcess(
      "witan", ["serve", "--data", "/nowhere"],
      environment: [
        "WITAN_RESOURCES_CPU_WARNING": "0.99", "WITAN_RESOURCES_DISK_WARNING": "1MiB",
        "WITAN_RESOURCES_MEMORY_WARNING": "32MiB", "WITAN_RESOURCES_MEMORY_BATCHES": "31MiB",
      ])
    #expect(try await process.waitForExit() == 1)
    for name in ["resources.cpu_critical", "resources.disk_critical", "resources.memory_batches"] {
      #expect(process.standardError.contains(name), "\(process.standardError)")
    }
  }

  @Test("an instance is taken out by a file, and back in when it is gone")
  func maintenance() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("out")
    let server = try await WitanServer(
      environment: ["WITAN_HTTP_MAINTENANCE_FILE": file.path, "WITAN_RESOURCES_INTERVAL": "2s"])
    try Data().write(to: file)
    let out = try server.call("GET", "/readyz")
    #expect(out.status == 503 && out.text.contains("maintenance"))
    #expect(try server.call("GET", "/livez").status == 200)
    try FileManager.default.removeItem(at: file)
    #expect(try server.call("GET", "/readyz").status == 200)
  }
}
