// Selection rates are compared by tests whose values are known: against R and SciPy, and against an exact sum over all
// tables in integers.
import Foundation
import Testing

@testable import Critics

@Suite("Significance")
struct SignificanceLaws {
  @Test(
    "Fisher's exact test gives the known values",
    arguments: [
      (8, 10, 1, 6, 0.034965034965034975), (1, 10, 11, 14, 0.0027594561852200836),
      (0, 10, 5, 10, 0.032507739938080496), (3, 4, 1, 4, 0.48571428571428565),
      (10, 100, 20, 100, 0.07342758972137636), (2, 1000, 12, 1000, 0.012641030596819505),
    ])
  func fisherKnown(selected: Int, total: Int, otherSelected: Int, otherTotal: Int, expected: Double) {
    let p = Significance.fisherExact(
      GroupCount(selected: selected, total: total), GroupCount(selected: otherSelected, total: otherTotal))
    #expect(abs(p - expected) < 1e-12)
  }

  @Test("the two-proportion z-test gives the known values")
  func twoProportionKnown() {
    func p(_ a: Int, _ n: Int, _ b: Int, _ m: Int) -> Double {
      Significance.twoProportion(GroupCount(selected: a, total: n), GroupCount(selected: b, total: m))
    }
    #expect(abs(p(48, 80, 12, 40) - 0.0019457736937391545) < 1e-12)
    #expect(abs(p(20, 100, 40, 100) - 0.0020282311484520745) < 1e-12)
    #expect(abs(p(10, 100, 20, 100) - 0.04767038065616141) < 1e-12)
    #expect(p(5, 5, 7, 7) == 1)
  }

  /// n over k, exactly.
  private func choose(_ n: Int, _ k: Int) -> UInt128 {
    if k < 0 || k > n { return 0 }
    var result: UInt128 = 1
    for i in 0..<min(k, n - k) { result = result * UInt128(n - i) / UInt128(i + 1) }
    return result
  }

  @Test("Fisher's exact test agrees with the sum over all tables in integers, for every table of up to 14 by 14")
  func fisherExhaustive() {
    for n in stride(from: 1, through: 14, by: 3) {
      for m in 1...14 {
        for a in 0...n {
          for b in 0...m {
            let seen = choose(n, a) * choose(m, b)
            var extreme: UInt128 = 0
            var all: UInt128 = 0
            for x in max(0, a + b - m)...min(n, a + b) {
              let weight = choose(n, x) * choose(m, a + b - x)
              all += weight
              if weight <= seen { extreme += weight }
            }
            let exact = Double(extreme) / Double(all)
            let p = Significance.fisherExact(GroupCount(selected: a, total: n), GroupCount(selected: b, total: m))
            #expect(abs(p - exact) < 1e-10, "\(a) of \(n) against \(b) of \(m)")
          }
        }
      }
    }
  }

  @Test("Fisher's exact test stays exact where weights underflow, and ends in good time")
  func fisherExtremes() {
    let p = Significance.fisherExact(
      GroupCount(selected: 0, total: 5000), GroupCount(selected: 5000, total: 5000))
    #expect(p >= 0 && p < 1e-300)
    #expect(
      Significance.fisherExact(GroupCount(selected: 3, total: 1_000_000), GroupCount(selected: 4, total: 7)) < 1e-15)
  }

  @Test("Holm's correction never lowers a p-value, keeps their order, and never passes 1")
  func holm() {
    #expect(Significance.holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06])
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let values = (0..<Int.random(in: 1...8, using: &generator)).map { _ in Double.random(in: 0...1, using: &generator)
      }
      let adjusted = Significance.holm(values)
      for (p, q) in zip(values, adjusted) { #expect(q >= p && q <= 1) }
      for i in values.indices {
        for j in values.indices where values[i] <= values[j] { #expect(adjusted[i] <= adjusted[j]) }
      }
    }
  }
}

@Suite("Comparison of groups")
struct GroupComparisonLaws {
  private func compare(_ groups: [String: (Int, Int)]) -> GroupComparison? {
    GroupComparison(groups.map { (group: $0.key, count: GroupCount(selected: $0.value.0, total: $0.value.1)) })
  }

  @Test("the worst-off group is held against the best-treated one")
  func ratio() throws {
    let comparison = try #require(compare(["women": (20, 100), "men": (40, 100)]))
    #expect(comparison.best.group == "men")
    #expect(comparison.worst.group == "women")
    #expect(abs(comparison.worst.ratio - 0.5) < 1e-12)
    #expect(abs(comparison.worst.adjusted - 0.0020282311484520745) < 1e-12)
    #expect(comparison.words.contains("20.0 % (20 of 100)"))
    #expect(comparison.words.contains("impact ratio 0.500, below the four-fifths line"))
    #expect(comparison.words.contains("p = 0.0020"))
  }

  @Test("small counts are compared exactly, and the rationale says so")
  func exact() throws {
    let comparison = try #require(compare(["a": (1, 10), "b": (9, 12)]))
    #expect(comparison.worst.test == .fisherExact)
    #expect(comparison.words.contains("Fisher's exact test"))
  }

  @Test("several groups are corrected for their number, and the correction is named")
  func several() throws {
    let comparison = try #require(compare(["a": (50, 100), "b": (45, 100), "c": (20, 100), "d": (48, 100)]))
    #expect(comparison.worst.group == "c")
    #expect(comparison.worst.adjusted > comparison.worst.p)
    #expect(comparison.words.contains("corrected by Holm's method for 3 comparisons"))
  }

  @Test("groups too small to compare are named and set no standard")
  func small() throws {
    let comparison = try #require(compare(["tiny": (1, 1), "a": (50, 100), "b": (48, 100)]))
    #expect(comparison.best.group == "a")
    #expect(comparison.words.contains("too few to compare: tiny"))
    #expect(compare(["tiny": (1, 1), "a": (50, 100)]) == nil)
    #expect(compare(["a": (0, 50), "b": (0, 50)]) == nil)
  }

  @Test("figures are written as printf writes them, ties and signs included")
  func decimals() {
    var values: [Double] = [
      0, -0.0, 0.5, 0.125, 0.375, 2.5, -2.5, 0.005, 0.015, 1e-9, -0.001, 99_999.995, 1e12, .infinity,
    ]
    for step in 0..<4000 { values.append(Double(step) / 4000) }
    for step in 0..<2000 { values.append(Double(step) * 49.999_7 / 7) }
    for value in values {
      for places in 0...4 {
        #expect(Words.decimal(value, places) == String(format: "%.\(places)f", value), "\(value)")
      }
    }
  }
}
