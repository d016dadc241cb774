// Writes JSON into a growing buffer of bytes, with no strings between.
import Glibc

/// Appends JSON to its own buffer. Commas and colons are put in where they belong.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.member("id", request.id)
///     writer.member("score", 1.42)
///     writer.key("opinions")
///     writer.beginArray()
///     for opinion in opinions { opinion.write(to: &writer) }
///     writer.endArray()
///     writer.endObject()
///     send(writer.bytes)                     // a RawSpan of the buffer; or `writer.array`, a copy
///     writer.removeAll()                     // keeps the buffer for the next answer
///
/// Strings are written as UTF-8 with the escapes that RFC 8259 demands and no others; doubles with the fewest digits that
/// read back as the same double. What is not a number (NaN, infinity) is written as `null`, as JSON has no word for it.
@usableFromInline
package struct JSONWriter: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline var capacity: Int
  /// Invariant: `0 <= count <= capacity`, and the first `count` bytes are initialised.
  @usableFromInline package internal(set) var count = 0

  @usableFromInline
  package init(capacity: Int = 256) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  // MARK: What was written

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = RawSpan(_unsafeStart: base, byteCount: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  @usableFromInline
  package var array: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { memcpy(start, base, count) }
      initialized = count
    }
  }

  /// The text; every call of this type keeps it valid UTF-8.
  package var string: String { String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self) }

  /// Begins anew, in the same buffer.
  package mutating func removeAll() { count = 0 }

  // MARK: Structure

  /// Writes the comma before an element or member, unless it is the first or has its comma already. What was written last
  /// tells: no value ends in one of these bytes.
  @inlinable
  mutating func separate() {
    if needsComma { append(UInt8(ascii: ",")) }
  }

  @inlinable
  var needsComma: Bool {
    guard count > 0 else { return false }
    let last = base[count - 1]
    // The braces differ in one bit, which is set in `{`.
    if last >= 0x40 { return last | 0x20 != UInt8(ascii: "{") }
    let openings: UInt64 = 1 << 0x3A | 1 << 0x2C | 1 << 0x0A  // : , and line feed
    return openings >> UInt64(last) & 1 == 0
  }

  @inlinable
  package mutating func beginObject() {
    separate()
    append(UInt8(ascii: "{"))
  }

  @inlinable
  package mutating func endObject() { append(UInt8(ascii: "}")) }

  @inlinable
  package mutating func beginArray() {
    separate()
    append(UInt8(ascii: "["))
  }

  @inlinable
  package mutating func endArray() { append(UInt8(ascii: "]")) }

  /// Begins a member whose value is written next.
  package mutating func key(_ name: String) {
    separate()
    quote(name)
    append(UInt8(ascii: ":"))
  }

  /// Begins a member; the name needs no escapes.
  @inlinable
  package mutating func key(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    // Room for a comma, the name, two quotation marks and a colon.
    reserve(length + 4)
    base[count] = UInt8(ascii: ",")
    let place = base + count + (needsComma ? 1 : 0)
    place[0] = UInt8(ascii: "\"")
    Self.copy(name.utf8Start, to: place + 1, length)
    place[length + 1] = UInt8(ascii: "\"")
    place[length + 2] = UInt8(ascii: ":")
    count = place + length + 3 - base
  }

  /// Ends a text with a line feed, so that another may follow (NDJSON).
  package mutating func endLine() { append(UInt8(ascii: "\n")) }

  // MARK: Values

  @usableFromInline
  package mutating func null() {
    separate()
    append("null")
  }

  @usableFromInline
  package mutating func boolean(_ value: Bool) {
    separate()
    if value { append("true") } else { append("false") }
  }

  @usableFromInline
  package mutating func string(_ value: String) {
    separate()
    quote(value)
  }

  /// Writes a string given as UTF-8. The bytes must be valid.
  package mutating func string(utf8 bytes: RawSpan) {
    assert(bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) != nil })
    separate()
    bytes.withUnsafeBytes { quote($0) }
  }

  /// Writes a string as it was read. Where it had no escapes it needs none.
  package mutating func string(_ text: JSONText) {
    separate()
    if text.isPlain {
      append(UInt8(ascii: "\""))
      append(text.raw)
      append(UInt8(ascii: "\""))
    } else {
      text.withBytes { bytes in bytes.withUnsafeBytes { quote($0) } }
    }
  }

  @usableFromInline
  package mutating func integer(_ value: Int) {
    separate()
    if value < 0 { append(UInt8(ascii: "-")) }
    decimal(UInt64(value.magnitude))
  }

  package mutating func unsigned(_ value: UInt64) {
    separate()
    decimal(value)
  }

  @usableFromInline
  package mutating func double(_ value: Double) { double(value, scientificFrom: 0x1p53) }

  /// Writes a double as ECMAScript and RFC 8785 do: −0 as 0, and with all its digits up to 1e21. For those who write
  /// canonical JSON by hand, member by member in the right order.
  package mutating func canonicalDouble(_ value: Double) { double(value == 0 ? 0 : value, scientificFrom: 1e21) }

  private mutating func double(_ value: Double, scientificFrom limit: Double) {
    separate()
    if fewDecimals(value) { return }
    guard value.isFinite else {
      append("null")
      return
    }
    if value.sign == .minus { append(UInt8(ascii: "-")) }
    shortest(value.magnitude, scientificFrom: limit)
  }

  /// Writes bytes that are JSON already, such as a part of a text that `JSONReader.raw` has checked.
  package mutating func raw(_ json: RawSpan) {
    separate()
    append(json)
  }

  @inlinable
  package mutating func value(_ value: some JSONWritable) { value.write(to: &self) }

  @inlinable
  package mutating func strings(_ values: some Sequence<String>) {
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  // MARK: Members

  @inlinable
  package mutating func member(_ name: StaticString, _ value: String) {
    key(name)
    string(value)
  }

  @inlinable
  package mutating func member(_ name: StaticString, _ value: Int) {
    key(name)
    integer(value)
  }

  @inlinable
  package mutating func member(_ name: StaticString, _ value: Double) {
    key(name)
    double(value)
  }

  @inlinable
  package mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    boolean(value)
  }

  @inlinable
  package mutating func member(_ name: StaticString, _ value: some JSONWritable) {
    key(name)
    value.write(to: &self)
  }

  @inlinable
  package mutating func member(_ name: StaticString, _ values: [String]) {
    key(name)
    strings(values)
  }
}

