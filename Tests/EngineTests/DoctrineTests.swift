// The doctrine row by row, each at its threshold and just below it, and the failures of an earlier council, which averaged
// away what must not be averaged away.
import Testing

@testable import Engine

@Suite("The doctrine")
struct DoctrineTests {
  /// A council of critics with the given opinions; the first guards an inviolable principle.
  private func decide(
    _ opinions: [Opinion], precedents: [ConsultedPrecedent] = [], novelty: Double = 0, weights: [String: Double] = [:],
    _ change: (inout Constitution) -> Void = { _ in }
  ) -> Decision {
    let principles: [Principle] = [.rights, .autonomy, .privacy, .fairness, .dueProcess, .truth]
    var constitution = Constitution(version: "sha256:doctrine", inviolable: [.rights])
    constitution.critics = opinions.enumerated().map {
      Charter(critic: $1.critic, principle: $0 < principles.count ? principles[$0] : "unlisted")
    }
    change(&constitution)
    return Deliberation.decide(
      Case(action: "act"), novelty: novelty, answers: opinions, precedents: precedents,
      weights: SeatWeights(Weights(version: 1, values: weights), under: constitution), constitution: constitution)
  }

  private func opinion(
    _ critic: String, _ severity: Double, confidence: Double = 1, concern: Double? = nil, tier: Tier? = nil,
    principle: Principle = .truth
  ) -> Opinion {
    Opinion(
      critic: critic, severity: severity, confidence: confidence,
      concerns: concern.map { [Concern(principle: principle, clause: "X1", severity: $0, rationale: "because")] } ?? [],
      escalations: tier.map { [Escalation(critic: critic, clause: "X1", tier: $0, rationale: "a human must see")] }
        ?? [])
  }

  private func opinion(
    _ severity: Double, confidence: Double = 1, concern: Double? = nil, tier: Tier? = nil,
    principle: Principle = .truth
  ) -> Opinion {
    opinion("rights", severity, confidence: confidence, concern: concern, tier: tier, principle: principle)
  }

  // MARK: Rows

  @Test(
    "deny: 2.5 with confidence 0.5 in an inviolable principle",
    arguments: [
      (2.5, 0.5, Verdict.deny), (2.499, 0.5, .escalate), (2.5, 0.499, .escalate), (3, 1, .deny),
      (1.999, 1, .allowWithConstraints),
    ])
  func denial(_ severity: Double, _ confidence: Double, _ verdict: Verdict) {
    let decision = decide([opinion(severity, confidence: confidence)])
    #expect(decision.verdict == verdict)
    #expect(decision.gate.open == (verdict <= .allowWithConstraints))
    #expect(decision.gate.tier == (verdict == .escalate ? .determination : nil))
  }

  @Test("a grave opinion outside the inviolable principles escalates")
  func notInviolable() {
    let decision = decide([opinion("rights", 0), opinion("autonomy", 3)])
    #expect(decision.verdict == .escalate)
    #expect(decision.reason.critic == "autonomy")
  }

