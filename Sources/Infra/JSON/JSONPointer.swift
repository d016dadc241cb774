// JSON Pointer (RFC 6901): the name of one place in a JSON document.

/// A pointer such as `/context/features_used/0`; the empty one names the whole document.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
  /// The pointer as RFC 6901 section 3 writes it.
  package private(set) var description: String

  /// The whole document.
  package static let root = JSONPointer(unchecked: "")

  private init(unchecked text: String) { description = text }

  /// Reads a pointer; nil if `text` is not one: it must be empty or begin with `/`, and `~` is followed by `0` or `1`.
  package init?(_ text: String) {
    guard text.isEmpty || text.utf8.first == UInt8(ascii: "/") else { return nil }
    var afterTilde = false
    for byte in text.utf8 {
      if afterTilde, byte != UInt8(ascii: "0"), byte != UInt8(ascii: "1") { return nil }
      afterTilde = byte == UInt8(ascii: "~")
    }
    guard !afterTilde else { return nil }
    description = text
  }

  package init(_ tokens: String...) {
    description = ""
    for token in tokens { append(token) }
  }

  /// Steps into the member of that name.
  package mutating func append(_ name: String) {
    description.append("/")
    for scalar in name.unicodeScalars {
      switch scalar {
      case "~": description.append("~0")
      case "/": description.append("~1")
      default: description.unicodeScalars.append(scalar)
      }
    }
  }

  /// Steps into the element of that index.
  package mutating func append(_ index: Int) { description.append("/\(index)") }

  package func appending(_ name: String) -> JSONPointer {
    var longer = self
    longer.append(name)
    return longer
  }

  package func appending(_ index: Int) -> JSONPointer {
    var longer = self
    longer.append(index)
    return longer
  }

  /// The pointer that leads on from here.
  package func appending(_ rest: JSONPointer) -> JSONPointer { JSONPointer(unchecked: description + rest.description) }

  /// The names and indexes on the way, unescaped.
  package var tokens: [String] {
    description.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { token in
      guard token.utf8.contains(UInt8(ascii: "~")) else { return String(token) }
      var unescaped = ""
      var afterTilde = false
      for scalar in token.unicodeScalars {
        if afterTilde {
          unescaped.append(scalar == "1" ? "/" : "~")
          afterTilde = false
        } else if scalar == "~" {
          afterTilde = true
        } else {
          unescaped.unicodeScalars.append(scalar)
        }
      }
      return unescaped
    }
  }
}

extension JSONPointer: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) {
    guard let pointer = JSONPointer(text) else { preconditionFailure("not a JSON Pointer: \(text)") }
    self = pointer
  }
}
