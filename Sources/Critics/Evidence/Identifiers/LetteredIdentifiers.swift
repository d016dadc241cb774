// Identifiers with letters in them: their shape (`A` a letter, `9` a digit), their check, and the words they need.

struct LetteredRule: Sendable {
  let kind: String
  let shape: [UInt8]
  let alone: Float
  let named: Float
  let words: [String]
  let check: @Sendable ([UInt8]) -> Bool

  init(
    _ kind: String, _ shape: String, alone: Float, named: Float, words: [String] = [],
    check: @escaping @Sendable ([UInt8]) -> Bool
  ) {
    (self.kind, self.shape, self.alone, self.named, self.words) = (kind, Array(shape.utf8), alone, named, words)
    self.check = check
  }

  /// `?` in a shape is a letter or a digit.
  func matches(_ other: [UInt8]) -> Bool {
    guard shape.count == other.count else { return false }
    for (wanted, found) in zip(shape, other) where wanted != found && wanted != 0x3f { return false }
    return true
  }
}

enum LetteredIdentifiers {
  private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 * 10 + Int($1 & 0x0f) } }
  private static func letter(_ byte: UInt8) -> Int { Int(byte) - 0x41 }

  static let rules: [LetteredRule] = [
    LetteredRule("spanish_dni", "99999999A", alone: 0.85, named: 0.95, words: ["dni", "nif"], check: spanish),
    LetteredRule("spanish_nie", "A9999999A", alone: 0.85, named: 0.95, words: ["nie"]) { id in
      if let first = [0x58, 0x59, 0x5a].firstIndex(of: id[0]) { return spanish([UInt8(0x30 + first)] + id[1...]) }
      return singapore(id)
    },
    LetteredRule(
      "codice_fiscale", "AAAAAA9?A9?A???A", alone: 0.95, named: 0.97, words: ["codice", "fiscale"], check: italian),
    LetteredRule(
      "national_insurance_number", "AA999999A", alone: 0.8, named: 0.93, words: ["insurance", "national", "ni"]
    ) { isInsuranceNumber($0[0], $0[1], $0[8]) },
    LetteredRule("indian_pan", "AAAAA9999A", alone: 0.6, named: 0.92, words: ["pan", "tax"]) {
      "ABCFGHLJPT".utf8.contains($0[3])
    },
    LetteredRule("curp", "AAAA999999AAAAAA?9", alone: 0.9, named: 0.95, words: ["curp"]) { id in
      ["HM".utf8.contains(id[10])].allSatisfy { $0 } && (1...12).contains(number(id[6..<8]))
    },
    LetteredRule("finnish_hetu", "999999999A", alone: 0, named: 0.9, words: ["hetu"], check: finnish),
    LetteredRule("finnish_hetu", "999999A999?", alone: 0.7, named: 0.93, words: ["hetu"]) {
      "ABCDEFYXWVU".utf8.contains($0[6]) && finnish(Array($0[..<6] + $0[7...]))
    },
    LetteredRule("chilean_rut", "99999999A", alone: 0, named: 0.9, words: ["rut"]) { id in
      id[8] == 0x4b && chilean(id[..<8]) == 10
    },
    LetteredRule("hong_kong_id", "A9999999", alone: 0, named: 0.88, words: ["hkid", "identity", "id"]) { id in
      let sum = (letter(id[0]) + 10) * 8 + 36 * 9 + (1...6).reduce(0) { $0 + Int(id[$1] & 0x0f) * (8 - $1) }
      return (sum + Int(id[7] & 0x0f)) % 11 == 0
    },
    LetteredRule("taiwanese_id", "A999999999", alone: 0.6, named: 0.9, words: ["id", "identity", "national"]) { id in
      let codes = [
        10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33,
      ]
      let code = codes[letter(id[0])]
      let sum = code / 10 + code % 10 * 9 + (1...8).reduce(0) { $0 + Int(id[$1] & 0x0f) * (9 - $1) }
      return (sum + Int(id[9] & 0x0f)) % 10 == 0 && (id[1] == 0x31 || id[1] == 0x32)
    },
    LetteredRule("chinese_resident_id", "99999999999999999A", alone: 0.9, named: 0.96, words: ["id"]) { id in
      let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
      return id[17] == 0x58 && zip(id, weights).reduce(0) { $0 + Int($1.0 & 0x0f) * $1.1 } % 11 == 2
    },
    LetteredRule("dea_number", "AA9999999", alone: 0, named: 0.85, words: ["dea"]) { id in
      let digits = id[2...].map { Int($0 & 0x0f) }
      return (digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])) % 10 == digits[6]
    },
    LetteredRule("irish_pps", "9999999A", alone: 0, named: 0.88, words: ["pps", "ppsn"]) { id in
      let sum = (0..<7).reduce(0) { $0 + Int(id[$1] & 0x0f) * (8 - $1) }
      return letter(id[7]) == (sum % 23 + 25) % 26 || sum % 23 == 0 && id[7] == 0x57
    },
    LetteredRule("medicare_beneficiary", "9A?9A?9AA99", alone: 0.6, named: 0.85, words: ["medicare", "mbi"]) {
      $0[0] != 0x30
    },
    LetteredRule(
      "vehicle_number", "?????????????????", alone: 0.55, named: 0.8, words: ["vin", "vehicle"], check: vehicle),
  ]

  /// Whether the letters of a British national insurance number may be these.
  static func isInsuranceNumber(_ first: UInt8, _ second: UInt8, _ last: UInt8) -> Bool {
    let unused = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"]
    return last <= 0x44 && !"DFIQUV".utf8.contains(first) && !"DFIQUVO".utf8.contains(second)
      && !unused.contains(String(decoding: [first, second], as: UTF8.self))
  }

  /// The rules by the number of letters and digits that they ask for.
  static let byLength: [[LetteredRule]] = (0...TokenReader.longest).map { length in
    rules.filter { $0.shape.count == length }
  }

  private static func spanish(_ id: [UInt8]) -> Bool {
    id[8] == Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)[number(id[..<8]) % 23]
  }

  private static func singapore(_ id: [UInt8]) -> Bool {
    guard [0x53, 0x54, 0x46, 0x47].contains(id[0]) else { return false }
    let weights = [2, 7, 6, 5, 4, 3, 2]
    var sum = zip(id[1...7], weights).reduce(0) { $0 + Int($1.0 & 0x0f) * $1.1 }
    if id[0] == 0x54 || id[0] == 0x47 { sum += 4 }
    let letters = id[0] == 0x53 || id[0] == 0x54 ? Array("JZIHGFEDCBA".utf8) : Array("XWUTRQPNMLK".utf8)
    return letters[sum % 11] == id[8]
  }

  private static func italian(_ id: [UInt8]) -> Bool {
    let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    var sum = 0
    for (place, byte) in id[..<15].enumerated() {
      let value = byte.isDigit ? Int(byte & 0x0f) : letter(byte)
      sum += place % 2 == 0 ? odd[value] : value
    }
    return letter(id[15]) == sum % 26
  }

  private static func finnish(_ id: [UInt8]) -> Bool {
    guard id[..<9].allSatisfy(\.isDigit), id.count == 10 else { return false }
    return Array("0123456789ABCDEFHJKLMNPRSTUVWXY".utf8)[number(id[..<9]) % 31] == id[9]
      && CheckDigits.date(year: 0, month: number(id[2..<4]), day: number(id[..<2]))
  }

  static func chilean(_ digits: ArraySlice<UInt8>) -> Int {
    let sum = digits.reversed().enumerated().reduce(0) { $0 + Int($1.element & 0x0f) * (2 + $1.offset % 6) }
    return 11 - sum % 11
  }

  /// ISO 3779 with the North American check digit.
  private static func vehicle(_ id: [UInt8]) -> Bool {
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    let values = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9]
    guard id.contains(where: \.isLetter), id.contains(where: \.isDigit), !id.contains(0x49), !id.contains(0x4f),
      !id.contains(0x51)
    else { return false }
    let sum = zip(id, weights).reduce(0) {
      $0 + ($1.0.isDigit ? Int($1.0 & 0x0f) : values[letter($1.0)]) * $1.1
    }
    return sum % 11 == 10 ? id[8] == 0x58 : id[8] == UInt8(0x30 + sum % 11)
  }

  /// The length of an IBAN by country (SWIFT's registry).
  static func bankAccountLength(_ first: UInt8, _ second: UInt8) -> Int? {
    lengths[Int(first) << 8 | Int(second)]
  }

  private static let lengths: [Int: Int] = {
    let registry = """
      AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 \
      FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 \
      LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18 \
      SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
      """
    var lengths: [Int: Int] = [:]
    for entry in registry.split(separator: " ") {
      let bytes = Array(entry.utf8)
      lengths[Int(bytes[0]) << 8 | Int(bytes[1])] = Int(String(decoding: bytes[2...], as: UTF8.self))
    }
    return lengths
  }()
}
