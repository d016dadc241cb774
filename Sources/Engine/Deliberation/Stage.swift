// What whoever watches a deliberation hears of it while it goes on. A stage says what has just become known and nothing of
// what follows; the answer alone is the verdict.
import JSON
import Ledger

package enum Stage: Sendable {
  /// All detectors have looked.
  case evidence(Evidence)
  /// One critic has answered, or will not: as its opinion will stand in the answer.
  case opinion(Opinion)
  /// All opinions are weighed.
  case aggregation(Decision)
  case gate(Decision)
  /// The entry is on disk.
  case receipt(Receipt)

  /// The word by which streams name it.
  package var name: String {
    switch self {
    case .evidence: "evidence"
    case .opinion: "opinion"
    case .aggregation: "aggregation"
    case .gate: "gate"
    case .receipt: "receipt"
    }
  }
}

extension Stage: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .evidence(let evidence):
      writer.beginObject()
      writer.member("signals", evidence.signals)
      writer.member("dropped", evidence.dropped)
      writer.member("novelty", rounded(evidence.novelty))
      writer.endObject()
    case .opinion(let opinion): writer.value(opinion)
    case .aggregation(let decision):
      writer.beginObject()
      writer.member("verdict", decision.verdict.rawValue)
      writer.member("score", decision.weighing.score)
      writer.member("uncertainty", decision.weighing.uncertainty)
      writer.member("escalations", decision.ruling.escalations)
      writer.endObject()
    case .gate(let decision):
      writer.beginObject()
      writer.member("open", decision.gate.open)
      writer.member("tier", decision.gate.tier?.rawValue)
      writer.member("requires", decision.gate.requires?.rawValue)
      writer.endObject()
    case .receipt(let receipt): writer.value(receipt)
    }
  }
}

extension DeliberationWatch {
  /// Itself, where it wants to hear of stages.
  var listener: (any DeliberationWatch)? { wantsStages ? self : nil }

  /// Tells an opinion as it will stand in the answer. Who was not asked has none.
  func tell(_ opinion: Opinion, of seat: Int, under constitution: Constitution) {
    guard opinion.abstention != .notAsked else { return }
    reached(.opinion(SealedOpinions.seal(opinion, seat: seat, under: constitution)))
  }
}

extension DecidedCase {
  /// Tells the stages of a decision that was made before.
  package func retell(to listener: any DeliberationWatch) {
    retellFindings(to: listener)
    tellVerdict(to: listener)
  }

  /// Tells how a decision that was made before was prepared.
  func retellFindings(to listener: any DeliberationWatch) {
    listener.reached(.evidence(evidence))
    for opinion in decision.opinions.bySeat where opinion.abstention != .notAsked {
      listener.reached(.opinion(opinion))
    }
  }

  /// Tells what it came to: only once it is on record, for before that nobody may go by it.
  func tellVerdict(to listener: any DeliberationWatch) {
    listener.reached(.aggregation(decision))
    listener.reached(.gate(decision))
  }
}

/// A watch that tells the stages of one deliberation, beside the watch that there is anyway.
package final class StageTeller: DeliberationWatch {
  private let other: (any DeliberationWatch)?
  private let told: @Sendable (Stage) -> Void

  /// `told` hears of the stages in their order, from whatever thread reaches them; so it must not wait.
  package init(beside other: (any DeliberationWatch)?, _ told: @escaping @Sendable (Stage) -> Void) {
    self.other = other
    self.told = told
  }

  package var wantsStages: Bool { true }
  package func reached(_ stage: Stage) { told(stage) }

  package var wantsDetail: Bool { other?.wantsDetail ?? false }
  package var carrier: TraceCarrier? { other?.carrier }
  package func now() -> UInt64 { other?.now() ?? 0 }
  package func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    other?.passed(part, from: begin, to: end)
  }
  package func concluded(_ answered: Answered) { other?.concluded(answered) }
}
