// What a character outside ASCII reads as: the compatibility forms of NFKC (full width, mathematical, circled, ligatures),
// letters under their accents, and look-alikes of other scripts. Derived once from the names that Unicode gives its
// characters, so that no table of thousands of lines is kept here; look-alikes, which names do not tell, are listed.

struct CharacterFolding: Sendable {
  /// What to do with one scalar.
  enum Reading {
    /// Reads as these ASCII bytes (already lower case), whatever stands around it.
    static let plain: UInt8 = 1
    /// Invisible: zero width, bidirectional control, combining mark, variation selector.
    static let nothing: UInt8 = 2
    /// A space of some width.
    static let space: UInt8 = 3
    /// A letter of another script that looks like an ASCII letter: folded in words that mix scripts.
    static let lookalike: UInt8 = 4
    /// A character of a script written without spaces, or a pictograph: a word of its own.
    static let ideograph: UInt8 = 5
    /// Shows nothing and may stand for a space: between letters it is nothing.
    static let blank: UInt8 = 6
    /// A letter of another script, folded to its lower case.
    static let other: UInt8 = 0
  }

  struct Entry: Sendable {
    var reading: UInt8 = Reading.other
    /// Up to four ASCII bytes, first in the lowest byte; or the lower-case scalar of a letter of another script.
    var value: UInt32 = 0
  }

  /// Scalars below this limit, and the blocks in `upperBlocks`, have entries; others are passed on as they are.
  private static let lowLimit: UInt32 = 0x3100
  private var low: [Entry]
  private var high: [UInt32: Entry] = [:]

  static let shared = CharacterFolding()

  @inline(__always)
  func entry(_ scalar: UInt32) -> Entry {
    if scalar < Self.lowLimit { return low[Int(scalar)] }
    if scalar == Self.hangulFiller { return Entry(reading: Reading.nothing) }
    if scalar < 0xa640 || (0xac00..<0xf900).contains(scalar) {
      return Entry(reading: scalar < 0xa000 ? Reading.ideograph : Reading.other, value: scalar)
    }
    if let entry = high[scalar] { return entry }
    let ideograph = (0x1f000..<0x32000).contains(scalar) || (0xf900..<0xfb00).contains(scalar)
    return Entry(reading: ideograph ? Reading.ideograph : Reading.other, value: scalar)
  }

  private static let hangulFiller: UInt32 = 0x3164
  private static let blanks: Set<UInt32> = [0x2028, 0x2029, 0x2800]

  private init() {
    low = (0..<Self.lowLimit).map { Self.derive($0) }
    for range: ClosedRange<UInt32> in [
      0xa640...0xa69f, 0xa720...0xa7ff, 0xab30...0xab6f, 0xfb00...0xfb06, 0xfe00...0xfe0f, 0xfe30...0xfe6f,
      0xfeff...0xfeff, 0xff00...0xfffc, 0x1bca0...0x1bca3, 0x1d173...0x1d17a, 0x1d400...0x1d7ff, 0x1f100...0x1f1ff,
      0xe0000...0xe0fff,
    ] {
      for scalar in range { high[scalar] = Self.derive(scalar) }
    }
    for (index, letter) in Self.lookalikes {
      for scalar in letter.unicodeScalars {
        let entry = Entry(reading: Reading.lookalike, value: UInt32(index.asciiValue.unsafelyUnwrapped))
        if scalar.value < Self.lowLimit { low[Int(scalar.value)] = entry } else { high[scalar.value] = entry }
      }
    }
  }

