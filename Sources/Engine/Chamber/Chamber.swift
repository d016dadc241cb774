// The chamber is where the council sits: it holds what is in force, has cases decided, and lets no answer leave before the
// ledger has it. Decisions themselves are the engine's; this adds identity, time, record, receipt and permit.
import Cache
import Crypto
import Engine
import JSON
import Ledger
import Synchronization

package final class Chamber: Sendable {
  /// What a deliberation is decided under. It is taken once, at its start.
  package struct InForce: Sendable {
    package let council: Council
    package let weights: Weights
    package let seats: SeatWeights

    package init(council: Council, weights: Weights) {
      self.council = council
      self.weights = weights
      seats = SeatWeights(weights, under: council.constitution)
    }
  }

  package struct Settings: Sendable {
    /// What permits name as their issuer.
    package var issuer = "witan"
    /// Bytes of decided cases that are remembered; 0 remembers none.
    package var cacheBytes = 64 << 20
    package var cacheLifetime: Duration = .seconds(3600)
    /// Hears of every case that was decided, once it is recorded; on the way of the answer, so it must not wait.
    package var decided: (@Sendable (Deliberated) -> Void)?

    package init() {}
  }

  package let ledger: Ledger
  let settings: Settings
  let signer: any PermitSigner
  let state: Mutex<ChamberState>
  private let cache: BoundedCache<Digest, DecidedCase>
  private let flights = SingleFlight<Digest, DecidedCase>()

  let assemble: Assembly

  init(
    state: ChamberState, assemble: @escaping Assembly, ledger: Ledger, signer: any PermitSigner, settings: Settings
  ) {
    self.ledger = ledger
    self.settings = settings
    self.signer = signer
    self.assemble = assemble
    cache = BoundedCache(byteLimit: max(1, settings.cacheBytes), averageCost: 16_384)
    self.state = Mutex(state)
  }

  package var inForce: InForce { state.withLock { $0.inForce } }
  package var cacheStatistics: CacheStatistics { cache.statistics }

  /// Decides one case and records it. What it returns is on disk, unless a dry run was asked for.
  package func deliberate(
    _ request: DeliberationRequest, by actor: String, trace: String
  ) async throws -> Deliberated {
    let inForce = inForce
    try refuseUnknownCritics(request.options, inForce.council)
    let (decided, cache) = try await decide(request, inForce)
    var deliberated = Deliberated(
      id: Identifier.make("dlb_"), trace: trace, decided: decided, cache: cache, options: request.options)
    if !request.options.dryRun { try await record(&deliberated, by: actor) }
    settings.decided?(deliberated)
    return deliberated
  }

  // MARK: Deciding

  /// From memory if it may be, else anew; of many who ask for the same at once, one decides.
  private func decide(
    _ request: DeliberationRequest, _ inForce: InForce
  ) async throws -> (DecidedCase, cache: String) {
    func anew() async -> DecidedCase {
      await inForce.council.deliberate(
        request.matter, weights: inForce.weights, seats: inForce.seats, precedents: [],
        asked: request.options.critics)
    }
    guard request.options.caching == .standard, settings.cacheBytes > 0 else { return (await anew(), "bypass") }
    let key = cacheKey(request, inForce)
    let now = Timestamp.now().microseconds
    if let known = cache.value(for: key, at: now) { return (known, "hit") }
    let (decided, isLeader) = try await flights.run(key) { await anew() }
    if isLeader, decided.isSettled {
      let lifetime = settings.cacheLifetime.components.seconds * 1_000_000
      cache.insert(decided, for: key, cost: decided.footprint, expires: now + lifetime)
    }
    return (decided, isLeader ? "miss" : "hit")
  }

  /// Everything that a decision depends on. A change of any of it makes what was remembered unreachable.
  private func cacheKey(_ request: DeliberationRequest, _ inForce: InForce) -> Digest {
    var parts = request.matter.hash.bytes
    parts += inForce.council.constitution.version.utf8
    withUnsafeBytes(of: UInt64(inForce.weights.version).littleEndian) { parts += $0 }
    // Names of critics hold no line feed: they were found among the seated.
    for name in (request.options.critics ?? []).sorted() {
      parts.append(0x0a)
      parts += name.utf8
    }
    if request.options.critics != nil { parts.append(0x0a) }
    return SHA256.digest(parts)
  }

  private func refuseUnknownCritics(_ options: DeliberationOptions, _ council: Council) throws(FieldErrors) {
    guard let asked = options.critics else { return }
    var errors = FieldErrors()
    let seated = council.constitution.critics.map(\.critic)
    for (index, name) in asked.enumerated() where !seated.contains(name) {
      let meant = NearestName.suggestion(for: name, among: seated).map { "; did you mean “\($0)”?" } ?? ""
      errors.add(JSONPointer("options", "critics", "\(index)"), "is not a critic of this council\(meant)")
    }
    try errors.throwIfAny()
  }

  // MARK: Recording

  /// Writes the entry, with the review that a closed gate opens, and signs the permit that an open one gives.
  private func record(_ deliberated: inout Deliberated, by actor: String) async throws {
    let opening = ReviewOpening(
      id: Identifier.make("rev_"), for: deliberated.decided.decision, postedBy: actor, at: .now())
    var payload = JSONWriter(capacity: 4096)
    deliberated.decided.writeRecord(to: &payload)
    let draft = EntryDraft(
      type: EntryType.deliberation, id: deliberated.id, actor: actor,
      subject: deliberated.decided.decision.matter.subject, trace: deliberated.trace,
      body: deliberated.decided.entry.bytes(cache: deliberated.cache, review: opening), payload: payload.array)
    let receipt = try await ledger.append(
      draft, receipt: deliberated.options.receipt == .proof ? .proof : .index)
    deliberated.receipt = receipt
    deliberated.review = opening?.id
    if opening != nil {
      let entry = LoggedEntry(draft, receipt)
      try state.withLock { try $0.apply(entry) }
    }
    deliberated.permit = try permit(for: deliberated, receipt)
  }

  private func permit(for deliberated: Deliberated, _ receipt: Receipt) throws -> String? {
    guard
      let permit = Permit(
        id: Identifier.derived("prm_", from: deliberated.id), issuer: settings.issuer, for: deliberated.decided,
        deliberation: deliberated.id, receipt: receipt, at: Timestamp(text: receipt.time) ?? .now())
    else { return nil }
    return try signer.sign(permit.jsonBytes, type: Permit.type)
  }
}
