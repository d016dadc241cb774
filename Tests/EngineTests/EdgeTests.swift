// Figures and words of a decision at their edges: where two values are equal, where nothing is there, where a limit is
// reached exactly.
import Testing

@testable import Engine

@Suite("Edges of figures and words")
struct EdgeTests {
  private func decide(
    _ opinions: [Opinion], precedents: [ConsultedPrecedent] = [], novelty: Double = 0,
    _ change: (inout Constitution) -> Void = { _ in }
  ) -> Decision {
    var constitution = Constitution(version: "sha256:edges")
    constitution.critics = opinions.map { Charter(critic: $0.critic, principle: .truth) }
    change(&constitution)
    return Deliberation.decide(
      Case(action: "act"), novelty: novelty, answers: opinions, precedents: precedents,
      weights: SeatWeights(Weights(of: constitution), under: constitution), constitution: constitution)
  }

  private func precedent(_ outcome: Double, similarity: Double) -> ConsultedPrecedent {
    ConsultedPrecedent(
      id: "p", similarity: similarity, outcome: outcome, verdict: .allow, principles: [.truth])
  }

  private func concern(_ severity: Double, _ rationale: String, clause: String = "T1") -> Concern {
    Concern(principle: .truth, clause: clause, severity: severity, rationale: rationale)
  }

  @Test("precedents that are like nothing lean nowhere, and those that ended nowhere do not conflict")
  func nothingSimilar() {
    let constitution = Constitution(critics: [Charter(critic: "a", principle: .truth)])
    #expect(Alignment([precedent(1, similarity: 0)], under: constitution).ofSeat(0) == 0)
    #expect(Alignment([precedent(-1, similarity: 0)], under: constitution).ofSeat(0) == 0)
    #expect(Alignment([precedent(0, similarity: 1)], under: constitution).conflict == 0)
  }

  @Test("a conflict is as strong as its lesser side is similar, whichever that is")
  func lesserSide() {
    let constitution = Constitution()
    // 4·0.75·0.25·0.3
    for outcome in [1.0, -1] {
      let conflict = Alignment(
        [precedent(outcome, similarity: 0.9), precedent(-outcome, similarity: 0.3)], under: constitution
      ).conflict
      #expect(abs(conflict - 0.225) < 1e-12)
    }
  }

  @Test("an opinion is read up to its limits: 64 escalations, 64 bytes of a clause")
  func limits() {
    let escalation = Escalation(
      critic: "a", clause: String(repeating: "T", count: 64), tier: .acknowledgment, rationale: "x")
    let whole = Opinion(
      critic: "a", severity: 0, confidence: 1, escalations: Array(repeating: escalation, count: 64))
    #expect(decide([whole]).opinions.bySeat[0] == whole)
    let long = Escalation(
      critic: "a", clause: String(repeating: "T", count: 65), tier: .acknowledgment, rationale: "x")
    let broken = decide([Opinion(critic: "a", severity: 0, confidence: 1, escalations: [long])])
    guard case .malformed = broken.opinions.bySeat[0].abstention else {
      Issue.record("a clause of 65 bytes was read")
      return
    }
  }

  @Test("of an answer that cannot be read the escalations are kept: clauses of 64 bytes, 128 bytes of the reasons")
  func keptEscalations() {
    func kept(_ clause: Int, _ rationale: Int) -> Escalation {
      let escalation = Escalation(
        critic: "a", clause: String(repeating: "T", count: clause), tier: .acknowledgment,
        rationale: String(repeating: "r", count: rationale))
      return decide([Opinion(critic: "a", severity: 9, confidence: 1, escalations: [escalation])])
        .opinions.bySeat[0].escalations[1]
    }
    #expect(kept(2, 5).clause == "TT" && kept(2, 5).rationale == "rrrrr")
    #expect(kept(64, 128).clause?.utf8.count == 64 && kept(64, 128).rationale.utf8.count == 128)
    #expect(kept(65, 129).clause == nil && kept(65, 129).rationale.utf8.count == 128)
  }

  @Test("of concerns that are equally grave the first is the reason")
  func firstReason() {
    let opinion = Opinion(
      critic: "a", severity: 2, confidence: 1,
      concerns: [concern(1, "mild"), concern(2, "first"), concern(2, "second")])
    #expect(decide([opinion]).reason.text == "first")
  }

  @Test("what would help is said of what is missing, clause by clause, and of nothing else")
  func missing() {
    let opinion = Opinion(
      critic: "a", severity: 0, confidence: 1,
      missing: [
        .init(fact: .impact, clause: "R1"), .init(fact: .consent, clause: "A1"), .init(fact: .impact, clause: "R1"),
        .init(fact: .impact, clause: "D3"),
      ])
    #expect(
      decide([opinion]).wouldHelp == [
        "State `impact` in the context: R1, D3 cannot be decided without it.",
        "State `consent` in the context: A1 cannot be decided without it.",
      ])
    #expect(decide([Opinion(critic: "a", severity: 0, confidence: 1)]).wouldHelp.isEmpty)
  }

  @Test("novelty and disagreement are worth a word from a tenth on", arguments: [(0.1, true), (0.0999, false)])
  func notable(_ figure: Double, _ isTold: Bool) {
    let calm = Opinion(critic: "a", severity: 0, confidence: 1)
    #expect(decide([calm], novelty: figure).wouldHelp.contains { $0.contains("validated case") } == isTold)
    // Of two equal voices at 0 and s the graver stands s/2 above the mean; half of that as a share of 3.
    let apart = [calm, Opinion(critic: "b", severity: figure * 12, confidence: 1)]
    #expect(decide(apart).weighing.aleatoric == figure)
    #expect(decide(apart).wouldHelp.contains { $0.contains("why b finds this graver") } == isTold)
  }

  @Test("the one who stands apart is the first of the gravest who judged")
  func apart() {
    let silent = Opinion(critic: "silent", severity: 3, confidence: 1, abstention: .declined("no"))
    let others = ["x", "y", "z"].map { Opinion(critic: $0, severity: 0, confidence: 1) }
    let grave = ["a", "b"].map { Opinion(critic: $0, severity: 1.5, confidence: 1) }
    for opinions in [grave + others + [silent], [silent] + others + grave] {
      #expect(decide(opinions).wouldHelp.contains { $0.contains("why a finds this graver") })
    }
  }

  @Test("figures in sentences have two decimals at most, and none where they need none")
  func figures() {
    #expect([2, 1.9, 0.333, 0, -1.5].map { figure($0) } == ["2", "1.9", "0.33", "0", "-1.5"])
    #expect(figure(999_999_999) == "999999999" && figure(1e9) == "1000000000.0")
  }
}
