// The list of changes: what one instance tells the others take once, in order, also after they were away, also after Redis
// was wiped; and nobody without the key can tell them anything.
import Foundation
import Locking
import Redis
import Resilience
import TestSupport
import Testing

@testable import Sharing

/// What a member knows: all that it took, and what it would tell again.
private final class Memory: Sendable {
  private let state = Locked<(taken: [String], own: [String], isWilling: Bool)>(([], [], true))

  var taken: [String] { state.withLock { $0.taken } }
  func took(_ changes: [String]) -> Bool { state.withLock { $0.taken == changes } }
  var own: [String] { state.withLock { $0.own } }

  func made(_ changes: String...) { made(changes) }
  func made(_ changes: [String]) { state.withLock { $0.own = changes } }
  func madeAlso(_ change: String) { state.withLock { $0.own.append(change) } }
  func refuse(_ refuses: Bool) { state.withLock { $0.isWilling = !refuses } }

  func take(_ change: String) -> Bool {
    state.withLock { state in
      guard state.isWilling else { return false }
      state.taken.append(change)
      return true
    }
  }
}

/// An instance with a feed.
private struct Member {
  let instance: Instance
  let feed: ChangeFeed
  let memory = Memory()

  init(
    _ url: String, key: [UInt8] = Instance.key, own: [String] = [],
    _ change: (inout ChangeFeed.Settings) -> Void = { _ in }
  ) async throws {
    instance = try await Instance(url, key: key)
    memory.made(own)
    var settings = ChangeFeed.Settings()
    settings.interval = .milliseconds(200)
    change(&settings)
    let memory = memory
    feed = ChangeFeed(
      instance.guarded("changes"), seal: Seal(key: key), settings: settings, now: Instance.now,
      own: { memory.own.map { Array($0.utf8) } },
      take: { changes in changes.allSatisfy { memory.take(String(decoding: $0, as: UTF8.self)) } })
    await feed.start(on: instance.group.loops[0], instance.settings)
  }

  func change(_ text: String) async throws {
    try await feed.alone {
      memory.made(text)
      await feed.tell(Array(text.utf8))
    }
  }

  func took(_ changes: [String]) async throws {
    try await wait(for: "\(changes)") { memory.took(changes) }
  }
}

@Suite("Change feed")
struct ChangeFeedTests {
  private let list = "witan:1:{feed}:changes"

  @Test("what one tells the others take once and in order; it does not hear itself")
  func tells() async throws {
    let redis = try await RedisServer()
    let (one, two, three) = (try await Member(redis.url), try await Member(redis.url), try await Member(redis.url))
    for number in 1...20 { try await (number % 2 == 0 ? one : two).change("change \(number)") }
    try await three.took((1...20).map { "change \($0)" })
    try await one.took(stride(from: 1, through: 19, by: 2).map { "change \($0)" })
    try await two.took(stride(from: 2, through: 20, by: 2).map { "change \($0)" })
  }

