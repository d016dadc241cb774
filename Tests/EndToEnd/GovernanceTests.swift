// Weights: changed against a version, in force at once, taken back by a further version, kept over a restart.
import Foundation
import TestSupport
import Testing

@Suite("Governing the weights")
struct GovernanceTests {
  private func weights(_ server: WitanServer, _ token: String) throws -> (version: Int, tag: String, risk: Double) {
    let answer = try server.call("GET", "/v1/weights", token: token)
    let body = try answer.json()
    let risk = (body["weights"] as? [String: Double])?["risk"]
    return (try #require(body["version"] as? Int), try #require(answer["ETag"]), try #require(risk))
  }

  private func change(_ server: WitanServer, _ token: String, _ risk: Double, tag: String?) throws -> RawAnswer {
    try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weights": {"risk": \#(risk)}, "reason": "An incident."}"#,
      fields: tag.map { ["If-Match": $0] } ?? [:])
  }

  @Test("a change is in force for the next deliberation, and makes what was remembered unreachable")
  func inForceAtOnce() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin", "decider")
    func decide() throws -> [String: Any] {
      try server.call("POST", "/v1/deliberations", token: admin, body: #"{"action": "water the plants"}"#).json()
    }
    let before = try decide()
    #expect(before["cache"] as? String == "miss")
    #expect(try decide()["cache"] as? String == "hit")
    let (version, tag, _) = try weights(server, admin)
    #expect(before["weights_version"] as? Int == version)
    let nothing = try server.call(
      "PUT", "/v1/weights", token: admin, body: #"{"weights": {}, "reason": "None."}"#, fields: ["If-Match": tag])
    #expect(nothing.status == 422 && nothing.text.contains("at least 1 member"), "\(nothing.text)")
    #expect(try change(server, admin, 2.5, tag: tag).status == 200)
    let after = try decide()
    #expect(after["weights_version"] as? Int == version + 1)
    #expect(after["cache"] as? String == "miss")
    let risk = (after["opinions"] as? [[String: Any]])?.first { $0["critic"] as? String == "risk" }
    #expect(risk?["weight"] as? Double == 2.5)
  }

  @Test("a change needs the version that it is made against, and a stale one is refused")
  func compareAndSet() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let (_, tag, _) = try weights(server, admin)
    #expect(try change(server, admin, 2, tag: nil).status == 428)
    #expect(try change(server, admin, 2, tag: tag).status == 200)
    #expect(try change(server, admin, 3, tag: tag).status == 412)
    #expect(try weights(server, admin).risk == 2)
  }

