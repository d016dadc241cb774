// From hits to findings: context weighs each hit (negation, prevention, quotation, discussion), excuses remove what they
// overlap, and the kinds of one detector add up as independent reasons (noisy-or) to one strength.

/// What was found in one text. Offsets are UTF-8 bytes of the original text.
package struct Finding: Sendable, Equatable {
  package var detector: Detector
  package var kind: String
  package var strength: Float
  package var start: Int
  package var end: Int
}

/// Examines texts, one at a time. Keep one per thread and use it again: it owns the working memory.
package final class TextExaminer {
  /// Findings of one detector in one text beyond this number are not listed; the strongest stand.
  package static let findingLimit = 12

  /// Fainter findings are not told.
  static let faintest: Float = 0.03

  private let scanner: Scanner
  /// Reads what was hidden in encodings of the first text.
  private lazy var inner = Scanner(PatternTables.shared)
  // Written by `add` and `combine`, which do not call one another.
  @exclusivity(unchecked) private var findings: [Finding] = []
  /// The kinds found while findings are combined, detector after detector, and how often each was found.
  @exclusivity(unchecked) private var kinds: [(kind: String, times: Int)] = []
  /// Detectors of which the text at hand holds an excuse: a bit for each.
  private var excusedDetectors: UInt64 = 0

  package init() {
    scanner = Scanner(PatternTables.shared)
  }

  /// All findings in `text`, the strongest of each detector carrying the detector's combined strength.
  package func examine(_ text: String) -> [Finding] {
    var text = text
    return text.withUTF8 { examine($0) }
  }

  package func examine(_ utf8: UnsafeBufferPointer<UInt8>) -> [Finding] {
    if !findings.isEmpty { findings.removeAll(keepingCapacity: true) }
    guard let base = utf8.baseAddress, utf8.count > 0 else { return [] }
    scanner.text.load(base, utf8.count)
    scanner.scan()
    gather(scanner)
    hiddenCharacters()
    decodeOnce()
    return combine()
  }

  #if DEBUG
    /// Bytes read and steps taken since this examiner was made.
    var work: Int { scanner.text.meter.work + inner.text.meter.work }
  #endif

  /// Whether the text last examined denies something somewhere.
  var sawDenial: Bool { scanner.counts.denials > 0 }

  private func gather(_ scanner: Scanner) {
    collect(scanner)
    examineAnchors(scanner)
    for name in scanner.names {
      add(.privacyIdentifiers, "capitalised_name", 0.24, Int(name.start), Int(name.end), in: scanner)
    }
    weighWords(scanner)
  }

  /// Letters smuggled in as Unicode tags or other invisible characters, and text turned around by bidirectional controls.
  private func hiddenCharacters() {
    if scanner.text.tags >= 4 || scanner.text.hidden.longestInvisible >= HiddenRuns.leastInvisible {
      add(.promptInjection, "hidden_characters", 0.7, 0, scanner.text.count)
    }
    if scanner.text.bidirectional > 0, !scanner.text.mostlyRightToLeft {
      add(.promptInjection, "bidirectional_control", 0.3, 0, scanner.text.count)
    }
    for run in scanner.text.hidden.runs {
      let start = UInt32(truncatingIfNeeded: run.start)
      readInside(
        run.bytes, Array(repeating: start, count: run.bytes.count) + [UInt32(truncatingIfNeeded: run.end)])
    }
  }

  /// Reads what another text hid, with the place of each byte in the original and of their end.
  private func readInside(_ bytes: [UInt8], _ places: [UInt32]) {
    inner.text.load(decoded: bytes, places: places, originalCount: scanner.text.originalCount)
    inner.scan()
    gather(inner)
  }

  /// Runs of Base64 and hexadecimal digits that stand for text are read like the text itself. What they hold is not decoded
  /// again.
  private func decodeOnce() {
    var decoded = 0
    var spacedEnd = 0
    if scanner.anchors.isEmpty { return }
    for anchor in scanner.anchors where anchor.reason == .token || anchor.reason == .digits {
      var (start, end) = (Int(anchor.start), Int(anchor.end))
      guard decoded < EncodedText.limit, start >= spacedEnd else { continue }
      var hidden: (bytes: [UInt8], places: [Int])?
      if end - start >= EncodedText.least { hidden = EncodedText.decode(scanner.text.bytes, start, end) }
      if hidden == nil, let spaced = EncodedText.spaced(scanner.text.bytes, start, scanner.text.count) {
        (start, end) = (spaced.start, spaced.end)
        spacedEnd = spaced.end
        hidden = spaced.held
      }
      guard let hidden else { continue }
      decoded += 1
      let places = hidden.places.map { UInt32(truncatingIfNeeded: scanner.text.start($0)) }
      readInside(hidden.bytes, places + [UInt32(truncatingIfNeeded: scanner.text.end(end))])
    }
  }

  /// The features that the learned weights are made for: for every word its own, that of it and the word before, and that of
  /// its stem or -1.
  package func features(of text: String) -> [Int32] {
    let recording = Scanner(PatternTables.shared, weights: .recorder)
    var text = text
    text.withUTF8 { buffer in
      if let base = buffer.baseAddress { recording.text.load(base, buffer.count) }
    }
    recording.scan()
    return recording.features
  }

  private func add(
    _ detector: Detector, _ kind: String, _ strength: Float, _ start: Int, _ end: Int, in place: Scanner? = nil
  ) {
    let text = place ?? scanner
    let first = text.text.start(start)
    findings.append(
      Finding(detector: detector, kind: kind, strength: strength, start: first, end: max(first, text.text.end(end))))
  }

  private func collect(_ scanner: Scanner) {
    excusedDetectors = 0
    if scanner.hits.isEmpty { return }
    let meanings = PatternTables.shared.meanings
    let excuses = scanner.hits.filter { meanings[Int($0.meaning)].flags.contains(.excuse) }
    for excuse in excuses.prefix(64) { excusedDetectors |= 1 << UInt64(meanings[Int(excuse.meaning)].detector.index) }
    for hit in scanner.hits {
      let meaning = meanings[Int(hit.meaning)]
      if meaning.flags.contains(.excuse) { continue }
      if meaning.flags.contains(.opening), !hit.context.contains(.opening) { continue }
      if !excuses.isEmpty, Self.excused(hit, meaning.detector, by: excuses, meanings) { continue }
      if meaning.flags.contains(.proper) {
        if let name = ProperName(scanner.text.bytes, Int(hit.end), scanner.text.count) {
          add(meaning.detector, meaning.kind, meaning.strength * name.weight, name.start, name.end, in: scanner)
        }
        continue
      }
      let strength = meaning.strength * HitWeight.of(hit.context, meaning.flags, scanner.counts)
      add(meaning.detector, meaning.kind, strength, Int(hit.start), Int(hit.end), in: scanner)
    }
  }

  /// Whether an excuse of the detector overlaps the hit. Both are in the order of their ends, so only the few excuses that end
  /// behind the hit's start are looked at.
  private static func excused(
    _ hit: PhraseHit, _ detector: Detector, by excuses: [PhraseHit], _ meanings: [PatternMeaning]
  ) -> Bool {
    var low = 0
    var high = excuses.count
    while low < high {
      let middle = (low + high) / 2
      if excuses[middle].end <= hit.start { low = middle + 1 } else { high = middle }
    }
    return excuses[low...].prefix(16).contains {
      $0.start < hit.end && meanings[Int($0.meaning)].detector == detector
    }
  }

  /// What the learned weights say of the strongest passage.
  private func weighWords(_ scanner: Scanner) {
    let (best, starts, ends) = scanner.best
    let speaks = best .> LearnedWeights.silence
    for model in 0..<LearnedWeights.models where speaks[model] {
      let strength = LearnedWeights.strength(best[model], model: model)
      guard strength > 0 else { continue }
      for (detector, kind, share) in Self.models[model] {
        // What excuses a phrase halves what the words around it weigh.
        let weight = excusedDetectors >> UInt64(detector.index) & 1 == 1 ? share * 0.5 : share
        add(detector, kind, strength * weight, Int(starts[model]), Int(ends[model]), in: scanner)
      }
    }
  }

  /// What each model speaks of, and how much of what it says counts there.
  static let models: [[(Detector, String, Float)]] = [
    [(.promptInjection, "wording_of_takeover", 1)], [(.physicalDanger, "wording_of_harm", 1)],
    [(.psychologicalHarm, "wording_of_abuse", 1)],
    [(.discrimination, "wording_of_contempt", 1), (.dehumanisation, "wording_of_contempt", 0.8)],
    [(.stereotype, "wording_of_prejudice", 1)], [(.darkPattern, "wording_of_pressure", 1)],
    [(.operationalRisk, "wording_of_intrusion", 1)], [(.hallucinationMarkers, "wording_of_falsehood", 1)],
  ]

  /// The second stage: the places that the pass noted, each read once. What one reader has read, the next does not read
  /// again, so that the time stays linear.
  private func examineAnchors(_ scanner: Scanner) {
    guard !scanner.anchors.isEmpty else { return }
    let view = TextView(
      bytes: scanner.text.bytes, count: scanner.text.count, contextWords: scanner.contextWords,
      credentialWords: scanner.credentialWords)
    let identifier = { self.add(.privacyIdentifiers, $0, $1, $2, $3, in: scanner) }
    let secret = { self.add(.secrets, $0, $1, $2, $3, in: scanner) }
    let numbers = NumberReader(text: view, report: identifier)
    let tokens = TokenReader(text: view, report: identifier)
    let secrets = SecretReader(text: view, report: secret)
    var commands = CommandReader(text: view) { self.add($0, $1, $2, $3, $4, in: scanner) }
    // Whoever hides a command behind thousands of others is not to get by for it.
    if scanner.hasUnreadCommands { add(.operationalRisk, "unread_commands", 0.72, 0, scanner.text.count, in: scanner) }
    var numberEnd = 0
    var commandEnd = 0
    for anchor in scanner.anchors {
      let start = Int(anchor.start)
      let end = Int(anchor.end)
      switch anchor.reason {
      case .digits:
        if end - start >= 18 { _ = secrets.read(start, end) }
        if (start..<end).contains(where: { view.bytes[$0].isLetter }) { tokens.read(start, end) }
        if Int(anchor.start) >= numberEnd { numberEnd = readNumber(numbers, tokens, view, start, end) }
      case .token:
        if !secrets.read(start, end) {
          tokens.read(start, end)
          if start >= numberEnd { numberEnd = readNumber(numbers, tokens, view, start, end) }
        }
      case .assignment: secrets.assignment(start, strong: false)
      case .strongAssignment: secrets.assignment(start, strong: true)
      case .address:
        tokens.mail(start)
        secrets.addressCredentials(start)
      case .command: if start >= commandEnd { commandEnd = commands.read(start, end) }
      }
    }
  }

  /// A number begins at the first digit of the token; a token that ends in letters may still hold an identifier.
  private func readNumber(_ numbers: NumberReader, _ tokens: TokenReader, _ view: TextView, _ start: Int, _ end: Int)
    -> Int
  {
    var place = start
    while place < end, !view.bytes[place].isDigit { place += 1 }
    guard place < end else { return end }
    let stop = numbers.read(place)
    return max(stop, place + 1)
  }

  /// Groups by detector and kind; a kind seen again adds little, another kind adds as an independent reason.
  private func combine() -> [Finding] {
    guard !findings.isEmpty else { return [] }
    findings.sort {
      ($0.detector.index, $1.strength, $0.start, $0.end) < ($1.detector.index, $0.strength, $1.start, $1.end)
    }
    var result: [Finding] = []
    result.reserveCapacity(min(findings.count, Self.findingLimit))
    if !kinds.isEmpty { kinds.removeAll(keepingCapacity: true) }
    var index = 0
    while index < findings.count {
      let detector = findings[index].detector
      let first = result.count
      let firstKind = kinds.count
      var doubt: Float = 1
      while index < findings.count, findings[index].detector == detector {
        let finding = findings[index]
        index += 1
        if let known = kinds[firstKind...].firstIndex(where: { $0.kind == finding.kind }) {
          kinds[known].times += 1
          if kinds[known].times <= 4 { doubt *= 1 - 0.2 * finding.strength }
        } else {
          kinds.append((finding.kind, 1))
          doubt *= 1 - finding.strength
        }
        var repeated = false
        for place in first..<result.count where !repeated {
          repeated =
            result[place].start < finding.end && finding.start < result[place].end && result[place].kind == finding.kind
        }
        if !repeated, result.count - first < Self.findingLimit, finding.strength >= Self.faintest {
          result.append(finding)
        }
      }
      if result.count > first { result[first].strength = max(result[first].strength, 1 - doubt) }
    }
    return result
  }
}

