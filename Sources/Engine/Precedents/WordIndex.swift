// Documents as bags of words, ranked by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009). A copy
// shares its lists with the original, and a document that is added or taken away costs about what it holds, however many
// there are. Figures depend on which documents there are, not on their order or their places, and are the same on every
// machine.

struct WordIndex: Sendable {
  /// That a document holds a word, and how often.
  private struct Posting {
    let place: Int32
    let count: Int32
  }

  /// Word → the documents that hold it, by their places; words lie on shelves, of which a change copies but those it needs.
  private var shelves: [[String: [Posting]]] = Array(repeating: [:], count: WordIndex.shelfCount)
  /// How many words stand in the document of a place; 0 where there is none.
  private var lengths: [Double] = []
  private var freePlaces: [Int] = []
  /// ln(n + ½), for every number of documents that may hold a word.
  private var logarithms = [WordIndex.logarithm(0.5)]
  private(set) var count = 0
  private var words = 0

  private static var shelfCount: Int { 1024 }
  private static var saturation: Double { 1.2 }
  private static var lengthWeight: Double { 0.75 }
  /// Scores are sums of whole numbers, which come out the same in whatever order they are added.
  private static var unit: Double { 4_294_967_296 }

  // MARK: Documents

  /// Takes in a document: its words and how often they stand in it. The place that it gets was never taken or is free again.
  mutating func insert(_ document: [String: Int]) -> Int {
    let place = freePlaces.popLast() ?? lengths.count
    if place == lengths.count { lengths.append(0) }
    for (word, count) in document {
      let posting = Posting(place: Int32(place), count: Int32(count))
      WordIndex.add(posting, to: &shelves[WordIndex.shelf(of: word)][word, default: []])
      lengths[place] += Double(count)
    }
    words += Int(lengths[place])
    count += 1
    if count == logarithms.count { logarithms.append(WordIndex.logarithm(Double(count) + 0.5)) }
    return place
  }

  /// Lists are in the order of their places; a new document most often comes last.
  private static func add(_ posting: Posting, to list: inout [Posting]) {
    var index = list.endIndex
    while index > 0, list[index - 1].place > posting.place { index -= 1 }
    list.insert(posting, at: index)
  }

  /// Takes away the document that was inserted at a place, with every word that no other one holds.
  mutating func remove(_ document: [String: Int], at place: Int) {
    for word in document.keys {
      let shelf = WordIndex.shelf(of: word)
      shelves[shelf][word]?.removeAll { $0.place == place }
      if shelves[shelf][word]?.isEmpty ?? false { shelves[shelf][word] = nil }
    }
    words -= Int(lengths[place])
    lengths[place] = 0
    count -= 1
    freePlaces.append(place)
  }

  private static func shelf(of word: String) -> Int {
    var mixed: UInt32 = 0
    for byte in word.utf8 { mixed = mixed &* 31 &+ UInt32(byte) }
    return Int(mixed % UInt32(shelfCount))
  }

  // MARK: Scores

  /// How many words a document has on average.
  var usualLength: Double { Double(max(1, words)) / Double(max(1, count)) }

  /// By place: BM25 of every document as a share of what these very words have, 0…1. A document that is longer than `length`
  /// counts less; no word counts for more than it does in the query, so that one cannot stand in for another.
  func scores(_ query: [String: Int], length: Double) -> [Double] {
    var sums = Array(repeating: 0, count: lengths.count)
    var whole = 0
    let all = WordIndex.logarithm(Double(count) + 1)
    for (word, own) in query {
      let found = shelves[WordIndex.shelf(of: word)][word] ?? []
      let weight = (all - logarithms[found.count]) * (WordIndex.saturation + 1)
      let most = weight * WordIndex.saturated(Double(own), WordIndex.saturation)
      whole += Int(most * WordIndex.unit)
      for posting in found {
        let excess = max(1, lengths[Int(posting.place)] / length)
        let damping = WordIndex.saturation * (1 - WordIndex.lengthWeight + WordIndex.lengthWeight * excess)
        let score = weight * WordIndex.saturated(Double(posting.count), damping)
        sums[Int(posting.place)] += Int(min(most, score) * WordIndex.unit)
      }
    }
    guard whole > 0 else { return lengths.map { _ in 0 } }
    return sums.map { Double($0) / Double(whole) }
  }

  private static func saturated(_ count: Double, _ damping: Double) -> Double { count / (count + damping) }

  /// ln x for x ≥ ½ by halving and the series of the inverse hyperbolic tangent: additions and divisions only, so that every
  /// machine finds the same digits.
  static func logarithm(_ value: Double) -> Double {
    var mantissa = value
    var halvings = 0.0
    while mantissa > 1.5 {
      mantissa /= 2
      halvings += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    var term = ratio
    var sum = 0.0
    for odd in stride(from: 1.0, through: 41, by: 2) {
      sum += term / odd
      term *= ratio * ratio
    }
    return 2 * sum + halvings * 0.693_147_180_559_945_3
  }

  /// The first `most` words of texts: runs of letters and digits, in lower case.
  static func words(of texts: some Sequence<String>, atMost most: Int) -> [String: Int] {
    var counts: [String: Int] = [:]
    var taken = 0
    for text in texts {
      if text.utf8.allSatisfy({ $0 < 128 }) {
        countPlain(text, &counts, &taken, atMost: most)
        if taken >= most { return counts }
        continue
      }
      var word = ""
      func close() {
        if word.utf8.count > 1 {
          counts[word, default: 0] += 1
          taken += 1
        }
        word = ""
      }
      for scalar in text.unicodeScalars {
        if scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
          word += scalar.properties.lowercaseMapping
        } else if !word.isEmpty {
          close()
          if taken >= most { return counts }
        }
      }
      close()
      if taken >= most { return counts }
    }
    return counts
  }
  /// The same for a text of ASCII, without asking Unicode of each letter.
  private static func countPlain(_ text: String, _ counts: inout [String: Int], _ taken: inout Int, atMost most: Int) {
    var word: [UInt8] = []
    func close() {
      if word.count > 1 {
        counts[String(decoding: word, as: UTF8.self), default: 0] += 1
        taken += 1
      }
      word.removeAll(keepingCapacity: true)
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): word.append(byte)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
      default:
        if word.isEmpty { continue }
        close()
        if taken >= most { return }
      }
    }
    close()
  }
}
