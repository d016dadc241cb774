// A word read eight bytes at a time: where it ends, what it hashes to, and what is unusual about it.

struct Word {
  private(set) var hash: UInt64
  var end: Int
  private(set) var length: Int
  private var low: UInt64
  private(set) var hasDigits: Bool
  private(set) var hasLetters: Bool

  /// What its first letters hash to.
  @inline(__always)
  var stem: UInt64 { WordHash.stem(low) }
  /// Digits in it: it may be an identifier, a token or a word in disguise.
  var mixed: Bool { hasDigits }
  var onlyDigits: Bool { hasDigits && !hasLetters }

  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// For eight bytes, the top bit of each byte that is a letter, and of each that is a digit.
  @inline(__always)
  private static func classify(_ eight: UInt64) -> (letters: UInt64, digits: UInt64) {
    let low = eight & 0x7f7f_7f7f_7f7f_7f7f
    let folded = low | 0x2020_2020_2020_2020
    let letters = (folded &+ 0x1f1f_1f1f_1f1f_1f1f) & ~(folded &+ 0x0505_0505_0505_0505)
    let digits = (low &+ 0x5050_5050_5050_5050) & ~(low &+ 0x4646_4646_4646_4646)
    return (((letters & ~eight) | eight) & tops, digits & ~eight & tops)
  }

  /// Reads the word that begins at `index`. The text has a margin behind it that is no word.
  @inline(__always)
  init(_ bytes: TextBytes, _ index: Int) {
    let raw = UnsafeRawPointer(bytes + index)
    let first = raw.loadUnaligned(as: UInt64.self)
    let (letters, digits) = Self.classify(first)
    let outside = ~(letters | digits) & Self.tops
    let bits = outside.trailingZeroBitCount
    if bits < 64 {
      let size = bits >> 3
      let keep = (UInt64(1) << UInt64(bits & 0x38)) &- 1
      length = size
      end = index + size
      low = WordHash.fold(first) & keep
      hasDigits = digits & keep != 0
      hasLetters = letters & keep != 0
      hash = WordHash.of(low, 0)
    } else {
      low = WordHash.fold(first)
      hasDigits = digits != 0
      hasLetters = letters != 0
      length = 8
      end = index + 8
      hash = 0
      readOn(raw)
    }
  }

  @inline(never)
  private mutating func readOn(_ raw: UnsafeRawPointer) {
    var offset = 8
    var parts = 1
    while true {
      let next = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let (letters, digits) = Self.classify(next)
      let outside = ~(letters | digits) & Self.tops
      let bits = outside.trailingZeroBitCount
      let keep: UInt64 = bits < 64 ? (1 << UInt64(bits & 0x38)) &- 1 : .max
      let folded = WordHash.fold(next) & keep
      hasDigits = hasDigits || digits & keep != 0
      hasLetters = hasLetters || letters & keep != 0
      if parts == 1 { hash = WordHash.of(low, folded) } else if keep != 0 { hash = WordHash.extend(hash, folded) }
      parts += 1
      length += bits >> 3
      end += bits >> 3
      if bits < 64 { return }
      offset += 8
    }
  }

  /// `user's` reads as `user`, `don't` as `dont`.
  @inline(never)
  func joined(_ bytes: TextBytes) -> Word {
    guard bytes[end + 1].isLetter else { return self }
    let tail = Word(bytes, end + 1)
    var whole = self
    if tail.length == 1, tail.low == 0x73 {
      whole.end = tail.end
      return whole
    }
    guard length + tail.length <= 8, length < 8 else { return self }
    whole.low |= tail.low << UInt64(8 * length)
    whole.length += tail.length
    whole.end = tail.end
    whole.hash = WordHash.of(whole.low, 0)
    return whole
  }

  /// Three equal letters in a row among the first eight.
  var drawnOut: Bool {
    let differences = low ^ (low >> 8)
    // Zero bytes behind the word equal one another; they do not count.
    let letters = ((low & ~Self.tops) &+ ~Self.tops) | low
    let equal = (differences &- 0x0101_0101_0101_0101) & ~differences & letters & Self.tops
    return equal & (equal >> 8) != 0
  }

