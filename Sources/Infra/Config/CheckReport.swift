// What `witan config check` prints: every setting, its value (no secret), where it came from, and what is wrong.

package struct CheckReport: Sendable {
  package struct Row: Sendable, Hashable {
    package let name: String
    /// "(refused)" where a layer gave a value that cannot be.
    package let value: String
    package let source: String
    package let isReloadable: Bool
  }

  package let rows: [Row]
  package let findings: [Finding]

  package init(_ resolution: Resolution, schema: Schema) {
    rows = schema.settings.map { setting in
      let entry = resolution.configuration.entries[setting.name]
      let isRefused = resolution.refused.contains(setting.name)
      return Row(
        name: setting.name, value: isRefused ? "(refused)" : entry?.value.written ?? setting.builtIn.written,
        source: isRefused ? "" : resolution.configuration.source(of: setting.name).description,
        isReloadable: setting.isReloadable)
    }
    findings = resolution.findings
  }

  /// For people: a table, then the faults, a line each.
  package var text: String {
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let valueWidth = min(rows.map(\.value.count).max() ?? 0, 40)
    var text = ""
    for row in rows {
      text += padded(row.name, nameWidth) + "  "
      text += row.source.isEmpty ? row.value : padded(row.value, valueWidth) + "  " + row.source
      text += "\n"
    }
    if !findings.isEmpty { text += "\n" }
    for finding in findings { text += "\(finding)\n" }
    return text + (findings.isEmpty ? "" : "\(findings.count) \(findings.count == 1 ? "fault" : "faults")\n")
  }
}

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
