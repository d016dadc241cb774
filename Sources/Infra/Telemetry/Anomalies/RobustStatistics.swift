// Statistics that a few wild values cannot spoil, as pure functions: for telling an unusual rate from a usual one.

import Glibc

package enum RobustStatistics {
  package static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The median distance from the median.
  package static func medianDeviation(_ values: [Double]) -> Double? {
    guard let center = median(values) else { return nil }
    return median(values.map { abs($0 - center) })
  }

  /// How many standard deviations `value` lies from the median of `baseline`, the deviation estimated by the median one
  /// (Iglewicz and Hoaglin 1993: 0.6745 makes both agree for a normal distribution). Where more than half of the baseline
  /// is one value, the mean deviation stands in, as they propose; where all of it is, anything else is infinitely far.
  package static func score(_ value: Double, against baseline: [Double]) -> Double? {
    guard let center = median(baseline), let deviation = medianDeviation(baseline) else { return nil }
    let distance = value - center
    if deviation > 0 { return 0.6745 * distance / deviation }
    let mean = baseline.reduce(0) { $0 + abs($1 - center) } / Double(baseline.count)
    if mean > 0 { return distance / (1.253_314 * mean) }
    return distance == 0 ? 0 : distance > 0 ? .infinity : -.infinity
  }

  /// The population stability index of two histograms over the same bins: Σ (aᵢ − eᵢ)·ln(aᵢ/eᵢ) over shares. Below 0.1
  /// nothing has moved, above 0.25 much has. A bin that is empty in one of them counts as half a case there, so that the
  /// index stays finite; one that is empty in both says nothing. Nil unless both have cases, and as many bins.
  package static func stabilityIndex(expected: [Int], actual: [Int]) -> Double? {
    guard expected.count == actual.count, expected.contains(where: { $0 > 0 }), actual.contains(where: { $0 > 0 })
    else {
      return nil
    }
    let bins = expected.indices.filter { expected[$0] > 0 || actual[$0] > 0 }
    func shares(_ counts: [Int]) -> [Double] {
      let raised = bins.map { counts[$0] > 0 ? Double(counts[$0]) : 0.5 }
      let total = raised.reduce(0, +)
      return raised.map { $0 / total }
    }
    return zip(shares(expected), shares(actual)).reduce(0) { sum, pair in
      sum + (pair.1 - pair.0) * Glibc.log(pair.1 / pair.0)
    }
  }
}
