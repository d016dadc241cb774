// What administrators ask of a running service, permits that come back, and the smaller promises of the routes.
import Foundation
import Ledger
import TestSupport
import Testing

@Suite("Administering a running service")
struct AdministrationTests {
  @Test(
    "reloads the configuration on request, names what waits for a restart, and keeps the old one when a file is bad")
  func reload() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("witan.yaml")
    try Data("log:\n  level: info\n".utf8).write(to: file)
    let server = try await WitanServer(["--config", file.path])
    let admin = try await server.token("admin", "auditor")
    try Data("log:\n  level: debug\nhttp:\n  loops: 1\n".utf8).write(to: file)
    let changed = try server.call("POST", "/v1/admin/reload", token: admin)
    #expect(changed.status == 200, "\(changed.text)")
    let report = try changed.json()
    #expect((report["applied"] as? [String])?.contains { $0.hasPrefix("log.level") } == true, "\(changed.text)")
    #expect((report["need_restart"] as? [String])?.contains { $0.hasPrefix("http.loops") } == true, "\(changed.text)")
    try Data("log:\n  levle: debug\n".utf8).write(to: file)
    let refused = try server.call("POST", "/v1/admin/reload", token: admin)
    #expect(refused.status == 409)
    #expect(try (refused.json()["detail"] as? String)?.contains("level") == true, "\(refused.text)")
    // The same again changes nothing, so the first change is still in force.
    try Data("log:\n  level: debug\nhttp:\n  loops: 1\n".utf8).write(to: file)
    let again = try server.call("POST", "/v1/admin/reload", token: admin)
    #expect(try (again.json()["applied"] as? [String]) == [])
    let logged = try server.call("GET", "/v1/audit/entries?type=service&q=reload", token: admin).json()
    #expect((logged["entries"] as? [Any])?.count == 2)
  }

  @Test("puts nothing in force where one of the files is bad: not the level, nor the clients, nor the certificate")
  func allOrNothing() async throws {
    let folder = try TemporaryFolder()
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.file(name))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file(name).path)
    }
    func files(level: String) -> String {
      """
      log: {level: \(level)}
      signatures: {clients: \(folder.file("clients.json").path)}
      tokens: {jwks: \(folder.file("keys.json").path), issuers: [provider]}
      """
    }
    let clients = #"{"clients": []}"#
    let keys = #"{"keys": []}"#
    try write(files(level: "info"), "witan.yaml")
    try write(clients, "clients.json")
    try write(keys, "keys.json")
    let server = try await WitanServer(["--config", folder.file("witan.yaml").path])
    let admin = try await server.token("admin")
    func reload() throws -> RawAnswer { try server.call("POST", "/v1/admin/reload", token: admin) }
    try write(files(level: "debug"), "witan.yaml")
    for (name, whole) in [("clients.json", clients), ("keys.json", keys)] {
      try write("nonsense", name)
      let refused = try reload()
      #expect(refused.status == 409 && refused.text.contains(name), "\(refused.text)")
      #expect(!server.process.standardError.contains("http.answered"), "\(name)")
      try write(whole, name)
    }
    let applied = try reload()
    #expect(applied.status == 200 && applied.text.contains("log.level"), "\(applied.text)")
    try await wait(for: "the new level") {
      _ = try server.call("GET", "/livez")
      return server.process.standardError.contains("http.answered")
    }
    #expect(try await server.stop() == 0)
  }

  @Test("backs up into the data folder a copy that verifies, and verifies itself; both stand in the status and the log")
  func backupAndIntegrity() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin", "decider", "auditor")
    for number in 0..<20 {
      _ = try server.call("POST", "/v1/deliberations", token: admin, body: #"{"action": "water plant \#(number)"}"#)
    }
    let backup = try server.call("POST", "/v1/admin/backup", token: admin)
    #expect(backup.status == 200, "\(backup.text)")
    let result = try #require(try backup.json()["result"] as? [String: Any])
    #expect(result["ok"] as? Bool == true)
    let copy = try #require(result["folder"] as? String)
    #expect(copy.hasPrefix(server.folder.path + "/backups/"))
    #expect(!FileManager.default.fileExists(atPath: copy + "/keys"))
    let key = try await run("audit", "key", "--data", server.folder.path).output
    let check = try await run("audit", "verify", "--data", copy, "--key", key)
    #expect(check.status == 0, "\(check.output)")
    let integrity = try server.call("POST", "/v1/admin/integrity", token: admin).json()
    #expect((integrity["result"] as? [String: Any])?["ok"] as? Bool == true, "\(integrity)")
    let status = try server.call("GET", "/v1/status", token: admin).json()
    let undertakings = try #require(status["undertakings"] as? [String: [String: Any]])
    #expect(undertakings["backup"]?["state"] as? String == "done")
    #expect(undertakings["integrity"]?["by"] as? String == "tester")
    let logged = try server.call("GET", "/v1/audit/entries?type=service&actor=tester", token: admin).json()
    #expect((logged["entries"] as? [Any])?.count == 2)
  }

  @Test("finds a byte that was changed in its own database")
  func integrityFindsFaults() async throws {
    let first = try await WitanServer()
    let admin = try await first.token("admin", "decider")
    _ = try first.call("POST", "/v1/deliberations", token: admin, body: #"{"action": "water the marigolds"}"#)
    // Beside the running server, as somebody with access to the disk would.
    let forger = try RunningProcess(
      path: "/usr/bin/python3",
      [
        "-c",
        """
        import sqlite3, sys
        database = sqlite3.connect(sys.argv[1], timeout=30)
        tables = [row[0] for row in database.execute("select name from sqlite_master where type='table'")]
        assert "entries" in tables, tables
        columns = [row[1] for row in database.execute("pragma table_info(entries)")]
        column = next(name for name in columns if name in ("entry", "bytes", "content", "body"))
        row, value = database.execute(f"select rowid, {column} from entries order by rowid desc limit 1").fetchone()
        value = bytes(value)
        changed = value[:20] + bytes([value[20] ^ 1]) + value[21:]
        database.execute(f"update entries set {column} = ? where rowid = ?", (changed, row))
        database.commit()
        """, first.folder.path + "/ledger.db",
      ])
    #expect(try await forger.waitForExit() == 0, "\(forger.standardError)")
    let integrity = try first.call("POST", "/v1/admin/integrity", token: admin).json()
    let result = try #require(integrity["result"] as? [String: Any])
    #expect(result["ok"] as? Bool == false, "\(integrity)")
    #expect((result["found"] as? [String])?.isEmpty == false)
  }

  @Test("does none of it for anyone else, and knows no breaker that is not there")
  func forOthers() async throws {
    let server = try await WitanServer()
    let (auditor, admin) = (try await server.token("auditor"), try await server.token("admin"))
    for path in ["reload", "backup", "integrity", "breakers/redis.cache/reset"] {
      #expect(try server.call("POST", "/v1/admin/\(path)", token: auditor).status == 403)
    }
    #expect(try server.call("POST", "/v1/admin/breakers/none/reset", token: admin).status == 404)
  }

  private func run(_ arguments: String...) async throws -> (status: Int32, output: String) {
    let command = try RunningProcess("witan", arguments)
    let status = try await command.waitForExit()
    return (status, command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines) + command.standardError)
  }
}

