// Grounding for truth: every sentence of what is claimed is laid beside the sentence of the evidence that it shares most
// words with. Where they speak of the same and differ in a number, a denial or a pole (approved, rejected), they contradict;
// where nothing in the evidence speaks of it, or a number or a name comes from nowhere, it is not grounded.

package enum Grounding {
  /// More sentences of a text are not compared: the work is the product of both sides.
  package static let sentenceLimit = 64

  /// What grounding found in a text: like any finding of that text.
  package struct Source: Sendable {
    let sentences: [Held]
    fileprivate let words: Set<UInt64>
    fileprivate let numbers: Set<String>

    /// The texts that claims may rest on.
    package init(_ texts: [String]) {
      var held: [Held] = []
      for var text in texts where held.count < Grounding.sentenceLimit {
        text.withUTF8 { bytes in
          for sentence in Sentence.all(in: bytes, limit: Grounding.sentenceLimit - held.count) {
            held.append(Held(sentence))
          }
        }
      }
      sentences = held
      words = held.reduce(into: []) { $0.formUnion($1.sentence.words) }
      numbers = held.reduce(into: []) { $0.formUnion($1.sentence.numbers) }
    }

    package var isEmpty: Bool { sentences.isEmpty }
  }

  struct Held: Sendable {
    let sentence: Sentence
    init(_ sentence: Sentence) { self.sentence = sentence }
  }

  /// Lays `text` beside the evidence. `complete`: the evidence is all that the text may rest on, so what it does not say is
  /// ungrounded; otherwise only contradictions are looked for. What `question` names, an answer may take up without ground.
  package static func compare(
    _ text: String, with source: Source, complete: Bool, question: Source = Source([])
  ) -> [Finding] {
    var findings: [Finding] = []
    var text = text
    text.withUTF8 { bytes in
      for sentence in Sentence.all(in: bytes, limit: sentenceLimit) {
        judge(sentence, source, complete, question, &findings)
      }
    }
    return findings
  }

  /// Sentences of one text that deny one another.
  package static func contradictions(within text: String) -> [Finding] {
    var findings: [Finding] = []
    var text = text
    text.withUTF8 { bytes in
      let sentences = Sentence.all(in: bytes, limit: sentenceLimit / 2)
      for (place, later) in sentences.enumerated() where later.words.count >= 3 {
        for earlier in sentences[..<place] where likeness(earlier, later) >= 0.75 {
          guard let kind = conflict(later, earlier), kind != "number_mismatch" else { continue }
          findings.append(finding(.contradiction, "self_" + kind, 0.62, later))
          break
        }
      }
    }
    return findings
  }

  private static func judge(
    _ sentence: Sentence, _ source: Source, _ complete: Bool, _ question: Source, _ findings: inout [Finding]
  ) {
    var best: (likeness: Double, sentence: Sentence)?
    for held in source.sentences {
      let value = likeness(held.sentence, sentence)
      if value > (best?.likeness ?? 0) { best = (value, held.sentence) }
    }
    if let best, best.likeness >= 0.5, let kind = conflict(sentence, best.sentence) {
      findings.append(finding(.contradiction, kind, Float(0.45 + 0.45 * best.likeness), sentence))
    }
    guard complete, sentence.words.count >= 2 || !sentence.numbers.isEmpty else { return }
    let own = sentence.words.filter { !question.words.contains($0) }
    let known = own.filter { source.words.contains($0) }.count
    let share = own.isEmpty ? 1 : Double(known) / Double(own.count)
    let strangeNumbers = sentence.numbers.filter { !source.numbers.contains($0) && !question.numbers.contains($0) }
      .count
    let strangeNames = sentence.names.filter { !source.words.contains($0) && !question.words.contains($0) }.count
    if share < 0.35, own.count >= 3 {
      findings.append(finding(.evidenceGrounding, "unsupported_claim", Float(0.72 - share * 0.5), sentence))
    } else if strangeNumbers > 0 {
      findings.append(finding(.evidenceGrounding, "unsupported_number", 0.68, sentence))
    } else if strangeNames > 0 {
      findings.append(finding(.evidenceGrounding, "unsupported_name", strangeNames > 1 ? 0.68 : 0.58, sentence))
    } else if share < 0.6, own.count >= 4 {
      findings.append(finding(.evidenceGrounding, "thin_support", Float(0.6 - share * 0.4), sentence))
    } else if share < 1 {
      // Too little to be a sign, but of two texts the one that brings in more of its own rests on less.
      findings.append(finding(.evidenceGrounding, "words_of_its_own", Float(0.4 * (1 - share)), sentence))
    }
  }

  private static func finding(_ detector: Detector, _ kind: String, _ strength: Float, _ sentence: Sentence) -> Finding
  {
    Finding(detector: detector, kind: kind, strength: strength, start: sentence.start, end: sentence.end)
  }

  /// The share of the shorter sentence's content words that the other has too.
  private static func likeness(_ one: Sentence, _ other: Sentence) -> Double {
    let smaller = min(one.words.count, other.words.count)
    guard smaller >= 2 else { return 0 }
    let shared =
      one.words.count < other.words.count
      ? one.words.filter { other.words.contains($0) }.count : other.words.filter { one.words.contains($0) }.count
    return shared >= 2 ? Double(shared) / Double(smaller) : 0
  }

  private static func conflict(_ claim: Sentence, _ ground: Sentence) -> String? {
    let opposed = claim.poles.contains { pair, side in ground.poles[pair].map { $0 == -side } ?? false }
    if opposed != (claim.denies != ground.denies) { return opposed ? "opposite" : "negation_mismatch" }
    if !claim.numbers.isEmpty, !ground.numbers.isEmpty, claim.numbers.isDisjoint(with: ground.numbers) {
      return "number_mismatch"
    }
    let named = claim.names.subtracting(ground.words)
    if !named.isEmpty, named.count == claim.names.count, !ground.names.subtracting(claim.words).isEmpty {
      return "name_mismatch"
    }
    return nil
  }
}
