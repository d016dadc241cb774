// Words as numbers: up to sixteen bytes of a word are folded to lower case and mixed into 64 bits at once. The lexicon, the
// phrase patterns and the learned weights all know words by this number alone.

package enum WordHash {
  @usableFromInline static let first: UInt64 = 0xa076_1d64_78bd_642f
  @usableFromInline static let second: UInt64 = 0xe703_7ed1_a0b4_28db

  /// Mixes the first sixteen folded bytes (zero beyond the word's end).
  @inlinable
  package static func of(_ low: UInt64, _ high: UInt64) -> UInt64 {
    let product = (low ^ first).multipliedFullWidth(by: high ^ second)
    return product.high ^ product.low
  }

  /// Adds the next eight folded bytes of a longer word.
  @inlinable
  package static func extend(_ hash: UInt64, _ next: UInt64) -> UInt64 { of(hash, next ^ 0x5851_f42d_4c95_7f2d) }

  /// A longer word has a stem: its first letters.
  static let stemLength = 5

  /// The stem of a word whose first eight folded bytes are `low`.
  @inline(__always)
  static func stem(_ low: UInt64) -> UInt64 { of(low & 0xff_ffff_ffff, 0x73_7465_6d) }

  /// A pair of neighbouring words.
  @inlinable
  package static func pair(_ previous: UInt64, _ current: UInt64) -> UInt64 {
    (((previous << 23) | (previous >> 41)) ^ current) &* 0x9e37_79b9_7f4a_7c15
  }

  /// Letters and digits lose the bit that tells capitals; bytes from 0x80 keep all their bits.
  @inlinable
  package static func fold(_ eight: UInt64) -> UInt64 {
    eight | (((~eight & 0x8080_8080_8080_8080) >> 2))
  }

  /// The hash of a word of the patterns. One written as `~` and sixteen hexadecimal digits is known by its hash alone.
  static func named(_ word: String) -> UInt64 {
    if word.hasPrefix("~"), let hash = UInt64(word.dropFirst(), radix: 16) { return hash }
    return of(word.utf8)
  }

  /// The hash of a word given as bytes: the reference that the scanner's loads agree with.
  package static func of(_ word: some Collection<UInt8>) -> UInt64 {
    var (low, hash, next): (UInt64, UInt64, UInt64) = (0, 0, 0)
    var (bytes, parts): (UInt64, Int) = (0, 0)
    func close() {
      switch parts {
      case 0: low = next
      case 1: hash = of(low, next)
      default: hash = extend(hash, next)
      }
      (next, bytes, parts) = (0, 0, parts + 1)
    }
    for byte in word {
      next |= UInt64(byte < 0x80 ? byte | 0x20 : byte) << (8 * bytes)
      bytes += 1
      if bytes == 8 { close() }
    }
    if bytes > 0 { close() }
    while parts < 2 { close() }
    return hash
  }
}
