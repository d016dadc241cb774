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
}

extension Answered: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("trace_id", trace)
    decided.answer.writeMembers(review: review.map { "/v1/reviews/\($0.id)" }, to: &writer)
    writer.member("cache", cache.rawValue)
    if options.dryRun { writer.member("dry_run", true) }
    writer.member("permit", permit)
    writer.key("receipt")
    if let receipt, options.receipt != .none {
      receipt.write(to: &writer)
    } else {
      writer.null()
    }
    writer.endObject()
  }
}

extension Receipt: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("index", Int(index))
    writer.member("leaf_hash", leafHash.hex)
    writer.member("time", time)
    if let proof {
      writer.member("size", Int(size))
      writer.member("checkpoint", checkpoint)
      writer.member("proof", proof.map(\.hex))
    }
    writer.endObject()
  }
}
