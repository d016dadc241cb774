// The invariants of docs/verdicts.md that concern the record of a decision, its permit and its review, over generated
// councils, disks and human acts.
import JSON
import Ledger
import Locking
import Testing

@testable import Engine

@Suite("Invariants of the record")
struct RecordInvariantTests {
  @Test("6: an answer has its entry, and what is not on record gives neither verdict nor permit")
  func recorded() {
    forAll(runs: 20_000, HumanActs.generate) { human in
      human.hold { proceedings, ledger in
        let stages = Locked<[String]>([])
        let listener = StageTeller(beside: nil) { stage in
          stages.withLock { $0.append(ledger.entries.isEmpty ? stage.name : "\(stage.name) on record") }
        }
        do {
          let answered = try await proceedings.deliberate(human.request, by: "svc", trace: nil, watch: listener)
          let told = ["aggregation on record", "gate on record", "receipt on record"]
          if stages.withLock({ $0.suffix(3) != told }) { return "the verdict was told too early" }
          if human.fate != nil { return "an answer in spite of \(String(describing: human.fate))" }
          guard let entry = ledger.entries.last, entry.id == answered.id, ledger.entries.count == 1 else {
            return "no entry"
          }
          return entry.index == answered.receipt?.index ? nil : "another entry's receipt"
        } catch {
          if human.fate == nil { return "\(error)" }
          let early = stages.withLock { $0.first { !$0.hasPrefix("evidence") && !$0.hasPrefix("opinion") } }
          if let early { return "\(early) was told, and nothing is on record" }
          return proceedings.pendingReviews().isEmpty ? nil : "a review of what was never answered"
        }
      }
    }
  }

  @Test("7: there is a permit for an open gate, else only after a human act, and it names who acted")
  func permits() {
    forAll(runs: 20_000, HumanActs.generate) { human in
      human.hold { proceedings, _ in
        guard let answered = try? await proceedings.deliberate(human.request, by: "svc", trace: nil) else {
          return nil
        }
        let gate = answered.decided.decision.gate
        if answered.decided.isHurried && gate != Gate(open: false, tier: nil) {
          return "\(gate) though a critic had less time than its seat gives it"
        }
        if (answered.permit != nil) != gate.open {
          return "permit \(answered.permit ?? "none") at \(gate)"
        }
        if answered.decided.isHurried && answered.review != nil {
          return "people are asked to open what hurry has shut"
        }
        guard let id = answered.review?.id else {
          return gate.open || gate.tier == nil ? nil : "nobody is asked to open \(gate)"
        }
        var people: [String] = []
        for (reviewer, act) in human.acts {
          guard let result = try? await proceedings.answerReview(id, act, by: reviewer) else { continue }
          people.append(reviewer)
          if reviewer == "bot" || reviewer == "svc" { return "the actor's or the poster's own act" }
          if (result.permit != nil) != (result.review.outcome == .affirmed) { return "a permit after \(act)" }
          if let permit = result.permit {
            let names = people.map { "\"\($0)\"" }.joined(separator: ",")
            if !permit.contains("\"opened_by\":[\(names)]") { return "\(permit) does not name \(people)" }
            if !act.proceeds || people.count < human.people { return "a permit after \(act) of \(people)" }
          }
        }
        return nil
      }
    }
  }

  @Test("8: whatever reviewers do, what was recorded of the opinions stays as it was")
  func opinions() {
    forAll(runs: 20_000, HumanActs.generate) { human in
      human.hold { proceedings, ledger in
        guard let answered = try? await proceedings.deliberate(human.request, by: "svc", trace: nil),
          let id = answered.review?.id
        else { return nil }
        let before = ledger.entries
        for (reviewer, act) in human.acts {
          _ = try? await proceedings.answerReview(id, act, by: reviewer)
        }
        let after = ledger.entries
        if after.count > before.count + human.acts.count { return "more entries than acts" }
        for (one, other) in zip(before, after) where one.body != other.body || one.payload != other.payload {
          return "entry \(one.index) has changed"
        }
        for entry in after.dropFirst(before.count) where entry.type != EntryType.review { return "a \(entry.type)" }
        var core = JSONWriter()
        answered.decided.answer.writeCore(to: &core)
        return (try? ledger.record(of: answered.id))?.answer == core.array ? nil : "the record differs from the answer"
      }
    }
  }
}

/// A generated council before a disk that takes its entry or does not, and people who then act.
struct HumanActs: Shrinkable, CustomStringConvertible {
  var scenario: Scenario
  var people: Int
  /// What becomes of the deliberation's entry; nil where it is written.
  var fate: LedgerError?
  var acts: [(reviewer: String, act: ReviewAct)]

  static func generate(_ random: inout Randomness) -> HumanActs {
    let acts: [ReviewAct] = [
      .acknowledge(statement: "I own it."), .determine(.proceed, rationale: "I looked."),
      .determine(.modify, rationale: "Change it."), .determine(.halt, rationale: "No."),
    ]
    return HumanActs(
      scenario: Scenario.generate(&random), people: 1 + random.below(3),
      fate: random.pick([nil, nil, nil, .diskFull, .outcomeUnknown]),
      acts: (0..<random.below(5)).map { _ in
        (
          random.pick(["ada", "bob", "eve", "bot", "svc"]),
          random.pick(acts + [.determine(.proceed, rationale: "Yes.")])
        )
      })
  }

  var request: DeliberationRequest { DeliberationRequest(matter: scenario.matter) }

  /// Runs `body` in one thread, on a council that answers as the scenario has it.
  func hold(_ body: @escaping (Proceedings, SimulatedLedger) async -> String?) -> String? {
    var constitution = scenario.constitution
    constitution.reviews.determinationPeople = people
    constitution.reviews.acknowledgmentPeople = people
    let ledger = SimulatedLedger { [fate] append in append == 1 ? fate.map { .refused($0) } ?? .written : .written }
    let council = Council(
      constitution, critics: scenario.answers.map { FixedCritic(name: $0.critic, opinion: $0) },
      gatherer: WordGatherer())
    let proceedings = Proceedings(
      council: council, recorder: ledger, signer: PlainSigner(),
      surroundings: Surroundings(now: { ledger.now }, identifier: { "\($0)\(ledger.entries.count)" }))
    return OneThread().result { await body(proceedings, ledger) } ?? "it never ends"
  }

  var simpler: [HumanActs] {
    var simpler = scenario.simpler.map { each in
      var copy = self
      copy.scenario = each
      return copy
    }
    for place in acts.indices {
      var copy = self
      copy.acts.remove(at: place)
      simpler.append(copy)
    }
    if people > 1 {
      var copy = self
      copy.people = 1
      simpler.append(copy)
    }
    return simpler
  }

  var description: String { "\(scenario)\npeople \(people), fate \(String(describing: fate)), acts \(acts)" }
}
