// How often keys were asked for lately, in four bits each: the count-min sketch of TinyLFU (Einziger, Friedman, Manes,
// "TinyLFU: A Highly Efficient Cache Admission Policy", 2017). It remembers the popular and forgets with time.

@usableFromInline
struct FrequencySketch: Sendable {
  /// Sixteen counters of four bits in each word.
  private var table: [UInt64]
  private let mask: UInt64
  private var additions = 0
  private let sampleSize: Int

  static let greatest = 15

  /// For about so many keys.
  @usableFromInline
  init(keys: Int) {
    var words = 16
    while words < keys / 2 { words *= 2 }
    table = Array(repeating: 0, count: words)
    mask = UInt64(words - 1)
    sampleSize = max(64, 10 * keys)
  }

  /// The word and the shift of the counter that row `row` keeps for a key.
  @inline(__always)
  private func place(_ hash: UInt64, _ row: UInt64) -> (word: Int, shift: UInt64) {
    var mixed = (hash &+ row &* 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
    mixed ^= mixed >> 32
    // Each row has four of the sixteen counters of a word to itself.
    return (Int(truncatingIfNeeded: mixed & mask), (row * 4 + mixed >> 48 & 3) * 4)
  }

  /// How often, at most: the least of the four counters.
  @usableFromInline
  func frequency(_ hash: UInt64) -> Int {
    var least = Self.greatest
    for row in 0..<4 as Range<UInt64> {
      let (word, shift) = place(hash, row)
      least = min(least, Int(table[word] >> shift & 0xF))
    }
    return least
  }

  @usableFromInline
  mutating func note(_ hash: UInt64) {
    var changed = false
    for row in 0..<4 as Range<UInt64> {
      let (word, shift) = place(hash, row)
      if table[word] >> shift & 0xF < Self.greatest {
        table[word] += 1 << shift
        changed = true
      }
    }
    guard changed else { return }
    additions += 1
    if additions >= sampleSize { age() }
  }

  /// Halves every counter, so that what was popular once makes way.
  private mutating func age() {
    for index in table.indices { table[index] = table[index] >> 1 & 0x7777_7777_7777_7777 }
    additions /= 2
  }
}
