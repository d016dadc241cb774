// The score and the uncertainty of docs/verdicts.md, for one set of weights. Sums follow the order of the seats, and the
// results are rounded to six decimals before anything is compared, so that what an answer shows is what was compared.

/// The numbers of a case under one set of weights.
package struct Weighing: Sendable, Hashable {
  /// Σ w·q·s″ / Σ w·q.
  package let score: Double
  package let uncertainty: Double
  package let epistemic: Double
  /// How far the gravest confident opinion stands from the weighted mean of the council.
  package let aleatoric: Double
  package let precedent: Double
  /// s″ of each seat; 0 for an abstention.
  package let adjusted: [Double]

  // Disagreement falls when the mild opinions grow graver, so the uncertainty and with it the score may fall too. The rows
  // of the verdict therefore use the greatest uncertainty that the same opinions, or milder ones, could have had: it grows
  // with every severity. Where one opinion stands alone the two are the same.
  package let uncertaintyBound: Double
  package let scoreBound: Double

  /// Whether any confidence at all stands behind the score.
  package let hasVoice: Bool
}

/// What is not known about a case: the same under all weights, and whatever the severities.
package struct Ignorance: Sendable, Hashable {
  /// Facts that some clause needed and did not get.
  package let missing: FactSet
  package let abstentions: Int
  /// How many of the abstentions are of required critics.
  package let requiredAbstentions: Int
  package let novelty: Double

  package init(_ opinions: [Opinion], novelty: Double, under constitution: borrowing Constitution) {
    var missing = FactSet()
    var abstentions = 0
    var required = 0
    for seat in opinions.indices {
      for each in opinions[seat].missing { missing.insert(each.fact) }
      if opinions[seat].abstention != nil {
        abstentions += 1
        if constitution.critics[seat].required { required += 1 }
      }
    }
    self.missing = missing
    self.abstentions = abstentions
    self.requiredAbstentions = required
    self.novelty = novelty
  }

  /// 1 − Π(1 − xᵢ) over missing facts, abstentions and novelty.
  package func epistemic(_ formulas: Formulas) -> Double {
    var factsKnown = 1.0
    for _ in 0..<missing.count { factsKnown *= 1 - formulas.missingFact }
    var heard = 1.0
    for _ in 0..<requiredAbstentions { heard *= 1 - formulas.requiredAbstention }
    for _ in 0..<(abstentions - requiredAbstentions) { heard *= 1 - formulas.abstention }
    let known =
      max(factsKnown, 1 - formulas.missingFactsAtMost) * max(heard, 1 - formulas.abstentionsAtMost)
      * (1 - min(1, max(0, formulas.novelty * novelty)))
    return min(1, max(0, 1 - known))
  }
}

extension Weighing {
  package init(
    _ opinions: [Opinion], weights: [Double], alignment: Alignment, ignorance: Ignorance, formulas: Formulas
  ) {
    let spread = Weighing.spread(opinions, weights, formulas)
    let epistemic = rounded(ignorance.epistemic(formulas))
    let precedent = rounded(min(1, max(0, formulas.precedentConflict * alignment.conflict)))
    let aleatoric = rounded(spread.disagreement)
    let bound = rounded(spread.bound)
    let certain = (1 - epistemic) * (1 - precedent)
    let uncertainty = rounded(1 - certain * (1 - aleatoric))
    let uncertaintyBound = rounded(1 - certain * (1 - bound))

    var adjusted: [Double] = []
    adjusted.reserveCapacity(opinions.count)
    var total = 0.0
    var sum = 0.0
    var sumBound = 0.0
    for seat in opinions.indices {
      guard opinions[seat].abstention == nil else {
        adjusted.append(0)
        continue
      }
      let aligned = formulas.aligned(opinions[seat].severity, alignment.ofSeat(seat))
      let cautious = formulas.cautious(aligned, uncertainty)
      let share = weights[seat] * opinions[seat].confidence
      adjusted.append(rounded(cautious))
      total += share
      sum += share * cautious
      sumBound += share * formulas.cautious(aligned, uncertaintyBound)
    }
    self.init(
      score: total > 0 ? rounded(sum / total) : 0, uncertainty: uncertainty, epistemic: epistemic,
      aleatoric: aleatoric, precedent: precedent, adjusted: adjusted, uncertaintyBound: uncertaintyBound,
      scoreBound: total > 0 ? rounded(sumBound / total) : 0, hasVoice: total > 0)
  }

  /// The disagreement: max qᵢ·(sᵢ − μ) as a share of the greatest severity, where μ is the weighted mean. Its bound is
  /// reached where all but one opinion are silent: max qᵢ·sᵢ·(1 − pᵢ), with pᵢ the share of seat i in the weights.
  private static func spread(
    _ opinions: [Opinion], _ weights: [Double], _ formulas: Formulas
  ) -> (disagreement: Double, bound: Double) {
    var total = 0.0
    var sum = 0.0
    for seat in opinions.indices where opinions[seat].abstention == nil {
      let share = weights[seat] * opinions[seat].confidence
      total += share
      sum += share * opinions[seat].severity
    }
    if total == 0 { return (0, 0) }
    let mean = sum / total
    var apart = 0.0
    var bound = 0.0
    for seat in opinions.indices where opinions[seat].abstention == nil {
      let (severity, confidence) = (opinions[seat].severity, opinions[seat].confidence)
      let share = weights[seat] * confidence / total
      apart = max(apart, confidence * (severity - mean))
      bound = max(bound, confidence * severity * (1 - share))
    }
    let scale = formulas.disagreement / formulas.greatestSeverity
    return (min(1, max(0, scale * apart)), min(1, max(0, scale * bound)))
  }
}

extension Formulas {
  /// s′: more caution where precedent contradicts, relief where it agrees, never from serious to less than serious.
  package func aligned(_ severity: Double, _ alignment: Double) -> Double {
    let aligned = severity * (1 + contradiction * max(0, -alignment) - relief * max(0, alignment))
    return severity >= seriousSeverity ? max(seriousSeverity, aligned) : aligned
  }

  /// s″.
  package func cautious(_ aligned: Double, _ uncertainty: Double) -> Double {
    min(greatestSeverity, aligned * (1 + caution * uncertainty))
  }
}

/// To six decimals: differences of rounding in the last bits decide nothing.
@inline(__always)
func rounded(_ value: Double) -> Double { (value * 1_000_000).rounded() / 1_000_000 }
