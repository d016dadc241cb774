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
}
