// Following a deliberation: server-sent events for one case, a WebSocket for many.
import Foundation
import TestSupport
import Testing

@Suite("Following deliberations")
struct StreamTests {
  private static let letter =
    #"{"action": "send_email", "input": "Your parcel arrives on Tuesday.", "actor": "agent-7"}"#

  struct Event {
    var name = ""
    var data = ""
  }

  private func events(_ text: String) -> [Event] {
    text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { block in
      var event = Event()
      for line in block.split(separator: "\n") {
        if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
        if line.hasPrefix("data: ") { event.data += line.dropFirst(6) }
      }
      return event
    }
  }

  @Test("events tell every stage in its order, and the last is the plain answer, byte for byte")
  func serverSentEvents() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    // Under a key the same deliberation can be had both ways.
    func post(_ fields: [String: String]) throws -> RawAnswer {
      try server.call("POST", "/v1/deliberations", token: token, body: Self.letter, fields: fields)
    }
    for _ in 0..<2 {
      let followed = try post(["Accept": "text/event-stream", "Idempotency-Key": "letter"])
      #expect(followed.status == 200, "\(followed.text)")
      #expect(followed["Content-Type"] == "text/event-stream")
      let events = events(followed.text)
      let plain = try post(["Idempotency-Key": "letter"])
      #expect(events.last?.name == "answer")
      #expect(events.last?.data == plain.text)
    }
    for options in ["{}", #"{"cache": "bypass"}"#, #"{"dry_run": true}"#] {
      let body = Self.letter.dropLast() + #", "options": \#(options)}"#
      let followed = try server.call(
        "POST", "/v1/deliberations", token: token, body: String(body), fields: ["Accept": "text/event-stream"])
      let events = events(followed.text)
      let answer = try #require(
        try JSONSerialization.jsonObject(with: Data((events.last?.data ?? "").utf8)) as? [String: Any])
      let critics = (answer["opinions"] as? [[String: Any]] ?? []).compactMap { $0["critic"] as? String }
      #expect(critics.count > 5)
      let opinions = events.filter { $0.name == "opinion" }
      #expect(opinions.count == critics.count + ((answer["abstentions"] as? [Any])?.count ?? 0))
      let recorded = options.contains("dry_run") ? [] : ["receipt"]
      #expect(
        events.map(\.name) == ["evidence"] + opinions.map(\.name) + ["aggregation", "gate"] + recorded + ["answer"])
    }
  }

  @Test("what is wrong with a request is said before the stream begins")
  func refusals() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    for (body, status) in [
      (#"{"actoin": 1}"#, 422), ("{", 400), (#"{"action": "x", "options": {"critics": ["nobody"]}}"#, 422),
    ] {
      let answer = try server.call(
        "POST", "/v1/deliberations", token: token, body: body, fields: ["Accept": "text/event-stream"])
      #expect(answer.status == status)
      #expect(answer["Content-Type"] == "application/problem+json")
    }
  }

  @Test("a stage is sent when it is reached, while a slow critic still thinks")
  func asTheyHappen() async throws {
    let slow = try SlowCritic()
    let server = try await slow.server()
    let token = try await server.token("decider")
    var connection = try RawConnection(port: server.port)
    try connection.send(
      "POST /v1/deliberations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nAccept: text/event-stream\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(Self.letter.utf8.count)\r\n\r\n\(Self.letter)")
    // Evidence and the quick opinions are here while the slow critic has not been let go.
    _ = try connection.bytes(through: Array("event: evidence".utf8))
    _ = try connection.bytes(through: Array("event: opinion".utf8))
    slow.letGo()
    let rest = String(decoding: try connection.bytes(through: Array("event: answer\n".utf8)), as: UTF8.self)
    #expect(rest.contains(#""critic":"slow""#), "\(rest)")
    #expect(rest.contains("event: receipt"))
  }

  @Test("a WebSocket takes cases and gives stages and answers in their order; a bad one is a problem in its place")
  func webSocket() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    let client = try WebSocketClient(port: server.port, target: "/v1/stream", token: token)
    try client.send(Self.letter)
    try client.send(#"{"actoin": 1}"#)
    try client.send("{")
    try client.send(Self.letter)
    var finals: [[String: Any]] = []
    var texts: [String] = []
    var stages: [String] = []
    while finals.count < 4 {
      let text = try client.receive()
      let message = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      if let stage = message["stage"] as? String {
        stages.append("\(message["case"] as? Int ?? 0) \(stage)")
      } else {
        finals.append(message)
        texts.append(text)
      }
    }
    #expect(finals[0]["verdict"] as? String == "allow")
    #expect(finals[1]["status"] as? Int == 422 && (finals[1]["errors"] as? [Any])?.count == 2)
    #expect(finals[2]["status"] as? Int == 400)
    #expect(finals[3]["cache"] as? String == "hit")
    #expect(stages.first == "1 evidence" && stages.last == "4 receipt")
    #expect(!stages.contains { $0.hasPrefix("2") || $0.hasPrefix("3") })
    // The answer is that of the record.
    let id = try #require(finals[0]["id"] as? String)
    #expect(try server.call("GET", "/v1/deliberations/\(id)", token: token).status == 200)
    try client.close()
    #expect(try client.receiveClose() == 1000)
  }

  @Test("a WebSocket without stages gives answers only; too long a message ends it; who may not decide is refused")
  func limits() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let client = try WebSocketClient(port: server.port, target: "/v1/stream?stages=false", token: token)
    for _ in 0..<3 { try client.send(Self.letter) }
    for _ in 0..<3 { #expect(try client.receive().hasPrefix(#"{"id":"dlb_"#)) }
    try client.send(String(repeating: "x", count: (1 << 20) + 1))
    #expect(try client.receiveClose() == 1009)

    let auditor = try await server.token("auditor")
    for (token, status) in [(auditor, 403), ("x", 401)] {
      #expect(throws: WebSocketClient.Refused(status: status)) {
        _ = try WebSocketClient(port: server.port, target: "/v1/stream", token: token)
      }
    }
    #expect(try server.call("GET", "/v1/stream", token: token).status == 426)
  }

  @Test("a WebSocket ends when the token that opened it runs out")
  func expiry() async throws {
    // The leeway counts as life: none is given here.
    let server = try await WitanServer(environment: ["WITAN_TOKENS_LEEWAY": "0s"])
    let command = try RunningProcess(
      "witan",
      ["token", "create", "--role", "decider", "--subject", "x", "--ttl", "4s", "--data", server.folder.path])
    #expect(try await command.waitForExit() == 0)
    let token = command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    let client = try WebSocketClient(port: server.port, target: "/v1/stream?stages=false", token: token)
    try client.send(Self.letter)
    #expect(try client.receive().contains("verdict"))
    try await wait(for: "the token's end", within: .seconds(20)) {
      try server.call("GET", "/v1/critics", token: token).status == 401
    }
    try client.send(Self.letter)
    #expect(try client.receiveClose() == 1008)
  }
}

