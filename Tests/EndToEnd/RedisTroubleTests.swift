// Each row of the table in docs/operations.md, with a real Redis and a real instance: a deliberation is answered all the
// same, in time, and what was missed is said.
import Crypto
import Foundation
import TestSupport
import Testing

@Suite("Redis in trouble")
struct RedisTroubleTests {
  private static let budget = 40

  /// Longer than any answer may take, the budget included.
  private static let endless = budget + 1200

  /// Two instances whose Redis is behind a proxy that can be told to misbehave. The second is asked only for what the first
  /// has stored.
  private struct Trouble {
    let redis: RedisServer
    let proxy: TroubledProxy
    let instances: Instances
    let machine: MachineDelay

    /// `patience`: how long connecting, and saying nothing, may take.
    init(patience: String = "500ms") async throws {
      redis = try await RedisServer()
      proxy = try TroubledProxy(to: redis.port)
      instances = try await Instances(
        2, redis: redis, url: "redis://127.0.0.1:\(proxy.port)",
        environment: [
          "WITAN_CACHE_BUDGET": "\(RedisTroubleTests.budget)ms", "WITAN_REDIS_CONNECT_DEADLINE": patience,
          "WITAN_REDIS_IDLE_DEADLINE": patience,
        ])
      machine = try MachineDelay(on: instances.servers[0].folder.url)
      // The first cases of a process take longer than any other.
      for number in 0..<6 { _ = try instances.decide(number % 2, "warm up \(number)") }
    }

    /// Stores cases, and gives their actions. One for which the machine was too late is none of them.
    func store(_ count: Int) async throws -> [String] {
      var stored: [String] = []
      while stored.count < count {
        let action = "stored \(UUID().uuidString)"
        if try instances.decide(0, action)["degraded"] == nil { stored.append(action) }
      }
      // Whatever was missed has been stored since.
      try await wait(for: "the stores") {
        try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#)
          == instances.figure(0, #"witan_shared_cache{outcome="miss"}"#)
      }
      return stored
    }

    /// The second instance, which has never seen them, finds what is stored.
    func findsStored(_ actions: [String]) throws {
      for action in actions {
        let answer = try instances.decide(1, action)
        #expect(answer["cache"] as? String == "l2" && answer["degraded"] == nil, "\(action): \(answer)")
      }
    }

    /// Decides new cases while there is trouble; what each answer says of it.
    @discardableResult
    func decide(_ count: Int, _ name: String) throws -> [[String: Any]] {
      var answers: [[String: Any]] = []
      var slowest = Duration.zero
      for number in 0..<count {
        _ = machine.take()
        let began = ContinuousClock.now
        answers.append(try instances.decide(0, "\(name) \(number)"))
        let took = ContinuousClock.now - began
        slowest = max(slowest, took - machine.take())
      }
      #expect(answers.allSatisfy { $0["cache"] as? String == "miss" })
      // The budget, and what connecting, deciding and the record take; beyond what the machine keeps everybody waiting for.
      #expect(slowest < .milliseconds(RedisTroubleTests.budget + 40), "\(slowest)")
      return answers
    }

    /// All is well again: what is stored is there.
    func recovers() async throws {
      try await wait(for: "stores", within: .seconds(30)) {
        let before = try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#)
        _ = try instances.decide(0, "case \(UUID().uuidString)")
        return try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#) > before
      }
      // Also the parts that nobody uses.
      try await wait(for: "nothing to be missing", within: .seconds(30)) { try instances.fallen(0).isEmpty }
      // What was stored may have been sent before the trouble.
      try await wait(for: "an answer that misses nothing", within: .seconds(30)) {
        try instances.decide(0, "case \(UUID().uuidString)")["degraded"] == nil
      }
    }
  }

