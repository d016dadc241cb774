// What a setting can hold: how a type is read from a word (a flag, an environment variable) or a YAML node, and how it
// is written back. A type of a part's own joins by conforming.
import JSON
import YAML

/// Why a value was refused. `position` is set where the fault lies inside a larger YAML value. The message of a secret
/// type never repeats what it was given.
package struct SettingProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  package let position: YAMLPosition?

  package init(_ message: String, at position: YAMLPosition? = nil) {
    self.message = message
    self.position = position
  }

  package var description: String { message }
}

package protocol SettingValue: Sendable, Equatable {
  /// With its article and, where it helps, an example: "a duration such as 30s or 5m".
  static var typeName: String { get }
  /// Values of a secret type are never shown, and may come from a file or a command.
  static var isSecret: Bool { get }
  /// Whether null, or no text at all, is a value.
  static var allowsNull: Bool { get }
  /// The words that are values, where a value is one of few words.
  static var choices: [String] { get }

  static func read(text: String) throws(SettingProblem) -> Self
  static func read(node: YAMLNode) throws(SettingProblem) -> Self

  /// As it would be written in `witan.yaml`; a secret writes a placeholder.
  var written: String { get }
}

extension SettingValue {
  package static var isSecret: Bool { false }
  package static var allowsNull: Bool { false }
  package static var choices: [String] { [] }

  /// Types that are written as words are read from YAML strings.
  package static func read(node: YAMLNode) throws(SettingProblem) -> Self {
    guard let text = node.string else { throw .wrongKind(node, wanted: Self.self) }
    return try read(text: text)
  }
}

extension SettingProblem {
  package static func wrongKind<Value: SettingValue>(_ node: YAMLNode, wanted: Value.Type) -> SettingProblem {
    let found: String
    if Value.isSecret {
      found = node.kind
    } else if let text = node.text, !node.isNull {
      found = "\(node.kind), \(quoted(text)),"
    } else {
      found = node.kind
    }
    let advice = node.string != nil && node.style != .plain ? "; leave out the quotes" : ""
    return SettingProblem("\(found) where \(Value.typeName) is expected\(advice)", at: node.position)
  }

  package static func notOne<Value: SettingValue>(_ text: String, of: Value.Type) -> SettingProblem {
    SettingProblem(Value.isSecret ? "not \(Value.typeName)" : "\(quoted(text)) is not \(Value.typeName)")
  }
}

/// Text as a message shows it: in quotes, without control characters, and no longer than it need be.
package func quoted(_ text: String) -> String {
  let visible = text.unicodeScalars.prefix(60).map { $0.properties.isWhitespace || $0.value < 32 ? " " : $0 }
  return "\"" + String(String.UnicodeScalarView(visible)) + (text.unicodeScalars.count > 60 ? "…" : "") + "\""
}

extension Bool: SettingValue {
  package static var typeName: String { "true or false" }

  package static func read(text: String) throws(SettingProblem) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default: throw .notOne(text, of: Self.self)
    }
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> Bool {
    guard let value = node.boolean else { throw .wrongKind(node, wanted: Self.self) }
    return value
  }

  package var written: String { self ? "true" : "false" }
}

extension Int: SettingValue {
  package static var typeName: String { "an integer" }

  package static func read(text: String) throws(SettingProblem) -> Int {
    guard case .integer(let value) = YAMLScalar.resolve(plain: text) else { throw .notOne(text, of: Self.self) }
    try refuseLeadingZero(text)
    return value
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> Int {
    guard let value = node.integer else { throw .wrongKind(node, wanted: Self.self) }
    do { try refuseLeadingZero(node.text ?? "") } catch { throw SettingProblem(error.message, at: node.position) }
    return value
  }

  /// `0600` is six hundred to YAML 1.2 and three hundred eighty-four to whoever writes a file's mode.
  private static func refuseLeadingZero(_ text: String) throws(SettingProblem) {
    let digits = text.drop { $0 == "+" || $0 == "-" }
    if digits.count > 1, digits.first == "0", digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
      throw SettingProblem("\(quoted(text)) begins with a zero: write a decimal number without it, or 0o for octal")
    }
  }

  package var written: String { String(self) }
}

extension Double: SettingValue {
  package static var typeName: String { "a number" }

  package static func read(text: String) throws(SettingProblem) -> Double {
    guard case .some(let scalar) = YAMLScalar.resolve(plain: text) else { throw .notOne(text, of: Self.self) }
    switch scalar {
    case .integer(let value): return Double(value)
    case .float(let value) where value.isFinite: return value
    default: throw .notOne(text, of: Self.self)
    }
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> Double {
    guard let value = node.number, value.isFinite else { throw .wrongKind(node, wanted: Self.self) }
    return value
  }

  package var written: String {
    self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(self)
  }
}

extension String: SettingValue {
  package static var typeName: String { "text" }

  package static func read(text: String) throws(SettingProblem) -> String { text }

