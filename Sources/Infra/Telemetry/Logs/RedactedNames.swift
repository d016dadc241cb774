// Values that a name in front of them gives away: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`,
// `postgres://user:…@host`.

extension RedactedText {
  /// At `:` or `=`: the value behind it, when the name before it is that of a secret.
  func keyedValue(at separator: Int) -> Finding? {
    let end = nameEnd(before: separator)
    var start = end
    while start > 0, end - start < SecretName.limit, SecretName.isPart(bytes[start - 1]) { start -= 1 }
    guard start < end, let name = SecretName(bytes[start..<end]) ?? nameOfPair(withValueAt: start..<end) else {
      return nil
    }
    let isPlainColon = bytes[separator] == 0x3A && end == separator
    // "12 pass: 3 skipped" tells of tests.
    if isPlainColon, end - start == 4, stands("pass", at: start) { return nil }
    var value = separator + 1
    // `:=`, `=>`, `==`, spaces, and at most one quote (an escaped one too).
    while value < count, value - separator < 8, "=>: \\".utf8.contains(bytes[value]) { value += 1 }
    let isQuoted = value < count && Byte.isQuote(bytes[value])
    if isQuoted { value += 1 }
    guard value < count, !isMark(at: value) else { return nil }
    if !isQuoted, bytes[value] == 0x5B || bytes[value] == 0x7B {
      return isPlainColon && name.kind != .password ? nil : bracketed(at: value, name.kind)
    }
    let stop: Int
    switch name.extent {
    case _ where isQuoted: stop = closingQuote(openedAt: value - 1)
    case .line: stop = self.end(from: value) { $0 != 0x0A && $0 != 0x0D }
    case .value where name.kind == .password: stop = wordEnd(from: value)
    case .value: stop = self.end(from: value) { !Byte.isSpace($0) && !",;&\"'})]<>".utf8.contains($0) }
    }
    guard stop > value else { return nil }
    if name.kind == .phone { return keyedPhone(value..<stop) }
    guard !isStatusWord(value..<stop, mayBeProse: isPlainColon && !isQuoted && name.kind != .password) else {
      return nil
    }
    let isPhrase = name.kind == .password && !isQuoted && name.extent == .value
    return Finding(range: value..<(isPhrase ? phraseEnd(value..<stop) : stop), kind: name.kind)
  }

  /// Where the name before a separator ends: before spaces, quotes and brackets, `password[]` and `user[password]` as forms
  /// write them (`%5B%5D` too).
  private func nameEnd(before separator: Int) -> Int {
    var end = separator
    while end > 0, separator - end < 4, " \"'\\[]".utf8.contains(bytes[end - 1]) { end -= 1 }
    while end >= 3, bytes[end - 3] == 0x25, stands("5b", at: end - 2) || stands("5d", at: end - 2) { end -= 3 }
    return end
  }

  /// Where `value` is the name, that beside it: `"name": "password", "value": …`, `name="password" value=…`.
  private func nameOfPair(withValueAt word: Range<Int>) -> SecretName? {
    guard word.count == 5, stands("value", at: word.lowerBound) else { return nil }
    var end = word.lowerBound
    while end > 0, word.lowerBound - end < 8, " ,\"'\\\t\n".utf8.contains(bytes[end - 1]) { end -= 1 }
    var start = end
    while start > 0, end - start < SecretName.limit, SecretName.isPart(bytes[start - 1]) { start -= 1 }
    guard start > 0, start < end, end < word.lowerBound - 1, Byte.isQuote(bytes[start - 1]) else { return nil }
    return SecretName(bytes[start..<end])
  }

  /// At the space behind `--password`: the word that follows.
  func optionValue(at space: Int) -> Finding? {
    var start = space
    while start > 0, space - start < SecretName.limit, SecretName.isPart(bytes[start - 1]) { start -= 1 }
    guard space - start > 2, standsExactly("--", at: start), let name = SecretName(bytes[start..<space]) else {
      return nil
    }
    var value = end(from: space) { $0 == 0x20 }
    guard value < count, bytes[value] != 0x2D, bytes[value] != 0x3D, !isMark(at: value) else { return nil }
    let isQuoted = Byte.isQuote(bytes[value])
    if isQuoted { value += 1 }
    let stop = isQuoted ? closingQuote(openedAt: value - 1) : wordEnd(from: value)
    guard stop > value, !isMark(at: value) else { return nil }
    return name.kind == .phone ? keyedPhone(value..<stop) : Finding(range: value..<stop, kind: name.kind)
  }

