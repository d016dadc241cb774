// The process: what /proc says, the notices to systemd, the resource monitor, and the statistics of the unusual.
import Foundation
import TestSupport
import Testing

@testable import Telemetry

@Suite struct ProcessReading {
  @Test func `the line of proc is read, whatever the process is called`() throws {
    let line =
      "17 (a) b (c) S 1 17 17 0 -1 4194560 500 0 0 0 150 50 0 0 20 0 7 0 4242 104857600 2560 18446744073709551615 0 0"
    let statistics = try #require(ProcessStatistics(stat: line, ticksPerSecond: 100, pageSize: 4096))
    #expect(statistics.cpuNanoseconds == 2_000_000_000)
    #expect((statistics.residentBytes, statistics.virtualBytes, statistics.threads) == (2560 * 4096, 104_857_600, 7))
    #expect(ProcessStatistics(stat: "17 (x", ticksPerSecond: 100, pageSize: 4096) == nil)
    #expect(ProcessStatistics(stat: "17 (x) S 1", ticksPerSecond: 100, pageSize: 4096) == nil)
  }

  @Test func `this process is described sensibly`() throws {
    let current = try #require(ProcessStatistics.current())
    #expect(current.residentBytes > 1 << 20 && current.threads >= 1)
    let start = try #require(current.startSeconds)
    #expect(start < Date().timeIntervalSince1970 + 60 && start > Date().timeIntervalSince1970 - 86_400)
    let before = try #require(ProcessStatistics.openDescriptors())
    #expect(before > 0 && before <= (ProcessStatistics.descriptorLimit() ?? 0))
  }
}

@Suite struct ServiceNotices {
  /// A datagram socket such as systemd listens on.
  private final class Listener {
    let descriptor: Int32

    init(_ path: [UInt8]) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
      let length = socklen_t(2 + path.count)
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
      }
      try #require(result == 0)
    }

    deinit { close(descriptor) }

    func receive() -> String {
      var bytes = [UInt8](repeating: 0, count: 512)
      let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
  }

  @Test func `notices reach a socket in the file system and an abstract one`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/notify"
    let abstract = "witan-\(UUID().uuidString)"
    for (listener, name) in [
      (try Listener(Array(path.utf8)), path), (try Listener([0] + Array(abstract.utf8)), "@" + abstract),
    ] {
      let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": name])
      #expect(notifier.ready(status: "Serving\non 8080"))
      #expect(listener.receive() == "READY=1\nSTATUS=Serving on 8080\n")
      #expect(notifier.reloading(monotonic: 5_000_000))
      #expect(listener.receive() == "RELOADING=1\nMONOTONIC_USEC=5000\n")
      #expect(notifier.alive() && notifier.stopping())
      #expect(listener.receive() + listener.receive() == "WATCHDOG=1\nSTOPPING=1\n")
    }
  }

  @Test func `without a listener nothing happens`() {
    #expect(!ServiceNotifier(environment: [:]).ready())
    #expect(!ServiceNotifier(environment: ["NOTIFY_SOCKET": "relative"]).ready())
    #expect(!ServiceNotifier(environment: ["NOTIFY_SOCKET": "/nowhere/socket"]).ready())
    #expect(!ServiceNotifier(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]).ready())
  }

  @Test func `the watchdog is heeded twice in its time, when it means this process`() {
    #expect(ServiceNotifier(environment: ["WATCHDOG_USEC": "30000000"]).watchdogInterval == .seconds(15))
    let ours = ["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"]
    #expect(ServiceNotifier(environment: ours, process: 7).watchdogInterval == .seconds(1))
    #expect(ServiceNotifier(environment: ours, process: 8).watchdogInterval == nil)
    #expect(ServiceNotifier(environment: ["WATCHDOG_USEC": "soon"]).watchdogInterval == nil)
  }
}

@Suite struct ResourceMonitoring {
  private func sample(_ second: Int, cpu: Double = 0, change: (inout ResourceSample) -> Void = { _ in })
    -> ResourceSample
  {
    var sample = ResourceSample(
      time: UInt64(second) * 1_000_000_000, cpuNanoseconds: UInt64(cpu * 1e9), cores: 2, residentBytes: 100 << 20,
      diskFreeBytes: 50 << 30, diskBytes: 100 << 30, openDescriptors: 10, descriptorLimit: 1000, loopLag: .zero)
    change(&sample)
    return sample
  }

  @Test func `a process at ease is under no pressure`() {
    var monitor = ResourceMonitor()
    _ = monitor.assess(sample(0))
    let report = monitor.assess(sample(1, cpu: 0.5))
    #expect(report.worst == .normal)
    #expect(report.cpuShare == 0.25)
    #expect(!report.throttlesBatch && !report.refusesWork)
  }