  package static func read(node: YAMLNode) throws(SettingProblem) -> String {
    guard let value = node.string else {
      throw SettingProblem(
        "\(node.kind) where text is expected; put it in quotes if it is meant as text", at: node.position)
    }
    return value
  }

  package var written: String { yamlText(self) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  package static var typeName: String { Wrapped.typeName }
  package static var isSecret: Bool { Wrapped.isSecret }
  package static var allowsNull: Bool { true }

  package static func read(text: String) throws(SettingProblem) -> Wrapped? { try Wrapped.read(text: text) }

  package static func read(node: YAMLNode) throws(SettingProblem) -> Wrapped? {
    node.isNull ? nil : try Wrapped.read(node: node)
  }

  package var written: String { self?.written ?? "null" }
}

extension Array: SettingValue where Element: SettingValue {
  package static var typeName: String { "a list, each item \(Element.typeName)" }
  package static var isSecret: Bool { Element.isSecret }

  /// Words set apart by commas, or a YAML list in brackets.
  package static func read(text: String) throws(SettingProblem) -> [Element] {
    if text.hasPrefix("[") { return try read(node: flow(text)) }
    var items: [Element] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      items.append(try Element.read(text: trimmed(word)))
    }
    return items
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> [Element] {
    guard let nodes = node.items else { throw .wrongKind(node, wanted: Self.self) }
    var items: [Element] = []
    for item in nodes {
      do throws(SettingProblem) {
        items.append(try Element.read(node: item))
      } catch {
        throw SettingProblem("item \(items.count + 1): \(error.message)", at: error.position ?? item.position)
      }
    }
    return items
  }

  package var written: String { "[" + map(\.written).joined(separator: ", ") + "]" }
}

extension Dictionary: SettingValue where Key == String, Value: SettingValue {
  package static var typeName: String { "a mapping, each value \(Value.typeName)" }
  package static var isSecret: Bool { Value.isSecret }

  /// A YAML mapping in braces, or `name=value` set apart by commas.
  package static func read(text: String) throws(SettingProblem) -> [String: Value] {
    if text.hasPrefix("{") { return try read(node: flow(text)) }
    var values: [String: Value] = [:]
    for word in text.split(separator: ",") {
      guard let equals = word.firstIndex(of: "=") else { throw .notOne(text, of: Self.self) }
      let name = trimmed(word[..<equals])
      let value = try Value.read(text: trimmed(word[word.index(after: equals)...]))
      guard values.updateValue(value, forKey: name) == nil else {
        throw SettingProblem("\(quoted(name)) is given twice")
      }
    }
    return values
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> [String: Value] {
    guard let entries = node.entries else { throw .wrongKind(node, wanted: Self.self) }
    var values: [String: Value] = [:]
    for entry in entries {
      do throws(SettingProblem) {
        values[entry.key] = try Value.read(node: entry.value)
      } catch {
        throw SettingProblem("\(entry.key): \(error.message)", at: error.position ?? entry.value.position)
      }
    }
    return values
  }

  package var written: String {
    "{" + sorted { $0.key < $1.key }.map { "\(yamlText($0)): \($1.written)" }.joined(separator: ", ") + "}"
  }
}

/// An enumeration of words: `enum LogFormat: String, CaseIterable, SettingChoice { case json, text }`.
package protocol SettingChoice: SettingValue, RawRepresentable, CaseIterable where RawValue == String {}

extension SettingChoice {
  package static var typeName: String { "one of " + choices.joined(separator: ", ") }
  package static var choices: [String] { allCases.map(\.rawValue) }

  package static func read(text: String) throws(SettingProblem) -> Self {
    guard let value = Self(rawValue: text) else {
      let meant =
        NearestName.suggestion(for: text, among: allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
      throw SettingProblem(SettingProblem.notOne(text, of: Self.self).message + meant)
    }
    return value
  }

  /// A choice may look like a number, such as a version.
  package static func read(node: YAMLNode) throws(SettingProblem) -> Self {
    guard let text = node.string ?? (node.number == nil ? nil : node.text) else {
      throw .wrongKind(node, wanted: Self.self)
    }
    return try read(text: text)
  }

  package var written: String { rawValue }
}

private func trimmed(_ word: Substring) -> String {
  let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
  let head = word.drop(while: isSpace)
  return String(head.reversed().drop(while: isSpace).reversed())
}

/// A value written in YAML's flow style inside one word; its places mean nothing to the reader and are dropped.
private func flow(_ text: String) throws(SettingProblem) -> YAMLNode {
  do throws(YAMLError) {
    return try YAMLNode.parse(text)
  } catch {
    throw SettingProblem("not YAML: \(error.message)")
  }
}

/// Text as a YAML scalar: plain where that reads back as the same string, else in double quotes.
package func yamlText(_ text: String) -> String {
  let plain = text.utf8.allSatisfy { byte in
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "._-/+=".utf8.contains(byte)
  }
  if plain, !text.hasPrefix("-"), !text.hasPrefix("="), YAMLScalar.resolve(plain: text) == .string(text) { return text }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\t": quoted += "\\t"
    case _ where scalar.value < 32 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value):
      let hex = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
