// Tells an unusual hour from a usual one: each rate against what it was at the same hour of the week before, and each
// distribution of severities against what it has been. A pure function of what was counted and of what it remembers, so that
// the same past finds the same anomalies.
import Glibc

package enum AnomalyKind: String, Sendable, CaseIterable, Hashable {
  case deny, escalate, abstain
}

/// Whose rate it is.
package enum AnomalyScope: Sendable, Hashable {
  case all
  case critic(String)
  case client(String)

  package var word: String {
    switch self {
    case .all: "all"
    case .critic: "critic"
    case .client: "client"
    }
  }

  package var name: String {
    switch self {
    case .all: ""
    case .critic(let name), .client(let name): name
    }
  }
}

/// What was counted in one window.
package struct AnomalyWindow: Sendable {
  package struct Rate: Sendable, Hashable {
    package let kind: AnomalyKind
    package let scope: AnomalyScope
    package let hits: Int
    package let cases: Int

    package init(_ kind: AnomalyKind, _ scope: AnomalyScope, hits: Int, cases: Int) {
      self.kind = kind
      self.scope = scope
      self.hits = hits
      self.cases = cases
    }

    /// Under which the detector remembers it.
    var key: String { "\(kind.rawValue)/\(scope.word)/\(scope.name)" }
  }

  package var rates: [Rate] = []
  /// Opinions by severity, in the same bins each time, for each critic.
  package var severities: [String: [Int]] = [:]

  package init() {}
}

package enum Anomaly: Sendable, Hashable {
  /// A share far from what is usual at this hour; `score` in robust standard deviations.
  case rate(AnomalyKind, AnomalyScope, share: Double, usual: Double, score: Double, cases: Int)
  /// A critic whose severities are distributed in another way; the population stability index.
  case drift(critic: String, index: Double, opinions: Int)
}

package struct AnomalyBounds: Sendable, Hashable {
  /// Windows with fewer cases say nothing.
  package var leastCases = 100
  package var score = 5.0
  /// A difference of shares that nobody cares about.
  package var floor = 0.02
  package var drift = 0.25
  /// Names remembered at most; those that come later are not watched.
  package var names = 1000

  package init() {}
}

package struct AnomalyDetector: Sendable {
  /// How much of what was usual counts on after a window.
  static let memory = 0.9

  package var bounds: AnomalyBounds
  var baselines: [String: SeasonalBaseline] = [:]
  /// For each critic how its opinions were spread, old windows counting less.
  var severities: [String: [Double]] = [:]

  package init(bounds: AnomalyBounds = AnomalyBounds()) { self.bounds = bounds }

  /// What a window's rates and severities score, whether or not that is an anomaly.
  package struct Assessment: Sendable {
    package var anomalies: [Anomaly] = []
    package var scores: [(rate: AnomalyWindow.Rate, score: Double)] = []
    package var drifts: [String: Double] = [:]
  }

  /// Judges a window by the past and then makes it a part of the past.
  package mutating func assess(_ window: AnomalyWindow, at time: WallTime) -> Assessment {
    var assessment = Assessment()
    let hour = SeasonalBaseline.hour(of: time)
    for rate in window.rates where rate.cases >= bounds.leastCases { judge(rate, hour, &assessment) }
    for (critic, counts) in window.severities.sorted(by: { $0.key < $1.key }) { judge(critic, counts, &assessment) }
    return assessment
  }

  private mutating func judge(_ rate: AnomalyWindow.Rate, _ hour: Int, _ assessment: inout Assessment) {
    let share = Double(rate.hits) / Double(rate.cases)
    var baseline = baselines[rate.key] ?? SeasonalBaseline()
    if let usual = RobustStatistics.median(baseline.usual(at: hour)) {
      // So many cases differ by that much by chance alone, three times in a thousand.
      let chance = 3 * (usual * (1 - usual) / Double(rate.cases)).squareRoot()
      if let score = baseline.score(share, hour: hour, floor: max(bounds.floor, chance)) {
        assessment.scores.append((rate, score))
        if abs(score) >= bounds.score {
          assessment.anomalies.append(
            .rate(rate.kind, rate.scope, share: share, usual: usual, score: score, cases: rate.cases))
        }
      }
    }
    baseline.record(share, hour: hour)
    if baselines[rate.key] != nil || baselines.count < bounds.names { baselines[rate.key] = baseline }
  }

  private mutating func judge(_ critic: String, _ counts: [Int], _ assessment: inout Assessment) {
    let total = counts.reduce(0, +)
    guard total >= bounds.leastCases else { return }
    let usual = severities[critic] ?? []
    if usual.count == counts.count, usual.reduce(0, +) >= Double(bounds.leastCases),
      let index = RobustStatistics.stabilityIndex(expected: usual.map { Int($0.rounded()) }, actual: counts)
    {
      assessment.drifts[critic] = index
      if index >= bounds.drift { assessment.anomalies.append(.drift(critic: critic, index: index, opinions: total)) }
    }
    guard severities[critic] != nil || severities.count < bounds.names else { return }
    let before = usual.count == counts.count ? usual : counts.map { _ in 0 }
    severities[critic] = zip(before, counts).map { $0 * Self.memory + Double($1) }
  }
}
