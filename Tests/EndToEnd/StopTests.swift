// How a running Witan ends and what it tells systemd: nothing is lost, nothing is half said.
import Foundation
import TestSupport
import Testing

@Suite("Stopping")
struct StopTests {
  /// What one client saw until its connection was gone.
  private struct Seen: Sendable {
    var answered: [String] = []
    /// What had arrived of an answer that never became whole.
    var half: String?
  }

  /// Posts on one connection after another until there is none to be had any more.
  private static func post(to port: UInt16, token: String, number: Int) -> Seen {
    var seen = Seen()
    while true {
      do {
        var connection = try RawConnection(port: port)
        while try post(on: &connection, token, number, &seen) {}
      } catch RawConnection.Failure.closed(let after) {
        if !after.isEmpty { seen.half = after }
      } catch RawConnection.Failure.connect {
        return seen
      } catch {}
    }
  }

  /// Whether another may follow on this connection.
  private static func post(
    on connection: inout RawConnection, _ token: String, _ number: Int, _ seen: inout Seen
  ) throws -> Bool {
    let body = #"{"action": "note \#(number)-\#(seen.answered.count)", "options": {"cache": "bypass"}}"#
    try connection.send(
      "POST /v1/deliberations HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    let answer = try connection.answer()
    guard answer.status == 200, let id = try answer.json()["id"] as? String else { return false }
    seen.answered.append(id)
    return answer["Connection"] != "close"
  }

  @Test("under load loses no answer and leaves none half: what was answered is in the log, and the log is whole")
  func underLoad() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let port = server.port
    async let seen = withTaskGroup(of: Seen.self) { group in
      for number in 0..<8 {
        group.addTask {
          await withCheckedContinuation { continuation in
            Thread.detachNewThread {
              continuation.resume(
                returning: Self.post(to: port, token: token, number: number))
            }
          }
        }
      }
      return await group.reduce(into: [Seen]()) { $0.append($1) }
    }
    let auditor = try await server.token("auditor")
    try await wait(for: "load") {
      let stats = try server.call("GET", "/v1/audit/stats", token: auditor).json()
      return (stats["size"] as? Int ?? 0) > 200
    }
    #expect(try await server.stop() == 0)
    let all = await seen
    for each in all { #expect(each.half == nil && !each.answered.isEmpty, "\(each.half ?? "")") }
    let export = try RunningProcess("witan", ["audit", "export", "--data", server.folder.path])
    #expect(try await export.waitForExit() == 0)
    let log = export.standardOutput
    let logged = Set(log.matches(of: /dlb_[a-z0-9]{26}/).map { String($0.0) })
    for id in all.flatMap(\.answered) { #expect(logged.contains(id), "\(id)") }
    let verify = try RunningProcess("witan", ["audit", "verify", "--data", server.folder.path])
    #expect(try await verify.waitForExit() == 0, "\(verify.standardOutput)")
  }

  @Test("ends a long batch in order: what is not decided any more is a refusal in its place")
  func batch() async throws {
    let server = try await WitanServer(environment: ["WITAN_HTTP_DRAIN_DEADLINE": "60s"])
    let token = try await server.token("decider")
    let folder = try TemporaryFolder()
    let lines = 20_000
    let cases = (0..<lines).map { #"{"action": "note \#($0)", "options": {"cache": "bypass"}}"# + "\n" }.joined()
    try Data(cases.utf8).write(to: folder.file("cases.ndjson"))
    let client = try RunningProcess(
      path: "/usr/bin/curl",
      [
        "-sS", "-H", "Authorization: Bearer \(token)", "-H", "Content-Type: application/x-ndjson",
        "-H", "Accept: application/x-ndjson", "--data-binary", "@\(folder.file("cases.ndjson").path)",
        "http://127.0.0.1:\(server.port)/v1/deliberations/batch",
      ])
    try await client.waitForOutput(#""verdict""#)
    #expect(try await server.stop() == 0)
    #expect(try await client.waitForExit() == 0, "\(client.standardError)")
    let answers = client.standardOutput.split(separator: "\n")
    #expect(answers.count == lines)
    let firstRefusal = answers.firstIndex { $0.contains(#""status":503"#) } ?? answers.count
    #expect(firstRefusal < lines, "the batch was over before the server was stopped")
    #expect(answers[firstRefusal...].allSatisfy { $0.contains(#""title":"Stopping""#) })
    let decided = answers[..<firstRefusal].compactMap { $0.firstMatch(of: /dlb_[a-z0-9]{26}/).map { String($0.0) } }
    #expect(decided.count == firstRefusal)
    let export = try RunningProcess("witan", ["audit", "export", "--data", server.folder.path])
    #expect(try await export.waitForExit() == 0)
    let logged = Set(export.standardOutput.matches(of: /dlb_[a-z0-9]{26}/).map { String($0.0) })
    #expect(logged == Set(decided), "no case is in the log whose answer was not given")
  }

  /// Takes connections, and never says a word.
  private static let mute = #"""
    import socket
    listener = socket.create_server(("127.0.0.1", 0))
    print("port", listener.getsockname()[1], ".", flush=True)
    held = []
    while True:
        held.append(listener.accept())
        print("asked", flush=True)
    """#

  @Test("waits for nobody outside: a collector that never answers costs an idle server some seconds at most")
  func muteCollector() async throws {
    let folder = try TemporaryFolder()
    try Data(Self.mute.utf8).write(to: folder.file("mute.py"))
    let collector = try RunningProcess(path: "/usr/bin/python3", [folder.file("mute.py").path])
    try await collector.waitForOutput(" .\n")
    let port = collector.standardOutput.split(separator: " ")[1]
    let server = try await WitanServer(environment: [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)", "WITAN_OUTGOING_ALLOW_LOOPBACK": "true",
      "WITAN_TELEMETRY_TRACES_DELAY": "50ms",
    ])
    _ = try server.call("GET", "/livez")
    try await collector.waitForOutput("asked")
    for _ in 0..<20 { _ = try server.call("GET", "/livez") }
    let began = ContinuousClock.now
    #expect(try await server.stop() == 0)
    #expect(ContinuousClock.now - began < .seconds(10))
    collector.signal(SIGTERM)
  }

  @Test("fits into the time that deploy/ grants it")
  func graces() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: Fixtures.packageRoot.appending(path: path), encoding: .utf8)
    }
    func number(_ pattern: Regex<(Substring, Substring)>, _ path: String) throws -> Int {
      try #require(text(path).firstMatch(of: pattern).flatMap { Int($0.1) }, "\(path)")
    }
    let drain = try number(/`http\.drain_deadline` \|[^|]*\| `(\d+)s`/, "docs/configuration.md")
    // Beyond the drain: what Service.rest grants, and what the disk takes for the last entry.
    let needed = drain + 3 + 5
    let pause = try number(/preStop: \{sleep: \{seconds: (\d+)\}\}/, "deploy/kubernetes/witan.yaml")
    #expect(try number(/TimeoutStopSec=(\d+)s/, "deploy/systemd/witan.service") >= needed)
    #expect(try number(/stop_grace_period: (\d+)s/, "deploy/compose/compose.yaml") >= needed)
    #expect(try number(/terminationGracePeriodSeconds: (\d+)/, "deploy/kubernetes/witan.yaml") >= needed + pause)
  }

  private static let listener = #"""
    import socket, sys
    notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notices.bind(sys.argv[1])
    print("bound", flush=True)
    while True:
        print(notices.recv(4096).decode().replace("\n", " "), flush=True)
    """#

  @Test("and starting, reloading and living are told to systemd")
  func notices() async throws {
    let folder = try TemporaryFolder()
    try Data(Self.listener.utf8).write(to: folder.file("listener.py"))
    let path = folder.path + "/notify"
    let systemd = try RunningProcess(path: "/usr/bin/python3", [folder.file("listener.py").path, path])
    try await systemd.waitForOutput("bound")
    let server = try await WitanServer(environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"])
    try await systemd.waitForOutput("READY=1 STATUS=Listening on 127.0.0.1:\(server.port)")
    func count(_ word: String) -> Int { systemd.standardOutput.components(separatedBy: word).count - 1 }
    let alive = count("WATCHDOG=1")
    try await wait(for: "signs of life") { count("WATCHDOG=1") >= alive + 3 }
    server.process.signal(SIGHUP)
    try await systemd.waitForOutput("RELOADING=1 MONOTONIC_USEC=")
    try await wait(for: "readiness after the reload") { count("READY=1") >= 2 }
    #expect(try await server.stop() == 0)
    try await systemd.waitForOutput("STOPPING=1")
    systemd.signal(SIGTERM)
  }
}
