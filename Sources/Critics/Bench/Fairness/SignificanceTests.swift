// Whether two selection rates differ by more than chance: the two-proportion z-test, Fisher's exact test where counts
// are small, and Holm's correction where several groups are compared at once.
import Foundation

/// One group's outcomes: how many of how many were selected.
package struct GroupCount: Hashable, Sendable {
  package let selected: Int
  package let total: Int

  package init(selected: Int, total: Int) {
    self.selected = selected
    self.total = total
  }

  package var rate: Double { total > 0 ? Double(selected) / Double(total) : 0 }

  /// The lower end of Wilson's interval at 95 %: the rate that so many people show there is at least.
  package var surelyAtLeast: Double {
    guard total > 0 else { return 0 }
    let z = 1.959964
    let count = Double(total)
    let spread = z * (rate * (1 - rate) / count + z * z / (4 * count * count)).squareRoot()
    return max(0, (rate + z * z / (2 * count) - spread) / (1 + z * z / count))
  }
}

package enum SignificanceTest: String, Hashable, Sendable {
  case twoProportion = "two-proportion z-test"
  case fisherExact = "Fisher's exact test"
}

/// Two-sided p-values for the hypothesis that two groups are selected at one rate.
package enum Significance {
  /// The test that the counts allow: Fisher's where some expected cell is below `exactBelow`, else the z-test.
  package static func test(
    _ first: GroupCount, _ second: GroupCount, exactBelow: Double = 5
  ) -> (p: Double, by: SignificanceTest) {
    let total = Double(first.total + second.total)
    let selected = Double(first.selected + second.selected)
    let smallerRow = Double(min(first.total, second.total))
    let expected = total > 0 ? smallerRow * min(selected, total - selected) / total : 0
    return expected < exactBelow
      ? (fisherExact(first, second), .fisherExact) : (twoProportion(first, second), .twoProportion)
  }

  /// The z-test with the pooled rate. Two groups that are both wholly selected, or wholly not, do not differ: p = 1.
  package static func twoProportion(_ first: GroupCount, _ second: GroupCount) -> Double {
    let (n, m) = (Double(first.total), Double(second.total))
    guard n > 0, m > 0 else { return 1 }
    let pooled = Double(first.selected + second.selected) / (n + m)
    let variance = pooled * (1 - pooled) * (1 / n + 1 / m)
    guard variance > 0 else { return 1 }
    return erfc(abs(first.rate - second.rate) / (2 * variance).squareRoot())
  }

  /// Fisher's exact test: the probability, under fixed margins, of all tables no likelier than the one seen.
  ///
  /// The hypergeometric weights are walked by their recurrence from the mode, where the weight is 1, so nothing
  /// overflows and what underflows does not matter. Time grows with the smaller margin, which small expected counts bound.
  package static func fisherExact(_ first: GroupCount, _ second: GroupCount) -> Double {
    let population = first.total + second.total
    let successes = first.selected + second.selected
    let draws = first.total
    let least = max(0, draws + successes - population)
    let most = min(draws, successes)
    guard least < most else { return 1 }
    let mode = min(most, max(least, Int(Double(draws + 1) * Double(successes + 1) / Double(population + 2))))
    /// weight(x + 1) / weight(x)
    func ratio(_ x: Int) -> Double {
      Double(successes - x) * Double(draws - x) / (Double(x + 1) * Double(population - successes - draws + x + 1))
    }
    var seen = 1.0
    if first.selected > mode { for x in mode..<first.selected { seen *= ratio(x) } }
    if first.selected < mode { for x in first.selected..<mode { seen /= ratio(x) } }
    /// Equal weights may differ in the last bits; the tolerance is R's.
    let bound = seen * (1 + 1e-7)
    var all = 0.0
    var extreme = 0.0
    func count(_ weight: Double) {
      all += weight
      if weight <= bound { extreme += weight }
    }
    var weight = 1.0
    for x in mode..<most {
      count(weight)
      weight *= ratio(x)
    }
    count(weight)
    weight = 1
    for x in stride(from: mode, to: least, by: -1) {
      weight /= ratio(x - 1)
      count(weight)
    }
    return min(1, extreme / all)
  }

  /// Holm's step-down correction: the p-values, in the order given, each adjusted for how many there are.
  package static func holm(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var adjusted = values
    var floor = 0.0
    for (rank, index) in order.enumerated() {
      floor = max(floor, min(1, Double(values.count - rank) * values[index]))
      adjusted[index] = floor
    }
    return adjusted
  }
}