  @Test("a change that outlasts the time of its request is told all the same, and gives its turn back")
  func outlasting() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    try await Deadline.within(.milliseconds(500)) {
      try await one.feed.alone {
        try await Task.sleep(for: .milliseconds(600))
        one.memory.made("slow")
        await one.feed.tell(Array("slow".utf8))
      }
    }
    #expect(try await redis.command("EXISTS", "witan:1:{feed}:turn") == "0")
    try await two.took(["slow"])
  }

  @Test("who comes later, or was cut off, takes what it missed")
  func late() async throws {
    let redis = try await RedisServer()
    let proxy = try TroubledProxy(to: redis.port)
    let one = try await Member(redis.url)
    let away = try await Member("redis://127.0.0.1:\(proxy.port)")
    try await one.change("a")
    try await away.took(["a"])
    proxy.set { $0.refuses = true }
    proxy.cutAll()
    try await one.change("b")
    try await one.change("c")
    let late = try await Member(redis.url)
    try await late.took(["a", "b", "c"])
    proxy.set { $0.refuses = false }
    try await away.took(["a", "b", "c"])
  }

  @Test("what cannot be taken now is tried again, and nothing after it is taken before it")
  func again() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    two.memory.refuse(true)
    try await one.change("a")
    try await one.change("b")
    let looks = two.feed.statistics.looks
    try await wait(for: "more looks") { two.feed.statistics.looks > looks + 2 }
    #expect(two.memory.taken.isEmpty)
    two.memory.refuse(false)
    try await two.took(["a", "b"])
  }

  @Test("without Redis a change is made at once, and told when Redis is back")
  func outage() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    try await one.change("a")
    try await two.took(["a"])
    try await redis.kill()
    try await one.change("b")
    #expect(two.memory.taken == ["a"])
    let again = try await RedisServer(port: redis.port)
    try await two.took(["a", "b"])
    withExtendedLifetime((again, one)) {}
  }

  @Test("a Redis that was wiped is told again what is in force")
  func wiped() async throws {
    let redis = try await RedisServer()
    let one = try await Member(redis.url)
    try await one.change("a")
    try await one.change("b")
    try await redis.command("FLUSHALL")
    // The change, and the mark of the list.
    try await wait(for: "the list again") { try await redis.command("HLEN", list) == "2" }
    let late = try await Member(redis.url)
    try await late.took(["b"])
    withExtendedLifetime(one) {}
  }

  @Test("what somebody without the key puts in the list is taken by nobody, counted, and stands in nobody's way")
  func forged() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    let stranger = try await Member(redis.url, key: [UInt8](repeating: 1, count: 32))
    try await one.change("a")
    try await two.took(["a"])
    await stranger.feed.tell(Array("forged".utf8))
    let places = ["4", "1000000", "9223372036854775807", "9223372036854775806", "not a number"]
    for number in places { try await redis.command("HSET", list, number, "nonsense") }
    try await redis.command("PUBLISH", "witan:1:{feed}:news", "7")
    try await one.change("b")
    try await two.took(["a", "b"])
    #expect(two.feed.statistics.poisoned + one.feed.statistics.poisoned > 0)
    #expect(!one.memory.taken.contains("forged"))
  }

  /// Puts so many entries of a stranger's into the list.
  private func flood(_ redis: RedisServer, _ count: Int) async throws {
    try await redis.command(
      "EVAL", "for i = 1, \(count) do redis.call('HSET', KEYS[1], ARGV[1] + i, 'nonsense') end", "1", list, "10")
  }

  @Test("a list that is flooded, or none at all, is thrown away and told again, and costs no connection")
  func flooded() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    try await one.change("a")
    try await two.took(["a"])
    // Far more than an answer may hold.
    try await flood(redis, 100_000)
    try await wait(for: "an end of the flood") { try await Int(redis.command("HLEN", list)) ?? .max <= 2 }
    try await wait(for: "the change again") { try await redis.command("HLEN", list) == "2" }
    // What was told again may have been taken again, which changes nothing.
    try await one.change("b")
    try await wait(for: "the next change") { two.memory.taken.last == "b" }
    try await redis.command("DEL", list)
    try await redis.command("SET", list, "nonsense")
    try await one.change("c")
    try await wait(for: "the one after that") { two.memory.taken.last == "c" }
    #expect(Set(two.memory.taken) == ["a", "b", "c"])
    #expect(one.feed.statistics.dropped + two.feed.statistics.dropped >= 2)
    for member in [one, two] {
      #expect(member.instance.client.health.losses == 0)
      #expect(member.instance.breakers.reports.allSatisfy { $0.state == .closed })
    }
  }

  @Test("entries of a stranger that are too many to be ours, but fewer, or far too long, are passed over")
  func crowded() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    try await one.change("a")
    try await two.took(["a"])
    try await flood(redis, 3000)
    try await redis.command("EVAL", "redis.call('HSET', KEYS[1], '5000', string.rep('x', 40000000))", "1", list)
    try await redis.command("EVAL", "redis.call('HSET', KEYS[1], string.rep('9', 40000000), 'x')", "1", list)
    try await one.change("b")
    try await wait(for: "the change", within: .seconds(30)) { two.memory.took(["a", "b"]) }
    let late = try await Member(redis.url)
    try await wait(for: "both changes", within: .seconds(30)) { late.memory.took(["a", "b"]) }
    #expect(late.feed.statistics.poisoned >= 3000 && late.feed.statistics.dropped == 0)
    for member in [one, two, late] { #expect(member.instance.client.health.losses == 0) }
  }

  @Test("while somebody goes on flooding it nobody claims to know what others have changed")
  func flooding() async throws {
    let redis = try await RedisServer()
    let one = try await Member(redis.url)
    try await wait(for: "a whole look") { one.feed.age < .milliseconds(100) }
    let isOver = SharedValue(false)
    let stranger = Task {
      while !isOver.now { try await flood(redis, 5000) }
    }
    try await wait(for: "its knowledge to grow old", within: .seconds(30)) { one.feed.age > .seconds(2) }
    isOver.change { $0 = true }
    try await stranger.value
    try await wait(for: "knowledge again") { one.feed.age < .milliseconds(500) }
    #expect(one.feed.statistics.dropped > 0)
  }

  @Test("what somebody took out of the list is told again by who made it, while it is in force")
  func robbed() async throws {
    let redis = try await RedisServer()
    let one = try await Member(redis.url)
    try await one.change("a")
    try await one.change("b")
    try await redis.command("HDEL", list, "2")
    try await wait(for: "the change again") { try await redis.command("HLEN", list) == "3" }
    let late = try await Member(redis.url)
    try await late.took(["a", "b"])
    withExtendedLifetime(one) {}
  }

  @Test("what somebody put in the place of a turn, without an end, is nobody's turn", arguments: ["SET", "LPUSH"])
  func endless(command: String) async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    try await redis.command(command, "witan:1:{feed}:turn", "nonsense")
    try await one.change("a")
    try await two.took(["a"])
    #expect(try await redis.command("EXISTS", "witan:1:{feed}:turn") == "0")
    // What has an end is waited for.
    try await redis.command("SET", "witan:1:{feed}:turn", "somebody", "PX", "60000")
    await #expect(throws: ChangeFeed.Busy.self) { try await two.change("b") }
    withExtendedLifetime(one) {}
  }

  @Test("two that change at once take turns, each with the other's change before its own")
  func turns() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    let order = SharedValue<[String]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (name, member) in [("one", one), ("two", two)] {
        group.addTask {
          try await member.feed.alone {
            order.change { $0.append("\(name) begins") }
            try await Task.sleep(for: .milliseconds(50))
            await member.feed.tell(Array(name.utf8))
            order.change { $0.append("\(name) ends") }
          }
        }
      }
      try await group.waitForAll()
    }
    let happened = order.now
    #expect(happened.count == 4 && happened[0].prefix(3) == happened[1].prefix(3))
    let second = happened[2].hasPrefix("one") ? one : two
    #expect(second.memory.taken.count == 1)
  }

  // MARK: Many changes in force

  private func figures(_ redis: RedisServer, _ section: String, _ line: (Substring) -> Int?) async throws -> Int {
    try await redis.command("INFO", section).split(whereSeparator: \.isNewline).compactMap(line).reduce(0, +)
  }

  /// How many commands Redis has run, those in scripts among them.
  private func commands(_ redis: RedisServer) async throws -> Int {
    try await figures(redis, "commandstats") { line in
      guard line.hasPrefix("cmdstat_"), !line.hasPrefix("cmdstat_info"), !line.hasPrefix("cmdstat_ping") else {
        return nil
      }
      return line.split(separator: "=")[1].split(separator: ",").first.flatMap { Int($0) }
    }
  }

  private func sent(_ redis: RedisServer) async throws -> Int {
    try await figures(redis, "stats") { line in
      line.hasPrefix("total_net_output_bytes:") ? line.split(separator: ":").last.flatMap { Int($0) } : nil
    }
  }

  /// Waits until nothing happens but looks that find nothing.
  private func rests(_ redis: RedisServer, _ members: [Member]) async throws {
    func looks() -> Int { members.reduce(0) { $0 + $1.feed.statistics.looks } }
    try await wait(for: "rest", within: .seconds(30)) {
      let (before, beforeLooks) = (try await commands(redis), looks())
      try await Task.sleep(for: .seconds(1))
      return try await commands(redis) - before <= 8 * (looks() - beforeLooks + members.count)
    }
    let rate = members.count * 2 * 5 + members.count
    let before = looks()
    try await Task.sleep(for: .seconds(2))
    #expect(looks() - before <= rate, "they look when it is time, and not more often")
  }

  @Test("three thousand changes in force, told one by one, stay in few entries; who comes later takes them all")
  func many() async throws {
    let redis = try await RedisServer()
    let (one, two) = (try await Member(redis.url), try await Member(redis.url))
    let all = (0..<3000).map { "revocation \($0)" }
    for change in all {
      one.memory.madeAlso(change)
      await one.feed.tell(Array(change.utf8))
    }
    try await wait(for: "all at the other", within: .seconds(30)) { Set(two.memory.taken) == Set(all) }
    #expect(two.memory.taken.count == 3000, "none twice")
    try await rests(redis, [one, two])
    let entries = try #require(Int(try await redis.command("HLEN", list)))
    #expect(entries <= 66, "\(entries)")
    let late = try await Member(redis.url)
    try await wait(for: "all at the third", within: .seconds(30)) { Set(late.memory.taken) == Set(all) }
    try await one.change("a further one")
    try await wait(for: "that too") {
      two.memory.taken.last == "a further one" && late.memory.taken.last == "a further one"
    }
    for member in [one, two, late] {
      let sizes = await member.feed.sizes
      #expect(sizes.told <= entries + 1 && sizes.mine <= entries + 1 && sizes.places <= 3001, "\(sizes)")
    }
  }

  @Test("two with so many each that one list of single entries could not hold them come to rest, each with the other's")
  func both() async throws {
    let redis = try await RedisServer()
    let (some, others) = ((0..<1500).map { "one \($0)" }, (0..<1500).map { "two \($0)" })
    let (one, two) = (try await Member(redis.url, own: some), try await Member(redis.url, own: others))
    try await wait(for: "what the other has made", within: .seconds(30)) {
      Set(one.memory.taken) == Set(others) && Set(two.memory.taken) == Set(some)
    }
    try await rests(redis, [one, two])
    #expect(try await redis.command("HLEN", list) == "3")
    // One that starts again finds there what it has told before.
    let again = try await Member(redis.url, own: some)
    try await rests(redis, [one, two, again])
    #expect(again.feed.statistics.told == 0)
  }

  @Test("a list of few entries does not make those who need more of them push each other's out without end")
  func scarce() async throws {
    let redis = try await RedisServer()
    func scarce(_ settings: inout ChangeFeed.Settings) { (settings.kept, settings.packBytes) = (10, 200) }
    let (some, others) = ((0..<200).map { "one \($0)" }, (0..<200).map { "two \($0)" })
    let (one, two) = (
      try await Member(redis.url, own: some, scarce), try await Member(redis.url, own: others, scarce)
    )
    try await wait(for: "what the other has made", within: .seconds(30)) {
      Set(one.memory.taken) == Set(others) && Set(two.memory.taken) == Set(some)
    }
    let before = try await commands(redis)
    try await Task.sleep(for: .seconds(2))
    let rate = (try await commands(redis) - before) / 2
    #expect(rate < 5000, "\(rate) commands a second")
    let began = ContinuousClock.now
    try await one.change("a")
    #expect(ContinuousClock.now - began < .seconds(1))
  }

  @Test("after a wipe a change is made at once, and thousands in force are told again behind it")
  func wipedMany() async throws {
    let redis = try await RedisServer()
    let all = (0..<2000).map { "revocation \($0)" }
    let one = try await Member(redis.url, own: all)
    try await wait(for: "all of them in the list") { one.feed.statistics.told == 2000 }
    for number in 0..<3 {
      try await redis.command("FLUSHALL")
      let began = ContinuousClock.now
      try await one.feed.alone {
        one.memory.madeAlso("change \(number)")
        await one.feed.tell(Array("change \(number)".utf8))
      }
      let took = ContinuousClock.now - began
      #expect(took < .milliseconds(500), "\(took)")
    }
    try await rests(redis, [one])
    let late = try await Member(redis.url)
    try await wait(for: "all of it") { Set(late.memory.taken) == Set(one.memory.own) }
  }

  @Test("a hundred thousand are taken by whoever comes, and keep nobody busy; a further one comes through at once")
  func mostOfAll() async throws {
    let redis = try await RedisServer()
    let all = (0..<100_000).map { "revocation \($0) " + String(repeating: "x", count: 280) }
    let one = try await Member(redis.url, own: all)
    let two = try await Member(redis.url)
    try await wait(for: "all at the other", within: .seconds(60)) { two.memory.taken.count == 100_000 }
    try await rests(redis, [one, two])
    let size = try #require(Int(try await redis.command("HLEN", list)))
    #expect(size <= 66, "\(size)")
    let before = try await commands(redis)
    var slowest = Duration.zero
    for number in 0..<100 {
      let began = ContinuousClock.now
      one.memory.madeAlso("further \(number)")
      _ = try await one.feed.alone { await one.feed.tell(Array("further \(number)".utf8)) }
      slowest = max(slowest, .now - began)
    }
    try await wait(for: "those at the other") { two.memory.taken.count == 100_100 }
    #expect(slowest < .milliseconds(500), "\(slowest)")
    let each = (try await commands(redis) - before) / 100
    #expect(each < 150, "\(each) commands for each change")
    print("100,000 changes in force: \(size) entries, slowest change \(slowest), \(each) commands each")
  }

  @Test("what is foreign is fetched once")
  func foreign() async throws {
    let redis = try await RedisServer()
    let one = try await Member(redis.url)
    try await redis.command(
      "EVAL", "for i = 1, 100 do redis.call('HSET', KEYS[1], i, string.rep('x', i % 2 == 0 and 100000 or 1000)) end",
      "1",
      list)
    try await wait(for: "the count") { one.feed.statistics.poisoned == 100 }
    let (looks, before) = (one.feed.statistics.looks, try await sent(redis))
    try await wait(for: "more looks") { one.feed.statistics.looks > looks + 5 }
    let bytes = try await sent(redis) - before
    #expect(bytes < 100_000, "\(bytes)")
    // Something else in its place is seen.
    let two = try await Member(redis.url)
    await two.feed.look()
    try await redis.command("HDEL", list, "100")
    try await two.change("a")
    try await one.took(["a"])
  }

  // MARK: Turns that are late, or long

  @Test("a turn that came too late is given back at once")
  func lateTurn() async throws {
    let redis = try await RedisServer()
    func long(_ settings: inout ChangeFeed.Settings) {
      (settings.turn, settings.budget) = (.seconds(60), .milliseconds(300))
    }
    let (one, two) = (try await Member(redis.url, long), try await Member(redis.url, long))
    try await one.change("a")
    try await two.took(["a"])
    redis.freeze()
    try await one.change("b")
    redis.resume()
    #expect(try await redis.command("EXISTS", "witan:1:{feed}:turn") == "0")
    try await two.took(["a", "b"])
    try await two.change("c")
  }

  @Test("a turn lasts as long as its work, and is taken again after a wipe")
  func longTurn() async throws {
    let redis = try await RedisServer()
    func short(_ settings: inout ChangeFeed.Settings) {
      (settings.turn, settings.patience) = (.milliseconds(600), .milliseconds(300))
    }
    let (one, two) = (try await Member(redis.url, short), try await Member(redis.url, short))
    try await one.feed.alone {
      for round in 0..<5 {
        if round == 2 { try await redis.command("FLUSHALL") }
        try await Task.sleep(for: .milliseconds(300))
        await #expect(throws: ChangeFeed.Busy.self) { try await two.feed.alone {} }
      }
    }
    #expect(try await redis.command("EXISTS", "witan:1:{feed}:turn") == "0")
    try await two.change("a")
  }
}