  @Test("weights out of bounds and critics that do not exist are refused, each by its pointer")
  func bounds() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let tag = try weights(server, admin).tag
    let answer = try server.call(
      "PUT", "/v1/weights", token: admin, body: #"{"weights": {"risk": 11, "rigths": 1}, "reason": "x"}"#,
      fields: ["If-Match": tag])
    #expect(answer.status == 422)
    let pointers = (try answer.json()["errors"] as? [[String: String]])?.compactMap { $0["pointer"] }
    #expect(pointers.map { Set($0) } == ["/weights/risk", "/weights/rigths"])
  }

  @Test("a rollback is a new version, and the history survives a restart")
  func rollback() async throws {
    let first = try await WitanServer()
    let admin = try await first.token("admin")
    let start = try weights(first, admin)
    #expect(try change(first, admin, 4, tag: start.tag).status == 200)
    let now = try weights(first, admin)
    let back = try first.call(
      "POST", "/v1/weights/rollback", token: admin, body: #"{"version": \#(start.version), "reason": "Too strict."}"#,
      fields: ["If-Match": now.tag])
    #expect(back.status == 200, "\(back.text)")
    #expect(try await first.stop() == 0)
    let second = try await WitanServer(folder: first.folder)
    let after = try weights(second, admin)
    #expect(after.version == start.version + 2)
    #expect(after.risk == start.risk)
    let history = try second.call("GET", "/v1/weights/history", token: admin).json()
    #expect((history["versions"] as? [[String: Any]])?.compactMap { $0["by"] as? String } == ["tester", "tester"])
  }

  // MARK: Constitutions

  /// The constitution in force as one can edit it, and its tag.
  private func constitution(_ server: WitanServer, _ admin: String) throws -> (document: [String: Any], tag: String) {
    let answer = try server.call("GET", "/v1/constitution", token: admin)
    return (try answer.json(), try #require(answer["ETag"]))
  }

  private func put(_ server: WitanServer, _ admin: String, _ document: [String: Any], tag: String) throws -> RawAnswer {
    let body = try JSONSerialization.data(withJSONObject: ["constitution": document, "reason": "The board decided so."])
    return try server.call(
      "PUT", "/v1/constitution", token: admin, body: String(decoding: body, as: UTF8.self), fields: ["If-Match": tag])
  }

  /// The same document with another value, which the path leads to.
  private func changed(_ document: [String: Any], _ path: String..., to value: Any) -> [String: Any] {
    func set(_ object: [String: Any], _ path: ArraySlice<String>) -> [String: Any] {
      var object = object
      guard let name = path.first else { return object }
      object[name] = path.count == 1 ? value : set(object[name] as? [String: Any] ?? [:], path.dropFirst())
      return object
    }
    return set(document, path[...])
  }

  @Test("the weights follow a new constitution where the old one had the say, on record, and stay so after a restart")
  func following() async throws {
    let first = try await WitanServer()
    let admin = try await first.token("admin")
    // An administrator's own value stays, whatever the constitution gives.
    #expect(try change(first, admin, 2, tag: try weights(first, admin).tag).status == 200)
    let (document, tag) = try constitution(first, admin)
    var other = changed(document, "critics", "rights", "weight", to: 4)
    other = changed(other, "critics", "risk", "weight", to: 3)
    #expect(try put(first, admin, other, tag: tag).status == 200)
    func inForce(_ server: WitanServer) throws -> [String: Double] {
      try #require(try server.call("GET", "/v1/weights", token: admin).json()["weights"] as? [String: Double])
    }
    let now = try inForce(first)
    #expect(now["rights"] == 4 && now["risk"] == 2 && now["truth"] == 1)
    let history = try first.call("GET", "/v1/weights/history", token: admin).json()
    let last = try #require((history["versions"] as? [[String: Any]])?.last)
    #expect(last["version"] as? Int == 3 && last["by"] as? String == "tester")
    #expect((last["reason"] as? String)?.contains("follow the constitution sha256:") == true)

    let back = try first.call(
      "POST", "/v1/constitution/rollback", token: admin, body: #"{"sequence": 1, "reason": "Too strict."}"#,
      fields: ["If-Match": "*"])
    #expect(back.status == 200, "\(back.text)")
    #expect(try inForce(first)["rights"] == 1)
    #expect(try constitution(first, admin).tag == tag)
    let again = try first.call(
      "POST", "/v1/constitution/rollback", token: admin, body: #"{"sequence": 3, "reason": "It is in force."}"#,
      fields: ["If-Match": "*"])
    #expect(again.status == 409)
    let earlier = try first.call("GET", "/v1/constitution?sequence=2", token: admin)
    let seat = (try earlier.json()["critics"] as? [String: [String: Any]])?["rights"]
    #expect(seat?["weight"] as? Double == 4)
    #expect(try first.call("GET", "/v1/constitution?sequence=9", token: admin).status == 404)

    let before = try weights(first, admin)
    #expect(try await first.stop() == 0)
    let second = try await WitanServer(folder: first.folder)
    #expect(try weights(second, admin).version == before.version)
    #expect(try inForce(second)["rights"] == 1 && inForce(second)["risk"] == 2)
  }

  @Test("a constitution that is found at the start is followed too, and one that the log knows changes nothing")
  func found() async throws {
    let first = try await WitanServer()
    let admin = try await first.token("admin")
    #expect(try await first.stop() == 0)
    let policies = try TemporaryFolder()
    let text = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "policies/constitution.yaml"), encoding: .utf8)
    try text.replacing("    weight: 1.0\n", with: "    weight: 2.0\n", maxReplacements: 1)
      .write(to: policies.file("constitution.yaml"), atomically: true, encoding: .utf8)
    let second = try await WitanServer(["--policies", policies.path], folder: first.folder)
    func values(_ server: WitanServer) throws -> (version: Int, [Double]) {
      let answer = try server.call("GET", "/v1/weights", token: admin).json()
      let weights = try #require(answer["weights"] as? [String: Double])
      return (try #require(answer["version"] as? Int), weights.values.sorted())
    }
    let (version, weights) = try values(second)
    #expect(version == 2 && weights.last == 2 && weights.dropLast().allSatisfy { $0 == 1 })
    let entries = try second.call("GET", "/v1/audit/entries?type=weights", token: try await second.token("auditor"))
      .json()
    #expect((entries["entries"] as? [Any])?.count == 1)
    #expect(try await second.stop() == 0)
    // Without the folder: the log says what is in force.
    let third = try await WitanServer(folder: first.folder)
    let (same, stay) = try values(third)
    #expect(same == 2 && stay == weights)
    let history = try third.call("GET", "/v1/weights/history", token: admin).json()
    let initial = (history["initial"] as? [String: Any])?["weights"] as? [String: Double]
    #expect(initial?.values.allSatisfy { $0 == 1 } == true)
  }

  @Test(
    "a preview tells of gates that would open although the verdict stays, and how far it has come to whoever asks for events"
  )
  func gates() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let decider = try await server.token("decider")
    let posted = try server.call(
      "POST", "/v1/deliberations", token: decider,
      body:
        #"{"action": "answer", "context": {"claims": ["sales rose 5 percent"], "evidence": ["sales fell 5 percent"]}}"#
    )
    let answer = try posted.json()
    #expect((answer["gate"] as? [String: Any])?["open"] as? Bool == false, "\(posted.text)")
    let document = changed(try constitution(server, admin).document, "grading", "escalates_from", to: 3)
    let body = String(
      decoding: try JSONSerialization.data(withJSONObject: ["constitution": document, "last": 10]), as: UTF8.self)
    let report = try server.call("POST", "/v1/constitution/preview", token: admin, body: body)
    let transitions = try #require(try report.json()["transitions"] as? [[String: Any]])
    #expect(try report.json()["changed"] as? Int == 1, "\(report.text)")
    #expect(transitions.first?["gate_from"] as? String != "open" && transitions.first?["gate_to"] as? String == "open")
    let events = try server.call(
      "POST", "/v1/constitution/preview", token: admin, body: body, fields: ["Accept": "text/event-stream"])
    #expect(events.text.contains("event: progress\ndata: {\"done\":1,\"of\":1}\n"), "\(events.text)")
    #expect(events.text.contains("event: report\ndata: \(report.text)"))
  }

  @Test("a preview ends when whoever follows it or waits for it goes away", arguments: [true, false])
  func abandoned(isFollowed: Bool) async throws {
    let server = try await WitanServer(environment: ["WITAN_HTTP_HANGUP_GRACE": "10ms"])
    let (admin, decider) = (try await server.token("admin"), try await server.token("decider"))
    let count = repetitions(10_000)
    let lines = (0..<count).map { #"{"action": "refuse the loan of applicant \#($0)"}"# }.joined(separator: "\n")
    let batch = try server.call(
      "POST", "/v1/deliberations/batch", token: decider, body: lines, fields: ["Content-Type": "application/x-ndjson"])
    #expect(batch.status == 200)
    let body = #"{"weights": {"risk": 2}, "last": \#(count)}"#
    func spent() throws -> Int {
      let line = try String(contentsOfFile: "/proc/\(server.process.identifier)/stat", encoding: .utf8)
      let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
      return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }
    func quiet() async throws -> Int {
      var (last, now) = (-100, try spent())
      while now - last > 1 {
        try await Task.sleep(for: .milliseconds(300))
        (last, now) = (now, try spent())
      }
      return now
    }
    let begin = try await quiet()
    #expect(try server.call("POST", "/v1/weights/preview", token: admin, body: body).status == 200)
    let whole = try await quiet() - begin
    let before = try await quiet()
    do {
      let connection = try RawConnection(port: server.port)
      if isFollowed { connection.resetWhenClosed() }
      try connection.send(
        "POST /v1/weights/preview HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(admin)\r\n"
          + (isFollowed ? "Accept: text/event-stream\r\n" : "")
          + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      if isFollowed { try await Task.sleep(for: .milliseconds(30)) }
    }
    let abandoned = try await quiet() - before
    #expect(abandoned * 2 < whole, "\(abandoned) of \(whole) ticks")
  }

  @Test("a constitution's document is never erased, and a review whose case was erased can only be halted")
  func erasures() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let kept = try server.call("DELETE", "/v1/audit/payloads/0?ground=x", token: admin)
    #expect(kept.status == 409 && kept.text.contains("constitution"), "\(kept.text)")

    let posted = try server.call(
      "POST", "/v1/deliberations", token: try await server.token("decider"),
      body: #"{"kind": "tool_call", "action": "shell", "input": "rm -rf /", "actor": "agent-7"}"#
    ).json()
    let review = try #require((posted["gate"] as? [String: Any])?["review"] as? String)
    let index = try #require((posted["receipt"] as? [String: Any])?["index"] as? Int)
    #expect(try server.call("DELETE", "/v1/audit/payloads/\(index)?ground=x", token: admin).status < 300)
    let reviewer = try await server.token("reviewer", subject: "rita")
    func determine(_ what: String) throws -> RawAnswer {
      try server.call(
        "POST", "\(review)/determine", token: reviewer,
        body: #"{"determination": "\#(what)", "rationale": "It is gone."}"#)
    }
    let refused = try determine("proceed")
    #expect(refused.status == 409 && refused.text.contains("erased"), "\(refused.text)")
    #expect(try determine("halt").status == 200)
  }
}
