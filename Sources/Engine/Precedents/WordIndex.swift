// Documents as bags of words, ranked by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009). Built
// whole and never changed; the same documents and query give the same figures on every machine.

struct WordIndex: Sendable {
  /// Word → the documents that hold it, and how often.
  private let postings: [String: [(document: Int, count: Int)]]
  private let lengths: [Double]
  private let averageLength: Double

  private static var saturation: Double { 1.2 }
  private static var lengthWeight: Double { 0.75 }

  /// Each document as its words and how often they stand in it.
  init(_ documents: [[String: Int]]) {
    var postings: [String: [(document: Int, count: Int)]] = [:]
    var lengths: [Double] = []
    for (document, counts) in documents.enumerated() {
      for (word, count) in counts { postings[word, default: []].append((document, count)) }
      lengths.append(Double(counts.values.reduce(0, +)))
    }
    self.postings = postings
    self.lengths = lengths
    averageLength = lengths.isEmpty ? 1 : max(1, lengths.reduce(0, +) / Double(lengths.count))
  }

  /// BM25 of every document, as a share of what a document with just these words would have.
  func scores(_ query: [String: Int]) -> [Double] {
    var scores = Array(repeating: 0.0, count: lengths.count)
    var whole = 0.0
    let total = Double(lengths.count)
    // In the order of the words, so that sums do not depend on a hash.
    for word in query.keys.sorted() {
      let found = postings[word] ?? []
      let rarity = WordIndex.logarithm(1 + (total - Double(found.count) + 0.5) / (Double(found.count) + 0.5))
      let own = Double(query[word] ?? 0)
      whole += rarity * own * (WordIndex.saturation + 1) / (own + WordIndex.saturation)
      for (document, count) in found {
        let length =
          1 - WordIndex.lengthWeight + WordIndex.lengthWeight * lengths[document] / averageLength
        scores[document] +=
          rarity * Double(count) * (WordIndex.saturation + 1)
          / (Double(count) + WordIndex.saturation * length)
      }
    }
    guard whole > 0 else { return scores }
    return scores.map { min(1, $0 / whole) }
  }

  /// ln x for x ≥ 1 by halving and the series of the inverse hyperbolic tangent: additions and divisions only, so that every
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