  /// What stands in the brackets or braces that open at `opening`.
  private func bracketed(at opening: Int, _ kind: Redactor.Kind) -> Finding? {
    guard opening + 1 < count, !isMark(at: opening + 1) else { return nil }
    var depth = 0
    var cursor = opening
    let bound = min(count, opening + 4096)
    while cursor < bound {
      switch bytes[cursor] {
      case 0x5B, 0x7B: depth += 1
      case 0x5D, 0x7D: depth -= 1
      case 0x22: cursor = min(closingQuote(openedAt: cursor), bound - 1)
      default: break
      }
      if depth == 0 { break }
      cursor += 1
    }
    return cursor > opening + 1 ? Finding(range: opening + 1..<cursor, kind: kind) : nil
  }

  /// Where what the quote at `opening` begins ends: at the quote that is escaped as often as that one, else at the line's end.
  private func closingQuote(openedAt opening: Int) -> Int {
    func backslashes(before place: Int) -> Int {
      var run = 0
      while run < 16, place - run > 0, bytes[place - run - 1] == 0x5C { run += 1 }
      return run
    }
    let level = backslashes(before: opening)
    var cursor = opening + 1
    let bound = min(count, opening + 4096)
    while cursor < bound {
      if bytes[cursor] == bytes[opening] {
        let run = min(backslashes(before: cursor), cursor - opening - 1)
        // Inside, a quote is escaped once more than its string is, and a backslash is doubled.
        if run <= level || (run - level) % (2 * (level + 1)) == 0 { return cursor - min(run, level) }
      }
      cursor += 1
    }
    return end(from: opening + 1) { $0 != 0x0A && $0 != 0x0D }
  }

  /// The end of a password that stands without quotes: what separates values ends it only where something follows as it does
  /// behind a value.
  private func wordEnd(from start: Int) -> Int {
    var cursor = start
    while cursor < count, !Byte.isSpace(bytes[cursor]) {
      let byte = bytes[cursor]
      var next = cursor + 1
      if ",;&".utf8.contains(byte) {
        while next < count, ",;&".utf8.contains(bytes[next]) { next += 1 }
        if next == count || Byte.isSpace(bytes[next]) || "\"'})]".utf8.contains(bytes[next]) { break }
        // Names in two words, such as "User ID", begin with a capital.
        let mayHaveSpace = bytes[next - 1] == 0x3B && Byte.isUpper(bytes[next])
        let name = end(from: next) { SecretName.isPart($0) || mayHaveSpace && $0 == 0x20 }
        if name > next, name < count, bytes[name] == 0x3D { break }
      } else if "\"'})]<>".utf8.contains(byte) {
        if next == count || Byte.isSpace(bytes[next]) || ",;.:/\"'})]<>\\".utf8.contains(bytes[next]) { break }
      }
      cursor += 1
    }
    return cursor
  }

  /// The end of a password of several words: where the first is a plain word, those that follow it up to the next name, and else
  /// those that no sentence has.
  private func phraseEnd(_ first: Range<Int>) -> Int {
    let isPhrase = first.allSatisfy { Byte.isLetter(bytes[$0]) || bytes[$0] >= 0x80 }
    var stop = first.upperBound
    while stop < count, bytes[stop] == 0x20 {
      let next = end(from: stop) { $0 == 0x20 }
      guard next < count, !isMark(at: next) else { break }
      let name = end(from: next, while: SecretName.isPart)
      if name > next, name < count, bytes[name] == 0x3D || bytes[name] == 0x3A { break }
      let word = next..<wordEnd(from: next)
      if word.isEmpty || !isPhrase && word.allSatisfy({ Byte.isLetter(bytes[$0]) || bytes[$0] == 0x2E }) { break }
      stop = word.upperBound
    }
    return stop
  }

