// How a breach becomes a severity: the numbers by which facts and signs are weighed. Facts can aggravate much and excuse
// little, because whoever asks states them.

package struct Grading: Sendable, Hashable {
  /// A concern of this severity or more asks for the human act of its clause's tier.
  package var escalatesFrom = 1.5
  /// Concerns from this severity on are repeated in the dissent, where a critic says nothing else.
  package var dissentFrom = 1.0
  /// How sure a rule met by facts is, where it says nothing else.
  package var factsConfidence = 0.95
  /// The severity of a rule met by text: at its threshold, and at strength 1.
  package var textAcknowledgment = 1.1...1.9
  package var textDetermination = 1.3...2.8
  /// A tier 3 sign this strong is kept whatever the facts say.
  package var neverClearedFrom = 0.85
  /// The severity that signs just below their threshold leave behind, without a concern.
  package var belowThreshold = 0.9

  // Added to the severity of a concern, `aggravationAtMost` in all.
  /// By `Impact.rank`.
  package var impact: [Double] = [-0.2, -0.1, 0, 0.2, 0.4]
  package var vulnerableGroups = 0.2
  package var irreversible = 0.1
  package var affectedPersons: [Step] = [
    Step(from: 100, adds: 0.1), Step(from: 10_000, adds: 0.2), Step(from: 1_000_000, adds: 0.3),
  ]
  package var aggravationAtMost = 0.7

  // How sure a critic is that there is nothing.
  package var nothingFound = 0.6
  package var perMissingFact = 0.05
  package var nothingFoundAtLeast = 0.3

  package init() {}

  package struct Step: Sendable, Hashable {
    package var from: Int
    package var adds: Double

    package init(from: Int, adds: Double) {
      self.from = from
      self.adds = adds
    }
  }
}
