// A quick no for lists of terms: a text in which no word begins any term holds none of them, and most texts hold none.

/// The first words of all terms, as bits by their hash. Words are what `TermList.words` calls words.
struct Beginnings: Sendable {
  private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3

  private var bits: [UInt64]
  private let shift: UInt64
  /// Some term has no words, or letters whose lower case is not told by their bytes: every text is read in full.
  private let isOpen: Bool

  init(_ terms: [[String]]) {
    isOpen = terms.contains { $0.first?.utf8.allSatisfy { $0 < 0x80 } != true }
    // Sixteen bits and more to a term, so that few words are taken for another.
    var exponent: UInt64 = 8
    while 1 << exponent < 16 * terms.count { exponent += 1 }
    shift = 64 - exponent
    bits = Array(repeating: 0, count: 1 << Int(exponent - 6))
    for term in terms {
      guard let first = term.first else { continue }
      var hash = Self.offset
      for byte in first.utf8 { hash = Self.mixed(hash, byte) }
      let place = Int(hash >> shift)
      bits[place >> 6] |= 1 << UInt64(place & 63)
    }
  }

  /// False only where no term occurs in the text.
  func mayOccur(in text: String) -> Bool {
    if isOpen { return true }
    if let answer = text.utf8.withContiguousStorageIfAvailable({ mayOccur($0.span) }) { return answer }
    return mayOccur(Array(text.utf8).span)
  }

  /// False only where no term begins with this word in lower case.
  func mayBegin(with word: String) -> Bool {
    if isOpen { return true }
    var hash = Self.offset
    for byte in word.utf8 { hash = Self.mixed(hash, byte) }
    return begins(hash, bits.span)
  }

  private func mayOccur(_ text: Span<UInt8>) -> Bool {
    let bits = self.bits.span
    var hash = Self.offset
    var isWord = false
    var previousLower = false
    for place in text.indices {
      let byte = text[place]
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        hash = Self.mixed(hash, byte)
        isWord = true
        previousLower = true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        if previousLower {
          if begins(hash, bits) { return true }
          hash = Self.offset
        }
        hash = Self.mixed(hash, byte | 0x20)
        isWord = true
        previousLower = false
      case 0x80...: return true
      default:
        if isWord, begins(hash, bits) { return true }
        hash = Self.offset
        isWord = false
        previousLower = false
      }
    }
    return isWord && begins(hash, bits)
  }

  @inline(__always)
  private func begins(_ hash: UInt64, _ bits: Span<UInt64>) -> Bool {
    let place = Int(hash >> shift)
    return bits[place >> 6] & (1 << UInt64(place & 63)) != 0
  }

  @inline(__always)
  private static func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* prime }
}
