// The single pass. It walks a folded text word by word: hash, lexicon, automaton, learned weights; and notes the places that
// a second, anchored stage must look at (digits, long tokens, assignments, commands). Time is linear in the text: a byte is
// read a fixed number of times, and a word advances at most as many nodes as its longest list of transitions.

/// A phrase that the automaton completed, in bytes of the folded text.
struct PhraseHit {
  var meaning: Int32
  var start: Int32
  var end: Int32
  var context: HitContext
}

struct HitContext: OptionSet {
  let rawValue: UInt8
  /// A negation before it governs it.
  static let negated = HitContext(rawValue: 1)
  /// A negation stands between its words.
  static let deniedWithin = HitContext(rawValue: 16)
  static let quoted = HitContext(rawValue: 2)
  /// At the start of a sentence, a line or a quotation.
  static let opening = HitContext(rawValue: 4)
  /// Words of prevention, reporting or refusal stand before it.
  static let protective = HitContext(rawValue: 8)
}

/// A place for the second stage.
struct Anchor {
  enum Reason: UInt8 { case digits, token, assignment, strongAssignment, command, address }
  var reason: Reason
  var start: Int32
  var end: Int32
}

/// What the words of a text add up to.
struct TextCounts {
  var discussion = 0
  var denials = 0
  var fiction = 0
  var despaced = 0
  var disguised = 0
}

/// What a node remembers beside the position at which it was last reached.
private struct NodeState {
  var start: Int32
  var startPosition: Int32
  var context: Int32
}

/// The working memory of one scan at a time. It may move between threads, but is used by one, and no call writes what another
/// one is writing: that need not be checked at every access.
final class Scanner {
  /// A phrase is noted so often in one text where nothing weakens it, and so often where something does: however much
  /// padding stands before it, the one that counts is seen.
  static let hitLimit: UInt8 = 32
  /// Places noted for the second stage, of each reason.
  static let anchorLimit = 8192

  private let tables: PatternTables
  private let weights: LearnedWeights
  @exclusivity(unchecked) private var letters = LetterRun()
  private let states: UnsafeMutablePointer<NodeState>
  /// Up to where each port of a node that was reached is met. Apart from the rest, because nearly every look at a node ends
  /// here: all of them lie in the nearest cache.
  private let deadlines: UnsafeMutablePointer<Int32>
  @exclusivity(unchecked) private var position: Int32 = 0
  @exclusivity(unchecked) var text = FoldedText()

  @exclusivity(unchecked) private(set) var hits: [PhraseHit] = []
  /// How often each phrase was noted, plain and weakened.
  private let seen: UnsafeMutablePointer<UInt8>
  private var anchorCounts = SIMD8<UInt16>.zero
  @exclusivity(unchecked) private(set) var anchors: [Anchor] = []
  @exclusivity(unchecked) private(set) var counts = TextCounts()
  /// Places of words that make a number an identifier (`passport`, `account`), with the word's hash.
  @exclusivity(unchecked) private(set) var contextWords: [(place: Int32, hash: UInt64)] = []
  /// Words after which a secret may stand; `strong` where they name a password.
  @exclusivity(unchecked) private(set) var credentialWords: [(place: Int32, strong: Bool)] = []
  /// Behind a pointer of its own: it is written for every word, and the pass needs no check that nobody else writes.
  private let learning: UnsafeMutablePointer<LearnedScores>
  /// What the strongest passage scored with each model, and where it lies.
  var best: (scores: SIMD8<Float>, starts: SIMD8<Int32>, ends: SIMD8<Int32>) {
    (learning.pointee.best, learning.pointee.bestStart, learning.pointee.bestEnd)
  }
  var features: [Int32] { learning.pointee.features }

  private var lastNegator: Int32 = -1000
  private var earlierNegator: Int32 = -1000
  private var lastProtective: Int32 = -1000
  private var lastTurn: Int32 = -1000
  private var lastQuestion: Int32 = -1000
  private var clauseStart: Int32 = 0
  private var sentenceStart: Int32 = 0
  private var credentialPosition: Int32 = -1000
  private var tokenEnd = 0
  private var quoted = false
  /// Where the last capitalised word that no pattern knows ended, and began.
  private var capital = (start: 0, end: -2)
  /// Two or more such words in a row: names of people, places and things, as far as words alone can tell.
  @exclusivity(unchecked) private(set) var names: [(start: Int32, end: Int32)] = []
  /// More names of one text are not told.
  static let nameLimit = 32

