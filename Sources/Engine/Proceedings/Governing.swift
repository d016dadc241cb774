// Changes of what is in force, and human acts on what waits. Each is proposed, written to the ledger, and only then true;
// of two at the same time the ledger's first one holds.
import Crypto
import JSON
import Ledger

/// Why a change of governed data was not made.
package enum GovernanceRefusal: Error, Sendable, Equatable {
  case weights(WeightsRefusal)
  case constitution(ConstitutionRefusal)
  case review(ReviewRefusal)
  case precedent(PrecedentRefusal)
  case revocation(RevocationRefusal)
  case notRecorded(LedgerError)
  case permitFailed(PermitFailure)

  /// The plain error within.
  package var cause: any Error {
    switch self {
    case .weights(let refusal): refusal
    case .constitution(let refusal): refusal
    case .review(let refusal): refusal
    case .precedent(let refusal): refusal
    case .revocation(let refusal): refusal
    case .notRecorded(let error): error
    case .permitFailed(let failure): failure
    }
  }
}

/// What became of an answer to a review.
package struct ReviewAnswered: Sendable, JSONWritable {
  package let review: Review
  package let receipt: Receipt
  /// Nil while the gate stays shut.
  package let permit: String?

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("review", review)
    writer.member("permit", permit)
    writer.member("receipt", receipt)
    writer.endObject()
  }
}

extension Proceedings {
  // MARK: Projections

  /// Takes an entry of the log into account. One that was seen before changes nothing. False for an entry that cannot be read.
  @discardableResult
  package func apply(_ entry: LoggedEntry) -> Bool { apply([entry]) }

  /// Takes entries of the log into account in their order, and seats what they make together: at the start all of them, later
  /// those of other instances. False if one of them cannot be read.
  @discardableResult
  package func apply(_ entries: [LoggedEntry]) -> Bool {
    let (changed, isReadable, revocations) = books.withLock { books in
      let (version, epoch) = (books.weights.current.version, books.precedents.epoch)
      var (isReadable, revocations) = (true, [Revocation]())
      for entry in entries {
        do throws(JSONRefusal) {
          if let revocation = try books.apply(entry) { revocations.append(revocation) }
        } catch { isReadable = false }
      }
      let changed = books.weights.current.version != version || books.precedents.epoch != epoch
      return (changed, isReadable, revocations)
    }
    if changed { renew() }
    if entries.contains(where: { $0.type == LedgerEntryType.erasure }) { precedentText.forget() }
    if let revoked = settings.revoked { revocations.forEach(revoked) }
    return isReadable
  }

  /// Seats what the books now say.
  private func renew(_ council: Council? = nil) {
    books.withLock { books in
      // Of two changes close together the later one stays, whichever is seated last.
      if let council, let current = books.constitutions.current?.version, current != council.constitution.version {
        return
      }
      let before = sitting
      install(
        Sitting(
          council: council ?? before.council, weights: books.weights.current, precedents: books.precedents.index))
    }
  }

  /// Appends and takes the entry into account. Where the place was taken already, by another instance or by an append whose
  /// outcome nobody heard, the entry that holds it is taken into account instead.
  func append(_ draft: EntryDraft) async throws(GovernanceRefusal) -> Receipt {
    do throws(LedgerError) {
      let receipt = try await recorder.append(draft, receipt: .index)
      if receipt.isFirst { apply(LoggedEntry(draft, receipt)) } else { try catchUp(receipt.index) }
      return receipt
    } catch { throw .notRecorded(error) }
  }

  /// Takes an entry into account that is in the log already.
  private func catchUp(_ index: UInt64) throws(LedgerError) {
    let stored = try recorder.entry(at: index)
    guard var entry = try? JSONReader.decode(LoggedEntry.self, from: stored.bytes) else {
      throw .inconsistent("entry \(index) cannot be read")
    }
    if case .present(let payload) = try recorder.payload(at: index) { entry.payload = payload }
    apply(entry)
  }

  // MARK: Weights

  /// The log begins with this constitution, whichever was named at the start: its weights are the first ones.
  package func begin(with constitution: Constitution) {
    books.withLock { $0.weights.begin(with: constitution) }
    renew()
  }