  /// At the `>` of `<password>`: what stands before the next tag.
  func taggedValue(at closing: Int) -> Finding? {
    var opening = closing
    while opening > 0, closing - opening < 128, bytes[opening] != 0x3C {
      opening -= 1
      if bytes[opening] == 0x3E { return nil }
    }
    guard bytes[opening] == 0x3C else { return nil }
    var start = opening + 1
    var end = self.end(from: start, while: SecretName.isPart)
    if end < closing, bytes[end] == 0x3A {
      start = end + 1
      end = self.end(from: start, while: SecretName.isPart)
    }
    guard start < end, let name = SecretName(bytes[start..<end]) else { return nil }
    var value = closing + 1
    let isVerbatim = standsExactly("<![CDATA[", at: value)
    if isVerbatim { value += 9 }
    let stop = self.end(from: value) { $0 != (isVerbatim ? 0x5D : 0x3C) }
    guard stop > value, !isMark(at: value), (value..<stop).contains(where: { !Byte.isSpace(bytes[$0]) }) else {
      return nil
    }
    if name.kind == .phone { return keyedPhone(value..<stop) }
    return Finding(range: value..<stop, kind: name.kind)
  }

  /// At the space of `password is …`, `the token was …`, `password to …`: the word that is told.
  func toldValue(at space: Int) -> Finding? {
    let verbs: [StaticString] = [" is ", " was ", " is: ", " was: ", " to "]
    guard let verb = verbs.first(where: { stands($0, at: space) }) else { return nil }
    var start = space
    while start > 0, space - start < SecretName.limit, SecretName.isPart(bytes[start - 1]) { start -= 1 }
    guard start < space, let name = SecretName(bytes[start..<space]), name.kind != .phone else { return nil }
    var value = end(from: space + verb.utf8CodeUnitCount) { $0 == 0x20 || $0 == 0x3A }
    guard value < count, !isMark(at: value) else { return nil }
    if Byte.isQuote(bytes[value]) {
      value += 1
      let stop = closingQuote(openedAt: value - 1)
      return stop > value && !isMark(at: value) ? Finding(range: value..<stop, kind: name.kind) : nil
    }
    var stop = wordEnd(from: value)
    while stop > value, ".,!?:".utf8.contains(bytes[stop - 1]) { stop -= 1 }
    let word = value..<stop
    guard !word.isEmpty else { return nil }
    let followed = stop + 1 < count && bytes[stop] == 0x20 && Byte.isLetter(bytes[stop + 1])
    // "the token is 3 minutes old", "the password is 12 characters long".
    if word.allSatisfy({ Byte.isDigit(bytes[$0]) }) {
      return word.count >= 3 && !followed ? Finding(range: word, kind: name.kind) : nil
    }
    let isPlain =
      word.dropFirst().allSatisfy { Byte.isLower(bytes[$0]) || bytes[$0] == 0x2D }
      && Byte.isLetter(bytes[value])
    guard isPlain else { return Finding(range: word, kind: name.kind) }
    // "the password to the vault" tells of no word.
    return name.kind == .password && verb.utf8CodeUnitCount > 3 && bytes[space + 1] | 0x20 != 0x74 && !isState(word)
      ? Finding(range: word, kind: .password) : nil
  }

  /// A word of prose that tells of a password and is none.
  private func isState(_ word: Range<Int>) -> Bool {
    let endings: [StaticString] = ["ed", "ing", "able", "ible", "ly"]
    if endings.contains(where: {
      word.count > $0.utf8CodeUnitCount + 2 && stands($0, at: word.upperBound - $0.utf8CodeUnitCount)
    }) {
      return true
    }
    return Self.states.contains { $0.utf8CodeUnitCount == word.count && stands($0, at: word.lowerBound) }
  }

