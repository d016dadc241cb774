// A recorded answer: the replayable core, and around it what belongs to this request alone.
import JSON
import Ledger

package struct Answered: Sendable {
  package enum CacheState: String, Sendable, Hashable { case hit, miss, bypass }

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
  /// Where it was asked for.
  package private(set) var explanation: Explanation?

  package init(
    id: String, trace: String?, decided: DecidedCase, review: ReviewOpening?, cache: CacheState, permit: String?,
    receipt: Receipt?, options: DeliberationOptions
  ) {
    self.id = id
    self.trace = trace
    self.decided = decided
    self.review = review
    self.cache = cache
    self.permit = permit
    self.receipt = receipt
    self.options = options
  }

  /// The same answer with the explanation, where the options ask for one. Looking for what would have opened the gate takes
  /// some hundred decisions, so it is not done on the thread that serves connections.
  package func explained(by council: Council) async -> Answered {
    guard options.explain else { return self }
    var answered = self
    let decided = decided
    answered.explanation = await Task.detached(executorPreference: council.executor) {
      Explanation(decided.decision, counterfactuals: CounterfactualSearch(decided, by: council).find())
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