/// The buffer is owned by this value alone: it is noncopyable, allocates in `init` and `grow`, frees in `deinit`, and lends
/// the memory only as a span that cannot outlive a change. So it may move from thread to thread.
extension JSONWriter: @unchecked Sendable {}

/// A value that writes itself as JSON.
@usableFromInline
package protocol JSONWritable {
  func write(to writer: inout JSONWriter)
}

extension JSONWritable {
  /// The value as JSON, in an array of its own.
  @inlinable
  package var jsonBytes: [UInt8] { jsonBytes(capacity: 256) }

  /// The same, where about so many bytes are expected.
  @inlinable
  package func jsonBytes(capacity: Int) -> [UInt8] {
    var writer = JSONWriter(capacity: capacity)
    write(to: &writer)
    return writer.array
  }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  @inlinable
  package func write(to writer: inout JSONWriter) {
    if let self { self.write(to: &writer) } else { writer.null() }
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  @inlinable
  package func write(to writer: inout JSONWriter) {
    writer.beginArray()
    for element in self { element.write(to: &writer) }
    writer.endArray()
  }
}

extension String: JSONWritable {
  @inlinable
  package func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Int: JSONWritable {
  @inlinable
  package func write(to writer: inout JSONWriter) { writer.integer(self) }
}

extension Double: JSONWritable {
  @inlinable
  package func write(to writer: inout JSONWriter) { writer.double(self) }
}

extension Bool: JSONWritable {
  @inlinable
  package func write(to writer: inout JSONWriter) { writer.boolean(self) }
}
