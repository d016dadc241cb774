// Finding past cases: BM25 over their words (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), joined
// with how far the stated facts agree. A copy shares nearly all with the original; the same past and case give the same list.

package struct PrecedentIndex: PrecedentSearch {
  /// A precedent as far as it is consulted, and what it is found by.
  private final class Entry: Sendable {
    let matter: Case
    let consulted: ConsultedPrecedent

    init(_ matter: Case, _ consulted: ConsultedPrecedent) {
      self.matter = matter
      self.consulted = consulted
    }
  }

  package internal(set) var epoch: Int
  /// By their places in the index of words; nil where a place is free.
  private var entries: [Entry?] = []
  /// The facts that each states.
  private var stated: [FactSet] = []
  private var index = WordIndex()

  /// The share of words in the similarity where facts are stated; the rest is facts.
  private static var wordShare: Double { 0.6 }
  /// Words of a case beyond this many are not looked up.
  static let mostWords = 2000

  /// Precedents without a case, because it was erased, cannot be found.
  package init(_ active: [Precedent] = [], epoch: Int) {
    self.epoch = epoch
    for precedent in active { insert(precedent) }
  }

  mutating func insert(_ precedent: Precedent) {
    guard let matter = precedent.matter else { return }
    insert(
      matter,
      consultedAs: ConsultedPrecedent(
        id: precedent.id, similarity: 1, outcome: precedent.lean, verdict: precedent.verdict,
        clauses: precedent.clauses, principles: precedent.principles, reason: precedent.reason))
  }

  package mutating func insert(_ matter: Case, consultedAs consulted: ConsultedPrecedent) {
    let place = index.insert(PrecedentIndex.words(matter))
    if place == entries.count {
      entries.append(nil)
      stated.append(FactSet())
    }
    entries[place] = Entry(matter, consulted)
    stated[place] = matter.facts.known
  }

  mutating func remove(_ id: String) {
    guard let place = entries.firstIndex(where: { $0?.consulted.id == id }), let entry = entries[place] else { return }
    index.remove(PrecedentIndex.words(entry.matter), at: place)
    entries[place] = nil
    stated[place] = FactSet()
  }

  /// How many can be found.
  var count: Int { index.count }
  package var isEmpty: Bool { count == 0 }

  package func consult(_ matter: Case, under rules: PrecedentRules) -> [ConsultedPrecedent] {
    guard !isEmpty else { return [] }
    return Array(ranked(matter, atLeast: rules.leastSimilarity).prefix(rules.consultedAtMost))
  }

  /// The precedents that are at least so similar to a case, by their similarity; of equal ones the lower id first.
  package func ranked(_ matter: Case, atLeast least: Double = 0) -> [ConsultedPrecedent] {
    let scores = scores(matter)
    let known = matter.facts.known
    var near: [(entry: Entry, similarity: Double)] = []
    for place in entries.indices {
      // They agree in no more than the facts that both state; most precedents need no closer look.
      let (both, either) = known.shared(with: stated[place])
      let most = PrecedentIndex.similarity(scores[place], either == 0 ? nil : Double(both) / Double(either))
      guard most >= least, let entry = entries[place] else { continue }
      let facts = PrecedentIndex.agreement(matter.facts, entry.matter.facts)
      let similarity = PrecedentIndex.similarity(scores[place], facts)
      if similarity >= least { near.append((entry, similarity)) }
    }
    return near.sorted { ($1.similarity, $0.entry.consulted.id) < ($0.similarity, $1.entry.consulted.id) }.map {
      $0.entry.consulted.with(similarity: rounded($0.similarity))
    }
  }

  /// How far the words of each precedent agree with those of a case, 0…1. A case without words is like none but its equal.
  private func scores(_ matter: Case) -> [Double] {
    let words = PrecedentIndex.words(matter)
    if words.isEmpty { return entries.map { $0?.matter.hash == matter.hash ? 1 : 0 } }
    return index.scores(words, length: Double(words.values.reduce(0, +)))
  }

  /// Where no facts are stated, what is told is all there is to compare.
  private static func similarity(_ told: Double, _ facts: Double?) -> Double {
    guard let facts else { return told }
    return wordShare * told + (1 - wordShare) * facts
  }

  /// The words of a case.
  static func words(_ matter: Case) -> [String: Int] {
    WordIndex.words(of: matter.texts.map(\.text), atMost: mostWords)
  }

  /// How far two cases agree in what was stated: of the facts that either states, the share in which they are alike. Nil
  /// where neither states any.
  static func agreement(_ one: Facts, _ other: Facts) -> Double? {
    var stated = one.known
    stated.formUnion(other.known)
    guard !stated.isEmpty else { return nil }
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
    // A budget without limit or cost has no number.
    if fact == .budget, one.budget == other.budget { return 1 }
    if let left = one.number(fact), let right = other.number(fact) {
      let greater = max(abs(left), abs(right))
      return greater == 0 ? 1 : max(0, 1 - abs(left - right) / greater)
    }
    return 0
  }
}
