// Privacy: P1 inference of sensitive attributes, P2 persistent or linked identity, P3 context collapse. Identifiers and
// secrets are validated by their detectors; what may be done with them is for the charter to say.
import Engine

package struct PrivacyCritic: ClauseCritic {
  package let name = "privacy"

  package init() {}
}
