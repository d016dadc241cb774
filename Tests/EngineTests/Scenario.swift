// Generated councils: a constitution, governed weights, what each seat answered, and precedents.
@testable import Engine

struct Scenario: Shrinkable, CustomStringConvertible {
  var constitution: Constitution
  var weights: [String: Double]
  var answers: [Opinion]
  var precedents: [ConsultedPrecedent]
  var novelty: Double
  var facts = Facts()

  static let principles: [Principle] = [.rights, .autonomy, .privacy, .fairness, .risk, "unlisted"]

  var decision: Decision { decide() }
  var matter: Case { Case(action: "act", facts: facts, actor: "bot") }

  func decide(
    weights other: [String: Double]? = nil, answers changed: [Opinion]? = nil,
    precedents consulted: [ConsultedPrecedent]? = nil
  ) -> Decision {
    Deliberation.decide(
      matter, novelty: novelty, answers: changed ?? answers, precedents: consulted ?? precedents,
      weights: SeatWeights(Weights(version: 1, values: other ?? weights), under: constitution),
      constitution: constitution)
  }

  /// All seats vote in the order of the constitution.
  static func generate(_ random: inout Randomness) -> Scenario {
    let seats = 1 + random.below(7)
    var constitution = Constitution(version: "sha256:generated")
    constitution.priority = principles.filter { _ in random.chance(0.8) }.shuffled(using: &random)
    constitution.inviolable = Set(principles.filter { _ in random.chance(0.4) })
    if random.chance(0.5) { constitution.formulas = formulas(&random) }
    for seat in 0..<seats {
      var charter = Charter(critic: "critic\(seat)", principle: random.pick(principles))
      charter.weight = random.edgy(0.1...10, edges: [0.1, 1, 10])
      charter.required = random.chance(0.2)
      charter.dissentThreshold = random.edgy(0...3, edges: [0, 1, 1.5])
      charter.clauses = (0..<random.below(3)).map {
        Clause(
          id: "C\(seat)\($0)", title: "", tier: random.pick(Tier.allCases), principle: random.pick(principles),
          constraints: random.chance(0.5) ? ["Do less \(seat)\($0)."] : [])
      }
      constitution.critics.append(charter)
    }
    let answers = constitution.critics.map { opinion($0, &random) }
    return Scenario(
      constitution: constitution, weights: weights(constitution, &random), answers: answers,
      precedents: precedents(constitution, &random), novelty: random.chance(0.6) ? 0 : random.real(0...1),
      facts: ToyCase.generate(&random).facts)
  }

  static func weights(_ constitution: Constitution, _ random: inout Randomness) -> [String: Double] {
    var weights: [String: Double] = [:]
    for charter in constitution.critics where random.chance(0.8) {
      weights[charter.critic] = random.edgy(0.1...10, edges: [0.1, 1, 10, 0, 50, .nan])
    }
    return weights
  }

  static func opinion(_ charter: Charter, _ random: inout Randomness) -> Opinion {
    let edges = [0, 1, 1.4999999, 1.5, 1.9999999, 2, 2.4999999, 2.5, 3]
    let clauses = charter.clauses.map(\.id) + ["X9"]
    let escalates = random.chance(0.15)
    let escalation = Escalation(
      critic: charter.critic, clause: random.pick(clauses), tier: random.pick(Tier.allCases), rationale: "raised")
    let abstains = random.chance(0.15)
    let grave = random.chance(0.3)
    let top = grave ? 3.0 : 1.999
    return Opinion(
      critic: charter.critic, severity: random.chance(0.3) ? 0 : min(top, random.edgy(0...top, edges: edges)),
      confidence: random.edgy(0...1, edges: [0, 0.5, 1]),
      concerns: (0..<random.below(3)).map { index in
        Concern(
          principle: random.pick(principles), clause: random.pick(clauses),
          severity: min(top, random.edgy(0...top, edges: edges)),
          rationale: "concern \(index) of \(charter.critic), \"verbatim\" \u{e9}")
      },
      escalations: escalates ? [escalation] : [],
      missing: random.chance(0.3) ? [MissingFact(fact: random.pick(Fact.allCases), clause: "X9")] : [],
      abstention: abstains
        ? random.pick([
          .failed("down"), .late(milliseconds: 1000), .hurried(milliseconds: 50), .cancelled, .declined("no"),
        ])
        : nil)
  }

