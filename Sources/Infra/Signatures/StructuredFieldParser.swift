// Reads structured field values as RFC 8941, section 4.2 says, and nothing beside: whatever the algorithm there fails on is
// no value at all.
import Crypto

package struct StructuredFieldError: Error, Sendable, Equatable, CustomStringConvertible {
  package let offset: Int
  package let reason: String
  package var description: String { "at byte \(offset): \(reason)" }
}

package struct StructuredFieldParser {
  /// Members of a list, items of an inner list, parameters of one item.
  package static let mostMembers = 256

  private let bytes: [UInt8]
  private var position = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  package static func dictionary(_ text: String) throws(StructuredFieldError) -> FieldDictionary {
    var parser = StructuredFieldParser(text)
    parser.skip(spaces: true)
    let value = try parser.dictionary()
    try parser.finish()
    return value
  }

  package static func list(_ text: String) throws(StructuredFieldError) -> [FieldMember] {
    var parser = StructuredFieldParser(text)
    parser.skip(spaces: true)
    let value = try parser.list()
    try parser.finish()
    return value
  }

  package static func item(_ text: String) throws(StructuredFieldError) -> FieldItem {
    var parser = StructuredFieldParser(text)
    parser.skip(spaces: true)
    let value = try parser.item()
    try parser.finish()
    return value
  }

  // MARK: Bytes

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func failure(_ reason: String) -> StructuredFieldError {
    StructuredFieldError(offset: position, reason: reason)
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    position += 1
    return true
  }

  /// Spaces; with `spaces` false, tabs too.
  private mutating func skip(spaces only: Bool) {
    while let byte = next, byte == 0x20 || !only && byte == 0x09 { position += 1 }
  }

  private mutating func finish() throws(StructuredFieldError) {
    skip(spaces: true)
    guard next == nil else { throw failure("something follows the value") }
  }

  // MARK: Lists and dictionaries

  /// True where another member follows the comma.
  private mutating func anotherMember(after count: Int) throws(StructuredFieldError) -> Bool {
    skip(spaces: false)
    guard next != nil else { return false }
    guard take(",") else { throw failure("members are set apart by commas") }
    skip(spaces: false)
    guard next != nil else { throw failure("a comma at the end") }
    guard count < Self.mostMembers else { throw failure("more than \(Self.mostMembers) members") }
    return true
  }

  private mutating func list() throws(StructuredFieldError) -> [FieldMember] {
    var members: [FieldMember] = []
    guard next != nil else { return members }
    repeat { members.append(try member()) } while try anotherMember(after: members.count)
    return members
  }

  private mutating func dictionary() throws(StructuredFieldError) -> FieldDictionary {
    var dictionary = FieldDictionary()
    guard next != nil else { return dictionary }
    repeat {
      let name = try key()
      if take("=") {
        dictionary[name] = try member()
      } else {
        dictionary[name] = .item(FieldItem(.boolean(true), try parameters()))
      }
    } while try anotherMember(after: dictionary.members.count)
    return dictionary
  }

  private mutating func member() throws(StructuredFieldError) -> FieldMember {
    next == UInt8(ascii: "(") ? .list(try innerList()) : .item(try item())
  }

  private mutating func innerList() throws(StructuredFieldError) -> InnerList {
    guard take("(") else { throw failure("no inner list") }
    var items: [FieldItem] = []
    while true {
      skip(spaces: true)
      if take(")") { return InnerList(items, try parameters()) }
      guard items.count < Self.mostMembers else { throw failure("more than \(Self.mostMembers) items") }
      items.append(try item())
      guard next == 0x20 || next == UInt8(ascii: ")") else { throw failure("items are set apart by spaces") }
    }
  }

  // MARK: Items

  private mutating func item() throws(StructuredFieldError) -> FieldItem { FieldItem(try bareItem(), try parameters()) }

  private mutating func parameters() throws(StructuredFieldError) -> FieldParameters {
    var parameters = FieldParameters()
    while take(";") {
      skip(spaces: true)
      let name = try key()
      parameters[name] = take("=") ? try bareItem() : .boolean(true)
      guard parameters.members.count <= Self.mostMembers else { throw failure("too many parameters") }
    }
    return parameters
  }

  private mutating func key() throws(StructuredFieldError) -> String {
    guard let first = next, first == UInt8(ascii: "*") || 0x61...0x7a ~= first else {
      throw failure("a key begins with a lower-case letter or *")
    }
    let begin = position
    while let byte = next, 0x61...0x7a ~= byte || 0x30...0x39 ~= byte || "_-.*".utf8.contains(byte) { position += 1 }
    return String(decoding: bytes[begin..<position], as: UTF8.self)
  }

  private mutating func bareItem() throws(StructuredFieldError) -> BareItem {
    guard let first = next else { throw failure("an item is missing") }
    switch first {
    case UInt8(ascii: "-"), 0x30...0x39: return try number()
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: ":"): return try byteSequence()
    case UInt8(ascii: "?"):
      position += 1
      if take("1") { return .boolean(true) }
      if take("0") { return .boolean(false) }
      throw failure("a boolean is ?0 or ?1")
    case UInt8(ascii: "*"), 0x41...0x5a, 0x61...0x7a: return token()
    default: throw failure("no item begins so")
    }
  }

  private mutating func number() throws(StructuredFieldError) -> BareItem {
    let isNegative = take("-")
    var digits: Int64 = 0
    var count = 0
    while let byte = next, 0x30...0x39 ~= byte {
      count += 1
      guard count <= 15 else { throw failure("an integer has at most 15 digits") }
      digits = digits * 10 + Int64(byte - 0x30)
      position += 1
    }
    guard count > 0 else { throw failure("a number without digits") }
    guard take(".") else { return .integer(isNegative ? -digits : digits) }
    guard count <= 12 else { throw failure("a decimal has at most 12 digits before its point") }
    var fraction = 0
    while let byte = next, 0x30...0x39 ~= byte {
      fraction += 1
      guard fraction <= 3 else { throw failure("a decimal has at most 3 digits behind its point") }
      digits = digits * 10 + Int64(byte - 0x30)
      position += 1
    }
    guard fraction > 0 else { throw failure("a decimal ends with a digit") }
    for _ in fraction..<3 { digits *= 10 }
    return .decimal(isNegative ? -digits : digits)
  }

  private mutating func string() throws(StructuredFieldError) -> BareItem {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\\"):
        guard let escaped = next, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
          throw failure("only quotes and backslashes are escaped")
        }
        position += 1
        text.append(escaped)
      case UInt8(ascii: "\""): return .string(String(decoding: text, as: UTF8.self))
      case 0x20...0x7e: text.append(byte)
      default: throw failure("a string holds visible ASCII only")
      }
    }
    throw failure("a string without its end")
  }

  private mutating func token() -> BareItem {
    let begin = position
    while let byte = next, Self.isTokenByte(byte) { position += 1 }
    return .token(String(decoding: bytes[begin..<position], as: UTF8.self))
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "!#$%&'*+-.^_`|~:/".utf8.contains(byte)
    }
  }

  private mutating func byteSequence() throws(StructuredFieldError) -> BareItem {
    position += 1
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ":")) else {
      throw failure("a byte sequence without its end")
    }
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    guard let decoded = Base64.decode(text) else { throw failure("a byte sequence that is no base64") }
    position = end + 1
    return .bytes(decoded)
  }
}
