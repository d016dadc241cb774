// What instances share of batches: where critics are asked outside, what one has found out in a batch the others find in
// theirs, and a Redis that stops costs a batch one budget.
import Foundation
import TestSupport
import Testing

@Suite("Batches of several instances")
struct BatchSharingTests {
  private static let loopback = ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"]

  /// The results of a batch of lines.
  private func batch(_ instances: Instances, _ instance: Int, _ lines: [String]) throws -> [[String: Any]] {
    let answer = try instances.servers[instance].call(
      "POST", "/v1/deliberations/batch", token: instances.admin, body: lines.joined(separator: "\n"),
      fields: ["Content-Type": "application/x-ndjson"])
    #expect(answer.status == 200)
    return answer.text.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }

  private func actions(_ name: String, _ range: Range<Int>) -> [String] {
    range.map { #"{"action": "\#(name) \#($0)"}"# }
  }

  private func states(_ results: [[String: Any]]) -> [String] { results.map { $0["cache"] as? String ?? "\($0)" } }

  private func figure(_ instances: Instances, _ instance: Int, _ outcome: String) throws -> Double {
    try instances.figure(instance, #"witan_shared_cache{outcome="\#(outcome)"}"#)
  }

  private func stored(_ instances: Instances, _ instance: Int, _ count: Double) async throws {
    try await wait(for: "the stores") { try figure(instances, instance, "stored") == count }
  }

  @Test(
    "what one has found out in a batch, another finds in a batch, a document, a job or a single case, and asks nobody",
    .timeLimit(.minutes(2)))
  func shared() async throws {
    let critic = try await OutsideCriticServer()
    let instances = try await Instances(
      2, ["--policies", critic.policies.path],
      environment: Self.loopback.merging(["WITAN_CACHE_BUDGET": "5s"]) { $1 })
    let first = try batch(instances, 0, actions("water plant", 0..<200))
    #expect(states(first) == first.map { _ in "miss" } && first.count == 200)
    #expect(critic.asked == 200)
    try await stored(instances, 0, 200)

    // Equal lines, and some that nobody has decided.
    let second = try batch(
      instances, 1, actions("water plant", 0..<100) + actions("water plant", 90..<100) + actions("prune tree", 0..<20))
    #expect(
      states(second) == (0..<130).map { $0 < 100 ? "l2" : $0 < 110 ? "hit" : "miss" }, "\(states(second))")
    #expect(critic.asked == 220)
    #expect(second.allSatisfy { $0["receipt"] is [String: Any] && $0["degraded"] == nil })
    for (one, other) in zip(first, second.prefix(100)) {
      for member in ["verdict", "score", "opinions", "escalations", "uncertainty"] {
        #expect(
          NSDictionary(object: one[member] as Any, forKey: "it" as NSString)
            == NSDictionary(object: other[member] as Any, forKey: "it" as NSString), "\(member)")
      }
    }
    try await stored(instances, 1, 20)
    #expect(try instances.decide(0, "prune tree 3")["cache"] as? String == "l2")
    #expect(try instances.decide(1, "water plant 150")["cache"] as? String == "l2")

    let cases = actions("water plant", 160..<164).joined(separator: ",")
    let document = try instances.servers[1].call(
      "POST", "/v1/deliberations/batch", token: instances.admin, body: #"{"cases": [\#(cases)]}"#
    ).json()
    #expect(states(document["results"] as? [[String: Any]] ?? []) == ["l2", "l2", "l2", "l2"])

    let job = try instances.servers[1].call(
      "POST", "/v1/jobs", token: instances.admin, body: actions("water plant", 170..<180).joined(separator: "\n"),
      fields: ["Content-Type": "application/x-ndjson"])
    let path = try #require(job["Location"])
    var results: [[String: Any]] = []
    try await wait(for: "the job", within: .seconds(30)) {
      results = try instances.servers[1].call("GET", "\(path)/results", token: instances.admin).text
        .split(separator: "\n").compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
      return results.count == 10
    }
    #expect(states(results) == results.map { _ in "l2" })
    #expect(critic.asked == 220)
    // Who asks not to be served from caches is not.
    let bypass = try batch(instances, 1, [#"{"action": "water plant 190", "options": {"cache": "bypass"}}"#])
    #expect(states(bypass) == ["bypass"] && critic.asked == 221)
  }

  @Test("a poisoned value is passed over by a batch, counted, and made anew")
  func poisoned() async throws {
    let critic = try await OutsideCriticServer()
    let instances = try await Instances(
      2, ["--policies", critic.policies.path],
      environment: Self.loopback.merging(["WITAN_CACHE_BUDGET": "5s"]) { $1 })
    _ = try batch(instances, 0, actions("water plant", 0..<5))
    try await stored(instances, 0, 5)
    let names = try await instances.redis.command("KEYS", "witan:*value").split(separator: "\n").map(String.init)
    #expect(names.count == 5)
    for name in names.prefix(2) {
      try await instances.redis.command("SET", name, #"{"verdict":"allow","answers":[]}"#)
    }
    let found = states(try batch(instances, 1, actions("water plant", 0..<5)))
    #expect(found.count { $0 == "l2" } == 3 && found.count { $0 == "miss" } == 2, "\(found)")
    #expect(critic.asked == 7)
    #expect(try figure(instances, 1, "poisoned") == 2)
    try await stored(instances, 1, 2)
    for number in 0..<5 { #expect(try instances.decide(1, "water plant \(number)")["cache"] as? String == "hit") }
  }

  @Test("where nobody is asked outside a batch neither looks nor leaves anything: it is decided sooner than fetched")
  func inside() async throws {
    let instances = try await Instances(2)
    for instance in 0..<2 {
      #expect(Set(states(try batch(instances, instance, actions("water plant", 0..<50)))) == ["miss"])
    }
    let critic = try await OutsideCriticServer()
    let outside = try await Instances(
      1, redis: instances.redis, ["--policies", critic.policies.path], environment: Self.loopback)
    let unasked = (0..<5).map { #"{"action": "water plant \#($0)", "options": {"critics": ["risk"]}}"# }
    #expect(Set(states(try batch(outside, 0, unasked))) == ["miss"])
    // A single case is stored behind what a batch would have stored.
    #expect(try outside.decide(0, "the last")["cache"] as? String == "miss")
    try await stored(outside, 0, 1)
    for outcome in ["hit", "stored", "unavailable"] {
      #expect(try figure(instances, 0, outcome) == 0 && figure(instances, 1, outcome) == 0)
    }
    #expect(try figure(outside, 0, "miss") == 1)
    #expect(try await instances.redis.command("KEYS", "witan:*value").split(separator: "\n").count == 1)
    withExtendedLifetime(critic) {}
  }

  @Test("Redis stopped in the midst of a batch costs it one budget, and every line that was touched says so")
  func stopped() async throws {
    let critic = try await OutsideCriticServer()
    let budget = Duration.seconds(1)
    let instances = try await Instances(
      1, ["--policies", critic.policies.path],
      environment: Self.loopback.merging(["WITAN_CACHE_BUDGET": "1s", "WITAN_REDIS_IDLE_DEADLINE": "60s"]) { $1 })
    var connection = try RawConnection(port: instances.servers[0].port)
    try connection.send(
      "POST /v1/deliberations/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(instances.admin)\r\n"
        + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
    func ask(_ action: String, _ connection: inout RawConnection) throws -> [String: Any] {
      let line = #"{"action": "\#(action)"}"# + "\n"
      try connection.send("\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n")
      let answer = try connection.bytes(through: Array("}\n".utf8))
      let text = String(decoding: answer, as: UTF8.self)
      let json = try #require(text.firstIndex(of: "{"))
      return try JSONSerialization.jsonObject(with: Data(text[json...].utf8)) as? [String: Any] ?? [:]
    }
    let clock = ContinuousClock()
    var well: [[String: Any]] = []
    _ = try ask("the first", &connection)
    let usual = try clock.measure { for number in 0..<20 { well.append(try ask("well \(number)", &connection)) } }
    #expect(well.allSatisfy { $0["cache"] as? String == "miss" && $0["degraded"] == nil })
    instances.redis.freeze()
    var touched: [[String: Any]] = []
    let stopped = try clock.measure {
      for number in 0..<20 { touched.append(try ask("stopped \(number)", &connection)) }
    }
    instances.redis.resume()
    // Each look by itself would cost as much again, until the breaker opens after five.
    #expect(stopped - usual < budget * 3 / 2, "\(stopped), usually \(usual)")
    #expect(touched.allSatisfy { $0["verdict"] is String && $0["receipt"] is [String: Any] })
    let parts = touched.flatMap { $0["degraded"] as? [[String: Any]] ?? [] }
    #expect(parts.count == 20 && Set(parts.compactMap { $0["part"] as? String }) == ["cache.l2"])
    try await wait(for: "a line that misses nothing", within: .seconds(30)) {
      try ask("back \(UUID().uuidString)", &connection)["degraded"] == nil
    }
    withExtendedLifetime(critic) {}
  }
}
