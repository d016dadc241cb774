// The numbers of the constitution: grading, aggregation, uncertainty, and the rules of reviews, precedents and permits.

extension ConstitutionReader {
  private static let severities = 0.0...3.0
  private static let shares = 0.0...1.0

  func readGrading(_ section: inout Section) -> Grading {
    var grading = Grading()
    grading.escalatesFrom = section.number("escalates_from", in: Self.severities)
    grading.dissentFrom = section.number("dissent_from", in: Self.severities)
    grading.factsConfidence = section.section("facts") { $0.number("confidence", in: Self.shares) } ?? 1
    section.section("text") { text in
      grading.textAcknowledgment = text.section("tier_2", Self.ramp) ?? grading.textAcknowledgment
      grading.textDetermination = text.section("tier_3", Self.ramp) ?? grading.textDetermination
      grading.neverClearedFrom = text.number("never_cleared_from", in: Self.shares)
      grading.belowThreshold = text.number("below_threshold", in: 0...grading.escalatesFrom)
    }
    grading.impact =
      section.section("impact") { impact in
        Impact.allCases.map { impact.number($0.rawValue, in: -3...3) }
      } ?? grading.impact
    grading.vulnerableGroups = section.number("vulnerable_groups", in: Self.severities)
    grading.irreversible = section.number("irreversible", in: Self.severities)
    grading.affectedPersons = steps(&section)
    grading.aggravationAtMost = section.number("at_most", in: Self.severities)
    section.section("nothing_found") { nothing in
      grading.nothingFound = nothing.number("confidence", in: Self.shares)
      grading.perMissingFact = nothing.number("per_missing_fact", in: Self.shares)
      grading.nothingFoundAtLeast = nothing.number("at_least", in: Self.shares)
    }
    return grading
  }

  /// `{from: …, to: …}` of a severity.
  static func ramp(_ section: inout Section) -> ClosedRange<Double> {
    let from = section.number("from", in: severities)
    let to = section.number("to", in: severities)
    if from > to {
      section.complaints.note("\(section.name) must not fall from \(from) to \(to)", at: section.position)
    }
    return min(from, to)...max(from, to)
  }

  private func steps(_ section: inout Section) -> [Grading.Step] {
    guard let node = section.required("affected_persons") else { return [] }
    guard let items = node.items else {
      complaints.note("grading.affected_persons must be a list", at: node.position)
      return []
    }
    var steps: [Grading.Step] = []
    for item in items {
      let step = Section.read(item, "grading.affected_persons[]", complaints) {
        Grading.Step(from: $0.integer("at_least", in: 1...Int.max), adds: $0.number("adds", in: Self.severities))
      }
      guard let step else { continue }
      if let last = steps.last, step.from <= last.from || step.adds < last.adds {
        complaints.note("the steps of affected_persons must rise", at: item.position)
      }
      steps.append(step)
    }
    return steps
  }

  func readAggregation(_ section: inout Section, _ constitution: inout Constitution) {
    var formulas = constitution.formulas
    formulas.contradiction = section.number("contradicted", in: 0...10)
    formulas.relief = section.number("supported", in: Self.shares)
    formulas.seriousSeverity = section.number("kept_from", in: Self.severities)
    formulas.caution = section.number("uncertain", in: 0...10)
    formulas.greatestSeverity = section.number("severity_most", in: 3...3)
    formulas.quorum = section.number("quorum", in: Self.shares)
    section.section("deny") {
      formulas.denySeverity = $0.number("severity", in: Self.severities)
      formulas.denyConfidence = $0.number("confidence", in: Self.shares)
    }
    section.section("escalate") {
      formulas.escalateSeverity = $0.number("severity", in: Self.severities)
      formulas.escalateUncertainty = $0.number("uncertainty", in: Self.shares)
      formulas.escalateScore = $0.number("score", in: Self.severities)
    }
    section.section("constrain") {
      formulas.constrainScore = $0.number("score", in: Self.severities)
      formulas.constrainConcern = $0.number("concern", in: Self.severities)
    }
    let bounds = section.section("weights") { weights in
      let least = weights.number("least", in: 0.1...10)
      let most = weights.number("most", in: 0.1...10)
      if least > most { complaints.note("weights.least lies above weights.most", at: weights.position) }
      return min(least, most)...max(least, most)
    }
    constitution.weightBounds = bounds ?? constitution.weightBounds
    constitution.formulas = formulas
  }

  func readUncertainty(_ section: inout Section, _ formulas: inout Formulas) {
    section.section("missing_fact") {
      formulas.missingFact = $0.number("each", in: Self.shares)
      formulas.missingFactsAtMost = $0.number("at_most", in: Self.shares)
    }
    section.section("abstention") {
      formulas.abstention = $0.number("each", in: Self.shares)
      formulas.requiredAbstention = $0.number("required", in: Self.shares)
      formulas.abstentionsAtMost = $0.number("at_most", in: Self.shares)
    }
    formulas.novelty = section.number("novelty", in: Self.shares)
    formulas.disagreement = section.number("disagreement", in: Self.shares)
    formulas.precedentConflict = section.number("precedent_conflict", in: Self.shares)
  }

  func readReviews(_ section: inout Section) -> ReviewRules {
    var rules = ReviewRules()
    section.section("acknowledgment") {
      rules.acknowledgmentSeconds = $0.integer("within_hours", in: 1...8760) * 3600
      rules.acknowledgmentPeople = $0.integer("people", in: 1...16)
    }
    section.section("determination") {
      rules.determinationSeconds = $0.integer("within_hours", in: 1...8760) * 3600
      rules.determinationPeople = $0.integer("people", in: 1...16)
    }
    return rules
  }

  func readPrecedents(_ section: inout Section) -> PrecedentRules {
    var rules = PrecedentRules()
    rules.leastSimilarity = section.number("least_similarity", in: Self.shares)
    rules.consultedAtMost = section.integer("consulted_at_most", in: 0...64)
    rules.lifetimeDays = section.integer("lifetime_days", in: 1...36_500)
    return rules
  }
}