  private func degradations(_ answers: [[String: Any]]) -> [String] {
    answers.flatMap { $0["degraded"] as? [[String: Any]] ?? [] }.compactMap {
      "\($0["part"] as? String ?? "") \($0["level"] as? String ?? "")"
    }
  }

  @Test("slow: every answer takes longer than the budget")
  func slow() async throws {
    let trouble = try await Trouble(patience: "10s")
    trouble.proxy.set { $0.delay = .milliseconds(Self.endless) }
    let answers = try trouble.decide(20, "slow")
    #expect(try trouble.instances.figure(0, "witan_redis_losses") == 0, "it was slow, and not gone")
    #expect(degradations(answers).count == 20 && Set(degradations(answers)) == ["cache.l2 reduced"])
    #expect(try trouble.instances.fallen(0).contains("cache.l2"))
    trouble.proxy.set { $0.delay = .zero }
    try await trouble.recovers()
  }

  @Test("stopped: no answer at all, on connections that stay open")
  func stopped() async throws {
    let trouble = try await Trouble()
    trouble.redis.freeze()
    let answers = try trouble.decide(20, "stopped")
    #expect(Set(degradations(answers)) == ["cache.l2 reduced"])
    trouble.redis.resume()
    try await trouble.recovers()
  }

  @Test("asleep: the server is busy with one command")
  func asleep() async throws {
    let trouble = try await Trouble()
    async let sleep = trouble.redis.command("DEBUG", "SLEEP", "2")
    try await wait(for: "the sleep") {
      try !self.degradations(trouble.decide(1, "asleep \(UUID().uuidString)")).isEmpty
    }
    #expect(Set(degradations(try trouble.decide(10, "asleep"))) == ["cache.l2 reduced"])
    _ = try await sleep
    try await trouble.recovers()
  }

  @Test("full: nothing more can be stored, and what is there is found")
  func full() async throws {
    let trouble = try await Trouble()
    let stored = try await trouble.store(5)
    try await trouble.redis.command("CONFIG", "SET", "maxmemory", "1")
    try trouble.decide(10, "full")
    try trouble.findsStored(stored)
    #expect(try trouble.instances.fallen(0).contains("cache.l2"))
    try await trouble.redis.command("CONFIG", "SET", "maxmemory", "0")
    try await trouble.recovers()
  }

  @Test("killed and started again, empty")
  func killed() async throws {
    let trouble = try await Trouble()
    try await trouble.redis.kill()
    #expect(Set(degradations(try trouble.decide(10, "killed"))) == ["cache.l2 reduced"])
    let again = try await RedisServer(port: trouble.redis.port)
    try await trouble.recovers()
    withExtendedLifetime(again) {}
  }

  @Test("wiped: what was there is made anew")
  func wiped() async throws {
    let trouble = try await Trouble()
    try trouble.decide(5, "wiped")
    try await trouble.redis.command("FLUSHALL")
    try await trouble.redis.command("SCRIPT", "FLUSH")
    #expect(degradations(try trouble.decide(5, "wiped again")).isEmpty)
    try await trouble.recovers()
  }

  @Test("read-only: a replica serves what it has, and takes nothing")
  func readOnly() async throws {
    let trouble = try await Trouble()
    let stored = try await trouble.store(5)
    // Of a master that is gone: one that is there would take away what the replica has.
    try await trouble.redis.command("REPLICAOF", "127.0.0.1", "\(try FreePort.next())")
    try trouble.decide(10, "read-only")
    try trouble.findsStored(stored)
    #expect(try trouble.instances.fallen(0).contains("cache.l2"))
    try await trouble.redis.command("REPLICAOF", "NO", "ONE")
    try await trouble.recovers()
  }

  @Test("garbage: something else answers")
  func garbage() async throws {
    let trouble = try await Trouble()
    let sayings = ["HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n", "*1\r\n$-1\r\n", "$3\r\nabc\r\n"]
    for (number, words) in sayings.enumerated() {
      trouble.proxy.set { $0.instead = Array(words.utf8) }
      try trouble.decide(5, "garbage \(number)")
    }
    trouble.proxy.set { $0.instead = nil }
    try await trouble.recovers()
  }

