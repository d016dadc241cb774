// What gives itself away by its shape: PEM blocks, cards, telephone numbers, e-mail addresses.

extension RedactedText {
  /// `-----BEGIN …-----` to the end of its `-----END …-----`; without one, all that follows.
  func pemBlock(at index: Int) -> Range<Int>? {
    guard standsExactly("-----BEGIN ", at: index) || standsExactly("---- BEGIN SSH2", at: index) else { return nil }
    var cursor = index + 11
    while cursor < count {
      guard bytes[cursor] == 0x2D, standsExactly("-----END ", at: cursor) || standsExactly("---- END SSH2", at: cursor)
      else {
        cursor += 1
        continue
      }
      // The label, then the closing dashes.
      let label = end(from: cursor + 9, atMost: 64) { Byte.isWord($0) || $0 == 0x20 }
      return index..<end(from: label, atMost: 5) { $0 == 0x2D }
    }
    return index..<count
  }

  /// 12 to 19 digits, in groups or not, that begin as an issuer's numbers do and pass Luhn's check (ISO/IEC 7812-1); with the
  /// date and the check number that stand behind it.
  func cardNumber(at index: Int) -> Range<Int>? {
    guard !isInsideNumber(index, orLongerWord: false) else { return nil }
    let isJoined = index > 0 && (bytes[index - 1] == 0x2D || bytes[index - 1] == 0x5F)
    var digits = InlineArray<19, UInt8>(repeating: 0)
    var groups = InlineArray<19, Int>(repeating: 0)
    var ends = InlineArray<19, Int>(repeating: 0)
    var length = 0
    var group = 0
    var isUsual = true
    var cursor = index
    while cursor < count {
      if Byte.isDigit(bytes[cursor]) {
        guard length < 19 else {
          // The group that has begun is none of a card's.
          groups[group] = 0
          break
        }
        digits[length] = bytes[cursor] - 0x30
        length += 1
        groups[group] += 1
        ends[group] = cursor + 1
        cursor += 1
      } else {
        let next = end(from: cursor, atMost: 2) { " -._/".utf8.contains($0) }
        guard next > cursor, next < count, Byte.isDigit(bytes[next]), length < 19 else { break }
        // Single spaces and dashes stand between groups of any size, others only between those of a card.
        if next - cursor > 1 || bytes[cursor] != 0x20 && bytes[cursor] != 0x2D { isUsual = false }
        if next - cursor > 1, bytes[cursor] != bytes[cursor + 1] { break }
        group += 1
        cursor = next
      }
    }
    // What follows a card may be a group of digits too: the longest row of whole groups that is a card counts.
    var place = groups[group] > 0 ? group : group - 1
    while place >= 0 {
      var sum = 0
      for other in 0...place { sum += groups[other] }
      let isShaped = isUsual || place == 0 || Self.isShaped(groups, place + 1)
      let isEnded = ends[place] == count || !Byte.isWord(bytes[ends[place]])
      if isShaped, isEnded, sum >= (isJoined ? 15 : 12), Self.isIssued(digits, sum), Self.isChecked(digits, sum) {
        return index..<behindCard(ends[place])
      }
      place -= 1
    }
    return nil
  }

  /// Groups as they are printed on cards.
  private static func isShaped(_ groups: InlineArray<19, Int>, _ count: Int) -> Bool {
    switch count {
    case 3: groups[0] == 4 && groups[1] == 6 && (4...5).contains(groups[2])
    case 4: groups[0] == 4 && groups[1] == 4 && groups[2] == 4 && groups[3] == 4
    case 5: groups[0] == 4 && groups[1] == 4 && groups[2] == 4 && groups[3] == 4 && groups[4] == 3
    default: false
    }
  }

  private static func isChecked(_ digits: InlineArray<19, UInt8>, _ length: Int) -> Bool {
    var sum = 0
    for offset in 0..<length {
      let digit = Int(digits[length - 1 - offset])
      sum += offset % 2 == 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
    }
    return sum % 10 == 0
  }

  /// Behind ` 12/27` and ` 123` where these follow a card.
  private func behindCard(_ card: Int) -> Int {
    let month = end(from: card, atMost: 2) { $0 == 0x20 }
    let slash = end(from: month, atMost: 2, while: Byte.isDigit)
    guard month > card, slash > month, slash < count, bytes[slash] == 0x2F else { return card }
    let date = end(from: slash + 1, atMost: 4, while: Byte.isDigit)
    guard date - slash >= 3, date == count || !Byte.isWord(bytes[date]) else { return card }
    let check = end(from: date, atMost: 2) { $0 == 0x20 }
    let stop = end(from: check, atMost: 4, while: Byte.isDigit)
    return check > date && stop - check >= 3 && (stop == count || !Byte.isWord(bytes[stop])) ? stop : date
  }

