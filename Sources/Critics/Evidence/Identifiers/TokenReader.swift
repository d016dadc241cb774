// Identifiers that mix letters and digits, and addresses: IBAN, the national identifiers with letters in them, passports,
// vehicles, wallets, e-mail, IPv6 and hardware addresses.

struct TokenReader {
  /// Longer parts of a token are no identifiers.
  static let longest = 64

  let text: TextView
  let report: (String, Float, Int, Int) -> Void

  /// Reads the token that lies in `start..<end` (letters, digits and `-_./+=~:%`).
  func read(_ start: Int, _ end: Int) {
    let bytes = text.bytes
    if networkAddress(start, end) { return }
    var at = start
    while at < end {
      while at < end, !bytes[at].isLetter, !bytes[at].isDigit { at += 1 }
      var stop = at
      while stop < end, Self.belongs(bytes[stop]) { stop += 1 }
      while stop > at, !bytes[stop - 1].isLetter, !bytes[stop - 1].isDigit { stop -= 1 }
      if stop - at >= 6, stop - at <= Self.longest {
        part(at, stop)
      } else if stop - at == 4 {
        _ = bankAccount(at, stop)
      }
      at = max(stop, at) + 1
    }
  }

  private static func belongs(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte == 0x2d || byte == 0x2e
  }

  private func part(_ start: Int, _ end: Int) {
    if bankAccount(start, end) { return }
    var letters: [UInt8] = []
    letters.reserveCapacity(end - start)
    for index in start..<end where text.bytes[index].isLetter || text.bytes[index].isDigit {
      letters.append(text.bytes[index].isLetter ? text.bytes[index] & 0xdf : text.bytes[index])
    }
    let rules = LetteredIdentifiers.byLength[letters.count]
    let shape = rules.isEmpty ? [] : letters.map { $0.isDigit ? UInt8(0x39) : 0x41 }
    for rule in rules where rule.matches(shape) {
      let named = !rule.words.isEmpty && text.context(start, rule.words)
      let strength = named ? rule.named : rule.alone
      guard strength > 0, rule.check(letters) else { continue }
      report(rule.kind, strength, start, end)
      return
    }
    guard end - start <= 12, letters.contains(where: \.isDigit) else { return }
    if (6...10).contains(letters.count), text.context(start, ["passport"]) {
      report("passport_number", 0.85, start, end)
    } else if (6...15).contains(letters.count), text.context(start, ["license", "licence", "drivers", "driver"]) {
      report("driving_licence", 0.7, start, end)
    } else if (5...15).contains(letters.count),
      text.context(start, ["mrn", "patient", "medicare", "medical", "insurance"])
    {
      report("health_record_number", 0.6, start, end)
    } else if (5...8).contains(letters.count), text.context(start, ["plate"]) {
      report("vehicle_plate", 0.6, start, end)
    }
  }

  /// Two letters, two check digits, then groups that may be set apart by single spaces.
  private func bankAccount(_ start: Int, _ end: Int) -> Bool {
    let bytes = text.bytes
    guard bytes[start].isLetter, bytes[start + 1].isLetter, bytes[start + 2].isDigit, bytes[start + 3].isDigit,
      let length = LetteredIdentifiers.bankAccountLength(bytes[start] & 0xdf, bytes[start + 1] & 0xdf)
    else { return false }
    var gathered: [UInt8] = []
    var index = start
    while index < text.count, gathered.count < length {
      let byte = bytes[index]
      if byte.isLetter || byte.isDigit {
        gathered.append(byte.isLetter ? byte & 0xdf : byte)
      } else if byte != 0x20 && byte != 0x2d || !(bytes[index + 1].isLetter || bytes[index + 1].isDigit) {
        break
      }
      index += 1
    }
    guard gathered.count == length, CheckDigits.iban(gathered) else { return false }
    report("iban", 0.97, start, index)
    return true
  }

  private func networkAddress(_ start: Int, _ end: Int) -> Bool {
    var colons = 0
    var dashes = 0
    var hexadecimal = 0
    var longest = 0
    var group = 0
    for index in start..<min(end, start + 64) {
      let byte = text.bytes[index]
      if byte == 0x3a || byte == 0x2d {
        if byte == 0x3a { colons += 1 } else { dashes += 1 }
        group = 0
      } else if byte.hexValue != nil {
        hexadecimal += 1
        group += 1
        longest = max(longest, group)
      } else {
        return false
      }
    }
    guard longest <= 4, end - start <= 64 else { return false }
    if end - start == 17, colons == 5 && dashes == 0 || dashes == 5 && colons == 0, longest == 2 {
      report("hardware_address", 0.6, start, end)
      return true
    }
    guard dashes == 0, colons >= 2, colons <= 7, hexadecimal >= 6 else { return false }
    let doubled = (start..<end - 1).contains { text.bytes[$0] == 0x3a && text.bytes[$0 + 1] == 0x3a }
    guard colons == 7 || doubled, longest >= 3 else { return false }
    report("ip_address", 0.65, start, end)
    return true
  }

  /// The e-mail address around the `@` at `place`.
  func mail(_ place: Int) {
    let bytes = text.bytes
    var start = place
    while start > 0, start > place - 65, Self.local(bytes[start - 1]) { start -= 1 }
    while start < place, bytes[start] == 0x2e || bytes[start] == 0x2d { start += 1 }
    var end = place + 1
    var dot = 0
    while end < text.count, end < place + 254,
      bytes[end].isLetter || bytes[end].isDigit || bytes[end] == 0x2d || bytes[end] == 0x2e
    {
      if bytes[end] == 0x2e { dot = end }
      end += 1
    }
    while end > place, bytes[end - 1] == 0x2e || bytes[end - 1] == 0x2d { end -= 1 }
    if dot >= end {
      dot = place
      for index in place..<end where bytes[index] == 0x2e { dot = index }
    }
    guard start < place, dot > place + 1, end - dot > 2, (dot + 1..<end).allSatisfy({ bytes[$0].isLetter }) else {
      return
    }
    let name = text.string(start, place).lowercased()
    let impersonal = ["noreply", "no-reply", "info", "support", "contact", "admin", "sales", "git", "help", "hello"]
    report("email_address", impersonal.contains(name) ? 0.45 : 0.72, start, end)
  }

  private static func local(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte == 0x2e || byte == 0x5f || byte == 0x25 || byte == 0x2b || byte == 0x2d
  }
}
