// Risk: R1 irreversible or large-scale harm, R2 physical or psychological danger, R3 operational or cascading failure.
// Everything it judges by is stated in the context or seen by detectors, so its charter says it all.
import Engine

package struct RiskCritic: ClauseCritic {
  package let name = "risk"

  package init() {}
}
