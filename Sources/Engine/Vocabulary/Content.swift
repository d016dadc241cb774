// What `input` and `output` hold: plain text, or any other JSON, kept in canonical form with its texts beside it.
import JSON

package enum Content: Sendable, Hashable {
  case text(String)
  case structure(Structure)

  /// JSON that is no plain text.
  package struct Structure: Sendable, Hashable {
    /// RFC 8785.
    package let canonical: String
    /// Its strings, and its long numbers, by their pointers within it, in canonical order.
    package let leaves: [Leaf]
  }

  /// A text within a structure.
  package struct Leaf: Sendable, Hashable {
    package let pointer: String
    package let text: String
  }

  func addTexts(at pointer: String, from source: TextField.Source, to texts: inout [TextField]) {
    switch self {
    case .text(let text): texts.append(TextField(pointer: pointer, source: source, text: text))
    case .structure(let structure):
      for leaf in structure.leaves {
        texts.append(TextField(pointer: pointer + leaf.pointer, source: source, text: leaf.text))
      }
    }
  }
}

extension Content.Structure {
  /// The structure of a JSON value; fails on a number that no canonical form can carry.
  package init(_ value: JSONValue) throws(JSONCanonical.Failure) {
    var writer = JSONWriter()
    try JSONCanonical.write(value, to: &writer)
    canonical = writer.string
    var leaves: [Content.Leaf] = []
    Content.Structure.collect(value, at: .root, into: &leaves)
    self.leaves = leaves
  }

  /// Numbers from this size on may be identifiers, and are read as text too.
  private static let longNumber = 10_000_000

  private static func collect(_ value: JSONValue, at pointer: JSONPointer, into leaves: inout [Content.Leaf]) {
    switch value {
    case .string(let text): leaves.append(Content.Leaf(pointer: pointer.description, text: text))
    case .integer(let integer):
      if integer.magnitude >= longNumber {
        leaves.append(Content.Leaf(pointer: pointer.description, text: String(integer)))
      }
    case .unsigned(let integer): leaves.append(Content.Leaf(pointer: pointer.description, text: String(integer)))
    case .array(let elements):
      for (index, element) in elements.enumerated() { collect(element, at: pointer.appending(index), into: &leaves) }
    case .object(let object):
      for member in object.members.sorted(by: { JSONCanonical.precedes($0.name, $1.name) }) {
        collect(member.value, at: pointer.appending(member.name), into: &leaves)
      }
    case .null, .boolean, .double: break
    }
  }
}

extension Content: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .text(let text): writer.string(text)
    case .structure(let structure): writer.raw(structure.canonical.utf8Span.span.bytes)
    }
  }
}
