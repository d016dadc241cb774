// Whether the council's past is moving: for each principle, how similar questions ended earlier and how they end now.
import JSON
import Ledger

package struct PrecedentDrift: Sendable, Hashable {
  package let principle: Principle
  /// The mean outcome before and since the moment asked for, −1 halted … +1 let through.
  package let before: Double
  package let since: Double
  package let countBefore: Int
  package let countSince: Int

  package var change: Double { since - before }

  /// The drift of every principle that has precedents on both sides of the moment, the greatest first. What counts is when
  /// the cases were decided by their reviews, of precedents that are or were in force; not of those in quarantine.
  package static func around(_ moment: Timestamp, _ precedents: some Sequence<Precedent>) -> [PrecedentDrift] {
    var sums: [Principle: (before: Double, since: Double, countBefore: Int, countSince: Int)] = [:]
    for precedent in precedents where precedent.standing == .active || precedent.standing == .sunset {
      for principle in precedent.principles {
        if precedent.decided < moment {
          sums[principle, default: (0, 0, 0, 0)].before += precedent.lean
          sums[principle, default: (0, 0, 0, 0)].countBefore += 1
        } else {
          sums[principle, default: (0, 0, 0, 0)].since += precedent.lean
          sums[principle, default: (0, 0, 0, 0)].countSince += 1
        }
      }
    }
    return sums.filter { $0.value.countBefore > 0 && $0.value.countSince > 0 }.map { principle, sum in
      PrecedentDrift(
        principle: principle, before: sum.before / Double(sum.countBefore), since: sum.since / Double(sum.countSince),
        countBefore: sum.countBefore, countSince: sum.countSince)
    }.sorted { (abs($1.change), $0.principle.rawValue) < (abs($0.change), $1.principle.rawValue) }
  }
}

extension PrecedentDrift: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("principle", principle.rawValue)
    writer.member("before", rounded(before))
    writer.member("since", rounded(since))
    writer.member("change", rounded(change))
    writer.member("count_before", countBefore)
    writer.member("count_since", countSince)
    writer.endObject()
  }
}