  private static let states: [StaticString] = [
    "not", "no", "too", "wrong", "correct", "incorrect", "empty", "invalid", "valid", "weak", "strong", "secure",
    "insecure", "short", "long", "set", "unset", "unknown", "known", "the", "a", "an", "in", "at", "on", "of", "to",
    "for", "from", "never", "now", "still", "already", "also", "only", "your", "my", "his", "her", "their", "our",
    "its",
    "what", "case", "case-sensitive", "kept", "hidden", "old", "new", "right", "fine", "ok", "okay", "good", "bad",
    "null",
    "none", "nil", "here", "there", "then", "same", "ready", "public", "private", "read", "sent", "made", "given",
    "taken", "by", "as", "and", "or", "but", "than", "more", "less", "longer", "shorter", "up", "out", "due", "about",
    "safe", "unsafe", "it", "that", "this", "always", "different", "one", "mandatory", "optional", "absent", "present",
    "plain", "unchanged", "common", "part", "lost", "found", "sufficient", "secret", "under", "over", "with", "without",
    "between", "asked", "used", "true", "false", "just", "very", "really", "encrypted", "malformed", "yours", "mine",
    "text",
  ]

  /// A word that tells of a secret's state and is none itself: `token: expired`, `password: null`.
  private func isStatusWord(_ range: Range<Int>, mayBeProse: Bool) -> Bool {
    let words: [StaticString] = [
      "null", "none", "nil", "true", "false", "unset", "missing", "required", "********", "[redacted]", "<redacted>",
      "***",
    ]
    if words.contains(where: { $0.utf8CodeUnitCount == range.count && stands($0, at: range.lowerBound) }) {
      return true
    }
    guard mayBeProse else { return false }
    // After a colon, prose goes on: "token: expired an hour ago". A short lower-case word is no credential.
    let trimmed = range.lowerBound..<(bytes[range.upperBound - 1] == 0x2E ? range.upperBound - 1 : range.upperBound)
    let followed = range.upperBound < count && bytes[range.upperBound] == 0x20
    let states: [StaticString] = [
      "expired", "invalid", "rejected", "refused", "revoked", "ok", "valid", "unknown", "not", "no", "must", "is",
      "was",
      "given", "absent", "present", "changed", "rotated", "accepted", "malformed", "the", "a", "an", "from", "default",
    ]
    return states.contains { $0.utf8CodeUnitCount == trimmed.count && stands($0, at: trimmed.lowerBound) }
      || followed && trimmed.count <= 12 && trimmed.allSatisfy { Byte.isLower(bytes[$0]) }
        && range.upperBound + 1 < count && Byte.isLower(bytes[range.upperBound + 1])
  }

  /// A number behind the name of a telephone, with what separates its digits.
  private func keyedPhone(_ value: Range<Int>) -> Finding? {
    guard Byte.isDigit(bytes[value.lowerBound]) || bytes[value.lowerBound] == 0x2B || bytes[value.lowerBound] == 0x28
    else {
      return nil
    }
    var stop = end(from: value.lowerBound, atMost: 32) { Byte.isDigit($0) || " -+()./".utf8.contains($0) }
    while stop > value.lowerBound, !Byte.isDigit(bytes[stop - 1]) { stop -= 1 }
    let digits = (value.lowerBound..<stop).count { Byte.isDigit(bytes[$0]) }
    return digits >= 6 ? Finding(range: value.lowerBound..<stop, kind: .phone) : nil
  }

  /// `Bearer …`, `Basic …` and their like (RFC 9110 section 11.4), wherever they stand.
  func schemeCredentials(at index: Int) -> Range<Int>? {
    let schemes: [StaticString] = ["bearer", "basic", "digest", "negotiate", "apikey", "dpop"]
    switch Byte.lower(bytes[index]) {
    case UInt8(ascii: "b"), UInt8(ascii: "d"), UInt8(ascii: "n"), UInt8(ascii: "a"): break
    default: return nil
    }
    for scheme in schemes where stands(scheme, at: index) {
      let gap = index + scheme.utf8CodeUnitCount
      let start = end(from: gap, atMost: 8) { $0 == 0x20 || $0 == 0x09 }
      guard start > gap else { return nil }
      if scheme.utf8Start[0] == UInt8(ascii: "d"), stands("username=", at: start) {
        return start..<end(from: start) { $0 != 0x0A && $0 != 0x0D }
      }
      let stop = end(from: start, while: Byte.isCredential)
      let word = start..<stop
      if scheme.utf8CodeUnitCount == 5, isUserAndPassword(word) { return word }
      // "basic authentication", "bearer Tokens": a word of letters, at most its first a capital, is prose.
      let isProse =
        !word.isEmpty && Byte.isLetter(bytes[start])
        && word.dropFirst().allSatisfy { Byte.isLower(bytes[$0]) || bytes[$0] == 0x2D || bytes[$0] == 0x2E }
      // "Bearer" with its capital is the scheme, and few words that are none follow it.
      if isProse, standsExactly("Bearer", at: index) { return isWordOfBearers(word) ? nil : word }
      if isProse { return word.count > 20 ? word : nil }
      // "basic 2 times": a short word of digits is a number.
      return word.count >= 8 || word.count >= 3 && word.contains(where: { Byte.isLetter(bytes[$0]) }) ? word : nil
    }
    return nil
  }

