// Identifiers check themselves: a published example of each holds, and changing any one digit breaks it.
import Testing

@testable import Evidence

@Suite struct CheckDigitTests {
  static let numbers: [(kind: String, digits: String)] = [
    ("brazilian_cpf", "52998224725"), ("brazilian_cnpj", "11222333000181"), ("polish_pesel", "44051401359"),
    ("german_tax_number", "86095742719"), ("croatian_oib", "94577403194"), ("dutch_bsn", "111222333"),
    ("nhs_number", "9434765919"), ("swiss_ahv", "7569217076985"), ("french_nir", "255081416802538"),
    ("turkish_tc", "10000000146"), ("australian_tfn", "123456782"), ("canadian_sin", "130692544"),
    ("bank_routing_number", "021000021"), ("romanian_cnp", "1960229040019"), ("argentine_cuit", "20172543597"),
    ("korean_rrn", "8001011000008"), ("south_african_id", "8001015009087"), ("imei", "490154203237518"),
  ]

  private func digits(_ text: String) -> [UInt8] { text.utf8.map { $0 & 0x0f } }

  @Test(arguments: numbers.map(\.kind)) func aPublishedExampleHoldsAndAChangedDigitDoesNot(_ kind: String) throws {
    let example = try #require(Self.numbers.first { $0.kind == kind })
    let rule = try #require(NationalIdentifiers.rules.first { $0.kind == kind })
    let right = digits(example.digits)
    #expect(rule.check(right[...]), "\(kind)")
    var broken = 0
    for place in right.indices {
      for other in UInt8(0)...9 where other != right[place] {
        var changed = right
        changed[place] = other
        if !rule.check(changed[...]) { broken += 1 }
      }
    }
    // Every scheme finds nearly all single errors; none lets a tenth of them pass.
    #expect(broken * 10 >= right.count * 9 * 9, "\(kind): \(broken) of \(right.count * 9)")
  }

  /// Kinds whose digits carry no check: known by their groups and by the words beside them.
  private static let unchecked: Set<String> = ["social_security_number", "danish_cpr"]

  @Test(arguments: NationalIdentifiers.rules.map(\.kind).filter { !unchecked.contains($0) })
  func aKindThatChecksItselfAcceptsFewNumbersAndNoticesAChangedDigit(_ kind: String) throws {
    let rule = try #require(NationalIdentifiers.rules.first { $0.kind == kind })
    var generator = Seeded(state: 11)
    let length = rule.lengths.lowerBound
    var valid: [[UInt8]] = []
    var tried = 0
    while valid.count < 8, tried < 400_000 {
      let digits = (0..<length).map { _ in UInt8.random(in: 0...9, using: &generator) }
      tried += 1
      if rule.check(digits[...]) { valid.append(digits) }
    }
    #expect(valid.count == 8, "\(kind): \(valid.count) of \(tried)")
    #expect(tried >= valid.count * 4, "\(kind) accepts \(valid.count) of \(tried)")
    var noticed = 0
    for number in valid {
      for place in number.indices {
        for other in UInt8(0)...9 where other != number[place] {
          var changed = number
          changed[place] = other
          if !rule.check(changed[...]) { noticed += 1 }
        }
      }
    }
    #expect(noticed * 10 >= valid.count * length * 9 * 8, "\(kind): \(noticed) of \(valid.count * length * 9)")
  }

  @Test func cardsAndAccountsHold() {
    #expect(CheckDigits.luhn(digits("4111111111111111")[...]))
    #expect(!CheckDigits.luhn(digits("4111111111111112")[...]))
    #expect(CheckDigits.verhoeff(digits("2363")[...]))
    #expect(!CheckDigits.verhoeff(digits("2364")[...]))
    #expect(CheckDigits.iban(Array("DE89370400440532013000".utf8)))
    #expect(CheckDigits.iban(Array("FR1420041010050500013M02606".utf8)))
    #expect(!CheckDigits.iban(Array("DE89370400440532013001".utf8)))
  }

  @Test(arguments: [
    "DNI 12345678Z", "NIE X1234567L", "RSSMRA85T10A562S", "NRIC S1234567D", "HKID A1234563",
    "National insurance AB123456C",
    "VIN 1M8GDM9AXKP042788",
  ])
  func identifiersWithLettersAreFound(_ text: String) {
    #expect(TextExaminer().strength(of: .privacyIdentifiers, in: text) >= 0.5)
  }

  @Test func moreThanSixtyIssuersOfSecretsAreKnown() {
    let issuers = Set(SecretFormats.all.map { $0.kind.split(separator: "_").first ?? "" })
    #expect(issuers.count >= 60)
  }

  @Test(arguments: SecretFormats.all.indices) func aTokenOfEachPublishedFormatIsFoundAndNeverRepeated(_ index: Int)
    throws
  {
    let format = SecretFormats.all[index]
    var generator = Seeded(state: UInt64(index) + 5)
    let alphabet = (UInt8(0x30)...0x7a).filter {
      ($0.isDigit || $0.isLetter) && SecretFormats.belongs($0, to: format.letters)
    }
    let body = (0..<max(format.least, min(format.most, 16))).map { place in
      // Some digits, as every issuer's tokens have.
      place % 3 == 1
        ? UInt8.random(in: 0x32...0x39, using: &generator) : alphabet.randomElement(using: &generator) ?? 0x37
    }
    let token = String(decoding: format.prefix + body, as: UTF8.self)
    let found = TextExaminer().examine("the secret key is \(token) and it is in use").filter { $0.detector == .secrets }
    let strongest = try #require(found.max { $0.strength < $1.strength }, "\(format.kind) \(token)")
    #expect(strongest.strength >= 0.6, "\(format.kind) \(token)")
    let secret = String(decoding: body, as: UTF8.self)
    #expect(!found.contains { $0.kind.contains(secret) })
  }
}