  @Test("gone in the middle of a command: the connection is cut behind half an answer")
  func cut() async throws {
    let trouble = try await Trouble()
    for number in 0..<5 {
      trouble.proxy.set { $0.cutAfter = 1 }
      try trouble.decide(3, "cut \(number)")
      trouble.proxy.set { $0.cutAfter = nil }
    }
    trouble.proxy.set { $0.refuses = true }
    trouble.proxy.cutAll()
    try await wait(for: "the answers to say so") {
      try !self.degradations(trouble.decide(1, "gone \(UUID().uuidString)")).isEmpty
    }
    trouble.proxy.set { $0.refuses = false }
    try await trouble.recovers()
  }

  @Test("the breaker before it is seen in the status, and can be closed from outside")
  func breaker() async throws {
    let trouble = try await Trouble()
    func state() throws -> String? {
      let status = try trouble.instances.servers[0].call("GET", "/v1/status", token: trouble.instances.admin).json()
      let breakers = status["breakers"] as? [[String: Any]] ?? []
      return breakers.first { $0["name"] as? String == "redis.cache" }?["state"] as? String
    }
    #expect(try state() == "closed")
    trouble.redis.freeze()
    try trouble.decide(20, "frozen")
    #expect(try state() != "closed")
    trouble.redis.resume()
    let reset = try trouble.instances.servers[0].call(
      "POST", "/v1/admin/breakers/redis.cache/reset", token: trouble.instances.admin)
    #expect(reset.status == 200)
    #expect(try reset.json()["state"] as? String == "closed")
    try await trouble.recovers()
  }

  // MARK: Limits, signed requests, changes

  private static let secret = Array("kq3Zr8vN1xTe6Lw0Bf5Gj9Hs2Md7Py4Ua.Cb-Xoi".utf8)

