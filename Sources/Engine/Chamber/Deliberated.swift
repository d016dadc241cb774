// A decided case on its way out: the engine's answer, and around it identity, review, permit and receipt.
import Engine
import JSON
import Ledger

package struct Deliberated: Sendable {
  package let id: String
  package let trace: String
  package let decided: DecidedCase
  /// `hit`, `miss` or `bypass`.
  package let cache: String
  package let options: DeliberationOptions
  /// Nil for a dry run, of which nothing is recorded.
  package var receipt: Receipt?
  /// The review that a closed gate has opened.
  package var review: String?
  /// The compact JWS, where the gate is open.
  package var permit: String?

  package init(id: String, trace: String, decided: DecidedCase, cache: String, options: DeliberationOptions) {
    self.id = id
    self.trace = trace
    self.decided = decided
    self.cache = cache
    self.options = options
  }
}

extension Deliberated: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("trace_id", trace)
    decided.answer.writeMembers(review: review.map { "/v1/reviews/\($0)" }, to: &writer)
    writer.member("cache", cache)
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
