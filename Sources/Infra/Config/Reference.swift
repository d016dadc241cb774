// The reference of all settings, made from their declarations: as a page of Markdown, or as a `witan.yaml` that gives
// every setting its default.

extension Schema {
  package var markdownReference: String {
    var text = ""
    for section in sections {
      text += "\n## \(section.title)\n\n\(section.summary)\n\n"
      text += "| setting | type | default | range | reload | meaning |\n|---|---|---|---|---|---|\n"
      for setting in section.settings {
        let cells = [
          "`\(setting.name)`", bare(setting.typeName), "`\(setting.builtIn.written)`", setting.constraintText ?? "",
          setting.isReloadable ? "yes" : "restart", meaning(of: setting),
        ]
        text += "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
      }
    }
    return String(text.dropFirst())
  }

  package var yamlReference: String {
    var writer = ReferenceWriter(schema: self)
    writer.write(settings, depth: 0)
    return writer.text.hasPrefix("\n") ? String(writer.text.dropFirst()) : writer.text
  }

  fileprivate func meaning(of setting: any DeclaredSetting) -> String {
    var text = setting.summary
    if let unit = setting.unit { text += " Counted in \(unit)." }
    text += " Variable `\(variable(for: setting.name))`"
    for alias in setting.aliases { text += " or `\(alias.variable)`" }
    if let flag = setting.flag { text += ", flag `--\(flag)`" }
    if setting.isSecret {
      let forms = SecretForm.names(of: setting.name).map { "`\($0)`" }.joined(separator: " or ")
      text += "; a secret, also from \(forms)"
    }
    return text + "."
  }

  fileprivate func bare(_ type: String) -> String {
    for article in ["a ", "an "] where type.hasPrefix(article) { return String(type.dropFirst(article.count)) }
    return type
  }
}

/// Writes settings as nested mappings. A mapping is opened once only, so settings of one prefix stand together.
private struct ReferenceWriter {
  let schema: Schema
  var text = ""

  init(schema: Schema) { self.schema = schema }

  mutating func write(_ settings: [any DeclaredSetting], depth: Int) {
    let margin = String(repeating: "  ", count: depth)
    var order: [Substring] = []
    var deeper: [Substring: [any DeclaredSetting]] = [:]
    for setting in settings {
      let words = setting.name.split(separator: ".")
      if words.count == depth + 1 {
        write(setting, as: words[depth], margin)
      } else {
        if deeper[words[depth]] == nil { order.append(words[depth]) }
        deeper[words[depth], default: []].append(setting)
      }
    }
    for word in order {
      text += "\n\(margin)\(word):\n"
      write(deeper[word] ?? [], depth: depth + 1)
    }
  }

  private mutating func write(_ setting: any DeclaredSetting, as word: Substring, _ margin: String) {
    var comment = schema.meaning(of: setting) + " " + schema.bare(setting.typeName).capitalizedFirst
    if let range = setting.constraintText { comment += ", \(range)" }
    comment += setting.isReloadable ? "; reloadable." : "."
    for line in wrapped(comment, width: 110 - margin.count) { text += "\(margin)# \(line)\n" }
    text += "\(margin)\(word): \(setting.builtIn.written)\n"
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
