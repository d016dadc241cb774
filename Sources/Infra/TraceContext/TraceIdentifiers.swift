// The identifiers of W3C Trace Context: 16 bytes for a trace, 8 for a span, neither ever all zero. They are numbers here
// and become text only when written.
import CLinux

package struct TraceID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  /// Nil for all zero, which the standard calls invalid (section 3.2.2.3).
  package init?(high: UInt64, low: UInt64) {
    guard high | low != 0 else { return nil }
    self.high = high
    self.low = low
  }

  /// From 32 hexadecimal digits.
  package init?(_ text: String) {
    guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
      let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// A random one; all of it random, as level 2 asks where the flag `random` is set.
  package static func random() -> TraceID {
    TraceID(unchecked: witan_thread_random(), witan_thread_random())
  }

  package static func random(using generator: inout some RandomNumberGenerator) -> TraceID {
    TraceID(unchecked: generator.next(), generator.next())
  }

  private init(unchecked high: UInt64, _ low: UInt64) {
    self.high = high
    self.low = high | low == 0 ? 1 : low
  }

  package var description: String { String(hex: high) + String(hex: low) }
}

package struct SpanID: Hashable, Sendable, CustomStringConvertible {
  package let value: UInt64

  package init?(_ value: UInt64) {
    guard value != 0 else { return nil }
    self.value = value
  }

  package static func random() -> SpanID { SpanID(unchecked: witan_thread_random()) }

  package static func random(using generator: inout some RandomNumberGenerator) -> SpanID {
    SpanID(unchecked: generator.next())
  }

  private init(unchecked value: UInt64) { self.value = value == 0 ? 1 : value }

  package var description: String { String(hex: value) }
}

/// Lower-case hexadecimal digits.
enum HexDigits {
  /// Writes the 16 digits of `value` at `place`.
  static func write(_ value: UInt64, to place: UnsafeMutablePointer<UInt8>) {
    for index in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
      place[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
    }
  }

  /// The value of one lower-case digit, or 255.
  @inline(__always)
  static func value(_ byte: UInt8) -> UInt8 {
    if byte &- 0x30 < 10 { return byte - 0x30 }
    if byte &- 0x61 < 6 { return byte - 0x57 }
    return 255
  }

  /// The number in exactly `count` lower-case digits, or nil.
  @inline(__always)
  static func read(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, count: Int) -> UInt64? {
    var number: UInt64 = 0
    var wrong: UInt8 = 0
    for index in start..<start + count {
      let digit = value(bytes[index])
      wrong |= digit & 0xF0
      number = number << 4 | UInt64(digit & 15)
    }
    return wrong == 0 ? number : nil
  }
}

extension String {
  init(hex value: UInt64) {
    self.init(unsafeUninitializedCapacity: 16) { buffer in
      if let start = buffer.baseAddress { HexDigits.write(value, to: start) }
      return 16
    }
  }
}