  @Test(
    "a concern in an inviolable principle denies whoever raises it, at its own severity and the opinion's confidence")
  func concernDenies() {
    let others = opinion("rights", 0)
    let grave = opinion("autonomy", 0.2, confidence: 0.5, concern: 2.5, principle: .rights)
    #expect(decide([others, grave]).verdict == .deny)
    #expect(decide([others, opinion("autonomy", 0.2, concern: 2.499, principle: .rights)]).verdict == .escalate)
    #expect(
      decide([others, opinion("autonomy", 0.2, confidence: 0.4, concern: 3, principle: .rights)]).verdict == .escalate)
  }

  @Test("the reason of a denial is the first critic in the order of priority")
  func priority() {
    let both = [opinion("rights", 2.6, concern: 2.6, principle: .rights), opinion("autonomy", 2.9, concern: 2.9)]
    let decision = decide(both) {
      $0.inviolable = [.rights, .autonomy]
      $0.priority = [.autonomy, .rights]
    }
    #expect(decision.verdict == .deny)
    #expect(decision.reason.critic == "autonomy")
    #expect(decision.ruling.grounds == [.inviolable(seat: 1), .inviolable(seat: 0)])
  }

  @Test("escalate: a severity of 2 anywhere, whatever its confidence", arguments: [(2.0, true), (1.9999, false)])
  func serious(_ severity: Double, _ escalates: Bool) {
    let others = (0..<5).map { opinion("c\($0)", 0) }
    #expect((decide(others + [opinion("last", severity, confidence: 0.01)]).verdict == .escalate) == escalates)
    #expect(
      (decide(others + [opinion("last", 0, confidence: 0.01, concern: severity)]).verdict == .escalate) == escalates)
  }

  @Test("a tier-3 escalation escalates, a tier-2 escalation constrains and closes the gate")
  func tiers() {
    let third = decide([opinion(0, tier: .determination)])
    #expect(third.verdict == .escalate && third.gate == Gate(open: false, tier: .determination))
    let second = decide([opinion(0, tier: .acknowledgment)])
    #expect(second.verdict == .allowWithConstraints && second.gate == Gate(open: false, tier: .acknowledgment))
    #expect(second.gate.requires == .acknowledgment)
    #expect(!second.constraints.isEmpty)
  }

  @Test("a denial opens to nobody, unless a tier-3 escalation stands beside it")
  func denialGate() {
    #expect(decide([opinion(3)]).gate == Gate(open: false, tier: nil))
    #expect(decide([opinion(3, tier: .acknowledgment)]).gate == Gate(open: false, tier: nil))
    #expect(decide([opinion(3, tier: .determination)]).gate == Gate(open: false, tier: .determination))
    #expect(decide([opinion(3)]).gate.requires == nil)
  }

  @Test("an escalation is at least of its clause's tier")
  func clauseTier() {
    let decision = decide([opinion(0, tier: .acknowledgment)]) {
      $0.critics[0].clauses = [Clause(id: "X1", title: "", tier: .determination, principle: .rights)]
    }
    #expect(decision.ruling.escalations.map(\.tier) == [.determination])
    #expect(decision.verdict == .escalate)
  }

  @Test(
    "escalate: uncertainty of 0.6 with a score of 1",
    arguments: [(0.6, 1.0, true), (0.599, 1.0, false), (0.6, 0.999, false), (1.0, 1.0, true)])
  func uncertain(_ novelty: Double, _ severity: Double, _ escalates: Bool) {
    let decision = decide([opinion(severity)], novelty: novelty) {
      $0.formulas.novelty = 1
      $0.formulas.caution = 0
      $0.formulas.disagreement = 0
    }
    #expect((decision.verdict == .escalate) == escalates)
    if escalates {
      #expect(decision.ruling.grounds == [.uncertain(byOwnWeights: false)] && decision.reason.critic == nil)
    }
  }

  @Test("constrain: a score of 1, or a concern of 1.5", arguments: [(1.0, 0.0), (0.9, 1.5)])
  func constrained(_ severity: Double, _ concern: Double) {
    let still: (inout Constitution) -> Void = { $0.formulas.disagreement = 0 }
    #expect(decide([opinion(severity, concern: concern)], still).verdict == .allowWithConstraints)
    #expect(decide([opinion(severity - 0.001, concern: max(0, concern - 0.001))], still).verdict == .allow)
  }

  @Test("allow: nothing reached a threshold, and that is the reason given")
  func allowed() {
    let decision = decide([opinion(0.2), opinion("autonomy", 0)])
    #expect(decision.verdict == .allow && decision.gate == Gate(open: true, tier: nil))
    #expect(decision.reason.critic == nil && decision.ruling.grounds.isEmpty && decision.constraints.isEmpty)
  }

  // MARK: Figures

  @Test("the score is the weighted mean of the adjusted severities")
  func score() {
    let decision = decide(
      [opinion(1, confidence: 0.5), opinion("autonomy", 0.4)], weights: ["rights": 2, "autonomy": 3]
    ) { $0.formulas.disagreement = 0 }
    // (2·0.5·1 + 3·1·0.4) / (2·0.5 + 3·1)
    #expect(decision.weighing.score == 0.55)
    #expect(decision.weighing.adjusted == [1, 0.4])
  }

  @Test(
    "precedents that contradict add caution, those that agree relieve, but never from serious to less",
    arguments: [
      (1.0, -1.0, 1.5), (1.0, 1.0, 0.7), (2.0, 1.0, 2.0), (2.9, 1.0, 2.03), (3.0, 0.5, 2.55), (1.0, 0.0, 1.0),
    ])
  func alignment(_ severity: Double, _ outcome: Double, _ aligned: Double) {
    let precedent = ConsultedPrecedent(
      id: "p", similarity: 1, outcome: outcome, verdict: .allow, principles: [.rights])
    let decision = decide([opinion(severity)], precedents: [precedent]) { $0.formulas.disagreement = 0 }
    #expect(abs(decision.weighing.adjusted[0] - aligned) < 1e-6)
  }

  @Test("a precedent of another principle does not touch a critic")
  func otherPrinciple() {
    let precedent = ConsultedPrecedent(id: "p", similarity: 1, outcome: -1, verdict: .deny, principles: [.privacy])
    #expect(decide([opinion(1)], precedents: [precedent]).weighing.adjusted[0] == 1)
  }

  @Test("uncertainty is one minus the product of what is certain, and every part is told")
  func uncertainty() {
    let missing = Opinion(
      critic: "rights", severity: 0, confidence: 1,
      missing: [
        .init(fact: .impact, clause: "R1"), .init(fact: .impact, clause: "D3"), .init(fact: .consent, clause: "A1"),
      ])
    let conflicting = [
      ConsultedPrecedent(id: "p1", similarity: 1, outcome: 1, verdict: .allow),
      ConsultedPrecedent(id: "p2", similarity: 1, outcome: -1, verdict: .deny),
    ]
    let decision = decide(
      [missing, .abstaining("autonomy", .failed("down")), opinion("privacy", 1)], precedents: conflicting, novelty: 0.5)
    let weighing = decision.weighing
    #expect(abs(weighing.epistemic - (1 - 0.94 * 0.94 * 0.88 * 0.7)) < 1e-6)
    #expect(abs(weighing.precedent - 0.6) < 1e-6)
    // The gravest stands at 1, the weighted mean of two equal voices at 0.5; half of that as a share of 3.
    #expect(abs(weighing.aleatoric - 0.5 * 0.5 / 3) < 1e-6)
    let certain = (1 - weighing.epistemic) * (1 - weighing.aleatoric) * (1 - weighing.precedent)
    #expect(abs(weighing.uncertainty - (1 - certain)) < 2e-6)
    #expect(decision.wouldHelp.count == 5)
    #expect(decision.wouldHelp[0].contains("impact") && decision.wouldHelp[0].contains("R1, D3"))
    #expect(decision.wouldHelp[2].contains("autonomy") && decision.wouldHelp[2].contains("down"))
    #expect(decision.wouldHelp[4].contains("p1") && decision.wouldHelp[4].contains("p2"))
  }

  @Test("missing facts and abstentions raise uncertainty up to their limits")
  func limits() {
    let missing = Opinion(
      critic: "rights", severity: 0, confidence: 1,
      missing: Fact.allCases.map { MissingFact(fact: $0, clause: "X") })
    #expect(abs(decide([missing]).weighing.epistemic - 0.45) < 1e-6)
    let silent = (0..<30).map { Opinion.abstaining("c\($0)", .cancelled) }
    #expect(abs(decide(silent + [opinion("last", 0)]).weighing.epistemic - 0.6) < 1e-6)
    let required = decide([opinion(0), .abstaining("autonomy", .cancelled)]) { $0.critics[1].required = true }
    #expect(abs(required.weighing.epistemic - 0.3) < 1e-6)
  }

  @Test("precedents conflict as evenly as they were decided in opposite ways", arguments: [(0.5, 0.5), (1.0, 1.0)])
  func conflict(_ similarity: Double, _ conflict: Double) {
    func precedent(_ outcome: Double) -> ConsultedPrecedent {
      ConsultedPrecedent(id: "p", similarity: similarity, outcome: outcome, verdict: .allow)
    }
    let constitution = Constitution()
    #expect(Alignment([precedent(1), precedent(-1)], under: constitution).conflict == conflict)
    #expect(Alignment([precedent(1), precedent(1)], under: constitution).conflict == 0)
    #expect(Alignment([precedent(0), precedent(1)], under: constitution).conflict == 0)
    #expect(Alignment([], under: constitution).conflict == 0)
  }

  // MARK: Constitutional care

  @Test("governed weights cannot talk an uncertain case down below what the constitution's own weights find")
  func governedWeights() {
    let opinions = [opinion("rights", 0), opinion("autonomy", 1.6)]
    let plain: (inout Constitution) -> Void = {
      $0.critics[1].weight = 5
      $0.formulas.caution = 0
      $0.formulas.disagreement = 0
      $0.formulas.novelty = 1
    }
    #expect(decide(opinions, novelty: 0.7, plain).verdict == .escalate)
    let silenced = decide(opinions, novelty: 0.7, weights: ["autonomy": 0.1, "rights": 10], plain)
    #expect(silenced.weighing.score < 0.1)
    #expect(silenced.verdict == .escalate && silenced.ruling.grounds == [.uncertain(byOwnWeights: true)])
    // The figures told are those that decided, and the answer says whose they are.
    #expect(silenced.reason.text == "By the constitution's own weights too much is unknown (0.7) for a score of 1.33.")
    #expect(silenced.notes.contains { $0.contains("the constitution's own weights") })
  }

  @Test("the council needs a quorum of those asked", arguments: [(1, true), (2, false), (3, false)])
  func quorum(_ judging: Int, _ escalates: Bool) {
    let opinions = (0..<4).map { $0 < judging ? opinion("c\($0)", 0) : Opinion.abstaining("c\($0)", .cancelled) }
    let decision = decide(opinions)
    #expect((decision.verdict == .escalate) == escalates)
    #expect(decision.ruling.escalations.map(\.critic) == (escalates ? ["council"] : []))
  }

  @Test("critics who were not asked do not count against the quorum, and keep the gate shut")
  func notAsked() {
    let opinions = [opinion(0)] + (0..<4).map { Opinion.abstaining("c\($0)", .notAsked) }
    #expect(decide(opinions).verdict == .allow)
    #expect(decide(opinions).gate == Gate(open: false, tier: nil))
    #expect(decide([opinion(0)]).gate == Gate(open: true, tier: nil))
  }

  @Test("a required critic's abstention escalates, another's does not")
  func required() {
    let opinions = [opinion(0), opinion("privacy", 0), Opinion.abstaining("autonomy", .late(milliseconds: 20))]
    #expect(decide(opinions).verdict == .allow)
    let decision = decide(opinions) { $0.critics[2].required = true }
    #expect(decision.verdict == .escalate)
    #expect(decision.reason == Reason(critic: "autonomy", clause: nil, text: decision.reason.text))
    #expect(decision.reason.text.contains("20 ms"))
  }

  @Test(
    "an answer that breaks the rules of an opinion becomes an abstention and calls a human",
    arguments: [
      Opinion(critic: "rights", severity: .nan, confidence: 1), Opinion(critic: "rights", severity: 3.1, confidence: 1),
      Opinion(critic: "rights", severity: -0.1, confidence: 1), Opinion(critic: "rights", severity: 1, confidence: 1.1),
      Opinion(critic: "rights", severity: 1, confidence: .infinity),
      Opinion(critic: "somebody", severity: 0, confidence: 1),
      Opinion(
        critic: "rights", severity: 0, confidence: 1,
        concerns: [Concern(principle: .rights, clause: "D1", severity: .nan, rationale: "")]),
      Opinion(
        critic: "rights", severity: 0, confidence: 1,
        concerns: Array(repeating: Concern(principle: .rights, clause: "D1", severity: 0, rationale: ""), count: 65)),
      Opinion(
        critic: "rights", severity: 0, confidence: 1,
        concerns: [
          Concern(principle: .rights, clause: "D1", severity: 0, rationale: String(repeating: "x", count: 16_385))
        ]),
      Opinion(
        critic: "rights", severity: 0, confidence: 1,
        concerns: [Concern(principle: .rights, clause: String(repeating: "D", count: 65), severity: 0, rationale: "")]),
      Opinion(
        critic: "rights", severity: 9, confidence: 1,
        escalations: Array(
          repeating: Escalation(critic: "rights", clause: "D1", tier: .acknowledgment, rationale: "x"), count: 80)),
    ])
  func malformed(_ lie: Opinion) {
    let decision = decide([lie, opinion("autonomy", 0), opinion("privacy", 0)]) { $0.critics[0].critic = "rights" }
    guard case .malformed = decision.opinions.bySeat[0].abstention else {
      Issue.record("not an abstention: \(decision.opinions.bySeat[0])")
      return
    }
    #expect(decision.verdict == .escalate)
    #expect(SealedOpinions(decision.opinions.bySeat, under: decision.constitution) == decision.opinions)
  }

  @Test("an opinion at the limits is no lie")
  func wellFormed() {
    let long = Opinion(
      critic: "rights", severity: 3, confidence: 1,
      concerns: Array(
        repeating: Concern(
          principle: .truth, clause: String(repeating: "D", count: 64), severity: 3,
          rationale: String(repeating: "x", count: 256)), count: 64))
    #expect(decide([long]).opinions.bySeat[0] == long)
  }

  @Test("constraints are those of the clauses raised, each once, and never none")
  func constraints() {
    let raised = opinion("rights", 1.6, concern: 1.6, tier: .acknowledgment)
    let clause = Clause(
      id: "X1", title: "", tier: .acknowledgment, principle: .rights, constraints: ["Ask first.", "Tell them."])
    let decision = decide([raised]) { $0.critics[0].clauses = [clause] }
    #expect(decision.constraints.map(\.text) == ["Ask first.", "Tell them."])
    #expect(decide([raised]).constraints.map(\.text) == ["Go ahead only as far as this is answered: a human must see"])
    #expect(decide([opinion(1.2)]).constraints.first?.critic == "council")
  }

  @Test("concerns below their critic's threshold are in the opinion, not in the dissent")
  func dissentThreshold() {
    let decision = decide([opinion(0.5, concern: 0.999), opinion("autonomy", 1, concern: 1)])
    #expect(decision.dissent.map(\.critic) == ["autonomy"])
  }

  // MARK: Failures of an earlier council

  @Test("when all critics crash, nothing is allowed")
  func allCrash() {
    for count in [0, 1, 10] {
      let decision = decide((0..<count).map { .abstaining("c\($0)", .failed("crashed")) }) { $0.formulas.quorum = 0 }
      #expect(decision.verdict == .escalate)
      #expect(!decision.gate.open)
    }
    let voiceless = decide([opinion(1, confidence: 0)])
    #expect(voiceless.verdict == .escalate)
    #expect(voiceless.weighing.score == 0 && voiceless.weighing.scoreBound == 0)
  }

  @Test("rights at 2.4 beside five zeros is not averaged away")
  func notAveraged() {
    let decision = decide([opinion(2.4)] + (0..<5).map { opinion("c\($0)", 0) })
    #expect(decision.weighing.score < 1)
    #expect(decision.verdict == .escalate)
    #expect(decision.reason.critic == "rights")
  }

  @Test("a milder finding of a higher priority never relaxes a denial")
  func milderAbove() {
    let denied = [opinion("rights", 2.9, concern: 2.9, principle: .rights), opinion("autonomy", 0)]
    let both = [denied[0], opinion("autonomy", 1.2, concern: 1.2, tier: .acknowledgment)]
    for opinions in [denied, both] {
      let decision = decide(opinions) { $0.priority = [.autonomy, .rights] }
      #expect(decision.verdict == .deny)
      #expect(decision.reason.critic == "rights")
    }
  }

  @Test("a critic outside the order of priority still counts")
  func unlisted() {
    let unlisted = (0..<6).map { opinion("c\($0)", 0) } + [opinion("stranger", 2.1)]
    #expect(decide(unlisted).verdict == .escalate)
    #expect(decide(unlisted).reason.critic == "stranger")
    let denied = (0..<6).map { opinion("c\($0)", 0) } + [opinion("stranger", 2.6)]
    #expect(decide(denied) { $0.inviolable = ["unlisted"] }.verdict == .deny)
  }
}
