// Grounding for truth: every sentence of what is claimed is laid beside the sentence of the evidence that it shares most
// words with. Where they speak of the same and differ in a number, a denial or a pole (approved, rejected), they contradict;
// where nothing in the evidence speaks of it, or a number or a name comes from nowhere, it is not grounded.

package enum Grounding {
  /// More sentences of a text are not compared: the work is the product of both sides.
  package static let sentenceLimit = 64

  /// What grounding found in a text: like any finding of that text.
  package struct Source: Sendable {
    private(set) var sentences: [Sentence] = []

    /// The texts that claims may rest on.
    package init(_ texts: [String]) {
      for text in texts { add(text) }
    }

    package mutating func add(_ text: String) {
      guard sentences.count < Grounding.sentenceLimit else { return }
      sentences += Grounding.sentences(of: text, Grounding.sentenceLimit - sentences.count)
    }

    package var isEmpty: Bool { sentences.isEmpty }

    fileprivate func speaks(of word: UInt64) -> Bool {
      for place in sentences.indices where sentences[place].words.contains(word) { return true }
      return false
    }

    fileprivate func counts(_ number: String) -> Bool {
      for place in sentences.indices where sentences[place].numbers.contains(number) { return true }
      return false
    }
  }

  /// Lays `text` beside the evidence. `complete`: the evidence is all that the text may rest on, so what it does not say is
  /// ungrounded; otherwise only contradictions are looked for. What `question` names, an answer may take up without ground.
  package static func compare(
    _ text: String, with source: Source, complete: Bool, question: Source = Source([])
  ) -> [Finding] {
    var findings: [Finding] = []
    for sentence in sentences(of: text, sentenceLimit) { judge(sentence, source, complete, question, &findings) }
    return findings
  }

  /// Sentences of one text that deny one another.
  package static func contradictions(within text: String) -> [Finding] {
    var findings: [Finding] = []
    let sentences = sentences(of: text, sentenceLimit / 2)
    for (place, later) in sentences.enumerated() where later.words.count >= 3 {
      for earlier in sentences[..<place] {
        let alike = likeness(earlier, later)
        guard alike >= 0.75, let kind = conflict(later, earlier), kind != "number_mismatch" else { continue }
        findings.append(finding(.contradiction, "self_" + kind, Float(0.5 + 0.16 * alike), later))
        break
      }
    }
    return findings
  }

  /// The sentences of a text. Accents, curved apostrophes and the like are read as what they stand for; places are those of the
  /// text as it is.
  private static func sentences(of text: String, _ limit: Int) -> [Sentence] {
    var text = text
    return text.withUTF8 { bytes in
      guard bytes.contains(where: { $0 >= 0x80 }), let base = bytes.baseAddress else {
        return Sentence.all(in: bytes, limit: limit)
      }
      var folded = FoldedText()
      folded.load(base, bytes.count)
      let reading = UnsafeBufferPointer(start: folded.bytes + 0, count: folded.count)
      var sentences = Sentence.all(in: reading, limit: limit)
      for place in sentences.indices {
        sentences[place].start = folded.start(sentences[place].start)
        sentences[place].end = max(sentences[place].start, folded.end(sentences[place].end))
      }
      return sentences
    }
  }

  private static func judge(
    _ sentence: Sentence, _ source: Source, _ complete: Bool, _ question: Source, _ findings: inout [Finding]
  ) {
    var best: (likeness: Double, place: Int) = (0, 0)
    for place in source.sentences.indices {
      let value = likeness(source.sentences[place], sentence)
      if value > best.likeness { best = (value, place) }
    }
    let conflict = best.likeness >= 0.5 ? conflict(sentence, source.sentences[best.place]) : nil
    if let conflict {
      findings.append(finding(.contradiction, conflict, Float(0.45 + 0.45 * best.likeness), sentence))
    } else if complete, best.likeness >= 0.6, source.sentences[best.place].hedges, !sentence.hedges {
      // What may be so is told as if it were.
      findings.append(finding(.evidenceGrounding, "overstated", Float(0.5 + 0.25 * best.likeness), sentence))
    }
    guard complete, sentence.words.count >= 2 || !sentence.numbers.isEmpty else { return }
    let own = sentence.words.hashes.filter { !question.speaks(of: $0) }
    let known = own.filter { source.speaks(of: $0) }.count
    let share = own.isEmpty ? 1 : Double(known) / Double(own.count)
    let strangeNumbers = sentence.numbers.filter { !source.counts($0) && !question.counts($0) }.count
    let strangeNames = sentence.names.hashes.filter { !source.speaks(of: $0) && !question.speaks(of: $0) }.count
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
    let shared = one.words.shared(with: other.words)
    // "The bridge is open", "the bridge is closed": of one thing both say how it is.
    if smaller == 2, shared == 1, one.poles.contains(where: { other.poles.contains(-$0) }) { return 0.75 }
    return shared >= 2 ? Double(shared) / Double(smaller) : 0
  }

  private static func conflict(_ claim: Sentence, _ ground: Sentence) -> String? {
    // What only may be so contradicts nothing that is so.
    if !claim.hedges, !ground.hedges {
      if claim.poles.contains(where: { ground.poles.contains(-$0) }) { return "opposite" }
      let isDenied = denies(claim, ground) || denies(ground, claim)
      if isDenied != (claim.deniesAll != ground.deniesAll) { return "negation_mismatch" }
    }
    if !claim.numbers.isEmpty, !ground.numbers.isEmpty, claim.numbers.isDisjoint(with: ground.numbers) {
      return "number_mismatch"
    }
    if !claim.months.isEmpty, !ground.months.isEmpty, claim.months.isDisjoint(with: ground.months) {
      return "number_mismatch"
    }
    if !claim.names.isEmpty, claim.names.shared(with: ground.words) == 0,
      ground.names.shared(with: claim.words) < ground.names.count
    {
      return "name_mismatch"
    }
    return nil
  }

  /// Whether one denies a word that the other says.
  private static func denies(_ one: Sentence, _ other: Sentence) -> Bool {
    one.denied.hashes.contains { other.words.contains($0) && !other.denied.contains($0) }
  }
}
