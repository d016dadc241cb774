// HTML as it is written: text is escaped, and only what this program says itself is markup.
import JSON

struct HTMLText {
  private(set) var html = ""

  /// Markup, as it is.
  mutating func raw(_ markup: String) { html += markup }

  /// Text, escaped.
  mutating func text(_ text: String) {
    for character in text.unicodeScalars {
      switch character {
      case "&": html += "&amp;"
      case "<": html += "&lt;"
      case ">": html += "&gt;"
      case "\"": html += "&quot;"
      case "'": html += "&#39;"
      default: html.unicodeScalars.append(character)
      }
    }
  }

  mutating func code(_ text: String) {
    raw("<code>")
    self.text(text)
    raw("</code>")
  }

  /// Text in which what stands between backquotes is code.
  mutating func marked(_ text: String) {
    for (place, part) in text.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if place % 2 == 0 { self.text(String(part)) } else { code(String(part)) }
    }
  }

  /// JSON, set out over lines.
  mutating func example(_ json: String) {
    raw("<pre>")
    if let value = try? JSONValue(parsing: json) {
      if let text = value.string { self.text(text) } else { set(value, depth: 0) }
    } else {
      text(json)
    }
    raw("</pre>\n")
  }

  private mutating func set(_ value: JSONValue, depth: Int) {
    let indent = String(repeating: "  ", count: depth + 1)
    if let object = value.object, object.count > 0 {
      raw("{\n")
      for (place, member) in object.members.enumerated() {
        text(indent + "\(JSONValue.string(member.name)): ")
        set(member.value, depth: depth + 1)
        raw(place + 1 < object.count ? ",\n" : "\n")
      }
      raw(String(repeating: "  ", count: depth) + "}")
    } else if let array = value.array, array.contains(where: { $0.object != nil }) {
      raw("[\n")
      for (place, element) in array.enumerated() {
        raw(indent)
        set(element, depth: depth + 1)
        raw(place + 1 < array.count ? ",\n" : "\n")
      }
      raw(String(repeating: "  ", count: depth) + "]")
    } else {
      text("\(value)")
    }
  }

  /// What a schema asks for, in a few words; a named one is linked.
  mutating func shape(_ schema: Schema) {
    switch schema {
    case .named(let name, _): raw("<a href=\"#shape-\(name)\">\(name)</a>")
    case .nullable(let inner):
      shape(inner)
      kind(" or null")
    case .list(let element, _):
      kind("list of ")
      shape(element)
    case .map(let element, _, _):
      kind("by name: ")
      shape(element)
    case .either(let schemas):
      for (place, each) in schemas.enumerated() {
        if place > 0 { kind(" or ") }
        shape(each)
      }
    case .object(let rule):
      kind(rule.members.isEmpty ? "object" : "object with ")
      for (place, member) in rule.members.enumerated() {
        if place > 0 { raw(", ") }
        code(member.name)
      }
    case .word(let words): kind(words.joined(separator: " · "))
    case .text(let rule): kind(rule.form?.pattern ?? rule.format ?? "text")
    case .integer(let range): kind("integer" + Self.bounds(range.lowerBound, range.upperBound, .min, .max))
    case .number(let range): kind("number" + Self.bounds(range.lowerBound, range.upperBound, -1e299, 1e299))
    case .boolean: kind("true or false")
    case .any: kind("any JSON")
    }
  }

  private mutating func kind(_ text: String) {
    raw("<span class=\"kind\">")
    self.text(text)
    raw("</span>")
  }

  private static func bounds<Bound: Comparable>(_ low: Bound, _ high: Bound, _ least: Bound, _ most: Bound) -> String {
    switch (low > least, high < most) {
    case (true, true): " \(low) … \(high)"
    case (true, false): " from \(low)"
    case (false, true): " up to \(high)"
    case (false, false): ""
    }
  }
}
