// From decimal digits to the nearest double, ties to even, as IEEE 754 asks of reading. Three ways, the quickest that is
// exact: one division of doubles; the algorithm of Eisel and Lemire (Number Parsing at a Gigabyte per Second, 2021, with
// the proof of Mushtak and Lemire, 2023, that its product of 128 bits always decides); the standard library.

enum DecimalToDouble {
  /// Powers of ten that a double holds exactly.
  private static let exactPowers: InlineArray<23, Double> = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  static func convert(_ parts: NumberParts, in bytes: RawSpan) -> Double {
    let magnitude = magnitude(parts, in: bytes)
    return parts.isNegative ? -magnitude : magnitude
  }

  private static func magnitude(_ parts: NumberParts, in bytes: RawSpan) -> Double {
    if parts.digits == 0 { return 0 }
    if parts.isTruncated {
      // The number lies between two decimals of 19 digits; mostly both are read as the same double.
      let lower = nearest(parts.digits, parts.exponent)
      return lower == nearest(parts.digits + 1, parts.exponent) ? lower : fallback(parts, in: bytes)
    }
    if parts.digits <= 1 << 53, (-22...22).contains(parts.exponent) {
      // Both operands are exact, so that the one operation rounds once.
      let digits = Double(parts.digits)
      return parts.exponent < 0 ? digits / exactPowers[-parts.exponent] : digits * exactPowers[parts.exponent]
    }
    return nearest(parts.digits, parts.exponent)
  }

  /// The double nearest to `digits · 10^exponent`; infinity if it is too large. `digits` is not 0.
  static func nearest(_ digits: UInt64, _ exponent: Int) -> Double {
    // Below 10^−342 every number of 19 digits rounds to zero, above 10^308 none is finite.
    if exponent < -342 { return 0 }
    if exponent > 308 { return .infinity }
    let shift = digits.leadingZeroBitCount
    let product = product(digits << UInt64(shift), exponent)
    let upperBit = product.high >> 63
    let cut = upperBit + 9  // leaves 52 bits, the hidden one, and one to round by
    var significand = product.high >> cut
    // ⌊log₂ 10^exponent⌋ + 63, and the bias of the format.
    var binary = (exponent * 217_706) >> 16 + 63 + Int(upperBit) - shift + 1023
    if binary <= 0 { return subnormal(significand, binary) }
    // Exactly between two doubles, which only few exponents allow: to even, not up.
    if product.low <= 1, (-4...23).contains(exponent), significand & 3 == 1, significand << cut == product.high {
      significand &= ~1
    }
    significand = (significand + significand & 1) >> 1
    if significand == 1 << 53 {
      significand = 1 << 52
      binary += 1
    }
    if binary >= 2047 { return .infinity }
    return Double(bitPattern: UInt64(binary) << 52 | significand & ~(1 << 52))
  }

  private static func subnormal(_ significand: UInt64, _ binary: Int) -> Double {
    guard binary > -63 else { return 0 }
    let shifted = significand >> UInt64(1 - binary)
    // Rounding may carry into the hidden bit, which is then the exponent of the smallest normal double.
    return Double(bitPattern: (shifted + shifted & 1) >> 1)
  }

  /// The first 128 bits of `normalized · 10^exponent`, exact enough to round to 53.
  private static func product(_ normalized: UInt64, _ exponent: Int) -> (high: UInt64, low: UInt64) {
    var (high, low) = PowersOfTen.significand(exponent)
    if exponent > 55 {  // here the proof wants the power rounded down
      high -= low == 0 ? 1 : 0
      low &-= 1
    }
    var product = normalized.multipliedFullWidth(by: high)
    if product.high & 0x1FF == 0x1FF {  // the bits to round by might change
      let rest = normalized.multipliedFullWidth(by: low).high
      let (sum, carry) = product.low.addingReportingOverflow(rest)
      product.low = sum
      if carry { product.high += 1 }
    }
    return product
  }

  /// For more than 19 digits that lie next to the middle between two doubles: rare, and slow.
  @inline(never)
  private static func fallback(_ parts: NumberParts, in bytes: RawSpan) -> Double {
    let start = parts.isNegative ? parts.offset + 1 : parts.offset
    let text = bytes.extracting(start..<parts.end).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    // The grammar of JSON numbers is part of what the standard library reads.
    return Double(text) ?? .nan
  }
}
