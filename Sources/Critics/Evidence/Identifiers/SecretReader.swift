// Secrets: by the formats that issuers publish, by what a value is assigned to, and by entropy where words say that a key
// follows. What is reported is the kind and the place, never the secret.

struct SecretReader {
  /// Stretches of one token that begin like a secret and are none. A token with more of them is not looked through further.
  private static let mistakesLimit = 32

  let text: TextView
  let report: (String, Float, Int, Int) -> Void

  /// A token of letters, digits and marks in `start..<end`. Each place where a secret could begin is tried once.
  func read(_ start: Int, _ end: Int) -> Bool {
    let bytes = text.bytes
    var index = start
    var found = false
    var mistakes = 0
    while index < end, mistakes < Self.mistakesLimit {
      let before = index > 0 ? bytes[index - 1] : 0x20
      if index == start || !(before.isLetter || before.isDigit) {
        if let stop = format(index, end, &mistakes) {
          found = true
          index = stop
          continue
        }
      }
      index += 1
    }
    if !found { found = jsonWebToken(start, end) || telegram(start, end) }
    if !found { found = keyword(start, end) }
    if !found { found = encodedKey(start, end) }
    return found
  }

  private func format(_ start: Int, _ end: Int, _ mistakes: inout Int) -> Int? {
    let bytes = text.bytes
    for format in SecretFormats.byFirst[Int(bytes[start])] {
      guard start + format.prefix.count + format.least <= end else { continue }
      var index = 0
      while index < format.prefix.count, bytes[start + index] == format.prefix[index] { index += 1 }
      guard index == format.prefix.count else { continue }
      mistakes += 1
      var stop = start + index
      while stop < end, stop - start - index <= format.most, SecretFormats.belongs(bytes[stop], to: format.letters) {
        stop += 1
      }
      let length = stop - start - index
      guard length >= format.least, length <= format.most else { continue }
      let body = Entropy(bytes, start + index, stop)
      // A format of letters alone would accuse words; a placeholder has little entropy.
      let isWhole = format.least == 0
      let isVaried = body.digits > 0 || length > 60 || body.capitals > 3 && body.letters - body.capitals > 3
      guard isWhole || body.bits > (length < 20 ? 2.2 : 2.8), isWhole || isVaried else { continue }
      let weak = format.prefix.count <= 2
      if weak, credentialBefore(start) == nil { continue }
      guard !placeholder(start, stop) else { continue }
      report(format.kind, weak ? 0.7 : 0.96, start, stop)
      return stop
    }
    return nil
  }

  /// Three parts of Base64url, the first of which opens a JSON object.
  private func jsonWebToken(_ start: Int, _ end: Int) -> Bool {
    let bytes = text.bytes
    var at = start
    while at + 3 < end {
      if bytes[at] == 0x65, bytes[at + 1] == 0x79, bytes[at + 2] == 0x4a, at == start || !bytes[at - 1].isLetter {
        var dots = 0
        var stop = at
        while stop < end, SecretFormats.belongs(bytes[stop], to: 0x77) || bytes[stop] == 0x2e {
          if bytes[stop] == 0x2e { dots += 1 }
          stop += 1
        }
        if dots >= 1, stop - at >= 40 {
          report("json_web_token", dots >= 2 ? 0.93 : 0.75, at, stop)
          return true
        }
        // What begins later in the same run has no more parts.
        at = stop
      }
      at += 1
    }
    return false
  }

  private func telegram(_ start: Int, _ end: Int) -> Bool {
    let bytes = text.bytes
    guard end - start >= 44, let colon = (start..<min(end, start + 14)).first(where: { bytes[$0] == 0x3a }) else {
      return false
    }
    let head = (start..<colon).filter { bytes[$0].isDigit }.count
    guard (8...10).contains(head), bytes[colon + 1] == 0x41, (34...36).contains(end - colon - 1) else { return false }
    report("telegram_token", 0.9, start, end)
    return true
  }

