// Webhooks of the real executable, against a receiver that is written with Python's standard library and checks signatures
// as the Standard Webhooks specification says.
import Foundation
import TestSupport
import Testing

/// A receiver whose answer the test chooses, and what it has received.
private final class Receiver: Sendable {
  let folder: TemporaryFolder
  let process: RunningProcess
  let port: UInt16

  private static let program = """
    import base64, hashlib, hmac, json, os, sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    folder = sys.argv[1]
    lock, together, stuck = threading.Lock(), 0, None
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            global together, stuck
            with lock:
                together += 1
                now = together
            if os.path.exists(os.path.join(folder, "slow")): time.sleep(0.3)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with open(os.path.join(folder, "status")) as file: status = int(file.read())
            if os.path.exists(os.path.join(folder, "stuck")):
                stuck = stuck or self.headers["webhook-id"]
                if stuck == self.headers["webhook-id"]: status = 400
            with open(os.path.join(folder, "secret")) as file: secret = base64.b64decode(file.read().strip()[6:])
            signed = ".".join([self.headers["webhook-id"], self.headers["webhook-timestamp"], body.decode()])
            right = base64.b64encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest()).decode()
            line = json.dumps({"status": status, "right": self.headers["webhook-signature"] == "v1," + right,
                "header": self.headers["webhook-id"], "event": json.loads(body), "together": now})
            with lock:
                with open(os.path.join(folder, "received"), "a") as file: file.write(line + "\\n")
                together -= 1
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        def log_message(self, *arguments): pass
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver)
    print(server.server_address[1], "listens", flush=True)
    server.serve_forever()
    """

  init(_ folder: TemporaryFolder, status: Int, port: UInt16 = 0) async throws {
    self.folder = folder
    try Data().write(to: folder.file("received"))
    process = try RunningProcess(path: "/usr/bin/python3", ["-c", Self.program, folder.path, "\(port)"])
    try "\(status)".write(to: folder.file("status"), atomically: true, encoding: .utf8)
    try await process.waitForOutput("listens")
    self.port = try #require(UInt16(process.standardOutput.prefix { $0 != " " }))
  }

  func answer(_ status: Int) throws {
    try "\(status)".write(to: folder.file("status"), atomically: true, encoding: .utf8)
  }

  /// Everything that came, the refused included. A line is there once its end is.
  func received() throws -> [[String: Any]] {
    let written = try String(contentsOf: folder.file("received"), encoding: .utf8)
    return try written.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }

  /// The types of what was taken, each event once.
  func taken() throws -> [String] {
    var seen: Set<String> = []
    return try received().filter { $0["status"] as? Int == 200 }.compactMap { line in
      guard let event = line["event"] as? [String: Any], let id = event["id"] as? String, seen.insert(id).inserted
      else {
        return nil
      }
      return event["type"] as? String
    }
  }
}

@Suite("Webhooks")
struct WebhookTests {
  private let folder: TemporaryFolder
  private let receiver: Receiver
  private let environment: [String: String]

  init() async throws {
    folder = try TemporaryFolder()
    let secret = "whsec_" + Data("w8Zr1qYt5Xc7Nv2Jm9Kp4Ls6Hd3Gf0Bz".utf8).base64EncodedString()
    let file = folder.file("secret")
    try secret.write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    receiver = try await Receiver(folder, status: 200)
    environment = [
      "WITAN_WEBHOOKS_URLS": "http://127.0.0.1:\(receiver.port)/hook", "WITAN_WEBHOOKS_SECRET": file.path,
      "WITAN_OUTGOING_ALLOW_LOOPBACK": "true", "WITAN_WEBHOOKS_FIRST_DELAY": "20ms",
      "WITAN_WEBHOOKS_LONGEST_DELAY": "100ms",
    ]
  }

  private static let grave =
    #"{"action": "delete", "input": "Delete the production database for good.", "actor": "agent-7", "context": {"impact": "high"}}"#

