// JSON as a tree, for documents whose shape is not known beforehand.

/// Any JSON value.
///
/// Numbers keep what was written: integers are integers over the whole of Int64 and UInt64, everything else is a double.
/// Two numbers are equal if they are the same number, however they are held (`1` and `1.0`).
package enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// Only for integers above `Int.max`.
  case unsigned(UInt64)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// Reads a whole text.
  package init(parsing bytes: RawSpan, limits: JSONLimits = .standard) throws(JSONError) {
    do throws(JSONRefusal) {
      self = try JSONReader.decode(JSONValue.self, from: bytes, limits: limits)
    } catch {
      switch error {
      case .malformed(let error): throw error
      case .fields: preconditionFailure("a value of any type is never a wrong field")
      }
    }
  }

  package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
    try self.init(parsing: bytes.span.bytes, limits: limits)
  }

  package init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
    try self.init(parsing: [UInt8](text.utf8), limits: limits)
  }

  package init(_ number: JSONNumber) {
    switch number {
    case .integer(let value): self = .integer(value)
    case .unsigned(let value): self = .unsigned(value)
    case .double(let value): self = .double(value)
    }
  }

  package var kind: JSONKind {
    switch self {
    case .null: .null
    case .boolean: .boolean
    case .integer, .unsigned, .double: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  package var isNull: Bool { kind == .null }

  package var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  package var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  package var number: JSONNumber? {
    switch self {
    case .integer(let value): .integer(value)
    case .unsigned(let value): .unsigned(value)
    case .double(let value): .double(value)
    default: nil
    }
  }

  /// The number, if it is an integer (`3`, `3.0`) that fits.
  package var integer: Int? { number?.integer }

  /// The number, as the nearest double.
  package var double: Double? { number?.double }

  /// The member of that name, if this is an object that has it.
  package subscript(name: String) -> JSONValue? { object?[name] }

  /// The element of that index, if this is an array that has it.
  package subscript(index: Int) -> JSONValue? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }

  /// The value at the pointer (RFC 6901 section 4), if there is one.
  package subscript(pointer: JSONPointer) -> JSONValue? {
    var value = self
    for token in pointer.tokens {
      switch value {
      case .object(let object):
        guard let member = object[token] else { return nil }
        value = member
      case .array(let array):
        // An index has no sign and no leading zeros.
        guard let index = Int(token), String(index) == token, array.indices.contains(index) else { return nil }
        value = array[index]
      default: return nil
      }
    }
    return value
  }
}

extension JSONValue: Hashable {
  package static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.boolean(let left), .boolean(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.unsigned(let left), .unsigned(let right)): left == right
    case (.double(let left), .double(let right)): left == right
    case (.integer(let integer), .double(let double)), (.double(let double), .integer(let integer)):
      Int(exactly: double) == integer
    case (.unsigned(let integer), .double(let double)), (.double(let double), .unsigned(let integer)):
      UInt64(exactly: double) == integer
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .boolean(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(Double(value))
    case .unsigned(let value): hasher.combine(Double(value))
    case .double(let value): hasher.combine(value)
    case .string(let value): hasher.combine(value)
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

extension JSONValue: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    switch try reader.peek() {
    case .null:
      try reader.skip()
      self = .null
    case .boolean: self = .boolean(try reader.boolean())
    case .number: self = JSONValue(try reader.number())
    case .string: self = .string(try reader.string())
    case .array: self = .array(try reader.list(of: JSONValue.self))
    case .object: self = .object(try JSONObject(from: &reader))
    }
  }
}

extension JSONValue: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .boolean(let value): writer.boolean(value)
    case .integer(let value): writer.integer(value)
    case .unsigned(let value): writer.unsigned(value)
    case .double(let value): writer.double(value)
    case .string(let value): writer.string(value)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let object): object.write(to: &writer)
    }
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON.
  package var description: String {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.string
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .double(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, JSONValue)...) { self = .object(JSONObject(members)) }
}