  init(_ tables: PatternTables, weights: LearnedWeights = .shared) {
    self.tables = tables
    self.weights = weights
    learning = .allocate(capacity: 1)
    learning.initialize(to: LearnedScores())
    seen = .allocate(capacity: tables.meanings.count * 2)
    seen.initialize(repeating: 0, count: tables.meanings.count * 2)
    states = .allocate(capacity: tables.automaton.nodeCount)
    states.initialize(
      repeating: NodeState(start: 0, startPosition: 0, context: 0), count: tables.automaton.nodeCount)
    deadlines = .allocate(capacity: tables.portCount)
    deadlines.initialize(repeating: -1_000_000, count: tables.portCount)
  }

  deinit {
    states.deallocate()
    deadlines.deallocate()
    seen.deallocate()
    learning.deinitialize(count: 1)
    learning.deallocate()
  }

  /// Scans `text`. Results stand until the next scan.
  func scan() {
    for hit in hits {
      seen[Int(hit.meaning) * 2] = 0
      seen[Int(hit.meaning) * 2 + 1] = 0
    }
    hits.removeAll(keepingCapacity: true)
    anchorCounts = .zero
    anchors.removeAll(keepingCapacity: true)
    contextWords.removeAll(keepingCapacity: true)
    credentialWords.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    capital = (0, -2)
    counts = TextCounts()
    learning.pointee = LearnedScores()
    if position > 1 << 29 {
      position = 0
      deadlines.update(repeating: -1_000_000, count: tables.portCount)
    }
    position += Step.betweenTexts
    (lastNegator, earlierNegator, lastProtective, credentialPosition) = (-1_000_000, -1_000_000, -1_000_000, -1_000_000)
    (lastTurn, lastQuestion) = (-1_000_000, -1_000_000)
    (clauseStart, sentenceStart, tokenEnd, quoted) = (position, position, 0, false)
    walk()
  }

  private func walk() {
    let bytes = text.bytes
    let count = text.count
    let kinds = tables.kinds
    var index = 0
    var previous: UInt64 = 0
    while index < count {
      let kind = kinds[Int(bytes[index])]
      if kind == ByteKind.space {
        index += 1
      } else if kind == ByteKind.word {
        var word = Word(bytes, index)
        if word.end < count, bytes[word.end] == 0x27 { word = word.joined(bytes) }
        if word.length == 1 || word.mixed || bytes[word.end] >= 0x21 && kinds[Int(bytes[word.end])] == ByteKind.leet {
          if let end = unusual(word, index) {
            index = end
            continue
          }
        }
        previous = take(word, at: index, previous: previous)
        index = word.end
        // Mostly a space follows.
        if bytes[index] == 0x20 { index += 1 }
      } else {
        index = mark(kind, index)
      }
    }
    learning.pointee.finish(end: Int32(count))
  }

  /// Takes one word: advances the automaton and adds its weights.
  @inline(__always)
  private func take(_ word: Word, at index: Int, previous: UInt64) -> UInt64 {
    learning.pointee.add(word, previous, at: Int32(truncatingIfNeeded: index), weights)
    guard let entry = PhraseAutomaton.find(word.hash, in: tables.lexicon, mask: tables.lexiconMask) else {
      position += Step.word
      if text.bytes[index] &- 0x41 < 26 { name(word, index) }
      if word.length >= 5 { unknown(word, index) }
      return word.hash
    }
    know(entry, hash: word.hash, start: index, end: word.end)
    return word.hash
  }

  /// A capitalised word; not one in capitals throughout, which are headings and abbreviations.
  private func name(_ word: Word, _ index: Int) {
    guard word.length >= 2, text.bytes[index + 1] &- 0x41 >= 26 else { return }
    defer { capital.end = word.end }
    guard index == capital.end + 1, text.bytes[index - 1] == 0x20 else {
      capital.start = index
      return
    }
    if let last = names.last, Int(last.start) == capital.start {
      names[names.count - 1].end = Int32(truncatingIfNeeded: word.end)
    } else if names.count < Self.nameLimit {
      names.append((Int32(truncatingIfNeeded: capital.start), Int32(truncatingIfNeeded: word.end)))
    }
  }

