// People looking for precedents: by words of the case, the reason, the clauses and the name, whatever state a precedent is
// in. What deliberations consult is `PrecedentIndex`; this finds more and weighs less.
import JSON

extension PrecedentBook {
  package struct Found: Sendable {
    package let precedent: Precedent
    /// 0…1: how far the words agree.
    package let similarity: Double
  }

  /// The precedents that hold some word of `text`, the most similar first; of equal ones the lower id.
  package func search(_ text: String) -> [Found] {
    let all = precedents.values.sorted { $0.id < $1.id }
    var index = WordIndex()
    let places = all.map { index.insert(Self.words(of: $0)) }
    // Words that are looked for are no document: what is long for those that there are counts less.
    let asked = WordIndex.words(of: [text], atMost: PrecedentIndex.mostWords)
    let scores = index.scores(asked, length: index.usualLength)
    return zip(all, places.map { scores[$0] }).filter { $1 > 0 }.map { Found(precedent: $0, similarity: rounded($1)) }
      .enumerated().sorted { ($1.element.similarity, $0.offset) < ($0.element.similarity, $1.offset) }.map(\.element)
  }

  private static func words(of precedent: Precedent) -> [String: Int] {
    let told = [precedent.id, precedent.reason, precedent.verdict.rawValue, precedent.outcome.rawValue]
    let matter = precedent.matter?.texts.map(\.text) ?? []
    return WordIndex.words(
      of: told + precedent.clauses + precedent.principles.map(\.rawValue) + matter, atMost: PrecedentIndex.mostWords)
  }
}

extension PrecedentBook.Found: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    precedent.writeMembers(to: &writer)
    writer.member("similarity", similarity)
    writer.endObject()
  }
}
