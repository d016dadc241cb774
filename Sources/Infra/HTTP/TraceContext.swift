// W3C Trace Context: which trace a request belongs to. A valid `traceparent` is continued, otherwise a trace begins.

/// The trace of a request and this server's span in it.
package struct TraceContext: Sendable, Equatable {
  package var traceHigh: UInt64 = 0
  package var traceLow: UInt64 = 0
  /// The caller's span, zero when the trace began here.
  package var parent: UInt64 = 0
  /// This server's span.
  package var span: UInt64 = 0
  package var flags: UInt8 = 1

  package init() {}

  /// Reads the field's value; nil unless it is valid, in which case the caller begins a trace of its own.
  init?(_ value: UnsafeBufferPointer<UInt8>) {
    guard value.count >= 55, value[2] == 0x2d, value[35] == 0x2d, value[52] == 0x2d,
      let version = Self.hex(value, 0, 2), version != 0xff,
      version == 0 ? value.count == 55 : value.count == 55 || value[55] == 0x2d,
      let high = Self.hex(value, 3, 16), let low = Self.hex(value, 19, 16), high | low != 0,
      let parent = Self.hex(value, 36, 16), parent != 0, let flags = Self.hex(value, 53, 2)
    else { return nil }
    traceHigh = high
    traceLow = low
    self.parent = parent
    // Of the flags, version 00 knows `sampled` and level 2 adds `random`.
    self.flags = UInt8(flags) & 0x03
  }

  private static func hex(_ value: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> UInt64? {
    var result: UInt64 = 0
    for index in start..<start + count {
      // Lower case only.
      guard let digit = hexadecimal(value[index]), !(0x41...0x46).contains(value[index]) else { return nil }
      result = result << 4 | UInt64(digit)
    }
    return result
  }

  /// The 32 hexadecimal digits of the trace.
  package var traceID: String { Self.text(traceHigh) + Self.text(traceLow) }
  package var spanID: String { Self.text(span) }
  package var traceparent: String { "00-\(traceID)-\(spanID)-0\(flags)" }

  private static func text(_ word: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { buffer in
      write(word, buffer.baseAddress!)
      return 16
    }
  }

  @inline(__always)
  static func write(_ word: UInt64, _ destination: UnsafeMutablePointer<UInt8>) {
    for index in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index)) & 15
      destination[index] = digit < 10 ? digit + 0x30 : digit + 0x57
    }
  }

  /// How long a `traceparent` line is.
  static let lineLength = 13 + 55 + 2

  /// Writes `traceparent: 00-…-…-01` and the line's end.
  func writeLine(_ destination: UnsafeMutablePointer<UInt8>) {
    destination.update(from: ("traceparent: 00-" as StaticString).utf8Start, count: 16)
    Self.write(traceHigh, destination + 16)
    Self.write(traceLow, destination + 32)
    destination[48] = 0x2d
    Self.write(span, destination + 49)
    destination[65] = 0x2d
    destination[66] = 0x30
    destination[67] = 0x30 + flags
    destination[68] = 0x0d
    destination[69] = 0x0a
  }
}

/// Numbers for traces and spans: unpredictable enough not to collide, not meant to be secret (xoshiro256**).
struct SpanNumbers {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init() {
    var system = SystemRandomNumberGenerator()
    state = (system.next() | 1, system.next(), system.next(), system.next())
  }

  mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result | 1
  }
}
