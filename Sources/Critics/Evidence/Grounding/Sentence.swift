// A sentence as grounding sees it: its content words (stemmed, without the words that every sentence has), its numbers, its
// names, and whether it denies.

struct Sentence {
  /// More words of one sentence are not looked at.
  static let wordLimit = 64

  /// Byte offsets into its text.
  let start: Int
  let end: Int
  private(set) var words = FewWords()
  private(set) var numbers: Set<String> = []
  /// Capitalised words that do not begin the sentence.
  private(set) var names = FewWords()
  private(set) var denials = 0
  /// The sides of the opposites that it speaks of, the last of each pair: see `Vocabulary.Role.pole`.
  private(set) var poles: [Int16] = []

  var denies: Bool { denials % 2 == 1 }

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
      while stop < range.upperBound, bytes[stop].isWordByte || Self.joins(bytes, stop, range.upperBound) { stop += 1 }
      read(bytes, index, stop, first)
      first = false
      count += 1
      index = stop
    }
  }

  /// An apostrophe within a word, a point or comma within a number.
  private static func joins(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ limit: Int) -> Bool {
    guard index + 1 < limit, index > 0 else { return false }
    if bytes[index] == 0x27 { return bytes[index + 1].isLetter }
    return (bytes[index] == 0x2e || bytes[index] == 0x2c) && bytes[index - 1].isDigit && bytes[index + 1].isDigit
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ stop: Int, _ first: Bool) {
    if bytes[start].isDigit {
      let digits = bytes[start..<stop].lazy.filter { $0 != 0x2c }.prefix { $0.isDigit || $0 == 0x2e }
      numbers.insert(String(decoding: Array(digits), as: UTF8.self))
      return
    }
    var end = start
    while end < stop, bytes[end] != 0x27 { end += 1 }
    if end < stop, bytes[stop - 2] == 0x27, bytes[stop - 1] | 0x20 == 0x74 { denials += 1 }
    let word = UnsafeBufferPointer(rebasing: bytes[start..<end])
    // The hash tells no capitals from small letters.
    let hash = WordHash.of(word)
    if let role = Vocabulary.shared.role(of: hash) {
      if let number = role.number {
        numbers.insert(String(number))
        return
      }
      if role.denies { denials += 1 }
      if role.pole != 0 { take(pole: role.pole) }
      if role.isCommon { return }
    }
    guard word.count > 1 else { return }
    let stem = Vocabulary.stem(word, hash)
    words.insert(stem)
    if !first, (0x41...0x5a).contains(bytes[start]), word.count > 2 { names.insert(stem) }
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