  static func precedents(_ constitution: Constitution, _ random: inout Randomness) -> [ConsultedPrecedent] {
    guard random.chance(0.5) else { return [] }
    return (0..<random.below(4)).map {
      ConsultedPrecedent(
        id: "prc_\($0)", similarity: random.real(0...1), outcome: random.edgy(-1...1, edges: [-1, 0, 1]),
        verdict: random.pick(Verdict.allCases), clauses: [], principles: [random.pick(principles)])
    }
  }

  static func formulas(_ random: inout Randomness) -> Formulas {
    var formulas = Formulas()
    formulas.contradiction = random.real(0...1)
    formulas.relief = random.real(0...0.9)
    formulas.caution = random.real(0...1)
    formulas.disagreement = random.real(0...1)
    formulas.escalateUncertainty = random.real(0...1)
    formulas.escalateScore = random.real(0...2)
    formulas.constrainScore = random.real(0...2)
    formulas.constrainConcern = random.real(0.5...2)
    formulas.missingFact = random.real(0...0.5)
    formulas.abstention = random.real(0.01...0.5)
    formulas.requiredAbstention = random.real(0.01...0.5)
    formulas.quorum = random.real(0...1)
    formulas.escalateSeverity = random.real(1...2.5)
    formulas.denySeverity = formulas.escalateSeverity + random.real(0...0.5)
    formulas.denyConfidence = random.real(0...1)
    formulas.seriousSeverity = random.real(1...2.5)
    formulas.novelty = random.real(0...1)
    formulas.precedentConflict = random.real(0...1)
    formulas.missingFactsAtMost = random.real(0...0.9)
    formulas.abstentionsAtMost = random.real(0.5...0.9)
    return formulas
  }

  /// Without a seat, without findings, with plainer figures.
  var simpler: [Scenario] {
    var simpler: [Scenario] = []
    func add(_ change: (inout Scenario) -> Void) {
      var copy = self
      change(&copy)
      simpler.append(copy)
    }
    if answers.count > 1 {
      for seat in answers.indices {
        add {
          $0.constitution.critics.remove(at: seat)
          $0.answers.remove(at: seat)
        }
      }
    }
    if !precedents.isEmpty { add { $0.precedents.removeLast() } }
    if !weights.isEmpty { add { $0.weights = [:] } }
    if novelty != 0 { add { $0.novelty = 0 } }
    if !facts.known.isEmpty { add { $0.facts = Facts() } }
    if constitution.formulas != Formulas() { add { $0.constitution.formulas = Formulas() } }
    for (seat, opinion) in answers.enumerated() {
      if !opinion.concerns.isEmpty { add { $0.answers[seat] = opinion.with(concerns: opinion.concerns.dropLast()) } }
      if !opinion.escalations.isEmpty { add { $0.answers[seat] = opinion.with(escalations: []) } }
      if !opinion.missing.isEmpty { add { $0.answers[seat] = opinion.with(missing: []) } }
      if opinion.abstention != nil { add { $0.answers[seat] = opinion.with(abstention: .some(nil)) } }
      let plain = (opinion.severity * 10).rounded() / 10
      if plain != opinion.severity { add { $0.answers[seat] = opinion.with(severity: plain) } }
      if opinion.severity != 0 { add { $0.answers[seat] = opinion.with(severity: 0) } }
      if opinion.confidence != 1 { add { $0.answers[seat] = opinion.with(confidence: 1) } }
    }
    return simpler
  }

  var description: String {
    var text =
      "priority \(constitution.priority.map(\.rawValue)), inviolable \(constitution.inviolable.map(\.rawValue))"
    text += "\nweights \(weights), novelty \(novelty), precedents \(precedents)\n\(constitution.formulas)"
    for (charter, answer) in zip(constitution.critics, answers) {
      text += "\n\(charter.critic) (\(charter.principle.rawValue), weight \(charter.weight)): \(answer)"
    }
    return text
  }
}

extension Opinion {
  func with(
    severity: Double? = nil, confidence: Double? = nil, concerns: (any Sequence<Concern>)? = nil,
    escalations: [Escalation]? = nil, missing: [MissingFact]? = nil, abstention: Abstention?? = nil
  ) -> Opinion {
    Opinion(
      critic: critic, severity: severity ?? self.severity, confidence: confidence ?? self.confidence,
      concerns: concerns.map { Array($0) } ?? self.concerns, escalations: escalations ?? self.escalations,
      missing: missing ?? self.missing, abstention: abstention ?? self.abstention)
  }
}
