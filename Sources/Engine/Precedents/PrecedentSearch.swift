// How a deliberation finds past cases. What it consulted is in the record, so that a replay needs no search.

package protocol PrecedentSearch: Sendable {
  /// Grows with every change of what can be found: a decision made under another epoch is not reused.
  var epoch: Int { get }

  /// The most similar precedents in force, most similar first, within the constitution's rules.
  func consult(_ matter: Case, under rules: PrecedentRules) -> [ConsultedPrecedent]
}

/// A council without a past.
package struct NoPrecedents: PrecedentSearch {
  package let epoch = 0

  package init() {}

  package func consult(_ matter: Case, under rules: PrecedentRules) -> [ConsultedPrecedent] { [] }
}