  @Test func `batch waits at a warning, and work is refused before the disk is full`() {
    var monitor = ResourceMonitor()
    let warning = monitor.assess(sample(0) { $0.diskFreeBytes = 1 << 30 })
    #expect(warning.levels[.disk] == .warning && warning.throttlesBatch && !warning.refusesWork)
    let critical = monitor.assess(sample(1) { $0.diskFreeBytes = 100 << 20 })
    #expect(critical.levels[.disk] == .critical && critical.refusesWork)
  }

  @Test func `a busy processor or a slow loop throttles but never refuses`() {
    var monitor = ResourceMonitor()
    _ = monitor.assess(sample(0))
    let busy = monitor.assess(sample(10, cpu: 20) { $0.loopLag = .seconds(1) })
    #expect(busy.levels[.cpu] == .critical && busy.levels[.loopLag] == .critical)
    #expect(busy.throttlesBatch && !busy.refusesWork)
  }

  @Test func `a busy processor holds batches back only while somebody else waits for it`() {
    var monitor = ResourceMonitor()
    _ = monitor.assess(sample(0))
    let busy = monitor.assess(sample(10, cpu: 18))
    #expect(busy.levels[.cpu] == .warning)
    #expect(busy.stance(hasInteractive: false) == .open && busy.stance(hasInteractive: true) == .slow)
    let full = monitor.assess(sample(20, cpu: 38))
    #expect(full.levels[.cpu] == .warning, "one busy look is no alarm")
    let still = monitor.assess(sample(30, cpu: 58))
    #expect(still.levels[.cpu] == .critical)
    #expect(still.stance(hasInteractive: false) == .open && still.stance(hasInteractive: true) == .interactiveOnly)
  }

  @Test func `room that runs short slows batches at once, and closes the door before it is gone`() {
    var monitor = ResourceMonitor()
    monitor.thresholds.memory = (200 << 20, 300 << 20)
    let changes: [(Pressure, (inout ResourceSample) -> Void)] = [
      (.warning, { $0.diskFreeBytes = 1 << 30 }), (.critical, { $0.diskFreeBytes = 1 << 20 }),
      (.warning, { $0.residentBytes = 250 << 20 }), (.critical, { $0.residentBytes = 350 << 20 }),
      (.warning, { $0.openDescriptors = 750 }), (.critical, { $0.openDescriptors = 950 }),
    ]
    for (second, (level, change)) in changes.enumerated() {
      let report = monitor.assess(sample(second, change: change))
      #expect(report.worst == level)
      for hasInteractive in [false, true] {
        #expect(report.stance(hasInteractive: hasInteractive) == (level == .critical ? .closed : .slow))
      }
    }
  }

  @Test func `memory refuses batches between its warning and the end, whoever else waits, and does not flicker`() {
    var monitor = ResourceMonitor()
    monitor.thresholds.memory = (200 << 20, 400 << 20)
    monitor.thresholds.memoryForBatches = 300 << 20
    var stances: [Stance] = []
    for (second, mebibytes) in [250, 299, 300, 280, 271, 269, 390, 400, 350].enumerated() {
      let report = monitor.assess(sample(second) { $0.residentBytes = mebibytes << 20 })
      #expect(report.stance(hasInteractive: true) == report.stance(hasInteractive: false))
      stances.append(report.stance(hasInteractive: false))
    }
    #expect(
      stances == [
        .slow, .slow, .interactiveOnly, .interactiveOnly, .interactiveOnly, .slow, .interactiveOnly, .closed,
        .interactiveOnly,
      ])
  }

  @Test func `a level does not flicker round its threshold`() {
    var monitor = ResourceMonitor()
    var levels: [Pressure] = []
    for (second, open) in [690, 700, 690, 699, 640, 629, 900, 850, 810, 809, 100].enumerated() {
      levels.append(monitor.assess(sample(second) { $0.openDescriptors = open }).levels[.descriptors] ?? .normal)
    }
    #expect(
      levels == [
        .normal, .warning, .warning, .warning, .warning, .normal, .critical, .critical, .critical, .warning, .normal,
      ])
  }

  @Test func `a sample of this process can be taken`() throws {
    let sample = try #require(
      ResourceSample.current(
        folder: "/", cores: 2, loopLag: .zero, monotonic: SystemClock.monotonic()))
    #expect((sample.diskFreeBytes ?? 0) > 0 && sample.residentBytes > 0)
    #expect(ResourceSample.current(folder: "/nowhere", cores: 2, loopLag: .zero, monotonic: 0)?.diskFreeBytes == nil)
  }
}