  /// Letters of other scripts that pass for an ASCII letter (Unicode's confusables, the alphabets in common use).
  private static let lookalikes: [(Character, String)] = [
    ("a", "аАαΑᎪ"), ("b", "ЬьВвβΒϐᏴ"), ("c", "сСϲᏟ"), ("d", "ԁժᎠ"), ("e", "еЕεΕҽєЄᎬ"), ("f", "ғϝք"), ("g", "ԍցᏀ"),
    ("h", "һНΗհнҺᎻᏂ"), ("i", "іІιΙӏїЇᎥ"), ("j", "јЈϳյᎫ"), ("k", "кКκΚᏦ"), ("l", "Ꮮ"), ("m", "мМΜᎷ"), ("n", "пΝηո"),
    ("o", "оОοΟօσ"), ("p", "рРρΡᏢ"), ("q", "ԛզ"), ("r", "гᎡᏒ"), ("s", "ѕЅտᏚᏕ"), ("t", "тТτΤᎢ"), ("u", "υսц"),
    ("v", "νѵᏙ"), ("w", "ѡԝωшաᎳᏔ"), ("x", "хХχΧ"), ("y", "уУγΥүᎩ"), ("z", "ΖᏃ"),
  ]

  private static func derive(_ value: UInt32) -> Entry {
    guard let scalar = Unicode.Scalar(value) else { return Entry() }
    if value < 0x80 { return Entry(reading: Reading.plain, value: value) }
    if (0xe0020...0xe007e).contains(value) { return Entry(reading: Reading.plain, value: asciiLower(value - 0xe0000)) }
    if blanks.contains(value) { return Entry(reading: Reading.blank, value: 0x20) }
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint || value == 0xfffc { return Entry(reading: Reading.nothing) }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return Entry(reading: Reading.nothing)
    case .spaceSeparator, .lineSeparator, .paragraphSeparator: return Entry(reading: Reading.space, value: 0x20)
    default: break
    }
    if let ascii = punctuation[value] ?? letterlike[value] { return Entry(reading: Reading.plain, value: ascii) }
    if (0x2160...0x217f).contains(value) {
      return Entry(reading: Reading.plain, value: pack(romanNumerals[Int(value & 0x0f)]))
    }
    if let name = properties.name, let ascii = asciiReading(ofName: name) {
      return Entry(reading: Reading.plain, value: ascii)
    }
    if (0x2e80..<0x3100).contains(value) && properties.isAlphabetic || (0x2600..<0x27c0).contains(value) {
      return Entry(reading: Reading.ideograph, value: value)
    }
    let lower = properties.lowercaseMapping.unicodeScalars
    if lower.count == 1, let only = lower.first { return Entry(reading: Reading.other, value: only.value) }
    return Entry(reading: Reading.other, value: value)
  }

  /// Letters whose names do not say so, and Latin letters that pass for others.
  private static let letterlike: [UInt32: UInt32] = [
    0xaa: 0x61, 0xba: 0x6f, 0x210e: 0x68, 0x2139: 0x69, 0x212e: 0x65, 0x212a: 0x6b, 0x212b: 0x61, 0x0259: 0x65,
    0x01dd: 0x65, 0x0251: 0x61, 0x0269: 0x69, 0x026a: 0x69, 0x028a: 0x75, 0x0261: 0x67, 0x0262: 0x67, 0x1d22: 0x7a,
    0x00f0: 0x64, 0x01c0: 0x6c, 0x2c7c: 0x6a,
  ]
  private static let romanNumerals = [
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "l", "c", "d", "m",
  ]

  private static func asciiLower(_ value: UInt32) -> UInt32 { (0x41...0x5a).contains(value) ? value + 0x20 : value }

  private static let punctuation: [UInt32: UInt32] = [
    0x2018: 0x27, 0x2019: 0x27, 0x201b: 0x27, 0x02bc: 0x27, 0x201c: 0x22, 0x201d: 0x22, 0x201f: 0x22, 0xab: 0x22,
    0xbb: 0x22, 0x2010: 0x2d, 0x2011: 0x2d, 0x2012: 0x2d, 0x2013: 0x2d, 0x2014: 0x2d, 0x2212: 0x2d, 0x2026: 0x2e,
    0xb7: 0x2e, 0x2022: 0x2e, 0x2024: 0x2e, 0x2027: 0x2e, 0x30fb: 0x2e,
    0x3002: 0x2e, 0x3001: 0x2c, 0x2039: 0x3c, 0x203a: 0x3e, 0x2044: 0x2f, 0xdf: 0x7373,
  ]

  /// `LATIN SMALL LETTER E WITH ACUTE`, `MATHEMATICAL BOLD CAPITAL A`, `FULLWIDTH DIGIT TWO`, `LATIN SMALL LIGATURE FFI`:
  /// the ASCII letters that the name says, in lower case.
  private static func asciiReading(ofName name: String) -> UInt32? {
    if name.hasPrefix("FULLWIDTH "), let mark = fullWidthMarks[String(name.dropFirst(10))] { return mark }
    let styled = [
      "MATHEMATICAL ", "FULLWIDTH ", "CIRCLED ", "PARENTHESIZED ", "NEGATIVE ", "SQUARED ", "REGIONAL ",
      "SUPERSCRIPT ", "SUBSCRIPT ", "MODIFIER LETTER ", "LATIN ", "DOUBLE-STRUCK ", "SCRIPT ", "BLACK-LETTER ",
      "SMALL ROMAN NUMERAL ", "DIGIT ",
    ].contains { name.hasPrefix($0) }
    guard styled else { return nil }
    if let range = name.range(ofPhrase: "LIGATURE ") {
      let letters = name[range...].split(separator: " ").first.map(String.init) ?? ""
      return letters.utf8.count <= 4 ? pack(letters) : nil
    }
    var words = name.split(separator: " ")
    if let with = words.firstIndex(of: "WITH") { words.removeSubrange(with...) }
    guard let last = words.last else { return nil }
    if last.utf8.count == 1, let letter = last.utf8.first, letter.isLetter {
      // A capital stays one: names are known by it.
      return UInt32(name.hasPrefix("LATIN CAPITAL LETTER ") ? letter & 0xdf : letter | 0x20)
    }
    if let digit = digits.firstIndex(of: String(last)) { return 0x30 + UInt32(digit) }
    if name.hasPrefix("LATIN"), ["AE", "OE"].contains(last) { return pack(String(last)) }
    if name.hasPrefix("LATIN"), last == "DOTLESS" { return nil }
    if name.contains("DOTLESS I") { return 0x69 }
    if name.hasPrefix("LATIN"), last == "ETH" { return 0x64 }
    return nil
  }

  private static let digits = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"]
  private static let fullWidthMarks: [String: UInt32] = [
    "EXCLAMATION MARK": 0x21, "QUOTATION MARK": 0x22, "NUMBER SIGN": 0x23, "DOLLAR SIGN": 0x24, "PERCENT SIGN": 0x25,
    "AMPERSAND": 0x26, "APOSTROPHE": 0x27, "LEFT PARENTHESIS": 0x28, "RIGHT PARENTHESIS": 0x29, "ASTERISK": 0x2a,
    "PLUS SIGN": 0x2b, "COMMA": 0x2c, "HYPHEN-MINUS": 0x2d, "FULL STOP": 0x2e, "SOLIDUS": 0x2f, "COLON": 0x3a,
    "SEMICOLON": 0x3b, "LESS-THAN SIGN": 0x3c, "EQUALS SIGN": 0x3d, "GREATER-THAN SIGN": 0x3e,
    "QUESTION MARK": 0x3f, "COMMERCIAL AT": 0x40, "LEFT SQUARE BRACKET": 0x5b, "REVERSE SOLIDUS": 0x5c,
    "RIGHT SQUARE BRACKET": 0x5d, "LOW LINE": 0x5f, "LEFT CURLY BRACKET": 0x7b, "VERTICAL LINE": 0x7c,
    "RIGHT CURLY BRACKET": 0x7d, "TILDE": 0x7e,
  ]

  private static func pack(_ letters: String) -> UInt32 {
    var value: UInt32 = 0
    for (place, byte) in letters.utf8.enumerated() { value |= UInt32(byte | 0x20) << (8 * UInt32(place)) }
    return value
  }
}

extension String {
  /// The index after the first occurrence of `phrase`.
  fileprivate func range(ofPhrase phrase: String) -> String.Index? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(phrase) { return index(start, offsetBy: phrase.count) }
      start = index(after: start)
    }
    return nil
  }
}
