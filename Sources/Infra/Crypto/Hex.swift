// Base 16 (RFC 4648, section 8), in lower case; either case is read.

package enum Hex {
  package static func encode(_ bytes: RawSpan) -> String { bytes.withUnsafeBytes { encode($0) } }

  package static func encode(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { encode($0) } }

  /// Sixteen digits, the most significant first.
  package static func encode(bigEndian value: UInt64) -> String {
    withUnsafeBytes(of: value.bigEndian) { encode($0) }
  }

  static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: 2 * bytes.count) { target in
      var at = 0
      for byte in bytes {
        target[at] = digit(byte >> 4)
        target[at + 1] = digit(byte & 15)
        at += 2
      }
      return at
    }
  }

  /// Appends the digits of `bytes` as ASCII.
  package static func append(_ bytes: RawSpan, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + 2 * bytes.byteCount)
    bytes.withUnsafeBytes {
      for byte in $0 {
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
      }
    }
  }

  /// The bytes that an even number of hexadecimal digits stand for, or nil for any other text.
  package static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { decode(RawSpan(_unsafeBytes: UnsafeRawBufferPointer($0))) }
  }

  package static func decode(_ digits: RawSpan) -> [UInt8]? {
    guard digits.byteCount.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.byteCount / 2)
    return digits.withUnsafeBytes { digits in
      for at in stride(from: 0, to: digits.count, by: 2) {
        guard let high = value(digits[at]), let low = value(digits[at + 1]) else { return nil }
        bytes.append(high << 4 | low)
      }
      return bytes
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
