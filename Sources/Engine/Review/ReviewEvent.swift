// An answer to a review as it stands in the ledger.
import Crypto
import JSON
import Ledger

struct ReviewEvent: Sendable, Hashable {
  let review: String
  /// Nil for a review that ran out.
  let act: ReviewAct?
  /// Set where this event closes the review.
  let outcome: ReviewOutcome?

  /// Canonical JSON: it names the case and the verdict that were answered.
  func body(caseHash: Digest, deliberation: String, verdict: Verdict) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("act", actName)
    writer.member("case", caseHash.hex)
    writer.member("deliberation", deliberation)
    if case .determine(let determination, _) = act { writer.member("determination", determination.rawValue) }
    writer.member("outcome", outcome?.rawValue)
    writer.member("review", review)
    if let act { writer.member("text", act.text) }
    writer.member("verdict", verdict.rawValue)
    writer.endObject()
    return writer.array
  }

  private var actName: String {
    switch act {
    case .acknowledge: "acknowledge"
    case .determine: "determine"
    case nil: "expire"
    }
  }
}

extension ReviewEvent: JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError) {
    var (name, review, text) = ("", "", "")
    var determination: ReviewAct.Determination?
    var outcome: ReviewOutcome?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "act": name = try reader.string()
      case "determination": determination = try reader.choice()
      case "outcome": outcome = try reader.takeNull() ? nil : reader.choice()
      case "review": review = try reader.string()
      case "text": text = try reader.string()
      default: break
      }
    }
    let act: ReviewAct?
    switch name {
    case "acknowledge": act = .acknowledge(statement: text)
    case "determine":
      act = .determine(
        determination ?? reader.missing("determination", of: object, instead: .halt), rationale: text)
    default: act = nil
    }
    self.init(review: review, act: act, outcome: outcome)
  }
}
