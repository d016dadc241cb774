// The whole engine with its ledger in one thread under a seed: critics that fail, hang and lie, a disk that fails, clocks that
// jump, and an end at any step: between any two jobs of any task, and at any operation of the disk. Afterwards everything is
// read back from what the disk has kept. Whatever happens, the promises hold.
import CFaultyDisk
import Foundation
import JSON
import Ledger
import TestSupport
import Testing

@testable import Engine

@Suite("Simulation")
struct SimulationTests {
  @Test("through failures, lies, jumps of the clock and ends at any step every promise holds", arguments: 0..<40)
  func simulate(_ run: UInt64) throws {
    let seed = ProcessEnvironment.seed ?? (run &* 7919 &+ 17)
    let world = try World(seed: seed)
    defer { world.close() }
    for step in 0..<repetitions(700) {
      try world.step()
      if let fault = world.service.fault {
        Issue.record("seed \(seed), step \(step): \(fault)")
        return
      }
    }
    try world.end()
    if let fault = world.service.fault { Issue.record("seed \(seed), at the end: \(fault)") }
  }

  @Test("clients are told of everything that there is to promise")
  func promises() throws {
    var told: [String: Int] = [:]
    for seed in 0..<UInt64(8) {
      let world = try World(seed: seed)
      defer { world.close() }
      for _ in 0..<700 { try world.step() }
      told.merge(world.service.acknowledged.kinds, uniquingKeysWith: +)
    }
    for (kind, count) in told { #expect(count > 0, "\(kind)") }
  }

  @Test("a seed replays its run to the same log", arguments: [3, 1009] as [UInt64])
  func deterministic(_ seed: UInt64) throws {
    var logs: [[String]] = []
    for _ in 0..<2 {
      let world = try World(seed: seed)
      defer { world.close() }
      for _ in 0..<600 { try world.step() }
      var log = try world.service.entries().map {
        "\($0.id) \($0.time.text) \(String(decoding: $0.body, as: UTF8.self))"
      }
      log.append("operations \(world.service.operations), life \(world.service.life)")
      logs.append(log)
    }
    #expect(logs[0] == logs[1] && logs[0].count > 20)
  }

  /// A short course of requests, the same each time; it ends at `step`. Whether it was over before.
  private func course(seed: UInt64, endingAt step: Int?, orAtOperation operation: Int64?) throws -> Bool {
    var random = Randomness(seed: seed)
    let service = try SimulatedService(people: 2)
    defer { service.close(&random) }
    if let operation { service.cutPower(after: operation) }
    var steps = 0
    var asked = 0
    while service.hasPower && steps != step {
      steps += 1
      if asked < 16 && random.chance(0.3) {
        asked += 1
        if asked <= 4 { service.askForDecision(&random) } else { service.askSomething(&random) }
      } else if random.chance(0.3) {
        service.ledger?.turn()
      } else if !service.thread.isIdle {
        service.thread.runOne(&random)
      } else if asked == 16 && service.underWay == 0 {
        break
      } else if let alarm = service.clock.nextAlarm {
        service.clock.pass(to: alarm)
      }
    }
    let isOver = service.hasPower && steps != step
    try service.crash(&random, audits: true)
    try service.finishJobs(&random)
    try service.recall()
    try service.audit()
    if let fault = service.fault {
      Issue.record("seed \(seed), step \(steps), operation \(operation ?? 0): \(fault)")
    }
    return isOver
  }

  @Test("a service may end between any two steps of its tasks", arguments: [5, 6] as [UInt64])
  func everyStep(_ seed: UInt64) throws {
    var step = 1
    while try !course(seed: seed, endingAt: step, orAtOperation: nil) { step += repetitionStride }
    #expect(step > 60)
  }

  @Test("a service may end at any operation of its disk", arguments: [5, 6] as [UInt64])
  func everyOperation(_ seed: UInt64) throws {
    var operation: Int64 = 1
    while try !course(seed: seed, endingAt: nil, orAtOperation: operation) { operation += Int64(repetitionStride) }
    #expect(operation > 50)
  }

  /// 1, or more where the tests are to be shorter.
  private var repetitionStride: Int { 100 / repetitions(100) }

  @Test(
    "an answer is there the moment the last deadline is over, whoever hangs, and not a job later", arguments: 0..<50)
  func deadline(_ seed: UInt64) throws {
    var random = Randomness(seed: seed)
    let service = try SimulatedService()
    defer { service.close(&random) }
    service.weather.set(random.pick([.hangs, .hangsDeaf]), of: "model")
    service.askForDecision(Case(action: "report"), DeliberationOptions(), by: "svc")
    func work() {
      while !service.thread.isIdle || service.ledger?.health.queued != 0 {
        service.thread.runAll(&random)
        service.ledger?.turn()
      }
    }
    work()
    let budget = SimulatedClock.Instant(offset: .milliseconds(20))
    #expect(service.clock.nextAlarm == budget)
    service.clock.pass(to: SimulatedClock.Instant(offset: .milliseconds(19)))
    work()
    #expect(service.acknowledged.receipts.isEmpty)
    service.clock.pass(to: budget)
    work()
    #expect(service.acknowledged.receipts.count == 1 && service.fault == nil)
  }
}

enum ProcessEnvironment {
  static let seed = ProcessInfo.processInfo.environment["WITAN_SEED"].flatMap { UInt64($0) }
}

/// A service, its clients, and all that can befall it.
final class World {
  let service: SimulatedService
  private var random: Randomness

  init(seed: UInt64) throws {
    random = Randomness(seed: seed)
    service = try SimulatedService(people: seed % 2 == 0 ? 1 : 2)
  }

  func step() throws {
    switch random.below(1000) {
    case 0..<4: try service.crash(&random, audits: random.chance(0.2))
    case 4..<8: service.cutPower(after: Int64(1 + random.below(120)))
    case 8..<20: changeDisk()
    case 20..<60:
      service.weather.set(
        random.chance(0.4) ? .sound : random.pick(Weather.Mood.allCases),
        of: random.pick(Edition.critics))
    case 60..<100:
      let seconds = random.pick([1, 60, 3600, 90_000, 300_000, -3600])
      service.wall = Timestamp(microseconds: service.wall.microseconds + Int64(seconds) * 1_000_000)
    case 100..<140:
      if let alarm = service.clock.nextAlarm { service.clock.pass(to: alarm) }
    case 140..<300: service.ledger?.turn()
    case 300..<450 where service.underWay < 12: service.askSomething(&random)
    default: if service.thread.isIdle { service.ledger?.turn() } else { service.thread.runOne(&random) }
    }
    if !service.hasPower { try service.crash(&random, audits: false) }
  }

  private func changeDisk() {
    switch random.below(7) {
    case 0: service.failDisk(Int32(FAULTY_WRITE), next: Int64(1 + random.below(20)), times: Int64(1 + random.below(8)))
    case 1: service.failDisk(Int32(FAULTY_SYNC), next: Int64(1 + random.below(5)), times: Int64(1 + random.below(4)))
    case 2: service.fillDisk(leaving: Int64(random.below(20_000)))
    default: service.mendDisk()
    }
  }

  func end() throws {
    try service.crash(&random, audits: true)
    try service.finishJobs(&random)
    try service.crash(&random, audits: true)
    try service.audit()
  }

  func close() { service.close(&random) }
}
