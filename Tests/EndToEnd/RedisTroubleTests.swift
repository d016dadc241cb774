// Each row of the table in docs/operations.md, with a real Redis and a real instance: a deliberation is answered all the
// same, in time, and what was missed is said.
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
        try await Task.sleep(for: .milliseconds(20))
        return try instances.figure(0, #"witan_shared_cache{outcome="stored"}"#) > before
      }
      #expect(try instances.decide(0, "case \(UUID().uuidString)")["degraded"] == nil)
      try await wait(for: "nothing to be missing", within: .seconds(30)) { try instances.fallen(0).isEmpty }
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
}
