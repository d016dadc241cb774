// Each row of the table in docs/operations.md, with a real Redis and a real instance: a deliberation is answered all the
// same, in time, and what was missed is said.
import Crypto
import Foundation
import TestSupport
import Testing

@Suite("Redis in trouble")
struct RedisTroubleTests {
  private static let budget = 40

  /// One instance whose Redis is behind a proxy that can be told to misbehave.
  private struct Trouble {
    let redis: RedisServer
    let proxy: TroubledProxy
    let instances: Instances

    init() async throws {
      redis = try await RedisServer()
      proxy = try TroubledProxy(to: redis.port)
      instances = try await Instances(
        1, redis: redis, url: "redis://127.0.0.1:\(proxy.port)",
        environment: [
          "WITAN_CACHE_BUDGET": "\(RedisTroubleTests.budget)ms", "WITAN_REDIS_CONNECT_DEADLINE": "300ms",
          "WITAN_REDIS_IDLE_DEADLINE": "500ms",
        ])
      // The first case of a process takes longer than any other.
      _ = try instances.decide(0, "warm up")
    }

    /// Decides new cases while there is trouble; what each answer says of it.
    @discardableResult
    func decide(_ count: Int, _ name: String) throws -> [[String: Any]] {
      var answers: [[String: Any]] = []
      var slowest = Duration.zero
      for number in 0..<count {
        let began = ContinuousClock.now
        answers.append(try instances.decide(0, "\(name) \(number)"))
        slowest = max(slowest, .now - began)
      }
      #expect(answers.allSatisfy { $0["cache"] as? String == "miss" })
      // The budget, and what deciding and a busy machine take.
      #expect(slowest < .milliseconds(RedisTroubleTests.budget + 400), "\(slowest)")
      return answers
    }

    /// All is well again: what is stored is there.
    func recovers() async throws {
      try await wait(for: "stores", within: .seconds(30)) {
        let before = try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#)
        _ = try instances.decide(0, "case \(UUID().uuidString)")
        return try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#) > before
      }
      // What was stored may have been sent before the trouble; and a part is known to be well when it has been of use.
      try await wait(for: "nothing to be missing", within: .seconds(30)) {
        try instances.decide(0, "case \(UUID().uuidString)")["degraded"] == nil && instances.fallen(0).isEmpty
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
    let trouble = try await Trouble()
    trouble.proxy.set { $0.delay = .milliseconds(200) }
    let answers = try trouble.decide(20, "slow")
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
    try await trouble.redis.command("CONFIG", "SET", "maxmemory", "1")
    let answers = try trouble.decide(10, "full")
    #expect(answers.count == 10)
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
    let master = try await RedisServer()
    try await trouble.redis.command("REPLICAOF", "127.0.0.1", "\(master.port)")
    try trouble.decide(10, "read-only")
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

  @Test(
    "whatever is the matter, limits hold at each instance, signed requests wait, and changes are made and told later",
    arguments: ["full", "read-only", "stopped", "killed"])
  func others(what: String) async throws {
    let secret = Array("a secret of the billing service, 40 bytes".utf8)
    let folder = try TemporaryFolder()
    let clients = folder.file("clients.json")
    try Data(
      #"""
      {"clients": [{"keyid": "billing", "subject": "billing", "roles": ["decider"], "secret": "\#(Base64.encode(secret))"}]}
      """#.utf8
    ).write(to: clients)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: clients.path)
    let instances = try await Instances(
      2,
      environment: [
        "WITAN_SIGNATURES_CLIENTS": clients.path, "WITAN_LIMITS_AUDITOR": "3/1h",
        "WITAN_REDIS_CONNECT_DEADLINE": "300ms", "WITAN_REDIS_IDLE_DEADLINE": "500ms",
      ])
    var redis = instances.redis
    let master = try await RedisServer()
    switch what {
    case "full": try await redis.command("CONFIG", "SET", "maxmemory", "1")
    case "read-only": try await redis.command("REPLICAOF", "127.0.0.1", "\(master.port)")
    case "stopped": redis.freeze()
    default: try await redis.kill()
    }
    func signed() throws -> Int {
      let body = #"{"action": "send_invoice", "actor": "billing"}"#
      let fields = try RequestSigner(secret: secret).fields(
        "POST", "/v1/deliberations", port: instances.servers[0].port, body: body)
      return try instances.servers[0].call("POST", "/v1/deliberations", body: body, fields: fields).status
    }
    #expect(try signed() == 503)
    let auditor = try await instances.servers[0].token("auditor", subject: "anna")
    for server in instances.servers {
      let statuses = try (0..<5).map { _ in try server.call("GET", "/v1/audit/stats", token: auditor).status }
      #expect(statuses == [200, 200, 200, 429, 429])
    }
    #expect(try instances.setRisk(0, to: 2.25).status == 200)
    #expect(try instances.weights(0).risk == 2.25)
    #expect(try instances.weights(1).risk != 2.25)
    #expect(try Set(instances.fallen(0)).isSuperset(of: ["limits", "nonces"]))

    switch what {
    case "full": try await redis.command("CONFIG", "SET", "maxmemory", "0")
    case "read-only": try await redis.command("REPLICAOF", "NO", "ONE")
    case "stopped": redis.resume()
    default: redis = try await RedisServer(port: redis.port)
    }
    try await wait(for: "the change at the other", within: .seconds(30)) { try instances.weights(1).risk == 2.25 }
    // Where the memory of signatures began anew, those of its first second are refused.
    try await wait(for: "signed requests", within: .seconds(30)) { try signed() == 200 }
    withExtendedLifetime(redis) {}
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
    #expect(closed.servers[0].process.standardError.contains("revocations.unknown"))
    #expect(try ask(open).status == 200)
    let again = try await RedisServer(port: closed.redis.port)
    try await wait(for: "being let in again", within: .seconds(30)) { try ask(closed).status == 200 }
    withExtendedLifetime(again) {}
  }
}
