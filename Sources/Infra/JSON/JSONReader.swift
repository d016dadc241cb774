// The pull decoder: reads JSON (RFC 8259, strictly) from bytes straight into typed values, with no tree between.

/// Reads one JSON text.
///
/// Each call reads the next value. The text is checked as it is read: whatever breaks RFC 8259 throws a `JSONError` and
/// ends the reading. A value of the wrong type or out of range does not: it is noted as a field error, the call returns
/// an empty value in its stead, and reading goes on, so that the caller hears of all wrong fields at once. `decode` gives
/// the result only if none was noted.
///
///     struct Person: JSONReadable {
///       var name: String
///       var age = 0
///       var tags: [String] = []
///
///       init(from reader: inout JSONReader) throws(JSONError) {
///         var name: String?
///         var object = try reader.object()
///         while let key = try reader.key(&object) {
///           switch key {
///           case "name": name = try reader.string(maximumBytes: 200)
///           case "age": age = try reader.integer(in: 0...150)
///           case "tags": tags = try reader.strings(maximumCount: 20)
///           default: reader.refuseUnknown(key, known: ["name", "age", "tags"])
///           }
///         }
///         self.name = name ?? reader.missing("name", of: object, instead: "")
///       }
///     }
///
///     let person = try JSONReader.decode(Person.self, from: bytes)
///
/// A member or element that is not read is skipped. Reading, a member's name included, allocates nothing but the
/// strings and arrays it returns.
///
/// What RFC 8259 leaves open is decided so (the texts of JSONTestSuite that begin with `i_` show each case):
///
/// | left open | decided |
/// |---|---|
/// | a name twice in one object (section 4) | refused: another reader might take the other member |
/// | an integer in the range of Int64 or UInt64 (section 6) | kept as that integer |
/// | a larger integer | the nearest double, if that is written with the same digits (`100000000000000000000`); else refused, as it would become another number |
/// | a number with fraction or exponent | the nearest double, ties to even; `-0` too is a double |
/// | a number too large for a double | refused |
/// | a number too small for a double | zero |
/// | half of a surrogate pair, as an escape or as bytes (section 8.2) | refused |
/// | invalid UTF-8: overlong, truncated, beyond U+10FFFF, another encoding (section 8.1) | refused |
/// | a byte order mark (section 8.1) | refused |
/// | depth and length (section 9) | refused beyond `JSONLimits`: 128 levels, 16 MiB, unless told otherwise |
/// | names that Unicode holds to be equivalent, composed or not (section 8.3) | different names: their scalars are compared |
@usableFromInline
package struct JSONReader: ~Copyable, ~Escapable {
  @usableFromInline let bytes: RawSpan
  /// Invariant: `0 <= position <= bytes.byteCount`. Every unchecked load below stands behind a comparison with the count.
  @usableFromInline var position = 0
  /// Where the value read last begins: what `refuse` refers to.
  @usableFromInline var valueOffset = 0
  @usableFromInline var depth = 0
  @usableFromInline var seen: SeenKeys
  private var problems: [Problem] = []
  private var omittedProblems = 0
  private(set) var lastProblemOffset = -1
  let limits: JSONLimits

  @usableFromInline @_lifetime(copy bytes)
  init(_ bytes: RawSpan, limits: JSONLimits, scratch: UnsafeMutablePointer<UInt64>) throws(JSONError) {
    guard bytes.byteCount <= limits.maximumBytes else {
      throw JSONError(.tooLarge(limit: limits.maximumBytes), offset: limits.maximumBytes, line: 1, column: 1)
    }
    self.bytes = bytes
    self.limits = limits
    seen = SeenKeys(near: scratch)
  }

  // MARK: Whole texts

  /// Reads a whole text with `body`. Fails if the text is malformed or any field is wrong.
  @inlinable
  package static func decode<Value>(
    _ bytes: RawSpan, limits: JSONLimits = .standard,
    _ body: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONRefusal) -> Value {
    let result = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: SeenKeys.nearCapacity) { scratch in
      // The capacity is not 0, so there is an address.
      decode(bytes, limits: limits, scratch: scratch.baseAddress!, body)
    }
    return try result.get()
  }

  @inlinable
  static func decode<Value>(
    _ bytes: RawSpan, limits: JSONLimits, scratch: UnsafeMutablePointer<UInt64>,
    _ body: (inout JSONReader) throws(JSONError) -> Value
  ) -> Result<Value, JSONRefusal> {
    do throws(JSONError) {
      var reader = try JSONReader(bytes, limits: limits, scratch: scratch)
      reader.skipWhitespace()
      let start = reader.position
      let value = try body(&reader)
      if reader.position == start { try reader.skip() }
      try reader.finish()
      if let errors = reader.fieldErrors() { return .failure(.fields(errors)) }
      return .success(value)
    } catch {
      return .failure(.malformed(error))
    }
  }

  @inlinable
  package static func decode<Value: JSONReadable>(
    _: Value.Type = Value.self, from bytes: RawSpan, limits: JSONLimits = .standard
  ) throws(JSONRefusal) -> Value {
    try decode(bytes, limits: limits) { reader throws(JSONError) in try Value(from: &reader) }
  }

  @inlinable
  package static func decode<Value: JSONReadable>(
    _: Value.Type = Value.self, from bytes: [UInt8], limits: JSONLimits = .standard
  ) throws(JSONRefusal) -> Value {
    try decode(Value.self, from: bytes.span.bytes, limits: limits)
  }

  /// Nothing but white space may be left.
  @usableFromInline
  mutating func finish() throws(JSONError) {
    skipWhitespace()
    guard position == bytes.byteCount else { throw failure(.trailingBytes, at: position) }
  }

  // MARK: Bytes

  /// The byte at the position, or 0 at the end; 0 may stand nowhere in JSON, so that no check is lost.
  @inlinable @inline(__always)
  var current: UInt8 {
    position < bytes.byteCount ? bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self) : 0
  }

  @inlinable @inline(__always)
  mutating func skipWhitespace() {
    if current > 0x20 { return }
    skipWhitespaceRun()
  }

  @usableFromInline
  mutating func skipWhitespaceRun() {
    while true {
      switch current {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  // MARK: Errors

  @inline(never)
  func failure(_ reason: JSONError.Reason, at offset: Int) -> JSONError { JSONError(reason, at: offset, of: bytes) }

  /// What stands at the position may not stand there.
  @inline(never)
  func unexpected() -> JSONError {
    failure(position < bytes.byteCount ? .unexpectedByte(current) : .unexpectedEnd, at: position)
  }

  /// Notes that the value read last is wrong; `message` says what it must be ("must be at most 10"). A value that has been
  /// noted already, perhaps for its type, is not noted again.
  package mutating func refuse(_ message: @autoclosure () -> String) {
    if lastProblemOffset != valueOffset { note(at: valueOffset, message()) }
  }

  /// Notes that a whole object is wrong.
  package mutating func refuse(_ message: @autoclosure () -> String, at object: Object) {
    note(at: object.offset, message())
  }

  /// Notes that a whole array is wrong.
  package mutating func refuse(_ message: @autoclosure () -> String, at array: Array) {
    note(at: array.offset, message())
  }

  /// Notes that a member's name is wrong.
  package mutating func refuse(_ message: @autoclosure () -> String, at key: JSONText) {
    note(at: key.offset, message())
  }

  /// Notes that no member of this name is allowed, and names the known one that may have been meant.
  package mutating func refuseUnknown(_ key: JSONText, known: [String]) {
    guard hasRoom else { return omittedProblems += 1 }
    let meant = NearestName.suggestion(for: key.string, among: known)
    note(at: key.offset, "is not known here" + (meant.map { "; did you mean “\($0)”?" } ?? ""))
  }

  /// Notes that an object, read to its end, lacks a member that it must have, and returns the value to go on with.
  package mutating func missing<Value>(
    _ name: String, of object: Object, instead value: @autoclosure () -> Value
  ) -> Value {
    missing(name, of: object)
    return value()
  }

  /// Notes that an object lacks a member. Says nothing if what stood in the object's place was not an object at all.
  package mutating func missing(_ name: String, of object: Object) {
    if object.table != Object.absent { note(at: object.offset, member: name, "is required") }
  }

  /// Messages are made only as long as there is room for them, so that a text full of wrong fields costs little.
  private mutating func note(at offset: Int, member: String? = nil, _ message: @autoclosure () -> String) {
    guard hasRoom else { return omittedProblems += 1 }
    if member == nil { lastProblemOffset = offset }
    problems.append(Problem(offset: offset, member: member, message: message()))
  }

  private var hasRoom: Bool { problems.count < limits.maximumFieldErrors }

  /// Whether a field error has been noted so far.
  package var hasFieldErrors: Bool { !problems.isEmpty || omittedProblems > 0 }

  @usableFromInline
  func fieldErrors() -> FieldErrors? {
    guard hasFieldErrors else { return nil }
    var errors = FieldErrors(limit: limits.maximumFieldErrors)
    let items = PointerFinder.resolve(problems, in: bytes)
    for item in items { errors.add(item.pointer, item.message) }
    errors.countOmitted(omittedProblems + problems.count - items.count)
    return errors
  }
}

/// A value that reads itself from JSON; see `JSONReader` for an example.
@usableFromInline
package protocol JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError)
}

/// The six types of JSON.
package enum JSONKind: String, Sendable { case null, boolean, number, string, array, object }
