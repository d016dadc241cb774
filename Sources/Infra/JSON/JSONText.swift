// A string of the document, seen where it lies: callers compare, hash or copy its bytes without making a `String`.
import Glibc

/// A borrowed string. It cannot outlive the bytes that it was read from.
///
///     let name = try reader.text()
///     if name == "production" { … }           // no allocation
///     if let bytes = name.plainBytes { hasher.update(bytes) }
@usableFromInline
package struct JSONText: ~Escapable {
  /// The bytes between the quotation marks, as they stand in the document: valid UTF-8, with valid escapes.
  @usableFromInline package let raw: RawSpan
  /// Where the opening quotation mark stands in the document.
  @usableFromInline package let offset: Int
  /// Whether no escape occurs in `raw`, so that `raw` is the string.
  @usableFromInline package let isPlain: Bool
  @usableFromInline package let isASCII: Bool

  @inlinable @_lifetime(copy raw)
  init(raw: RawSpan, offset: Int, isPlain: Bool, isASCII: Bool) {
    self.raw = raw
    self.offset = offset
    self.isPlain = isPlain
    self.isASCII = isASCII
  }

  /// The string's UTF-8, if it can be borrowed as it stands: it has no escapes.
  @inlinable
  package var plainBytes: RawSpan? {
    @_lifetime(copy self) get { isPlain ? raw : nil }
  }

  /// The length of `raw`: at least the length of the string in UTF-8, and equal to it where there are no escapes.
  @inlinable
  package var rawByteCount: Int { raw.byteCount }

  /// Where the text goes on, behind the closing quotation mark.
  var end: Int { offset + raw.byteCount + 2 }

  @inlinable
  package var isEmpty: Bool { raw.byteCount == 0 }

  /// The string.
  package var string: String {
    if raw.byteCount == 0 { return "" }
    if isPlain {
      // The reader validated these bytes as UTF-8 before it made this value.
      return raw.withUnsafeBytes { raw in
        raw.withMemoryRebound(to: UInt8.self) { bytes in
          String(copying: UTF8Span(unchecked: Span(_unsafeElements: bytes), isKnownASCII: isASCII))
        }
      }
    }
    return String(unsafeUninitializedCapacity: raw.byteCount) { unescape(into: UnsafeMutableRawBufferPointer($0)) }
  }

  /// The string's UTF-8 in an array of its own.
  @usableFromInline
  package var bytes: [UInt8] {
    // The empty array is one for all threads, and making one here would write to it.
    if raw.byteCount == 0 { return [] }
    return [UInt8](unsafeUninitializedCapacity: raw.byteCount) { buffer, count in
      count = unescape(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Calls `body` with the string's UTF-8: borrowed where there are no escapes, else a copy.
  @inlinable
  package func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
  {
    if isPlain { return try body(raw) }
    let copy = bytes
    return try body(copy.span.bytes)
  }

  /// Whether the two strings are the same sequence of Unicode scalars.
  package static func == (text: borrowing JSONText, other: borrowing JSONText) -> Bool {
    if text.isPlain && other.isPlain { return text.raw.isEqual(to: other.raw) }
    return text.bytes == other.bytes
  }

  /// Whether the string is that literal. The literal's length is known to the compiler, so this costs a comparison or two.
  @inlinable @inline(__always)
  package static func == (text: borrowing JSONText, literal: StaticString) -> Bool {
    if text.isPlain {
      return text.raw.byteCount == literal.utf8CodeUnitCount
        && text.raw.withUnsafeBytes { bytes in
          guard let start = bytes.baseAddress else { return true }
          return memcmp(start, literal.utf8Start, literal.utf8CodeUnitCount) == 0
        }
    }
    return text.isEscaped(literal)
  }

  /// So that a `switch` over a key can name its cases by literals.
  @inlinable @inline(__always)
  package static func ~= (literal: StaticString, text: borrowing JSONText) -> Bool { text == literal }

  @usableFromInline
  func isEscaped(_ literal: StaticString) -> Bool {
    literal.withUTF8Buffer { bytes.elementsEqual($0) }
  }

  /// Writes the string's UTF-8 into `buffer`, which has room for `rawByteCount` bytes, and returns its length.
  func unescape(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    precondition(buffer.count >= raw.byteCount)
    return raw.withUnsafeBytes { source in
      if isPlain {
        buffer.copyMemory(from: source)
        return source.count
      }
      guard let start = source.baseAddress, let target = buffer.baseAddress else { return 0 }
      var reader = 0
      var writer = 0
      while reader < source.count {
        // What lies before the next escape is copied in one go; what was written is never longer than what was read.
        let rest = source.count - reader
        let run = memchr(start + reader, 0x5C, rest).map { UnsafeRawPointer($0) - (start + reader) } ?? rest
        memcpy(target + writer, start + reader, run)
        reader += run + 1
        writer += run
        guard reader < source.count else { break }
        let kind = source[reader]
        reader += 1
        if kind == UInt8(ascii: "u") {
          var scalar = Self.hexadecimal(source, at: reader)
          reader += 4
          if scalar & 0xFC00 == 0xD800 {  // the reader saw to it that the other half follows
            scalar = 0x10000 + (scalar & 0x3FF) << 10 + Self.hexadecimal(source, at: reader + 2) & 0x3FF
            reader += 6
          }
          writer += Self.encode(scalar, into: buffer, at: writer)
        } else {
          buffer[writer] = Self.unescaped(kind)
          writer += 1
        }
      }
      return writer
    }
  }

  private static func unescaped(_ kind: UInt8) -> UInt8 {
    switch kind {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "r"): 0x0D
    default: kind  // `"`, `\` and `/` stand for themselves
    }
  }

  private static func hexadecimal(_ source: UnsafeRawBufferPointer, at start: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in start..<start + 4 { value = value << 4 | UInt32(hexadecimalValue(source[index])) }
    return value
  }

  /// UTF-8 of a scalar. It is never longer than the escape it came from: 6 bytes for one to three, 12 for four.
  private static func encode(_ scalar: UInt32, into buffer: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
    switch scalar {
    case ..<0x80:
      buffer[start] = UInt8(scalar)
      return 1
    case ..<0x800:
      buffer[start] = UInt8(0xC0 | scalar >> 6)
      buffer[start + 1] = UInt8(0x80 | scalar & 0x3F)
      return 2
    case ..<0x10000:
      buffer[start] = UInt8(0xE0 | scalar >> 12)
      buffer[start + 1] = UInt8(0x80 | scalar >> 6 & 0x3F)
      buffer[start + 2] = UInt8(0x80 | scalar & 0x3F)
      return 3
    default:
      buffer[start] = UInt8(0xF0 | scalar >> 18)
      buffer[start + 1] = UInt8(0x80 | scalar >> 12 & 0x3F)
      buffer[start + 2] = UInt8(0x80 | scalar >> 6 & 0x3F)
      buffer[start + 3] = UInt8(0x80 | scalar & 0x3F)
      return 4
    }
  }
}

/// The value of a hexadecimal digit, or 16 for any other byte.
func hexadecimalValue(_ byte: UInt8) -> UInt8 {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: 16
  }
}

extension RawSpan {
  /// Whether both hold the same bytes.
  @usableFromInline
  func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return withUnsafeBytes { mine in
      other.withUnsafeBytes { theirs in
        guard let mine = mine.baseAddress, let start = theirs.baseAddress else { return true }
        return memcmp(mine, start, theirs.count) == 0
      }
    }
  }
}
