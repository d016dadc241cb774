// From a double to the shortest decimal digits that read back as the same double: the algorithm “Schubfach” of Raffaello
// Giulietti (The Schubfach way to render doubles, 2021), whose names for the quantities are kept here.

/// `digits · 10^exponent`, with no trailing zeros in `digits`. Of the shortest decimals it is the one nearest to the double.
struct ShortestDecimal {
  private(set) var digits: UInt64
  private(set) var exponent: Int

  /// `value` is finite and not negative.
  init(of value: Double) {
    let fraction = value.significandBitPattern
    let isNormal = value.exponentBitPattern != 0
    // value = c · 2^q
    let c = isNormal ? fraction | 1 << 52 : fraction
    let q = Int(isNormal ? value.exponentBitPattern : 1) - 1075
    if (-52...0).contains(q), c.trailingZeroBitCount >= -q {
      digits = c >> UInt64(-q)  // a small integer is its own shortest form
      exponent = 0
    } else {
      (digits, exponent) = Self.shortest(c, q, isLowerCloser: fraction == 0 && value.exponentBitPattern > 1)
    }
    removeTrailingZeros()
  }

  /// `isLowerCloser`: the next lower double is only half as far away as the next higher, this one being a power of two.
  private static func shortest(_ c: UInt64, _ q: Int, isLowerCloser: Bool) -> (digits: UInt64, exponent: Int) {
    let isEven = c & 1 == 0  // the bounds of the interval that is read as this double belong to it
    let lower = 4 * c - 2 + (isLowerCloser ? 1 : 0)
    let upper = 4 * c + 2
    // k = ⌊log₁₀ 2^q⌋, or ⌊log₁₀ ¾·2^q⌋ for the closer bound; h brings the product with 10^−k into 64 bits.
    let k = (q * 1_262_611 - (isLowerCloser ? 524_031 : 0)) >> 22
    let h = UInt64(q + (-k * 1_741_647) >> 19 + 1)
    let power = PowersOfTen.significand(-k)
    let v = roundedToOdd(power, (4 * c) << h)
    let vLower = roundedToOdd(power, lower << h) + (isEven ? 0 : 1)
    let vUpper = roundedToOdd(power, upper << h) - (isEven ? 0 : 1)

    let s = v / 4
    if s >= 10 {
      // One digit fewer, if just one of the two neighbours lies within the interval.
      let shorter = s / 10
      let isBelowInside = vLower <= 40 * shorter
      let isAboveInside = 40 * shorter + 40 <= vUpper
      if isBelowInside != isAboveInside { return (shorter + (isAboveInside ? 1 : 0), k + 1) }
    }
    let isBelowInside = vLower <= 4 * s
    let isAboveInside = 4 * s + 4 <= vUpper
    if isBelowInside != isAboveInside { return (s + (isAboveInside ? 1 : 0), k) }
    // Both or neither: the nearer one, and of two equally near the even one.
    let middle = 4 * s + 2
    return (s + (v > middle || v == middle && s & 1 == 1 ? 1 : 0), k)
  }

  /// The upper 64 bits of `power · factor / 2^64`, with the lowest bit set if anything was cut off.
  @inline(__always)
  private static func roundedToOdd(_ power: (high: UInt64, low: UInt64), _ factor: UInt64) -> UInt64 {
    let carried = power.low.multipliedFullWidth(by: factor).high
    let product = power.high.multipliedFullWidth(by: factor)
    let (middle, carry) = product.low.addingReportingOverflow(carried)
    return (product.high &+ (carry ? 1 : 0)) | (middle > 1 ? 1 : 0)
  }

  private mutating func removeTrailingZeros() {
    guard digits > 0 else { return }
    while true {
      let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 100)
      guard remainder == 0 else { break }
      digits = quotient
      exponent += 2
    }
    let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
    if remainder == 0 {
      digits = quotient
      exponent += 1
    }
  }
}
