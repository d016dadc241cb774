// The part of an answer that is a pure function of the decision, in bytes: what a replay must reproduce, what the cache
// keeps, and what an answer is made of by adding identifiers, review, permit and receipt around it.
import JSON

/// The replayable core of an answer: the members `verdict` to `weights_version`, without the braces around them.
package struct DecidedAnswer: Sendable, Hashable {
  package let bytes: [UInt8]
  package let verdict: Verdict
  package let gateIsOpen: Bool
  /// Where the review goes in: just before the brace that closes the gate.
  private let gateEnd: Int

  package init(_ decision: borrowing Decision) {
    var writer = JSONWriter(capacity: 2048)
    writer.member("verdict", decision.verdict.rawValue)
    writer.member("score", decision.weighing.score)
    writer.key("gate")
    writer.beginObject()
    writer.member("open", decision.gate.open)
    writer.member("tier", decision.gate.tier?.rawValue)
    writer.member("requires", decision.gate.requires?.rawValue)
    gateEnd = writer.count
    writer.endObject()
    decision.writeReasons(to: &writer)
    decision.writeOpinions(to: &writer)
    decision.writeFindings(to: &writer)
    writer.member("constitution", decision.constitution.version)
    writer.member("weights_version", decision.weights.version)
    bytes = writer.array
    verdict = decision.verdict
    gateIsOpen = decision.gate.open
  }

  /// The core that a record holds, as it was given; nil if it is none.
  package init?(recorded core: [UInt8]) {
    guard let members = try? JSONValue(parsing: core),
      let verdict = members["verdict"]?.string.flatMap(Verdict.init(rawValue:)),
      let gateIsOpen = members["gate"]?["open"]?.boolean,
      // The gate is the first object in an answer, and holds none.
      let gateEnd = core.dropFirst().firstIndex(of: UInt8(ascii: "}"))
    else { return nil }
    bytes = Array(core[1..<(core.count - 1)])
    self.verdict = verdict
    self.gateIsOpen = gateIsOpen
    self.gateEnd = gateEnd - 1
  }

  /// As one JSON object: what records keep and replays compare.
  package func writeCore(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.raw(bytes.span.bytes)
    writer.endObject()
  }

  /// Writes the members into an object that is open, with the review's path in the gate.
  package func writeMembers(review: String?, to writer: inout JSONWriter) {
    let whole = bytes.span.bytes
    writer.raw(whole.extracting(first: gateEnd))
    writer.member("review", review)
    writer.endObject()
    // What follows begins behind the brace that closes the gate and a comma, which the writer puts in again.
    writer.raw(whole.extracting(droppingFirst: gateEnd + 2))
  }
}

extension Decision {
  fileprivate func writeReasons(to writer: inout JSONWriter) {
    writer.key("reason")
    writer.beginObject()
    writer.member("critic", reason.critic)
    writer.member("clause", reason.clause)
    writer.member("text", reason.text)
    writer.endObject()

    writer.key("uncertainty")
    writer.beginObject()
    writer.member("overall", weighing.uncertainty)
    writer.member("epistemic", weighing.epistemic)
    writer.member("aleatoric", weighing.aleatoric)
    writer.member("precedent", weighing.precedent)
    writer.key("parts")
    writer.beginObject()
    writer.member("missing_facts", ignorance.missing.map(\.rawValue))
    writer.member("abstentions", ignorance.abstentions)
    writer.member("novelty", rounded(ignorance.novelty))
    writer.member("bound", weighing.uncertaintyBound)
    writer.member("score_bound", weighing.scoreBound)
    writer.endObject()
    writer.member("would_help", wouldHelp)
    writer.endObject()
  }

  fileprivate func writeOpinions(to writer: inout JSONWriter) {
    writer.key("opinions")
    writer.beginArray()
    let (opinions, governed, adjusted) = (opinions.bySeat.span, weights.governed.span, weighing.adjusted.span)
    for seat in opinions.indices where opinions[seat].abstention == nil {
      writer.beginObject()
      writer.member("critic", opinions[seat].critic)
      writer.member("severity", opinions[seat].severity)
      writer.member("confidence", opinions[seat].confidence)
      writer.member("weight", governed[seat])
      writer.member("adjusted", adjusted[seat])
      writer.member("concerns", opinions[seat].concerns)
      writer.endObject()
    }
    writer.endArray()
    writer.key("abstentions")
    writer.beginArray()
    for seat in opinions.indices {
      guard let abstention = opinions[seat].abstention else { continue }
      writer.beginObject()
      writer.member("critic", opinions[seat].critic)
      writer.member("code", abstention.code)
      writer.member("reason", abstention.reason)
      if !opinions[seat].concerns.isEmpty { writer.member("concerns", opinions[seat].concerns) }
      writer.endObject()
    }
    writer.endArray()
  }

  fileprivate func writeFindings(to writer: inout JSONWriter) {
    writer.key("dissent")
    writer.beginArray()
    for each in dissent {
      writer.beginObject()
      writer.member("critic", each.critic)
      each.concern.writeMembers(to: &writer)
      writer.endObject()
    }
    writer.endArray()
    writer.member("escalations", ruling.escalations)
    writer.key("constraints")
    writer.beginArray()
    for each in constraints {
      writer.beginObject()
      writer.member("critic", each.critic)
      writer.member("clause", each.clause)
      writer.member("text", each.text)
      writer.endObject()
    }
    writer.endArray()
    writer.member("precedents", precedents)
    writer.member("notes", notes)
  }

  /// What the poster should hear about the case itself.
  package var notes: [String] {
    var notes = matter.facts.notes
    var left: [String] = []
    var hurried: [String] = []
    for seat in opinions.bySeat.indices {
      switch opinions.bySeat[seat].abstention {
      case .notAsked: left.append(opinions.bySeat[seat].critic)
      case .hurried: hurried.append(opinions.bySeat[seat].critic)
      default: break
      }
    }
    if !left.isEmpty {
      notes.append(
        "Not asked: \(left.joined(separator: ", ")). The gate stays shut, and there is neither permit nor review.")
    }
    if !hurried.isEmpty {
      notes.append(
        "Not given their time: \(hurried.joined(separator: ", ")). The gate stays shut, and there is neither permit nor review."
      )
    }
    if case .uncertain(byOwnWeights: true) = ruling.grounds.first {
      notes.append("Uncertainty is also measured under the constitution's own weights; the stricter result counts.")
    }
    return notes
  }
}
