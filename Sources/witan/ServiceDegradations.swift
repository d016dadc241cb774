// What has fallen back in the running service: open breakers and what runs short are put on the board, and every change of
// the board is told in the log.
import Resilience
import Telemetry

extension DegradationBoard {
  /// An open breaker is a part that has fallen back. What shares Redis says so by itself, and more exactly.
  func follow(_ breaker: String, _ state: BreakerState) {
    if breaker.hasPrefix("redis.") { return }
    guard state != .closed else {
      recovered(breaker)
      return
    }
    // The silence of a critic makes the council more cautious; nothing else that is called has a say in a verdict.
    fell(
      Degradation(
        part: breaker, level: breaker.hasPrefix("critic.") ? .restricted : .reduced,
        reason: "it failed too often of late, and its breaker is \(state == .open ? "open" : "half open")"))
  }

  /// What runs short before it is gone. A busy processor is no such thing: it passes.
  func follow(_ report: ResourceReport) {
    for resource in [Resource.memory, .disk, .descriptors] {
      let isMemory = resource == .memory
      switch report.levels[resource] ?? .normal {
      case .critical:
        fell(Degradation(part: resource.rawValue, level: .restricted, reason: "it is short, and no new case is taken"))
      case _ where isMemory && report.isMemoryNarrow:
        fell(Degradation(part: resource.rawValue, level: .restricted, reason: "it is short, and no batch is begun"))
      case .warning:
        let what = isMemory ? "the cache is kept empty and batches go slowly" : "batches go slowly"
        fell(Degradation(part: resource.rawValue, level: .reduced, reason: "it runs short: \(what)"))
      case .normal: recovered(resource.rawValue)
      }
    }
  }
}

extension ServiceTelemetry {
  func degradationChanged(_ change: DegradationBoard.Change) {
    switch change {
    case .began(let fallen):
      service.warning(
        "degradation.began", "A part has fallen back: \(fallen.reason)",
        ["part": .string(fallen.part), "level": .string(fallen.level.rawValue)])
    case .ended(let fallen):
      service.info("degradation.ended", "A part is well again.", ["part": .string(fallen.part)])
    }
  }
}
