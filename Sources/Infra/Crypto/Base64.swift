// Base 64 in its two alphabets (RFC 4648, sections 4 and 5). Decoding accepts exactly what encoding produces: no white
// space, no missing or superfluous padding, and no stray bits in the last digit, so that one value has one text.

/// The standard alphabet, with padding.
package enum Base64 {
  package static func encode(_ bytes: RawSpan) -> String { Base64Codec.standard.encode(bytes) }

  package static func encode(_ bytes: [UInt8]) -> String { encode(bytes.span.bytes) }

  package static func append(_ bytes: RawSpan, to output: inout [UInt8]) {
    Base64Codec.standard.append(bytes, to: &output)
  }

  package static func decode(_ text: RawSpan) -> [UInt8]? { Base64Codec.standard.decode(text) }

  package static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8).span.bytes) }
}

/// The alphabet that is safe in URLs and file names, without padding, as JOSE uses it (RFC 7515, section 2).
package enum Base64URL {
  package static func encode(_ bytes: RawSpan) -> String { Base64Codec.urlSafe.encode(bytes) }

  package static func encode(_ bytes: [UInt8]) -> String { encode(bytes.span.bytes) }

  package static func append(_ bytes: RawSpan, to output: inout [UInt8]) {
    Base64Codec.urlSafe.append(bytes, to: &output)
  }

  package static func decode(_ text: RawSpan) -> [UInt8]? { Base64Codec.urlSafe.decode(text) }

  package static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8).span.bytes) }
}

struct Base64Codec: Sendable {
  static let standard = Base64Codec(
    alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", padded: true)
  static let urlSafe = Base64Codec(
    alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", padded: false)

  private static let padding = UInt8(ascii: "=")
  private static let notADigit: UInt8 = 0xFF

  private let digits: [UInt8]
  private let values: [UInt8]
  private let padded: Bool

  private init(alphabet: String, padded: Bool) {
    digits = Array(alphabet.utf8)
    var values = [UInt8](repeating: Base64Codec.notADigit, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    self.values = values
    self.padded = padded
  }

  func encode(_ bytes: RawSpan) -> String {
    var output: [UInt8] = []
    append(bytes, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  func append(_ bytes: RawSpan, to output: inout [UInt8]) {
    let capacity = (bytes.byteCount + 2) / 3 * 4
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { text in
      let count = bytes.withUnsafeBytes { write($0, into: text) }
      output.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<count]))
    }
  }

  /// Returns how many digits and padding bytes were written.
  private func write(_ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableBufferPointer<UInt8>) -> Int {
    digits.withUnsafeBufferPointer { digits in
      var at = 0
      var out = 0
      while at + 3 <= bytes.count {
        let group = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
        text[out] = digits[Int(group >> 18)]
        text[out + 1] = digits[Int(group >> 12 & 63)]
        text[out + 2] = digits[Int(group >> 6 & 63)]
        text[out + 3] = digits[Int(group & 63)]
        at += 3
        out += 4
      }
      let left = bytes.count - at
      if left == 0 { return out }
      let group = UInt32(bytes[at]) << 16 | (left == 2 ? UInt32(bytes[at + 1]) << 8 : 0)
      text[out] = digits[Int(group >> 18)]
      text[out + 1] = digits[Int(group >> 12 & 63)]
      out += 2
      if left == 2 {
        text[out] = digits[Int(group >> 6 & 63)]
        out += 1
      }
      if padded {
        for place in out..<(out + 3 - left) { text[place] = Base64Codec.padding }
        out += 3 - left
      }
      return out
    }
  }

  /// The bytes, or nil where `text` is not the one way to write them.
  func decode(_ text: RawSpan) -> [UInt8]? {
    text.withUnsafeBytes { text -> [UInt8]? in
      guard let count = digitCount(text) else { return nil }
      let decoded = count / 4 * 3 + (count % 4 == 0 ? 0 : count % 4 - 1)
      // The empty array is one for all threads, and making one here would write to it.
      if decoded == 0 { return [] }
      var valid = true
      let bytes = values.withUnsafeBufferPointer { values in
        [UInt8](unsafeUninitializedCapacity: decoded) { target, filled in
          valid = Base64Codec.decode(text, count, values, into: target)
          // On refusal the part not written is never seen: the array is thrown away empty.
          filled = valid ? decoded : 0
        }
      }
      return valid ? bytes : nil
    }
  }

  /// How many digits there are before the padding; nil where the length or the padding is impossible.
  private func digitCount(_ text: UnsafeRawBufferPointer) -> Int? {
    var count = text.count
    if padded {
      guard count.isMultiple(of: 4) else { return nil }
      if count > 0, text[count - 1] == Base64Codec.padding {
        count -= 1
        if text[count - 1] == Base64Codec.padding { count -= 1 }
      }
    }
    return count % 4 == 1 ? nil : count
  }

  private static func decode(
    _ text: UnsafeRawBufferPointer, _ count: Int, _ values: UnsafeBufferPointer<UInt8>,
    into target: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    var at = 0
    var out = 0
    // A value above 63 marks a byte outside the alphabet; one test after the loop finds them all.
    var bad: UInt8 = 0
    while at + 4 <= count {
      let a = values[Int(text[at])]
      let b = values[Int(text[at + 1])]
      let c = values[Int(text[at + 2])]
      let d = values[Int(text[at + 3])]
      bad |= a | b | c | d
      target[out] = a << 2 | b >> 4
      target[out + 1] = b << 4 | c >> 2
      target[out + 2] = c << 6 | d
      at += 4
      out += 3
    }
    let left = count - at
    if left >= 2 {
      let a = values[Int(text[at])]
      let b = values[Int(text[at + 1])]
      let c = left == 3 ? values[Int(text[at + 2])] : 0
      bad |= a | b | c
      target[out] = a << 2 | b >> 4
      if left == 3 { target[out + 1] = b << 4 | c >> 2 }
      // RFC 4648, section 3.5: bits that stand for nothing must be zero.
      if left == 2 ? b & 15 != 0 : c & 3 != 0 { return false }
    }
    return bad < 64
  }
}
