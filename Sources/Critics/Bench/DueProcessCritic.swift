// Due process: DP1 no contestability, DP2 no attribution, DP3 unreviewable automation. Everything it judges by is stated
// in the context or seen by detectors, so its charter says it all.
import Engine

package struct DueProcessCritic: ClauseCritic {
  package let name = "due_process"

  package init() {}
}
