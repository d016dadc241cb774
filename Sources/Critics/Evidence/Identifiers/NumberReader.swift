// Identifiers made of digits, however they are grouped: a run of digits with single separators is read once, and tried as an
// address of a network, coordinates, a payment card, the national identifiers, a date of birth, an account or a telephone.

/// A run such as `4111 1111 1111 1111`, `+44 (0)20 7946 0958` or `10.0.0.1`.
struct NumberRun {
  static let digitLimit = 24
  /// Fewer digits are no identifier: they are counted and not taken apart.
  static let least = 4
  private(set) var digitCount = 0
  /// The digits, the sizes of their groups and what stands between those, of runs that may be identifiers.
  private(set) var digits: [UInt8] = []
  private(set) var groups: [Int] = []
  private(set) var separators: [UInt8] = []
  private(set) var start: Int
  private(set) var end: Int
  private(set) var plus = false
  private(set) var parenthesis = false
  /// A letter touches the run: it is part of a name, a key or a measure.
  private(set) var touchesLetter = false

  init(_ bytes: TextBytes, _ first: Int, _ count: Int) {
    start = first
    var index = first
    if first > 0, bytes[first - 1] == 0x2b {
      plus = true
      start = first - 1
    } else if first > 0, bytes[first - 1] == 0x28 {
      parenthesis = true
      start = first - 1
      if first > 1, bytes[first - 2] == 0x2b { plus = true }
    }
    if start > 0, bytes[start - 1].isLetter || bytes[start - 1] == 0x5f { touchesLetter = true }
    end = first
    while index < count, digitCount < Self.digitLimit {
      if bytes[index].isDigit {
        digitCount += 1
        index += 1
        end = index
        continue
      }
      // One separator, or a bracket with its space, may stand between groups.
      var next = index
      while next < count, next < index + 3, Self.separates(bytes[next]) { next += 1 }
      guard next > index, next < count, bytes[next].isDigit, bytes[index] != 0x0a else { break }
      if next - index > 1, !(index..<next).contains(where: { bytes[$0] == 0x28 || bytes[$0] == 0x29 }) { break }
      index = next
    }
    if end < count, bytes[end].isLetter || bytes[end] == 0x5f || bytes[end] >= 0x80 { touchesLetter = true }
    if digitCount >= Self.least { divide(bytes, first) }
  }

  private mutating func divide(_ bytes: TextBytes, _ first: Int) {
    digits.reserveCapacity(digitCount)
    var group = 0
    for index in first..<end {
      if bytes[index].isDigit {
        digits.append(bytes[index] & 0x0f)
        group += 1
      } else if group > 0 {
        groups.append(group)
        separators.append(bytes[index])
        group = 0
      }
    }
    groups.append(group)
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x2d || byte == 0x2e || byte == 0x28 || byte == 0x29 || byte == 0x2f
  }

  func separated(by byte: UInt8) -> Bool { !separators.isEmpty && separators.allSatisfy { $0 == byte } }
}

struct NumberReader {
  let text: TextView
  let report: (String, Float, Int, Int) -> Void

  /// Reads the run that begins at `place`. Returns where it ends.
  func read(_ place: Int) -> Int {
    let run = NumberRun(text.bytes, place, text.count)
    if run.digitCount <= 5, StreetName.stands(before: run.start, in: text.bytes) {
      report("street_address", 0.62, StreetName.start(before: run.start, in: text.bytes), run.end)
      return run.end
    }
    guard run.digitCount >= NumberRun.least else { return run.end }
    if insuranceNumber(run) { return run.end }
    if address(run) || date(run) || coordinates(run) { return run.end }
    if run.touchesLetter, !run.plus { return run.end }
    if card(run) || national(run) || telephone(run) { return run.end }
    account(run)
    return run.end
  }

