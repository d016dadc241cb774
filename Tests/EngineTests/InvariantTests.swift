// The invariants of docs/verdicts.md that concern a single decision, over generated councils.
import Testing

@testable import Engine

@Suite("Invariants of a decision")
struct InvariantTests {
  static let runs = 20_000

  @Test("2: every concern at or above its critic's threshold is in the dissent, word for word")
  func dissent() {
    forAll(runs: Self.runs, Scenario.generate) { scenario in
      let decision = scenario.decision
      for (seat, opinion) in scenario.answers.enumerated() {
        for concern in opinion.concerns
        where concern.severity >= scenario.constitution.critics[seat].dissentThreshold {
          guard decision.dissent.contains(Dissent(critic: opinion.critic, concern: concern)) else {
            return "lost: \(concern)"
          }
        }
      }
      return nil
    }
  }

  @Test("3: no weight, precedent or other opinion removes an escalation")
  func noVeto() {
    forAll(runs: Self.runs, Rivals.generate) { rivals in
      let scenario = rivals.scenario
      let others = scenario.answers.enumerated().map { seat, answer in
        answer.escalations.isEmpty ? rivals.answers[seat] : answer
      }
      for decision in [
        scenario.decision, scenario.decide(weights: rivals.weights), scenario.decide(answers: others),
        scenario.decide(precedents: rivals.precedents),
      ] {
        for raised in scenario.answers.flatMap(\.escalations) {
          let kept = decision.ruling.escalations.contains {
            $0.critic == raised.critic && $0.clause == raised.clause && $0.tier >= raised.tier
          }
          if !kept { return "lost: \(raised)" }
          if decision.gate.open { return "the gate is open before \(raised)" }
          if raised.tier == .determination && decision.verdict < .escalate {
            return "\(decision.verdict) in spite of \(raised)"
          }
        }
      }
      return nil
    }
  }

  @Test("4: no choice of weights turns a denial or an escalation into an allow")
  func supremacy() {
    forAll(runs: Self.runs, Rivals.generate) { rivals in
      let constitutional = rivals.scenario.decide(weights: [:]).verdict
      let governed = rivals.scenario.decide(weights: rivals.weights).verdict
      if constitutional == .deny && governed != .deny { return "deny became \(governed)" }
      if constitutional == .escalate && governed < .escalate { return "escalate became \(governed)" }
      return nil
    }
  }

  @Test("5: raising one opinion's severity never makes the verdict more permissive")
  func monotony() {
    forAll(runs: Self.runs * 2, Rivals.generate) { rivals in
      let scenario = rivals.scenario
      let seat = rivals.seat % scenario.answers.count
      let answer = scenario.answers[seat]
      let graver = max(answer.severity, rivals.answers[rivals.seat % rivals.answers.count].severity)
      var answers = scenario.answers
      answers[seat] = answer.with(severity: graver)
      let before = scenario.decision
      let after = scenario.decide(answers: answers)
      if after.verdict < before.verdict {
        return "\(before.verdict) became \(after.verdict) at \(graver) of seat \(seat)"
      }
      if !before.gate.open && after.gate.open { return "the gate opened at \(graver) of seat \(seat)" }
      return nil
    }
  }

  @Test("5: a further or graver concern never makes the verdict more permissive")
  func monotonyOfConcerns() {
    forAll(runs: Self.runs, Rivals.generate) { rivals in
      let scenario = rivals.scenario
      let seat = rivals.seat % scenario.answers.count
      let answer = scenario.answers[seat]
      var answers = scenario.answers
      answers[seat] = answer.with(
        concerns: answer.concerns + rivals.answers.flatMap(\.concerns),
        escalations: answer.escalations)
      let before = scenario.decision.verdict
      let after = scenario.decide(answers: answers).verdict
      return after < before ? "\(before) became \(after)" : nil
    }
  }

  @Test("9: the same inputs give the same decision")
  func determinism() {
    forAll(runs: Self.runs, Scenario.generate) { scenario in
      let (first, second) = (scenario.decision, scenario.decision)
      return DecidedAnswer(first).bytes == DecidedAnswer(second).bytes ? nil : "two decisions differ"
    }
  }

  @Test("10: a critic that fails raises uncertainty, says why, and escalates where it is required")
  func failClosed() {
    forAll(runs: Self.runs, Rivals.generate) { rivals in
      let scenario = rivals.scenario
      let seat = rivals.seat % scenario.answers.count
      let judged = scenario.answers[seat].with(missing: [], abstention: .some(nil))
      var answers = scenario.answers
      answers[seat] = judged
      let before = scenario.decide(answers: answers)
      let silences: [Abstention] = [
        .failed("no connection"), .late(milliseconds: 20), .hurried(milliseconds: 20), .cancelled,
        .malformed("no number"),
      ]
      let silence = silences[(rivals.seat + scenario.answers.count) % silences.count]
      answers[seat] = .abstaining(judged.critic, silence)
      let after = scenario.decide(answers: answers)
      let room = before.ignorance.epistemic(scenario.constitution.formulas) < 0.4 && before.ignorance.abstentions == 0
      if room && after.weighing.epistemic <= before.weighing.epistemic { return "uncertainty did not rise" }
      if after.weighing.epistemic < before.weighing.epistemic { return "uncertainty fell" }
      if !after.wouldHelp.contains(where: { $0.contains(judged.critic) && $0.contains(silence.reason) }) {
        return "the abstention does not say why"
      }
      if scenario.constitution.critics[seat].required && after.verdict < .escalate {
        return "a required critic is silent"
      }
      return nil
    }
  }

