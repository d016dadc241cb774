// What a case lacks for the clauses of one charter is a function of the examination and the charter alone, so whoever read
// the clauses leaves it here for whoever asks for it. No opinion passes this way, and where nothing was left it is worked
// out anew: who else sits changes nothing but the time.
import Locking

/// The facts that would decide clauses: all of them, and those of clauses that were raised.
package struct LackingFacts: Sendable, Hashable {
  package var missing = FactSet()
  package var raised = FactSet()

  package init() {}
}

package final class SharedReadings: Sendable {
  /// Seats beyond this share nothing.
  private static let limit = 16

  /// What a critic of some kind found lacking for the charter of a seat; of no kind where nothing was kept.
  package struct Entry: Sendable {
    package fileprivate(set) var kind: ObjectIdentifier?
    package fileprivate(set) var lacking = LackingFacts()
  }

  private let entries = Locked(InlineArray<16, Entry>(repeating: Entry()))

  package init() {}

  /// What was kept so far, by seat.
  package var kept: InlineArray<16, Entry> { entries.withLock { $0 } }

  fileprivate func keep(_ lacking: LackingFacts, at seat: Int, by kind: ObjectIdentifier) {
    guard seat < Self.limit else { return }
    entries.withLock { $0[seat] = Entry(kind: kind, lacking: lacking) }
  }
}

extension Examination {
  /// Keeps what a critic of this kind found lacking, if the charter is one of the constitution's. It must depend on nothing
  /// but the examination, the charter and the kind.
  package func keep(_ lacking: LackingFacts, of charter: Charter, by kind: Any.Type) {
    let identity = charter.identity
    for seat in constitution.critics.indices where constitution.critics[seat].identity == identity {
      readings.keep(lacking, at: seat, by: ObjectIdentifier(kind))
    }
  }
}