/// How much a hit counts where it stands.
enum HitWeight {
  static func of(_ context: HitContext, _ flags: PatternFlags, _ counts: TextCounts) -> Float {
    if flags.contains(.always) { return 1 }
    var weight: Float = 1
    if context.contains(.negated) || context.contains(.deniedWithin) && !flags.contains(.denies) { weight *= 0.12 }
    if context.contains(.protective) { weight *= 0.35 }
    if flags.contains(.talk) {
      if counts.discussion > 0 { weight *= counts.discussion > 2 ? 0.45 : 0.65 }
      if context.contains(.quoted) { weight *= 0.7 }
    }
    return weight
  }
}

/// One to three capitalised words, such as follow `Mr.` or `my name is`.
struct ProperName {
  let start: Int
  private(set) var end: Int
  let weight: Float

  init?(_ bytes: TextBytes, _ place: Int, _ count: Int) {
    var index = place
    while index < count, index < place + 3, bytes[index] == 0x20 || bytes[index] == 0x2e || bytes[index] == 0x3a {
      index += 1
    }
    start = index
    end = index
    var words = 0
    while words < 3, index < count, (0x41...0x5a).contains(bytes[index]) || bytes[index] >= 0xc3 {
      var stop = index + 1
      while stop < count, bytes[stop].isWordByte || bytes[stop] == 0x27 || bytes[stop] == 0x2d { stop += 1 }
      guard stop - index >= 2, bytes[index + 1] >= 0x60 else { break }
      words += 1
      end = stop
      guard stop < count, bytes[stop] == 0x20 else { break }
      index = stop + 1
    }
    if words == 0 { return nil }
    weight = words > 1 ? 1 : 0.7
  }
}
