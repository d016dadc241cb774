// Of several instances that need the same at once one asks the critics outside, and the others wait for it as long as it is at
// work: not for one that has died, nor for one after the other, nor for a Redis that is ill.
import Foundation
import TestSupport
import Testing

@Suite("A stampede")
struct StampedeTests {
  /// What somebody was answered, and when.
  private struct Outcome: Sendable {
    let body: String
    let took: Duration

    var answer: [String: Any]? { try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] }
  }

  /// Instances on one Redis whose council asks one slow critic outside.
  private struct Herd {
    let critic: OutsideCriticServer
    let instances: Instances
    let machine: MachineDelay

    init(_ count: Int, delay: Double, status: Int = 200, budget: String) async throws {
      critic = try await OutsideCriticServer(delay: delay, status: status)
      instances = try await Instances(
        count, ["--policies", critic.policies.path],
        environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true", "WITAN_CACHE_BUDGET": budget])
      machine = try MachineDelay(on: instances.servers[0].folder.url)
      // The first case of a process takes longer than any other. No critic outside is asked.
      for instance in 0..<count {
        _ = try instances.decide(instance, "warm up \(instance)", options: #"{"critics": ["rights"]}"#)
      }
      #expect(critic.asked == 0)
    }

    /// Has an instance decide a case, on a thread of its own.
    func asking(_ instance: Int, _ action: String) -> SharedValue<Outcome?> {
      let outcome = SharedValue<Outcome?>(nil)
      let (server, token) = (instances.servers[instance], instances.admin)
      Thread.detachNewThread {
        let began = ContinuousClock.now
        let answer = try? server.call(
          "POST", "/v1/deliberations", token: token, body: #"{"action": "\#(action)"}"#)
        let result = Outcome(body: answer?.text ?? "", took: ContinuousClock.now - began)
        outcome.change { $0 = result }
      }
      return outcome
    }

    /// Has all decide the same at once: what each answered, and what the longest took beyond the machine's own delay.
    func askAll(_ action: String) async throws -> (answers: [[String: Any]], longest: Duration) {
      _ = machine.take()
      let outcomes = instances.servers.indices.map { asking($0, action) }
      try await wait(for: "the answers", within: .seconds(30)) { outcomes.allSatisfy { $0.read { $0 != nil } } }
      let delay = machine.take()
      let all = outcomes.compactMap { $0.now }
      return (all.compactMap(\.answer), (all.map(\.took).max() ?? .zero) - delay)
    }
  }

  private func states(_ answers: [[String: Any]]) -> [String] { answers.compactMap { $0["cache"] as? String }.sorted() }

  @Test("a slow critic outside is asked once for three instances, and nobody waits longer than it takes")
  func once() async throws {
    let herd = try await Herd(3, delay: 1, budget: "100ms")
    for number in 1...3 {
      let (answers, longest) = try await herd.askAll("water plant \(number)")
      #expect(herd.critic.asked == number)
      #expect(states(answers) == ["l2", "l2", "miss"], "\(answers)")
      #expect(answers.allSatisfy { $0["verdict"] as? String == "allow" && $0["degraded"] == nil })
      // A look every 20 ms at the latest, and what deciding and its record take.
      #expect(longest < .milliseconds(1200), "\(longest)")
    }
  }

  @Test("one that is killed while it asks is waited for no longer than its lease")
  func killed() async throws {
    let herd = try await Herd(2, delay: 1, budget: "100ms")
    let dying = herd.asking(0, "water the plants")
    try await wait(for: "the question") { herd.critic.asked == 1 }
    let waiting = herd.asking(1, "water the plants")
    try await wait(for: "the other to wait") {
      try herd.instances.figure(1, #"witan_shared_cache{outcome="waited"}"#) == 1
    }
    _ = herd.machine.take()
    herd.instances.servers[0].process.signal(SIGKILL)
    let began = ContinuousClock.now
    try await wait(for: "the answer") { waiting.read { $0 != nil } }
    let took = ContinuousClock.now - began
    let delay = herd.machine.take()
    let answer = try #require(waiting.now?.answer)
    #expect(answer["cache"] as? String == "miss" && answer["verdict"] as? String == "allow", "\(answer)")
    #expect(answer["degraded"] == nil && herd.critic.asked == 2)
    // The lease of 250 ms, the critic's second, and what looking and deciding take.
    #expect(took < .milliseconds(1450) + delay, "\(took), of which the machine's own \(delay)")
    try await wait(for: "the end of the dead one's connection") { dying.read { $0 != nil } }
  }

  @Test("a critic that fails costs each at most two of its times, and not one for each instance")
  func failing() async throws {
    let herd = try await Herd(3, delay: 1, status: 500, budget: "100ms")
    let (answers, longest) = try await herd.askAll("water the plants")
    #expect(states(answers) == ["miss", "miss", "miss"])
    #expect(
      answers.allSatisfy { ($0["abstentions"] as? [[String: Any]])?.first?["critic"] as? String == "brevity" },
      "\(answers)")
    #expect(herd.critic.asked == 3)
    #expect(longest < .milliseconds(2300), "\(longest)")
  }

  @Test("where Redis stops while another is waited for, that costs the budget and no more")
  func stopped() async throws {
    let herd = try await Herd(2, delay: 2, budget: "100ms")
    let first = herd.asking(0, "water the plants")
    try await wait(for: "the question") { herd.critic.asked == 1 }
    let waiting = herd.asking(1, "water the plants")
    try await wait(for: "the other to wait") {
      try herd.instances.figure(1, #"witan_shared_cache{outcome="waited"}"#) == 1
    }
    _ = herd.machine.take()
    herd.instances.redis.freeze()
    let began = ContinuousClock.now
    try await wait(for: "the second question") { herd.critic.asked == 2 }
    let took = ContinuousClock.now - began
    #expect(took < .milliseconds(200) + herd.machine.take(), "\(took)")
    try await wait(for: "the answers") { first.read { $0 != nil } && waiting.read { $0 != nil } }
    let parts = waiting.now?.answer?["degraded"] as? [[String: Any]] ?? []
    #expect(parts.map { $0["part"] as? String } == ["cache.l2"])
    herd.instances.redis.resume()
  }

  @Test("who has less time than the critic may take waits for nobody, and nobody waits for them")
  func hurried() async throws {
    let herd = try await Herd(2, delay: 1, budget: "100ms")
    let patient = herd.asking(0, "water the plants")
    try await wait(for: "the question") { herd.critic.asked == 1 }
    let hurried = try herd.instances.servers[1].call(
      "POST", "/v1/deliberations", token: herd.instances.admin, body: #"{"action": "water the plants"}"#,
      fields: ["Request-Timeout": "5"]
    ).json()
    #expect(hurried["cache"] as? String == "miss" && herd.critic.asked == 2)
    #expect(try herd.instances.figure(1, #"witan_shared_cache{outcome="waited"}"#) == 0)
    try await wait(for: "the first answer") { patient.read { $0 != nil } }
  }
}