  /// Whether an issuer gives numbers of this length with these first digits.
  private static func isIssued(_ digits: InlineArray<19, UInt8>, _ length: Int) -> Bool {
    let four = Int(digits[0]) * 1000 + Int(digits[1]) * 100 + Int(digits[2]) * 10 + Int(digits[3])
    switch four {
    case 4000...4999: return length == 13 || length == 16 || length == 19
    case 5100...5599, 2221...2720: return length == 16
    case 3400...3499, 3700...3799: return length == 15
    case 3000...3059, 3095...3095, 3600...3699, 3800...3999: return length >= 14
    case 3528...3589, 6011, 6200...6299, 6440...6599: return length >= 16
    case 5000...5099, 5600...5999, 6000...6999: return length >= 13
    default: return false
    }
  }

  /// A digit behind a decimal point, or one group of a longer row of groups, begins no number of its own; nor, where a name
  /// may not end in a number (`orLongerWord`), does one behind a dash or an underscore.
  private func isInsideNumber(_ index: Int, orLongerWord: Bool) -> Bool {
    guard index > 0 else { return false }
    let before = bytes[index - 1]
    let isJoined = before == 0x2D || before == 0x5F
    guard isJoined || before == 0x2E || before == 0x2C else { return false }
    if isJoined, orLongerWord { return before == 0x5F || index > 1 && Byte.isWord(bytes[index - 2]) }
    return index > 1 && (isJoined ? Byte.isDigit(bytes[index - 2]) : Byte.isWord(bytes[index - 2]))
  }

  /// `+` and 8 to 15 digits (E.164), `(415) 555-2671`, `415-555-2671`, or a trunk 0 and groups: `0171 123 45 67`.
  func phoneNumber(at index: Int) -> Range<Int>? {
    let first = bytes[index]
    if first != 0x2B, isInsideNumber(index, orLongerWord: true) { return nil }
    if first == 0x2B, index > 0, Byte.isWord(bytes[index - 1]) { return nil }
    var groups = InlineArray<8, Int>(repeating: 0)
    var group = 0
    var cursor = first == 0x2B ? index + 1 : index
    var stop = cursor
    var separators = 0
    var isMixed = false
    var separator: UInt8 = 0
    while cursor < count {
      let byte = bytes[cursor]
      if Byte.isDigit(byte) {
        groups[group] += 1
        stop = cursor + 1
      } else if byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x28 || byte == 0x29 || byte == 0x2F {
        // At most two separators follow each other: ") " or " (".
        separators = stop == cursor ? 1 : separators + 1
        guard separators <= 2 else { break }
        if separator != 0, separator != byte { isMixed = true }
        separator = byte
        if groups[group] > 0 {
          guard group < 7 else { return nil }
          group += 1
        }
      } else {
        break
      }
      cursor += 1
    }
    stop = behindExtension(stop)
    guard stop == count || !Byte.isWord(bytes[stop]) else { return nil }
    // "12:30", "+01:00": a colon between digits makes a time of them.
    if stop < count, bytes[stop] == 0x3A, stop + 1 < count, Byte.isDigit(bytes[stop + 1]) { return nil }
    let used = groups[group] > 0 ? group + 1 : group
    var digits = 0
    for place in 0..<used { digits += groups[place] }
    let shape = PhoneShape(groups: groups, used: used, digits: digits, isMixed: isMixed)
    switch first {
    case 0x2B: return shape.isInternational ? index..<stop : nil
    case 0x28:
      let isTrunk = index + 1 < count && bytes[index + 1] == 0x30 && shape.isBehindTrunk
      return shape.isNorthAmerican || isTrunk ? index..<stop : nil
    case 0x30 where index + 1 < count && bytes[index + 1] == 0x30:
      let country = groups[0] == 2 ? index + 3 : index + 2
      let isCountry = country < count && bytes[country] &- 0x31 < 9
      if groups[0] == 2 { return shape.isInternationalInGroups && isCountry ? index..<stop : nil }
      return shape.isInternational && groups[0] >= 4 && isCountry ? index..<stop : nil
    // A row of bytes is no number.
    case 0x30 where shape.isPairs && index > 1 && bytes[index - 1] == 0x20 && Byte.isDigit(bytes[index - 2]): return nil
    case 0x30: return shape.isNational ? index..<stop : nil
    default: return shape.isNorthAmerican ? index..<stop : nil
    }
  }

