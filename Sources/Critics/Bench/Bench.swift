// The bench: the critics that have code, what each of them needs of a constitution, and who fills which seat.
import Engine
import Evidence
import Resilience

package enum Bench {
  /// The critics with code, each in a file of its own.
  package static let critics: [any ClauseCritic] = {
    let computing: [any ClauseCritic] = [
      RightsCritic(), AutonomyCritic(), PrivacyCritic(), FairnessCritic(), DueProcessCritic(), TruthCritic(),
      RiskCritic(), PragmaticsCritic(), PrecedentCritic(),
    ]
    return computing + [UncertaintyCritic(computing: computing)]
  }()

  /// What a constitution must provide for them.
  package static let seats: [SeatRequirement] = [
    SeatRequirement("rights", clauses: ["D1", "D2", "D3"]),
    SeatRequirement("autonomy", clauses: ["A1", "A2", "A3"]),
    SeatRequirement("privacy", clauses: ["P1", "P2", "P3"]),
    SeatRequirement(
      "fairness", clauses: ["F1", "F2", "F3"],
      measures: ["impact_ratio", "disparity_p", "unequal_p", "incomparable"], statistics: FairnessCritic.statistics),
    SeatRequirement("due_process", clauses: ["DP1", "DP2", "DP3"]),
    SeatRequirement("truth", clauses: ["T1", "T2", "T3"], measures: ["contradicted"]),
    SeatRequirement("risk", clauses: ["R1", "R2", "R3"]),
    SeatRequirement("pragmatics", clauses: ["G1", "G2"], measures: ["budget_ratio", "cost_to_stake"]),
    SeatRequirement(
      "precedent", clauses: ["PR1", "PR2", "PR3"], measures: ["similarity", "consulted", "conflict"]),
    SeatRequirement(
      "uncertainty", clauses: ["U1", "U2", "U3"], measures: ["missing", "raised_missing", "novelty", "uncertainty"]),
  ]

  /// The detectors that conditions may ask for, with the kinds of what they find.
  package static let detectors = Dictionary(
    uniqueKeysWithValues: Detector.allCases.map { ($0.rawValue, $0.kinds) })

  /// Who fills a seat: the critic with code of that name, else one of data alone. The seat of a remote critic is filled by
  /// whoever has a network; here it stays empty, and says so, because an empty seat must not look like a clean opinion.
  package static func critic(for charter: Charter) -> any Critic {
    if let critic = critics.first(where: { $0.name == charter.critic }) { return critic }
    return charter.remote == nil ? DataCritic(name: charter.critic) : UnconnectedCritic(name: charter.critic)
  }

  /// The remote critics that a constitution seats, over the transport that is made for each address. Each has a breaker on
  /// the board, under its name.
  package static func remoteCritics(
    of constitution: Constitution, breakers: BreakerBoard, transport: (RemoteSeat) throws -> any RemoteTransport
  ) rethrows -> [any OutsideCritic] {
    try constitution.critics.compactMap { charter in
      guard let seat = charter.remote else { return nil }
      return RemoteCritic(
        name: charter.critic, most: seat.batch, transport: try transport(seat),
        breaker: breakers.breaker("critic.\(charter.critic)"))
    }
  }
}

/// The seat of a remote critic that nobody connected.
struct UnconnectedCritic: Critic {
  let name: String

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    throw CriticFailure("the remote critic at \(charter.remote?.url ?? "no address") is not connected")
  }
}
