// The text of `--help`, made from the declarations.
import Glibc

extension Command {
  /// One line: `witan token create --role ROLE… --subject S [--ttl DURATION]`.
  package func usage(path: [String]) -> String {
    var words = path
    if run == nil { words.append("COMMAND") }
    words += options.map { option in
      let mention = "--\(option.name)" + (option.valueName.map { " \($0)" } ?? "") + (option.isRepeated ? "…" : "")
      return option.isRequired ? mention : "[\(mention)]"
    }
    words += operands.map { operand in
      switch operand.count {
      case .one: operand.name
      case .optional: "[\(operand.name)]"
      case .any: "[\(operand.name)…]"
      }
    }
    return words.joined(separator: " ")
  }

  package func help(path: [String]) -> String {
    var text = "\(summary)\n\nusage: \(usage(path: path))\n"
    if !discussion.isEmpty { text += "\n\(discussion)\n" }
    text += table("commands", commands.map { ($0.name, $0.summary) })
    text += table("operands", operands.map { ($0.name, $0.summary) })
    text += table("options", options.map { ("--\($0.name)" + ($0.valueName.map { " \($0)" } ?? ""), $0.summary) })
    if run == nil { text += "\n`\(path.joined(separator: " ")) COMMAND --help` tells more.\n" }
    return text
  }

  /// Two columns under a title; a name too long for its column has the line to itself.
  private func table(_ title: String, _ rows: [(name: String, text: String)]) -> String {
    guard !rows.isEmpty else { return "" }
    let width = min(rows.map(\.name.count).max() ?? 0, 28)
    var text = "\n\(title):\n"
    for row in rows {
      var lines = wrapped(row.text, width: 100 - width - 4)[...]
      let first = row.name.count <= width ? lines.popFirst() ?? "" : nil
      text += "  " + row.name
      if let first { text += String(repeating: " ", count: width - row.name.count + 2) + first }
      text += "\n"
      for line in lines { text += String(repeating: " ", count: width + 4) + line + "\n" }
    }
    return text
  }
}

/// Lines of at most `width` characters, broken at spaces.
func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty, line.count + 1 + word.count > width {
      lines.append(line)
      line = ""
    }
    line += (line.isEmpty ? "" : " ") + word
  }
  if !line.isEmpty { lines.append(line) }
  return lines
}

/// Writes all of `text` to a file descriptor; a reader that has gone away ends the attempt.
package func writeText(_ text: String, to descriptor: Int32) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written < 0 {
      if errno == EINTR { continue }
      return
    }
    rest = rest.dropFirst(written)
  }
}
