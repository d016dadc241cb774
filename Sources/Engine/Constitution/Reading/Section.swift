// One mapping of a document while it is being read: values are asked for by key and held to their type and range, and
// what was never asked for is unknown. Nothing is thrown; faults are noted and reading goes on with a harmless value.
import JSON
import YAML

struct Section {
  let name: String
  let position: YAMLPosition
  let entries: [YAMLNode.Entry]
  let complaints: Complaints
  private var known: [String] = []

  /// nil, with a complaint, where the node is no mapping.
  init?(_ node: YAMLNode, _ name: String, _ complaints: Complaints) {
    guard let entries = node.entries else {
      complaints.note("\(name) must be a mapping, but is \(node.kind)", at: node.position)
      return nil
    }
    self.name = name
    self.position = node.position
    self.entries = entries
    self.complaints = complaints
  }

  /// The value under a key, which is a known one from here on.
  mutating func optional(_ key: String) -> YAMLNode? {
    known.append(key)
    return entries.first { $0.key == key }?.value
  }

  mutating func required(_ key: String) -> YAMLNode? {
    if let node = optional(key) { return node }
    complaints.note("\(name) lacks \"\(key)\"", at: position)
    return nil
  }

  mutating func text(_ key: String) -> String {
    required(key).flatMap { text($0, key) } ?? ""
  }

  mutating func text(_ key: String, default value: String) -> String {
    optional(key).flatMap { text($0, key) } ?? value
  }

  func text(_ node: YAMLNode, _ key: String) -> String? {
    if let text = node.string, !text.isEmpty { return text }
    complaints.note("\(name).\(key) must be a text, but is \(node.kind)", at: node.position)
    return nil
  }

  mutating func number(_ key: String, in range: ClosedRange<Double>, default value: Double? = nil) -> Double {
    guard let node = value == nil ? required(key) : optional(key) else { return value ?? range.lowerBound }
    guard let number = node.number else {
      complaints.note("\(name).\(key) must be a number, but is \(node.kind)", at: node.position)
      return value ?? range.lowerBound
    }
    guard range.contains(number) else {
      let bounds = "\(plain(range.lowerBound)) … \(plain(range.upperBound))"
      complaints.note("\(name).\(key) must lie in \(bounds), but is \(plain(number))", at: node.position)
      return value ?? range.lowerBound
    }
    return number
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>, default value: Int? = nil) -> Int {
    guard let node = value == nil ? required(key) : optional(key) else { return value ?? range.lowerBound }
    guard let integer = node.integer else {
      complaints.note("\(name).\(key) must be a whole number, but is \(node.kind)", at: node.position)
      return value ?? range.lowerBound
    }
    guard range.contains(integer) else {
      complaints.note(
        "\(name).\(key) must lie in \(range.lowerBound) … \(range.upperBound), but is \(integer)", at: node.position)
      return value ?? range.lowerBound
    }
    return integer
  }

  mutating func flag(_ key: String, default value: Bool? = nil) -> Bool {
    guard let node = value == nil ? required(key) : optional(key) else { return value ?? false }
    if let flag = node.boolean { return flag }
    complaints.note("\(name).\(key) must be true or false, but is \(node.kind)", at: node.position)
    return value ?? false
  }

  mutating func texts(_ key: String, required isRequired: Bool = true) -> [String] {
    guard let node = isRequired ? required(key) : optional(key) else { return [] }
    return texts(node, key)
  }

  func texts(_ node: YAMLNode, _ key: String) -> [String] {
    guard let items = node.items else {
      complaints.note("\(name).\(key) must be a list, but is \(node.kind)", at: node.position)
      return []
    }
    return items.compactMap { item in text(item, "\(key)[]") }
  }

  /// A sub-section, with what is read from it; unknown keys within are complained of.
  mutating func section<Value>(_ key: String, _ read: (inout Section) -> Value) -> Value? {
    required(key).flatMap { Section.read($0, name.isEmpty ? key : "\(name).\(key)", complaints, read) }
  }

  mutating func optionalSection<Value>(_ key: String, _ read: (inout Section) -> Value) -> Value? {
    optional(key).flatMap { Section.read($0, name.isEmpty ? key : "\(name).\(key)", complaints, read) }
  }

  static func read<Value>(
    _ node: YAMLNode, _ name: String, _ complaints: Complaints, _ read: (inout Section) -> Value
  ) -> Value? {
    guard var section = Section(node, name, complaints) else { return nil }
    let value = read(&section)
    section.finish()
    return value
  }

  /// Complains of every key that nobody asked for.
  func finish() {
    for entry in entries where !known.contains(entry.key) {
      let place = name.isEmpty ? "" : " in \(name)"
      complaints.note(
        "unknown key \"\(entry.key)\"\(place)\(Section.hint(entry.key, among: known))", at: entry.keyPosition)
    }
  }

  static func hint(_ name: String, among known: some Sequence<String>) -> String {
    NearestName.suggestion(for: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  private func plain(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e9 ? String(Int(number)) : String(number)
  }
}
