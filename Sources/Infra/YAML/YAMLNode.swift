// The tree that a YAML document is read into. Every node and every key remembers where it stood, so that whoever reads
// meaning into the tree can name the line and column of what it refuses.

/// A place in a document; both numbers count from 1, columns in characters.
package struct YAMLPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let line: Int
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (left: YAMLPosition, right: YAMLPosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }

  package var description: String { "line \(line), column \(column)" }
}

/// One node of a document: a scalar, a sequence or a mapping, in the order written.
///
/// ```swift
/// let root = try YAMLNode.parse(bytes)
/// for entry in root.entries ?? [] { print(entry.key, entry.keyPosition, entry.value.scalar ?? .null) }
/// let name = root["critics"]?.items?.first?["name"]?.string
/// ```
package struct YAMLNode: Hashable, Sendable {
  /// How a scalar was written. Only a plain one can be anything else than a string.
  package enum Style: Hashable, Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  /// One `key: value` of a mapping. Keys are scalars and are always read as text.
  package struct Entry: Hashable, Sendable {
    package let key: String
    package let keyPosition: YAMLPosition
    package let value: YAMLNode

    package init(key: String, keyPosition: YAMLPosition, value: YAMLNode) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  package enum Content: Hashable, Sendable {
    /// `text` as written (after escapes and folding), `value` as the core schema reads it.
    case scalar(YAMLScalar, text: String, style: Style)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  package let content: Content
  package let position: YAMLPosition

  package init(_ content: Content, at position: YAMLPosition) {
    self.content = content
    self.position = position
  }
}

// What a reader asks of a node; nil means that the node is of another kind.
extension YAMLNode {
  /// The scalar's value under the core schema, or nil for a sequence or a mapping.
  package var scalar: YAMLScalar? {
    if case .scalar(let value, _, _) = content { value } else { nil }
  }

  /// The scalar's text as written, whatever its type: `1.10` stays `1.10`.
  package var text: String? {
    if case .scalar(_, let text, _) = content { text } else { nil }
  }

  package var style: Style? {
    if case .scalar(_, _, let style) = content { style } else { nil }
  }

  package var items: [YAMLNode]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  package var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  package var isNull: Bool { scalar == .null }

  package var string: String? {
    if case .string(let value) = scalar { value } else { nil }
  }

  package var boolean: Bool? {
    if case .boolean(let value) = scalar { value } else { nil }
  }

  package var integer: Int? {
    if case .integer(let value) = scalar { value } else { nil }
  }

  /// A number, whether written with a fraction or without.
  package var number: Double? {
    switch scalar {
    case .float(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// The value under `key`, or nil where this is no mapping or has no such key.
  package subscript(key: String) -> YAMLNode? {
    entries?.first { $0.key == key }?.value
  }

  /// What this node is, for messages: "a mapping", "a string", …
  package var kind: String {
    switch content {
    case .mapping: "a mapping"
    case .sequence: "a sequence"
    case .scalar(let value, _, _): value.kind
    }
  }
}