/// A critic over the network that answers when it is told to.
final class SlowCritic: Sendable {
  private let process: RunningProcess
  private let folder: TemporaryFolder
  private let port: String

  init() throws {
    folder = try TemporaryFolder()
    let program = """
      import http.server, json, os, sys, time
      class Handler(http.server.BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"
          def do_POST(self):
              question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
              while not os.path.exists(sys.argv[1]): time.sleep(0.005)
              ids = [item["id"] for item in question["cases"]]
              opinions = [{"id": each, "severity": 0.5, "confidence": 0.5, "concerns": []} for each in ids]
              body = json.dumps({"opinions": opinions}).encode()
              self.send_response(200)
              self.send_header("Content-Type", "application/json")
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)
          def log_message(self, *args): pass
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
      print("listening on", server.server_address[1], flush=True)
      server.serve_forever()
      """
    process = try RunningProcess(path: "/usr/bin/python3", ["-c", program, folder.file("go").path])
    let deadline = Date().addingTimeInterval(20)
    while !process.standardOutput.contains("\n"), Date() < deadline { usleep(5000) }
    port = process.standardOutput.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
  }

  func letGo() { _ = FileManager.default.createFile(atPath: folder.file("go").path, contents: nil) }

  /// A server on whose council it sits.
  func server(_ arguments: [String] = []) async throws -> WitanServer {
    let script = Fixtures.packageRoot.appending(path: "examples/remote_critic.py")
    let text = try String(contentsOf: script, encoding: .utf8)
    let start = try #require(text.range(of: "  brevity:"))
    let end = try #require(text.range(of: #"""""#, range: start.lowerBound..<text.endIndex))
    let seat = text[start.lowerBound..<end.lowerBound].replacing("brevity:", with: "slow:")
      .replacing("127.0.0.1:8090", with: "127.0.0.1:\(port)").replacing("deadline_ms: 500", with: "deadline_ms: 10000")
    let constitution = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "policies/constitution.yaml"), encoding: .utf8)
    try constitution.replacing("\ncritics:\n", with: "\ncritics:\n\(seat)")
      .write(to: folder.file("constitution.yaml"), atomically: true, encoding: .utf8)
    return try await WitanServer(
      ["--policies", folder.path] + arguments, environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"])
  }
}