  private func isWordOfBearers(_ word: Range<Int>) -> Bool {
    let words: [StaticString] = [
      "of", "token", "tokens", "authentication", "authorization", "auth", "scheme", "schemes", "credential",
      "credentials",
      "header", "headers", "realm", "is", "was", "and", "or", "in", "for", "with", "format", "type", "error", "missing",
      "required", "not", "only", "configured", "must", "challenge", "refused", "accepted", "expected", "to", "from",
    ]
    return words.contains { $0.utf8CodeUnitCount == word.count && stands($0, at: word.lowerBound) }
  }

  /// Whether the word is the base64 of `user:password` (RFC 7617).
  private func isUserAndPassword(_ word: Range<Int>) -> Bool {
    guard word.count >= 4, word.count % 4 == 0, word.count <= 512 else { return false }
    var bits = 0
    var colons = 0
    for (offset, place) in word.enumerated() {
      let digit: Int
      switch bytes[place] {
      case 0x41...0x5A: digit = Int(bytes[place]) - 0x41
      case 0x61...0x7A: digit = Int(bytes[place]) - 0x61 + 26
      case 0x30...0x39: digit = Int(bytes[place]) - 0x30 + 52
      case 0x2B, 0x2D: digit = 62
      case 0x2F, 0x5F: digit = 63
      case 0x3D where place >= word.upperBound - 2: digit = 0
      default: return false
      }
      bits = (bits << 6 | digit) & 0xFF_FFFF
      guard offset % 4 == 3 else { continue }
      for shift in [16, 8, 0] {
        let byte = bits >> shift & 0xFF
        if byte == 0x3A { colons += 1 }
        if byte < 0x20, byte > 0 || place < word.upperBound - 1 { return false }
      }
    }
    return colons > 0
  }

  /// `-u user:password`, `--user user:password`, as curl and others take them.
  func givenUser(at dash: Int) -> Range<Int>? {
    guard dash == 0 || Byte.isSpace(bytes[dash - 1]) || Byte.isQuote(bytes[dash - 1]) else { return nil }
    guard stands("-u", at: dash) || stands("--user", at: dash) || stands("--proxy-user", at: dash) else { return nil }
    let isCalled = ["curl", "wget", "http"].contains { (name: StaticString) in
      (max(0, dash - 256)..<dash).contains { stands(name, at: $0) }
    }
    var start: Int
    if standsExactly("--user", at: dash) {
      start = dash + 6
    } else if standsExactly("--proxy-user", at: dash) {
      start = dash + 12
    } else if standsExactly("-u", at: dash) || standsExactly("-U", at: dash) {
      start = dash + 2
      // `-uname:word` is one argument.
      guard isCalled || start < count && bytes[start] == 0x20 else { return nil }
    } else {
      return nil
    }
    start = end(from: start, atMost: 4) { $0 == 0x20 || $0 == 0x3D }
    let isQuoted = start < count && Byte.isQuote(bytes[start])
    if isQuoted { start += 1 }
    guard start < count, !isMark(at: start) else { return nil }
    let stop = isQuoted ? closingQuote(openedAt: start - 1) : end(from: start) { !Byte.isSpace($0) && $0 != 0x22 }
    guard let colon = (start..<stop).first(where: { bytes[$0] == 0x3A }), colon > start, colon + 1 < stop else {
      return nil
    }
    // A user and a group, as containers take them, are names or numbers.
    let isGroup = (colon + 1..<stop).allSatisfy { Byte.isLower(bytes[$0]) || "-_./".utf8.contains(bytes[$0]) }
    let isNumber = (start..<stop).allSatisfy { Byte.isDigit(bytes[$0]) || bytes[$0] == 0x3A }
    return isNumber || isGroup && !isCalled ? nil : start..<stop
  }

