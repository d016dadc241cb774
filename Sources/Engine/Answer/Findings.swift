// What a decision was made of, as far as it costs something to find out: the evidence, and what every seat answered. With
// it another instance rules for itself, under its own weights, and never takes over a verdict that somebody else made.
import Crypto
import JSON

package struct Findings: Sendable {
  package let evidence: Evidence
  /// In the order of the seats.
  package let answers: [Opinion]

  /// Those of a decision; nil where deciding again could give others.
  package init?(_ decided: DecidedCase) {
    guard decided.isSettled, decided.evidence.dropped == 0 else { return nil }
    evidence = decided.evidence
    answers = decided.decision.opinions.bySeat
  }
}

extension Findings: JSONWritable {
  static let format = 1

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("format", Self.format)
    writer.member("novelty", evidence.novelty)
    writer.member("signals", evidence.signals)
    writer.member("answers", answers)
    writer.endObject()
  }
}

extension Findings: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var novelty: Double?
    var signals: [Signal] = []
    var answers: [Opinion]?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "format": if try reader.integer() != Self.format { reader.refuse("must be \(Self.format)") }
      case "novelty": novelty = try reader.double(in: 0...1)
      case "signals": signals = try reader.list(maximumCount: Evidence.limit)
      case "answers": answers = try reader.list()
      default: reader.refuseUnknown(key, known: [])
      }
    }
    evidence = Evidence(signals, novelty: novelty ?? reader.missing("novelty", of: object, instead: 1))
    self.answers = answers ?? reader.missing("answers", of: object, instead: [])
  }
}

extension Council {
  /// Decides a case from findings that were made of it before; nil where they are not of this council.
  package func decide(
    _ matter: Case, from findings: Findings, weights: Weights, seats: SeatWeights, precedents: [ConsultedPrecedent],
    asked: [String]?, watch: (any DeliberationWatch)? = nil
  ) -> DecidedCase? {
    guard findings.answers.map(\.critic) == constitution.critics.map(\.critic),
      !findings.answers.contains(where: { $0.abstention?.isFailure == true })
    else { return nil }
    let examination = Examination(
      matter: matter, evidence: findings.evidence, precedents: precedents, constitution: constitution)
    return conclude(examination, findings.answers, weights, seats, asked, watch)
  }
}