  @inline(__always)
  private func know(_ entry: LexiconEntry, hash: UInt64, start: Int, end: Int) {
    position += entry.flags.contains(.light) ? Step.light : Step.word
    if entry.flags.rawValue > 1 { notice(entry.flags, hash, start, end) }
    let group = Int(entry.group)
    if group != 0 { advance(group, start: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: end)) }
  }

  @inline(__always)
  private func advance(_ group: Int, start: Int32, end: Int32) {
    let now = position
    let (waits, deadlines) = (tables.waits, deadlines)
    var next = Int(tables.groups[group])
    let first = Int(tables.starts[group])
    let last = Int(tables.groups[group + 1])
    #if DEBUG
      text.meter.add(last - next)
    #endif
    // Four at a time: of a hundred looks, one finds something.
    while next &+ 4 <= first {
      if deadlines[Int(waits[next])] >= now { step(next, now, end) }
      if deadlines[Int(waits[next &+ 1])] >= now { step(next &+ 1, now, end) }
      if deadlines[Int(waits[next &+ 2])] >= now { step(next &+ 2, now, end) }
      if deadlines[Int(waits[next &+ 3])] >= now { step(next &+ 3, now, end) }
      next &+= 4
    }
    while next < first {
      if deadlines[Int(waits[next])] >= now { step(next, now, end) }
      next &+= 1
    }
    if first < last { begin(first, last, now, start, end) }
  }

  /// A pattern goes on: its node hands what it remembers to the next.
  @inline(never)
  private func step(_ place: Int, _ now: Int32, _ end: Int32) {
    arrive(tables.arrivals[place], states[Int(tables.transitions[place].from)], now, end, tables.reaches)
  }

  /// Patterns that begin with the word.
  @inline(never)
  private func begin(_ first: Int, _ last: Int, _ now: Int32, _ start: Int32, _ end: Int32) {
    let opening: Int32 = now - sentenceStart <= Step.word + Step.slack ? 1 : 0
    let state = NodeState(start: start, startPosition: now, context: opening)
    let (arrivals, reaches) = (tables.arrivals, tables.reaches)
    var place = first
    while place < last {
      arrive(arrivals[place], state, now, end, reaches)
      place &+= 1
    }
  }

  /// Comes to a node, which remembers it as long as something waits there.
  @inline(__always)
  private func arrive(
    _ arrival: PatternTables.Arrival, _ state: NodeState, _ now: Int32, _ end: Int32, _ reaches: UnsafePointer<Int32>
  ) {
    var port = Int(arrival.port)
    let last = Int(arrival.end)
    if port < last {
      states[Int(arrival.node)] = state
      if last &- port <= 2 {
        deadlines[port] = now &+ reaches[port]
        deadlines[last &- 1] = now &+ reaches[last &- 1]
      } else {
        while port < last {
          let four = UnsafeRawPointer(reaches + port).loadUnaligned(as: SIMD4<Int32>.self)
          UnsafeMutableRawPointer(deadlines + port).storeBytes(of: four &+ now, as: SIMD4<Int32>.self)
          port &+= 4
        }
      }
    }
    if arrival.meaning >= 0 { complete(arrival.meaning, state, now, end) }
  }

  @inline(never)
  private func complete(_ first: Int32, _ state: NodeState, _ now: Int32, _ end: Int32) {
    var context: HitContext = []
    if state.context != 0 { context.insert(.opening) }
    if quoted { context.insert(.quoted) }
    // A negation up to five words before, in the same clause, or between the words of the phrase.
    for negator in [lastNegator, earlierNegator] {
      // What turns the denial stands between it and the phrase.
      if negator < lastTurn, lastTurn < state.startPosition { continue }
      if negator < state.startPosition, negator >= max(clauseStart, state.startPosition - 5 * Step.word - Step.slack) {
        context.insert(.negated)
      }
      if negator > state.startPosition, negator < now { context.insert(.deniedWithin) }
    }
    if lastProtective < state.startPosition,
      lastProtective >= max(sentenceStart, state.startPosition - 7 * Step.word)
    {
      context.insert(.protective)
    }
    let weakened = !context.isDisjoint(with: [.negated, .deniedWithin, .protective, .quoted])
    var meaning = first
    while meaning >= 0 {
      let counter = Int(meaning) * 2 + (weakened ? 1 : 0)
      // What excuses must not run out before what it excuses does.
      let limit = tables.meanings[Int(meaning)].flags.contains(.excuse) ? .max : Self.hitLimit
      if seen[counter] < limit {
        seen[counter] += 1
        hits.append(PhraseHit(meaning: meaning, start: state.start, end: end, context: context))
      }
      meaning = tables.nextMeaning[Int(meaning)]
    }
  }

  @inline(never)
  private func notice(_ flags: LexiconFlags, _ hash: UInt64, _ start: Int, _ end: Int) {
    if flags.contains(.clauseBreak) {
      clauseStart = position
      (lastNegator, earlierNegator) = (-1_000_000, -1_000_000)
    }
    let denied = lastNegator >= max(clauseStart, position - 3 * Step.word - Step.slack)
    if flags.contains(.negator) {
      counts.denials += 1
      if denied, Self.secondDenials.contains(hash) {
        // `no reason not to`: the one takes the other away.
        (lastNegator, earlierNegator) = (-1_000_000, -1_000_000)
      } else if position - lastQuestion > Step.word + Step.slack {
        earlierNegator = lastNegator
        lastNegator = position
      }
    }
    if flags.contains(.question) { lastQuestion = position }
    if flags.contains(.turning), denied {
      lastTurn = position
    } else if flags.contains(.protective) {
      lastProtective = position
    }
    if flags.contains(.discussion) { counts.discussion += 1 }
    if flags.contains(.fiction) { counts.fiction += 1 }
    if flags.contains(.credential) {
      credentialPosition = position
      if credentialWords.count < Self.anchorLimit {
        credentialWords.append((Int32(truncatingIfNeeded: start), flags.contains(.password)))
      }
    }
    if flags.contains(.identifierContext), contextWords.count < Self.anchorLimit {
      contextWords.append((Int32(start), hash))
    }
    if flags.contains(.command) { anchor(.command, start, end) }
  }

  private static let secondDenials = Set(["not", "dont"].map(WordHash.named))

  /// Whether there were more commands than are noted.
  var hasUnreadCommands: Bool { anchorCounts[Int(Anchor.Reason.command.rawValue)] >= Self.anchorLimit }

  private func anchor(_ reason: Anchor.Reason, _ start: Int, _ end: Int) {
    let place = Int(reason.rawValue)
    guard anchorCounts[place] < Self.anchorLimit else { return }
    anchorCounts[place] += 1
    anchors.append(Anchor(reason: reason, start: Int32(start), end: Int32(end)))
  }

  /// Anything that is neither word nor space. Returns the index after it.
  @inline(__always)
  private func mark(_ kind: UInt8, _ index: Int) -> Int {
    let bytes = text.bytes
    switch kind {
    case ByteKind.stop:
      let next = tables.kinds[Int(bytes[index + 1])]
      if next != ByteKind.word {
        position += Step.sentence
        sentenceStart = position
        clauseStart = position
      }
    case ByteKind.newline:
      // An empty line ends a sentence; a single break only begins a line.
      if bytes[index + 1] == 0x0a { position += Step.sentence }
      sentenceStart = position
      if bytes[index + 1] == 0x0a || bytes[index + 1] == 0x2d || bytes[index + 1] == 0x2a { clauseStart = position }
    case ByteKind.clause:
      clauseStart = position + 1
      if bytes[index] == 0x3a {
        if bytes[index + 1] == 0x28, bytes[index + 2] == 0x29 { anchor(.command, index, index + 1) }
        sentenceStart = position
        noteAssignment(index)
      }
    case ByteKind.quote:
      quoted.toggle()
      sentenceStart = position
    case ByteKind.leet: return symbolOrLeet(index)
    default: return symbols(index)
    }
    return index + 1
  }

  private func noteAssignment(_ index: Int) {
    if position - credentialPosition <= Step.word + Step.slack {
      let strong = credentialWords.last?.strong ?? false
      anchor(strong ? .strongAssignment : .assignment, index, index + 1)
      credentialPosition = -1_000_000
    }
  }

  /// A run of marks such as `<|`, `###` or `</`: a word of its own to the patterns that know it.
  @inline(never)
  private func symbols(_ index: Int) -> Int {
    let bytes = text.bytes
    var end = index
    var low: UInt64 = 0
    while end < text.count, end < index + 64 {
      let kind = tables.kinds[Int(bytes[end])]
      guard kind == ByteKind.symbol || kind == ByteKind.leet else { break }
      if end < index + 8 { low |= UInt64(bytes[end] | 0x20) << UInt64(8 * (end - index)) }
      if bytes[end] == 0x3d { noteAssignment(end) }
      end += 1
    }
    if let entry = PhraseAutomaton.find(WordHash.of(low, 0), in: tables.lexicon, mask: tables.lexiconMask) {
      position += Step.symbol
      if entry.group != 0 { advance(Int(entry.group), start: Int32(index), end: Int32(end)) }
    }
    return end
  }

  // MARK: Unusual spellings

  /// `@`, `$`, `!`, `*`, `|` where a word begins: perhaps a letter in disguise.
  private func symbolOrLeet(_ index: Int) -> Int {
    let bytes = text.bytes
    if bytes[index] == 0x40, index > 0, bytes[index - 1] > 0x20 { anchor(.address, index, index + 1) }
    if bytes[index + 1].isLetter, index == 0 || bytes[index - 1] <= 0x20, let word = disguised(index) {
      know(word.entry, hash: word.hash, start: index, end: word.end)
      return word.end
    }
    if bytes[index] == 0x21 {
      position += Step.sentence
      sentenceStart = position
      clauseStart = position
      return index + 1
    }
    return symbols(index)
  }

  /// Digits among the letters, one letter alone, or a mark that may be a letter follows. Returns where the word ends, if it
  /// was taken.
  @inline(never)
  private func unusual(_ word: Word, _ index: Int) -> Int? {
    let bytes = text.bytes
    if word.length == 1, let end = letters.gather(bytes, index, text.count) {
      takeRunTogether(required: false)
      return end
    }
    if index >= tokenEnd, word.mixed {
      let digits = word.onlyDigits
      var end = word.end
      while end < text.count, end < index + 4096, tables.tokenBytes[Int(bytes[end])] { end += 1 }
      var start = index
      while start > tokenEnd, start > index - 256, tables.tokenBytes[Int(bytes[start - 1])] { start -= 1 }
      tokenEnd = end
      anchor(digits ? .digits : .token, start, end)
      if digits {
        number(word, index)
        return word.end
      }
    } else if word.onlyDigits {
      number(word, index)
      return word.end
    }
    let next = bytes[word.end]
    let marked = tables.kinds[Int(next)] == ByteKind.leet && tables.kinds[Int(bytes[word.end + 1])] != ByteKind.space
    if word.mixed || marked, let found = disguised(index) {
      know(found.entry, hash: found.hash, start: index, end: found.end)
      counts.disguised += 1
      return found.end
    }
    return nil
  }

  /// A number is itself, where a pattern names it, and any number.
  private func number(_ word: Word, _ index: Int) {
    let any = tables.numberEntry
    if let own = PhraseAutomaton.find(word.hash, in: tables.lexicon, mask: tables.lexiconMask) {
      know(own, hash: word.hash, start: index, end: word.end)
      advance(Int(any.group), start: Int32(truncatingIfNeeded: index), end: Int32(truncatingIfNeeded: word.end))
    } else {
      know(any, hash: 0, start: index, end: word.end)
    }
  }

  /// Reads `1gn0r3`, `p@ssw0rd`, `$hit` as the word that they stand for, if the lexicon knows it.
  private func disguised(_ index: Int) -> (entry: LexiconEntry, hash: UInt64, end: Int)? {
    let bytes = text.bytes
    var end = index
    var first: (low: UInt64, high: UInt64) = (0, 0)
    var second: (low: UInt64, high: UInt64) = (0, 0)
    var plain = true
    while end < text.count, end - index < 16 {
      let byte = bytes[end]
      let reading = tables.leet[Int(byte)]
      guard byte.isLetter || reading.0 != 0 else { break }
      if reading.0 != 0 { plain = false }
      let shift = UInt64(8 * ((end - index) & 7))
      let one = UInt64(reading.0 != 0 ? reading.0 : byte | 0x20) << shift
      let other = UInt64(reading.1 != 0 ? reading.1 : byte | 0x20) << shift
      if end - index < 8 {
        first.low |= one
        second.low |= other
      } else {
        first.high |= one
        second.high |= other
      }
      end += 1
    }
    var length = end - index
    guard !plain else { return nil }
    while length >= 3 {
      for candidate in [first, second] {
        let hash = LetterRun.hash(candidate.low, candidate.high, length)
        if let entry = PhraseAutomaton.find(hash, in: tables.lexicon, mask: tables.lexiconMask),
          !entry.flags.contains(.light)
        {
          return (entry, hash, index + length)
        }
      }
      // A closing mark may be punctuation after all.
      let last = bytes[index + length - 1]
      guard last == 0x21 || last == 0x2a || last == 0x7c else { return nil }
      length -= 1
    }
    return nil
  }

  /// A word that the lexicon does not know: drawn-out letters, words run together, a long token.
  @inline(never)
  private func unknown(_ word: Word, _ index: Int) {
    let bytes = text.bytes
    if word.length >= 16, index >= tokenEnd {
      var end = word.end
      while end < text.count, end < index + 4096, tables.tokenBytes[Int(bytes[end])] { end += 1 }
      var start = index
      while start > tokenEnd, start > index - 64, tables.tokenBytes[Int(bytes[start - 1])] { start -= 1 }
      tokenEnd = end
      anchor(.token, start, end)
    }
    if word.length <= 32, let strong = CredentialName.strength(bytes, word.end, word.length) {
      credentialPosition = position
      if credentialWords.count < Self.anchorLimit { credentialWords.append((Int32(truncatingIfNeeded: index), strong)) }
    }
    if word.length <= 24, word.drawnOut, let shorter = word.shortened(bytes, index) {
      for hash in shorter {
        if let entry = PhraseAutomaton.find(hash, in: tables.lexicon, mask: tables.lexiconMask) {
          know(entry, hash: hash, start: index, end: word.end)
          return
        }
      }
    }
    if word.length >= 14, word.length <= 48, counts.despaced < 64 {
      letters.take(bytes, index..<word.end)
      takeRunTogether(required: true)
    }
  }

  /// Splits the letters without spaces into known words, longest first. With `required`, all of them must be known.
  private func takeRunTogether(required: Bool) {
    var found: [(entry: LexiconEntry, hash: UInt64, start: Int, end: Int)] = []
    var at = 0
    while at < letters.count {
      let (low, high) = letters.sixteen(at)
      var length = min(16, letters.count - at)
      var known = false
      while length >= 2 {
        let hash = length == 16 ? WordHash.of(low, high) : LetterRun.hash(low, high, length)
        if let entry = PhraseAutomaton.find(hash, in: tables.lexicon, mask: tables.lexiconMask) {
          found.append((entry, hash, letters.starts[at], letters.starts[at + length - 1] + 1))
          known = true
          break
        }
        length -= 1
      }
      if !known && required { return }
      at += known ? length : 1
    }
    counts.despaced += 1
    for word in found { know(word.entry, hash: word.hash, start: word.start, end: word.end) }
  }
}

/// Names such as `stripeToken` and `dbPassword`: by their last letters.
enum CredentialName {
  private static let endings: [(name: [UInt8], strong: Bool)] = [
    (Array("token".utf8), false), (Array("key".utf8), false), (Array("secret".utf8), true),
    (Array("password".utf8), true), (Array("passwd".utf8), true), (Array("pwd".utf8), true),
  ]

  static func strength(_ bytes: TextBytes, _ end: Int, _ length: Int) -> Bool? {
    // `en`, `ey`, `et`, `rd`, `wd`: most words end otherwise.
    let last = bytes[end - 1] | 0x20
    let before = bytes[end - 2] | 0x20
    let fits =
      last == 0x64
      ? before == 0x72 || before == 0x77 : before == 0x65 && (last == 0x6e || last == 0x79 || last == 0x74)
    guard fits else { return nil }
    for ending in endings where ending.name.count < length && ending.name.last == last {
      let start = end - ending.name.count
      if ending.name.indices.allSatisfy({ bytes[start + $0] | 0x20 == ending.name[$0] }) { return ending.strong }
    }
    return nil
  }
}
