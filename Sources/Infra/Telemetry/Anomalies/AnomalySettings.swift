// From where on something is unusual, as settings.
import Config

package struct AnomalySettings: Sendable {
  package let isEnabled = Setting<Bool>(
    "anomalies.enabled", default: true, reloadable: true, "Whether rates of verdicts are watched for what is unusual.")
  package let window = Setting<Duration>(
    "anomalies.window", default: .seconds(3600), in: .range(.milliseconds(100) ... .seconds(86_400)),
    "The time over which rates are taken.")
  package let leastCases = Setting<Int>(
    "anomalies.least_cases", default: 100, in: .range(10...10_000_000), unit: "cases", reloadable: true,
    "Windows with fewer cases say nothing.")
  package let score = Setting<Double>(
    "anomalies.score", default: 5, in: .range(2...1000), reloadable: true,
    "From how many robust standard deviations on a rate is unusual.")
  package let floor = Setting<Double>(
    "anomalies.floor", default: 0.02, in: .range(0...1), reloadable: true,
    "A difference from the usual share that is never an anomaly.")
  package let drift = Setting<Double>(
    "anomalies.drift", default: 0.25, in: .range(0.01...100), reloadable: true,
    "From which population stability index on a critic's severities have drifted.")

  package init() {}

  package var section: SettingSection {
    SettingSection(
      "Anomalies", "Rates of denials, escalations and abstentions that are not as usual at this hour of the week.",
      [isEnabled, window, leastCases, score, floor, drift])
  }

  package func bounds(_ configuration: Configuration) -> AnomalyBounds {
    var bounds = AnomalyBounds()
    bounds.leastCases = configuration[leastCases]
    bounds.score = configuration[score]
    bounds.floor = configuration[floor]
    bounds.drift = configuration[drift]
    return bounds
  }
}
