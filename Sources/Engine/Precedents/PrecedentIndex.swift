// Finding past cases: BM25 over their words (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), joined
// with how far the stated facts agree. The index is built whole and never changed; the same past and case give the same list.

package struct PrecedentIndex: PrecedentSearch {
  package let epoch: Int
  private let precedents: [Precedent]
  private let index: WordIndex
  /// The facts that each states.
  private let stated: [FactSet]

  /// The share of words in the similarity; the rest is facts.
  private static var wordShare: Double { 0.6 }
  /// Words of a case beyond this many are not looked up.
  static let mostWords = 2000

  /// Precedents without a case, because it was erased, cannot be found.
  package init(_ active: [Precedent], epoch: Int) {
    self.epoch = epoch
    precedents = active.filter { $0.matter != nil }.sorted { $0.id < $1.id }
    stated = precedents.map { $0.matter?.facts.known ?? FactSet() }
    index = WordIndex(precedents.map { $0.matter.map(PrecedentIndex.words) ?? [:] })
  }

  package var isEmpty: Bool { precedents.isEmpty }

  package func consult(_ matter: Case, under rules: PrecedentRules) -> [ConsultedPrecedent] {
    guard !isEmpty else { return [] }
    return ranked(matter, atLeast: rules.leastSimilarity).prefix(rules.consultedAtMost).map {
      ConsultedPrecedent(
        id: $0.precedent.id, similarity: rounded($0.similarity), outcome: $0.precedent.lean,
        verdict: $0.precedent.verdict, clauses: $0.precedent.clauses, principles: $0.precedent.principles,
        reason: $0.precedent.reason)
    }
  }

  /// The precedents that are at least so similar to a case, by their similarity; of equal ones the lower id first.
  package func ranked(_ matter: Case, atLeast least: Double = 0) -> [(precedent: Precedent, similarity: Double)] {
    let words = index.scores(PrecedentIndex.words(matter))
    let factShare = 1 - PrecedentIndex.wordShare
    let known = matter.facts.known
    var near: [(place: Int, similarity: Double)] = []
    for place in precedents.indices {
      let told = PrecedentIndex.wordShare * words[place]
      // They agree in no more than the facts that both state; most precedents need no closer look.
      let (both, either) = known.shared(with: stated[place])
      guard told + factShare * (either == 0 ? 0 : Double(both) / Double(either)) >= least else { continue }
      let facts = precedents[place].matter.map { PrecedentIndex.agreement(matter.facts, $0.facts) } ?? 0
      let similarity = told + factShare * facts
      if similarity >= least { near.append((place, similarity)) }
    }
    // In the order of their ids already.
    return near.sorted { ($1.similarity, $0.place) < ($0.similarity, $1.place) }.map {
      (precedents[$0.place], $0.similarity)
    }
  }

  /// The words of a case.
  static func words(_ matter: Case) -> [String: Int] {
    WordIndex.words(of: matter.texts.map(\.text), atMost: mostWords)
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
