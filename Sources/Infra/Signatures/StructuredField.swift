// Structured field values (RFC 8941): what they are made of, and their one serialization. Reading is in
// `StructuredFieldParser`.
import Crypto

package enum BareItem: Sendable, Hashable {
  /// At most fifteen digits.
  case integer(Int64)
  /// In thousandths: there are at most three digits behind the point.
  case decimal(Int64)
  /// Visible ASCII and spaces.
  case string(String)
  case token(String)
  case bytes([UInt8])
  case boolean(Bool)

  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }

  package var serialized: String {
    switch self {
    case .integer(let value): return String(value)
    case .decimal(let thousandths):
      let fraction = String(1000 + abs(thousandths % 1000)).dropFirst()
      let digits = fraction.reversed().drop { $0 == "0" }.reversed()
      let sign = thousandths < 0 ? "-" : ""
      return "\(sign)\(abs(thousandths / 1000)).\(digits.isEmpty ? "0" : String(digits))"
    case .string(let text):
      return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    case .token(let text): return text
    case .bytes(let bytes): return ":\(Base64.encode(bytes)):"
    case .boolean(let value): return value ? "?1" : "?0"
    }
  }
}

/// Parameters in their order. Of two of the same name the later one holds, in the place of the first.
package struct FieldParameters: Sendable, Hashable {
  package private(set) var members: [Member] = []

  package struct Member: Sendable, Hashable {
    package let name: String
    package var value: BareItem
  }

  package init() {}

  package subscript(name: String) -> BareItem? {
    get { members.first { $0.name == name }?.value }
    set {
      guard let newValue else { return members.removeAll { $0.name == name } }
      if let place = members.firstIndex(where: { $0.name == name }) {
        members[place].value = newValue
      } else {
        members.append(Member(name: name, value: newValue))
      }
    }
  }

  package var isEmpty: Bool { members.isEmpty }

  package var serialized: String {
    members.map { $0.value == .boolean(true) ? ";\($0.name)" : ";\($0.name)=\($0.value.serialized)" }.joined()
  }
}

package struct FieldItem: Sendable, Hashable {
  package let value: BareItem
  package var parameters: FieldParameters

  package init(_ value: BareItem, _ parameters: FieldParameters = FieldParameters()) {
    self.value = value
    self.parameters = parameters
  }

  package var serialized: String { value.serialized + parameters.serialized }
}

package struct InnerList: Sendable, Hashable {
  package var items: [FieldItem]
  package var parameters: FieldParameters

  package init(_ items: [FieldItem], _ parameters: FieldParameters = FieldParameters()) {
    self.items = items
    self.parameters = parameters
  }

  package var serialized: String {
    "(" + items.map(\.serialized).joined(separator: " ") + ")" + parameters.serialized
  }
}

/// A member of a list or of a dictionary.
package enum FieldMember: Sendable, Hashable {
  case item(FieldItem)
  case list(InnerList)

  package var serialized: String {
    switch self {
    case .item(let item): item.serialized
    case .list(let list): list.serialized
    }
  }
}

package struct FieldDictionary: Sendable, Hashable {
  package private(set) var members: [(name: String, value: FieldMember)] = []

  package init() {}

  package static func == (left: FieldDictionary, right: FieldDictionary) -> Bool {
    left.members.elementsEqual(right.members) { $0.name == $1.name && $0.value == $1.value }
  }

  package func hash(into hasher: inout Hasher) {
    for member in members {
      hasher.combine(member.name)
      hasher.combine(member.value)
    }
  }

  package subscript(name: String) -> FieldMember? {
    get { members.first { $0.name == name }?.value }
    set {
      guard let newValue else { return members.removeAll { $0.name == name } }
      if let place = members.firstIndex(where: { $0.name == name }) {
        members[place].value = newValue
      } else {
        members.append((name, newValue))
      }
    }
  }

  package var serialized: String {
    members.map { member in
      switch member.value {
      case .item(let item) where item.value == .boolean(true): member.name + item.parameters.serialized
      default: member.name + "=" + member.value.serialized
      }
    }.joined(separator: ", ")
  }
}
