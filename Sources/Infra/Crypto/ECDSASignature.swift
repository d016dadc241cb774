// The two ways to write an ECDSA signature: r and s side by side in full length, as JOSE does (RFC 7518, section 3.4), and
// as a DER SEQUENCE of two INTEGERs (RFC 3279, section 2.2.3).

enum ECDSASignature {
  /// The DER form of r ‖ s, whose length must be even. Zero becomes the INTEGER 0, which no verifier accepts.
  static func derFromFixed(_ signature: RawSpan) -> [UInt8] {
    let half = signature.byteCount / 2
    var body: [UInt8] = []
    body.reserveCapacity(signature.byteCount + 8)
    signature.withUnsafeBytes {
      appendInteger($0[0..<half], to: &body)
      appendInteger($0[half...], to: &body)
    }
    // At most 2 · (66 + 3) bytes: one length byte, or 0x81 and one.
    return (body.count < 128 ? [0x30, UInt8(body.count)] : [0x30, 0x81, UInt8(body.count)]) + body
  }

  private static func appendInteger(_ bytes: Slice<UnsafeRawBufferPointer>, to body: inout [UInt8]) {
    var digits = bytes.drop { $0 == 0 }
    if digits.isEmpty { digits = bytes.suffix(1) }
    // A leading one bit would make it negative.
    let padding = (digits.first ?? 0) >= 0x80
    body.append(2)
    body.append(UInt8(digits.count + (padding ? 1 : 0)))
    if padding { body.append(0) }
    body.append(contentsOf: digits)
  }

  /// r ‖ s from strict DER; nil for any other bytes, or for numbers that do not fit.
  static func fixedFromDER(_ der: RawSpan, coordinateLength: Int) -> [UInt8]? {
    der.withUnsafeBytes { der -> [UInt8]? in
      var at = 0
      guard let length = header(0x30, der, &at), at + length == der.count else { return nil }
      var fixed: [UInt8] = []
      fixed.reserveCapacity(2 * coordinateLength)
      for _ in 0..<2 {
        guard let count = header(2, der, &at), count > 0, at + count <= der.count else { return nil }
        var digits = der[at..<(at + count)]
        at += count
        guard digits[digits.startIndex] < 0x80 else { return nil }
        if digits[digits.startIndex] == 0, count > 1 {
          digits = digits.dropFirst()
          // A zero is only allowed where the next bit needs it.
          guard digits[digits.startIndex] >= 0x80 else { return nil }
        }
        guard digits.count <= coordinateLength else { return nil }
        fixed.append(contentsOf: repeatElement(0, count: coordinateLength - digits.count))
        fixed.append(contentsOf: digits)
      }
      return at == der.count ? fixed : nil
    }
  }

  /// Reads a tag and a length below 256 in its shortest form.
  private static func header(_ tag: UInt8, _ der: UnsafeRawBufferPointer, _ at: inout Int) -> Int? {
    guard at + 2 <= der.count, der[at] == tag else { return nil }
    let short = der[at + 1]
    if short < 128 {
      at += 2
      return Int(short)
    }
    guard short == 0x81, at + 3 <= der.count, der[at + 2] >= 128 else { return nil }
    at += 3
    return Int(der[at - 1])
  }
}