@Suite("Permits that come back")
struct PermitTests {
  private struct Shop {
    let server: WitanServer
    let token: String

    init() async throws {
      server = try await WitanServer()
      token = try await server.token("decider", "auditor")
    }

    func permit() throws -> String {
      let body = #"{"action": "send_newsletter", "context": {"impact": "low"}}"#
      let answer = try server.call("POST", "/v1/deliberations", token: token, body: body).json()
      return try #require(answer["permit"] as? String, "\(answer)")
    }

    func check(_ permit: String, use: Bool) throws -> [String: Any] {
      let answer = try server.call(
        "POST", "/v1/permits/check", token: token, body: #"{"permit": "\#(permit)", "use": \#(use)}"#)
      #expect(answer.status == 200, "\(answer.text)")
      return try answer.json()
    }
  }

  @Test("hold until they are used, and are used once; the use is an entry of the log")
  func singleUse() async throws {
    let shop = try await Shop()
    let permit = try shop.permit()
    #expect(try shop.check(permit, use: false)["valid"] as? Bool == true)
    let used = try shop.check(permit, use: true)
    #expect(used["valid"] as? Bool == true)
    let use = try #require(used["use"] as? [String: Any])
    #expect(use["first"] as? Bool == true)
    for again in [true, false] {
      let answer = try shop.check(permit, use: again)
      #expect(answer["valid"] as? Bool == false)
      #expect(answer["reason"] as? String == "used")
      #expect((answer["use"] as? [String: Any])?["index"] as? Int == use["index"] as? Int)
    }
    let index = try #require(use["index"] as? Int)
    let entry = try shop.server.call("GET", "/v1/audit/entries/\(index)", token: shop.token).json()
    #expect(entry["type"] as? String == "permit")
    #expect(entry["actor"] as? String == "tester")
  }

