// Conditions in three values: what was not stated is undecidable, and only what would decide is named.
import Testing

@testable import Engine

@Suite("Conditions")
struct ConditionTests {
  private func evaluate(_ condition: Condition, _ change: (inout Facts) -> Void = { _ in }) -> (Truth, FactSet) {
    var facts = Facts()
    change(&facts)
    let signal = Signal(detector: "coercion", strength: 0.7, field: "/action", start: 0, end: 3, kind: "threat")
    var missing = FactSet()
    let truth = condition.holds(for: Case(action: "act", facts: facts), Evidence([signal]), missing: &missing)
    return (truth, missing)
  }

  @Test("a fact that was not stated is undecidable and named")
  func undecidable() {
    let (truth, missing) = evaluate(.isFalse(.contestable))
    #expect(truth == .undecidable)
    #expect(Array(missing) == [.contestable])
  }

  @Test("a conjunction with one false part is false and misses nothing")
  func conjunction() {
    let (truth, missing) = evaluate(.all([.isTrue(.reversible), .impactAtLeast(.high)])) { $0.impact = .low }
    #expect(truth == .no)
    #expect(missing.isEmpty)
  }

  @Test("a disjunction with one true part is true whatever is missing")
  func disjunction() {
    let (truth, missing) = evaluate(.any([.isTrue(.reversible), .signal(detector: "coercion", atLeast: 0.6)]))
    #expect(truth == .yes)
    #expect(missing.isEmpty)
  }

  @Test("the negation of the undecidable is undecidable")
  func negation() {
    #expect(evaluate(.not(.isTrue(.rollback))).0 == .undecidable)
    #expect(evaluate(.not(.isTrue(.rollback))) { $0.rollback = .impossible }.0 == .yes)
  }

  @Test("signals are compared by detector, kind and strength")
  func signals() {
    #expect(evaluate(.signal(detector: "coercion", atLeast: 0.8)).0 == .no)
    #expect(evaluate(.signalOfKind(detector: "coercion", kinds: ["threat"], atLeast: 0.7)).0 == .yes)
    #expect(evaluate(.signalOfKind(detector: "coercion", kinds: ["bribe"], atLeast: 0)).0 == .no)
  }

  @Test("a stated empty list is known, a forgotten one is not")
  func lists() {
    #expect(evaluate(.includes(.featuresUsed, ["age"])) { $0.featuresUsed = [] }.0 == .no)
    #expect(
      evaluate(.includes(.featuresUsed, ["age"])) {
        $0.featuresUsed = ["age"]; $0.forget(.featuresUsed)
      }.0 == .undecidable)
  }
}
