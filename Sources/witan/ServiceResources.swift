// The watch over what the process uses up: it is looked at every few seconds, told in metrics and in the log, and acted upon
// before anything runs out. Batch work gives way first, caches are emptied, and then new cases are refused.
import API
import Config
import Glibc
import Locking
import Net
import Telemetry

final class ServiceResources: Sendable {
  static let settings = ResourceSettings()

  let headroom: ServiceHeadroom
  private let telemetry: ServiceTelemetry
  private let folder: String
  private let limits = ContainerLimits()
  private let live: Locked<Configuration>
  private let watched = Locked((monitor: ResourceMonitor(), report: ResourceReport?.none, sample: ResourceSample?.none))
  private let probe = Locked(LoopProbe())
  /// Told of each look.
  private let seen = Locked<[@Sendable (ResourceReport) -> Void]>([])
  /// Told of each change of the pressure on a resource.
  private let changed = Locked<[@Sendable (Resource, Pressure, Pressure) -> Void]>([])

  init(_ configuration: Configuration, telemetry: ServiceTelemetry) {
    self.telemetry = telemetry
    folder = configuration[Settings.data].text
    live = Locked(configuration)
    headroom = ServiceHeadroom(telemetry.metrics.metrics)
    telemetry.metrics.watch(limits)
    obey(configuration)
  }

  /// Puts thresholds in force, at the start and after each reload: what was last seen is judged by them at once.
  func obey(_ configuration: Configuration) {
    live.withLock { $0 = configuration }
    watched.withLock { $0.monitor.thresholds = Self.settings.thresholds(configuration, within: limits) }
    headroom.obey(configuration)
    if let sample { judge(sample) }
  }

  func onLook(_ told: @escaping @Sendable (ResourceReport) -> Void) { seen.withLock { $0.append(told) } }

  func onChange(_ told: @escaping @Sendable (Resource, Pressure, Pressure) -> Void) {
    changed.withLock { $0.append(told) }
  }

  var interval: Duration { live.withLock { $0[Self.settings.interval] } }
  var report: ResourceReport? { watched.withLock { $0.report } }
  var sample: ResourceSample? { watched.withLock { $0.sample } }
  var memoryLimit: Int { limits.memoryBytes }

  /// Looks at the resources once.
  func measure(_ loops: [EventLoop]) {
    let now = SystemClock.monotonic()
    let lag = probe.withLock { $0.lag(at: now) }
    ask(loops, at: now)
    // A process whose loops stand still is as good as dead: the watchdog hears nothing of it, and restarts it.
    if telemetry.notifier.watchdogInterval.map({ lag < $0 }) ?? true { telemetry.notifier.alive() }
    guard let sample = ResourceSample.current(folder: folder, cores: limits.cores, loopLag: lag, monotonic: now) else {
      return
    }
    judge(sample)
  }

  private func judge(_ sample: ResourceSample) {
    let (before, report) = watched.withLock { watched in
      let before = watched.report
      let report = watched.monitor.assess(sample)
      (watched.report, watched.sample) = (report, sample)
      return (before, report)
    }
    // What can be given up is given up before anybody is refused.
    for told in seen.withLock({ $0 }) { told(report) }
    headroom.decide(report)
    telemetry.metrics.measured(report, sample)
    for resource in Resource.allCases {
      let (old, new) = (before?.levels[resource] ?? .normal, report.levels[resource] ?? .normal)
      if old != new { tell(resource, old, new) }
    }
  }

  private func tell(_ resource: Resource, _ old: Pressure, _ new: Pressure) {
    telemetry.service.warning(
      "resource.pressure", "The pressure on a resource changed.",
      ["resource": .string(resource.rawValue), "from": .string("\(old)"), "to": .string("\(new)")])
    for told in changed.withLock({ $0 }) { told(resource, old, new) }
  }

  /// Lets each loop that has answered the last time answer again.
  private func ask(_ loops: [EventLoop], at now: UInt64) {
    for (index, loop) in loops.enumerated() where probe.withLock({ $0.ask(index, at: now) }) {
      loop.execute { [self] in probe.withLock { $0.answer(index, at: SystemClock.monotonic()) } }
    }
  }
}

/// How long the event loops take to get round to what they are asked, in nanoseconds of the monotonic clock.
private struct LoopProbe {
  private var asked: [Int: UInt64] = [:]
  private var answers: [UInt64] = []

  /// False while the last question waits for its answer.
  mutating func ask(_ loop: Int, at now: UInt64) -> Bool {
    guard asked[loop] == nil else { return false }
    asked[loop] = now
    return true
  }

  mutating func answer(_ loop: Int, at now: UInt64) {
    if let asked = asked.removeValue(forKey: loop) { answers.append(now - min(asked, now)) }
  }

  /// The longest since the last time, that of a loop which has not answered yet included.
  mutating func lag(at now: UInt64) -> Duration {
    defer { answers = [] }
    let waiting = asked.values.map { now - min($0, now) }
    return .nanoseconds(Int64(clamping: (answers + waiting).max() ?? 0))
  }
}
