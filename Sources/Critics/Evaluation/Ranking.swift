// How well a score tells the bad from the good: counts at a threshold, areas under the ROC and precision-recall curves,
// the share found at a fixed share of false alarms and the reverse, each with its interval at 95 %.
import Foundation

/// A figure with its interval.
package struct Figure: Sendable, Hashable {
  package let value: Double
  package let low: Double
  package let high: Double
}

/// Scores with their labels.
package struct Ranking: Sendable {
  package private(set) var scores: [Float] = []
  package private(set) var labels: [Bool] = []

  package init() {}

  package init(_ pairs: some Sequence<(Float, Bool)>) {
    for (score, label) in pairs { add(score, label) }
  }

  package mutating func add(_ score: Float, _ isPositive: Bool) {
    scores.append(score)
    labels.append(isPositive)
  }

  package mutating func add(_ other: Ranking) {
    scores += other.scores
    labels += other.labels
  }

  package var count: Int { scores.count }
  package var positives: Int { labels.count { $0 } }
}

/// What a ranking shows. A figure is nil where the rows do not define it: no positives, or no negatives.
package struct RankingFigures: Sendable {
  package let count: Int
  package let positives: Int
  package let precision: Figure?
  package let recall: Figure?
  package let f1: Figure?
  package let auroc: Figure?
  package let auprc: Figure?
  /// The share of positives found at no more than so large a share of false positives.
  package let tprAtFPR: [(fpr: Double, tpr: Figure?)]
  /// The share of false positives that finding at least so large a share of positives costs.
  package let fprAtRecall: [(recall: Double, fpr: Figure?)]
  /// The share of negatives above the threshold.
  package let falseAlarms: Figure?
  /// Rows above the threshold: rightly and wrongly.
  package let truePositives: Int
  package let falsePositives: Int

  package init(
    _ ranking: Ranking, threshold: Float, rates: [Double] = [0.01, 0.05], recalls: [Double] = [0.8, 0.95]
  ) {
    let positives = ranking.positives
    let negatives = ranking.count - positives
    count = ranking.count
    self.positives = positives
    var hits = 0
    var alarms = 0
    for index in ranking.scores.indices where ranking.scores[index] >= threshold {
      if ranking.labels[index] { hits += 1 } else { alarms += 1 }
    }
    (truePositives, falsePositives) = (hits, alarms)
    precision = positives > 0 ? Interval.wilson(hits, of: hits + alarms) : nil
    recall = Interval.wilson(hits, of: positives)
    falseAlarms = Interval.wilson(alarms, of: negatives)
    f1 = positives > 0 ? Interval.f1(hits: hits, wrong: alarms + positives - hits) : nil
    let curve = Curve(ranking)
    auroc = curve.auroc
    auprc = curve.auprc
    tprAtFPR = rates.map { rate in
      (rate, positives > 0 && negatives > 0 ? Interval.wilson(curve.found(atFPR: rate), of: positives) : nil)
    }
    fprAtRecall = recalls.map { recall in
      (recall, positives > 0 && negatives > 0 ? Interval.wilson(curve.alarms(atRecall: recall), of: negatives) : nil)
    }
  }
}

/// One walk from the highest score down; rows of equal score are one step.
private struct Curve {
  private var steps: [(positives: Int, negatives: Int)] = []
  private let positives: Int
  private let negatives: Int

  init(_ ranking: Ranking) {
    positives = ranking.positives
    negatives = ranking.count - positives
    let order = ranking.scores.indices.sorted { ranking.scores[$0] > ranking.scores[$1] }
    var index = 0
    while index < order.count {
      let score = ranking.scores[order[index]]
      var step = (positives: 0, negatives: 0)
      while index < order.count, ranking.scores[order[index]] == score {
        if ranking.labels[order[index]] { step.positives += 1 } else { step.negatives += 1 }
        index += 1
      }
      steps.append(step)
    }
  }

  /// The area under the ROC curve, ties counting half, with DeLong's variance.
  var auroc: Figure? {
    guard positives > 0, negatives > 0 else { return nil }
    let (m, n) = (Double(positives), Double(negatives))
    var above = (positives: 0.0, negatives: 0.0)
    var overPositives = (sum: 0.0, squares: 0.0)
    var overNegatives = (sum: 0.0, squares: 0.0)
    for step in steps {
      let (p, q) = (Double(step.positives), Double(step.negatives))
      let beaten = (n - above.negatives - q + q / 2) / n
      let beating = (above.positives + p / 2) / m
      overPositives.sum += p * beaten
      overPositives.squares += p * beaten * beaten
      overNegatives.sum += q * beating
      overNegatives.squares += q * beating * beating
      above.positives += p
      above.negatives += q
    }
    let area = overPositives.sum / m
    func variance(_ sums: (sum: Double, squares: Double), _ count: Double) -> Double {
      count > 1 ? max(0, (sums.squares - sums.sum * sums.sum / count) / (count - 1)) : 0
    }
    let deviation = (variance(overPositives, m) / m + variance(overNegatives, n) / n).squareRoot()
    return Figure(
      value: area, low: max(0, area - Interval.z * deviation), high: min(1, area + Interval.z * deviation))
  }

  /// Average precision, with the interval of its logit (Boyd, Eng and Page, 2013).
  var auprc: Figure? {
    guard positives > 0 else { return nil }
    var found = 0
    var seen = 0
    var area = 0.0
    for step in steps {
      found += step.positives
      seen += step.positives + step.negatives
      area += Double(step.positives) / Double(positives) * Double(found) / Double(seen)
    }
    area = min(1, area)
    guard area > 0, area < 1 else { return Figure(value: area, low: area, high: area) }
    let logit = log(area / (1 - area))
    let deviation = 1 / (Double(positives) * area * (1 - area)).squareRoot()
    func back(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
    return Figure(
      value: area, low: back(logit - Interval.z * deviation), high: back(logit + Interval.z * deviation))
  }

  /// How many positives lie above the lowest threshold that lets no more than this share of negatives through.
  func found(atFPR rate: Double) -> Int {
    var found = 0
    var alarms = 0
    for step in steps {
      alarms += step.negatives
      if Double(alarms) > rate * Double(negatives) { break }
      found += step.positives
    }
    return found
  }
}

extension Curve {
  /// How many negatives lie above the highest threshold that lets at least this share of positives through.
  fileprivate func alarms(atRecall recall: Double) -> Int {
    var found = 0
    var alarms = 0
    for step in steps where Double(found) < recall * Double(positives) {
      found += step.positives
      alarms += step.negatives
    }
    return alarms
  }
}

package enum Interval {
  /// The normal quantile of 97.5 %.
  package static let z = 1.959963984540054

  /// Wilson's score interval for a share; nil of nothing.
  package static func wilson(_ hits: Int, of total: Int) -> Figure? {
    guard total > 0 else { return nil }
    let (n, p) = (Double(total), Double(hits) / Double(total))
    let scale = 1 + z * z / n
    let middle = (p + z * z / (2 * n)) / scale
    let reach = z / scale * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return Figure(value: p, low: max(0, min(p, middle - reach)), high: min(1, max(p, middle + reach)))
  }

  /// F1 is 2j/(1 + j) for the share j of hits among hits, misses and false alarms, and takes that share's interval.
  package static func f1(hits: Int, wrong: Int) -> Figure? {
    wilson(hits, of: hits + wrong).map { share in
      func f1(_ j: Double) -> Double { 2 * j / (1 + j) }
      return Figure(value: f1(share.value), low: f1(share.low), high: f1(share.high))
    }
  }
}
