// Claims beside evidence: what contradicts it, what it does not carry, and what it does.
import Engine
import Evidence
import Testing

@Suite struct GroundingTests {
  static let evidence = [
    "The bridge over the Alder was opened in 1932 and is 214 metres long.",
    "Marta Lindqvist designed the bridge. The council approved the repairs in March.",
    "The toll is not charged on Sundays.",
  ]

  private func signals(_ output: String, evidence: [String] = evidence) -> Evidence {
    var facts = Facts()
    facts.evidence = evidence
    return OnePassGatherer().gather(Case(action: "Answer", output: .text(output), facts: facts))
  }

  @Test(arguments: [
    "The bridge over the Alder was opened in 1932.", "Marta Lindqvist designed the bridge.",
    "The council approved the repairs in March.", "The toll is not charged on Sundays.",
  ])
  func whatTheEvidenceSaysIsGrounded(_ claim: String) {
    let found = signals(claim)
    #expect(found.strength(of: "contradiction") < 0.5)
    #expect(found.strength(of: "evidence_grounding") < 0.5)
  }

  @Test(arguments: [
    "The bridge over the Alder was opened in 1958.", "The council rejected the repairs in March.",
    "The toll is charged on Sundays.", "The council did not approve the repairs in March.",
    "Peter Holm designed the bridge.",
  ])
  func whatTheEvidenceDeniesIsAContradiction(_ claim: String) {
    #expect(signals(claim).strength(of: "contradiction") >= 0.5)
  }

  @Test(arguments: [
    "Nine ferries carried grain to the island every winter.", "The bridge cost 40 million crowns.",
    "The bridge was painted by Erik Dahl.",
  ])
  func whatTheEvidenceDoesNotCarryIsUngrounded(_ claim: String) {
    #expect(signals(claim).strength(of: "evidence_grounding") >= 0.5)
  }

  @Test func whatTheQuestionNamesNeedsNoGround() {
    var facts = Facts()
    facts.evidence = Self.evidence
    func strength(_ question: String) -> Double {
      OnePassGatherer().gather(
        Case(
          action: "Answer", input: .text(question), output: .text("The bridge at Kolby is the one of 1932."),
          facts: facts)
      ).strength(of: "evidence_grounding")
    }
    #expect(strength("When was it opened?") >= 0.5)
    #expect(strength("Is the bridge at Kolby the one of 1932?") < 0.35)
  }

  @Test func theMoreATextBringsInOfItsOwnTheStrongerTheSign() {
    let texts = [
      "The bridge was opened in 1932.", "The lovely bridge was opened in 1932.",
      "The lovely iron bridge was opened for carts in 1932.",
    ]
    let strengths = texts.map { signals($0).strength(of: "evidence_grounding") }
    #expect(strengths == strengths.sorted() && strengths[0] < strengths[2] && strengths[2] < 0.5)
  }

  @Test func withoutEvidenceNothingIsComparedWithIt() {
    #expect(signals("Nine ferries carried grain.", evidence: []).strength(of: "evidence_grounding") == 0)
  }

  @Test func anOutputThatDeniesItselfContradicts() {
    let text = "The valve in the north tower is closed. The valve in the north tower is not closed."
    #expect(signals(text, evidence: []).strength(of: "contradiction") >= 0.5)
  }
}