  package var weightsHistory: WeightsHistory { books.withLock { $0.weights } }

  /// Puts other weights in force. They hold for every request that begins after this returns.
  package func changeWeights(
    _ values: [String: Double], expecting version: Int, reason: String, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> Weights {
    let constitution = sitting.constitution
    let history = weightsHistory
    let draft: EntryDraft
    do throws(WeightsRefusal) {
      draft = try history.propose(values, expecting: version, reason: reason, by: actor, under: constitution)
    } catch { throw .weights(error) }
    return try await changeWeights(draft.traced(trace))
  }

  /// Restores the values of an earlier version, as a version of its own.
  package func rollbackWeights(
    to number: Int, expecting version: Int, reason: String, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> Weights {
    let constitution = sitting.constitution
    let history = weightsHistory
    let draft: EntryDraft
    do throws(WeightsRefusal) {
      draft = try history.rollback(
        to: number, expecting: version, reason: reason, by: actor, under: constitution)
    } catch { throw .weights(error) }
    return try await changeWeights(draft.traced(trace))
  }

  private func changeWeights(_ draft: EntryDraft) async throws(GovernanceRefusal) -> Weights {
    let receipt = try await append(draft)
    let history = weightsHistory
    guard receipt.isFirst else { throw .weights(.versionConflict(current: history.current.version)) }
    // Somebody may have made a later one since.
    return history.versions.last { $0.index == receipt.index }?.weights ?? history.current
  }

  // MARK: Constitution

  package var constitutionHistory: ConstitutionHistory { books.withLock { $0.constitutions } }

  /// Puts the council of another constitution in force, or of the first one on record.
  package func changeConstitution(
    _ council: Council, expecting version: String?, reason: String, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> ConstitutionVersion {
    let history = constitutionHistory
    let draft: EntryDraft
    do throws(ConstitutionRefusal) {
      draft = try history.propose(
        council.constitution, document: Array(council.constitution.document.utf8), expecting: version,
        reason: reason, by: actor)
    } catch { throw .constitution(error) }
    let receipt = try await append(draft.traced(trace))
    guard receipt.isFirst else {
      throw .constitution(.versionConflict(current: constitutionHistory.current?.version ?? ""))
    }
    let entry = LoggedEntry(draft, receipt)
    seat(council)
    return ConstitutionVersion(
      sequence: (history.current?.sequence ?? 0) + 1, version: council.constitution.version, by: actor,
      reason: reason, time: entry.time, index: receipt.index, origin: nil)
  }

  /// Seats the council of a constitution that is already on record: at the start, or when another instance changed it.
  package func seat(_ council: Council) { renew(council) }

  // MARK: Reviews

  package func review(_ id: String) throws(ReviewRefusal) -> Review {
    try books.withLock { books throws(ReviewRefusal) in try books.reviews.review(id) }
  }

  package func pendingReviews(tier: Tier? = nil) -> [Review] { books.withLock { $0.reviews.pending(tier: tier) } }

  package var reviews: [String: Review] { books.withLock { $0.reviews.reviews } }

  /// A person answers. Where that opens the gate, there is a permit that names the people who did.
  package func answerReview(
    _ id: String, _ act: ReviewAct, by reviewer: String, caseHash: Digest? = nil,
    trace: String? = nil
  ) async throws(GovernanceRefusal) -> ReviewAnswered {
    let draft: EntryDraft
    do throws(ReviewRefusal) {
      draft = try review(id).answer(act, by: reviewer, at: surroundings.now(), caseHash: caseHash)
    } catch { throw .review(error) }
    let receipt = try await append(draft.traced(trace))
    guard receipt.isFirst else { throw .review(.overtaken) }
    let answered: Review
    do throws(ReviewRefusal) {
      answered = try review(id)
    } catch { throw .review(error) }
    do throws(PermitFailure) {
      return ReviewAnswered(review: answered, receipt: receipt, permit: try permit(after: answered))
    } catch { throw .permitFailed(error) }
  }

  /// The permit that people opened the gate to by a review; nil where they did not. It counts from their last answer, so
  /// that it is the same one whenever it is asked for.
  package func permit(after review: Review) throws(PermitFailure) -> String? {
    try Permit(
      id: Identifier.derived("prm_", from: review.id), issuer: settings.issuer, after: review,
      at: review.answers.last?.time ?? surroundings.now()
    ).flatMap(sign)
  }

  // MARK: Precedents

  package var precedents: PrecedentBook { books.withLock { $0.precedents } }

  /// The precedents that hold what is looked for, the best match first.
  package func searchPrecedents(_ text: String) throws -> [PrecedentText.Found] {
    try precedentText.search(text) { precedents }
  }

  /// Puts a precedent in force; `record` is the payload of its deliberation. Decisions made without it are not reused.
  package func promotePrecedent(
    _ id: String, record: DecisionRecord, reason: String, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> Precedent {
    let constitution = sitting.constitution
    let promoted = try await changePrecedent(id, trace) { book throws(PrecedentRefusal) in
      try book.promote(id, record: record, reason: reason, by: actor, under: constitution)
    }
    // The record was erased while it was copied.
    guard promoted.state == .erased else { return promoted }
    try await eraseCopiesLeft()
    throw .precedent(.wrongState(.erased))
  }

  package func renewPrecedent(
    _ id: String, reason: String, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> Precedent {
    try await changePrecedent(id, trace) { book throws(PrecedentRefusal) in
      try book.renew(id, reason: reason, by: actor)
    }
  }

  package func quarantinePrecedent(
    _ id: String, reason: String, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> Precedent {
    try await changePrecedent(id, trace) { book throws(PrecedentRefusal) in
      try book.quarantine(id, reason: reason, by: actor)
    }
  }

  private func changePrecedent(
    _ id: String, _ trace: String?, _ propose: (PrecedentBook) throws(PrecedentRefusal) -> EntryDraft
  ) async throws(GovernanceRefusal) -> Precedent {
    let draft: EntryDraft
    do throws(PrecedentRefusal) {
      draft = try propose(precedents)
    } catch { throw .precedent(error) }
    let receipt = try await append(draft.traced(trace))
    guard receipt.isFirst else { throw .precedent(.overtaken) }
    do throws(PrecedentRefusal) {
      return try precedents.precedent(id)
    } catch { throw .precedent(error) }
  }

  // MARK: Erasing

  /// Erases a payload and the copies of it that precedents live in: all of them, or none. It is consulted by no request that
  /// begins after this returns.
  package func erase(
    _ index: UInt64, ground: String?, reason: String?, by actor: String, trace: String? = nil
  ) async throws(GovernanceRefusal) -> Receipt {
    let receipt: Receipt
    do throws(LedgerError) {
      receipt = try await recorder.erase(
        index: index, copies: precedents.copies(of: index), actor: actor, ground: ground, reason: reason, trace: trace)
      try catchUp(receipt.index)
    } catch { throw .notRecorded(error) }
    try await eraseCopiesLeft()
    return receipt
  }

  /// Erases copies that came into the log while what they were made of was erased. One that must be kept is kept.
  package func eraseCopiesLeft() async throws(GovernanceRefusal) {
    for copy in precedents.copiesLeft {
      do throws(LedgerError) {
        let receipt = try await recorder.erase(
          index: copy, copies: [], actor: Review.clockwork, ground: "a copy of what was erased",
          reason: "the case was erased while it was promoted", trace: nil)
        try catchUp(receipt.index)
      } catch {
        if case .held = error { continue }
        throw .notRecorded(error)
      }
    }
  }

  // MARK: Time

  /// Closes the reviews that ran out and lets precedents set that were not renewed; to be called now and then. How many
  /// entries that took.
  @discardableResult
  package func keepTime() async throws(GovernanceRefusal) -> Int {
    let now = surroundings.now()
    let rules = sitting.constitution.precedents
    let drafts = books.withLock { $0.reviews.expiries(at: now) + $0.precedents.sunsets(at: now, under: rules) }
    var written = 0
    for draft in drafts {
      if try await append(draft).isFirst { written += 1 }
    }
    return written
  }
}

extension EntryDraft {
  /// The same draft, with the trace of the request that it came by.
  fileprivate func traced(_ trace: String?) -> EntryDraft {
    var draft = self
    draft.trace = trace
    return draft
  }
}