  /// `AB 12 34 56 C`: the letters stand apart, so no token holds it.
  private func insuranceNumber(_ run: NumberRun) -> Bool {
    let bytes = text.bytes
    guard run.digits.count == 6, !run.plus, run.start >= 3, bytes[run.start - 1] == 0x20, bytes[run.end] == 0x20 else {
      return false
    }
    let (first, second, last) = (bytes[run.start - 3], bytes[run.start - 2], bytes[run.end + 1])
    guard [first, second, last].allSatisfy({ (0x41...0x5a).contains($0) }), !bytes[run.end + 2].isWordByte,
      run.start == 3 || !bytes[run.start - 4].isWordByte,
      LetteredIdentifiers.isInsuranceNumber(first, second, last)
    else { return false }
    report("national_insurance_number", 0.85, run.start - 3, run.end + 2)
    return true
  }

  private func address(_ run: NumberRun) -> Bool {
    guard run.groups.count == 4, run.separated(by: 0x2e), run.groups.allSatisfy({ $0 <= 3 && $0 > 0 }) else {
      return false
    }
    var at = 0
    var parts: [Int] = []
    for size in run.groups {
      parts.append(CheckDigits.number(run.digits[at..<at + size]))
      at += size
    }
    guard parts.allSatisfy({ $0 <= 255 }) else { return false }
    if parts[0] == 127 || parts[0] == 0 || parts == [255, 255, 255, 0] || parts[3] == 0 && parts[2] == 0 {
      return true
    }
    let local = parts[0] == 10 || parts[0] == 192 && parts[1] == 168 || parts[0] == 172 && (16...31).contains(parts[1])
    let named = text.context(run.start, ["ip", "address"])
    report("ip_address", local ? (named ? 0.45 : 0.3) : (named ? 0.75 : 0.6), run.start, run.end)
    return true
  }

  /// Dates are no identifiers, unless somebody was born on them.
  private func date(_ run: NumberRun) -> Bool {
    guard run.groups.count >= 3, run.digits.count <= 14, !run.plus else { return false }
    let mark = run.separators[0]
    guard mark == 0x2d || mark == 0x2f || mark == 0x2e, run.separators[1] == mark else { return false }
    let sizes = run.groups
    func part(_ index: Int) -> Int {
      let at = sizes[..<index].reduce(0, +)
      return CheckDigits.number(run.digits[at..<at + sizes[index]])
    }
    let yearFirst =
      sizes[0] == 4 && sizes[1] <= 2 && sizes[2] <= 2 && (1...12).contains(part(1)) && (1...31).contains(part(2))
    let yearLast =
      sizes[0] <= 2 && sizes[1] <= 2 && (sizes[2] == 4 || sizes[2] == 2 && sizes.count == 3)
      && (1...31).contains(part(0)) && (1...31).contains(part(1)) && min(part(0), part(1)) <= 12
    guard yearFirst || yearLast else { return false }
    if text.context(run.start, ["born", "birth", "dob", "birthday", "birthdate"]) {
      report("date_of_birth", 0.75, run.start, run.end)
    }
    return true
  }

  /// Two decimal numbers with three or more places, in the ranges of latitude and longitude.
  private func coordinates(_ run: NumberRun) -> Bool {
    guard run.groups.count == 2, run.separators[0] == 0x2e, run.groups[0] <= 3, run.groups[1] >= 3 else { return false }
    let bytes = text.bytes
    var next = run.end
    while next < text.count, next < run.end + 6, [0x2c, 0x20, 0xb0, 0x4e, 0x53, 0xc2, 0x3b].contains(bytes[next]) {
      next += 1
    }
    if bytes[next] == 0x2d { next += 1 }
    let whole = CheckDigits.number(run.digits[..<run.groups[0]])
    guard next > run.end, next < text.count, bytes[next].isDigit, whole <= 90 else { return false }
    let second = NumberRun(bytes, next, text.count)
    guard second.groups.count >= 2, second.separators[0] == 0x2e, second.groups[0] <= 3, second.groups[1] >= 3,
      CheckDigits.number(second.digits[..<second.groups[0]]) <= 180
    else { return false }
    let named = text.context(
      run.start, ["latitude", "longitude", "lat", "lon", "lng", "coordinates", "gps", "location"])
    report("coordinates", named ? 0.8 : 0.6, run.start, second.end)
    return true
  }

