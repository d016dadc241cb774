// The cache that instances share: what one stores the others find; what others write is no value; of many who need the same
// one works it out; and nothing that Redis does costs more than the budget.
import Crypto
import Foundation
import Redis
import Resilience
import TestSupport
import Testing

@testable import Sharing

@Suite("Shared cache")
struct SharedCacheTests {
  private let key = SHA256.digest(Array("case".utf8))
  private let value = Array("findings".utf8)

  private func names(_ redis: RedisServer) async throws -> [String] {
    try await redis.command("KEYS", "*").split(separator: "\n").map(String.init).sorted()
  }

  private func store(_ instance: Instance, _ key: Digest, _ value: [UInt8]) async throws {
    guard case .absent(let lease) = await instance.cache.look(for: key) else { return }
    instance.cache.store(value, for: key, lease)
    try await wait(for: "the store") { instance.cache.statistics.stores + instance.cache.statistics.lost > 0 }
  }

  @Test("what one instance stores another finds, and it expires, not all at the same time")
  func shares() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url)
    let two = try await Instance(redis.url)
    try await store(one, key, value)
    #expect(await two.look(key) == "findings")
    #expect(two.cache.statistics.hits == 1 && one.cache.statistics.misses == 1)
    #expect(try await names(redis).count == 1, "the lease is given back")
    for number in 0..<40 {
      one.cache.store(value, for: SHA256.digest([UInt8(number)]), nil)
    }
    try await wait(for: "the stores") { one.cache.statistics.stores == 41 }
    var lifetimes: Set<String> = []
    for name in try await names(redis) {
      let seconds = try await redis.command("TTL", name)
      #expect((3201...3600).contains(try #require(Int(seconds))))
      lifetimes.insert(seconds)
    }
    #expect(lifetimes.count > 10)
  }

  @Test("a lease is given back however many calls are under way; who finds no place is told that, not that Redis fails")
  func crowded() async throws {
    let redis = try await RedisServer()
    let proxy = try TroubledProxy(to: redis.port)
    let instance = try await Instance("redis://127.0.0.1:\(proxy.port)") { settings in
      (settings.lease, settings.budget) = (.seconds(60), .seconds(30))
    }
    func lease(_ key: Digest) async throws -> SharedLease {
      guard case .absent(let lease?) = await instance.cache.look(for: key) else { throw RedisError.deadlinePassed }
      return lease
    }
    func isHeld(_ key: Digest) async throws -> Bool {
      try await redis.command("EXISTS", "witan:1:{\(key.hex)}:lease") == "1"
    }
    // Redis learns the script, which it could not ask for below.
    let other = SHA256.digest(Array("another case".utf8))
    instance.cache.giveUp(other, try await lease(other))
    try await wait(for: "the end of the lease") { try await !isHeld(other) }
    let held = try await lease(key)
    #expect(try await isHeld(key))
    proxy.set { $0.isSilent = true }
    let reasons = SharedValue<[String]>([])
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<400 {
        group.addTask {
          if case .unavailable(let fallen) = await instance.cache.look(for: SHA256.digest(Array("\(number)".utf8))) {
            reasons.change { $0.append(fallen.reason) }
          }
        }
      }
      do {
        try await wait(for: "all places to be taken") { reasons.now.count > 100 }
        try await wait(for: "all to be told") { reasons.now.count == instance.cache.redisStatistics.skips }
        #expect(reasons.now.allSatisfy { $0.contains("has as many calls to Redis under way as it bears") })
        instance.cache.giveUp(key, held)
        try await wait(for: "the end of the lease") { try await !isHeld(key) }
      } catch { Issue.record(error) }
      proxy.cutAll()
    }
  }

  @Test("a value that somebody else wrote, changed or moved is ignored and counted, and made anew")
  func poisoned() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url)
    try await store(one, key, value)
    let name = try #require(try await names(redis).first)
    let other = SHA256.digest(Array("another case".utf8))
    let client = one.client
    let good = try #require(try await client.call(RedisCommand("GET", .init(name)), within: .seconds(5)).bytes)
    let poisons: [[UInt8]] = [
      Array(#"{"verdict":"allow"}"#.utf8), [], Array(good.dropLast()), good.map { $0 ^ 1 },
      [UInt8](repeating: 0, count: 70),
    ]
    for (number, poison) in poisons.enumerated() {
      _ = try await client.call(RedisCommand("SET", .init(name), .init(poison)), within: .seconds(5))
      #expect(await one.look(key) == "absent")
      #expect(one.cache.statistics.poisoned == number + 1)
    }
    // The right bytes in the wrong place, and the right ones of another key's owner.
    let moved = name.replacing(key.hex, with: other.hex)
    _ = try await client.call(RedisCommand("SET", .init(moved), .init(good)), within: .seconds(5))
    #expect(await one.look(other) == "absent")
    let stranger = try await Instance(redis.url, key: [UInt8](repeating: 1, count: 32))
    stranger.cache.store(value, for: key, nil)
    try await wait(for: "the store") { stranger.cache.statistics.stores == 1 }
    #expect(await one.look(key) == "absent" && one.cache.statistics.poisoned == poisons.count + 2)
    one.cache.store(value, for: key, nil)
    try await wait(for: "the store") { one.cache.statistics.stores == 2 }
    #expect(await one.look(key) == "findings")
  }

  @Test("of many instances that need the same at once one works it out, and the others get what it found")
  func stampede() async throws {
    let redis = try await RedisServer()
    var instances: [Instance] = []
    for _ in 0..<3 { instances.append(try await Instance(redis.url)) }
    let worked = SharedValue(0)
    let key = key
    let value = value
    let answers = await withTaskGroup(of: [UInt8].self) { group in
      for instance in instances {
        for _ in 0..<10 {
          group.addTask {
            switch await instance.cache.look(for: key) {
            case .found(let bytes): return bytes
            case .unavailable: return []
            case .absent(let lease):
              worked.change { $0 += 1 }
              try? await Task.sleep(for: .milliseconds(100))
              instance.cache.store(value, for: key, lease)
              return value
            }
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers == Array(repeating: value, count: 30))
    #expect(worked.now == 1)
  }

  @Test(
    "who has found nothing that holds gives the lease back, and another tries; one that is never heard of again loses it"
  )
  func leases() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.lease = .milliseconds(200) }
    let two = try await Instance(redis.url)
    guard case .absent(let lease?) = await one.cache.look(for: key) else {
      Issue.record("no lease")
      return
    }
    let waiting = Task { await two.look(key) }
    try await wait(for: "the other to wait") { two.cache.statistics.waits == 1 }
    one.cache.giveUp(key, lease)
    #expect(await waiting.value == "absent, mine to find")
    let other = SHA256.digest([1])
    #expect(await one.look(other) == "absent, mine to find")
    #expect(await two.look(other) == "absent, mine to find", "after the lease of 200 ms")
  }

  @Test("where nobody is asked outside, waiting for another instance costs no more than the budget")
  func patience() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.lease = .seconds(60) }
    let two = try await Instance(redis.url) { $0.budget = .milliseconds(500) }
    let machine = try MachineDelay(on: redis.folder.url)
    #expect(await one.look(key) == "absent, mine to find")
    _ = machine.take()
    let began = ContinuousClock.now
    #expect(await two.look(key) == "absent")
    let took = ContinuousClock.now - began
    #expect(took < .milliseconds(520) + machine.take(), "\(took)")
    #expect(took > .milliseconds(450), "\(took)")
    #expect(two.cache.statistics.waitsInVain == 1)
  }

  @Test("one that asks outside is waited for far beyond budget and lease, for it says that it is at work")
  func renewed() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.lease = .milliseconds(300) }
    let two = try await Instance(redis.url) { $0.budget = .milliseconds(200) }
    guard case .absent(let lease?) = await one.cache.look(for: key, work: .seconds(30)) else {
      Issue.record("no lease")
      return
    }
    let waiting = Task { await two.look(key, work: .seconds(30)) }
    try await Task.sleep(for: .milliseconds(1500))
    #expect(two.cache.statistics.waits == 1 && two.cache.statistics.waitsInVain == 0)
    one.cache.store(value, for: key, lease)
    #expect(await waiting.value == "findings")
    // The lease ends with the work, and no late word brings it back.
    try await Task.sleep(for: .milliseconds(200))
    #expect(try await names(redis).count == 1)
  }

  @Test("whoever says nothing is waited for until the lease ends; of those who waited one takes it, none waits again")
  func lapsed() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.lease = .milliseconds(400) }
    let others = [try await Instance(redis.url), try await Instance(redis.url), try await Instance(redis.url)]
    let machine = try MachineDelay(on: redis.folder.url)
    #expect(await one.look(key) == "absent, mine to find")
    _ = machine.take()
    let began = ContinuousClock.now
    let key = key
    let found = await withTaskGroup(of: String.self) { group in
      for other in others { group.addTask { await other.look(key, work: .seconds(30)) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let took = ContinuousClock.now - began
    #expect(found.sorted() == ["absent", "absent", "absent, mine to find"])
    #expect(took > .milliseconds(300) && took < .milliseconds(500) + machine.take(), "\(took)")
    // Who comes now waits for the one that has taken it.
    let late = try await Instance(redis.url)
    let waiting = Task { await late.look(key, work: .seconds(30)) }
    try await wait(for: "the late one to wait") { late.cache.statistics.waits == 1 }
    others[0].cache.store(value, for: key, nil)
    #expect(await waiting.value == "findings")
    withExtendedLifetime(others) {}
  }

  @Test("nobody waits longer than leaves them time for the work itself; with less they neither wait nor hold a lease")
  func hurried() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.lease = .seconds(60) }
    let two = try await Instance(redis.url)
    let machine = try MachineDelay(on: redis.folder.url)
    let key = key
    await Deadline.within(.seconds(1)) {
      let (free, looked) = (SHA256.digest([1]), await two.look(SHA256.digest([1]), work: .seconds(2)))
      #expect(looked == "absent")
      let again = await one.look(free)
      #expect(again == "absent, mine to find", "nobody holds it")
    }
    #expect(await one.look(key) == "absent, mine to find")
    _ = machine.take()
    var began = ContinuousClock.now
    await Deadline.within(.seconds(1)) {
      let looked = await two.look(key, work: .seconds(2))
      #expect(looked == "absent" && two.cache.statistics.waits == 0)
    }
    #expect(ContinuousClock.now - began < .milliseconds(50) + machine.take())
    began = .now
    await Deadline.within(.milliseconds(1300)) {
      let looked = await two.look(key, work: .seconds(1))
      #expect(looked == "absent" && two.cache.statistics.waits == 1)
    }
    let took = ContinuousClock.now - began
    #expect(took > .milliseconds(250) && took < .milliseconds(330) + machine.take(), "\(took)")
  }

  @Test("what has no end is nobody's lease")
  func endless() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url)
    try await redis.command("SET", "witan:1:{\(key.hex)}:lease", "nonsense")
    #expect(await one.look(key, work: .seconds(30)) == "absent, mine to find")
  }

  @Test("that the time runs out while another instance is waited for says nothing of Redis")
  func lastPoll() async throws {
    let redis = try await RedisServer()
    let proxy = try TroubledProxy(to: redis.port)
    let one = try await Instance(redis.url) { $0.lease = .seconds(60) }
    let two = try await Instance("redis://127.0.0.1:\(proxy.port)") { $0.budget = .seconds(1) }
    #expect(await one.look(key) == "absent, mine to find")
    // The third answer comes too late.
    proxy.set { $0.delay = .milliseconds(400) }
    #expect(await two.look(key) == "absent")
    #expect(two.cache.statistics.waitsInVain == 1 && two.cache.statistics.unavailable == 0)
    #expect(two.cache.redisStatistics.failures == 0 && two.board.all.isEmpty)
    #expect(two.breakers.reports.allSatisfy { $0.state == .closed })
    // Many together are not looked for while Redis is in doubt.
    proxy.set { $0.delay = .zero }
    guard case .absent? = await two.cache.look(for: [key]).first else {
      Issue.record("Redis is left alone")
      return
    }
  }

  @Test("a Redis that stops costs a look its budget, and soon nothing; it is said, and unsaid when it is back")
  func frozen() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.budget = .milliseconds(30) }
    try await store(one, key, value)
    redis.freeze()
    let began = ContinuousClock.now
    for _ in 0..<200 { #expect(await one.look(key) == "unavailable") }
    // All of them would take six seconds.
    #expect(.now - began < .seconds(3))
    #expect(one.breakers.reports.first { $0.name == "redis.cache.l2" }?.state != .closed)
    #expect(one.board.all.map(\.degradation.part) == ["cache.l2"] && one.board.level == .reduced)
    redis.resume()
    try await wait(for: "the value again") { await one.look(key) == "findings" }
    #expect(one.breakers.reports.first { $0.name == "redis.cache.l2" }?.state == .closed)
    try await wait(for: "it to be unsaid") { one.board.level == .none }
  }

  @Test("a lease that came too late is given back at once")
  func lateLease() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) {
      $0.budget = .milliseconds(100)
      $0.lease = .seconds(60)
    }
    guard case .absent(let lease) = await one.cache.look(for: key) else {
      Issue.record("nothing is there")
      return
    }
    one.cache.giveUp(key, lease)
    try await wait(for: "no lease") { try await names(redis).isEmpty }
    redis.freeze()
    #expect(await one.look(key) == "unavailable")
    redis.resume()
    #expect(try await names(redis).filter { $0.hasSuffix("lease") } == [])
  }

  @Test("where Redis has no room, or is a replica, what is there is still found, and nothing fails")
  func refusing() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url)
    try await store(one, key, value)
    let other = SHA256.digest([1])
    try await redis.command("CONFIG", "SET", "maxmemory", "1")
    #expect(await one.look(key) == "findings")
    #expect(await one.look(other) == "absent")
    one.cache.store(value, for: other, nil)
    try await wait(for: "the failed store") { one.cache.statistics.lost == 1 }
    #expect(await one.look(key) == "findings")
    // That something is found is no proof that all is well.
    #expect(one.board.all.map(\.degradation.part) == ["cache.l2"])
    try await redis.command("CONFIG", "SET", "maxmemory", "0")
    try await wait(for: "it to be unsaid, although nobody asks") { one.board.level == .none }
    let copy = try await RedisServer()
    try await copy.command("REPLICAOF", "127.0.0.1", "\(redis.port)")
    let replica = try await Instance(copy.url)
    try await wait(for: "the copy") { await replica.look(key) == "findings" }
    #expect(await replica.look(other) == "absent")
    #expect((one.breakers.reports + replica.breakers.reports).allSatisfy { $0.state == .closed })
  }
}