  /// The file of a client that signs.
  private static func clients(in folder: TemporaryFolder) throws -> URL {
    let clients = folder.file("clients.json")
    try Data(
      #"""
      {"clients": [{"keyid": "billing", "subject": "billing", "roles": ["decider"], "secret": "\#(Base64.encode(secret))"}]}
      """#.utf8
    ).write(to: clients)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: clients.path)
    return clients
  }

  /// What a signed request is answered.
  private static func signed(to server: WitanServer) throws -> RawAnswer {
    let body = #"{"action": "send_invoice", "actor": "billing"}"#
    let fields = try RequestSigner(secret: secret).fields("POST", "/v1/deliberations", port: server.port, body: body)
    return try server.call("POST", "/v1/deliberations", body: body, fields: fields)
  }

  @Test("where that is chosen signatures are admitted by one instance's own memory, and the answers say so")
  func ownMemory() async throws {
    let folder = try TemporaryFolder()
    let instances = try await Instances(
      1,
      environment: [
        "WITAN_SIGNATURES_CLIENTS": try Self.clients(in: folder).path, "WITAN_REDIS_UNKNOWN_NONCES": "open",
      ])
    let server = instances.servers[0]
    // Those of the first second of a memory are refused.
    try await wait(for: "signed requests") { try Self.signed(to: server).status == 200 }
    #expect(try Self.signed(to: server)["Witan-Degraded"] == nil)
    try await instances.redis.kill()
    let answer = try Self.signed(to: server)
    #expect(answer.status == 200 && answer["Witan-Degraded"] == "nonces;level=reduced")
  }

  @Test(
    "whatever is the matter, limits hold at each instance, signed requests wait, and changes are made and told later",
    arguments: ["slow", "full", "read-only", "stopped", "killed", "garbage", "gone"])
  func others(what: String) async throws {
    let folder = try TemporaryFolder()
    let clients = try Self.clients(in: folder)
    var redis = try await RedisServer()
    let proxy = try TroubledProxy(to: redis.port)
    let instances = try await Instances(
      2, redis: redis, url: "redis://127.0.0.1:\(proxy.port)",
      environment: [
        "WITAN_SIGNATURES_CLIENTS": clients.path, "WITAN_LIMITS_AUDITOR": "3/1h",
        "WITAN_REDIS_CONNECT_DEADLINE": what == "slow" ? "10s" : "300ms",
        "WITAN_REDIS_IDLE_DEADLINE": what == "slow" ? "10s" : "500ms",
      ])
    let master = try await RedisServer()
    switch what {
    case "slow": proxy.set { $0.delay = .milliseconds(1500) }
    case "garbage": proxy.set { $0.instead = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8) }
    case "gone": proxy.set { $0.cutAfter = 1 }
    case "full": try await redis.command("CONFIG", "SET", "maxmemory", "1")
    case "read-only": try await redis.command("REPLICAOF", "127.0.0.1", "\(master.port)")
    case "stopped": redis.freeze()
    default: try await redis.kill()
    }
    func signed() throws -> Int { try Self.signed(to: instances.servers[0]).status }
    #expect(try signed() == 503)
    let auditor = try await instances.servers[0].token("auditor", subject: "anna")
    for server in instances.servers {
      let answers = try (0..<5).map { _ in try server.call("GET", "/v1/audit/stats", token: auditor) }
      #expect(answers.map(\.status) == [200, 200, 200, 429, 429])
      #expect(answers.allSatisfy { $0["Witan-Degraded"] == "limits;level=reduced" })
    }
    #expect(try instances.setRisk(0, to: 2.25).status == 200)
    #expect(try instances.weights(0).risk == 2.25)
    #expect(try instances.weights(1).risk != 2.25)
    #expect(try Set(instances.fallen(0)).isSuperset(of: ["limits", "nonces"]))
    #expect(try instances.degraded(0).contains("redis"))

    switch what {
    case "slow", "garbage", "gone":
      proxy.set { trouble in
        (trouble.delay, trouble.instead, trouble.cutAfter) = (.zero, nil, nil)
      }
    case "full": try await redis.command("CONFIG", "SET", "maxmemory", "0")
    case "read-only": try await redis.command("REPLICAOF", "NO", "ONE")
    case "stopped": redis.resume()
    default: redis = try await RedisServer(port: redis.port)
    }
    try await wait(for: "the change at the other", within: .seconds(30)) { try instances.weights(1).risk == 2.25 }
    for instance in 0..<2 {
      try await wait(for: "nothing to be missing, although nobody asks", within: .seconds(30)) {
        try instances.fallen(instance).isEmpty
      }
    }
    try await wait(for: "no degradation", within: .seconds(30)) { try !instances.degraded(0).contains("redis") }
    let other = try await instances.servers[0].token("auditor", subject: "bob")
    try await wait(for: "an answer that misses nothing", within: .seconds(30)) {
      try instances.servers[0].call("GET", "/v1/audit/stats", token: other)["Witan-Degraded"] == nil
    }
    // Where the memory of signatures began anew, those of its first second are refused.
    try await wait(for: "signed requests", within: .seconds(30)) { try signed() == 200 }
    withExtendedLifetime(redis) {}
  }

  /// What a row of the manual's table says is said, each with its level.
  private static func said(of trouble: String) throws -> Set<String> {
    let manual = try String(contentsOf: Fixtures.packageRoot.appending(path: "docs/operations.md"), encoding: .utf8)
    let row = try #require(manual.split(separator: "\n").first { $0.hasPrefix("| \(trouble) (") })
    let cell = try #require(row.split(separator: "|").last { $0.contains("`") })
    return Set(cell.matches(of: /`([a-z0-9.]+ (?:reduced|restricted))`/).map { String($0.1) })
  }

  @Test("what is said where Redis takes nothing is what the manual says", arguments: ["full", "read-only"])
  func saying(what: String) async throws {
    let folder = try TemporaryFolder()
    let critic = try await OutsideCriticServer(status: 500)
    let redis = try await RedisServer()
    let instances = try await Instances(
      1, redis: redis, ["--policies", critic.policies.path],
      environment: [
        "WITAN_SIGNATURES_CLIENTS": try Self.clients(in: folder).path, "WITAN_LIMITS_AUDITOR": "100000/1h",
        "WITAN_OUTGOING_ALLOW_LOOPBACK": "true", "WITAN_WEBHOOKS_URLS": "http://127.0.0.1:\(try FreePort.next())/",
      ])
    let server = instances.servers[0]
    if what == "full" {
      try await redis.command("CONFIG", "SET", "maxmemory", "1")
    } else {
      try await redis.command("REPLICAOF", "127.0.0.1", "\(try FreePort.next())")
    }
    func fallen() throws -> Set<String> {
      let status = try server.call("GET", "/v1/status", token: instances.admin).json()
      let parts = (status["degradation"] as? [String: Any])?["parts"] as? [[String: Any]] ?? []
      return Set(
        parts.compactMap { part in
          guard let name = part["part"] as? String, let level = part["level"] as? String,
            !name.hasPrefix("critic."), !name.hasPrefix("webhook.")
          else { return nil }
          return "\(name) \(level)"
        })
    }
    let said = try Self.said(of: what)
    #expect(said.isSuperset(of: ["cache.l2 reduced", "limits reduced", "nonces restricted", "breakers reduced"]))
    // All that has something to write.
    let auditor = try await server.token("auditor", subject: "anna")
    for number in 0..<6 { _ = try instances.decide(0, "case \(number)") }
    #expect(try instances.setRisk(0, to: 2.25).status == 200)
    _ = try Self.signed(to: server)
    _ = try server.call("GET", "/v1/audit/stats", token: auditor)
    try await wait(for: "all of it to be said") { try fallen().isSuperset(of: said) }
    #expect(try fallen() == said)
  }

  /// The events of an instance's log with this name, and what they say.
  private func events(_ name: String, _ server: WitanServer) -> [String] {
    server.process.standardError.split(separator: "\n").map(String.init).filter { $0.contains("\"\(name)\"") }
  }

  @Test("that Redis is lost and found again is told, although nobody asks anything")
  func told() async throws {
    let trouble = try await Trouble()
    let server = trouble.instances.servers[0]
    #expect(events("degradation.began", server).allSatisfy { !$0.contains("\"changes\"") })
    try await trouble.redis.kill()
    try await wait(for: "word of the loss", within: .seconds(30)) {
      events("degradation.began", server).contains { $0.contains("\"changes\"") && $0.contains("\"reduced\"") }
    }
    #expect(try trouble.instances.figure(0, #"witan_degradation{part="changes"}"#) == 1)
    let again = try await RedisServer(port: trouble.redis.port)
    try await wait(for: "word of the return", within: .seconds(30)) {
      events("degradation.ended", server).contains { $0.contains("\"changes\"") }
    }
    try await wait(for: "nothing to be missing", within: .seconds(30)) { try trouble.instances.fallen(0).isEmpty }
    withExtendedLifetime(again) {}
  }

  @Test(
    "a user needs the manual's rules; its password may lie in a file; a wrong one is told, none is refused before the start"
  )
  func access() async throws {
    let redis = try await RedisServer(["--user", "witan", "on", ">a-secret"] + RedisServer.rules())
    let url = "redis://witan@127.0.0.1:\(redis.port)/3"
    let folder = try TemporaryFolder()
    func file(_ password: String) throws -> String {
      let file = folder.file(password)
      try Data("\(password)\n".utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
      return file.path
    }
    let instances = try await Instances(
      1, redis: redis, url: url,
      environment: [
        "WITAN_REDIS_PASSWORD_FILE": try file("a-secret"), "WITAN_LIMITS_DECIDER": "1000/1h",
        "WITAN_SIGNATURES_CLIENTS": try Self.clients(in: folder).path,
      ])
    let server = instances.servers[0]
    #expect(try await redis.command("CLIENT", "LIST").contains("user=witan"))
    // Findings, limits, changes and nonces.
    _ = try instances.decide(0, "look")
    #expect(try instances.setRisk(0, to: 2.25).status == 200)
    try await wait(for: "signed requests") { try Self.signed(to: server).status == 200 }
    try await wait(for: "the store") { try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#) > 0 }
    let refused = events("degradation.began", server).filter { $0.contains("Redis refuses") }
    #expect(refused.isEmpty, "\(refused)")
    let other = try await WitanServer(["--redis", url], environment: ["WITAN_REDIS_PASSWORD_FILE": try file("wrong")])
    try await wait(for: "word of the refusal", within: .seconds(30)) {
      events("degradation.began", other).contains { $0.contains("WRONGPASS") }
    }
    let check = try RunningProcess("witan", ["config", "check"], environment: ["WITAN_REDIS_URL": url])
    #expect(try await check.waitForExit() == 1)
    let said = check.standardOutput + check.standardError
    #expect(said.contains("redis.url") && said.contains("a user needs a password"), "\(said)")
  }

  @Test("over TLS an instance shows Redis its certificate; without one it is told, and decides all the same")
  func certificate() async throws {
    let certificates = try await Certificates()
    let (own, client) = (
      try await certificates.server(),
      try await certificates.make("witan", subject: "/CN=witan", names: "DNS:witan", purpose: "clientAuth")
    )
    let port = try FreePort.next()
    let redis = try await RedisServer([
      "--tls-port", "\(port)", "--tls-cert-file", own.certificate, "--tls-key-file", own.key, "--tls-ca-cert-file",
      certificates.authority, "--tls-auth-clients", "yes",
    ])
    let url = "rediss://localhost:\(port)"
    let shown = [
      "WITAN_REDIS_AUTHORITIES": certificates.authority, "WITAN_REDIS_CERTIFICATE": client.certificate,
      "WITAN_REDIS_CERTIFICATE_KEY": client.key,
    ]
    let instances = try await Instances(2, redis: redis, url: url, environment: shown)
    #expect(try instances.decide(0, "look")["cache"] as? String == "miss")
    try await wait(for: "the store") { try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#) == 1 }
    #expect(try instances.decide(1, "look")["cache"] as? String == "l2")
    #expect(try instances.setRisk(0, to: 2.25).status == 200)
    try await wait(for: "the change") { try instances.weights(1).risk == 2.25 }
    #expect(try instances.fallen(0).isEmpty)
    let bare = try await WitanServer(
      ["--redis", url], environment: ["WITAN_REDIS_AUTHORITIES": certificates.authority])
    try await wait(for: "word of the refusal", within: .seconds(30)) {
      events("degradation.began", bare).contains { $0.contains("\"changes\"") && $0.contains("certificate") }
    }
    let token = try await bare.token("decider")
    #expect(try bare.call("POST", "/v1/deliberations", token: token, body: #"{"action": "look"}"#).status == 200)
    // Neither is of use alone.
    for half in ["WITAN_REDIS_CERTIFICATE", "WITAN_REDIS_CERTIFICATE_KEY"] {
      let check = try RunningProcess(
        "witan", ["config", "check"], environment: ["WITAN_REDIS_URL": url, half: shown[half] ?? ""])
      #expect(try await check.waitForExit() == 1)
      let said = check.standardOutput + check.standardError
      #expect(said.contains("redis.certificate") && said.contains("needs"), "\(said)")
    }
  }

  @Test("a flood of foreign changes refuses nobody, is counted, and is gone")
  func flood() async throws {
    let instances = try await Instances(2, environment: ["WITAN_REDIS_REVOCATION_GRACE": "3s"])
    let list = "witan:1:{feed}:changes"
    #expect(try instances.setRisk(0, to: 2.25).status == 200)
    try await wait(for: "the change") { try instances.weights(1).risk == 2.25 }
    #expect(try instances.figure(0, #"witan_shared_changes{outcome="told"}"#) == 1)
    #expect(try instances.figure(1, #"witan_shared_changes{outcome="taken"}"#) == 1)
    try await instances.redis.command("HSET", list, "7", "nonsense")
    try await wait(for: "the count") { try instances.figure(1, #"witan_shared_changes{outcome="poisoned"}"#) == 1 }
    try await instances.redis.command(
      "EVAL", "for i = 1, 100000 do redis.call('HSET', KEYS[1], 10 + i, 'nonsense') end", "1", list)
    let end = ContinuousClock.now + .seconds(5)
    var number = 0
    while ContinuousClock.now < end {
      number += 1
      for instance in 0..<2 { _ = try instances.decide(instance, "look \(number)") }
    }
    #expect(try await instances.redis.command("HLEN", list) == "2", "what is in force, told again, and the mark")
    let dropped = try (0..<2).map { try instances.figure($0, #"witan_shared_changes{outcome="dropped"}"#) }
    #expect(dropped.reduce(0, +) >= 1)
    #expect(try (0..<2).allSatisfy { try instances.figure($0, "witan_redis_losses") == 0 })
    #expect(try instances.setRisk(1, to: 2.5).status == 200)
    try await wait(for: "the next change") { try instances.weights(0).risk == 2.5 }
  }

  @Test("who cannot ask for too long what others have revoked lets nobody in, unless told to go by what it knows")
  func revocations() async throws {
    let grace = ["WITAN_REDIS_REVOCATION_GRACE": "1s", "WITAN_REDIS_CONNECT_DEADLINE": "300ms"]
    let closed = try await Instances(1, environment: grace)
    let open = try await Instances(
      1, redis: closed.redis, environment: grace.merging(["WITAN_REDIS_UNKNOWN_REVOCATIONS": "open"]) { $1 })
    func ask(_ instances: Instances) throws -> RawAnswer {
      try instances.servers[0].call("POST", "/v1/deliberations", token: instances.admin, body: #"{"action": "look"}"#)
    }
    #expect(try ask(closed).status == 200)
    try await closed.redis.kill()
    try await wait(for: "word of it, although nobody asks", within: .seconds(30)) {
      events("degradation.began", closed.servers[0]).contains { $0.contains("\"revocations\"") }
    }
    try await wait(for: "a refusal") { try ask(closed).status == 503 }
    let refused = try ask(closed)
    #expect(refused["Content-Type"] == "application/problem+json")
    #expect(refused["Retry-After"] != nil)
    #expect(try request("GET", "/livez", port: closed.servers[0].port).status == 200)
    let ready = try request("GET", "/readyz", port: closed.servers[0].port)
    #expect(ready.status == 503 && ready.text.contains("revocations"), "\(ready.text)")
    let status = try closed.servers[0].call("GET", "/v1/status", token: closed.admin)
    #expect(status.status == 200 && status.text.contains(#""part":"revocations""#), "\(status.text)")
    let reset = try closed.servers[0].call(
      "POST", "/v1/admin/breakers/redis.cache/reset", token: closed.admin)
    #expect(reset.status == 200, "\(reset.text)")
    #expect(closed.servers[0].process.standardError.contains(#""part":"revocations""#))
    #expect(try ask(open).status == 200)
    let again = try await RedisServer(port: closed.redis.port)
    try await wait(for: "being let in again", within: .seconds(30)) { try ask(closed).status == 200 }
    withExtendedLifetime(again) {}
  }
}
