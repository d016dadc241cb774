// Finding past cases: BM25 over their words (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), joined
// with how far the stated facts agree. The index is built whole and never changed; the same past and case give the same list.

package struct PrecedentIndex: PrecedentSearch {
  package let epoch: Int
  private let precedents: [Precedent]
  /// Word → the documents that hold it, and how often.
  private let postings: [String: [(document: Int, count: Int)]]
  private let lengths: [Double]
  private let averageLength: Double

  private static var saturation: Double { 1.2 }
  private static var lengthWeight: Double { 0.75 }
  /// The share of words in the similarity; the rest is facts.
  private static var wordShare: Double { 0.6 }
  /// Words of a case beyond this many are not looked up.
  static let mostWords = 2000

  /// Precedents without a case, because it was erased, cannot be found.
  package init(_ active: [Precedent], epoch: Int) {
    self.epoch = epoch
    precedents = active.filter { $0.matter != nil }
    var postings: [String: [(document: Int, count: Int)]] = [:]
    var lengths: [Double] = []
    for (document, precedent) in precedents.enumerated() {
      let counts = precedent.matter.map(PrecedentIndex.words) ?? [:]
      for (word, count) in counts { postings[word, default: []].append((document, count)) }
      lengths.append(Double(counts.values.reduce(0, +)))
    }
    self.postings = postings
    self.lengths = lengths
    averageLength = lengths.isEmpty ? 1 : max(1, lengths.reduce(0, +) / Double(lengths.count))
  }

  package var isEmpty: Bool { precedents.isEmpty }

  package func consult(_ matter: Case, under rules: PrecedentRules) -> [ConsultedPrecedent] {
    guard !isEmpty else { return [] }
    return ranked(matter).filter { $0.similarity >= rules.leastSimilarity }.prefix(rules.consultedAtMost).map {
      ConsultedPrecedent(
        id: $0.precedent.id, similarity: rounded($0.similarity), outcome: $0.precedent.lean,
        verdict: $0.precedent.verdict, clauses: $0.precedent.clauses, principles: $0.precedent.principles,
        reason: $0.precedent.reason)
    }
  }

  /// All precedents by their similarity to a case; of equal ones the lower id first.
  package func ranked(_ matter: Case) -> [(precedent: Precedent, similarity: Double)] {
    let words = scores(PrecedentIndex.words(matter))
    return precedents.indices.map { document in
      let facts = precedents[document].matter.map { PrecedentIndex.agreement(matter.facts, $0.facts) } ?? 0
      return (
        precedents[document],
        PrecedentIndex.wordShare * words[document] + (1 - PrecedentIndex.wordShare) * facts
      )
    }.sorted { ($1.similarity, $0.precedent.id) < ($0.similarity, $1.precedent.id) }
  }

  /// BM25 of every document, as a share of what a document with just these words would have.
  private func scores(_ query: [String: Int]) -> [Double] {
    var scores = Array(repeating: 0.0, count: precedents.count)
    var whole = 0.0
    let total = Double(precedents.count)
    // In the order of the words, so that sums do not depend on a hash.
    for word in query.keys.sorted() {
      let found = postings[word] ?? []
      let rarity = PrecedentIndex.logarithm(1 + (total - Double(found.count) + 0.5) / (Double(found.count) + 0.5))
      let own = Double(query[word] ?? 0)
      whole += rarity * own * (PrecedentIndex.saturation + 1) / (own + PrecedentIndex.saturation)
      for (document, count) in found {
        let length =
          1 - PrecedentIndex.lengthWeight + PrecedentIndex.lengthWeight * lengths[document] / averageLength
        scores[document] +=
          rarity * Double(count) * (PrecedentIndex.saturation + 1)
          / (Double(count) + PrecedentIndex.saturation * length)
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

  /// The words of a case: runs of letters and digits, in lower case.
  static func words(_ matter: Case) -> [String: Int] {
    var counts: [String: Int] = [:]
    var taken = 0
    for field in matter.texts {
      var word = ""
      func close() {
        if word.utf8.count > 1 {
          counts[word, default: 0] += 1
          taken += 1
        }
        word = ""
      }
      for scalar in field.text.unicodeScalars {
        if scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
          word += scalar.properties.lowercaseMapping
        } else if !word.isEmpty {
          close()
          if taken >= mostWords { return counts }
        }
      }
      close()
    }
    return counts
  }

  /// How far two cases agree in what was stated: of the facts that either states, the share in which they are alike.
  static func agreement(_ one: Facts, _ other: Facts) -> Double {
    var stated = one.known
    stated.formUnion(other.known)
    guard !stated.isEmpty else { return 0 }
    var alike = 0.0
    for fact in stated where one.states(fact) && other.states(fact) { alike += likeness(fact, one, other) }
    return alike / Double(stated.count)
  }

  private static func likeness(_ fact: Fact, _ one: Facts, _ other: Facts) -> Double {
    if let left = one.truth(fact), let right = other.truth(fact) { return left == right ? 1 : 0 }
    if fact == .impact, let left = one.impact, let right = other.impact {
      return 1 - Double(abs(left.rank - right.rank)) / 4
    }
    if let left = one.text(fact), let right = other.text(fact) { return left == right ? 1 : 0 }
    if let left = one.list(fact), let right = other.list(fact) {
      let union = Set(left).union(right).count
      return union == 0 ? 1 : Double(Set(left).intersection(right).count) / Double(union)
    }
    if let left = one.number(fact), let right = other.number(fact) {
      let greater = max(abs(left), abs(right))
      return greater == 0 ? 1 : max(0, 1 - abs(left - right) / greater)
    }
    return 0
  }
}
