// What the second stage sees of a scan: the folded bytes and the words near a place that give numbers a meaning.

struct TextView {
  /// How far before and behind a number its word may stand, in bytes.
  static let reachBefore: Int32 = 48
  static let reachBehind: Int32 = 40

  let bytes: TextBytes
  let count: Int
  let contextWords: [(place: Int32, hash: UInt64)]
  let credentialWords: [(place: Int32, strong: Bool)]

  /// Whether one of the words stands near `place`. Context words are in order of place.
  func context(_ place: Int, _ words: [String]) -> Bool {
    let place = Int32(truncatingIfNeeded: place)
    var low = 0
    var high = contextWords.count
    while low < high {
      let middle = (low + high) / 2
      if contextWords[middle].place < place - Self.reachBefore { low = middle + 1 } else { high = middle }
    }
    var seen = 0
    while low < contextWords.count, contextWords[low].place < place + Self.reachBehind, seen < 24 {
      for word in words where contextWords[low].hash == WordHash.of(word.utf8) { return true }
      low += 1
      seen += 1
    }
    return false
  }

  /// Whether the phrase, in small letters, stands shortly before `place`.
  func precedes(_ place: Int, _ phrase: String) -> Bool {
    string(Swift.max(0, place - Int(Self.reachBefore)), place).lowercased().contains(phrase)
  }

  func string(_ start: Int, _ end: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
  }
}
