// Jobs against the real executable, which is killed and started again in the midst of them.
import Foundation
import TestSupport
import Testing

@Suite("Jobs")
struct JobTests {
  private static let ndjson = ["Content-Type": "application/x-ndjson"]

  /// Cases that differ.
  private static func cases(_ count: Int) -> String {
    (0..<count).map { #"{"action": "send_letter", "input": "letter \#($0)"}"# }.joined(separator: "\n")
  }

  private func create(
    _ server: WitanServer, _ token: String, _ body: String, key: String? = nil
  ) throws -> RawAnswer {
    var fields = Self.ndjson
    fields["Idempotency-Key"] = key
    return try server.call("POST", "/v1/jobs", token: token, body: body, fields: fields)
  }

  private func state(_ server: WitanServer, _ path: String, _ token: String) throws -> [String: Any] {
    try server.call("GET", path, token: token).json()
  }

  private func finish(_ server: WitanServer, _ path: String, _ token: String) async throws -> [String: Any] {
    try await wait(for: "the end of a job", within: .seconds(120)) {
      try state(server, path, token)["state"] as? String == "finished"
    }
    return try state(server, path, token)
  }

  private func results(_ server: WitanServer, _ path: String, _ token: String, query: String = "") throws
    -> [[String: Any]]
  {
    let answer = try server.call("GET", "\(path)/results\(query)", token: token)
    #expect(answer.status == 200)
    #expect(answer["Content-Type"] == "application/x-ndjson")
    return try answer.text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  private func count(_ server: WitanServer, _ type: String) async throws -> Int {
    let stats = try server.call("GET", "/v1/audit/stats", token: await server.token("auditor")).json()
    return (stats["types"] as? [String: Int])?[type] ?? 0
  }

  @Test("are taken at once and decided in order, with an error in the place of a case that is none")
  func whole() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let lines = [
      #"{"action": "water the plants"}"#, #"{"actoin": "x"}"#, "{", "",
      #"{"action": "greet", "options": {"receipt": "proof", "explain": true}}"#,
      #"{"action": "greet", "options": {"dry_run": true}}"#,
      #"{"action": "greet", "options": {"critics": ["nobody"]}}"#,
    ]
    let answer = try create(server, token, lines.joined(separator: "\n"))
    #expect(answer.status == 202)
    let path = try #require(answer["Location"])
    #expect(try answer.json()["cases"] as? Int == 6)
    let job = try await finish(server, path, token)
    #expect(job["done"] as? Int == 6)
    #expect(job["decided"] as? Int == 2)
    #expect(job["errors"] as? Int == 4)
    #expect((job["verdicts"] as? [String: Int])?["allow"] == 2)
    #expect(job["by"] as? String == "tester")
    #expect(job["ended"] is String)

    let results = try results(server, path, token)
    #expect(results.count == 6)
    #expect(results[0]["verdict"] as? String == "allow")
    #expect(results[0]["permit"] is String)
    let problems = results.map { $0["error"] as? [String: Any] }
    #expect(problems.map { $0?["status"] as? Int } == [nil, 422, 400, nil, 422, 422])
    let fields = (problems[1]?["errors"] as? [[String: Any]])?.compactMap { $0["pointer"] as? String }
    #expect(fields?.contains("/actoin") == true)
    #expect((results[3]["receipt"] as? [String: Any])?["checkpoint"] is String)
    #expect(results[3]["explanation"] != nil)
    // A result is the answer to a deliberation of its own.
    let id = try #require(results[0]["id"] as? String)
    #expect(try server.call("GET", "/v1/deliberations/\(id)", token: token).status == 200)
    #expect(try self.results(server, path, token, query: "?from=3").count == 3)
    #expect(try self.results(server, path, token, query: "?from=6").isEmpty)
    // The uploaded copy is gone once the job has ended.
    try await wait(for: "the erasure of the upload") { try await count(server, "erasure") == 1 }
    #expect(try self.results(server, path, token).count == 6)
    #expect(try await server.stop() == 0)
  }

  @Test("belong to who brought them: to others they do not exist")
  func owners() async throws {
    let server = try await WitanServer()
    let (mine, theirs) = (try await server.token("decider"), try await server.token("decider", subject: "other"))
    let path = try #require(try create(server, mine, Self.cases(1))["Location"])
    for token in [mine, try await server.token("auditor", subject: "auditor")] {
      #expect(try server.call("GET", path, token: token).status == 200)
      #expect((try server.call("GET", "/v1/jobs", token: token).json()["jobs"] as? [Any])?.count == 1)
    }
    #expect(try server.call("GET", path, token: theirs).status == 404)
    #expect(try server.call("GET", "\(path)/results", token: theirs).status == 404)
    #expect(try server.call("POST", "\(path)/cancel", token: theirs).status == 404)
    #expect((try server.call("GET", "/v1/jobs", token: theirs).json()["jobs"] as? [Any])?.isEmpty == true)
    #expect(try server.call("GET", "/v1/jobs/job_00000000000000000000000000", token: mine).status == 404)
    #expect(try await server.stop() == 0)
  }

  @Test("go on where they were after the server was killed, and record no case twice")
  func killed() async throws {
    let cases = max(3000, repetitions(6000))
    var server = try await WitanServer()
    let token = try await server.token("decider")
    let path = try #require(try create(server, token, Self.cases(cases))["Location"])
    var (kills, seen) = (0, 0)
    while kills < 3 {
      // Killed while a part is at work: something is done, not all, and more than at the last kill.
      let job = try state(server, path, token)
      guard let done = job["done"] as? Int, job["state"] as? String != "finished" else { break }
      guard done > seen else { continue }
      seen = done
      kills += 1
      server.process.signal(SIGKILL)
      _ = try await server.process.waitForExit()
      server = try await WitanServer(folder: server.folder)
      let after = try #require(try state(server, path, token)["done"] as? Int)
      #expect(after >= done, "a checkpoint was lost")
    }
    #expect(kills == 3, "the job was done before it could be killed")
    let job = try await finish(server, path, token)
    #expect(job["decided"] as? Int == cases)
    let results = try results(server, path, token)
    #expect(results.count == cases)
    #expect(Set(results.compactMap { $0["id"] as? String }).count == cases)
    #expect(results.allSatisfy { $0["verdict"] is String })
    // What counts is the log: as many deliberations as cases.
    #expect(try await count(server, "deliberation") == cases)
    #expect(try await server.stop() == 0)
    let verify = try RunningProcess("witan", ["audit", "verify", "--data", server.folder.path])
    #expect(try await verify.waitForExit() == 0, "\(verify.standardOutput)\(verify.standardError)")
  }

  @Test("can be held up, let go on and ended; what is held up stays so over a restart")
  func changes() async throws {
    var server = try await WitanServer()
    let token = try await server.token("decider")
    let path = try #require(try create(server, token, Self.cases(20_000))["Location"])
    let paused = try server.call("POST", "\(path)/pause", token: token)
    #expect(paused.status == 200)
    #expect(try paused.json()["state"] as? String == "paused")
    #expect(try server.call("POST", "\(path)/pause", token: token).status == 200)
    #expect(try await server.stop() == 0)
    server = try await WitanServer(folder: server.folder)
    let held = try #require(try state(server, path, token)["done"] as? Int)
    #expect(try state(server, path, token)["state"] as? String == "paused")
    // Another job goes past it.
    let other = try #require(try create(server, token, Self.cases(10))["Location"])
    _ = try await finish(server, other, token)
    #expect(try state(server, path, token)["done"] as? Int == held)
    #expect(held < 20_000)
    #expect(try server.call("POST", "\(path)/resume", token: token).json()["state"] as? String != "paused")
    try await wait(for: "more") { try #require(try state(server, path, token)["done"] as? Int) > held }
    #expect(try server.call("POST", "\(path)/cancel", token: token).json()["state"] as? String == "cancelled")
    for verb in ["pause", "resume", "cancel"] {
      let refused = try server.call("POST", "\(path)/\(verb)", token: token)
      #expect(refused.status == 409)
      #expect(refused.text.contains("the job is cancelled"))
    }
    // What was decided until then can be read, before and after what was uploaded is erased, and after a restart.
    try await wait(for: "the erasure of the upload") { try await count(server, "erasure") >= 40 }
    let done = try #require(try state(server, path, token)["done"] as? Int)
    #expect(done < 20_000)
    #expect(try results(server, path, token).count == done)
    #expect(try await server.stop() == 0)
    server = try await WitanServer(folder: server.folder)
    #expect(try state(server, path, token)["done"] as? Int == done)
    #expect(try results(server, path, token).count == done)
    #expect(try await count(server, "deliberation") == done + 10)
    #expect(try await server.stop() == 0)
  }

  @Test("tell their results as they come to who follows them")
  func followed() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let cases = max(1000, repetitions(3000))
    let path = try #require(try create(server, token, Self.cases(cases))["Location"])
    let isRunning = try state(server, path, token)["state"] as? String != "finished"
    let results = try results(server, path, token, query: "?follow=true")
    #expect(isRunning)
    #expect(results.count == cases)
    #expect(try state(server, path, token)["state"] as? String == "finished")
    #expect(try await server.stop() == 0)
  }

  @Test("are taken once under a key: the same upload again is the same job, another one is refused")
  func repeated() async throws {
    var server = try await WitanServer()
    let token = try await server.token("decider")
    let first = try create(server, token, Self.cases(3), key: "nightly")
    #expect(first.status == 202)
    let again = try create(server, token, Self.cases(3), key: "\"nightly\"")
    #expect(again.status == 202)
    #expect(again["Location"] == first["Location"])
    #expect(try create(server, token, Self.cases(4), key: "nightly").status == 422)
    let other = try await server.token("decider", subject: "other")
    #expect(try create(server, other, Self.cases(3), key: "nightly")["Location"] != first["Location"])
    _ = try await finish(server, try #require(first["Location"]), token)
    #expect(try await server.stop() == 0)
    server = try await WitanServer(folder: server.folder)
    #expect(try create(server, token, Self.cases(3), key: "nightly")["Location"] == first["Location"])
    #expect(try await count(server, "deliberation") == 6)
    #expect(try await server.stop() == 0)
  }

  @Test("are none where the upload breaks off: nothing is decided, and what was uploaded is erased")
  func brokenOff() async throws {
    var server = try await WitanServer()
    let token = try await server.token("decider")
    let head =
      "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
      + "Content-Type: application/x-ndjson\r\nContent-Length: 10000000\r\n\r\n"
    func begin() throws -> RawConnection {
      let connection = try RawConnection(port: server.port)
      try connection.send(head + Self.cases(1200))
      return connection
    }
    do {
      let connection = try begin()
      try await wait(for: "two parts") { try await count(server, "job_part") == 2 }
      connection.finishSending()
    }
    try await wait(for: "the erasure of two parts") { try await count(server, "erasure") == 2 }
    // The same where the server dies in the midst of it.
    let connection = try begin()
    try await wait(for: "two more") { try await count(server, "job_part") == 4 }
    server.process.signal(SIGKILL)
    _ = try await server.process.waitForExit()
    connection.finishSending()
    server = try await WitanServer(folder: server.folder)
    #expect(try await count(server, "erasure") == 4)
    #expect((try server.call("GET", "/v1/jobs", token: token).json()["jobs"] as? [Any])?.isEmpty == true)
    #expect(try await count(server, "deliberation") == 0)
    #expect(try await server.stop() == 0)
  }

  @Test("have limits that the configuration names")
  func limits() async throws {
    let server = try await WitanServer(environment: ["WITAN_JOBS_CASES": "3000", "WITAN_JOBS_UNFINISHED": "1"])
    let token = try await server.token("decider")
    #expect(try create(server, token, Self.cases(3001)).status == 413)
    let empty = try create(server, token, "\n\n")
    #expect(empty.status == 422)
    #expect(try server.call("POST", "/v1/jobs", token: token, body: "{}").status == 415)
    let path = try #require(try create(server, token, Self.cases(3000))["Location"])
    _ = try server.call("POST", "\(path)/pause", token: token)
    let refused = try create(server, token, Self.cases(1))
    #expect(refused.status == 429)
    #expect(refused["Retry-After"] == "60")
    #expect(try server.call("POST", "\(path)/cancel", token: token).status == 200)
    #expect(try create(server, token, Self.cases(1)).status == 202)
    #expect(try await server.stop() == 0)
  }
}
