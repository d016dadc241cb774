// Pragmatics: G1 infeasible, G2 disproportionate cost. Costs are held against the limits stated and against what is at
// stake; feasibility never excuses anything, so nothing here lowers another critic's severity.
import Engine

package struct PragmaticsCritic: ClauseCritic {
  package let name = "pragmatics"

  package init() {}

  package func measure(_ examination: borrowing Examination, under charter: Charter) -> Measures {
    let matter = examination.matter
    let (budget, amount) = (matter.facts.budget, matter.facts.amount)
    if budget == nil { return Self.unknown }
    let isSameUnit =
      budget?.unit == nil || amount?.currency == nil
      || TermList.words(budget?.unit ?? "") == TermList.words(amount?.currency ?? "")
    var stake: Double?
    if let cost = budget?.cost, let value = amount?.value, value > 0, isSameUnit { stake = cost / value }
    // A stake in another unit than the cost tells nothing, and no further fact would change that.
    let stakeLacks = FactSet(isSameUnit ? [budget?.cost == nil ? .budget : .amount] : [])
    return Measures([
      Measurement("budget_ratio", budget?.overspend, lacks: FactSet([.budget])),
      Measurement("cost_to_stake", isSameUnit ? stake : 0, lacks: stakeLacks),
    ]) { [stake] in Self.words(budget, amount, stake) }
  }

  private static let unknown = Measures(
    ["budget_ratio", "cost_to_stake"].map { Measurement($0, nil, lacks: FactSet([.budget])) })

  private static func words(_ budget: Budget?, _ amount: Amount?, _ stake: Double?) -> String {
    var words: [String] = []
    if let limit = budget?.limit, let cost = budget?.cost {
      let unit = budget?.unit.map { " \(Rationale.clipped($0))" } ?? ""
      let ratio = limit > 0 ? " (\(Words.decimal(cost / limit, 2)) times the limit)" : ""
      words.append("the cost is \(plain(cost))\(unit) and the limit \(plain(limit))\(unit)\(ratio)")
    }
    if let stake, let value = amount?.value {
      words.append(
        "the cost is \(Words.decimal(stake, 1)) times the amount at stake (\(plain(value)) "
          + "\(Rationale.clipped(amount?.currency ?? "")))")
    }
    return words.joined(separator: "; ")
  }

  private static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : Words.decimal(value, 2)
  }
}
