// Governing and reviewing over the ledger: the proceedings do it; here their refusals become the plain errors that callers
// answer by.
import Crypto
import Engine
import Ledger
import Tokens

extension Chamber {
  package var weightsHistory: WeightsHistory { proceedings.weightsHistory }
  package var constitutionHistory: ConstitutionHistory { proceedings.constitutionHistory }
  package var precedents: PrecedentBook { proceedings.precedents }

  /// The precedents that hold what is looked for, the best match first. May have to take in the words of all of them: not done
  /// by whoever serves connections.
  package func searchPrecedents(_ text: String) async throws -> [PrecedentText.Found] {
    try await Task.detached(executorPreference: executor ?? WorkPool.shared) { [proceedings] in
      try proceedings.searchPrecedents(text)
    }.value
  }

  func plainly<Value>(_ work: () async throws(GovernanceRefusal) -> Value) async throws -> Value {
    do throws(GovernanceRefusal) {
      return try await work()
    } catch { throw error.cause }
  }

  /// Puts new weights in force; critics that are not named keep theirs.
  package func setWeights(
    _ values: [String: Double], expecting version: Int, reason: String, by actor: String, trace: String? = nil
  ) async throws -> Weights {
    try await sharing {
      try await self.plainly { () throws(GovernanceRefusal) in
        try await self.proceedings.changeWeights(values, expecting: version, reason: reason, by: actor, trace: trace)
      }
    } telling: { _ in
      self.ownWeights
    }
  }

  /// Restores the values of an earlier version, as a new one.
  package func rollBackWeights(
    to number: Int, expecting version: Int, reason: String, by actor: String, trace: String? = nil
  ) async throws -> Weights {
    try await sharing {
      try await self.plainly { () throws(GovernanceRefusal) in
        try await self.proceedings.rollbackWeights(
          to: number, expecting: version, reason: reason, by: actor, trace: trace)
      }
    } telling: { _ in
      self.ownWeights
    }
  }

  // MARK: The constitution

  /// Puts the council of another constitution in force.
  package func adopt(
    _ council: Council, expecting version: String?, reason: String, by actor: String, trace: String? = nil
  ) async throws {
    let before = inForce.constitution
    do {
      _ = try await sharing {
        try await self.plainly { () throws(GovernanceRefusal) in
          try await self.proceedings.changeConstitution(
            council, expecting: version, reason: reason, by: actor, trace: trace)
        }
      } telling: { _ in
        self.ownConstitution
      }
    } catch ConstitutionRefusal.versionConflict(let current) {
      try await seatLast()
      throw ConstitutionRefusal.versionConflict(current: current)
    }
    try await follow(from: before, by: actor, trace: trace)
  }

  /// Seats the constitution that the log names last, where it came to be written without anybody hearing of it.
  private func seatLast() async throws {
    guard let last = constitutionHistory.current, last.version != inForce.constitution.version else { return }
    proceedings.seat(try assemble(try await constitutionDocument(last)))
    try await followLate()
  }

  /// Has the weights follow the constitution in force, where the one before had the say: a version of their own, so that whatever
  /// weighs a case is on record.
  func follow(
    from before: Constitution, only critics: Set<String>? = nil, by actor: String, trace: String? = nil
  ) async throws {
    while true {
      let sitting = inForce
      let changes = sitting.weights.following(sitting.constitution, after: before).filter {
        critics?.contains($0.key) ?? true
      }
      if changes.isEmpty { return }
      do {
        _ = try await setWeights(
          changes, expecting: sitting.weights.version,
          reason: Self.following(sitting.constitution.version),
          by: actor, trace: trace)
      } catch WeightsRefusal.versionConflict {}
    }
  }

  /// The reason of weights that follow a constitution.
  static func following(_ version: String) -> String { "They follow the constitution \(version)." }

  /// Puts the constitution of an earlier version in force again, as a version of its own.
  package func rollBackConstitution(
    to sequence: Int, expecting version: String, reason: String, by actor: String, trace: String? = nil
  ) async throws {
    let council = try await council(of: try earlier(sequence).version)
    try await adopt(council, expecting: version, reason: reason, by: actor, trace: trace)
  }

