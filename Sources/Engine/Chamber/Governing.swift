// Changing what is in force: a change becomes an entry first, and is in force for every deliberation that begins after the
// answer. Of two changes at the same time the ledger takes one; the other hears of the conflict.
import Engine
import JSON
import Ledger

extension Chamber {
  package var weightsHistory: WeightsHistory { state.withLock { $0.weights } }

  /// Puts new weights in force; critics that are not named keep theirs.
  package func setWeights(
    _ values: [String: Double], expecting version: Int, reason: String, by actor: String
  ) async throws -> Weights {
    let draft = try state.withLock { state throws(WeightsRefusal) in
      try state.weights.propose(
        values, expecting: version, reason: reason, by: actor, under: state.inForce.council.constitution)
    }
    return try await adopt(draft)
  }

  /// Restores the values of an earlier version, as a new one.
  package func rollBackWeights(
    to number: Int, expecting version: Int, reason: String, by actor: String
  ) async throws -> Weights {
    let draft = try state.withLock { state throws(WeightsRefusal) in
      try state.weights.rollback(
        to: number, expecting: version, reason: reason, by: actor, under: state.inForce.council.constitution)
    }
    return try await adopt(draft)
  }

  private func adopt(_ draft: EntryDraft) async throws -> Weights {
    let receipt = try await ledger.append(draft)
    let entry = LoggedEntry(draft, receipt)
    return try state.withLock { state in
      guard receipt.isFirst else { throw WeightsRefusal.versionConflict(current: state.weights.current.version) }
      try state.apply(entry)
      return state.weights.current
    }
  }

  // MARK: The constitution

  package var constitutionHistory: ConstitutionHistory { state.withLock { $0.constitutions } }

  /// Puts the council of another constitution in force.
  package func adopt(_ council: Council, expecting version: String?, reason: String, by actor: String) async throws {
    let draft = try state.withLock { state throws(ConstitutionRefusal) in
      try state.constitutions.propose(
        council.constitution, document: Array(council.constitution.document.utf8), expecting: version, reason: reason,
        by: actor)
    }
    let receipt = try await ledger.append(draft)
    let entry = LoggedEntry(draft, receipt)
    try state.withLock { state in
      guard receipt.isFirst else {
        throw ConstitutionRefusal.versionConflict(current: state.constitutions.current?.version ?? "")
      }
      try state.apply(entry)
      state.seat(council)
    }
  }

  /// Puts the constitution that `document` says in force, if it is one.
  package func setConstitution(
    _ document: [UInt8], expecting version: String, reason: String, by actor: String
  ) async throws {
    try await adopt(assemble(document), expecting: version, reason: reason, by: actor)
  }
}
