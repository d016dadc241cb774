// How near the process is to its limits, and what follows: batch work waits first, then new work is refused, before a
// disk is full or memory gone. The judgement is a pure function of samples; `ResourceSample.current` takes one.
import Config
import Glibc

package enum Resource: String, CaseIterable, Sendable {
  case cpu, memory, disk, descriptors
  case loopLag = "loop_lag"
}

package enum Pressure: Int, Comparable, Sendable, CaseIterable {
  case normal = 0
  case warning = 1
  case critical = 2

  package static func < (left: Pressure, right: Pressure) -> Bool { left.rawValue < right.rawValue }
}

package struct ResourceSample: Sendable, Hashable {
  /// Of the monotonic clock, in nanoseconds.
  package var time: UInt64
  package var cpuNanoseconds: UInt64
  /// What the process may use of the machine's processors.
  package var cores: Double
  package var residentBytes: Int
  package var diskFreeBytes: Int?
  package var diskBytes: Int?
  package var openDescriptors: Int
  package var descriptorLimit: Int
  package var loopLag: Duration

  /// `folder` lies on the disk that matters; the lag of the event loops is for their owner to know.
  package static func current(
    folder: String, cores: Double, loopLag: Duration, monotonic: UInt64
  ) -> ResourceSample? {
    guard let process = ProcessStatistics.current() else { return nil }
    var disk = statvfs()
    let hasDisk = statvfs(folder, &disk) == 0
    let block = Int(disk.f_frsize)
    return ResourceSample(
      time: monotonic, cpuNanoseconds: process.cpuNanoseconds, cores: cores,
      residentBytes: process.residentBytes, diskFreeBytes: hasDisk ? Int(disk.f_bavail) * block : nil,
      diskBytes: hasDisk ? Int(disk.f_blocks) * block : nil, openDescriptors: ProcessStatistics.openDescriptors() ?? 0,
      descriptorLimit: ProcessStatistics.descriptorLimit() ?? .max, loopLag: loopLag)
  }
}

/// Where warning and critical begin: shares of the whole, bytes, or time.
package struct ResourceThresholds: Sendable {
  package var cpu: (warning: Double, critical: Double) = (0.85, 0.97)
  package var memory: (warning: Int, critical: Int) = (1 << 30, 2 << 30)
  /// From here on no batch is begun.
  package var memoryForBatches = 3 << 29
  /// Of free space, so less is worse.
  package var diskFree: (warning: Int, critical: Int) = (2 << 30, 512 << 20)
  package var descriptors: (warning: Double, critical: Double) = (0.7, 0.9)
  package var loopLag: (warning: Duration, critical: Duration) = (.milliseconds(50), .milliseconds(500))

  package init() {}
}

package struct ResourceReport: Sendable, Hashable {
  package let levels: [Resource: Pressure]
  /// Of all cores together, 0 to 1; nil before the second sample.
  package let cpuShare: Double?
  /// Whether memory is too short for many cases at a time.
  package let isMemoryNarrow: Bool

  package var worst: Pressure { levels.values.max() ?? .normal }

  /// Batch work waits as soon as anything is short.
  package var throttlesBatch: Bool { worst >= .warning }

  /// New work of any kind is refused when what it needs would run out; a busy processor alone only makes it slow.
  package var refusesWork: Bool {
    [Resource.disk, .memory, .descriptors].contains { levels[$0] == .critical }
  }
}

/// What is let in, from everything to nothing.
package enum Stance: Int, Sendable, Comparable {
  case open = 0
  /// Batches pause between groups of cases.
  case slow = 1
  /// No new batch is begun, and those that have begun stand still for a while.
  case interactiveOnly = 2
  case closed = 3

  package static func < (left: Stance, right: Stance) -> Bool { left.rawValue < right.rawValue }
}

extension ResourceReport {
  /// A busy processor, or a loop that is late on account of it, is what a batch is for, as long as nobody else waits.
  package func stance(hasInteractive: Bool) -> Stance {
    if refusesWork { return .closed }
    let time = max(levels[.cpu] ?? .normal, levels[.loopLag] ?? .normal)
    // Batches are what takes the most memory: they go before anybody who waits for one answer has to.
    if isMemoryNarrow || hasInteractive && time == .critical { return .interactiveOnly }
    let room = [Resource.memory, .disk, .descriptors].compactMap { levels[$0] }.max() ?? .normal
    return room >= .warning || hasInteractive && time >= .warning ? .slow : .open
  }
}

/// Judges samples in turn. A level rises at once and falls only when the value is a tenth better than what raised it, so
/// that it does not flicker.
package struct ResourceMonitor: Sendable {
  package var thresholds: ResourceThresholds
  private var levels: [Resource: Pressure] = [:]
  private var isMemoryNarrow = false
  private var last: (time: UInt64, cpu: UInt64)?
  private var cpuShare: Double?

  package init(thresholds: ResourceThresholds = ResourceThresholds()) { self.thresholds = thresholds }

  package mutating func assess(_ sample: ResourceSample) -> ResourceReport {
    if let last, sample.time > last.time {
      let elapsed = Double(sample.time - last.time) * sample.cores
      let share = Double(sample.cpuNanoseconds - min(last.cpu, sample.cpuNanoseconds)) / elapsed
      // Half of the past is forgotten with each sample: one busy second is no alarm.
      cpuShare = cpuShare.map { ($0 + share) / 2 } ?? share
    }
    last = (sample.time, sample.cpuNanoseconds)
    if let cpuShare { judge(.cpu, cpuShare, thresholds.cpu.warning, thresholds.cpu.critical) }
    judge(
      .memory, Double(sample.residentBytes), Double(thresholds.memory.warning), Double(thresholds.memory.critical))
    if let free = sample.diskFreeBytes {
      // Turned round, so that more is worse here too.
      judge(.disk, -Double(free), -Double(thresholds.diskFree.warning), -Double(thresholds.diskFree.critical))
    }
    let descriptors = Double(sample.openDescriptors) / Double(max(1, sample.descriptorLimit))
    judge(.descriptors, descriptors, thresholds.descriptors.warning, thresholds.descriptors.critical)
    judge(
      .loopLag, sample.loopLag / .nanoseconds(1), thresholds.loopLag.warning / .nanoseconds(1),
      thresholds.loopLag.critical / .nanoseconds(1))
    let bound = Double(thresholds.memoryForBatches)
    isMemoryNarrow = Double(sample.residentBytes) >= (isMemoryNarrow ? bound * 0.9 : bound)
    return ResourceReport(levels: levels, cpuShare: cpuShare, isMemoryNarrow: isMemoryNarrow)
  }

  private mutating func judge(_ resource: Resource, _ value: Double, _ warning: Double, _ critical: Double) {
    func level(_ ease: (Double) -> Double) -> Pressure {
      value >= ease(critical) ? .critical : value >= ease(warning) ? .warning : .normal
    }
    let strict = level { $0 }
    let eased = level { $0 - abs($0) * 0.1 }
    let before = levels[resource] ?? .normal
    levels[resource] = strict >= before ? strict : min(before, eased)
  }
}
