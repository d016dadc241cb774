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
}