  /// A line of Base64 as keys are stored in: many kinds of characters, high entropy; a DER header makes it sure.
  private func encodedKey(_ start: Int, _ end: Int) -> Bool {
    guard end - start >= 40 else { return false }
    let body = Entropy(text.bytes, start, end)
    guard body.digits > 2, body.capitals > 6, body.letters - body.capitals > 6, body.bits > 4.6,
      !placeholder(start, end)
    else { return false }
    let bytes = text.bytes
    guard (start..<end).allSatisfy({ SecretFormats.belongs(bytes[$0], to: 0x62) }) else { return false }
    let header = bytes[start] == 0x4d && (bytes[start + 1] == 0x49 || bytes[start + 1] == 0x48)
    report("encoded_key", header ? 0.8 : 0.4, start, end)
    return true
  }

  /// A token of high entropy beside a word that promises one.
  private func keyword(_ start: Int, _ end: Int) -> Bool {
    let length = end - start
    guard length >= 8, length <= 512, let word = credentialBefore(start) else { return false }
    let body = Entropy(text.bytes, start, end)
    guard body.digits > 0, body.letters > 0, !placeholder(start, end) else { return false }
    let wanted = word.strong ? 2.4 : length >= 20 ? 3.3 : 9
    guard body.bits >= wanted else { return false }
    report("keyed_secret", word.strong ? 0.7 : 0.75, start, end)
    return true
  }

  /// A credential word shortly before, with only marks, `is` and spaces between.
  private func credentialBefore(_ start: Int) -> (strong: Bool, Void)? {
    let place = Int32(truncatingIfNeeded: start)
    var low = 0
    var high = text.credentialWords.count
    while low < high {
      let middle = (low + high) / 2
      if text.credentialWords[middle].place < place { low = middle + 1 } else { high = middle }
    }
    guard low > 0, place - text.credentialWords[low - 1].place <= 40 else { return nil }
    return (text.credentialWords[low - 1].strong, ())
  }

  /// The value behind the `=` or `:` at `place`, whose name is a credential's.
  func assignment(_ place: Int, strong: Bool) {
    let bytes = text.bytes
    var start = place + 1
    while start < text.count, start < place + 6, [0x20, 0x3d, 0x3a, 0x3e, 0x09].contains(bytes[start]) { start += 1 }
    var quote: UInt8 = 0
    if bytes[start] == 0x22 || bytes[start] == 0x27 || bytes[start] == 0x60 {
      quote = bytes[start]
      start += 1
    }
    var end = start
    while end < text.count, end < start + 512 {
      let byte = bytes[end]
      if quote != 0
        ? byte == quote || byte == 0x0a : byte <= 0x20 || [0x22, 0x27, 0x2c, 0x3b, 0x29, 0x26].contains(byte)
      {
        break
      }
      end += 1
    }
    let length = end - start
    guard length >= (strong ? 5 : 10), length <= 300, !placeholder(start, end) else { return }
    let body = Entropy(bytes, start, end)
    if (start..<end).contains(where: { bytes[$0] == 0x28 || bytes[$0] == 0x20 && quote == 0 || bytes[$0] == 0x5b }) {
      return
    }
    if body.spaces > 0 { return }
    let varied = body.digits > 0 && body.letters > 0 || body.marks > 0 && body.letters > 0 && body.capitals > 0
    if strong {
      if varied, body.bits >= 2.2 {
        report("password_assignment", length >= 8 ? 0.82 : 0.68, start, end)
      } else if quote != 0, length >= 6, body.bits >= 2 {
        report("password_assignment", 0.6, start, end)
      } else if body.bits >= 2.2, length >= 6, body.marks == 0 {
        report("password_assignment", 0.45, start, end)
      }
    } else if varied, body.bits >= 3 {
      report("keyed_secret", length >= 16 ? 0.8 : 0.6, start, end)
    }
  }

