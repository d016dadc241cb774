// What critics share of an examination never changes what one of them says.
import Engine
import Evidence
import Testing

@testable import Critics

@Suite("Sharing within an examination")
struct SharingTests {
  /// Takes the seat of fairness and has figures of its own.
  private struct Impostor: ClauseCritic {
    let name = "fairness"

    func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
      Measures([Measurement("impact_ratio", 0.1), Measurement("disparity_p", nil, lacks: FactSet([.deadline]))])
    }
  }

  private static func cases() -> [Case] {
    var grave = Facts()
    grave.impact = .high
    grave.consent = .absent
    grave.contestable = false
    grave.featuresUsed = ["applicant_gender"]
    grave.dataCategories = ["health"]
    grave.claims = ["it is safe"]
    var open = Facts()
    open.reversible = false
    open.groupOutcomes = [GroupOutcome(group: "men", selected: 1, total: 3)]
    return [
      Case(action: "File the letter"), Case(action: "Price it", facts: grave), Case(action: "Close it", facts: open),
    ]
  }

  @Test("the critic of uncertainty says the same whether others were heard before it, or strangers in their seats")
  func uncertaintyStandsAlone() throws {
    let constitution = BuiltInConstitution.constitution
    let charter = try #require(constitution.charter(of: "uncertainty"))
    let critic = Bench.critic(for: charter)
    var isLacking = false
    for matter in Self.cases() {
      let evidence = OnePassGatherer().gather(matter)
      func examination() -> Examination {
        Examination(matter: matter, evidence: evidence, constitution: constitution)
      }
      let alone = try critic.examine(examination(), under: charter)
      let shared = examination()
      for other in constitution.critics where other.critic != charter.critic {
        _ = try Bench.critic(for: other).examine(shared, under: other)
      }
      #expect(try critic.examine(shared, under: charter) == alone)
      let strange = examination()
      _ = try Impostor().examine(strange, under: try #require(constitution.charter(of: "fairness")))
      #expect(try critic.examine(strange, under: charter) == alone)
      isLacking = isLacking || !alone.concerns.isEmpty
    }
    #expect(isLacking)
  }

  @Test("no critic of the shipped council says anything else because another one is seated")
  func newcomer() throws {
    let constitution = BuiltInConstitution.constitution
    // It shares its clauses with risk, which lack much in these cases.
    var newcomer = Charter(critic: "newcomer", principle: .risk)
    newcomer.clauses = try #require(constitution.charter(of: "risk")).clauses
    var wider = constitution
    wider.critics.insert(newcomer, at: 3)
    func opinions(_ constitution: Constitution, _ matter: Case) -> [String: Opinion] {
      let council = Council(
        constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer())
      let decision = council.decide(matter, weights: Weights(of: constitution)).decision
      return Dictionary(uniqueKeysWithValues: decision.opinions.bySeat.map { ($0.critic, $0) })
    }
    var raised = 0
    for matter in Self.cases() + CaseFiles.all.map(\.matter) {
      let before = opinions(constitution, matter)
      var after = opinions(wider, matter)
      raised += after.removeValue(forKey: "newcomer")?.concerns.count ?? 0
      #expect(after == before)
    }
    #expect(raised > 10)
  }
}
