// All patterns of all detectors as one automaton over words. Its nodes are prefixes of patterns, shared where they agree;
// each node remembers only where it was last reached, which is enough to decide every gap. A word advances the few nodes
// that wait for it: the work is a table walk per word, and no input makes it step back.
//
// Positions count quarters of words (`Step`): a known word moves on by four, a light word (article, possessive) by one, a
// sentence end by twenty. So light words, marks and line breaks hardly widen a gap, and sentence ends all but close it.

enum Step {
  static let word: Int32 = 4
  static let light: Int32 = 1
  static let symbol: Int32 = 1
  static let sentence: Int32 = 16
  /// What may lie between neighbours of a pattern without a written gap: three light words or marks.
  static let slack: Int32 = 3
  static let betweenTexts: Int32 = 4096
}

struct LexiconFlags: OptionSet, Sendable {
  let rawValue: UInt16
  static let light = LexiconFlags(rawValue: 1)
  static let negator = LexiconFlags(rawValue: 2)
  static let discussion = LexiconFlags(rawValue: 4)
  static let credential = LexiconFlags(rawValue: 8)
  static let command = LexiconFlags(rawValue: 16)
  static let identifierContext = LexiconFlags(rawValue: 32)
  static let clauseBreak = LexiconFlags(rawValue: 64)
  static let fiction = LexiconFlags(rawValue: 128)
  static let protective = LexiconFlags(rawValue: 256)
  static let password = LexiconFlags(rawValue: 512)
  /// Turns a denial before it: `not a bad idea`, `cannot stop thinking of`.
  static let turning = LexiconFlags(rawValue: 1024)
  /// Makes a question of a denial behind it: `why not`.
  static let question = LexiconFlags(rawValue: 2048)
}

/// What a known word does.
struct LexiconEntry: Sendable {
  var tag: UInt32 = 0
  /// Index of its transitions; 0 has none.
  var group: UInt16 = 0
  var flags: LexiconFlags = []
}

struct Transition: Sendable, Hashable {
  var from: UInt32
  var to: UInt32
  /// How many quarters of words at most lie between the node's last word and this one.
  var reach: Int32
  /// The first meaning that is complete at `to`, or -1.
  var meaning: Int32
}

struct PhraseAutomaton: Sendable {
  private(set) var lexicon: [LexiconEntry] = []
  private(set) var lexiconMask: UInt64 = 0
  /// Transitions of group g: `transitions[groups[g]..<groups[g + 1]]`, deeper nodes first, so that one word never
  /// advances a node twice.
  private(set) var transitions: [Transition] = []
  private(set) var groups: [UInt32] = [0, 0]
  private(set) var nodeCount = 1
  private(set) var meanings: [PatternMeaning] = []
  /// Further meanings complete at the same node: meaning → next meaning, or -1.
  private(set) var nextMeaning: [Int32] = []
  private(set) var words: [UInt64: LexiconFlags] = [:]

  init(_ reader: PatternReader, flagged: [(words: [String], flags: LexiconFlags)]) {
    var builder = AutomatonBuilder()
    for pattern in reader.patterns { builder.add(pattern.meaning, pattern.sequences) }
    for entry in flagged {
      for word in entry.words { words[WordHash.named(word), default: []].formUnion(entry.flags) }
    }
    let waiting = builder.waiting
    for word in waiting.keys { words[word, default: []].formUnion([]) }
    meanings = builder.meanings
    nextMeaning = builder.nextMeaning
    nodeCount = builder.nodeCount
    layOut(waiting)
  }

  /// The entry of a word by its hash, or nil where no pattern knows it.
  @inline(__always)
  static func find(_ hash: UInt64, in lexicon: UnsafePointer<LexiconEntry>, mask: UInt64) -> LexiconEntry? {
    let tag = UInt32(truncatingIfNeeded: hash >> 32) | 1
    var slot = hash & mask
    while true {
      let entry = lexicon[Int(slot)]
      if entry.tag == tag { return entry }
      if entry.tag == 0 { return nil }
      slot = (slot &+ 1) & mask
    }
  }

  private mutating func layOut(_ waiting: [UInt64: [Transition]]) {
    var capacity: UInt64 = 1024
    while capacity < UInt64(words.count) * 3 { capacity *= 2 }
    lexiconMask = capacity - 1
    lexicon = Array(repeating: LexiconEntry(), count: Int(capacity))
    var groupOf: [[Transition]: UInt16] = [:]
    for (hash, flags) in words.sorted(by: { $0.key < $1.key }) {
      var entry = LexiconEntry(flags: flags)
      if let unsorted = waiting[hash] {
        let list = unsorted.sorted { ($0.from, $0.to) > ($1.from, $1.to) }
        if let known = groupOf[list] {
          entry.group = known
        } else {
          entry.group = UInt16(groups.count - 1)
          groupOf[list] = entry.group
          transitions += list
          groups.append(UInt32(transitions.count))
        }
      }
      insert(entry, hash: hash)
    }
  }

  private mutating func insert(_ entry: LexiconEntry, hash: UInt64) {
    var entry = entry
    entry.tag = UInt32(truncatingIfNeeded: hash >> 32) | 1
    var slot = hash & lexiconMask
    while lexicon[Int(slot)].tag != 0 {
      precondition(lexicon[Int(slot)].tag != entry.tag, "two words of the patterns share a tag")
      slot = (slot + 1) & lexiconMask
    }
    lexicon[Int(slot)] = entry
  }
}

/// Grows the tree of pattern prefixes.
struct AutomatonBuilder {
  private struct Edge: Hashable {
    var from: UInt32
    var element: Sequence.Element
  }
  private var edges: [Edge: UInt32] = [:]
  private var meaningAt: [UInt32: Int32] = [:]
  private var incoming: [(edge: Edge, to: UInt32)] = []
  private(set) var meanings: [PatternMeaning] = []
  private(set) var nextMeaning: [Int32] = []
  private(set) var nodeCount = 1

  mutating func add(_ meaning: PatternMeaning, _ sequences: [Sequence]) {
    for sequence in sequences.sorted(by: { $0.elements.count < $1.elements.count }) {
      var node: UInt32 = 0
      for element in sequence.elements {
        let edge = Edge(from: node, element: element)
        if let known = edges[edge] {
          node = known
        } else {
          let fresh = UInt32(nodeCount)
          nodeCount += 1
          edges[edge] = fresh
          incoming.append((edge, fresh))
          node = fresh
        }
      }
      // Meanings complete at one node form a chain.
      meanings.append(meaning)
      nextMeaning.append(meaningAt[node] ?? -1)
      meaningAt[node] = Int32(meanings.count - 1)
    }
  }

  /// The transitions that wait for each word.
  var waiting: [UInt64: [Transition]] {
    var result: [UInt64: [Transition]] = [:]
    for (edge, to) in incoming {
      let transition = Transition(
        from: edge.from, to: to, reach: Step.word * Int32(edge.element.gap + 1) + Step.slack,
        meaning: meaningAt[to] ?? -1)
      for hash in Set(edge.element.words.map(WordHash.named)) { result[hash, default: []].append(transition) }
    }
    return result
  }
}