  @Test("are used by one of many who present the same one at once")
  func race() async throws {
    let shop = try await Shop()
    let permit = try shop.permit()
    let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<12 { group.addTask { try shop.check(permit, use: true)["valid"] as? Bool == true } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(winners == 1)
  }

  @Test("are told from tokens, from forgeries, and from permits of another service")
  func refusals() async throws {
    let shop = try await Shop()
    let permit = try shop.permit()
    let parts = permit.split(separator: ".").map(String.init)
    func reason(_ text: String) throws -> String? { try shop.check(text, use: true)["reason"] as? String }
    #expect(try reason(shop.token) == "malformed")
    #expect(try reason("no permit") == "malformed")
    let signature = (parts[2].hasPrefix("A") ? "B" : "A") + parts[2].dropFirst()
    #expect(try reason(parts[0] + "." + parts[1] + "." + signature) == "signature")
    #expect(try reason(try await Shop().permit()) == "signature")
    // A log that does not have the entry: the same keys over an empty ledger.
    let emptied = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: shop.server.folder.file("keys"), to: emptied.file("keys"))
    let other = try await WitanServer(folder: emptied)
    let answer = try other.call(
      "POST", "/v1/permits/check", token: shop.token, body: #"{"permit": "\#(permit)", "use": true}"#)
    #expect(try answer.json()["reason"] as? String == "not_in_log", "\(answer.text)")
  }
}

@Suite("Smaller promises of the routes")
struct RouteTests {
  @Test(
    "an explanation comes with the answer where it is asked for, in a batch too, and names what would open the gate")
  func explain() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let fields =
      #""action": "reject", "input": "Reject the loan application.", "actor": "a", "context": "#
      + #"{"domain": "lending", "impact": "high", "contestable": false}"#
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token, body: "{\(fields), \"options\": {\"explain\": true}}"
    ).json()
    let explanation = try #require(answer["explanation"] as? [String: Any], "\(answer)")
    #expect((explanation["reasons"] as? [Any])?.isEmpty == false)
    let id = try #require(answer["id"] as? String)
    let asked = try server.call(
      "GET", "/v1/deliberations/\(id)/explanation", token: token, fields: ["Accept": "application/json"]
    ).json()
    #expect(NSDictionary(dictionary: asked) == NSDictionary(dictionary: explanation))
    let plain = try server.call("POST", "/v1/deliberations", token: token, body: "{\(fields)}").json()
    #expect(plain["explanation"] == nil)
    let batch = try server.call(
      "POST", "/v1/deliberations/batch", token: token,
      body: "{\"cases\": [{\(fields), \"options\": {\"explain\": true}}, {\(fields)}]}"
    ).json()
    let results = try #require(batch["results"] as? [[String: Any]])
    #expect(results.map { $0["explanation"] != nil } == [true, false])
  }

