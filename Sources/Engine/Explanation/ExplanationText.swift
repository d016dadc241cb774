// The explanation as Markdown, for a person to read.

extension Explanation {
  package func markdown(for view: View) -> String {
    switch view {
    case .administrator: administratorText
    case .subject: subjectText
    }
  }

  private var administratorText: String {
    var lines = ["# \(verdict.rawValue)", "", outcome, ""]
    lines += [
      "Score \(figure(score)), uncertainty \(figure(uncertainty)), weights version \(weightsVersion), "
        + "constitution `\(constitution)`.", "",
    ]
    if !reasons.isEmpty {
      lines += ["## Principal reasons", ""]
      for (index, reason) in reasons.enumerated() {
        let clause = reason.clause.map { [$0, reason.title].compactMap { $0 }.joined(separator: " ") }
        let source = [reason.critic, clause].compactMap { $0 }.joined(separator: ", ")
        lines.append("\(index + 1). \(source.isEmpty ? "" : "**\(source)**: ")\(reason.text)")
      }
      lines.append("")
    }
    if contributions.contains(where: { $0.share > 0 }) {
      lines += [
        "## What weighed", "", "| critic | severity | adjusted | confidence | weight | share |",
        "|---|---|---|---|---|---|",
      ]
      for each in contributions where each.share > 0 {
        lines.append(
          "| \(each.critic) | \(figure(each.severity)) | \(figure(each.adjusted)) | \(figure(each.confidence)) "
            + "| \(figure(each.weight)) | \(figure(each.share * 100)) % |")
      }
      lines.append("")
    }
    lines += list("Constraints", constraints)
    lines += list("What would be decided otherwise", counterfactuals.map(\.sentence))
    lines += list("What would lower the uncertainty", wouldHelp)
    return lines.joined(separator: "\n")
  }

  private var subjectText: String {
    var lines = [outcome, ""]
    if !reasons.isEmpty && verdict != .allow {
      lines += ["The main reasons:", ""]
      for (index, reason) in reasons.enumerated() { lines.append("\(index + 1). \(reason.plainText)") }
      lines.append("")
    }
    lines += list("Conditions", constraints)
    lines += list("What would change this", counterfactuals.map(\.plainSentence))
    if let accountable { lines += ["Answerable for this: \(Explanation.words(accountable)).", ""] }
    if let appealChannel { lines += ["You can contest this decision: \(appealChannel)", ""] }
    return lines.joined(separator: "\n")
  }

  private func list(_ title: String, _ items: [String]) -> [String] {
    items.isEmpty ? [] : ["## \(title)", ""] + items.map { "- \($0)" } + [""]
  }
}
