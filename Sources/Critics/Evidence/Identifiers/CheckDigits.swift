// The arithmetic by which identifiers check themselves. Each function takes digits as numbers 0…9 (or the bytes of the
// identifier where letters take part) and says whether the check holds. Pure and total.

enum CheckDigits {
  typealias Digits = ArraySlice<UInt8>

  /// ISO/IEC 7812 (cards, IMEI, Canadian SIN, Swedish personnummer).
  static func luhn(_ digits: Digits) -> Bool {
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      let doubled = place % 2 == 1 ? Int(digit) * 2 : Int(digit)
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return !digits.isEmpty && sum % 10 == 0
  }

  static func weighted(_ digits: Digits, _ weights: [Int]) -> Int {
    zip(digits, weights).reduce(0) { $0 + Int($1.0) * $1.1 }
  }

  private static let verhoeffProduct: [[UInt8]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  ]
  private static let verhoeffTurn: [UInt8] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

  /// Verhoeff's scheme over the dihedral group (India's Aadhaar).
  static func verhoeff(_ digits: Digits) -> Bool {
    var check: UInt8 = 0
    for (place, digit) in digits.reversed().enumerated() {
      var turned = digit
      for _ in 0..<place % 8 { turned = verhoeffTurn[Int(turned)] }
      check = verhoeffProduct[Int(check)][Int(turned)]
    }
    return check == 0
  }

  /// ISO/IEC 7064 MOD 11,10 (German tax number, Croatian OIB).
  static func mod11and10(_ digits: Digits) -> Bool {
    guard let last = digits.last else { return false }
    var product = 10
    for digit in digits.dropLast() {
      var sum = (Int(digit) + product) % 10
      if sum == 0 { sum = 10 }
      product = sum * 2 % 11
    }
    return (11 - product) % 10 == Int(last)
  }

  /// The remainder by 97 of a number written in these digits (ISO/IEC 7064 MOD 97-10 and its relatives).
  static func remainder97(_ digits: Digits) -> Int { digits.reduce(0) { ($0 * 10 + Int($1)) % 97 } }

  /// IBAN: letters become two digits, the first four characters go to the end, the remainder by 97 is 1.
  static func iban(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 15, bytes.count <= 34 else { return false }
    var remainder = 0
    for byte in bytes[4...] + bytes[..<4] {
      if byte.isDigit {
        remainder = (remainder * 10 + Int(byte - 0x30)) % 97
      } else if byte.isLetter {
        remainder = (remainder * 100 + Int((byte | 0x20) - 0x61) + 10) % 97
      } else {
        return false
      }
    }
    return remainder == 1
  }

  /// Whether two digits each are a year, month and day that may be.
  static func date(year: Int, month: Int, day: Int) -> Bool {
    (1...12).contains(month) && (1...(month == 2 ? 29 : [4, 6, 9, 11].contains(month) ? 30 : 31)).contains(day)
      && year >= 0
  }

  static func number(_ digits: Digits) -> Int { digits.reduce(0) { $0 * 10 + Int($1) } }
}
