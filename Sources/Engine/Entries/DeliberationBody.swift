// What the ledger writes of a deliberation: the verdict and the opinions in brief, as canonical JSON. No text of the case
// and no rationale stands here, because an entry can never be erased.
import JSON

/// The body of a `deliberation` entry, rendered once; the cache state and the review are put in for each answer.
package struct DeliberationBody: Sendable, Hashable {
  private let beforeReview: [UInt8]
  private let afterReview: [UInt8]

  /// More clauses than this are not named in an opinion's brief, more escalations than this not in the entry's.
  static let mostClauses = 16
  static let mostEscalations = 64

  package init(_ decision: borrowing Decision) {
    // Members in the order of RFC 8785. `cache` comes before all of these.
    var writer = JSONWriter(capacity: 1024)
    writer.member("case", decision.matter.hash.hex)
    writer.member("constitution", decision.constitution.version)
    writer.key("escalations")
    writer.beginArray()
    for escalation in decision.ruling.escalations.prefix(Self.mostEscalations) {
      writer.beginObject()
      writer.member("clause", escalation.clause)
      writer.member("critic", escalation.critic)
      writer.member("tier", escalation.tier.rawValue)
      writer.endObject()
    }
    writer.endArray()
    writer.key("gate")
    writer.beginObject()
    writer.member("open", decision.gate.open)
    writer.member("requires", decision.gate.requires?.rawValue)
    writer.member("tier", decision.gate.tier?.rawValue)
    writer.endObject()
    writer.key("opinions")
    writer.beginArray()
    let opinions = decision.opinions.bySeat.span
    for seat in opinions.indices {
      writer.beginObject()
      if let abstention = opinions[seat].abstention { writer.member("abstention", abstention.code) }
      writer.member("clauses", Self.clauses(opinions[seat].concerns, opinions[seat].escalations))
      writer.member("confidence", opinions[seat].confidence)
      writer.member("critic", opinions[seat].critic)
      writer.member("severity", opinions[seat].severity)
      writer.endObject()
    }
    writer.endArray()
    if !decision.precedents.isEmpty { writer.member("precedents", decision.precedents.map(\.id)) }
    writer.key("reason")
    writer.beginObject()
    writer.member("clause", decision.reason.clause)
    writer.member("critic", decision.reason.critic)
    writer.endObject()
    beforeReview = writer.array

    writer.removeAll()
    writer.member("score", decision.weighing.score)
    writer.member("uncertainty", decision.weighing.uncertainty)
    writer.member("verdict", decision.verdict.rawValue)
    writer.member("weights_version", decision.weights.version)
    afterReview = writer.array
  }

  /// The clauses that an opinion raises, each once, in the order of RFC 8785.
  private static func clauses(_ concerns: [Concern], _ escalations: [Escalation]) -> [String] {
    if concerns.isEmpty && escalations.isEmpty { return [] }
    var clauses: [String] = []
    for concern in concerns where clauses.count < mostClauses && !clauses.contains(concern.clause) {
      clauses.append(concern.clause)
    }
    for case let clause? in escalations.map(\.clause)
    where clauses.count < mostClauses && !clauses.contains(clause) { clauses.append(clause) }
    return clauses.count > 1 ? clauses.sorted(by: JSONCanonical.precedes) : clauses
  }

  /// The whole body. `cache` is `hit`, `l2`, `miss` or `bypass`.
  package func bytes(cache: String, review: ReviewOpening?) -> [UInt8] {
    var writer = JSONWriter(capacity: beforeReview.count + afterReview.count + 96)
    writer.beginObject()
    writer.member("cache", cache)
    writer.raw(beforeReview.span.bytes)
    if let review {
      writer.key("review")
      review.write(to: &writer)
    }
    writer.raw(afterReview.span.bytes)
    writer.endObject()
    return writer.array
  }
}