  private func card(_ run: NumberRun) -> Bool {
    guard (12...19).contains(run.digits.count), CheckDigits.luhn(run.digits[...]), !run.plus else { return false }
    let first = Int(run.digits[0])
    let two = first * 10 + Int(run.digits[1])
    let four = CheckDigits.number(run.digits[..<4])
    let known: Bool
    switch run.digits.count {
    // Maestro's shortest look like other numbers; only a word beside them makes them cards.
    case 12: known = false
    case 13: known = first == 4
    case 14: known = [30, 36, 38, 39].contains(two)
    case 15: known = two == 34 || two == 37 || four == 1800 || four == 2131
    case 16:
      known =
        first == 4 || (51...55).contains(two) || (2221...2720).contains(four)
        || [60, 62, 64, 65, 35, 67, 58].contains(two)
    default: known = first == 4 || [62, 67, 60, 50, 56, 57, 58].contains(two)
    }
    var words = ["card", "credit", "debit", "visa", "mastercard", "amex", "cvv"]
    if run.digits.count > 12 { words.append("number") }
    let named = text.context(run.start, words)
    guard known || named, Set(run.digits).count > 1 else { return false }
    guard run.groups.count == 1 || run.groups.allSatisfy({ $0 >= 3 && $0 <= 7 }) else { return false }
    report("card_number", known ? (named ? 0.97 : 0.92) : 0.7, run.start, run.end)
    return true
  }

  private func national(_ run: NumberRun) -> Bool {
    guard !run.plus else { return false }
    var best: (kind: String, strength: Float) = ("", 0)
    for rule in NationalIdentifiers.rules where rule.lengths.contains(run.digits.count) {
      guard rule.check(run.digits[...]) else { continue }
      var strength = run.groups == rule.groups ? rule.grouped : run.groups.count == 1 ? rule.alone : 0
      let isNamed =
        text.context(run.start, rule.words) && (rule.phrase.isEmpty || text.precedes(run.start, rule.phrase))
      if rule.named > strength, isNamed { strength = rule.named }
      if strength > best.strength { best = (rule.kind, strength) }
    }
    if best.strength == 0 { return false }
    report(best.kind, best.strength, run.start, run.end)
    return best.strength >= 0.5
  }

  private func telephone(_ run: NumberRun) -> Bool {
    let count = run.digits.count
    guard (7...15).contains(count), !run.separated(by: 0x2f) else { return false }
    // The number of an order or a bill is a number too.
    let named =
      text.context(run.start, ["phone", "telephone", "tel", "mobile", "cell", "fax", "call", "contact", "whatsapp"])
      || text.context(run.start, ["number"]) && !text.context(run.start, ["order", "invoice", "ticket", "tracking"])
    let american = run.groups.suffix(3) == [3, 3, 4] && (count == 10 || count == 11 || count == 13)
    if run.plus, count >= 8 {
      report("phone_number", named ? 0.85 : 0.78, run.start, run.end)
    } else if american,
      run.separators.last == 0x2d || run.separators.last == 0x2e || run.parenthesis
        || run.separators.last == 0x20
    {
      report("phone_number", named ? 0.8 : 0.68, run.start, run.end)
    } else if run.digits[0] == 0, run.groups.count >= 2, (9...13).contains(count), run.groups[0] >= 2 {
      report("phone_number", named ? 0.75 : 0.55, run.start, run.end)
    } else if named, run.groups.count >= 2 || count >= 9, count <= 13 {
      report("phone_number", 0.6, run.start, run.end)
    } else {
      return false
    }
    return true
  }

  private func account(_ run: NumberRun) {
    let count = run.digits.count
    if (6...18).contains(count), text.context(run.start, ["account", "sort", "bank"]) {
      report("bank_account", 0.65, run.start, run.end)
    } else if (6...12).contains(count), text.context(run.start, ["passport"]) {
      report("passport_number", 0.8, run.start, run.end)
    } else if (5...14).contains(count), text.context(run.start, ["mrn", "patient", "medical"]) {
      report("health_record_number", 0.7, run.start, run.end)
    } else if (5...14).contains(count), text.context(run.start, ["license", "licence", "drivers", "driver"]) {
      report("driving_licence", 0.65, run.start, run.end)
    } else if (6...14).contains(count),
      text.context(run.start, ["insurance", "policy", "member", "identity", "national"])
    {
      report("membership_number", 0.55, run.start, run.end)
    }
  }
}
