// What `witan config check` prints: every setting, its value (no secret), where it came from, and what is wrong.
import JSON

package struct CheckReport: Sendable, JSONWritable {
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

  /// For programs: `{"settings": [{"name", "value", "source", "reloadable"}], "faults": [{"place", "setting", "message"}]}`.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("settings")
    writer.beginArray()
    for row in rows {
      writer.beginObject()
      writer.member("name", row.name)
      writer.member("value", row.value)
      writer.member("source", row.source)
      writer.member("reloadable", row.isReloadable)
      writer.endObject()
    }
    writer.endArray()
    writer.key("faults")
    writer.beginArray()
    for finding in findings {
      writer.beginObject()
      writer.member("place", finding.source.description)
      if let setting = finding.setting { writer.member("setting", setting) }
      writer.member("message", finding.message)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
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
