// `witan decide FILE|-`: one case through the council, without a server and without a ledger, so without a permit.
import Config
import Critics
import Engine
import Evidence
import JSON

private let policies = Option<FilePath>(
  "policies", value: "DIR", "The folder that holds constitution.yaml; ./policies if it does, else the built-in one.")
private let asJSON = Flag("json", "Print the answer as JSON.")

let decideCommand = Command(
  "decide", "Decides one case here and now: no server, no ledger.",
  discussion:
    "The case is JSON as it would be posted. The answer is what the council would say; nothing is recorded, so there is "
    + "no receipt and no permit.",
  options: [policies.declaration, asJSON.declaration],
  operands: [Operand("FILE", "The case; - for standard input.")]
) { invocation in
  let constitution = try invocation[policies].map { try Policies.load($0.text) } ?? Policies.loadOrBuiltIn("./policies")
  let file = invocation.operands[0]
  let bytes = try InputFile.bytes(file)
  let request: DeliberationRequest
  do throws(JSONRefusal) {
    request = try JSONReader.decode(from: bytes)
  } catch {
    writeText("\(file == "-" ? "standard input" : file): \(error)\n", to: 2)
    return .foundWrong
  }
  let council = Council(
    constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer())
  let errors = council.faults(inAsked: request.options.critics ?? [])
  if !errors.isEmpty {
    writeText("\(errors)\n", to: 2)
    return .foundWrong
  }
  let decided = council.decide(
    request.matter, weights: Weights(of: constitution), asked: request.options.critics)
  if invocation[asJSON] {
    var writer = JSONWriter(capacity: decided.answer.bytes.count + 2)
    decided.answer.writeCore(to: &writer)
    writeText(writer.string + "\n", to: 1)
  } else {
    writeText(words(decided.decision), to: 1)
  }
  return .fine
}

/// A decision for people.
private func words(_ decision: Decision) -> String {
  let verdict = Terminal.painted(decision.verdict.rawValue, decision.verdict.colour, on: 1)
  var lines = ["\(verdict): \(decision.reason.text)"]
  switch decision.gate.requires {
  case .acknowledgment: lines.append("The gate opens when a human acknowledges the risk.")
  case .determination: lines.append("The gate opens only when a human decides.")
  case nil where decision.gate.open: lines.append("The gate is open.")
  case nil where decision.verdict <= .allowWithConstraints:
    lines.append("The gate stays shut: not the whole council was heard.")
  case nil: lines.append("Nothing opens the gate.")
  }
  lines.append("score \(decision.weighing.score), uncertainty \(decision.weighing.uncertainty)")
  for opinion in decision.opinions.bySeat where !opinion.concerns.isEmpty {
    lines.append("")
    lines.append("\(opinion.critic)  severity \(opinion.severity), confidence \(opinion.confidence)")
    for concern in opinion.concerns {
      lines.append("  \(concern.clause)  \(concern.severity)  \(concern.rationale)")
    }
  }
  func list(_ title: String, _ items: [String]) {
    if items.isEmpty { return }
    lines.append("")
    lines.append(title)
    lines += items.map { "  - \($0)" }
  }
  list(
    "Abstained",
    decision.opinions.bySeat.compactMap { each in each.abstention.map { "\(each.critic): \($0.reason)" } })
  list("Constraints", decision.constraints.map(\.text))
  list("What would lower the uncertainty", decision.wouldHelp)
  list("Notes", decision.matter.facts.notes)
  return lines.joined(separator: "\n") + "\n"
}

extension Verdict {
  fileprivate var colour: Colour {
    switch self {
    case .allow: .green
    case .allowWithConstraints: .yellow
    case .escalate: .bold
    case .deny: .red
    }
  }
}
