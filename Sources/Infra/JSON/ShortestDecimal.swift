// From a double to the shortest decimal digits that read back as the same double.

/// `digits · 10^exponent`, with no trailing zeros in `digits`.
struct ShortestDecimal {
  private(set) var digits: UInt64
  private(set) var exponent: Int

  /// `value` is finite and not negative.
  init(of value: Double) {
    digits = 0
    exponent = 0
    var isFraction = false
    var written = 0
    var isNegativeExponent = false
    var inExponent = false
    for byte in value.description.utf8 {
      switch byte {
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"): inExponent = true
      case UInt8(ascii: "-"): isNegativeExponent = true
      case UInt8(ascii: "+"): break
      default:
        if inExponent {
          written = written * 10 + Int(byte - UInt8(ascii: "0"))
        } else {
          digits = digits &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
          if isFraction { exponent -= 1 }
        }
      }
    }
    exponent += isNegativeExponent ? -written : written
    while digits > 0, digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
  }
}
