// Selection rates held against one another: who fares best, who fares worst beside them, and whether chance explains it.
// The four-fifths rule is that of 29 CFR 1607.4 D; its line and the level of significance come from the constitution.
import Foundation

/// What counts as small, unequal and significant.
package struct ComparisonBounds: Hashable, Sendable {
  package var fourFifths: Double
  package var significance: Double
  /// Below this expected count in a cell, Fisher's exact test takes the place of the z-test.
  package var exactBelow: Double
  /// Groups with fewer persons are not compared.
  package var smallestGroup: Int

  package init(fourFifths: Double = 0.8, significance: Double = 0.05, exactBelow: Double = 5, smallestGroup: Int = 5) {
    self.fourFifths = fourFifths
    self.significance = significance
    self.exactBelow = exactBelow
    self.smallestGroup = smallestGroup
  }
}

/// The outcomes of several groups, each held against the best-treated one.
package struct GroupComparison: Sendable {
  package struct Row: Sendable {
    package let group: String
    package let count: GroupCount
    /// This group's rate divided by the best-treated group's.
    package let ratio: Double
    package let test: SignificanceTest
    package let p: Double
    /// `p` after Holm's correction for the number of groups compared.
    package let adjusted: Double
  }

  package let best: (group: String, count: GroupCount)
  /// Every other group that is large enough, worst-off first.
  package let rows: [Row]
  package let tooSmall: [String]
  private let bounds: ComparisonBounds

  /// nil where fewer than two groups are large enough, or nobody at all was selected: then there is nothing to compare.
  package init?(_ outcomes: [(group: String, count: GroupCount)], bounds: ComparisonBounds = ComparisonBounds()) {
    let compared = outcomes.filter { $0.count.total >= max(1, bounds.smallestGroup) }
    guard compared.count >= 2,
      let best = compared.max(by: { Self.ranks($0, before: $1) }), best.count.selected > 0
    else { return nil }
    let others = compared.filter { $0.group != best.group }
    let tests = others.map { Significance.test($0.count, best.count, exactBelow: bounds.exactBelow) }
    let adjusted = Significance.holm(tests.map(\.p))
    self.best = best
    self.bounds = bounds
    tooSmall = outcomes.filter { $0.count.total < max(1, bounds.smallestGroup) }.map(\.group)
    rows = others.indices.map { index in
      Row(
        group: others[index].group, count: others[index].count, ratio: others[index].count.rate / best.count.rate,
        test: tests[index].by, p: tests[index].p, adjusted: adjusted[index])
    }.sorted { ($0.ratio, $0.group) < ($1.ratio, $1.group) }
  }

  /// By rate, then by size, then by name, so that the order in which groups were listed does not matter.
  private static func ranks(
    _ left: (group: String, count: GroupCount), before right: (group: String, count: GroupCount)
  ) -> Bool {
    if left.count.rate != right.count.rate { return left.count.rate < right.count.rate }
    if left.count.total != right.count.total { return left.count.total < right.count.total }
    return left.group > right.group
  }

  /// The group that the figures speak of: the worst-off one whose difference is beyond chance, or, where chance may
  /// explain them all, the worst-off one.
  package var worst: Row { rows.first { $0.adjusted < bounds.significance } ?? rows[0] }

  /// The smallest corrected p-value over all groups, whatever their ratio.
  package var unequal: Double { rows.map(\.adjusted).min() ?? 1 }

  /// The figures in words, for a rationale.
  package var words: String {
    let row = worst
    let correction = rows.count > 1 ? ", corrected by Holm's method for \(rows.count) comparisons" : ""
    let line = row.ratio < bounds.fourFifths ? "below" : "not below"
    var words =
      "\(row.group) are selected at \(Self.rate(row.count)), \(best.group) at \(Self.rate(best.count)): impact ratio "
      + "\(Self.decimal(row.ratio, 3)), \(line) the four-fifths line of \(Self.decimal(bounds.fourFifths, 2)); "
      + "\(row.test.rawValue), p = \(Self.probability(row.adjusted))\(correction)"
    if row.adjusted >= bounds.significance { words += ", so chance may explain it" }
    let others = rows.filter { $0.group != row.group && $0.ratio < bounds.fourFifths }
    if !others.isEmpty {
      words +=
        "; also below the line: "
        + others.map { "\($0.group) (ratio \(Self.decimal($0.ratio, 3)), p = \(Self.probability($0.adjusted)))" }
        .joined(separator: ", ")
    }
    if !tooSmall.isEmpty {
      words += "; too few to compare: " + tooSmall.joined(separator: ", ")
    }
    return words
  }

  private static func rate(_ count: GroupCount) -> String {
    "\(decimal(100 * count.rate, 1)) % (\(count.selected) of \(count.total))"
  }

  /// As printf's `%.*f` writes it.
  static func decimal(_ value: Double, _ places: Int) -> String {
    plainDecimal(value, places) ?? formatted("%.*f", [Int32(places), value])
  }

  private static let scales: [Double] = [1, 10, 100, 1000, 10_000]

  /// Without printf, for figures of ordinary size. Where the product is so near to a half that its own rounding could decide,
  /// the exact way is left to printf.
  private static func plainDecimal(_ value: Double, _ places: Int) -> String? {
    guard places >= 0, places < scales.count, value.magnitude < 1e5 else { return nil }
    let scaled = value.magnitude * scales[places]
    guard (scaled - scaled.rounded(.down) - 0.5).magnitude > 1e-5 else { return nil }
    var rest = UInt64(scaled.rounded())
    return String(unsafeUninitializedCapacity: 24) { buffer in
      var at = buffer.count
      var digits = 0
      while digits <= places || rest > 0 {
        if digits == places, places > 0 {
          at -= 1
          buffer[at] = 0x2e
        }
        at -= 1
        buffer[at] = 0x30 + UInt8(rest % 10)
        rest /= 10
        digits += 1
      }
      if value.sign == .minus {
        at -= 1
        buffer[at] = 0x2d
      }
      for place in at..<buffer.count { buffer[place - at] = buffer[place] }
      return buffer.count - at
    }
  }

  private static func formatted(_ format: String, _ values: [any CVarArg]) -> String {
    // A double has at most 309 digits before the point; what did not fit would be cut off and still end in a zero byte.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      guard let text = buffer.baseAddress else { return "" }
      _ = withVaList(values) { vsnprintf(text, buffer.count, format, $0) }
      return String(cString: text)
    }
  }

  static func probability(_ value: Double) -> String {
    value < 0.0001 ? formatted("%.1e", [value]) : decimal(value, 4)
  }
}
