// A sentence as grounding sees it: its content words (stemmed, without the words that every sentence has), its numbers, its
// names, and whether it denies.

struct Sentence {
  /// More words of one sentence are not looked at.
  static let wordLimit = 64

  /// Byte offsets into its text.
  var start: Int
  var end: Int
  private(set) var words = FewWords()
  private(set) var numbers: Set<String> = []
  /// Months by their number, however they are written.
  private(set) var months: Set<Int> = []
  /// Capitalised words that do not begin the sentence.
  private(set) var names = FewWords()
  /// Content words that it denies: the next one behind a `not`.
  private(set) var denied = FewWords()
  /// A denial that no word follows holds of all that is said.
  private(set) var deniesAll = false
  /// It says that something may be so.
  private(set) var hedges = false
  /// The sides of the opposites that it speaks of, the last of each pair: see `Vocabulary.Role.pole`. A denied side is the other.
  private(set) var poles: [Int16] = []
  /// Denials that wait for their word.
  private var pending = 0
  /// The number read last, while a word may still belong to it, and whether it is a ten in words.
  private var last: (value: Double, isTen: Bool)?

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    start = range.lowerBound
    end = range.upperBound
    var index = range.lowerBound
    var first = true
    var count = 0
    while index < range.upperBound, count < Self.wordLimit {
      guard bytes[index].isWordByte else {
        index += 1
        continue
      }
      var stop = index
      while stop < range.upperBound, bytes[stop].isWordByte || Self.joins(bytes, stop, range) { stop += 1 }
      if let end = date(bytes, index, range.upperBound) {
        stop = end
      } else {
        read(bytes, index, stop, first)
      }
      first = false
      count += 1
      index = stop
    }
    if let last { numbers.insert(Self.written(last.value)) }
    last = nil
    deniesAll = pending % 2 == 1
  }

  /// An apostrophe within a word or a number; a point, a comma or a space between the thousands of a number.
  private static func joins(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ range: Range<Int>) -> Bool {
    let limit = range.upperBound
    guard index + 1 < limit, index > range.lowerBound else { return false }
    let byte = bytes[index]
    if byte == 0x27, !bytes[index - 1].isDigit { return bytes[index + 1].isLetter }
    guard byte == 0x2e || byte == 0x2c || byte == 0x20 || byte == 0x27, bytes[index - 1].isDigit,
      bytes[index + 1].isDigit
    else { return false }
    if byte == 0x2e || byte == 0x2c { return true }
    // `12 000`, not `in 1932 214 people`.
    var group = index
    while group > range.lowerBound, bytes[group - 1].isDigit { group -= 1 }
    return index - group <= 3 && index + 3 < limit && bytes[index + 2].isDigit && bytes[index + 3].isDigit
      && (index + 4 >= limit || !bytes[index + 4].isWordByte)
  }

  /// `2021-03-12`: a year, a month and a day.
  private mutating func date(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ limit: Int) -> Int? {
    guard start + 10 <= limit, bytes[start + 4] == 0x2d, bytes[start + 7] == 0x2d,
      start + 10 == limit || !bytes[start + 10].isDigit
    else { return nil }
    var parts: [Int] = []
    for (from, count) in [(0, 4), (5, 2), (8, 2)] {
      var value = 0
      for place in start + from..<start + from + count {
        guard bytes[place].isDigit else { return nil }
        value = value * 10 + Int(bytes[place] & 0x0f)
      }
      parts.append(value)
    }
    guard (1...12).contains(parts[1]), (1...31).contains(parts[2]) else { return nil }
    numbers.formUnion([String(parts[0]), String(parts[2])])
    take(month: parts[1])
    return start + 10
  }

  private mutating func take(month: Int) {
    months.insert(month)
    words.insert(WordHash.of("month \(month)".utf8))
  }

  /// One spelling for each number: `2.50` is `2.5`.
  private static func written(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
  }

  /// The value of digits with their marks. A point is a decimal one, unless three digits follow it, as they follow between
  /// thousands; a comma is one where one or two digits follow.
  private static func value(_ digits: UnsafeBufferPointer<UInt8>.SubSequence) -> Double {
    var groups: [(mark: UInt8, digits: [UInt8])] = [(0, [])]
    for byte in digits {
      if byte.isDigit { groups[groups.count - 1].digits.append(byte) } else { groups.append((byte, [])) }
    }
    var whole = groups[0].digits
    var rest: [UInt8] = []
    for (place, group) in groups.enumerated().dropFirst() {
      let divides = group.digits.count == 3 && whole.count <= 3 * place && whole != [0x30]
      if divides { whole += group.digits } else { rest += group.digits }
    }
    return Double(String(decoding: whole + [0x2e] + rest + [0x30], as: UTF8.self)) ?? 0
  }

  private mutating func take(number value: Double, isTen: Bool = false) {
    if let last, last.isTen, value < 10, !isTen {
      self.last = (last.value + value, false)
      return
    }
    if let last { numbers.insert(Self.written(last.value)) }
    last = (value, isTen)
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ stop: Int, _ first: Bool) {
    if bytes[start].isDigit {
      var end = start
      while end < stop, bytes[end].isDigit || !bytes[end].isWordByte { end += 1 }
      while end > start, !bytes[end - 1].isDigit { end -= 1 }
      var value = Self.value(bytes[start..<end])
      if end + 1 == stop, bytes[end] | 0x20 == 0x6b { value *= 1000 }
      take(number: value)
      return
    }
    var end = start
    while end < stop, bytes[end] != 0x27 { end += 1 }
    if end < stop, bytes[stop - 2] == 0x27, bytes[stop - 1] | 0x20 == 0x74 {
      pending += 1
      return
    }
    let word = UnsafeBufferPointer(rebasing: bytes[start..<end])
    // The hash tells no capitals from small letters.
    let hash = WordHash.of(word)
    let isCapital = (0x41...0x5a).contains(bytes[start])
    let role = Vocabulary.shared.role(of: hash)
    if let role {
      if role.scale > 0 {
        last = ((last?.value ?? 1) * role.scale, false)
        return
      }
      if let number = role.number {
        take(number: Double(number), isTen: number >= 20 && number % 10 == 0)
        return
      }
    }
    if let last { numbers.insert(Self.written(last.value)) }
    last = nil
    if let role {
      if role.month > 0, isCapital, !(first && role.hedges) {
        take(month: Int(role.month))
        return
      }
      if role.denies { pending += 1 }
      if role.hedges { hedges = true }
      if role.pole != 0 {
        take(pole: pending % 2 == 1 ? -role.pole : role.pole)
      }
      if role.isCommon { return }
    }
    guard word.count > 1 else { return }
    let stem = Vocabulary.sameAs[hash] ?? Vocabulary.stem(word, hash)
    words.insert(stem)
    if pending % 2 == 1, role?.denies != true { denied.insert(stem) }
    if role?.denies != true { pending = 0 }
    if !first, isCapital, word.count > 2 { names.insert(stem) }
  }

  private mutating func take(pole: Int16) {
    if let known = poles.firstIndex(where: { abs($0) == abs(pole) }) {
      poles[known] = pole
    } else {
      poles.append(pole)
    }
  }

  /// Sentences of a text, at most `limit`.
  static func all(in bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> [Sentence] {
    var result: [Sentence] = []
    var start = 0
    var index = 0
    while index <= bytes.count, result.count < limit {
      let ends =
        index == bytes.count || bytes[index] == 0x0a
        || (bytes[index] == 0x2e || bytes[index] == 0x21 || bytes[index] == 0x3f || bytes[index] == 0x3b)
          && (index + 1 == bytes.count || bytes[index + 1] <= 0x20)
      if ends {
        var first = start
        while first < index, bytes[first] <= 0x20 { first += 1 }
        if index - first >= 4 { result.append(Sentence(bytes, first..<index)) }
        start = index + 1
      }
      index += 1
    }
    result.removeAll { $0.words.isEmpty && $0.numbers.isEmpty }
    return result
  }
}

/// The words of one sentence by their hashes, each once. There are few, so they are looked through, and mostly not even
/// that: a bit for each says which are certainly not there.
struct FewWords {
  private(set) var hashes: [UInt64] = []
  private var marks: UInt64 = 0

  var count: Int { hashes.count }
  var isEmpty: Bool { hashes.isEmpty }

  @inline(__always)
  func contains(_ hash: UInt64) -> Bool { marks >> (hash & 63) & 1 == 1 && hashes.contains(hash) }

  mutating func insert(_ hash: UInt64) {
    if contains(hash) { return }
    if hashes.isEmpty { hashes.reserveCapacity(16) }
    hashes.append(hash)
    marks |= 1 << (hash & 63)
  }

  /// How many of its words the other has too.
  func shared(with other: FewWords) -> Int {
    marks & other.marks == 0 ? 0 : hashes.reduce(0) { $0 + (other.contains($1) ? 1 : 0) }
  }
}
