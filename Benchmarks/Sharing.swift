// What a decision costs that is at hand, that another instance has found, and that nobody has, with a real Redis on the same
// machine; and what a whole service loses whose Redis is killed.
import Cache
import Critics
import Crypto
import Engine
import Evidence
import Foundation
import JSON
import Locking
import Net
import Redis
import Resilience
import Sharing

extension Suite {
  static let sharing = Suite(name: "sharing") { try SharingBenchmark.run() }
}

enum SharingBenchmark {
  private static let port: UInt16 = 16_379
  private static let rounds = 5
  private static let secondsPerRound = 3

  static func run() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/redis-server") else {
      print("sharing: /usr/bin/redis-server is not installed; nothing measured")
      return
    }
    let server = Process()
    server.executableURL = URL(filePath: "/usr/bin/redis-server")
    server.arguments = ["--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly", "no"]
    server.standardOutput = FileHandle.nullDevice
    try server.run()
    defer { if server.isRunning { server.terminate() } }

    let group = try EventLoopGroup(count: 1)
    defer { group.stop() }
    let client = RedisClient(on: group.loops, settings: RedisSettings(url: try RedisURL("redis://127.0.0.1:\(port)")))
    defer { client.close() }
    for _ in 0..<500 where client.health.connected == 0 { usleep(10_000) }
    guard client.health.connected == 1 else {
      print("sharing: Redis cannot be reached; nothing measured")
      return
    }
    let bench = try SharingBench(client, on: group.loops[0])
    report(
      "one case after the other, one core beside Redis",
      measure([
        Contender(name: "L1 hit") { bench.memory($0) },
        Contender(name: "miss without Redis") { bench.decide($0) },
        Contender(name: "L2 hit (round trip, seal, ruling)") { bench.found($0) },
        Contender(name: "miss with Redis (look, decide, store)") { bench.missed($0) },
      ]))
    report(
      "64 at a time: figures for one case",
      measure([
        Contender(name: "miss without Redis") { bench.decide($0) },
        Contender(name: "L2 hit") { bench.found($0, together: 64) },
        Contender(name: "miss with Redis") { bench.missed($0, together: 64) },
      ]))
    print("  looks that were of no use: \(bench.unavailable)")
    let before = bench.unavailable
    report(
      "128 decided together, as a batch does, one core beside Redis: figures for one case",
      measure([
        Contender(name: "miss without Redis") { bench.decide($0) },
        Contender(name: "all found by others") { bench.together($0, found: true) },
        Contender(name: "none found; left for others") { bench.together($0, found: false) },
      ]))
    print("  looks that were of no use: \(bench.unavailable - before)")
    try servers(server)
  }

  /// Two services under the same load of distinct cases, one without Redis and one whose Redis is killed: its hits aside,
  /// of which there are none, it has nothing to lose.
  private static func servers(_ redis: Process) throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/wrk") else {
      print("sharing: /usr/bin/wrk is not installed; services are not measured")
      return
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "witan-bench-sharing-\(getpid())")
    defer { try? FileManager.default.removeItem(at: folder) }
    var contenders: [(name: String, server: HTTPContender, script: URL)] = []
    defer { for each in contenders { each.server.stop() } }
    for (name, options) in [("alone", []), ("with Redis", ["--redis", "redis://127.0.0.1:\(port)"])] {
      let place = folder.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let server = try HTTPContender.witan(in: place, options)
      let token = try HTTPContender.deciderToken(in: place)
      contenders.append((name, server, try caseScript("distinct", token, in: place, distinct: true)))
    }
    func measured(_ state: String) throws -> [LoadSample] {
      var samples = contenders.map { _ in [LoadSample]() }
      for _ in 0..<rounds {
        for (place, each) in contenders.enumerated() {
          samples[place].append(
            try each.server.load("/v1/deliberations", script: each.script, seconds: secondsPerRound))
        }
      }
      let medians = samples.map { LoadSample.median($0) }
      for (each, sample) in zip(contenders, medians) {
        let ratio = sample.rate / medians[0].rate
        let name = "\(each.name), \(state)".padding(toLength: 30, withPad: " ", startingAt: 0)
        print("  \(name)" + String(format: "%9.0f/s  %6.3f of alone  p99 %6.2f ms", sample.rate, ratio, sample.p99))
      }
      return medians
    }
    print("\nTwo services, wrk -t2 -c64, distinct cases of 1 KB, in turns")
    _ = try measured("Redis well")
    try killUnderLoad(redis, contenders[1].server, contenders[1].script)
    let dead = try measured("Redis killed")
    verdict("killing Redis costs at most 10 % of what a service alone does", dead[1].rate >= 0.9 * dead[0].rate)
  }
}

extension SharingBenchmark {
  /// Kills Redis in the midst of a load. An answer that is no verdict, or that does not come, ends the benchmark.
  private static func killUnderLoad(_ redis: Process, _ server: HTTPContender, _ script: URL) throws {
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(secondsPerRound)) {
      kill(redis.processIdentifier, SIGKILL)
    }
    let sample = try server.load("/v1/deliberations", script: script, seconds: 2 * secondsPerRound, wholly: true)
    redis.waitUntilExit()
    print(
      "  with Redis, which is killed halfway"
        + String(format: "%9.0f/s, no failed deliberation  p99 %6.2f ms", sample.rate, sample.p99))
  }
}