  /// Opens a review and returns its path.
  private func escalate(_ server: WitanServer, _ token: String) throws -> String {
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: Self.grave)
    #expect(answer.status == 200)
    return try #require((try answer.json()["gate"] as? [String: Any])?["review"] as? String)
  }

  @Test("tell of reviews opened and closed and of changed weights, signed, each under an id of its own")
  func told() async throws {
    let server = try await WitanServer(environment: environment)
    let token = try await server.token("decider", "reviewer", "admin", "auditor")
    let review = try escalate(server, try await server.token("decider", subject: "shop"))
    #expect(try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "look"}"#).status == 200)
    let determined = try server.call(
      "POST", "\(review)/determine", token: token, body: #"{"determination": "halt", "rationale": "There is no copy."}"#
    )
    #expect(determined.status == 200)
    let changed = try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weights": {"risk": 2}, "reason": "Deletions in May."}"#,
      fields: ["If-Match": "*"])
    #expect(changed.status == 200)
    try await wait(for: "three announcements") { try receiver.taken().count >= 3 }
    let lines = try receiver.received()
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0["right"] as? Bool == true })
    var events: [String: [String: Any]] = [:]
    for line in lines {
      let event = try #require(line["event"] as? [String: Any])
      #expect(event["id"] as? String == line["header"] as? String)
      events[event["type"] as? String ?? ""] = event
    }
    let opened = try #require(events["review.opened"]?["data"] as? [String: Any])
    #expect("/v1/reviews/\(opened["review"] ?? "")" == review)
    #expect(opened["verdict"] as? String == "escalate")
    let closed = try #require(events["review.closed"]?["data"] as? [String: Any])
    #expect(closed["determination"] as? String == "halt")
    #expect(closed["by"] as? String == "tester")
    let weights = try #require(events["weights.changed"]?["data"] as? [String: Any])
    #expect((weights["weights"] as? [String: Any])?["risk"] as? Double == 2)
    #expect(weights["reason"] as? String == "Deletions in May.")
    let text = lines.map { "\($0)" }.joined()
    #expect(!text.contains("production database"), "an announcement tells the text of a case")
    // Each is an entry of the log, under the index that it names.
    let index = try #require(events["review.closed"]?["index"] as? Int)
    let entry = try server.call("GET", "/v1/audit/entries/\(index)", token: token)
    #expect(try entry.json()["type"] as? String == "review")
    #expect(try await server.stop() == 0)
  }

  @Test("are tried again until they are taken, while cases are decided as ever, and after the server was killed")
  func retried() async throws {
    try receiver.answer(500)
    var server = try await WitanServer(environment: environment.merging(["WITAN_WEBHOOKS_ATTEMPTS": "100"]) { $1 })
    let token = try await server.token("decider", "reviewer", "admin")
    for _ in 0..<5 { _ = try escalate(server, token) }
    try await wait(for: "repetitions") { try receiver.received().count > 10 }
    for _ in 0..<50 {
      #expect(try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "look"}"#).status == 200)
    }
    let status = try server.call("GET", "/v1/status", token: token).json()
    let standing = try #require((status["webhooks"] as? [[String: Any]])?.first)
    #expect(standing["pending"] as? Int == 5)
    #expect(standing["last_failure"] as? String == "it answered with status 500")
    server.process.signal(SIGKILL)
    _ = try await server.process.waitForExit()
    #expect(try receiver.taken().isEmpty)
    try receiver.answer(200)
    server = try await WitanServer(folder: server.folder, environment: environment)
    try await wait(for: "all of them") { try receiver.taken().count == 5 }
    // What was taken is not told again after a further restart; what comes next is.
    try await wait(for: "an end of the work") {
      let status = try server.call("GET", "/v1/status", token: token).json()
      return (status["webhooks"] as? [[String: Any]])?.first?["pending"] as? Int == 0
    }
    #expect(try await server.stop() == 0)
    let before = try receiver.received().count
    server = try await WitanServer(folder: server.folder, environment: environment)
    _ = try escalate(server, token)
    try await wait(for: "the next one") { try receiver.taken().count == 6 }
    #expect(try receiver.received().count == before + 1)
    #expect(try await server.stop() == 0)
  }

  @Test("that keep failing hold up no others for long, and after a kill what was told is not told again")
  func stuck() async throws {
    // The first that comes is refused while this is there.
    try Data().write(to: folder.file("stuck"))
    let patient = environment.merging(["WITAN_WEBHOOKS_ATTEMPTS": "100", "WITAN_WEBHOOKS_PENDING": "2"]) { $1 }
      .merging(["WITAN_WEBHOOKS_FIRST_DELAY": "200ms", "WITAN_WEBHOOKS_LONGEST_DELAY": "4s"]) { $1 }
    var server = try await WitanServer(environment: patient)
    let token = try await server.token("decider", "admin")
    _ = try escalate(server, token)
    try await wait(for: "the first") { try !receiver.received().isEmpty }
    for _ in 0..<140 { _ = try escalate(server, token) }
    // 64 times what may be on its way at once, the one that fails included.
    try await wait(for: "the others", within: .seconds(120)) { try receiver.taken().count >= 127 }
    try await Task.sleep(for: .seconds(1))
    #expect(try receiver.taken().count == 127)
    func progress() throws -> [String: Any] {
      let file = try Data(contentsOf: server.folder.file("webhooks.json"))
      let all = try JSONSerialization.jsonObject(with: file) as? [String: [String: Any]]
      return try #require(all?.values.first)
    }
    let first = try #require((try receiver.received()[0]["event"] as? [String: Any])?["index"] as? Int)
    #expect(try progress()["open"] as? [Int] == [first])
    #expect(try #require(progress()["next"] as? Int) > first + 126)
    server.process.signal(SIGKILL)
    _ = try await server.process.waitForExit()
    server = try await WitanServer(folder: server.folder, environment: patient)
    try await wait(for: "the rest", within: .seconds(60)) { try receiver.taken().count == 140 }
    try FileManager.default.removeItem(at: folder.file("stuck"))
    try await wait(for: "all of them", within: .seconds(60)) { try receiver.taken().count == 141 }
    let taken = try receiver.received().filter { $0["status"] as? Int == 200 }
    #expect(taken.count == 141, "each once")
    try await wait(for: "an end of the work") { try (progress()["open"] as? [Int]) == [] }
    #expect(try await server.stop() == 0)
  }

  @Test("of several instances have ids of their own, and a change that all take over is told once, by whoever made it")
  func instances() async throws {
    let instances = try await Instances(2, environment: environment)
    let token = instances.admin
    for number in 0..<2 {
      let risk = 2.25 + Double(number)
      #expect(try instances.setRisk(number, to: risk).status == 200)
      try await wait(for: "the weights at the other") { try instances.weights(1 - number).risk == risk }
    }
    for number in 0..<2 {
      for _ in 0..<3 { _ = try escalate(instances.servers[number], token) }
    }
    // Two changes and six reviews.
    try await wait(for: "all of them") { try receiver.taken().count >= 8 }
    try await Task.sleep(for: .seconds(1))
    let events = try receiver.received().compactMap { $0["event"] as? [String: Any] }
    #expect(events.count == 8 && Set(events.compactMap { $0["id"] as? String }).count == 8)
    #expect(events.count { $0["type"] as? String == "weights.changed" } == 2)
    let indices = events.compactMap { $0["index"] as? Int }
    #expect(Set(indices).count < indices.count, "else ids could follow from the place in the log: \(indices)")
  }

  @Test("that cannot be delivered are put on record, and the others go on")
  func dead() async throws {
    try receiver.answer(503)
    let server = try await WitanServer(environment: environment.merging(["WITAN_WEBHOOKS_ATTEMPTS": "3"]) { $1 })
    let token = try await server.token("decider", "auditor", "admin")
    _ = try escalate(server, token)
    func letters() throws -> [[String: Any]] {
      let page = try server.call("GET", "/v1/audit/entries?type=dead_letter", token: token).json()
      return page["entries"] as? [[String: Any]] ?? []
    }
    try await wait(for: "a dead letter") { try letters().count == 1 }
    let body = try #require(try letters()[0]["body"] as? [String: Any])
    #expect(body["attempts"] as? Int == 3)
    #expect(body["last"] as? String == "it answered with status 503")
    #expect(body["type"] as? String == "review.opened")
    #expect(try receiver.received().count == 3)
    try receiver.answer(200)
    _ = try escalate(server, token)
    try await wait(for: "the next one") { try receiver.taken().count == 1 }
    // The receiver has it a moment before the server knows.
    try await wait(for: "the figures of both") {
      let status = try server.call("GET", "/v1/status", token: token).json()
      let standing = (status["webhooks"] as? [[String: Any]])?.first
      return standing?["dead"] as? Int == 1 && standing?["delivered"] as? Int == 1
    }
    #expect(try await server.stop() == 0)
  }

  /// The breaker before the receiver, as the status shows it.
  private func breaker(_ server: WitanServer, _ token: String) throws -> (name: String, state: String, openings: Int) {
    let status = try server.call("GET", "/v1/status", token: token).json()
    let name = (status["webhooks"] as? [[String: Any]])?.first?["breaker"] as? String ?? ""
    let breaker = (status["breakers"] as? [[String: Any]])?.first { $0["name"] as? String == name }
    return (name, breaker?["state"] as? String ?? "", breaker?["openings"] as? Int ?? 0)
  }

  @Test(
    "leave a receiver alone that fails, by a breaker that is seen and can be closed; nothing is lost by waiting for it")
  func resting() async throws {
    try receiver.answer(500)
    let server = try await WitanServer(
      environment: environment.merging([
        "WITAN_WEBHOOKS_ATTEMPTS": "9", "WITAN_WEBHOOKS_FIRST_DELAY": "50ms", "WITAN_WEBHOOKS_LONGEST_DELAY": "20s",
      ]) { $1 })
    let token = try await server.token("decider", "admin", "auditor")
    for _ in 0..<8 { _ = try escalate(server, token) }
    // Each probe that fails doubles the pause: 50 ms, 100 ms, … 6.4 s.
    try await wait(for: "an open breaker", within: .seconds(60)) {
      let breaker = try breaker(server, token)
      return breaker.state == "open" && breaker.openings >= 8
    }
    let (name, _, _) = try breaker(server, token)
    #expect(name.hasPrefix("webhook.127.0.0.1") && !name.contains("hook/") && !name.contains("/"))
    let status = try server.call("GET", "/v1/status", token: token).json()
    let parts = (status["degradation"] as? [String: Any])?["parts"] as? [[String: Any]] ?? []
    #expect(parts.contains { $0["part"] as? String == name && $0["level"] as? String == "reduced" }, "\(parts)")
    // Four calls opened it, as many may have been under way, and one for each probe: without a breaker it would be seventy.
    #expect(try receiver.received().count <= 4 + 8 + 8)
    let began = ContinuousClock.now
    #expect(try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "look"}"#).status == 200)
    #expect(ContinuousClock.now - began < .seconds(1))
    try receiver.answer(200)
    let reset = try server.call("POST", "/v1/admin/breakers/\(name)/reset", token: token)
    #expect(reset.status == 200, "\(reset.text)")
    try await wait(for: "all of them", within: .seconds(60)) { try receiver.taken().count == 8 }
    #expect(try breaker(server, token).state == "closed")
    let letters = try server.call("GET", "/v1/audit/entries?type=dead_letter", token: token).json()
    #expect((letters["entries"] as? [Any])?.count == 0)
    #expect(try await server.stop() == 0)
  }

  @Test("call an address so many times at once and no more, and a dead letter says how often it was tried")
  func bounded() async throws {
    try Data().write(to: folder.file("slow"))
    let server = try await WitanServer(environment: environment.merging(["WITAN_WEBHOOKS_CALLS": "2"]) { $1 })
    let token = try await server.token("decider", "admin", "auditor")
    for _ in 0..<8 { _ = try escalate(server, token) }
    try await wait(for: "all of them", within: .seconds(30)) { try receiver.taken().count == 8 }
    let together = try receiver.received().compactMap { $0["together"] as? Int }
    #expect(together.max() == 2, "\(together)")
    // Nobody wants it any more: it is not tried again.
    try receiver.answer(410)
    _ = try escalate(server, token)
    var letters: [[String: Any]] = []
    try await wait(for: "a dead letter") {
      let page = try server.call("GET", "/v1/audit/entries?type=dead_letter", token: token).json()
      letters = page["entries"] as? [[String: Any]] ?? []
      return letters.count == 1
    }
    #expect((letters[0]["body"] as? [String: Any])?["attempts"] as? Int == 1)
    #expect(try breaker(server, token).state == "closed", "it has answered")
    #expect(try await server.stop() == 0)
  }

  @Test("go to https only, unless calls to this machine are allowed, and make their secret where there is none")
  func settings() async throws {
    let folder = try TemporaryFolder()
    func start(_ url: String, loopback: Bool) throws -> RunningProcess {
      try RunningProcess(
        "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path],
        environment: ["WITAN_WEBHOOKS_URLS": url, "WITAN_OUTGOING_ALLOW_LOOPBACK": "\(loopback)"])
    }
    for url in ["http://hooks.example/x", "ftp://hooks.example/x", "hooks"] {
      let process = try start(url, loopback: false)
      #expect(try await process.waitForExit() == 1)
      #expect(process.standardError.contains("webhooks.urls"), "\(process.standardError)")
    }
    let process = try start("http://127.0.0.1:9/x", loopback: true)
    try await process.waitForOutput("log key")
    let key = folder.file("keys/webhook.key")
    #expect(try String(contentsOf: key, encoding: .utf8).hasPrefix("whsec_"))
    let mode = try FileManager.default.attributesOfItem(atPath: key.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
  }
}
