// Why a text is not the JSON that was asked for. Two kinds, because callers answer them differently: the text breaks
// RFC 8259 (one error, with its place), or it is JSON whose fields are wrong (all of them, as JSON Pointers).

/// The first place where the bytes break RFC 8259 or exceed a limit.
@usableFromInline
package struct JSONError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// The text ends where something must still come.
    case unexpectedEnd
    /// This byte may not stand here.
    case unexpectedByte(UInt8)
    /// Something other than white space follows the value.
    case trailingBytes
    /// A control character, U+0000 to U+001F, stands unescaped in a string.
    case controlCharacter
    case invalidEscape
    /// A `\u` escape names half of a surrogate pair without the other half.
    case loneSurrogate
    case invalidUTF8
    /// A minus sign, fraction or exponent without digits.
    case invalidNumber
    /// A number too large for a double, or an integer of more than 64 bits that no double stands for.
    case numberOutOfRange
    /// An object has two members of the same name.
    case duplicateKey(String)
    case tooDeep(limit: Int)
    case tooLarge(limit: Int)
  }

  package let reason: Reason
  /// The offset of the offending byte, from 0.
  package let offset: Int
  /// The line, from 1; lines end at U+000A.
  package let line: Int
  /// The character in the line, from 1, counted in Unicode scalars.
  package let column: Int

  package init(_ reason: Reason, offset: Int, line: Int, column: Int) {
    self.reason = reason
    self.offset = offset
    self.line = line
    self.column = column
  }

  init(_ reason: Reason, at offset: Int, of bytes: RawSpan) {
    var line = 1
    var column = 1
    for index in 0..<min(offset, bytes.byteCount) {
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {  // not a continuation byte
        column += 1
      }
    }
    self.init(reason, offset: offset, line: line, column: column)
  }
}

extension JSONError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unexpectedEnd: "the text ends too early"
    case .unexpectedByte(let byte):
      (0x21...0x7E).contains(byte)
        ? "unexpected character “\(Character(Unicode.Scalar(byte)))”" : "unexpected byte 0x" + String(byte, radix: 16)
    case .trailingBytes: "something follows the value"
    case .controlCharacter: "unescaped control character in a string"
    case .invalidEscape: "invalid escape sequence in a string"
    case .loneSurrogate: "half of a surrogate pair in a string"
    case .invalidUTF8: "invalid UTF-8"
    case .invalidNumber: "invalid number"
    case .numberOutOfRange: "number that cannot be kept as it is; send it as a string"
    case .duplicateKey(let key): "duplicate key “\(key.unicodeScalars.count > 64 ? key.prefix(64) + "…" : key[...])”"
    case .tooDeep(let limit): "nested more than \(limit) levels deep"
    case .tooLarge(let limit): "more than \(limit) bytes"
    }
  }
}

extension JSONError: CustomStringConvertible {
  @usableFromInline
  package var description: String { "\(reason) at byte \(offset) (line \(line), column \(column))" }
}

/// Why `JSONReader.decode` gave no value.
@usableFromInline
package enum JSONRefusal: Error, Equatable, Sendable {
  /// The bytes are not JSON; an HTTP caller is told 400.
  case malformed(JSONError)
  /// The bytes are JSON, and these of its fields are wrong; an HTTP caller is told 422.
  case fields(FieldErrors)
}

extension JSONRefusal: CustomStringConvertible {
  @usableFromInline
  package var description: String {
    switch self {
    case .malformed(let error): error.description
    case .fields(let errors): errors.description
    }
  }
}