  /// Behind `x9` or ` ext. 9`, where that follows a number.
  private func behindExtension(_ number: Int) -> Int {
    for mark in ["x", " x", " ext. ", " ext ", "ext", ";ext="] as [StaticString] where stands(mark, at: number) {
      let start = number + mark.utf8CodeUnitCount
      let stop = end(from: start, atMost: 6, while: Byte.isDigit)
      if stop > start, stop == count || !Byte.isWord(bytes[stop]) { return stop }
    }
    return number
  }

  private struct PhoneShape {
    let groups: InlineArray<8, Int>
    let used: Int
    let digits: Int
    let isMixed: Bool

    var isInternational: Bool { (8...15).contains(digits) && groups[0] <= 15 }

    /// `00 41 79 123 45 67`; groups of two throughout are bytes.
    var isInternationalInGroups: Bool {
      guard used >= 4, (11...17).contains(digits), (1...3).contains(groups[1]) else { return false }
      for place in 1..<used where groups[place] != 2 { return true }
      return false
    }

    var isPairs: Bool {
      for place in 0..<used where groups[place] != 2 { return false }
      return true
    }

    /// `(030) 123456`.
    var isBehindTrunk: Bool {
      (2...5).contains(used) && (2...6).contains(groups[0]) && groups[1] >= 2 && (8...13).contains(digits)
    }

    var isNorthAmerican: Bool {
      let offset = used == 4 && groups[0] == 1 ? 1 : 0
      return used == 3 + offset && groups[offset] == 3 && groups[offset + 1] == 3 && groups[offset + 2] == 4
    }

    /// Groups of two digits and more behind a first of two to five: times, dates and versions have other shapes.
    var isNational: Bool {
      guard (2...6).contains(used), (10...12).contains(digits), (2...5).contains(groups[0]) else { return false }
      for place in 1..<used where groups[place] < 2 { return false }
      return !isMixed || used == 2
    }
  }

  /// At the `@` (or `%40`) of an address: a local part before it, a domain with a top level of letters behind it.
  func emailAddress(at index: Int) -> Range<Int>? {
    let isEscaped = bytes[index] == 0x25
    guard !isEscaped || standsExactly("%40", at: index) else { return nil }
    // Letters beyond ASCII stand on either side (RFC 6531), an apostrophe inside a name.
    var start = index
    while start > 0, index - start < 64, isLocal(bytes[start - 1]) { start -= 1 }
    while start < index, bytes[start] == 0x27 || bytes[start] & 0xC0 == 0x80 { start += 1 }
    let domain = index + (isEscaped ? 3 : 1)
    var stop = end(from: domain, atMost: 253) { Byte.isWord($0) || $0 == 0x2D || $0 == 0x2E || $0 >= 0x80 }
    while stop > domain, bytes[stop - 1] == 0x2E || bytes[stop - 1] == 0x2D { stop -= 1 }
    guard start < index, let dot = (domain..<stop).last(where: { bytes[$0] == 0x2E }), dot > domain else { return nil }
    let top = dot + 1..<stop
    guard (2...63).contains(top.count),
      top.allSatisfy({ Byte.isLetter(bytes[$0]) || bytes[$0] >= 0x80 }) || stands("xn--", at: dot + 1)
    else { return nil }
    // `git@host.example:path` names a repository; `image@2x.png` a file.
    if stop + 1 < count, bytes[stop] == 0x3A, !Byte.isSpace(bytes[stop + 1]), standsExactly("git", at: start),
      index - start == 3
    {
      return nil
    }
    // In `ssh://git@host` it is a user, on whom `userInformation` has decided.
    if standsExactly("://", at: start - 3) { return nil }
    let files: [StaticString] = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "json"]
    if Byte.isDigit(bytes[domain]),
      files.contains(where: { $0.utf8CodeUnitCount == top.count && stands($0, at: top.lowerBound) })
    {
      return nil
    }
    return start..<stop
  }

  private func isLocal(_ byte: UInt8) -> Bool { Byte.isWord(byte) || "._%+-'".utf8.contains(byte) || byte >= 0x80 }
}