  /// Its spellings with runs of a letter cut to two and to one.
  func shortened(_ bytes: TextBytes, _ index: Int) -> [UInt64]? {
    var twice: [UInt8] = []
    var once: [UInt8] = []
    for place in index..<end {
      let byte = bytes[place] | 0x20
      if twice.count >= 2, twice[twice.count - 1] == byte, twice[twice.count - 2] == byte { continue }
      twice.append(byte)
    }
    for byte in twice where once.last != byte { once.append(byte) }
    return [WordHash.of(twice), WordHash.of(once)]
  }
}

/// Letters without spaces to divide: those of a long word, or letters one by one as in `i g n o r e` or `i.g.n.o.r.e` (at
/// least four, with a few separators between). Its memory is used again.
struct LetterRun {
  static let limit = 512
  /// So many separators may stand between two letters.
  private static let widest = 8
  /// Sixteen zeros stand behind the last letter.
  private var bytes = [UInt8](repeating: 0, count: limit + 16)
  private(set) var starts = [Int](repeating: 0, count: limit)
  private(set) var count = 0

  private mutating func append(_ byte: UInt8, _ start: Int) {
    bytes[count] = byte
    starts[count] = start
    count += 1
  }

  private mutating func close() {
    for place in count..<count + 16 { bytes[place] = 0 }
  }

  /// The sixteen letters from a place on.
  func sixteen(_ place: Int) -> (low: UInt64, high: UInt64) {
    bytes.withUnsafeBytes {
      (
        $0.loadUnaligned(fromByteOffset: place, as: UInt64.self),
        $0.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
      )
    }
  }

  /// The hash of the first `length` of sixteen letters.
  @inline(__always)
  static func hash(_ low: UInt64, _ high: UInt64, _ length: Int) -> UInt64 {
    if length > 8 {
      return WordHash.of(low, length == 16 ? high : high & ((1 << UInt64(8 * (length - 8))) &- 1))
    }
    return WordHash.of(length == 8 ? low : low & ((1 << UInt64(8 * length)) &- 1), 0)
  }

  /// Takes the letters of a word.
  mutating func take(_ text: TextBytes, _ range: Range<Int>) {
    count = 0
    for place in range.prefix(Self.limit) { append(text[place] | 0x20, place) }
    close()
  }

  /// Takes letters that stand one by one from `index` on. Returns where they end, or nil where there are too few.
  mutating func gather(_ text: TextBytes, _ index: Int, _ limit: Int) -> Int? {
    // A list of numbers is no word; a run begins with a letter.
    guard text[index].isLetter, Self.separates(text[index + 1]) else { return nil }
    // Mostly a longer word follows, or a mark.
    var second = index + 2
    while second < index + Self.widest + 1, Self.separates(text[second]) { second += 1 }
    guard text[second].isLetter || text[second].isDigit, !text[second + 1].isWordByte else { return nil }
    count = 0
    var end = index
    var at = index
    while at < limit, count < Self.limit, text[at].isLetter || text[at].isDigit, !text[at + 1].isWordByte {
      append(Self.letter(text[at]), at)
      end = at + 1
      var next = at + 1
      while next < limit, next <= at + Self.widest, Self.separates(text[next]) { next += 1 }
      guard next > at + 1 else { break }
      at = next
    }
    close()
    return count >= 4 ? end : nil
  }

  private static func letter(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x30: 0x6f
    case 0x31: 0x69
    case 0x33: 0x65
    case 0x34: 0x61
    case 0x35: 0x73
    case 0x37: 0x74
    default: byte | 0x20
    }
  }

  private static func separates(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x2e, 0x2d, 0x5f, 0x2a, 0x0a, 0x09, 0x2c, 0x2f, 0x7c, 0x7e, 0x2b, 0x3a: true
    default: false
    }
  }
}
