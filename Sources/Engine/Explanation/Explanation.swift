// Why a case was decided as it was, in plain words: one telling for the administrator, with figures, and one for the person
// concerned, without. At most four principal reasons, the weightiest first.
import JSON

package struct Explanation: Sendable, Hashable {
  package enum View: String, Sendable, Hashable, CaseIterable { case administrator, subject }

  package struct PrincipalReason: Sendable, Hashable {
    package let critic: String?
    package let clause: String?
    /// The clause's title, where the constitution has one.
    package let title: String?
    package let text: String
    /// The same for the person concerned.
    package let plainText: String
  }

  /// What one critic added to the score.
  package struct Contribution: Sendable, Hashable {
    package let critic: String
    package let weight: Double
    package let confidence: Double
    package let severity: Double
    package let adjusted: Double
    /// Its share of the score, 0…1.
    package let share: Double
  }

  package static let mostReasons = 4

  package let verdict: Verdict
  package let gate: Gate
  package let score: Double
  package let uncertainty: Double
  package let weightsVersion: Int
  package let constitution: String
  package let reasons: [PrincipalReason]
  package let contributions: [Contribution]
  package let constraints: [String]
  package let wouldHelp: [String]
  package let counterfactuals: [Counterfactual]
  package let appealChannel: String?
  package let accountable: Accountable?

  package init(_ decision: Decision, counterfactuals: [Counterfactual] = []) {
    verdict = decision.verdict
    gate = decision.gate
    score = decision.weighing.score
    uncertainty = decision.weighing.uncertainty
    weightsVersion = decision.weights.version
    constitution = decision.constitution.version
    reasons = Explanation.principalReasons(decision)
    contributions = Explanation.contributions(decision)
    constraints = decision.constraints.map(\.text)
    wouldHelp = decision.wouldHelp
    self.counterfactuals = counterfactuals
    appealChannel = decision.matter.facts.appealChannel
    accountable = decision.matter.facts.accountable
  }

  /// The grounds of the verdict in their order, then what else was found, the gravest first; each clause once.
  private static func principalReasons(_ decision: Decision) -> [PrincipalReason] {
    let wording = decision.wording
    var found = decision.ruling.grounds.map { ground in
      let reason = wording.reason(for: ground)
      return (reason, wording.plainReason(for: ground) ?? PlainWords.telling(reason.text))
    }
    let concerns = decision.opinions.bySeat.flatMap { opinion in opinion.concerns.map { (opinion.critic, $0) } }
    for (critic, concern) in concerns.enumerated().sorted(by: {
      ($1.element.1.severity, $0.offset) < ($0.element.1.severity, $1.offset)
    }).map(\.element) {
      let reason = Reason(critic: critic, clause: concern.clause, text: concern.rationale)
      found.append((reason, PlainWords.telling(reason.text)))
    }
    var reasons: [PrincipalReason] = []
    for (reason, plainText) in found where reasons.count < mostReasons {
      let isKnown = reasons.contains {
        $0.text == reason.text || ($0.clause != nil && $0.clause == reason.clause && $0.critic == reason.critic)
      }
      if isKnown { continue }
      reasons.append(
        PrincipalReason(
          critic: reason.critic, clause: reason.clause,
          title: reason.clause.flatMap { decision.constitution.clause($0)?.title }, text: reason.text,
          plainText: plainText))
    }
    return reasons
  }

  private static func contributions(_ decision: Decision) -> [Contribution] {
    let parts = decision.opinions.bySeat.enumerated().filter { $0.element.abstention == nil }
    func part(_ seat: Int, _ opinion: Opinion) -> Double {
      decision.weights.governed[seat] * opinion.confidence * decision.weighing.adjusted[seat]
    }
    let total = parts.reduce(0) { $0 + part($1.offset, $1.element) }
    return parts.map { seat, opinion in
      Contribution(
        critic: opinion.critic, weight: decision.weights.governed[seat], confidence: opinion.confidence,
        severity: opinion.severity, adjusted: decision.weighing.adjusted[seat],
        share: total > 0 ? rounded(part(seat, opinion) / total) : 0)
    }.enumerated().sorted { ($1.element.share, $0.offset) < ($0.element.share, $1.offset) }.map(\.element)
  }

  /// What happens now, in a sentence.
  var outcome: String {
    switch (verdict, gate.open, gate.requires) {
    case (.allow, true, _): "The action may go ahead."
    case (.allowWithConstraints, true, _): "The action may go ahead under conditions."
    case (_, false, .acknowledgment?):
      "The action waits until a person acknowledges its risk and takes responsibility for it."
    case (.deny, false, .determination?): "The action is refused, unless a person decides otherwise."
    case (_, false, .determination?): "The action waits for the decision of a person."
    case (.deny, _, _): "The action is refused."
    default: "The action may not go ahead on this: not the whole council was heard."
    }
  }
}

extension Explanation: JSONWritable {
  package func write(to writer: inout JSONWriter) { write(to: &writer, for: .administrator) }

  /// For the person concerned without figures and names that only the council knows, and with whom to turn to.
  package func write(to writer: inout JSONWriter, for view: View) {
    let isWhole = view == .administrator
    writer.beginObject()
    writer.member("verdict", verdict.rawValue)
    writer.member("outcome", outcome)
    writer.key("reasons")
    writer.beginArray()
    for reason in reasons where isWhole || verdict != .allow {
      writer.beginObject()
      if isWhole {
        writer.member("critic", reason.critic)
        writer.member("clause", reason.clause)
      }
      writer.member("title", reason.title)
      writer.member("text", isWhole ? reason.text : reason.plainText)
      writer.endObject()
    }
    writer.endArray()
    if isWhole { writeFigures(to: &writer) }
    writer.member("constraints", constraints)
    if isWhole {
      writer.member("would_help", wouldHelp)
      writer.member("counterfactuals", counterfactuals)
      writer.member("constitution", constitution)
      writer.member("weights_version", weightsVersion)
    } else {
      writer.key("counterfactuals")
      writer.beginArray()
      for each in counterfactuals {
        writer.beginObject()
        writer.member("text", each.plainSentence)
        writer.endObject()
      }
      writer.endArray()
      writer.member("accountable", accountable.map(Explanation.words))
      writer.member("appeal_channel", appealChannel)
    }
    writer.endObject()
  }

  private func writeFigures(to writer: inout JSONWriter) {
    writer.member("score", score)
    writer.member("uncertainty", uncertainty)
    writer.key("contributions")
    writer.beginArray()
    for each in contributions {
      writer.beginObject()
      writer.member("critic", each.critic)
      writer.member("weight", each.weight)
      writer.member("confidence", each.confidence)
      writer.member("severity", each.severity)
      writer.member("adjusted", each.adjusted)
      writer.member("share", each.share)
      writer.endObject()
    }
    writer.endArray()
  }

  /// By name and role.
  static func words(_ accountable: Accountable) -> String {
    [accountable.name, accountable.role].compactMap { $0 }.joined(separator: ", ")
  }
}
