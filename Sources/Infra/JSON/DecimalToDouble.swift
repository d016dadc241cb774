// From decimal digits to the nearest double, ties to even, as IEEE 754 asks of reading.
import Glibc

enum DecimalToDouble {
  /// Powers of ten that a double holds exactly.
  private static let exactPowers: InlineArray<23, Double> = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  static func convert(_ parts: NumberParts, in bytes: RawSpan) -> Double {
    let magnitude: Double
    if parts.digits <= 1 << 53, (-22...22).contains(parts.exponent), !parts.isTruncated {
      // Both operands are exact, so that the one operation rounds once.
      let digits = Double(parts.digits)
      magnitude =
        parts.exponent < 0 ? digits / exactPowers[-parts.exponent] : digits * exactPowers[parts.exponent]
    } else if parts.digits == 0 {
      magnitude = 0
    } else {
      magnitude = fallback(parts, in: bytes)
    }
    return parts.isNegative ? -magnitude : magnitude
  }

  /// The C library, which rounds correctly whatever the number of digits.
  private static func fallback(_ parts: NumberParts, in bytes: RawSpan) -> Double {
    let start = parts.isNegative ? parts.offset + 1 : parts.offset
    let text = bytes.extracting(start..<parts.end).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    return strtod(text, nil)
  }
}
