// Random documents, with Foundation as the oracle: what one writes the other reads, and both understand the same.
import Foundation
import JSON
import TestSupport
import Testing

private struct DocumentGenerator {
  var generator: SeededGenerator
  /// Foundation keeps integers and doubles apart only below 2^53, and −0 not at all.
  var isInteroperable = true

  mutating func value(depth: Int = 0) -> JSONValue {
    switch Int.random(in: depth > 4 ? 2...7 : 0...7, using: &generator) {
    case 0:
      return .array((0..<Int.random(in: 0...6, using: &generator)).map { _ in value(depth: depth + 1) })
    case 1:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0...(depth == 0 ? 30 : 5), using: &generator) {
        object[string()] = value(depth: depth + 1)
      }
      return .object(object)
    case 2: return .null
    case 3: return .boolean(Bool.random(using: &generator))
    case 4:
      let integer = Int(truncatingIfNeeded: generator.next() >> UInt64.random(in: 0...63, using: &generator))
      return .integer(isInteroperable ? integer % (1 << 53) : integer)
    case 5: return .double(double())
    default: return .string(string())
    }
  }

  mutating func double() -> Double {
    while true {
      let value =
        Bool.random(using: &generator)
        ? Double(bitPattern: generator.next()) : Double(Int.random(in: -999_999...999_999, using: &generator)) / 1000
      if value.isFinite, value != 0 { return value }
    }
  }

  mutating func string() -> String {
    let kind = Int.random(in: 0...3, using: &generator)
    let scalars = (0..<Int.random(in: 0...(kind == 0 ? 100 : 12), using: &generator)).compactMap { _ in
      let range: ClosedRange<UInt32> =
        switch kind {
        case 0: 0x20...0x7E
        case 1: 0...0x7F
        case 2: 0x80...0x2FFF
        default: 0...0x10FFFF
        }
      return Unicode.Scalar(UInt32.random(in: range, using: &generator))
    }
    return String(String.UnicodeScalarView(scalars))
  }
}

/// A document as Foundation's coders see it. (`JSONSerialization` reads doubles by way of `Decimal`, and not exactly.)
private enum FoundationValue: Codable {
  case null
  case boolean(Bool)
  case integer(Int)
  case double(Double)
  case string(String)
  case array([FoundationValue])
  case object([String: FoundationValue])

  init(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .unsigned(let value): self = .double(Double(value))
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .array(let elements): self = .array(elements.map { FoundationValue($0) })
    case .object(let object):
      self = .object(Dictionary(uniqueKeysWithValues: object.members.map { ($0.name, FoundationValue($0.value)) }))
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([FoundationValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: FoundationValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  func isSame(as value: JSONValue) -> Bool {
    switch (self, value) {
    case (.null, .null): return true
    case (.boolean(let left), .boolean(let right)): return left == right
    case (.integer(let left), .integer(let right)): return left == right
    // Foundation takes any decimal for an integer that is one, even where no double is.
    case (.integer(let left), _): return value.double == Double(left)
    case (.double(let left), _): return value.double == left
    case (.string(let left), .string(let right)): return left.unicodeScalars.elementsEqual(right.unicodeScalars)
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.object(let left), .object(let right)):
      return left.count == right.count
        && right.members.allSatisfy { member in left[member.name]?.isSame(as: member.value) ?? false }
    default: return false
    }
  }
}

/// `String` takes names for the same that differ in their scalars; a dictionary cannot hold both.
private func hasTwinNames(_ value: JSONValue) -> Bool {
  switch value {
  case .array(let elements): elements.contains(where: hasTwinNames)
  case .object(let object):
    Set(object.names).count != object.count || object.members.contains { hasTwinNames($0.value) }
  default: false
  }
}

@Suite struct FoundationTests {
  @Test(arguments: 0..<40 as Range<UInt64>)
  func `what is written here Foundation reads as the same, and the other way round`(seed: UInt64) throws {
    var documents = DocumentGenerator(generator: SeededGenerator(seed: seed))
    for _ in 0..<25 {
      let value = documents.value()
      guard !hasTwinNames(value) else { continue }
      let read = try JSONDecoder().decode(FoundationValue.self, from: Data(value.jsonBytes))
      #expect(read.isSame(as: value), "seed \(seed): \(value)")

      let encoder = JSONEncoder()
      encoder.outputFormatting = .prettyPrinted
      let back = try JSONValue(parsing: [UInt8](try encoder.encode(FoundationValue(value))))
      #expect(read.isSame(as: back), "seed \(seed): \(value)")
    }
  }

  @Test(arguments: 100..<140 as Range<UInt64>)
  func `any value survives writing and reading, and its canonical form is a fixed point`(seed: UInt64) throws {
    var documents = DocumentGenerator(generator: SeededGenerator(seed: seed), isInteroperable: false)
    for _ in 0..<25 {
      let value = documents.value()
      let bytes = value.jsonBytes
      #expect(try JSONValue(parsing: bytes) == value, "seed \(seed)")
      #expect(try JSONValue(parsing: bytes).hashValue == value.hashValue, "seed \(seed)")
      let exact = try JSONCanonical.bytes(of: value, integers: .exact)
      #expect(try JSONCanonical.bytes(from: bytes, integers: .exact) == exact, "seed \(seed)")
      #expect(try JSONCanonical.bytes(from: exact, integers: .exact) == exact, "seed \(seed)")
      #expect(try JSONValue(parsing: exact) == value, "seed \(seed)")
      let canonical = try? JSONCanonical.bytes(of: value)
      #expect((try? JSONCanonical.bytes(from: bytes)) == canonical, "seed \(seed)")
      if let canonical { #expect(try JSONCanonical.bytes(from: canonical) == canonical, "seed \(seed)") }
    }
  }
}