/// What the contenders work with.
private final class SharingBench: Sendable {
  private let sitting: Sitting
  private let matter: Case
  private let key: Digest
  private let cache: SharedCache
  private let loop: EventLoop
  private let level: BoundedCache<Digest, DecidedCase>
  private let findings: [UInt8]
  /// Those of a batch.
  private let keys = (0..<128).map { SHA256.digest([UInt8($0)]) }

  init(_ client: RedisClient, on loop: EventLoop) throws {
    let constitution = BuiltInConstitution.constitution
    let council = Council(
      constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer())
    sitting = Sitting(council: council, weights: Weights(of: constitution), precedents: NoPrecedents())
    matter = try Case.decode(EngineBenchmark.text(1))
    key = sitting.key(of: matter, asked: nil)
    let decided = sitting.decide(matter)
    findings = Findings(decided)?.jsonBytes ?? []
    level = BoundedCache(byteLimit: 64 << 20)
    level.insert(decided, for: key, cost: decided.footprint, expires: .max)
    self.loop = loop
    let guarded = GuardedRedis(
      client, part: "cache.l2", level: .reduced,
      breaker: Breaker("redis.cache", settings: GuardedRedis.breakerSettings),
      board: DegradationBoard())
    cache = SharedCache(
      guarded, seal: Seal(key: SecureRandom.bytes(32)), settings: SharedCacheSettings(),
      now: { Int64(monotonicNanoseconds() / 1000) })
    cache.store(findings, for: key, nil)
    for key in keys { cache.store(findings, for: key, nil) }
    for _ in 0..<500 where cache.statistics.stores <= keys.count { usleep(1000) }
  }

  var unavailable: Int { cache.statistics.unavailable }

  func memory(_ count: Int) -> Int {
    (0..<count).reduce(0) { sum, _ in
      sum &+ (level.value(for: sitting.key(of: matter, asked: nil), at: 0)?.answer.bytes.count ?? 0)
    }
  }

  func decide(_ count: Int) -> Int {
    (0..<count).reduce(0) { sum, _ in sum &+ sitting.decide(matter).answer.bytes.count }
  }

  func found(_ count: Int, together: Int = 1) -> Int {
    onLoop(count, together) { [self] in
      guard case .found(let bytes) = await cache.look(for: key),
        let known = try? JSONReader.decode(Findings.self, from: bytes),
        let decided = sitting.council.decide(
          matter, from: known, weights: sitting.weights, seats: sitting.seats, precedents: [], asked: nil)
      else { return 0 }
      return decided.answer.bytes.count
    }
  }

  func missed(_ count: Int, together: Int = 1) -> Int {
    onLoop(count, together) { [self] in
      let key = SHA256.digest(SecureRandom.bytes(16))
      var lease: SharedLease?
      var isThere = false
      switch await cache.look(for: key) {
      case .absent(let free): (lease, isThere) = (free, true)
      case .found, .unavailable: break
      }
      let decided = sitting.decide(matter)
      if isThere, let findings = Findings(decided) { cache.store(findings.jsonBytes, for: key, lease) }
      return decided.answer.bytes.count
    }
  }

  /// Decides batches, with one look and one store for each.
  func together(_ count: Int, found: Bool) -> Int {
    let size = min(count, keys.count)
    return onLoop(max(1, count / keys.count), 1) { [self] in
      let keys = keys.prefix(size).map { found ? $0 : SHA256.digest(SecureRandom.bytes(16)) }
      var sum = 0
      var fresh: [(key: Digest, value: [UInt8])] = []
      for (key, look) in zip(keys, await cache.look(for: keys)) {
        if case .found(let bytes) = look, let known = try? JSONReader.decode(Findings.self, from: bytes),
          let decided = sitting.council.decide(
            matter, from: known, weights: sitting.weights, seats: sitting.seats, precedents: [], asked: nil)
        {
          sum &+= decided.answer.bytes.count
          continue
        }
        let decided = sitting.decide(matter)
        sum &+= decided.answer.bytes.count
        if let findings = Findings(decided) { fresh.append((key, findings.jsonBytes)) }
      }
      await cache.store(fresh)
      return sum
    }
  }

  /// Runs `work` so many times on the loop, so many at a time, while the benchmark's own thread waits.
  private func onLoop(_ count: Int, _ together: Int, _ work: @escaping @Sendable () async -> Int) -> Int {
    let done = Monitor<Int?>(nil)
    let loop = loop
    Task(executorPreference: loop) {
      let sum = await withTaskGroup(of: Int.self) { group in
        for worker in 0..<min(together, count) {
          group.addTask {
            var sum = 0
            for _ in stride(from: worker, to: count, by: together) { sum &+= await work() }
            return sum
          }
        }
        return await group.reduce(0) { $0 &+ $1 }
      }
      done.withLock { $0 = sum }
      done.wake()
    }
    return done.wait { sum, _ in sum }
  }
}
