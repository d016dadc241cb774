// One decided case: everything that is a pure function of (case, evidence, opinions, precedents consulted, weights,
// constitution). Identifiers, times, receipts and permits are added at the edge and are no part of it.

package struct Decision: Sendable {
  package let matter: Case
  package let constitution: Constitution
  package let weights: SeatWeights
  package let opinions: SealedOpinions
  package let precedents: [ConsultedPrecedent]
  package let alignment: Alignment
  package let ignorance: Ignorance
  package let weighing: Weighing
  /// Under the constitution's own weights.
  package let constitutional: Weighing
  package let ruling: Ruling
  /// The first ground of the verdict, in words.
  package let reason: Reason
  package let dissent: [Dissent]
  package let constraints: [Constraint]
  package let wouldHelp: [String]

  package var verdict: Verdict { ruling.verdict }
  package var gate: Gate { ruling.gate }

  var wording: Wording {
    Wording(
      opinions: opinions.bySeat, ruling: ruling, weighing: weighing, constitutional: constitutional,
      constitution: constitution)
  }
}

/// Why, in words.
package struct Reason: Sendable, Hashable {
  /// Nil where no single critic is the reason.
  package let critic: String?
  package let clause: String?
  package let text: String

  package init(critic: String?, clause: String?, text: String) {
    self.critic = critic
    self.clause = clause
    self.text = text
  }
}

/// A concern that is repeated whatever the verdict.
package struct Dissent: Sendable, Hashable {
  package let critic: String
  package let concern: Concern
}

/// What to do so that the action may go ahead.
package struct Constraint: Sendable, Hashable {
  package let critic: String
  package let clause: String?
  package let text: String
}

/// The pipeline after the opinions.
package enum Deliberation {
  /// Decides a case from what each seat answered, in the order of the seats.
  package static func decide(
    _ matter: Case, novelty: Double = 0, answers: [Opinion], precedents: [ConsultedPrecedent] = [],
    weights: SeatWeights, constitution: Constitution, watch: (any DeliberationWatch)? = nil
  ) -> Decision {
    var timer = PartTimer(watch)
    let sealed = SealedOpinions(answers, under: constitution)
    timer.passed(.sealing)
    let alignment = Alignment(precedents, under: constitution)
    timer.passed(.alignment)
    let ignorance = Ignorance(sealed.bySeat, novelty: novelty, under: constitution)
    timer.passed(.uncertainty)
    return decide(matter, sealed, precedents, alignment, ignorance, weights, constitution, &timer)
  }

  /// What depends on the weights.
  fileprivate static func decide(
    _ matter: Case, _ sealed: SealedOpinions, _ precedents: [ConsultedPrecedent], _ alignment: Alignment,
    _ ignorance: Ignorance, _ weights: SeatWeights, _ constitution: Constitution, _ timer: inout PartTimer
  ) -> Decision {
    func weigh(_ weights: [Double]) -> Weighing {
      Weighing(
        sealed.bySeat, weights: weights, alignment: alignment, ignorance: ignorance, formulas: constitution.formulas)
    }
    let weighing = weigh(weights.governed)
    let constitutional = weights.areConstitutional ? weighing : weigh(weights.constitutional)
    timer.passed(.aggregation)
    let ruling = Ruling(sealed.bySeat, weighing: weighing, constitutional: constitutional, under: constitution)
    timer.passed(.gate)
    let wording = Wording(
      opinions: sealed.bySeat, ruling: ruling, weighing: weighing, constitutional: constitutional,
      constitution: constitution)
    defer { timer.passed(.wording) }
    return Decision(
      matter: matter, constitution: constitution, weights: weights, opinions: sealed, precedents: precedents,
      alignment: alignment, ignorance: ignorance, weighing: weighing, constitutional: constitutional, ruling: ruling,
      reason: wording.reason(for: ruling.grounds.first), dissent: wording.dissent(), constraints: wording.constraints(),
      wouldHelp: wording.wouldHelp(ignorance, alignment, precedents))
  }
}

extension Decision {
  /// The same opinions under other weights: what deciding again would give.
  package func under(_ weights: SeatWeights) -> Decision {
    var timer = PartTimer(nil)
    return Deliberation.decide(matter, opinions, precedents, alignment, ignorance, weights, constitution, &timer)
  }
}
