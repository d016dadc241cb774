// The figures of a ranking, against known values, against slow definitions, and by their laws.
import Testing

@testable import Evaluation

@Suite("Ranking")
struct RankingTests {
  private func figures(_ pairs: [(Float, Bool)], threshold: Float = 0.5) -> RankingFigures {
    RankingFigures(Ranking(pairs), threshold: threshold)
  }

  @Test("counts at a threshold give precision, recall and F1")
  func counts() throws {
    let figures = figures([(0.9, true), (0.8, true), (0.7, false), (0.4, true), (0.2, false), (0.1, false)])
    #expect(figures.count == 6 && figures.positives == 3)
    #expect(abs(try #require(figures.precision).value - 2 / 3) < 1e-12)
    #expect(abs(try #require(figures.recall).value - 2 / 3) < 1e-12)
    #expect(abs(try #require(figures.f1).value - 2 / 3) < 1e-12)
    #expect(abs(try #require(figures.auroc).value - 8 / 9) < 1e-12)
    // Average precision: (1/1 + 2/2 + 3/4) / 3.
    #expect(abs(try #require(figures.auprc).value - (1 + 1 + 0.75) / 3) < 1e-12)
  }

  @Test("Wilson's interval has its known value")
  func wilson() throws {
    let figure = try #require(Interval.wilson(8, of: 10))
    #expect(abs(figure.low - 0.4901624715366) < 1e-9)
    #expect(abs(figure.high - 0.9433178485456) < 1e-9)
    #expect(Interval.wilson(0, of: 0) == nil)
  }

  @Test("without positives or without negatives what is undefined is absent")
  func undefined() {
    let good = figures([(0.1, false), (0.2, false)])
    #expect(good.auroc == nil && good.auprc == nil && good.recall == nil && good.falseAlarms?.value == 0)
    let bad = figures([(0.1, true), (0.9, true)])
    #expect(bad.auroc == nil && bad.recall?.value == 0.5 && bad.precision?.value == 1)
    #expect(bad.tprAtFPR.allSatisfy { $0.tpr == nil } && bad.fprAtRecall.allSatisfy { $0.fpr == nil })
    #expect(figures([]).count == 0)
  }

  @Test("the share found at a share of false alarms counts whole steps of equal scores")
  func rates() {
    var pairs: [(Float, Bool)] = (0..<100).map { _ in (0.3, false) }
    pairs += [(0.9, true), (0.9, true), (0.5, false), (0.4, true)]
    let figures = figures(pairs)
    // One of 101 negatives lies above 0.4: a rate of 0.0099.
    #expect(figures.tprAtFPR[0].tpr?.value == 1)
    let tied = RankingFigures(Ranking([(0.9, true), (0.9, false), (0.1, false)]), threshold: 0.5)
    #expect(tied.tprAtFPR[0].tpr?.value == 0)
  }

  @Test("the price of finding a share of the bad is the share of the good above the score that finds it")
  func price() {
    let pairs: [(Float, Bool)] = [
      (0.9, true), (0.8, true), (0.7, false), (0.6, true), (0.5, true), (0.4, false), (0.4, true), (0.1, false),
      (0.1, false),
    ]
    let figures = figures(pairs, threshold: 0.55)
    #expect(figures.fprAtRecall.map(\.recall) == [0.8, 0.95])
    // Four of five lie above the second good one; for all five, it is let through as well.
    #expect(figures.fprAtRecall.map(\.fpr?.value) == [0.25, 0.5])
    #expect(figures.truePositives == 3 && figures.falsePositives == 1)
    #expect(figures.fprAtRecall.allSatisfy { ($0.fpr?.low ?? 1) <= 0.25 && ($0.fpr?.high ?? 0) >= 0.25 })
  }

  @Test("AUROC is the share of pairs in the right order, ties counting half, whatever the order of the rows")
  func pairs() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      let pairs = (0..<Int.random(in: 2...60, using: &generator)).map { _ in
        (Float(Int.random(in: 0...9, using: &generator)) / 10, Bool.random(using: &generator))
      }
      let positives = pairs.filter(\.1).map(\.0)
      let negatives = pairs.filter { !$0.1 }.map(\.0)
      guard !positives.isEmpty, !negatives.isEmpty else { continue }
      var won = 0.0
      for p in positives { for n in negatives { won += p > n ? 1 : (p == n ? 0.5 : 0) } }
      let auroc = try #require(figures(pairs).auroc)
      #expect(abs(auroc.value - won / Double(positives.count * negatives.count)) < 1e-9)
      #expect(auroc.low <= auroc.value && auroc.value <= auroc.high)
      #expect(figures(pairs.shuffled(using: &generator)).auprc == figures(pairs).auprc)
    }
  }
}
