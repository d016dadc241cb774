// Figures in words, as printf writes them. printf itself is asked only where its exactness could matter.
import Foundation

extension Words {
  mutating func add(_ number: Int) {
    if number < 0 { add("-") }
    add(digits: UInt64(number.magnitude))
  }

  /// As printf's `%.*f` writes it.
  mutating func add(_ value: Double, places: Int) {
    guard (0..<Self.powers.count).contains(places), value.magnitude < 1e5,
      let digits = Self.nearest(value.magnitude * Self.powers[places])
    else { return add(text: Self.formatted("%.*f", [Int32(places), value])) }
    if value.sign == .minus { add("-") }
    add(digits: digits, places: places)
  }

  /// With four decimals, and what is smaller as printf's `%.1e` writes it.
  mutating func add(probability value: Double) {
    if value >= 0.0001 { return add(value, places: 4) }
    guard value > 1e-280 else { return add(text: Self.formatted("%.1e", [value])) }
    var exponent = Int(log10(value).rounded(.down))
    guard var digits = Self.nearest(value * pow(10, Double(1 - exponent))) else {
      return add(text: Self.formatted("%.1e", [value]))
    }
    if digits == 100 { (digits, exponent) = (10, exponent + 1) }
    add(digits: digits, places: 1)
    add(exponent > -10 ? "e-0" : "e-")
    add(-exponent)
  }

  static func decimal(_ value: Double, _ places: Int) -> String {
    var words = Words(capacity: 32)
    words.add(value, places: places)
    return words.text
  }

  private static let powers: [Double] = [1, 10, 100, 1000, 10_000]

  /// The nearest whole number; nil so near to a half that the rounding of the product could decide.
  private static func nearest(_ scaled: Double) -> UInt64? {
    let whole = UInt64(scaled)
    let part = scaled - Double(whole)
    guard (part - 0.5).magnitude > 1e-5 else { return nil }
    return part > 0.5 ? whole + 1 : whole
  }

  private static func formatted(_ format: String, _ values: [any CVarArg]) -> String {
    // A double has at most 309 digits before the point; what did not fit would be cut off and still end in a zero byte.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      guard let text = buffer.baseAddress else { return "" }
      _ = withVaList(values) { vsnprintf(text, buffer.count, format, $0) }
      return String(cString: text)
    }
  }
}
