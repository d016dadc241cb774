// Whether new work is let in: what the resource monitor found last, kept in one atomic that every request reads.
import API
import Config
import HTTP
import Synchronization
import Telemetry

final class ServiceHeadroom: Headroom {
  private let stance = Atomic(Stance.open.rawValue)
  /// Which resources are short, as bits in the order of `Resource.allCases`.
  private let short = Atomic(0)
  /// In nanoseconds.
  private let pause = Atomic(0)
  private let patience = Atomic(0)
  private let asked: Counter
  private let refused: CounterFamily
  private let pauses: Counter
  private let shown: Gauge
  private let isStopping = Atomic(false)
  /// How many interactive requests there had been when the resources were last looked at.
  private let askedBefore = Atomic(0)

  init(_ metrics: Metrics) {
    asked = metrics.counter("witan_interactive_requests", "Requests for one answer that asked to be let in.")
    refused = metrics.counters(
      "witan_work_refused", "Requests that were not let in because something ran short.", labels: ["work"])
    pauses = metrics.counter("witan_batch_pauses", "Times that a batch gave way.")
    shown = metrics.gauge(
      "witan_admission", "What is let in: 0 everything, 1 batches slowly, 2 no new batches, 3 no new cases.")
  }

  func obey(_ configuration: Configuration) {
    func nanoseconds(_ duration: Duration) -> Int { Int(duration / .nanoseconds(1)) }
    let settings = ServiceResources.settings
    pause.store(nanoseconds(configuration[settings.batchPause]), ordering: .relaxed)
    patience.store(nanoseconds(configuration[settings.batchPatience]), ordering: .relaxed)
  }

  /// Takes a stance after each look at the resources.
  func decide(_ report: ResourceReport) {
    let seen = asked.value
    let hasInteractive = seen != askedBefore.exchange(seen, ordering: .relaxed)
    let next = report.stance(hasInteractive: hasInteractive)
    var bits = 0
    for (bit, resource) in Resource.allCases.enumerated()
    where report.levels[resource] == .critical || resource == .memory && report.isMemoryNarrow {
      bits |= 1 << bit
    }
    short.store(bits, ordering: .relaxed)
    stance.store(next.rawValue, ordering: .releasing)
    shown.set(Double(next.rawValue))
  }

  private var current: Stance { Stance(rawValue: stance.load(ordering: .acquiring)) ?? .closed }

  func refusal(of work: Workload) -> Problem? {
    if work == .interactive { asked.add() }
    let current = current
    guard current == .closed || work == .batch && current == .interactiveOnly else { return nil }
    return refusal(of: work, current)
  }

  /// From here on batches that run come to their end.
  func stop() { isStopping.store(true, ordering: .relaxed) }

  func refusalOfMore() -> Problem? {
    if isStopping.load(ordering: .relaxed) {
      return Problem(
        .serviceUnavailable, title: "Stopping",
        detail: "no more cases of this batch are decided, for the service stops. Try again later.",
        headers: ["Retry-After": "5"])
    }
    let current = current
    return current == .closed ? refusal(of: .batch, current) : nil
  }

  private func refusal(of work: Workload, _ current: Stance) -> Problem {
    refused[work.rawValue].add()
    let names = short.load(ordering: .relaxed)
    let list = Resource.allCases.enumerated().filter { names & 1 << $0.offset != 0 }.map(\.element.words)
    let what = work == .batch && current != .closed ? "no batch is begun" : "no case is taken"
    return Problem(
      .serviceUnavailable, title: "Short of resources",
      detail: "\(what): short of \(list.joined(separator: " and ")). Try again later.", headers: ["Retry-After": "5"])
  }

  /// What is let in, in a word.
  var word: String {
    switch current {
    case .open: "everything"
    case .slow: "batches_slowly"
    case .interactiveOnly: "no_new_batches"
    case .closed: "no_new_cases"
    }
  }

  var holdsBatchesBack: Bool { current != .open }

  func giveWay() async {
    pauses.add()
    let pause = Duration.nanoseconds(pause.load(ordering: .relaxed))
    let deadline = ContinuousClock.now + .nanoseconds(patience.load(ordering: .relaxed))
    // A cancelled request does not wait, and finds out by itself.
    try? await Task.sleep(for: pause)
    while current == .interactiveOnly, ContinuousClock.now < deadline, !Task.isCancelled {
      try? await Task.sleep(for: max(pause, .milliseconds(10)))
    }
  }
}

extension Resource {
  /// As a person would say it.
  var words: String {
    switch self {
    case .cpu: "processor time"
    case .memory: "memory"
    case .disk: "room on the disk"
    case .descriptors: "file descriptors"
    case .loopLag: "time on the event loops"
    }
  }
}
