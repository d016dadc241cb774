// National and sector identifiers made of digits alone: how many, how they check themselves, and the words that are asked
// for where the check is too weak to stand on its own.

/// One kind of identifier.
struct NumberRule: Sendable {
  let kind: String
  let lengths: ClosedRange<Int>
  /// Strength without and with one of its words nearby; 0 means that it is not claimed.
  let alone: Float
  let named: Float
  /// The groups in which it is usually written; when written so, it counts as `grouped`.
  let groups: [Int]
  let grouped: Float
  let words: [String]
  /// Words that must stand before it as they are here; the single ones say too little.
  var phrase = ""
  let check: @Sendable (CheckDigits.Digits) -> Bool
}

enum NationalIdentifiers {
  private typealias Check = CheckDigits
  private typealias Digits = CheckDigits.Digits

  private static func two(_ digits: Digits, _ offset: Int) -> Int {
    Int(digits[digits.startIndex + offset]) * 10 + Int(digits[digits.startIndex + offset + 1])
  }

  private static func digit(_ digits: Digits, _ offset: Int) -> Int { Int(digits[digits.startIndex + offset]) }

  private static func different(_ digits: Digits) -> Bool { Set(digits).count > 1 }

  static let rules: [NumberRule] = [
    NumberRule(
      kind: "social_security_number", lengths: 9...9, alone: 0, named: 0.92, groups: [3, 2, 4], grouped: 0.9,
      words: ["ssn", "social", "security", "tax", "taxpayer", "itin", "tin"]
    ) { digits in
      let area = Check.number(digits.prefix(3))
      let serial = Check.number(digits.suffix(4))
      if area >= 900 { return (50...99).contains(two(digits, 3)) && serial > 0 }
      return area != 0 && area != 666 && two(digits, 3) != 0 && serial != 0 && different(digits)
    },
    NumberRule(
      kind: "canadian_sin", lengths: 9...9, alone: 0, named: 0.9, groups: [3, 3, 3], grouped: 0.7,
      words: ["sin", "social", "insurance"]
    ) { Check.luhn($0) && digit($0, 0) != 0 && digit($0, 0) != 8 },
    NumberRule(
      kind: "dutch_bsn", lengths: 9...9, alone: 0, named: 0.9, groups: [], grouped: 0,
      words: ["bsn", "burgerservicenummer", "national", "identity", "identification"]
    ) { Check.weighted($0, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0 && different($0) },
    NumberRule(
      kind: "portuguese_nif", lengths: 9...9, alone: 0, named: 0.85, groups: [], grouped: 0, words: ["nif", "tax"]
    ) { digits in
      let rest = Check.weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
      return digit(digits, 8) == (rest < 2 ? 0 : 11 - rest) && different(digits)
    },
    NumberRule(
      kind: "israeli_id", lengths: 9...9, alone: 0, named: 0.8, groups: [], grouped: 0,
      words: ["israeli", "teudat", "identity"]
    ) { Check.luhn($0) && different($0) },
    NumberRule(
      kind: "australian_tfn", lengths: 9...9, alone: 0, named: 0.88, groups: [], grouped: 0, words: ["tfn", "tax"]
    ) { Check.weighted($0, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0 && different($0) },
    NumberRule(
      kind: "bank_routing_number", lengths: 9...9, alone: 0, named: 0.8, groups: [], grouped: 0,
      words: ["routing", "aba", "bank"]
    ) { Check.weighted($0, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0 && different($0) },
    NumberRule(
      kind: "nhs_number", lengths: 10...10, alone: 0, named: 0.92, groups: [], grouped: 0,
      words: ["nhs", "patient", "health", "medical"]
    ) { digits in
      let check = 11 - Check.weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
      return check % 11 == digit(digits, 9) && check != 10 && different(digits)
    },
    NumberRule(
      kind: "npi", lengths: 10...10, alone: 0, named: 0.75, groups: [], grouped: 0, words: ["npi", "provider"]
    ) { digits in
      Check.luhn(([8, 0, 8, 4, 0] + digits)[...])
    },
    NumberRule(
      kind: "bulgarian_egn", lengths: 10...10, alone: 0, named: 0.9, groups: [], grouped: 0, words: ["egn"]
    ) { Check.weighted($0, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digit($0, 9) },
    NumberRule(
      kind: "swedish_personnummer", lengths: 10...10, alone: 0, named: 0.9, groups: [6, 4], grouped: 0.85,
      words: ["personnummer", "personal", "identity"]
    ) { Check.luhn($0) && Check.date(year: two($0, 0), month: two($0, 2), day: two($0, 4)) },
    NumberRule(
      kind: "danish_cpr", lengths: 10...10, alone: 0, named: 0.85, groups: [6, 4], grouped: 0.6, words: ["cpr"]
    ) { Check.date(year: two($0, 4), month: two($0, 2), day: two($0, 0)) },
    NumberRule(
      kind: "czech_birth_number", lengths: 10...10, alone: 0, named: 0.85, groups: [6, 4], grouped: 0.6,
      words: ["rodne", "birth"]
    ) { digits in
      let month = two(digits, 2) % 50
      return Check.number(digits) % 11 == 0
        && Check.date(year: two(digits, 0), month: month > 20 ? month - 20 : month, day: two(digits, 4))
    },
    NumberRule(
      kind: "medicare_number", lengths: 10...11, alone: 0, named: 0.8, groups: [], grouped: 0, words: ["medicare"]
    ) { Check.weighted($0, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit($0, 8) && (2...6).contains(digit($0, 0)) },
    NumberRule(
      kind: "brazilian_cpf", lengths: 11...11, alone: 0.55, named: 0.95, groups: [3, 3, 3, 2], grouped: 0.95,
      words: ["cpf"]
    ) { digits in
      let first = Check.weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
      let second = Check.weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
      return first == digit(digits, 9) && second == digit(digits, 10) && different(digits)
    },
    NumberRule(
      kind: "polish_pesel", lengths: 11...11, alone: 0.5, named: 0.93, groups: [], grouped: 0, words: ["pesel"]
    ) { digits in
      let check = (10 - Check.weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10
      return check == digit(digits, 10)
        && Check.date(year: two(digits, 0), month: two(digits, 2) % 20, day: two(digits, 4))
    },
    NumberRule(
      kind: "german_tax_number", lengths: 11...11, alone: 0, named: 0.9, groups: [2, 3, 3, 3], grouped: 0.7,
      words: ["steuer", "steueridentifikationsnummer", "tax", "tin"]
    ) { Check.mod11and10($0) && digit($0, 0) != 0 },
    NumberRule(
      kind: "croatian_oib", lengths: 11...11, alone: 0, named: 0.9, groups: [], grouped: 0, words: ["oib"]
    ) { Check.mod11and10($0) },
    NumberRule(
      kind: "norwegian_fnr", lengths: 11...11, alone: 0.55, named: 0.92, groups: [6, 5], grouped: 0.85,
      words: ["fnr", "fodselsnummer"]
    ) { digits in
      let first = (11 - Check.weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11
      let second = (11 - Check.weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11
      return first == digit(digits, 9) && second == digit(digits, 10)
        && Check.date(year: two(digits, 4), month: two(digits, 2), day: two(digits, 0) % 40)
    },
    NumberRule(
      kind: "belgian_national_number", lengths: 11...11, alone: 0.5, named: 0.9, groups: [2, 2, 2, 3, 2],
      grouped: 0.95, words: ["national", "rijksregister"]
    ) { digits in
      let base = Check.number(digits.prefix(9))
      let check = two(digits, 9)
      return (97 - base % 97 == check || 97 - (2_000_000_000 + base) % 97 == check)
        && Check.date(year: two(digits, 0), month: two(digits, 2), day: two(digits, 4))
    },
    NumberRule(
      kind: "turkish_tc", lengths: 11...11, alone: 0.5, named: 0.9, groups: [], grouped: 0, words: ["tc", "kimlik"]
    ) { digits in
      let odd = [0, 2, 4, 6, 8].reduce(0) { $0 + digit(digits, $1) }
      let even = [1, 3, 5, 7].reduce(0) { $0 + digit(digits, $1) }
      let sum = digits.prefix(10).reduce(0) { $0 + Int($1) }
      return digit(digits, 0) != 0 && (odd * 7 - even + 100) % 10 == digit(digits, 9) && sum % 10 == digit(digits, 10)
    },
    NumberRule(
      kind: "baltic_personal_code", lengths: 11...11, alone: 0, named: 0.85, groups: [], grouped: 0,
      words: ["isikukood", "asmens", "personal"]
    ) { digits in
      var rest = Check.weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
      if rest == 10 { rest = Check.weighted(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10 }
      return rest == digit(digits, 10) && Check.date(year: two(digits, 1), month: two(digits, 3), day: two(digits, 5))
    },
    NumberRule(
      kind: "argentine_cuit", lengths: 11...11, alone: 0, named: 0.85, groups: [2, 8, 1], grouped: 0.9,
      words: ["cuit", "cuil"]
    ) { digits in
      let rest = 11 - Check.weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
      return (rest == 11 ? 0 : rest) == digit(digits, 10) && [20, 23, 24, 27, 30, 33, 34].contains(two(digits, 0))
    },
    NumberRule(
      kind: "aadhaar", lengths: 12...12, alone: 0.45, named: 0.95, groups: [4, 4, 4], grouped: 0.9,
      words: ["aadhaar", "aadhar", "uidai"]
    ) { Check.verhoeff($0) && digit($0, 0) >= 2 },
    NumberRule(
      kind: "japanese_my_number", lengths: 12...12, alone: 0, named: 0.8, groups: [], grouped: 0, words: ["number"],
      phrase: "my number"
    ) { digits in
      let rest = Check.weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
      return (rest <= 1 ? 0 : 11 - rest) == digit(digits, 11)
    },
    NumberRule(
      kind: "swiss_ahv", lengths: 13...13, alone: 0.9, named: 0.96, groups: [3, 4, 4, 2], grouped: 0.96, words: ["ahv"]
    ) { digits in
      let sum = Check.weighted(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3])
      return Check.number(digits.prefix(3)) == 756 && (10 - sum % 10) % 10 == digit(digits, 12)
    },
    NumberRule(
      kind: "romanian_cnp", lengths: 13...13, alone: 0.6, named: 0.93, groups: [], grouped: 0, words: ["cnp"]
    ) { digits in
      let rest = Check.weighted(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
      return (rest == 10 ? 1 : rest) == digit(digits, 12) && digit(digits, 0) != 0
        && Check.date(year: two(digits, 1), month: two(digits, 3), day: two(digits, 5))
    },
    NumberRule(
      kind: "south_african_id", lengths: 13...13, alone: 0.6, named: 0.92, groups: [6, 4, 3], grouped: 0.85,
      words: ["id", "identity"]
    ) { digits in
      Check.luhn(digits) && digit(digits, 10) < 2
        && Check.date(year: two(digits, 0), month: two(digits, 2), day: two(digits, 4))
    },
    NumberRule(
      kind: "korean_rrn", lengths: 13...13, alone: 0.4, named: 0.92, groups: [6, 7], grouped: 0.93,
      words: ["resident", "rrn"]
    ) { digits in
      let sum = Check.weighted(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
      return (11 - sum % 11) % 10 == digit(digits, 12) && (1...8).contains(digit(digits, 6))
        && Check.date(year: two(digits, 0), month: two(digits, 2), day: two(digits, 4))
    },
    NumberRule(
      kind: "thai_id", lengths: 13...13, alone: 0, named: 0.88, groups: [1, 4, 5, 2, 1], grouped: 0.92,
      words: ["thai", "citizen"]
    ) { digits in
      let sum = Check.weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
      return (11 - sum % 11) % 10 == digit(digits, 12)
    },
    NumberRule(
      kind: "brazilian_cnpj", lengths: 14...14, alone: 0.5, named: 0.8, groups: [2, 3, 3, 4, 2], grouped: 0.8,
      words: ["cnpj"]
    ) { digits in
      let first = Check.weighted(digits, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
      let second = Check.weighted(digits, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
      return digit(digits, 12) == (first < 2 ? 0 : 11 - first) && digit(digits, 13) == (second < 2 ? 0 : 11 - second)
        && different(digits)
    },
    NumberRule(
      kind: "imei", lengths: 15...15, alone: 0, named: 0.8, groups: [2, 6, 6, 1], grouped: 0.75, words: ["imei"]
    ) { Check.luhn($0) },
    NumberRule(
      kind: "french_nir", lengths: 15...15, alone: 0.9, named: 0.96, groups: [1, 2, 2, 2, 3, 3, 2], grouped: 0.96,
      words: ["nir", "insee", "securite"]
    ) { digits in
      97 - Check.remainder97(digits.prefix(13)) == two(digits, 13) && (1...4).contains(digit(digits, 0))
        && ((1...12).contains(two(digits, 3)) || (20...42).contains(two(digits, 3)))
    },
    NumberRule(
      kind: "chinese_resident_id", lengths: 18...18, alone: 0.9, named: 0.96, groups: [], grouped: 0, words: ["id"]
    ) { digits in
      let sum = Check.weighted(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
      return (12 - sum % 11) % 11 == digit(digits, 17)
        && Check.date(year: two(digits, 8), month: two(digits, 10), day: two(digits, 12))
        && (18...20).contains(two(digits, 6))
    },
  ]
}
