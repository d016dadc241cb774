// A decision with everything that follows from it without asking anyone: the bytes of the answer's core, what the ledger
// writes of it, and the record from which it can be decided again. This is what the cache holds.
import JSON

package final class DecidedCase: Sendable {
  package let decision: Decision
  package let evidence: Evidence
  package let answer: DecidedAnswer
  package let entry: DeliberationBody
  /// The weights as governed, for the record.
  package let governed: Weights
  package let asked: [String]?
  /// What came from outside, or failed to come.
  package let recorded: [Opinion]

  init(
    decision: Decision, evidence: Evidence, governed: Weights, asked: [String]?, recorded: [Opinion],
    answer: DecidedAnswer? = nil
  ) {
    self.answer = answer ?? DecidedAnswer(decision)
    entry = DeliberationBody(decision)
    self.decision = decision
    self.evidence = evidence
    self.governed = governed
    self.asked = asked
    self.recorded = recorded
  }

  /// The same case with the answer that was given then: what was said stays said, also where this program would say otherwise.
  package func answered(by recorded: DecidedAnswer) -> DecidedCase {
    DecidedCase(
      decision: decision, evidence: evidence, governed: governed, asked: asked, recorded: self.recorded,
      answer: recorded)
  }

  /// Whether deciding again later would give the same: nobody failed, was late or was cut off.
  package var isSettled: Bool { !recorded.contains { $0.abstention?.isFailure == true } }

  /// Whether critics were still being heard when whoever asked went away. That is no decision: it is neither recorded nor
  /// answered, or a caller could get rid of a critic by hanging up. To be asked by the task that decided it: a critic who only
  /// says that it was cancelled abstained.
  package var isCutShort: Bool { Task.isCancelled && recorded.contains { $0.abstention == .cancelled } }

  /// Whether a critic had less time to answer than its seat gives it, because whoever asked had no more.
  package var isHurried: Bool {
    recorded.contains { opinion in
      if case .hurried = opinion.abstention { true } else { false }
    }
  }

  /// Whether the whole council was asked, each critic with the time that its seat gives it. Only then may a permit be given or a
  /// review be opened: by naming a critic's absence or a moment's patience nobody gets what the critic might deny.
  package var isByWholeCouncil: Bool { !decision.opinions.bySeat.contains(where: \.wasKeptOut) }

  /// Roughly how many bytes it holds in memory.
  package var footprint: Int {
    let all = decision.opinions.bySeat
    var opinions = 0
    for seat in all.indices { opinions += 256 + 512 * all[seat].concerns.count }
    return 1024 + 3 * decision.matter.canonical.count + 2 * answer.bytes.count + opinions + 96 * evidence.signals.count
  }

  /// The payload of the ledger's entry.
  package func writeRecord(to writer: inout JSONWriter) {
    DecisionRecord(
      matter: decision.matter, constitution: decision.constitution.version, weights: governed,
      precedents: decision.precedents, asked: asked, recorded: recorded, answer: []
    ).write(to: &writer) { answer.writeCore(to: &$0) }
  }
}

extension Council {
  /// Decides a record again under its own constitution, which must be this council's.
  package func replay(_ record: DecisionRecord) -> Replay {
    let again = decide(
      record.matter, weights: record.weights, precedents: record.precedents, asked: record.asked,
      recorded: record.recorded)
    var core = JSONWriter(capacity: again.answer.bytes.count + 2)
    again.answer.writeCore(to: &core)
    return Replay(recorded: record.answer, decided: core.array)
  }
}
