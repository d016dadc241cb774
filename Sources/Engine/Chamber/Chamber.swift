// The chamber is where the council sits: it holds what is in force, has cases decided, and lets no answer leave before the
// ledger has it. Decisions themselves are the engine's; this adds identity, time, record and receipt.
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

  package let ledger: Ledger
  private let current: Mutex<InForce>

  package init(ledger: Ledger, inForce: InForce) {
    self.ledger = ledger
    current = Mutex(inForce)
  }

  package var inForce: InForce { current.withLock { $0 } }

  /// Decides one case and records it. What it returns is on disk, unless a dry run was asked for.
  package func deliberate(
    _ request: DeliberationRequest, by actor: String, trace: String
  ) async throws -> Deliberated {
    let inForce = inForce
    try refuseUnknownCritics(request.options, inForce.council)
    let decided = await inForce.council.deliberate(
      request.matter, weights: inForce.weights, seats: inForce.seats, precedents: [], asked: request.options.critics)
    let cache = request.options.caching == .bypass ? "bypass" : "miss"
    var deliberated = Deliberated(
      id: Identifier.make("dlb_"), trace: trace, decided: decided, cache: cache, options: request.options)
    if !request.options.dryRun {
      deliberated.receipt = try await ledger.append(
        draft(of: deliberated, by: actor), receipt: request.options.receipt == .proof ? .proof : .index)
    }
    return deliberated
  }

  private func draft(of deliberated: Deliberated, by actor: String) -> EntryDraft {
    var record = JSONWriter(capacity: 4096)
    deliberated.decided.writeRecord(to: &record)
    return EntryDraft(
      type: "deliberation", id: deliberated.id, actor: actor, subject: deliberated.decided.decision.matter.subject,
      trace: deliberated.trace, body: deliberated.decided.entry.bytes(cache: deliberated.cache, review: nil),
      payload: record.array)
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
}
