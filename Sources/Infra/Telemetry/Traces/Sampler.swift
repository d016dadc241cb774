// Which traces are recorded to be sent. A trace's fate is decided once, where it begins, and every service follows the
// flag that it is given, so that no trace arrives in pieces.
import Config
import TraceContext

/// The names that OTEL_TRACES_SAMPLER knows.
package enum SamplerName: String, CaseIterable, SettingChoice {
  case alwaysOn = "always_on"
  case alwaysOff = "always_off"
  case ratio = "traceidratio"
  case parentOrOn = "parentbased_always_on"
  case parentOrOff = "parentbased_always_off"
  case parentOrRatio = "parentbased_traceidratio"
}

package struct Sampler: Hashable, Sendable {
  private let followsParent: Bool
  /// A trace is taken when its last 56 bits, which are random, are not below this (the threshold of consistent
  /// probability sampling).
  private let threshold: UInt64

  package init(_ name: SamplerName, ratio: Double = 1) {
    switch name {
    case .alwaysOn, .alwaysOff, .ratio: followsParent = false
    case .parentOrOn, .parentOrOff, .parentOrRatio: followsParent = true
    }
    let share =
      switch name {
      case .alwaysOn, .parentOrOn: 1.0
      case .alwaysOff, .parentOrOff: 0.0
      case .ratio, .parentOrRatio: min(max(ratio, 0), 1)
      }
    threshold = UInt64(((1 - share) * Double(1 << 56)).rounded())
  }

  package func isTaken(_ trace: TraceID, parent: SpanContext?) -> Bool {
    if followsParent, let parent { return parent.isSampled }
    return trace.low & (1 << 56 - 1) >= threshold
  }
}