  /// `jdbc:oracle:thin:scott/tiger@…`: the user and the password.
  func oracleUser(at index: Int) -> Range<Int>? {
    guard standsExactly("jdbc:oracle:", at: index) else { return nil }
    let driver = end(from: index + 12, while: Byte.isWord)
    guard driver < count, bytes[driver] == 0x3A else { return nil }
    let start = driver + 1
    let word = end(from: start, atMost: 1024) { !Byte.isSpace($0) && !Byte.isQuote($0) }
    guard let at = (start..<word).last(where: { bytes[$0] == 0x40 }), !isMark(at: start),
      (start..<at).contains(where: { bytes[$0] == 0x2F })
    else { return nil }
    return start..<at
  }

  /// At the `:` of `scheme://user:password@host`: what stands between the slashes and the `@`.
  func userInformation(at colon: Int) -> Range<Int>? {
    guard bytes[colon] == 0x3A, colon > 0, Byte.isWord(bytes[colon - 1]), standsExactly("://", at: colon) else {
      return nil
    }
    let start = colon + 3
    // A password may hold an `@` or a slash that should have been escaped: the last `@` of the word counts.
    let word = end(from: start, atMost: 1024) {
      !Byte.isSpace($0) && $0 != 0x22 && $0 != 0x27 && $0 != 0x3C && $0 != 0x3E
    }
    guard !isMark(at: start) else { return nil }
    let found = (start..<word).last { bytes[$0] == 0x40 } ?? spacedPassword(from: start)
    guard let at = found, at > start else { return nil }
    let names = start..<at
    // A path may hold an `@` (`https://host/@user`); what comes before the first slash decides then.
    if let slash = names.first(where: { bytes[$0] == 0x2F }) {
      guard names.prefix(while: { $0 < slash }).contains(where: { bytes[$0] == 0x3A }), !isPort(names, before: slash)
      else {
        return nil
      }
    }
    guard names.contains(where: { bytes[$0] == 0x3A }) else {
      // A bare user name is no secret (`ssh://git@host`); a token in its place is.
      return names.count <= 16 && names.allSatisfy { Byte.isLower(bytes[$0]) || bytes[$0] == 0x2D } ? nil : names
    }
    return names
  }

  /// The `@` behind `user:pa ss`, where a password has spaces that should have been escaped.
  private func spacedPassword(from start: Int) -> Int? {
    let colon = end(from: start, atMost: 128) { Byte.isWord($0) || "._-%".utf8.contains($0) }
    guard colon + 1 < count, bytes[colon] == 0x3A, !Byte.isSpace(bytes[colon + 1]) else { return nil }
    // `host:1234 …` goes on with something else.
    let digits = end(from: colon + 1, while: Byte.isDigit)
    guard digits < count, !(digits > colon + 1 && (Byte.isSpace(bytes[digits]) || bytes[digits] == 0x2F)) else {
      return nil
    }
    let at = end(from: colon + 1, atMost: 128) { $0 != 0x40 && $0 != 0x0A && $0 != 0x2F && !Byte.isQuote($0) }
    guard at + 1 < count, bytes[at] == 0x40, Byte.isWord(bytes[at + 1]) || bytes[at + 1] == 0x5B else { return nil }
    return at
  }

  /// Whether `host:1234/` stands there rather than `user:password`.
  private func isPort(_ names: Range<Int>, before slash: Int) -> Bool {
    guard let colon = names.first(where: { bytes[$0] == 0x3A }) else { return false }
    return colon + 1 < slash && (colon + 1..<slash).allSatisfy { Byte.isDigit(bytes[$0]) }
  }
}

