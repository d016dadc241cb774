// W3C Trace Context, level 2: what travels with a request from service to service. Reading is strict: a `traceparent`
// that breaks any rule is as good as none, and takes its `tracestate` with it (section 4.3).

package struct TraceFlags: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let sampled = TraceFlags(rawValue: 1)
  /// The trace's identifier is random in at least its last seven bytes (level 2 section 3.2.2.5.2).
  package static let random = TraceFlags(rawValue: 2)
  /// What a trace that begins here says. Not written as a list, which would ask the heap for one at every request.
  package static var beginning: TraceFlags { TraceFlags(rawValue: 3) }
}

package struct SpanContext: Hashable, Sendable {
  package let trace: TraceID
  package let span: SpanID
  package let flags: TraceFlags
  package let state: TraceState

  package init(trace: TraceID, span: SpanID, flags: TraceFlags, state: TraceState = TraceState()) {
    self.trace = trace
    self.span = span
    self.flags = flags
    self.state = state
  }

  package var isSampled: Bool { flags.contains(.sampled) }

  /// What the fields of a request say; nil where there is no valid `traceparent`, or more than one.
  package init?(traceparent: [String], tracestate: [String]) {
    guard traceparent.count == 1, let context = SpanContext(traceparent: traceparent[0]) else { return nil }
    self.init(trace: context.trace, span: context.span, flags: context.flags, state: TraceState(fields: tracestate))
  }

  package init?(traceparent: String) {
    var text = traceparent
    guard let context = text.withUTF8({ SpanContext(traceparent: $0) }) else { return nil }
    self = context
  }

  /// `version-trace-span-flags` in lower-case hexadecimal (section 3.2). Of a version above 00 the first four parts are
  /// read, and more may follow after a dash; version ff is invalid.
  package init?(traceparent field: UnsafeBufferPointer<UInt8>) {
    var start = 0
    var end = field.count
    while start < end, field[start] == 0x20 || field[start] == 0x09 { start += 1 }
    while end > start, field[end - 1] == 0x20 || field[end - 1] == 0x09 { end -= 1 }
    guard end - start >= 55 else { return nil }
    let bytes = UnsafeBufferPointer(rebasing: field[start..<end])
    guard bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D, let version = HexDigits.read(bytes, at: 0, count: 2),
      version == 0 ? bytes.count == 55 : version != 0xFF && (bytes.count == 55 || bytes[55] == 0x2D),
      let high = HexDigits.read(bytes, at: 3, count: 16), let low = HexDigits.read(bytes, at: 19, count: 16),
      let trace = TraceID(high: high, low: low), let spanValue = HexDigits.read(bytes, at: 36, count: 16),
      let span = SpanID(spanValue), let flags = HexDigits.read(bytes, at: 53, count: 2)
    else { return nil }
    // Flags that this version does not know are not passed on (section 3.2.2.5).
    self.init(trace: trace, span: span, flags: TraceFlags(rawValue: UInt8(flags) & 3))
  }

  /// As sent, always as version 00.
  package var traceparent: String {
    String(unsafeUninitializedCapacity: 55) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      writeTraceparent(to: start)
      return 55
    }
  }

  /// Writes the 55 bytes of `traceparent`.
  package func writeTraceparent(to place: UnsafeMutablePointer<UInt8>) {
    place[0] = 0x30
    place[1] = 0x30
    place[2] = 0x2D
    HexDigits.write(trace.high, to: place + 3)
    HexDigits.write(trace.low, to: place + 19)
    place[35] = 0x2D
    HexDigits.write(span.value, to: place + 36)
    place[52] = 0x2D
    place[53] = 0x30
    place[54] = 0x30 + flags.rawValue
  }
}
