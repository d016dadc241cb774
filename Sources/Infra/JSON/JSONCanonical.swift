// The JSON Canonicalization Scheme (RFC 8785): one sequence of bytes for one JSON value, to be hashed and signed.

package enum JSONCanonical {
  package enum Failure: Error, Hashable, Sendable {
    /// An integer that ECMAScript would write as another number, there being no double for it (RFC 8785 appendix D
    /// advises a string).
    case integerNotInteroperable(JSONPointer)
    /// NaN or infinity.
    case notANumber(JSONPointer)
  }

  /// The canonical bytes of a value.
  package static func bytes(of value: JSONValue) throws(Failure) -> [UInt8] {
    var writer = JSONWriter()
    try write(value, to: &writer)
    return writer.array
  }

  /// Appends the canonical form of a value.
  package static func write(_ value: JSONValue, to writer: inout JSONWriter) throws(Failure) {
    switch value {
    case .null, .boolean, .string: value.write(to: &writer)
    case .integer(let integer):
      guard isInteroperable(integer.magnitude) else { throw .integerNotInteroperable(.root) }
      writer.integer(integer)
    case .unsigned(let integer):
      guard isInteroperable(UInt(integer)) else { throw .integerNotInteroperable(.root) }
      writer.unsigned(integer)
    case .double(let double):
      guard double.isFinite else { throw .notANumber(.root) }
      writer.canonicalDouble(double)
    case .array(let elements):
      writer.beginArray()
      for (index, element) in elements.enumerated() {
        do throws(Failure) {
          try write(element, to: &writer)
        } catch { throw error.under { $0.append(index) } }
      }
      writer.endArray()
    case .object(let object):
      writer.beginObject()
      for member in object.members.sorted(by: { precedes($0.name, $1.name) }) {
        writer.key(member.name)
        do throws(Failure) {
          try write(member.value, to: &writer)
        } catch { throw error.under { $0.append(member.name) } }
      }
      writer.endObject()
    }
  }

  /// Whether ECMAScript, for which every number is a double, writes this integer with the digits that it has.
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

  /// The order of names by their UTF-16 code units (RFC 8785 section 3.2.3), decided on their UTF-8.
  ///
  /// The two orders differ in one case only: U+E000 to U+FFFF (lead bytes 0xEE and 0xEF) come after the surrogates that
  /// stand for U+10000 and above (lead bytes 0xF0 and above).
  package static func precedes(_ left: String, _ right: String) -> Bool {
    for (a, b) in zip(left.utf8, right.utf8) where a != b {
      let isLifted = a >= 0xEE && b >= 0xEE && (a < 0xF0) != (b < 0xF0)
      return isLifted ? a > b : a < b
    }
    return left.utf8.count < right.utf8.count
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
