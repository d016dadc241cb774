// Many values at once in the cache that instances share: one round trip, one loss where Redis does not answer, and no word
// against Redis where it is the caller who has no time.
import Crypto
import Foundation
import Redis
import Resilience
import TestSupport
import Testing

@testable import Sharing

@Suite("Shared cache, many at once")
struct SharedManyTests {
  private func keys(_ count: Int) -> [Digest] { (0..<count).map { SHA256.digest(Array("case \($0)".utf8)) } }

  private func words(_ looks: [SharedLook]) -> [String] {
    looks.map { look in
      switch look {
      case .found(let bytes): String(decoding: bytes, as: UTF8.self)
      case .absent: "absent"
      case .unavailable: "unavailable"
      }
    }
  }

  @Test(
    "what one leaves another finds in one round trip, in the order asked; what is no value of ours is absent and counted"
  )
  func roundTrip() async throws {
    let redis = try await RedisServer()
    let proxy = try TroubledProxy(to: redis.port)
    let one = try await Instance(redis.url)
    let two = try await Instance("redis://127.0.0.1:\(proxy.port)")
    let keys = keys(60)
    await one.cache.store(keys.prefix(40).enumerated().map { (key: $1, value: Array("findings \($0)".utf8)) })
    #expect(one.cache.statistics.stores == 40 && one.cache.statistics.lost == 0)
    let name = try #require(
      try await redis.command("KEYS", "*\(keys[7].hex)*").split(separator: "\n").map(String.init).first)
    #expect((3201...3600).contains(try #require(Int(try await redis.command("TTL", name)))))
    try await redis.command("SET", name, #"{"verdict":"allow"}"#)
    let before = proxy.seen.pieces
    let looks = words(await two.cache.look(for: keys))
    // The relay takes no more at a time than its buffer holds.
    #expect(proxy.seen.pieces - before <= 2)
    #expect(looks == (0..<60).map { $0 < 40 && $0 != 7 ? "findings \($0)" : "absent" })
    let counts = two.cache.statistics
    #expect((counts.hits, counts.misses, counts.poisoned) == (39, 21, 1))
    #expect(two.cache.redisStatistics.calls == 1)
    #expect(try await redis.command("KEYS", "*lease*").isEmpty, "nobody is made to wait for a batch")
  }

  @Test("more than go out together are looked for all the same")
  func slices() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url)
    let keys = keys(1000)
    await one.cache.store(keys.map { (key: $0, value: Array($0.hex.utf8)) })
    #expect(words(await one.cache.look(for: keys)) == keys.map(\.hex))
  }

  @Test("a Redis that stops costs many looks one budget, and no more until it has proved to be back")
  func frozen() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.budget = .milliseconds(200) }
    let keys = keys(20)
    await one.cache.store(keys.map { (key: $0, value: [1]) })
    redis.freeze()
    let calls = one.cache.redisStatistics.calls
    let began = ContinuousClock.now
    #expect(Set(words(await one.cache.look(for: keys))) == ["unavailable"])
    #expect(.now - began >= .milliseconds(190))
    for _ in 0..<10 { #expect(Set(words(await one.cache.look(for: keys))) == ["unavailable"]) }
    #expect(one.cache.redisStatistics.calls == calls + 1)
    #expect(one.board.all.map(\.degradation.part) == ["cache.l2"])
    redis.resume()
    try await wait(for: "the values again") { words(await one.cache.look(for: keys)).first == "\u{1}" }
    try await wait(for: "it to be unsaid") { one.board.level == .none }
  }

  @Test("where there is no room what is there is found, and what is left is lost and counted")
  func full() async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url)
    let keys = keys(4)
    await one.cache.store(keys.prefix(2).map { (key: $0, value: Array("here".utf8)) })
    try await redis.command("CONFIG", "SET", "maxmemory", "1")
    await one.cache.store(keys.suffix(2).map { (key: $0, value: Array("late".utf8)) })
    #expect(one.cache.statistics.lost == 2)
    #expect(words(await one.cache.look(for: keys)) == ["here", "here", "absent", "absent"])
  }

  @Test("a caller whose time is over is not answered, and nothing is held against Redis", arguments: [1, 20])
  func hurried(count: Int) async throws {
    let redis = try await RedisServer()
    let one = try await Instance(redis.url) { $0.budget = .seconds(30) }
    let keys = keys(count)
    await one.cache.store(keys.map { (key: $0, value: [1]) })
    redis.freeze()
    for _ in 0..<20 {
      await Deadline.within(.milliseconds(5)) {
        #expect(Set(words(await one.cache.look(for: keys))) == ["unavailable"])
        #expect(await one.look(keys[0]) == "unavailable")
      }
    }
    #expect(one.board.all.isEmpty)
    #expect(one.breakers.reports.map(\.state) == [.closed])
    redis.resume()
    // At once: nobody has to find out first that it is well.
    #expect(words(await one.cache.look(for: keys)) == keys.map { _ in "\u{1}" })
  }
}