/// A name that gives its value away.
struct SecretName {
  enum Extent { case value, line }

  let kind: Redactor.Kind
  let extent: Extent

  static let limit = 64

  static func isPart(_ byte: UInt8) -> Bool {
    Byte.isWord(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2E
  }

  /// Reads the last word of a name: case, `_`, `-` and `.` do not count, so `dbPassword` and `DB_PASSWORD` are one.
  init?(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    guard let last = bytes.last(where: Byte.isWord) else { return nil }
    let candidates = Self.endingsByLast[Int(Byte.lower(last))]
    guard !candidates.isEmpty else { return nil }
    var folded: [UInt8] = []
    folded.reserveCapacity(bytes.count)
    for byte in bytes where Byte.isWord(byte) { folded.append(Byte.lower(byte)) }
    for (ending, kind, extent) in candidates where folded.count >= ending.utf8CodeUnitCount {
      let offset = folded.count - ending.utf8CodeUnitCount
      let matches = (0..<ending.utf8CodeUnitCount).allSatisfy { folded[offset + $0] == ending.utf8Start[$0] }
      guard matches, !Self.isInnocent(folded, ending) else { continue }
      self.kind = kind
      self.extent = extent
      return
    }
    return nil
  }

  private static let endingsByLast: [[(StaticString, Redactor.Kind, Extent)]] = {
    var table = [[(StaticString, Redactor.Kind, Extent)]](repeating: [], count: 128)
    for ending in endings { table[Int(ending.0.utf8Start[ending.0.utf8CodeUnitCount - 1])].append(ending) }
    return table
  }()

  private static let endings: [(StaticString, Redactor.Kind, Extent)] = [
    ("authorization", .authorization, .line), ("cookie", .authorization, .line),
    ("password", .password, .value), ("passwd", .password, .value), ("passphrase", .password, .line),
    ("passwords", .password, .value), ("passwds", .password, .value), ("passphrases", .password, .line),
    ("passwordhash", .password, .value), ("passcodes", .password, .value), ("secrets", .token, .value),
    ("apikeys", .token, .value), ("accesstokens", .token, .value), ("refreshtokens", .token, .value),
    ("privatekeys", .token, .value),
    ("passcode", .password, .value), ("pwd", .password, .value), ("pass", .password, .value),
    ("secret", .token, .value), ("token", .token, .value), ("apikey", .token, .value), ("accesskey", .token, .value),
    ("accesskeyid", .token, .value), ("secretkey", .token, .value), ("privatekey", .token, .value),
    ("accountkey", .token, .value), ("sharedkey", .token, .value), ("sharedaccesskey", .token, .value),
    ("encryptionkey", .token, .value), ("signingkey", .token, .value), ("masterkey", .token, .value),
    ("authkey", .token, .value), ("licensekey", .token, .value), ("credential", .token, .value),
    ("credentials", .token, .value), ("signature", .token, .value), ("sig", .token, .value),
    ("jwt", .token, .value), ("bearer", .token, .value), ("otp", .token, .value), ("totp", .token, .value),
    ("sessionid", .token, .value), ("sessid", .token, .value), ("csrf", .token, .value),
    ("connectionstring", .connection, .line),
    ("phone", .phone, .value), ("mobile", .phone, .value), ("tel", .phone, .value), ("cvv", .card, .value),
    ("cvc", .card, .value), ("cardnumber", .card, .value),
  ]

  /// Words that end like a secret's name and are none.
  private static func isInnocent(_ folded: [UInt8], _ ending: StaticString) -> Bool {
    let innocents: [StaticString]
    switch ending.utf8CodeUnitCount {
    case 3: innocents = ["hotel", "motel", "intel", "cartel", "pastel"]
    case 4: innocents = ["bypass", "compass", "trespass", "encompass", "surpass"]
    case 6: innocents = ["nosecret"]
    default: return false
    }
    return innocents.contains { word in
      word.utf8CodeUnitCount <= folded.count
        && (0..<word.utf8CodeUnitCount).allSatisfy {
          folded[folded.count - word.utf8CodeUnitCount + $0] == word.utf8Start[$0]
        }
    }
  }
}
