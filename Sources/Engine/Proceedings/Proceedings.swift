// The proceedings: where a request becomes a recorded answer. It joins the pure parts with the edges: the cache before the
// council, the ledger after it, permits for open gates. Nothing leaves it that is not on disk.
import Cache
import Crypto
import JSON
import Ledger
import Locking
import Resilience
import Synchronization

/// What the proceedings take from outside, so that a simulation can give it another world.
package struct Surroundings: Sendable {
  package var now: @Sendable () -> Timestamp
  /// An identifier that was never given before, with the prefix: `dlb_…`.
  package var identifier: @Sendable (_ prefix: StaticString) -> String

  package init(
    now: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
    identifier: @escaping @Sendable (StaticString) -> String = { Identifier.make($0) }
  ) {
    self.now = now
    self.identifier = identifier
  }
}

package struct ProceedingsSettings: Sendable {
  /// Bytes of decisions kept in memory; with 0 none are.
  package var cacheBytes = 64 << 20
  package var cacheLifetime: Duration = .seconds(3600)
  /// What instances share of what they find out; nil where there is one instance.
  package var shared: (any OpinionCache)?
  /// The name of the log that is written, as other instances know it.
  package var logName = ""
  /// The `iss` of permits.
  package var issuer = "witan"
  /// Hears of every answer and who asked, once it is recorded; on the way of the answer, so it must not wait.
  package var answered: (@Sendable (Answered, _ caller: String) -> Void)?
  /// Watches the deliberations that nobody else watches.
  package var watch: (any DeliberationWatch)?
  /// Hears of every revocation that is on record: those that the log has at the start, those made here before they are
  /// answered, and those of other instances when their entries are applied. Hearing one twice must change nothing.
  package var revoked: (@Sendable (Revocation) -> Void)?

  package init() {}
}

/// Why there is no answer. A verdict is never among the reasons.
package enum DeliberationRefusal: Error, Sendable, Equatable {
  /// `options.critics` names critics that do not sit.
  case invalid(FieldErrors)
  /// The ledger did not take the entry: there is no verdict and no permit.
  case notRecorded(LedgerError)
  /// The identifier of this deliberation was used before; the first one's receipt.
  case identifierTaken(Receipt)
  case permitFailed(PermitFailure)
  /// Whoever asked has gone before every critic was heard. A verdict of those who were heard by then is none.
  case cancelled

  /// The plain error within.
  package var cause: any Error {
    switch self {
    case .cancelled: CancellationError()
    case .invalid(let errors): errors
    case .notRecorded(let error): error
    case .identifierTaken: self
    case .permitFailed(let failure): failure
    }
  }
}

