// A recorded answer: the replayable core, and around it what belongs to this request alone.
import JSON
import Ledger
import Resilience

package struct Answered: Sendable {
  package enum CacheState: String, Sendable, Hashable {
    case hit
    /// Ruled here on what another instance has found out.
    case shared = "l2"
    case miss, bypass
  }

  package let id: String
  package let trace: String?
  package let decided: DecidedCase
  package let review: ReviewOpening?
  package let cache: CacheState
  /// The signed permit, where the gate is open.
  package let permit: String?
  /// Nil for a dry run.
  package let receipt: Receipt?
  package let options: DeliberationOptions
  /// What was missed on the way to this answer: it means the same, and took longer or was shared less.
  package let degradation: Degradation?
  /// Where it was asked for.
  package private(set) var explanation: Explanation?

  package init(
    id: String, trace: String?, decided: DecidedCase, review: ReviewOpening?, cache: CacheState, permit: String?,
    receipt: Receipt?, options: DeliberationOptions, degradation: Degradation? = nil
  ) {
    self.id = id
    self.trace = trace
    self.decided = decided
    self.review = review
    self.cache = cache
    self.permit = permit
    self.receipt = receipt
    self.options = options
    self.degradation = degradation
  }

  /// The same answer with the explanation, where the options ask for one. Looking for what would have opened the gate takes
  /// some hundred decisions, so it is not done on the thread that serves connections.
  package func explained(by council: Council, among past: any PrecedentSearch) async -> Answered {
    guard options.explain else { return self }
    var answered = self
    let decided = decided
    answered.explanation = await Task.detached(executorPreference: council.executor ?? WorkPool.shared) {
      Explanation(decided.decision, counterfactuals: CounterfactualSearch(decided, by: council, among: past).find())
    }.value
    return answered
  }
}

extension Answered: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("trace_id", trace)
    decided.answer.writeMembers(review: review.map { "/v1/reviews/\($0.id)" }, to: &writer)
    writer.member("cache", cache.rawValue)
    let fallen = degradations
    if !fallen.isEmpty { writer.member("degraded", fallen) }
    if options.dryRun { writer.member("dry_run", true) }
    if let explanation { writer.member("explanation", explanation) }
    writer.member("permit", permit)
    writer.key("receipt")
    if let receipt, options.receipt != .none {
      receipt.write(to: &writer, withProof: options.receipt == .proof)
    } else {
      writer.null()
    }
    writer.endObject()
  }
}

extension Answered {
  /// What fell back on the way: the shared cache, or critics who failed and whose silence made the council more cautious.
  package var degradations: [Degradation] {
    var all: [Degradation] = []
    if let degradation { all.append(degradation) }
    for opinion in decided.recorded {
      guard let abstention = opinion.abstention, abstention.isFailure else { continue }
      all.append(Degradation(part: "critic.\(opinion.critic)", level: .restricted, reason: abstention.reason))
    }
    return all
  }
}

extension Degradation: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("part", part)
    writer.member("level", level.rawValue)
    writer.member("reason", reason)
    writer.endObject()
  }
}

extension Receipt: JSONWritable {
  package func write(to writer: inout JSONWriter) { write(to: &writer, withProof: true) }

  /// In a batch one case may ask for a proof and the next for none.
  func write(to writer: inout JSONWriter, withProof: Bool) {
    writer.beginObject()
    writer.member("index", Int(index))
    writer.member("leaf_hash", leafHash.hex)
    writer.member("time", time)
    if withProof, let proof {
      writer.member("size", Int(size))
      writer.member("checkpoint", checkpoint)
      writer.member("proof", proof.map(\.hex))
    }
    writer.endObject()
  }
}