  /// A constitution that is or was in force.
  package func constitution(_ sequence: Int) async throws -> (version: String, Constitution) {
    let version = try earlier(sequence).version
    return (version, try await council(of: version).constitution)
  }

  private func earlier(_ sequence: Int) throws(ConstitutionRefusal) -> ConstitutionVersion {
    guard let version = constitutionHistory.versions.first(where: { $0.sequence == sequence }) else {
      throw .noSuchVersion(sequence)
    }
    return version
  }

  /// Puts the constitution that `document` says in force, if it is one.
  package func setConstitution(
    _ document: [UInt8], expecting version: String, reason: String, by actor: String, trace: String? = nil
  ) async throws {
    try await adopt(assemble(document), expecting: version, reason: reason, by: actor, trace: trace)
  }

  // MARK: Reviews

  package func pendingReviews(tier: Tier?) -> [Review] { proceedings.pendingReviews(tier: tier) }

  /// All reviews of a tier, the newest first.
  package func pastReviews(tier: Tier?) -> [Review] {
    proceedings.reviews.values.filter { tier == nil || $0.tier == tier }
      .sorted { ($1.opened, $1.id) < ($0.opened, $0.id) }
  }

  package func review(_ id: String) throws(ReviewRefusal) -> Review { try proceedings.review(id) }

  package func answer(
    _ act: ReviewAct, to id: String, caseHash: Digest?, by reviewer: String, trace: String? = nil
  ) async throws -> ReviewAnswered {
    if act.proceeds, case .erased = try ledger.payload(at: try review(id).index) { throw ReviewRefusal.erased }
    return try await plainly { () throws(GovernanceRefusal) in
      try await proceedings.answerReview(id, act, by: reviewer, caseHash: caseHash, trace: trace)
    }
  }

  // MARK: Precedents

  package func promotePrecedent(
    _ id: String, record: DecisionRecord, reason: String, by actor: String, trace: String? = nil
  ) async throws -> Precedent {
    try await plainly { () throws(GovernanceRefusal) in
      try await proceedings.promotePrecedent(id, record: record, reason: reason, by: actor, trace: trace)
    }
  }

  package func renewPrecedent(_ id: String, reason: String, by actor: String, trace: String? = nil) async throws
    -> Precedent
  {
    try await plainly { () throws(GovernanceRefusal) in
      try await proceedings.renewPrecedent(id, reason: reason, by: actor, trace: trace)
    }
  }

  package func quarantinePrecedent(_ id: String, reason: String, by actor: String, trace: String? = nil) async throws
    -> Precedent
  {
    try await plainly { () throws(GovernanceRefusal) in
      try await proceedings.quarantinePrecedent(id, reason: reason, by: actor, trace: trace)
    }
  }

  // MARK: Erasing

  /// Erases a payload by destroying its key, and with it the copies that precedents live in.
  package func erase(
    _ index: UInt64, ground: String?, reason: String?, by actor: String, trace: String? = nil
  ) async throws -> Receipt {
    try await plainly { () throws(GovernanceRefusal) in
      try await proceedings.erase(index, ground: ground, reason: reason, by: actor, trace: trace)
    }
  }

  // MARK: Tokens

  package var revocations: RevocationBook { proceedings.revocations }

  /// Revokes a token or a key: on disk, and obeyed by every request that begins after this returns.
  package func revoke(
    _ revoked: Revoked, reason: String, by actor: String
  ) async throws -> (revocation: Revocation, receipt: Receipt) {
    try await sharing {
      try await self.plainly { () throws(GovernanceRefusal) in
        try await self.proceedings.revoke(revoked, reason: reason, by: actor)
      }
    } telling: { made in
      self.shared(made.revocation)
    }
  }

  // MARK: Time

  /// Closes reviews that have run out and lets precedents set. Whoever runs the chamber calls it now and then; how often
  /// does not matter to the result, because an answer after the end is refused in any case.
  package func closeExpiredReviews() async throws {
    _ = try await plainly { () throws(GovernanceRefusal) in try await proceedings.keepTime() }
  }
}
