// Truth: T1 ungrounded claim, T2 contradiction, T3 false certainty. Claims are held against the evidence supplied, and
// output against context, by the detectors `evidence_grounding` and `contradiction`; what follows is in the charter.
import Engine

package struct TruthCritic: ClauseCritic {
  package let name = "truth"

  package init() {}
}
