// Selection rates held against one another: who fares best, who fares worst beside them, and whether chance explains it.
// The four-fifths rule is that of 29 CFR 1607.4 D; its line and the level of significance come from the constitution.

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
    /// The group that it is held against.
    package let reference: (group: String, count: GroupCount)
    /// This group's rate divided by the reference's.
    package let ratio: Double
    package let test: SignificanceTest
    package let p: Double
    /// `p` after Holm's correction for the number of comparisons made.
    package let adjusted: Double
  }

  package let best: (group: String, count: GroupCount)
  /// Every other group that is large enough, worst-off first: against the best-treated one, or, where chance may explain that,
  /// against the one that is surely well treated.
  package let rows: [Row]
  package let tooSmall: [String]
  private let comparisons: Int
  private let bounds: ComparisonBounds

  /// nil where fewer than two groups are large enough, or nobody at all was selected: then there is nothing to compare.
  package init?(_ outcomes: [(group: String, count: GroupCount)], bounds: ComparisonBounds = ComparisonBounds()) {
    let compared = outcomes.filter { $0.count.total >= max(1, bounds.smallestGroup) }
    guard compared.count >= 2,
      let best = compared.max(by: { Self.ranks($0, before: $1) }), best.count.selected > 0
    else { return nil }
    // A handful of people who were all selected proves nothing, and must not hide what happens among the many.
    let sure =
      compared.filter { $0.count.selected > 0 }.max { Self.isSurelyBelow($0, $1) } ?? best
    var pairs: [(group: (group: String, count: GroupCount), reference: (group: String, count: GroupCount))] = []
    for group in compared where group.group != best.group { pairs.append((group, best)) }
    if sure.group != best.group {
      for group in compared where group.count.rate < sure.count.rate { pairs.append((group, sure)) }
    }
    let tests = pairs.map { Significance.test($0.group.count, $0.reference.count, exactBelow: bounds.exactBelow) }
    let adjusted = Significance.holm(tests.map(\.p))
    let rows = pairs.indices.map { index in
      let (group, reference) = pairs[index]
      return Row(
        group: group.group, count: group.count, reference: reference, ratio: group.count.rate / reference.count.rate,
        test: tests[index].by, p: tests[index].p, adjusted: adjusted[index])
    }
    self.best = best
    self.bounds = bounds
    comparisons = pairs.count
    tooSmall = outcomes.filter { $0.count.total < max(1, bounds.smallestGroup) }.map(\.group)
    let others = compared.count - 1
    self.rows = rows[..<others].map { row in
      let held = rows[others...].first { $0.group == row.group && $0.adjusted < bounds.significance }
      return row.adjusted < bounds.significance ? row : held ?? row
    }.sorted { ($0.ratio, $0.group) < ($1.ratio, $1.group) }
  }

  /// By the rate that a group has at least, as far as its size can tell (the lower end of Wilson's interval at 95 %).
  private static func isSurelyBelow(
    _ left: (group: String, count: GroupCount), _ right: (group: String, count: GroupCount)
  ) -> Bool {
    (left.count.surelyAtLeast, right.group) < (right.count.surelyAtLeast, left.group)
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
    var words = Words()
    let row = worst
    words.add(text: row.group)
    words.add(" are selected at ")
    words.add(row.count)
    words.add(", ")
    words.add(text: row.reference.group)
    words.add(" at ")
    words.add(row.reference.count)
    words.add(": impact ratio ")
    words.add(row.ratio, places: 3)
    words.add(row.ratio < bounds.fourFifths ? ", below" : ", not below")
    words.add(" the four-fifths line of ")
    words.add(bounds.fourFifths, places: 2)
    words.add("; ")
    words.add(text: row.test.rawValue)
    words.add(", p = ")
    words.add(probability: row.adjusted)
    if comparisons > 1 {
      words.add(", corrected by Holm's method for ")
      words.add(comparisons)
      words.add(" comparisons")
    }
    if row.adjusted >= bounds.significance { words.add(", so chance may explain it") }
    var isFirst = true
    for other in rows where other.group != row.group && other.ratio < bounds.fourFifths {
      words.add(isFirst ? "; also below the line: " : ", ")
      isFirst = false
      words.add(text: other.group)
      words.add(" (ratio ")
      words.add(other.ratio, places: 3)
      words.add(", p = ")
      words.add(probability: other.adjusted)
      words.add(")")
    }
    for (place, group) in tooSmall.enumerated() {
      words.add(place == 0 ? "; too few to compare: " : ", ")
      words.add(text: group)
    }
    return words.text
  }
}

extension Words {
  fileprivate mutating func add(_ count: GroupCount) {
    add(100 * count.rate, places: 1)
    add(" % (")
    add(count.selected)
    add(" of ")
    add(count.total)
    add(")")
  }
}
