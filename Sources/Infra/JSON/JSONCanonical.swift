// The JSON Canonicalization Scheme (RFC 8785): one sequence of bytes for one JSON value, to be hashed and signed. Made from
// a tree, or straight from a text.

/// Members are sorted by the UTF-16 code units of their names, numbers are written as ECMAScript writes them, strings with
/// the fewest escapes, and nothing stands between.
///
///     let bytes = try JSONCanonical.bytes(of: value)             // from a JSONValue
///     let bytes = try JSONCanonical.bytes(from: text)            // from JSON, without a tree
package enum JSONCanonical {
  /// What becomes of an integer that ECMAScript, for which every number is a double, would write as another number.
  package enum Integers: Sendable {
    /// It is refused, as RFC 8785 appendix D has it: such a number must be sent as a string. What others compute from the
    /// same document then agrees with what is computed here.
    case interoperable
    /// Its digits are kept: for bytes that are only compared with bytes made here, as the key of a cache is. Doubles from
    /// 2⁵³ on are then written with an exponent, so that no two numbers share their bytes.
    case exact
  }

  package enum Failure: Error, Hashable, Sendable {
    case integerNotInteroperable(JSONPointer)
    /// NaN or infinity.
    case notANumber(JSONPointer)
  }

  /// The canonical bytes of a value.
  package static func bytes(of value: JSONValue, integers: Integers = .interoperable) throws(Failure) -> [UInt8] {
    var writer = JSONWriter()
    try write(value, to: &writer, integers: integers)
    return writer.array
  }

  /// Appends the canonical form of a value.
  package static func write(
    _ value: JSONValue, to writer: inout JSONWriter, integers: Integers = .interoperable
  ) throws(Failure) {
    switch value {
    case .null, .boolean, .string: value.write(to: &writer)
    case .integer, .unsigned, .double:
      guard case .written = writer.canonicalNumber(value.number ?? .integer(0), integers) else {
        throw value.double?.isFinite == true ? .integerNotInteroperable(.root) : .notANumber(.root)
      }
    case .array(let elements):
      writer.beginArray()
      for (index, element) in elements.enumerated() {
        do throws(Failure) {
          try write(element, to: &writer, integers: integers)
        } catch { throw error.under { $0.append(index) } }
      }
      writer.endArray()
    case .object(let object):
      writer.beginObject()
      for place in object.canonicalOrder {
        let member = object.members[place]
        writer.key(member.name)
        do throws(Failure) {
          try write(member.value, to: &writer, integers: integers)
        } catch { throw error.under { $0.append(member.name) } }
      }
      writer.endObject()
    }
  }

  /// Whether ECMAScript writes this integer with the digits that it has.
  static func isInteroperable(_ magnitude: UInt) -> Bool {
    if magnitude <= 1 << 53 { return true }
    var (digits, exponent) = (UInt64(magnitude), 0)
    while digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    let shortest = ShortestDecimal(of: Double(magnitude))
    return digits == shortest.digits && exponent == shortest.exponent
  }

  /// The order of names by their UTF-16 code units (RFC 8785 section 3.2.3).
  package static func precedes(_ left: String, _ right: String) -> Bool {
    var (left, right) = (left, right)  // native strings give their bytes as they lie
    return left.withUTF8 { left in right.withUTF8 { right in precedes(left.span.bytes, right.span.bytes) } }
  }

  /// The same, decided on UTF-8. The orders of UTF-8 and UTF-16 differ in one case only: U+E000 to U+FFFF (lead bytes 0xEE
  /// and 0xEF) come after the surrogates that stand for U+10000 and above (lead bytes 0xF0 and above).
  static func precedes(_ left: RawSpan, _ right: RawSpan) -> Bool {
    for index in 0..<min(left.byteCount, right.byteCount) {
      let a = left.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)  // the index is below both counts
      let b = right.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      guard a != b else { continue }
      let isLifted = a >= 0xEE && b >= 0xEE && (a < 0xF0) != (b < 0xF0)
      return isLifted ? a > b : a < b
    }
    return left.byteCount < right.byteCount
  }
}

extension JSONCanonical.Failure {
  /// The same failure, seen from one level higher.
  fileprivate func under(_ step: (inout JSONPointer) -> Void) -> JSONCanonical.Failure {
    var prefix = JSONPointer.root
    step(&prefix)
    switch self {
    case .integerNotInteroperable(let pointer): return .integerNotInteroperable(prefix.appending(pointer))
    case .notANumber(let pointer): return .notANumber(prefix.appending(pointer))
    }
  }
}

extension JSONObject {
  /// The places of the members in the order of their names.
  fileprivate var canonicalOrder: [Int] {
    var isSorted = true
    for place in members.indices.dropFirst() where isSorted {
      isSorted = JSONCanonical.precedes(members[place - 1].name, members[place].name)
    }
    if isSorted { return Array(members.indices) }
    return members.indices.sorted { JSONCanonical.precedes(members[$0].name, members[$1].name) }
  }
}

extension JSONWriter {
  enum CanonicalNumber { case written, refused }

  /// Writes a number as ECMAScript would, or nothing if there is no such number for it.
  mutating func canonicalNumber(_ number: JSONNumber, _ integers: JSONCanonical.Integers) -> CanonicalNumber {
    switch number {
    case .integer(let value):
      guard integers == .exact || JSONCanonical.isInteroperable(value.magnitude) else { return .refused }
      integer(value)
    case .unsigned(let value):
      guard integers == .exact || JSONCanonical.isInteroperable(UInt(value)) else { return .refused }
      unsigned(value)
    case .double(let value):
      guard value.isFinite else { return .refused }
      if integers == .exact { double(value == 0 ? 0 : value) } else { canonicalDouble(value) }
    }
    return .written
  }
}