  @Test("an explanation is Markdown, unless JSON is what the client accepts best")
  func negotiation() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "x"}"#).json()
    let id = try #require(answer["id"] as? String)
    func type(_ accept: String?) throws -> String? {
      try server.call(
        "GET", "/v1/deliberations/\(id)/explanation", token: token, fields: accept.map { ["Accept": $0] } ?? [:]
      )["Content-Type"]
    }
    let (markdown, json) = ("text/markdown; charset=utf-8", "application/json")
    for accept in [nil, "*/*", "text/*", "text/markdown", "application/json;q=0.2, text/markdown", "image/png"] {
      #expect(try type(accept) == markdown, "\(accept ?? "nothing")")
    }
    for accept in ["application/json", "application/*", "text/markdown;q=0.5, application/json", "text/*;q=0, */*"] {
      #expect(try type(accept) == json, "\(accept)")
    }
  }

  @Test("a receipt is left out, brief or with its proof, as each case of a batch asks")
  func receipts() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let cases = ["none", "index", "proof"].map { #"{"action": "\#($0)", "options": {"receipt": "\#($0)"}}"# }
    let answer = try server.call(
      "POST", "/v1/deliberations/batch", token: token, body: #"{"cases": [\#(cases.joined(separator: ","))]}"#
    ).json()
    let receipts = try #require(answer["results"] as? [[String: Any]]).map { $0["receipt"] as? [String: Any] }
    #expect(receipts[0] == nil)
    #expect(receipts[1]?["index"] != nil && receipts[1]?["proof"] == nil)
    #expect(receipts[2]?["proof"] != nil && receipts[2]?["checkpoint"] is String)
  }

  @Test("a case that bypasses the cache neither reads it nor fills it")
  func bypass() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    func state(_ caching: String) throws -> String? {
      try server.call(
        "POST", "/v1/deliberations", token: token,
        body: #"{"action": "water the plants", "options": {"cache": "\#(caching)"}}"#
      ).json()["cache"] as? String
    }
    #expect(try ["bypass", "default", "default", "bypass"].map(state) == ["bypass", "miss", "hit", "bypass"])
  }

  @Test("lists come in pages that together are the whole list, and a made-up cursor is refused")
  func pages() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "reviewer", "admin", "auditor")
    for number in 0..<7 {
      let body =
        #"{"action": "delete", "input": "Delete database \#(number) for good.", "actor": "a", "#
        + #""context": {"impact": "high"}}"#
      _ = try server.call("POST", "/v1/deliberations", token: token, body: body)
    }
    var (seen, cursor): ([String], String?) = ([], nil)
    repeat {
      let target = "/v1/reviews?limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
      let page = try server.call("GET", target, token: token).json()
      seen += (page["reviews"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
      cursor = page["next"] as? String
    } while cursor != nil
    #expect(seen.count == 7 && Set(seen).count == 7)
    for path in ["/v1/reviews", "/v1/precedents", "/v1/audit/entries", "/v1/weights/history"] {
      let answer = try server.call("GET", path + "?cursor=bogus", token: token)
      #expect(answer.status == 422, "\(path) \(answer.text)")
    }
  }

  @Test("reviews are found by status and age, and one shows the dissent, the questions and the case")
  func reviews() async throws {
    let server = try await WitanServer()
    let token = try await server.token("reviewer", "auditor", "admin")
    let decider = try await server.token("decider", subject: "shop")
    func post(_ what: String) throws -> String {
      let body =
        #"{"action": "delete", "input": "Delete the \#(what) database for good.", "actor": "a", "#
        + #""context": {"impact": "high"}}"#
      let answer = try server.call("POST", "/v1/deliberations", token: decider, body: body).json()
      let path = try #require((answer["gate"] as? [String: Any])?["review"] as? String)
      return String(path.split(separator: "/").last ?? "")
    }
    func found(_ query: String) throws -> [String] {
      let answer = try server.call("GET", "/v1/reviews?" + query, token: token)
      #expect(answer.status == 200, "\(answer.text)")
      return (try answer.json()["reviews"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
    }
    let (first, second) = (try post("orders"), try post("customers"))
    let sheet = try server.call("GET", "/v1/reviews/\(first)", token: token).json()
    #expect((sheet["case"] as? [String: Any])?["action"] as? String == "delete")
    #expect((sheet["questions"] as? [Any])?.isEmpty == false)
    let opened = try #require(
      (try server.call("GET", "/v1/reviews/\(second)", token: token).json())["opened"] as? String)
    #expect(try found("opened_before=\(opened)") == [first])
    #expect(try found("opened_after=\(opened)") == [second])
    let closing = try server.call(
      "POST", "/v1/reviews/\(first)/determine", token: token,
      body: #"{"determination": "proceed", "rationale": "It was copied to the archive of marigolds."}"#)
    #expect(closing.status == 200)
    #expect(try found("status=closed") == [first])
    #expect(try found("status=pending") == [second])
    #expect(try Set(found("status=any")) == [first, second])
    #expect(try server.call("GET", "/v1/reviews?opened_before=yesterday", token: token).status == 422)

    // What came of the closed one is found by words of its reason before it is promoted, and by words of its case after.
    func precedents(_ words: String) throws -> [String] {
      let answer = try server.call("GET", "/v1/precedents/search?q=\(words)", token: token)
      #expect(answer.status == 200, "\(answer.text)")
      return (try answer.json()["precedents"] as? [[String: Any]] ?? []).compactMap { $0["review"] as? String }
    }
    #expect(try precedents("marigolds") == [first])
    #expect(try precedents("orders") == [])
    let promoted = try server.call(
      "POST", "/v1/precedents", token: token,
      body: #"{"precedent": "\#(first)", "act": "promote", "reason": "It comes up every week."}"#)
    #expect(promoted.status == 200, "\(promoted.text)")
    #expect(try precedents("orders%20database") == [first])
    #expect(try server.call("GET", "/v1/precedents/search", token: token).status == 422)

    // The other one is halted, and made a precedent all the same: since then such questions end otherwise.
    let between = Timestamp.now().text
    #expect(
      try server.call(
        "POST", "/v1/reviews/\(second)/determine", token: token,
        body: #"{"determination": "halt", "rationale": "Nobody has a copy."}"#
      ).status == 200)
    #expect(
      try server.call(
        "POST", "/v1/precedents", token: token,
        body: #"{"precedent": "\#(second)", "act": "promote", "reason": "It must not happen again."}"#
      ).status == 200)
    let drift = try server.call("GET", "/v1/precedents/drift?since=\(between)", token: token)
    #expect(drift.status == 200, "\(drift.text)")
    let drifts = try drift.json()["drift"] as? [[String: Any]] ?? []
    #expect(!drifts.isEmpty && drifts.allSatisfy { $0["change"] as? Double == -2 && $0["count_since"] as? Int == 1 })
    #expect(try server.call("GET", "/v1/precedents/drift?since=lately", token: token).status == 422)
  }

  @Test("what a request changes carries the trace of the request into the log")
  func traces() async throws {
    let server = try await WitanServer()
    let token = try await server.token("admin", "auditor")
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    let changed = try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weights": {"risk": 2}, "reason": "An incident."}"#,
      fields: ["If-Match": "*", "traceparent": "00-\(trace)-00f067aa0ba902b7-01"])
    #expect(changed.status == 200)
    let found = try server.call("GET", "/v1/audit/entries?trace_id=\(trace)", token: token).json()
    #expect((found["entries"] as? [[String: Any]])?.compactMap { $0["type"] as? String } == ["weights"])
  }

  @Test("a method that a path does not have is 405 with those that it has; a body of another type is 415")
  func methods() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "admin")
    for method in ["PATCH", "DELETE", "QUERY", "TRACE"] {
      let answer = try server.call(method, "/v1/weights", token: token)
      #expect(answer.status == 405, "\(method)")
      #expect(answer["Allow"] == "GET, PUT, HEAD, OPTIONS")
    }
    let other = try server.call(
      "POST", "/v1/deliberations", token: token, body: "action=x",
      fields: ["Content-Type": "application/x-www-form-urlencoded"])
    #expect(other.status == 415)
    #expect(other["Accept"] == "application/json")
  }
}