  @Test(
    "the gate is open for a permissive verdict with no escalation waiting and no critic kept from being heard, else shut"
  )
  func gate() {
    forAll(runs: Self.runs, Scenario.generate) { scenario in
      let decision = scenario.decision
      let waits = !decision.ruling.escalations.isEmpty
      let permissive = decision.verdict <= .allowWithConstraints
      let isCut = decision.opinions.bySeat.contains {
        if case .hurried = $0.abstention { true } else { $0.abstention == .notAsked }
      }
      if decision.gate.open != (permissive && !waits && !isCut) {
        return "\(decision.verdict), waiting \(waits), cut \(isCut): \(decision.gate)"
      }
      // There is no review then, so nobody is asked for anything.
      if isCut { return decision.gate.tier == nil ? nil : "nobody can answer: \(decision.gate)" }
      let tier3 = decision.ruling.escalations.contains { $0.tier == .determination }
      switch decision.verdict {
      case .allow, .allowWithConstraints:
        return tier3 || (waits && decision.gate.tier != .acknowledgment) ? "wrong tier: \(decision.gate)" : nil
      case .escalate: return decision.gate.tier == .determination ? nil : "wrong tier: \(decision.gate)"
      case .deny:
        return decision.gate.tier == (tier3 ? .determination : nil) ? nil : "wrong tier: \(decision.gate)"
      }
    }
  }

  @Test("the verdict is at least as strict as the formulas say of the figures in the answer, and the reason is given")
  func formulas() {
    forAll(runs: Self.runs, Scenario.generate) { scenario in
      let decision = scenario.decision
      let plain = PlainFormulas.verdict(of: decision)
      if decision.verdict < plain { return "\(decision.verdict), but the formulas give \(plain)" }
      let bounded =
        decision.weighing.scoreBound > decision.weighing.score
        || decision.weighing.uncertaintyBound > decision.weighing.uncertainty || !decision.weights.areConstitutional
      if !bounded && decision.verdict != plain { return "\(decision.verdict), but the formulas give \(plain)" }
      if (decision.verdict == .allow) != decision.ruling.grounds.isEmpty { return "\(decision.ruling.grounds)" }
      if decision.verdict == .allowWithConstraints && decision.constraints.isEmpty { return "no constraints" }
      return nil
    }
  }
}

/// A scenario beside another of the same constitution.
struct Rivals: Shrinkable, CustomStringConvertible {
  var scenario: Scenario
  var weights: [String: Double]
  var answers: [Opinion]
  var precedents: [ConsultedPrecedent]
  var seat: Int

  static func generate(_ random: inout Randomness) -> Rivals {
    let scenario = Scenario.generate(&random)
    return Rivals(
      scenario: scenario, weights: Scenario.weights(scenario.constitution, &random),
      answers: scenario.constitution.critics.map { Scenario.opinion($0, &random) },
      precedents: Scenario.precedents(scenario.constitution, &random), seat: random.below(scenario.answers.count))
  }

  var simpler: [Rivals] {
    var simpler: [Rivals] = []
    for each in scenario.simpler {
      var copy = self
      copy.scenario = each
      copy.answers = each.constitution.critics.compactMap { charter in answers.first { $0.critic == charter.critic } }
      copy.seat = seat % each.answers.count
      simpler.append(copy)
    }
    return simpler
  }

  var description: String { "\(scenario)\nseat \(seat), other weights \(weights), other answers \(answers)" }
}

/// The rows of docs/verdicts.md once more, written down row by row without any thought of speed.
enum PlainFormulas {
  static func score(of decision: Decision) -> Double {
    let formulas = decision.constitution.formulas
    var above = 0.0
    var below = 0.0
    for (seat, opinion) in decision.opinions.bySeat.enumerated() where opinion.abstention == nil {
      let s = opinion.severity
      let a = decision.alignment.ofSeat(seat)
      var aligned = a < 0 ? s * (1 + formulas.contradiction * abs(a)) : s * (1 - formulas.relief * a)
      if a >= 0 && s >= formulas.seriousSeverity && aligned < formulas.seriousSeverity {
        aligned = formulas.seriousSeverity
      }
      let cautious = min(formulas.greatestSeverity, aligned * (1 + formulas.caution * decision.weighing.uncertainty))
      above += decision.weights.governed[seat] * opinion.confidence * cautious
      below += decision.weights.governed[seat] * opinion.confidence
    }
    return below > 0 ? above / below : 0
  }

  static func verdict(of decision: Decision) -> Verdict {
    let formulas = decision.constitution.formulas
    let opinions = decision.opinions.bySeat
    let score = (score(of: decision) * 1_000_000).rounded() / 1_000_000
    let tiers = decision.ruling.escalations.map(\.tier)
    for (seat, opinion) in opinions.enumerated() {
      guard opinion.abstention == nil && opinion.confidence >= formulas.denyConfidence else { continue }
      let own = decision.constitution.inviolable.contains(decision.constitution.critics[seat].principle)
      let severities = opinion.concerns.map {
        ($0.severity, own || decision.constitution.inviolable.contains($0.principle))
      }
      if ([(opinion.severity, own)] + severities).contains(where: { $0.0 >= formulas.denySeverity && $0.1 }) {
        return .deny
      }
    }
    let severities = opinions.map(\.severity) + opinions.flatMap(\.concerns).map(\.severity)
    if tiers.contains(.determination) { return .escalate }
    if severities.contains(where: { $0 >= formulas.escalateSeverity }) { return .escalate }
    if decision.weighing.uncertainty >= formulas.escalateUncertainty && score >= formulas.escalateScore {
      return .escalate
    }
    if tiers.contains(.acknowledgment) || score >= formulas.constrainScore { return .allowWithConstraints }
    if opinions.flatMap(\.concerns).contains(where: { $0.severity >= formulas.constrainConcern }) {
      return .allowWithConstraints
    }
    return .allow
  }
}