  /// `scheme://user:secret@host`, seen from its `@`.
  func addressCredentials(_ place: Int) {
    let bytes = text.bytes
    var start = place
    var colon = 0
    while start > 0, start > place - 160, bytes[start - 1] > 0x20, bytes[start - 1] != 0x22, bytes[start - 1] != 0x27 {
      start -= 1
      if bytes[start] == 0x3a, colon == 0 { colon = start }
      if bytes[start] == 0x2f { break }
    }
    guard colon > start, bytes[start] == 0x2f, bytes[start - 1] == 0x2f, place - colon > 3,
      !placeholder(colon + 1, place)
    else { return }
    report("address_credentials", 0.85, colon + 1, place)
  }

  /// `<your token>`, `${TOKEN}`, `xxxx`, `example`: not a secret but the place for one.
  private func placeholder(_ start: Int, _ end: Int) -> Bool {
    let bytes = text.bytes
    switch bytes[start] {
    case 0x24, 0x3c, 0x7b, 0x25, 0x2a, 0x5b, 0x40: return true
    default: break
    }
    if bytes[end - 1] == 0x3e || bytes[end - 1] == 0x7d { return true }
    let stop = min(end, start + 64)
    var seen: (UInt64, UInt64) = (0, 0)
    for index in start..<stop {
      let byte = bytes[index] | (bytes[index].isLetter ? 0x20 : 0)
      if byte < 64 { seen.0 |= 1 << UInt64(byte) } else { seen.1 |= 1 << UInt64(byte & 63) }
      for mark in Self.byFirst[Int(byte)] where index + mark.count <= stop {
        var at = 1
        while at < mark.count, bytes[index + at] | (bytes[index + at].isLetter ? 0x20 : 0) == mark[at] { at += 1 }
        if at == mark.count { return true }
      }
    }
    return seen.0.nonzeroBitCount + seen.1.nonzeroBitCount <= 3
  }

  private static let byFirst: [[[UInt8]]] = {
    var table = Array(repeating: [[UInt8]](), count: 256)
    for mark in placeholders { table[Int(mark.utf8.first ?? 0)].append(Array(mark.utf8)) }
    return table
  }()

  private static let placeholders = [
    "xxxx", "****", "....", "example", "your", "placeholder", "changeme", "dummy", "sample", "redacted", "process.env",
    "os.environ", "getenv", "env.", "null", "none", "undefined", "todo", "insert", "replace", "12345678901234567890",
    "abcdefghijklmnop", "secret_name", "test_token", "my_secret", "fake", "0000000000", "password", "passwd", "false",
    "true", "string", "config.", "self.", "this.", "params", "request.", "input", "prompt", "secretsmanager", "vault:",
  ]
}

/// How varied a stretch of bytes is.
struct Entropy {
  private(set) var bits: Double = 0
  private(set) var digits = 0
  private(set) var letters = 0
  private(set) var capitals = 0
  private(set) var marks = 0
  private(set) var spaces = 0

  init(_ bytes: TextBytes, _ start: Int, _ end: Int) {
    var counts = InlineArray<256, UInt16>(repeating: 0)
    let stop = min(end, start + 512)
    guard stop > start else { return }
    for index in start..<stop {
      let byte = bytes[index]
      counts[Int(byte)] += 1
      if byte.isDigit {
        digits += 1
      } else if byte.isLetter {
        letters += 1
        if byte < 0x5b { capitals += 1 }
      } else if byte <= 0x20 {
        spaces += 1
      } else {
        marks += 1
      }
    }
    let total = Double(stop - start)
    for value in 0..<256 where counts[value] > 0 {
      let share = Double(counts[value]) / total
      bits -= share * Logarithm.two(share)
    }
  }
}

enum Logarithm {
  /// The logarithm to base two of a number in 0 < x ≤ 1, to about four digits, without the C library.
  static func two(_ x: Double) -> Double {
    var mantissa = x.significand
    var result = Double(x.exponent)
    var bit = 0.5
    for _ in 0..<14 {
      mantissa *= mantissa
      if mantissa >= 2 {
        mantissa /= 2
        result += bit
      }
      bit /= 2
    }
    return result
  }
}
