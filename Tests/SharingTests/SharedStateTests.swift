// Limits, nonces and breakers as all instances share them, and what holds of each while Redis is away.
import Net
import Redis
import Resilience
import Signatures
import TestSupport
import Testing

@testable import Sharing

@Suite("Shared limits, nonces and breakers")
struct SharedStateTests {
  // MARK: Limits

  private func buckets(_ instance: Instance) -> SharedBuckets {
    SharedBuckets(
      instance.guarded("limits"), own: MemoryBuckets(atMost: 100) { Int64(monotonicNanoseconds() / 1000) },
      budget: .seconds(5))
  }

  private func admitted(_ buckets: [SharedBuckets], _ demands: [BucketDemand], tries: Int) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<tries {
        let buckets = buckets[number % buckets.count]
        group.addTask { await buckets.take(demands).isAdmitted }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  @Test("instances draw from one bucket, which is never overdrawn, and fills by the server's clock")
  func limits() async throws {
    let redis = try await RedisServer()
    let all = [buckets(try await Instance.kept(redis.url)), buckets(try await Instance.kept(redis.url))]
    let demand = BucketDemand("decider/anna", BucketRule(tokens: 10, period: 3_600_000_000))
    #expect(await admitted(all, [demand], tries: 100) == 10)
    let refused = await all[0].take([demand])
    #expect(refused.refusing == 0 && refused.standings[0].remaining == 0)
    #expect((1...360_000_000).contains(refused.standings[0].untilNext))
    let quick = BucketDemand("decider/bob", BucketRule(tokens: 1, period: 50_000))
    #expect(await all[0].take([quick]).isAdmitted)
    try await wait(for: "a further token") { await all[1].take([quick]).isAdmitted }
  }

  @Test("who is refused by one bucket uses up no other")
  func atomic() async throws {
    let redis = try await RedisServer()
    let shared = buckets(try await Instance.kept(redis.url))
    let (small, large) = (
      BucketDemand("small", BucketRule(tokens: 1, period: 3_600_000_000)),
      BucketDemand("large", BucketRule(tokens: 5, period: 3_600_000_000))
    )
    #expect(await shared.take([large, small]).isAdmitted)
    for _ in 0..<10 { #expect(await shared.take([large, small]).refusing == 1) }
    #expect(await admitted([shared], [large], tries: 10) == 4)
  }

  @Test("without Redis each instance keeps the limit by itself; a bucket that somebody broke is no bucket")
  func alone() async throws {
    let redis = try await RedisServer()
    let instance = try await Instance.kept(redis.url)
    let shared = buckets(instance)
    let demand = BucketDemand("decider/anna", BucketRule(tokens: 3, period: 3_600_000_000))
    #expect(await shared.take([demand]).isAdmitted)
    let name = try await redis.command("KEYS", "witan:*{limits}*")
    try await redis.command("SET", name, "nonsense")
    #expect(await admitted([shared], [demand], tries: 20) == 3)
    try await redis.kill()
    #expect(await admitted([shared], [demand], tries: 20) == 0)
    #expect(instance.board.all.map(\.degradation.part) == ["limits"])
  }

  // MARK: Leases

  private func leases(_ instance: Instance, _ holder: UInt8) -> SharedLeases {
    SharedLeases(instance.guarded("leases"), holder: [holder], budget: .seconds(5))
  }

  @Test("a lease is one holder's until it is given back or ends; the holder takes it again as often as it likes")
  func leases() async throws {
    let redis = try await RedisServer()
    let instance = try await Instance.kept(redis.url)
    let (one, other) = (leases(instance, 1), leases(instance, 2))
    #expect(await one.take("job/a", for: .seconds(60)))
    #expect(await one.take("job/a", for: .seconds(60)))
    #expect(await !other.take("job/a", for: .seconds(60)))
    #expect(await other.take("job/b", for: .seconds(60)))
    await other.release("job/a")
    #expect(await !other.take("job/a", for: .seconds(60)))
    await one.release("job/a")
    #expect(await other.take("job/a", for: .milliseconds(50)))
    try await wait(for: "the end of a lease") { await one.take("job/a", for: .seconds(60)) }
  }

  @Test("without Redis everybody goes on")
  func leasesAlone() async throws {
    let redis = try await RedisServer()
    let instance = try await Instance.kept(redis.url)
    let (one, other) = (leases(instance, 1), leases(instance, 2))
    #expect(await one.take("job/a", for: .seconds(60)))
    try await redis.kill()
    #expect(await other.take("job/a", for: .seconds(60)))
    #expect(instance.board.all.map(\.degradation.part) == ["leases"])
  }

  // MARK: Nonces

  private func nonces(_ instance: Instance, _ policy: WithoutRedis) -> SharedNonces {
    SharedNonces(
      instance.guarded("nonces"), own: NoncesInMemory(atMost: 100, began: 0), without: policy, budget: .seconds(5))
  }

  private func signature(_ nonce: String, created: Int64) -> VerifiedSignature {
    VerifiedSignature(keyID: "key", nonce: nonce, created: created)
  }

  /// Later than any memory begins.
  private let soon: Int64 = 4_000_000_000

  @Test("a signature counts once for all instances")
  func once() async throws {
    let redis = try await RedisServer()
    let (one, two) = (
      nonces(try await Instance.kept(redis.url), .closed), nonces(try await Instance.kept(redis.url), .closed)
    )
    let first = signature("a", created: soon)
    #expect(try await one.remember(first, until: soon + 300, now: soon).value)
    #expect(try await !two.remember(first, until: soon + 300, now: soon).value)
    #expect(try await two.remember(signature("b", created: soon), until: soon + 300, now: soon).value)
    let names = try await redis.command("KEYS", "witan:*{nonces}:*").split(separator: "\n")
    let seconds = try await redis.command("TTL", String(try #require(names.first { !$0.hasSuffix("began") })))
    #expect((290...302).contains(Int(seconds) ?? 0))
  }

  @Test("who takes a nonce out of Redis has no signature repeated where it was seen, be it older than that instance")
  func robbed() async throws {
    let redis = try await RedisServer()
    let instance = try await Instance.kept(redis.url)
    for began in [0, soon + 100] {
      let one = SharedNonces(
        instance.guarded("nonces"), own: NoncesInMemory(atMost: 100, began: began), without: .closed,
        budget: .seconds(5))
      let first = signature("began \(began)", created: soon)
      #expect(try await one.remember(first, until: soon + 300, now: soon).value)
      let names = try await redis.command("KEYS", "witan:*{nonces}:*").split(separator: "\n").map(String.init)
      for name in names where !name.hasSuffix("began") { #expect(try await redis.command("DEL", name) == "1") }
      #expect(try await !one.remember(first, until: soon + 300, now: soon).value)
    }
  }

  @Test("a memory that was wiped takes no signature made before: it could be a second use")
  func wiped() async throws {
    let redis = try await RedisServer()
    let one = nonces(try await Instance.kept(redis.url), .closed)
    #expect(try await one.remember(signature("a", created: soon), until: soon + 300, now: soon).value)
    try await redis.command("FLUSHALL")
    await #expect(throws: SignatureRefusal.beforeMemory) {
      try await one.remember(signature("old", created: 1_700_000_000), until: soon, now: soon)
    }
  }

  @Test("without Redis nobody is let in on a guess, unless that is what was chosen")
  func withoutRedis() async throws {
    let redis = try await RedisServer()
    let instance = try await Instance.kept(redis.url)
    let (closed, open) = (nonces(instance, .closed), nonces(instance, .open))
    try await redis.kill()
    let first = signature("a", created: soon)
    await #expect {
      try await closed.remember(first, until: soon + 300, now: soon)
    } throws: { if case SignatureRefusal.memoryFull = $0 { true } else { false } }
    #expect(try await open.remember(first, until: soon + 300, now: soon).value)
    #expect(try await !open.remember(first, until: soon + 300, now: soon).value)
  }

  // MARK: Breakers

  /// `connection`: where the news is heard, by default where commands go.
  private func share(
    _ instance: Instance, key: [UInt8] = Instance.key, connection: RedisSettings? = nil
  ) -> SharedBreakers {
    let shared = SharedBreakers(
      instance.guarded("breakers"), board: instance.breakers, seal: Seal(key: key), budget: .seconds(5),
      now: Instance.now)
    shared.start(on: instance.group.loops[0], connection ?? instance.settings)
    return shared
  }

  private func breaker(_ instance: Instance, _ name: String) -> Breaker {
    var settings = BreakerSettings()
    (settings.least, settings.pause) = (1, .seconds(3600))
    return instance.breakers.breaker(name, settings: settings)
  }

  @Test("what opens on one instance opens on all that have not called, also later; closing has it tried again")
  func breakers() async throws {
    let redis = try await RedisServer()
    let (one, two, late) = (
      try await Instance.kept(redis.url), try await Instance.kept(redis.url), try await Instance.kept(redis.url)
    )
    let own = breaker(one, "critic.a")
    let other = breaker(two, "critic.a")
    let latecomer = breaker(late, "critic.a")
    let ownThings = ["redis.x", "webhook.x", "traces", "tokens.jwks"].map { (breaker(one, $0), breaker(two, $0)) }
    let shares = [share(one), share(two)]
    try await wait(for: "the channel") {
      try await redis.command("PUBSUB", "NUMSUB", "witan:1:{breakers}:news").hasSuffix("2")
    }
    for each in ownThings.map(\.0) + [own] { each.record(try #require(each.admit()), success: false) }
    try await wait(for: "the other to open") { other.state == .open }
    #expect(ownThings.allSatisfy { $0.1.state == .closed }, "what guards one instance's own things is not shared")
    let later = share(late)
    try await wait(for: "the latecomer to open") { latecomer.state == .open }
    other.reset()
    try await wait(for: "the latecomer to close") { latecomer.state == .closed }
    // Its own call failed: it tries for itself.
    try await wait(for: "a probe to be let through") { own.state == .halfOpen }
    own.record(try #require(own.admit()), success: true)
    #expect(own.state == .closed)
    for each in shares + [later] { each.stop() }
  }

  @Test("who succeeds is not stopped by one who fails, and needs no window to find out that it fails as well")
  func advice() async throws {
    let redis = try await RedisServer()
    let (ill, well) = (try await Instance.kept(redis.url), try await Instance.kept(redis.url))
    let ills = breaker(ill, "critic.a")
    var settings = BreakerSettings()
    (settings.least, settings.pause) = (4, .seconds(3600))
    let wells = well.breakers.breaker("critic.a", settings: settings)
    let (marker, marked) = (breaker(ill, "critic.marker"), breaker(well, "critic.marker"))
    let shares = [share(ill), share(well)]
    try await wait(for: "the channel") {
      try await redis.command("PUBSUB", "NUMSUB", "witan:1:{breakers}:news").hasSuffix("2")
    }
    for _ in 0..<50 { wells.record(try #require(wells.admit()), success: true) }
    ills.record(try #require(ills.admit()), success: false)
    // Heard after it.
    marker.record(try #require(marker.admit()), success: false)
    try await wait(for: "both words") { marked.state == .open }
    #expect(wells.state == .closed && wells.report().openings == 0)
    wells.record(try #require(wells.admit()), success: false)
    wells.record(try #require(wells.admit()), success: false)
    #expect(wells.admit() == nil && wells.state == .open, "of 52 calls two failed")
    // It has found that out by itself, so a word of the other does not close it.
    ills.reset()
    marker.reset()
    try await wait(for: "both words") { marked.state == .closed }
    #expect(wells.state == .halfOpen)
    for each in shares { each.stop() }
  }

  @Test("what happened to breakers while Redis was away is told once it is back, and of two words the newer holds")
  func toldAfterwards() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Instance.kept(redis.url), try await Instance.kept(redis.url))
    func pair(_ name: String) -> (Breaker, Breaker) { (breaker(one, name), breaker(two, name)) }
    let (opened, closed, passing, disputed) = (
      pair("critic.opened"), pair("critic.closed"), pair("critic.passing"), pair("critic.disputed")
    )
    let shares = [share(one), share(two)]
    func joined(_ redis: RedisServer) async throws {
      try await wait(for: "the channel") {
        try await redis.command("PUBSUB", "NUMSUB", "witan:1:{breakers}:news").hasSuffix("2")
      }
    }
    try await joined(redis)
    for each in [closed.0, disputed.0] { each.record(try #require(each.admit()), success: false) }
    try await wait(for: "the others to open") { closed.1.state == .open && disputed.1.state == .open }
    try await redis.kill()
    try await wait(for: "the loss") { one.client.health.connected == 0 && two.client.health.connected == 0 }
    for each in [opened.0, passing.0] { each.record(try #require(each.admit()), success: false) }
    for each in [closed.1, passing.0, disputed.0] { each.reset() }
    // Later than what the first has found out of the same, and the other way round.
    disputed.1.reset()
    disputed.1.record(try #require(disputed.1.admit()), success: false)
    #expect(opened.1.state == .closed && closed.0.state == .open)
    let again = try await RedisServer(port: redis.port)
    try await wait(for: "word of the opening") { opened.1.state == .open }
    try await wait(for: "word of the closing") { closed.0.state == .halfOpen }
    try await wait(for: "the newer of two words") { disputed.0.state == .open }
    try await wait(for: "all words") { try await again.command("HLEN", "witan:1:{breakers}:states") == "4" }
    #expect(disputed.1.state == .open && opened.0.state == .open)
    #expect(passing.0.state == .closed && passing.1.state == .closed)
    for each in shares { each.stop() }
    withExtendedLifetime(again) {}
  }

  @Test("what Redis had no room for is told when it has, although no connection was lost")
  func toldWhenThereIsRoom() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Instance.kept(redis.url), try await Instance.kept(redis.url))
    let (own, other) = (breaker(one, "critic.a"), breaker(two, "critic.a"))
    let shares = [share(one), share(two)]
    try await wait(for: "the channel") {
      try await redis.command("PUBSUB", "NUMSUB", "witan:1:{breakers}:news").hasSuffix("2")
    }
    try await redis.command("CONFIG", "SET", "maxmemory", "1")
    own.record(try #require(own.admit()), success: false)
    try await wait(for: "the refusal") { one.board.isFallen("breakers") }
    #expect(other.state == .closed)
    try await redis.command("CONFIG", "SET", "maxmemory", "0")
    try await wait(for: "the other to open") { other.state == .open }
    for each in shares { each.stop() }
  }

  @Test("who joins the channel before it can ask asks until it is answered, and is well again without any news")
  func asksAgain() async throws {
    let redis = try await RedisServer()
    let proxy = try TroubledProxy(to: redis.port)
    let (one, late) = (
      try await Instance.kept(redis.url), try await Instance.kept("redis://127.0.0.1:\(proxy.port)")
    )
    let shares = [share(one)]
    let own = breaker(one, "critic.a")
    own.record(try #require(own.admit()), success: false)
    try await wait(for: "the word") { try await redis.command("HLEN", "witan:1:{breakers}:states") == "1" }
    proxy.set { $0.refuses = true }
    proxy.cutAll()
    try await wait(for: "the loss") { late.client.health.connected == 0 }
    let latecomer = breaker(late, "critic.a")
    let later = share(late, connection: one.settings)
    try await wait(for: "the first attempt to fail") { late.board.isFallen("breakers") }
    #expect(latecomer.state == .closed)
    proxy.set { $0.refuses = false }
    try await wait(for: "the latecomer to open") { latecomer.state == .open }
    try await wait(for: "it to be unsaid") { late.board.all.isEmpty }
    for each in shares + [later] { each.stop() }
  }

  @Test("a part that has fallen back is well again when Redis is, although nobody asks", arguments: [false, true])
  func recovers(isRefusal: Bool) async throws {
    let redis = try await RedisServer()
    let instance = try await Instance.kept(redis.url)
    let changes = SharedValue<[DegradationBoard.Change]>([])
    instance.board.listen { change in changes.change { $0.append(change) } }
    let shared = buckets(instance)
    if isRefusal {
      try await redis.command("CONFIG", "SET", "maxmemory", "1")
    } else {
      try await redis.kill()
    }
    // A caller whose time is soon over, as that of a request is.
    await Deadline.within(.milliseconds(100)) {
      _ = await shared.take([BucketDemand("decider/anna", BucketRule(tokens: 3, period: 3_600_000_000))])
    }
    #expect(instance.board.isFallen("limits"))
    // For longer than trying again takes.
    try await Task.sleep(for: .seconds(3))
    #expect(instance.board.isFallen("limits"))
    let again = isRefusal ? redis : try await RedisServer(port: redis.port)
    if isRefusal { try await redis.command("CONFIG", "SET", "maxmemory", "0") }
    try await wait(for: "it to be unsaid") { instance.board.all.isEmpty }
    #expect(changes.now.count == 2, "\(changes.now)")
    guard case .began(let fallen)? = changes.now.first, case .ended? = changes.now.last else {
      Issue.record("\(changes.now)")
      return
    }
    #expect(fallen.part == "limits")
    withExtendedLifetime(again) {}
  }

  @Test("nobody without the key opens a breaker")
  func forged() async throws {
    let redis = try await RedisServer()
    let (one, stranger) = (try await Instance.kept(redis.url), try await Instance.kept(redis.url))
    let own = breaker(one, "critic.a")
    let shares = [share(one), share(stranger, key: [UInt8](repeating: 1, count: 32))]
    try await wait(for: "the channel") {
      try await redis.command("PUBSUB", "NUMSUB", "witan:1:{breakers}:news").hasSuffix("2")
    }
    let other = breaker(stranger, "critic.a")
    other.record(try #require(other.admit()), success: false)
    try await redis.command("PUBLISH", "witan:1:{breakers}:news", "open critic.a")
    // Heard after all that: a word of its own.
    try await wait(for: "the words") { try await redis.command("HLEN", "witan:1:{breakers}:states") == "1" }
    #expect(own.state == .closed)
    for each in shares { each.stop() }
  }
}
