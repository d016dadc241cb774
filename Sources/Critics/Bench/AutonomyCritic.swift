// Autonomy: A1 consent failure, A2 coercion or manipulation (hidden instructions among it), A3 irreversible loss of agency.
// Everything it judges by is stated in the context or seen by detectors, so its charter says it all.
import Engine

package struct AutonomyCritic: ClauseCritic {
  package let name = "autonomy"

  package init() {}
}
