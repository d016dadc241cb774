// How a plain scalar becomes a value: YAML 1.2.2 section 10.3.2, the core schema, and nothing from YAML 1.1. So `no`,
// `on` and `12:30:00` are strings, and `010` is ten.

/// A scalar's value.
package enum YAMLScalar: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)

  /// For messages: "a string", "an integer", …
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .float: "a number"
    case .string: "a string"
    }
  }

  /// The value of a plain scalar, or nil for a number that no 64-bit integer or finite double can hold.
  package static func resolve(plain text: String) -> YAMLScalar? {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: break
    }
    let bytes = Array(text.utf8)
    switch shape(bytes) {
    case .text: return .string(text)
    case .integer(let radix, let skipped):
      return Int(String(decoding: bytes.dropFirst(skipped), as: UTF8.self), radix: radix).map { .integer($0) }
    case .float:
      guard let value = Double(text), value.isFinite else { return nil }
      return .float(value)
    }
  }

  private enum Shape { case text, float, integer(radix: Int, skipped: Int) }

  /// Which of the schema's regular expressions matches.
  private static func shape(_ bytes: [UInt8]) -> Shape {
    if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
      let digits = bytes.dropFirst(2)
      if bytes[1] == UInt8(ascii: "x"), digits.allSatisfy(isHexDigit) { return .integer(radix: 16, skipped: 2) }
      if bytes[1] == UInt8(ascii: "o"), digits.allSatisfy({ (0x30...0x37).contains($0) }) {
        return .integer(radix: 8, skipped: 2)
      }
    }
    var index = 0
    func digits() -> Int {
      let start = index
      while index < bytes.count, isDigit(bytes[index]) { index += 1 }
      return index - start
    }
    func sign() {
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
    }
    sign()
    let whole = digits()
    if whole > 0, index == bytes.count { return .integer(radix: 10, skipped: 0) }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      if digits() == 0, whole == 0 { return .text }
    } else if whole == 0 {
      return .text
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      sign()
      if digits() == 0 { return .text }
    }
    return index == bytes.count ? .float : .text
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
