// Rights and dignity: D1 instrumentalisation, D2 degrading or dehumanising outcome, D3 harm without voice. Everything it
// judges by is stated in the context or seen by detectors, so its charter says it all.
import Engine

package struct RightsCritic: ClauseCritic {
  package let name = "rights"

  package init() {}
}
