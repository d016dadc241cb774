// What the chamber knows beyond the law itself: the projections of the ledger that it decides by. All of it can be read off
// the log again, and is, at every start.
import Engine
import JSON
import Ledger

struct ChamberState: Sendable {
  var inForce: Chamber.InForce
  var weights: WeightsHistory
  var constitutions: ConstitutionHistory
  var reviews: ReviewBook

  init(council: Council) {
    weights = WeightsHistory(of: council.constitution)
    constitutions = ConstitutionHistory()
    reviews = ReviewBook()
    inForce = Chamber.InForce(council: council, weights: weights.current)
  }

  /// Puts another council in force. Weights that were governed stay; critics new to them have the constitution's.
  mutating func seat(_ council: Council) {
    inForce = Chamber.InForce(council: council, weights: weights.current)
  }

  /// Takes an entry that stands in the log into account. Entries may come twice, and reviews in any order.
  mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) {
    switch entry.type {
    case EntryType.weights:
      try weights.apply(entry)
      inForce = Chamber.InForce(council: inForce.council, weights: weights.current)
    case EntryType.constitution: try constitutions.apply(entry)
    case EntryType.review, EntryType.deliberation: try reviews.apply(entry)
    default: break
    }
  }
}

extension LoggedEntry {
  /// The entry that `draft` became.
  init(_ draft: EntryDraft, _ receipt: Receipt) {
    self.init(
      type: draft.type, id: draft.id, actor: draft.actor,
      time: Timestamp(text: receipt.time) ?? Timestamp(microseconds: 0), body: draft.body)
  }
}
