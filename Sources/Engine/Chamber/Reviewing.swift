// Human acts on closed gates: each is an entry of the ledger, taken once, and gives a permit where it opens the gate.
import Crypto
import Engine
import JSON
import Ledger

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

extension Chamber {
  package func pendingReviews(tier: Tier?) -> [Review] { state.withLock { $0.reviews.pending(tier: tier) } }

  package func review(_ id: String) throws(ReviewRefusal) -> Review {
    try state.withLock { state throws(ReviewRefusal) in try state.reviews.review(id) }
  }

  package func answer(
    _ act: ReviewAct, to id: String, caseHash: Digest?, by reviewer: String
  ) async throws -> ReviewAnswered {
    let draft = try state.withLock { state throws(ReviewRefusal) in
      try state.reviews.review(id).answer(act, by: reviewer, at: .now(), caseHash: caseHash)
    }
    let receipt = try await ledger.append(draft)
    guard receipt.isFirst else { throw ReviewRefusal.overtaken }
    let entry = LoggedEntry(draft, receipt)
    let (review, seconds) = try state.withLock { state in
      try state.apply(entry)
      return (try state.reviews.review(id), state.inForce.council.constitution.permitSeconds)
    }
    return ReviewAnswered(
      review: review, receipt: receipt, permit: try permit(after: review, receipt, seconds: seconds))
  }

  private func permit(after review: Review, _ receipt: Receipt, seconds: Int) throws -> String? {
    guard
      let permit = Permit(
        id: Identifier.derived("prm_", from: review.id), issuer: settings.issuer, after: review, index: receipt.index,
        at: Timestamp(text: receipt.time) ?? .now(), seconds: seconds)
    else { return nil }
    return try signer.sign(permit.jsonBytes, type: Permit.type)
  }

  /// Closes the reviews that have run out. Whoever runs the chamber calls it now and then; how often does not matter to
  /// the result, because an answer after the end is refused in any case.
  package func closeExpiredReviews() async throws {
    let drafts = state.withLock { $0.reviews.expiries(at: .now()) }
    for draft in drafts {
      let receipt = try await ledger.append(draft)
      guard receipt.isFirst else { continue }
      let entry = LoggedEntry(draft, receipt)
      try state.withLock { try $0.apply(entry) }
    }
  }
}
