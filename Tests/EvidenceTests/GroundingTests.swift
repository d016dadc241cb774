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
    ("Sales rose 5 percent", "Sales fell 5 percent"), ("The bridge is open", "The bridge is closed"),
    ("Prices increased.", "Prices decreased."),
  ])
  func aFewWordsAreEnoughToContradict(_ claim: String, _ ground: String) {
    #expect(signals(claim, evidence: [ground]).strength(of: "contradiction") >= 0.64)
    #expect(signals(claim, evidence: [claim]).strength(of: "contradiction") < 0.5)
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

  /// Claim and evidence that say the same in other spellings.
  @Test(arguments: [
    ("The fund holds 1,250,000 euros.", "The fund holds 1.25 million EUR."),
    ("The fund holds 12 000 euros.", "The fund holds 12,000 euros."),
    ("The fund holds 12.000 euros.", "The fund holds 12000 euros."),
    ("The wall is 2.50 metres high.", "The wall is 2.5 meters high."),
    ("The wall is 5km long.", "The wall is five kilometres long."),
    ("The club has twenty-five members.", "The club has 25 members."),
    ("The club has two thousand members.", "The club has 2,000 members."),
    ("The price rose by 40%.", "The price rose by 40 percent."),
    ("The hall opened on 12 March 2021.", "The hall opened on 2021-03-12."),
    ("The hall opened on March 12th, 2021.", "The hall opened on 12 Mar 2021."),
    ("Müller’s hall opened in May.", "The hall of Muller opened in May."),
    ("The bridge was opened in 1932.", "The bridge, which is not long, was opened in 1932."),
    ("The bridge may be opened in 1932.", "The bridge was opened in 1932."),
    ("The valve is open.", "The valve is not closed."),
  ])
  func otherSpellingsSayTheSame(_ claim: String, _ ground: String) {
    let found = signals(claim, evidence: [ground])
    #expect(found.strength(of: "contradiction") < 0.5, "\(found.signals)")
    #expect(found.strength(of: "evidence_grounding") < 0.55, "\(found.signals)")
  }

  @Test(arguments: [
    ("The fund holds 1,250,000 euros.", "The fund holds 12.5 million EUR.", "contradiction"),
    ("The hall opened on 12 March 2021.", "The hall opened on 2021-04-13.", "contradiction"),
    ("The valve isn’t closed.", "The valve is closed.", "contradiction"),
    ("The hall did not open in May.", "The hall opened in May.", "contradiction"),
    ("The drug cures the fever.", "The drug may cure the fever.", "evidence_grounding"),
    ("The letter was written by Holm.", "The letter is believed to be written by Holm.", "evidence_grounding"),
  ])
  func otherSpellingsHideNothing(_ claim: String, _ ground: String, _ detector: String) {
    let found = signals(claim, evidence: [ground])
    #expect(found.strength(of: detector) >= 0.6, "\(found.signals)")
  }

  @Test func whatMayBeSoIsNotDeniedByWhatIsNot() {
    let found = signals("The valve may be closed.", evidence: ["The valve is not closed."])
    #expect(found.strength(of: "contradiction") < 0.5)
  }
}