package final class Proceedings: Sendable {
  struct Books {
    var weights: WeightsHistory
    var constitutions = ConstitutionHistory()
    var reviews = ReviewBook()
    var precedents = PrecedentBook()
    var revocations = RevocationBook()

    /// The revocation that an entry is, if it is one.
    mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) -> Revocation? {
      try weights.apply(entry)
      try constitutions.apply(entry)
      try reviews.apply(entry)
      try precedents.apply(entry, of: reviews)
      return try revocations.apply(entry)
    }
  }

  let recorder: any Recorder
  let signer: (any PermitSigner)?
  package let surroundings: Surroundings
  package let settings: ProceedingsSettings
  let books: Locked<Books>
  let precedentText = PrecedentText()
  private let current: Locked<Sitting>
  private let cache: BoundedCache<Digest, DecidedCase>
  private let flights = SingleFlight<Digest, Found>()

  /// `council` sits until another constitution comes into force.
  package init(
    council: Council, recorder: any Recorder, signer: (any PermitSigner)?,
    surroundings: Surroundings = Surroundings(), settings: ProceedingsSettings = ProceedingsSettings()
  ) {
    self.recorder = recorder
    self.signer = signer
    self.surroundings = surroundings
    self.settings = settings
    let weights = WeightsHistory(of: council.constitution)
    books = Locked(Books(weights: weights))
    current = Locked(Sitting(council: council, weights: weights.current, precedents: NoPrecedents()))
    cache = BoundedCache(byteLimit: max(1, settings.cacheBytes), averageCost: 16_384)
  }

  /// What is in force now.
  package var sitting: Sitting { current.withLock { $0 } }

  func install(_ sitting: Sitting) { current.withLock { $0 = sitting } }

  package var cacheStatistics: CacheStatistics { cache.statistics }

  private let isMemoryShort = Atomic(false)
  private static let withoutMemory = Degradation(
    part: "memory", level: .reduced, reason: "it runs short: the cache is kept empty")

  /// While memory is short no decision is kept, and what was kept is given back: it could be made again.
  package func memoryIsShort(_ isShort: Bool) {
    isMemoryShort.store(isShort, ordering: .relaxed)
    if isShort {
      cache.removeAll()
      precedentText.forget()
    }
  }

  // MARK: Deliberating

  /// Decides a case, writes it to the ledger, and answers.
  ///
  /// `id` names the deliberation; a caller who must not do a thing twice derives it from what identifies the thing.
  package func deliberate(
    _ request: DeliberationRequest, by caller: String, trace: String?, id: String? = nil,
    watch: (any DeliberationWatch)? = nil
  ) async throws(DeliberationRefusal) -> Answered {
    let watch = watch ?? settings.watch
    let sitting = sitting
    let found = try await decide(request, sitting, watch)
    if found.state == .hit || found.state == .shared { watch?.listener.map(found.decided.retellFindings) }
    let answered = try await record(found, request.options, by: caller, trace: trace, id: id, watch)
    if let listener = watch?.listener {
      answered.decided.tellVerdict(to: listener)
      if let receipt = answered.receipt { listener.reached(.receipt(receipt)) }
    }
    settings.answered?(answered, caller)
    watch?.concluded(answered)
    return await answered.explained(by: sitting.council, among: sitting.precedents)
  }

  /// The decision alone, from the cache where it may be.
  func decide(
    _ request: DeliberationRequest, _ sitting: Sitting, _ watch: (any DeliberationWatch)? = nil
  ) async throws(DeliberationRefusal) -> Found {
    let asked = request.options.critics
    let errors = sitting.council.faults(inAsked: asked ?? [])
    if !errors.isEmpty { throw .invalid(errors) }
    if request.options.caching == .bypass || settings.cacheBytes == 0 {
      let decided = await sitting.deliberate(request.matter, asked: asked, watch: watch)
      if decided.isCutShort { throw .cancelled }
      return Found(decided: decided, state: .bypass)
    }
    var timer = PartTimer(watch)
    let key = sitting.key(of: request.matter, asked: asked)
    let known = cached(key)
    timer.passed(.cache(hit: known != nil))
    if let known { return Found(decided: known, state: .hit) }
    var found = try await decideOnce(request.matter, asked, key, sitting, watch)
    if found.state == .hit { timer.passed(.sharedDecision) }
    if found.degradation == nil, isMemoryShort.load(ordering: .relaxed) { found.degradation = Self.withoutMemory }
    return found
  }

  /// A decision that is in the cache.
  func cached(_ key: Digest) -> DecidedCase? { cache.value(for: key, at: surroundings.now().microseconds) }

  /// Of all who ask for it at the same time one decides. Whoever has less time than a critic may take waits for nobody else's
  /// decision, and nobody waits for theirs.
  private func decideOnce(
    _ matter: Case, _ asked: [String]?, _ key: Digest, _ sitting: Sitting, _ watch: (any DeliberationWatch)?
  ) async throws(DeliberationRefusal) -> Found {
    // Where instances share, whoever decides for all may wait for another one first.
    let time = sitting.council.timeOutside(asked) * (settings.shared == nil ? 1 : 2)
    while true {
      // Whoever has waited in vain may have less left than at first.
      if let left = Deadline.current?.remaining(at: sitting.council.time()), left < time {
        return try await findOut(matter, asked, key, sitting, watch)
      }
      let flight = try? await flights.run(key) { [self] in
        // The flight before this one may have landed since.
        if let decided = cache.peek(key, at: surroundings.now().microseconds) {
          return Found(decided: decided, state: .hit)
        }
        return try await findOutForAll(matter, asked, key, sitting, watch)
      }
      if let flight {
        if flight.isLeader {
          if Task.isCancelled, sitting.council.asksOutside(asked) { throw .cancelled }
          return flight.value
        }
        // Whoever decided for all had less time in the end than this one may still have.
        if flight.value.decided.isHurried, Deadline.current?.isOver(at: sitting.council.time()) != true { continue }
        return Found(decided: flight.value.decided, state: .hit, degradation: flight.value.degradation)
      }
      // Whoever decided for all has gone. Where that is somebody else, another one begins anew.
      if Task.isCancelled { throw .cancelled }
    }
  }

  /// A decision made now for all who wait for it: where a critic is asked outside, whoever began it may go, and the hearing
  /// goes on as long as somebody else waits. Begun anew it would hold them for longer than its budget.
  private func findOutForAll(
    _ matter: Case, _ asked: [String]?, _ key: Digest, _ sitting: Sitting, _ watch: (any DeliberationWatch)?
  ) async throws(DeliberationRefusal) -> Found {
    guard sitting.council.asksOutside(asked) else { return try await findOut(matter, asked, key, sitting, watch) }
    let work = Task(executorPreference: sitting.council.executor) { [self] () -> Result<Found, DeliberationRefusal> in
      do throws(DeliberationRefusal) {
        return .success(try await findOut(matter, asked, key, sitting, watch))
      } catch { return .failure(error) }
    }
    return try await withTaskCancellationHandler {
      await work.value
    } onCancel: {
      if flights.followers(of: key) == 0 { work.cancel() }
    }.get()
  }

  /// A decision made now, with what other instances have found out.
  private func findOut(
    _ matter: Case, _ asked: [String]?, _ key: Digest, _ sitting: Sitting, _ watch: (any DeliberationWatch)?
  ) async throws(DeliberationRefusal) -> Found {
    let found =
      if let shared = settings.shared {
        await sitting.deliberate(matter, asked: asked, sharing: shared, watch: watch)
      } else {
        Found(decided: await sitting.deliberate(matter, asked: asked, watch: watch), state: .miss)
      }
    if found.decided.isCutShort { throw .cancelled }
    keep(found.decided, key)
    return found
  }

  /// Keeps what deciding again would not change.
  func keep(_ decided: DecidedCase, _ key: Digest) {
    guard decided.isSettled, !isMemoryShort.load(ordering: .relaxed) else { return }
    let lifetime = settings.cacheLifetime.components.seconds * 1_000_000
    let expires = surroundings.now().microseconds + lifetime
    cache.insert(decided, for: key, cost: decided.footprint, expires: expires)
  }

  // MARK: Recording

  /// The entry of a decision, and the review that it opens.
  func entry(
    of decided: DecidedCase, _ state: Answered.CacheState, id: String, by caller: String, trace: String?
  ) -> (draft: EntryDraft, review: ReviewOpening?) {
    let review = ReviewOpening(
      id: surroundings.identifier("rev_"), for: decided, postedBy: caller, at: surroundings.now())
    var payload = JSONWriter(capacity: 4096)
    decided.writeRecord(to: &payload)
    let draft = EntryDraft(
      type: EntryType.deliberation, id: id, actor: caller, subject: decided.decision.matter.subject, trace: trace,
      body: decided.entry.bytes(cache: state.rawValue, review: review), bodyIsWellFormed: true,
      payload: payload.array)
    return (draft, review)
  }

  private func record(
    _ found: Found, _ options: DeliberationOptions, by caller: String, trace: String?, id: String?,
    _ watch: (any DeliberationWatch)?
  ) async throws(DeliberationRefusal) -> Answered {
    let (decided, state) = (found.decided, found.state)
    let id = id ?? surroundings.identifier("dlb_")
    if options.dryRun {
      return Answered(
        id: id, trace: trace, decided: decided, review: nil, cache: state, permit: nil, receipt: nil,
        options: options, degradation: found.degradation)
    }
    let (draft, review) = entry(of: decided, state, id: id, by: caller, trace: trace)
    let receipt: Receipt
    var timer = PartTimer(watch)
    do throws(LedgerError) {
      receipt = try await recorder.append(draft, receipt: options.receipt == .proof ? .proof : .index)
    } catch { throw .notRecorded(error) }
    timer.passed(.ledger(entries: 1))
    guard receipt.isFirst else { throw .identifierTaken(receipt) }
    let answered = try conclude(found, options, draft, review, receipt)
    if answered.permit != nil { timer.passed(.permit) }
    return answered
  }

  /// Once the entry is on disk: the review waits, or the permit is signed.
  func conclude(
    _ found: Found, _ options: DeliberationOptions, _ draft: EntryDraft, _ review: ReviewOpening?, _ receipt: Receipt
  ) throws(DeliberationRefusal) -> Answered {
    let decided = found.decided
    if review != nil { apply(LoggedEntry(draft, receipt)) }
    let signed: String?
    do throws(PermitFailure) {
      signed = try permit(for: decided, deliberation: draft.id, receipt: receipt)
    } catch { throw .permitFailed(error) }
    return Answered(
      id: draft.id, trace: draft.trace, decided: decided, review: review, cache: found.state, permit: signed,
      receipt: receipt, options: options, degradation: found.degradation)
  }

  /// The permit of a recorded decision whose gate is open; the same one whenever it is asked for.
  package func permit(
    for decided: DecidedCase, deliberation: String, receipt: Receipt
  ) throws(PermitFailure) -> String? {
    try Permit(
      id: Identifier.derived("prm_", from: deliberation), issuer: settings.issuer, for: decided,
      deliberation: deliberation, receipt: receipt, at: Timestamp(text: receipt.time) ?? surroundings.now()
    ).flatMap(sign)
  }

  /// Without a signer there are no permits.
  func sign(_ permit: Permit) throws(PermitFailure) -> String? {
    guard let signer else { return nil }
    return try signer.sign(permit.jsonBytes, type: Permit.type)
  }
}
