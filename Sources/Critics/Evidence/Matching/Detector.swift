// The detectors by name: what each one looks for. The names are the ones that constitutions and evaluations use.

/// One detector. The raw value is its name in evidence, constitutions and evaluations.
package enum Detector: String, CaseIterable, Sendable, Hashable {
  case coercion
  case consentBypass = "consent_bypass"
  case instrumentalisation
  case voicelessness
  case dehumanisation
  case discrimination
  case disparateTreatment = "disparate_treatment"
  case stereotype
  case sensitiveInference = "sensitive_inference"
  case privacyIdentifiers = "privacy_identifiers"
  case identityTracking = "identity_tracking"
  case purposeDrift = "purpose_drift"
  case secrets
  case proceduralUnfairness = "procedural_unfairness"
  case omission
  case hallucinationMarkers = "hallucination_markers"
  case contradiction
  case evidenceGrounding = "evidence_grounding"
  case overconfidence
  case physicalDanger = "physical_danger"
  case selfHarm = "self_harm"
  case psychologicalHarm = "psychological_harm"
  case irreversibleAction = "irreversible_action"
  case destructiveCommand = "destructive_command"
  case cascadingFailure = "cascading_failure"
  case operationalRisk = "operational_risk"
  case feasibility
  case resourceBurden = "resource_burden"
  case timePressure = "time_pressure"
  case environmentalImpact = "environmental_impact"
  case promptInjection = "prompt_injection"
  case deception
  case darkPattern = "dark_pattern"
  case newNorm = "new_norm"

  /// Its place in the list of all. An enumeration of fewer than 256 cases without values is one byte that counts them in the
  /// order in which they are written, which is the order of `allCases`; a test holds the two equal.
  @inline(__always)
  package var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  /// Its place among all by their names.
  var rank: UInt8 { Self.ranks[index] }

  private static let ranks: [UInt8] = {
    let byName = allCases.sorted { $0.rawValue < $1.rawValue }
    return allCases.map { UInt8(byName.firstIndex(of: $0) ?? 0) }
  }()

  package static let byName: [String: Detector] = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}