@Suite struct Containers {
  private func limits(_ files: [String: String]) throws -> ContainerLimits {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      let file = folder.file(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return ContainerLimits(root: folder.path)
  }

  private static let machine = ["proc/meminfo": "MemTotal:        2048000 kB\nMemFree: 1 kB\n"]

  @Test func `without a bound the machine is the whole`() throws {
    let found = try limits(Self.machine)
    #expect(found.memoryBytes == 2_048_000 * 1024)
    #expect(found.cores == Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  @Test func `every group on the way bounds what is in it`() throws {
    var files = Self.machine
    files["proc/self/cgroup"] = "0::/system.slice/witan.service\n"
    files["sys/fs/cgroup/system.slice/memory.max"] = "1073741824\n"
    files["sys/fs/cgroup/system.slice/cpu.max"] = "max 100000\n"
    files["sys/fs/cgroup/system.slice/witan.service/memory.max"] = "max\n"
    files["sys/fs/cgroup/system.slice/witan.service/cpu.max"] = "50000 100000\n"
    #expect(try limits(files) == ContainerLimits(memoryBytes: 1 << 30, cores: 0.5))
  }

  @Test func `in a container its own group looks like the root`() throws {
    var files = Self.machine
    files["proc/self/cgroup"] = "0::/\n"
    files["sys/fs/cgroup/memory.max"] = "268435456\n"
    files["sys/fs/cgroup/cpu.max"] = "20000 100000\n"
    #expect(try limits(files) == ContainerLimits(memoryBytes: 256 << 20, cores: 0.2))
  }

  @Test func `the first version of control groups is heeded too, and its boundless number is no bound`() throws {
    var files = Self.machine
    files["proc/self/cgroup"] = "5:memory:/docker/abc\n"
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "536870912\n"
    #expect(try limits(files).memoryBytes == 512 << 20)
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
    #expect(try limits(files).memoryBytes == 2_048_000 * 1024)
  }
}

@Suite struct UnusualRates {
  @Test func `the score agrees with the standard score of normal values, and bears outliers`() throws {
    var generator = SeededGenerator(seed: 21)
    // The sum of twelve uniform values less six is nearly normal.
    let normal = (0..<5000).map { _ in
      (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
    }
    let score = try #require(RobustStatistics.score(3, against: normal))
    #expect(abs(score - 3) < 0.2)
    let spoiled = try #require(RobustStatistics.score(3, against: normal + Array(repeating: 1e9, count: 500)))
    #expect(abs(spoiled - score) < 0.6)
  }

  @Test func `a steady past is told from a constant one`() {
    #expect(RobustStatistics.score(5, against: []) == nil)
    #expect(RobustStatistics.score(5, against: [5, 5, 5]) == 0)
    #expect(RobustStatistics.score(6, against: [5, 5, 5]) == .infinity)
    let mean = RobustStatistics.score(6, against: [5, 5, 5, 5, 6])
    #expect(mean.map { abs($0 - 1 / (1.253_314 * 0.2)) < 1e-9 } == true)
    #expect(RobustStatistics.median([3, 1, 2, 4]) == 2.5)
  }

  @Test func `the stability index is nothing for equal shares, grows with drift, and is the same both ways`() throws {
    #expect(RobustStatistics.stabilityIndex(expected: [10, 20, 30], actual: [100, 200, 300]) == 0)
    let small = try #require(RobustStatistics.stabilityIndex(expected: [50, 30, 20], actual: [48, 31, 21]))
    let large = try #require(RobustStatistics.stabilityIndex(expected: [50, 30, 20], actual: [10, 30, 60]))
    let back = try #require(RobustStatistics.stabilityIndex(expected: [10, 30, 60], actual: [50, 30, 20]))
    #expect(small < 0.01 && large > 0.25 && abs(large - back) < 1e-12)
    #expect(RobustStatistics.stabilityIndex(expected: [10, 0], actual: [0, 10])?.isFinite == true)
    #expect(RobustStatistics.stabilityIndex(expected: [0], actual: [1]) == nil)
    #expect(RobustStatistics.stabilityIndex(expected: [1], actual: [1, 2]) == nil)
  }

  @Test func `an hour is compared with the same hour of past weeks`() throws {
    var baseline = SeasonalBaseline()
    #expect(baseline.score(1, hour: 3) == nil)
    for week in 0..<8 {
      for hour in 0..<SeasonalBaseline.hours {
        // Busy by day, quiet by night.
        baseline.record((hour % 24 > 8 ? 100 : 10) + Double((week * 7 + hour) % 5), hour: hour)
      }
    }
    #expect(try #require(baseline.score(102, hour: 12)) < 2)
    #expect(try #require(baseline.score(102, hour: 3)) > 10)
    #expect(baseline.score(14, hour: 3, floor: 5) == 0)
    #expect(baseline.usual(at: 12).count == SeasonalBaseline.depth)
  }

  @Test func `until an hour has a past, the same hour of other days stands in, then all hours`() {
    var baseline = SeasonalBaseline()
    for day in 0..<5 { baseline.record(Double(day), hour: day * 24 + 7) }
    #expect(baseline.usual(at: 6 * 24 + 7).count == 5)
    #expect(baseline.usual(at: 9).count == 5)
    #expect(SeasonalBaseline().usual(at: 9).isEmpty)
  }

  @Test func `the week begins on Monday`() {
    #expect(SeasonalBaseline.hour(of: WallTime(nanoseconds: 0)) == 72)
    // 2026-11-23 is a Monday.
    #expect(SeasonalBaseline.hour(of: WallTime(nanoseconds: 1_795_392_000_000_000_000)) == 0)
  }
}
