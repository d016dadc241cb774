// Three instances on one Redis: what is changed through one holds on all, what one has found out the others need not, and
// nobody else can tell them anything.
import Foundation
import TestSupport
import Testing

@Suite("Three instances")
struct InstancesTests {
  @Test("a change of weights through one is in force on all within 100 ms, and in the log of each, by whom and why")
  func weights() async throws {
    let instances = try await Instances(3)
    let machine = try MachineDelay(on: instances.servers[0].folder.url)
    for number in 0..<6 {
      let (from, risk) = (number % 3, 1.5 + Double(number) / 10)
      _ = machine.take()
      let answer = try instances.setRisk(from, to: risk)
      let answered = ContinuousClock.now
      #expect(answer.status == 200, "\(answer.text)")
      for other in 0..<3 {
        try await wait(for: "the change at \(other)") { try instances.weights(other).risk == risk }
      }
      // Looking around is in it, and so is what the machine keeps everybody waiting for.
      let (took, delay) = (ContinuousClock.now - answered, machine.take())
      #expect(took < .milliseconds(100) + delay, "\(took), of which the machine's own \(delay)")
      #expect(try (0..<3).allSatisfy { try instances.weights($0).version == number + 2 })
    }
    let decided = try instances.decide(2, "water the plants")
    #expect(decided["weights_version"] as? Int == 7)
    for other in 0..<3 {
      // Of six, two were made here.
      try await wait(for: "the entries at \(other)") {
        let entries = try instances.servers[other].call(
          "GET", "/v1/audit/entries?type=weights&limit=50", token: instances.admin
        ).text
        return entries.components(separatedBy: #""from":{"#).count == 5
          && entries.components(separatedBy: "An incident.").count == 7 && entries.contains(#""actor":"tester""#)
      }
      let verified = try RunningProcess(
        "witan", ["audit", "verify", "--data", instances.servers[other].folder.path])
      #expect(try await verified.waitForExit() == 0)
    }
  }

  @Test("a stale version is refused whichever instance is asked, and two changes at once do not both succeed on it")
  func compareAndSet() async throws {
    let instances = try await Instances(2)
    let tag = try instances.weights(0).tag
    let statuses = await withTaskGroup(of: Int.self) { group in
      for number in 0..<2 {
        group.addTask {
          let answer = try? instances.servers[number].call(
            "PUT", "/v1/weights", token: instances.admin,
            body: #"{"weights": {"risk": \#(number + 2)}, "reason": "At the same time."}"#, fields: ["If-Match": tag])
          return answer?.status ?? 0
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.sorted() == [200, 412])
    try await wait(for: "the same weights") { try instances.weights(0).risk == instances.weights(1).risk }
    #expect(try instances.weights(0).version == 2 && instances.weights(1).version == 2)
  }

  @Test("a constitution and a revocation reach all, also the instance that was away")
  func others() async throws {
    let instances = try await Instances(3)
    let lost = try await instances.servers[0].token("auditor", subject: "lost")
    func status(_ instance: Int) throws -> Int {
      try instances.servers[instance].call("GET", "/v1/critics", token: lost).status
    }
    #expect(try (0..<3).allSatisfy { try status($0) == 200 })
    #expect(try await instances.servers[2].stop() == 0)
    var text = String(lost.split(separator: ".")[1]).replacing("-", with: "+").replacing("_", with: "/")
    while !text.count.isMultiple(of: 4) { text += "=" }
    let claims = try JSONSerialization.jsonObject(with: try #require(Data(base64Encoded: text))) as? [String: Any]
    let id = try #require(claims?["jti"] as? String)
    let revoked = try instances.servers[0].call(
      "POST", "/v1/admin/revocations", token: instances.admin,
      body: #"{"token": "\#(id)", "reason": "It was found in a log."}"#)
    #expect(revoked.status == 200, "\(revoked.text)")
    try await wait(for: "the refusal by the second") { try status(1) == 401 }

    let document = try instances.servers[0].call("GET", "/v1/constitution", token: instances.admin)
    var changed = try document.json()
    changed["title"] = "In plainer words"
    let put = try instances.servers[1].call(
      "PUT", "/v1/constitution", token: instances.admin,
      body: String(
        decoding: JSONSerialization.data(withJSONObject: ["constitution": changed, "reason": "Plainer words."]),
        as: UTF8.self), fields: ["If-Match": document["ETag"] ?? ""])
    let back = try await WitanServer(
      ["--redis", instances.redis.url], folder: instances.servers[2].folder)
    try await wait(for: "the refusal by the third") {
      try back.call("GET", "/v1/critics", token: lost).status == 401
    }
    guard put.status == 200 else {
      Issue.record("\(put.status): \(put.text.prefix(500))")
      return
    }
    let version = try instances.servers[1].call("GET", "/v1/status", token: instances.admin).json()["constitution"]
    for server in [instances.servers[0], back] {
      try await wait(for: "the constitution") {
        try server.call("GET", "/v1/status", token: instances.admin).json()["constitution"] as? String
          == version as? String
      }
    }
  }

  @Test("more revocations than the list has entries reach all, also who comes after a wipe, and hold up no change")
  func manyRevocations() async throws {
    let instances = try await Instances(2, environment: ["WITAN_REDIS_REVOCATION_GRACE": "8s"])
    let count = 1050
    for number in 0..<count {
      let answer = try instances.servers[0].call(
        "POST", "/v1/admin/revocations", token: instances.admin,
        body: #"{"token": "token-\#(number)", "reason": "It was found in a log."}"#)
      guard answer.status == 200 else {
        Issue.record("\(number): \(answer.status) \(answer.text)")
        return
      }
    }
    func taken(_ server: WitanServer) throws -> Double {
      try Instances.figure(server, #"witan_shared_changes{outcome="taken"}"#)
    }
    try await wait(for: "all at the second") { try taken(instances.servers[1]) == Double(count) }
    func change(_ risk: Double) throws {
      let began = ContinuousClock.now
      let answer = try instances.setRisk(0, to: risk)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(.now - began < .seconds(1))
    }
    try change(2)
    try await instances.redis.command("FLUSHALL")
    try change(3)
    // One with the keys of the others, but nothing of what they know.
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("keys"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for name in ["token.pem", "cache.key"] {
      try FileManager.default.copyItem(
        at: instances.servers[0].folder.file("keys/\(name)"), to: folder.file("keys/\(name)"))
    }
    let late = try await WitanServer(["--redis", instances.redis.url], folder: folder)
    try await wait(for: "all at the third", within: .seconds(30)) { try taken(late) >= Double(count + 1) }
    let entries = try await instances.redis.command("HLEN", "witan:1:{feed}:changes")
    #expect(Int(entries) ?? .max < 70, "\(entries)")
    #expect(try instances.weights(1).risk == 3)
  }

  @Test(
    "a case decided on one is found by the others, who rule on it by themselves; a poisoned value is ignored and counted"
  )
  func findings() async throws {
    let instances = try await Instances(3)
    let action = "delete the customer database without a backup"
    let first = try instances.decide(0, action)
    #expect(first["cache"] as? String == "miss" && first["degraded"] == nil)
    for other in 1..<3 {
      let found = try instances.decide(other, action)
      #expect(found["cache"] as? String == "l2")
      for member in ["verdict", "score", "reason", "opinions", "escalations", "dissent", "uncertainty", "gate"] {
        // Each opens a review of its own.
        if member == "gate" { continue }
        #expect(
          NSDictionary(object: found[member] as Any, forKey: "it" as NSString)
            == NSDictionary(object: first[member] as Any, forKey: "it" as NSString), "\(member)")
      }
      #expect(found["id"] as? String != first["id"] as? String && found["receipt"] is [String: Any])
      #expect(try instances.decide(other, action)["cache"] as? String == "hit")
      #expect(try instances.figure(other, #"witan_shared_cache{outcome="hit"}"#) == 1)
    }
    _ = try instances.decide(0, "another case")
    let names = try await instances.redis.command("KEYS", "witan:*value").split(separator: "\n")
    #expect(names.count == 2)
    for name in names {
      try await instances.redis.command(
        "SET", String(name), #"{"verdict":"allow","answers":[]}"#)
    }
    #expect(try instances.decide(1, "another case")["cache"] as? String == "miss")
    #expect(try instances.figure(1, #"witan_shared_cache{outcome="poisoned"}"#) == 1)
  }

  /// How an instance's breaker before the outside critic is.
  private func breaker(_ instances: Instances, _ number: Int) throws -> (state: String, openings: Int) {
    let status = try instances.servers[number].call("GET", "/v1/status", token: instances.admin).json()
    let breaker = (status["breakers"] as? [[String: Any]])?.first { $0["name"] as? String == "critic.brevity" }
    return (breaker?["state"] as? String ?? "", breaker?["openings"] as? Int ?? 0)
  }

  /// How many of so many new cases an instance decides without asking the critic, because its breaker is open.
  private func refused(_ instances: Instances, _ number: Int, of cases: Int) throws -> Int {
    try (0..<cases).count { _ in
      "\(try instances.decide(number, "case \(UUID().uuidString)"))".contains("breaker is open")
    }
  }

  @Test("an instance that may not call a critic takes it from no other")
  func critics() async throws {
    let critic = try await OutsideCriticServer()
    let instances = try await Instances(
      2, ["--policies", critic.policies.path], environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"],
      own: [1: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "false"]])
    #expect(try refused(instances, 0, of: 3) == 0)
    var (well, ill) = (0, 0)
    for _ in 0..<100 {
      ill += try refused(instances, 1, of: 1)
      well += try refused(instances, 0, of: 4)
    }
    #expect(well == 0 && ill > 50, "of 400 and 100: \(well) and \(ill)")
    #expect(try breaker(instances, 0).openings == 0)
    #expect(critic.asked >= 403)
    #expect(try breaker(instances, 1).openings > 0)
    // Nor do the probes of the one that succeed close the other's.
    #expect(try breaker(instances, 1).state != "closed")
  }

  @Test("when a critic dies, who hears of it from another finds it out by two calls, however many succeeded before")
  func deadCritic() async throws {
    let critic = try await OutsideCriticServer()
    let instances = try await Instances(
      2, ["--policies", critic.policies.path], environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"])
    #expect(try refused(instances, 0, of: 3) == 0)
    #expect(try refused(instances, 1, of: 40) == 0)
    try await critic.kill()
    try await wait(for: "the first to find it out") { try self.refused(instances, 0, of: 1) == 1 }
    try await wait(for: "the word") {
      try await instances.redis.command("HLEN", "witan:1:{breakers}:states") == "1"
    }
    try await Task.sleep(for: .milliseconds(200))
    #expect(try refused(instances, 1, of: 3) == 1)
    #expect(try breaker(instances, 1).openings == 1)
  }

  @Test("a replay of what was ruled on another instance's findings gives the same bytes")
  func replay() async throws {
    let instances = try await Instances(2)
    _ = try instances.decide(0, "rm -rf / --no-preserve-root")
    let found = try instances.decide(1, "rm -rf / --no-preserve-root")
    #expect(found["cache"] as? String == "l2")
    let id = try #require(found["id"] as? String)
    let replay = try instances.servers[1].call("POST", "/v1/deliberations/\(id)/replay", token: instances.admin).json()
    #expect(replay["matches"] as? Bool == true)
  }

  @Test("killing Redis under load costs no deliberation")
  func killed() async throws {
    let instances = try await Instances(2)
    let isOver = SharedValue(false)
    let outcomes = SharedValue<[Int: Int]>([:])
    let atWork = SharedValue(8)
    // Threads, since they wait for answers: tasks would hold up the test's own.
    for worker in 0..<8 {
      Thread.detachNewThread {
        defer { atWork.change { $0 -= 1 } }
        do {
          var connection = try RawConnection(port: instances.servers[worker % 2].port)
          var number = 0
          while !isOver.now {
            number += 1
            let body = #"{"action": "case \#(worker / 2) \#(number)"}"#
            try connection.send(
              "POST /v1/deliberations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(instances.admin)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            let status = try connection.answer().status
            outcomes.change { $0[status, default: 0] += 1 }
          }
        } catch {
          Issue.record(error)
        }
      }
    }
    defer { isOver.change { $0 = true } }
    func answered(_ more: Int) async throws {
      func good() -> Int { outcomes.read { $0[200] ?? 0 } }
      let before = good()
      try await wait(for: "answers", within: .seconds(60)) { good() > before + more }
    }
    try await answered(500)
    try await instances.redis.kill()
    try await answered(500)
    let again = try await RedisServer(port: instances.redis.port)
    try await answered(500)
    isOver.change { $0 = true }
    try await wait(for: "the last answers") { atWork.now == 0 }
    withExtendedLifetime(again) {}
    #expect(Array(outcomes.now.keys) == [200])
  }

  @Test("a job rests while another copy of its log holds its lease, and goes on when that is over")
  func lease() async throws {
    let instances = try await Instances(1)
    let server = instances.servers[0]
    let cases = (0..<40_000).map { #"{"action": "send_letter", "input": "letter \#($0)"}"# }.joined(separator: "\n")
    let created = try server.call(
      "POST", "/v1/jobs", token: instances.admin, body: cases, fields: ["Content-Type": "application/x-ndjson"])
    let path = try #require(created["Location"])
    func job() throws -> [String: Any] { try server.call("GET", path, token: instances.admin).json() }
    func asked() async throws -> Int {
      let text = try await instances.redis.command("INFO", "commandstats")
      let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:") }
      return line?.split(separator: "=")[1].split(separator: ",").first.flatMap { Int($0) } ?? 0
    }
    var lease = ""
    try await wait(for: "the lease") {
      lease = try await instances.redis.command("KEYS", "*lease:job/*")
      return !lease.isEmpty
    }
    try await instances.redis.command("SET", lease, "another")
    // The part that is at work is done first: nothing is asked before.
    func refusedTwice() async throws -> Int? {
      let before = try await asked()
      try await wait(for: "asking for the lease") { try await asked() > before + 2 }
      return try job()["done"] as? Int
    }
    let done = try await refusedTwice()
    #expect(try await refusedTwice() == done)
    try await instances.redis.command("DEL", lease)
    try await wait(for: "more of the job") { try #require(try job()["done"] as? Int) > #require(done) }
    #expect(try server.call("POST", "\(path)/cancel", token: instances.admin).status == 200)
  }
}
