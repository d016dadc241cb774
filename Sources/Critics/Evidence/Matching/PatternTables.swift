// The tables of the single pass, laid out once for the life of the process and never written again.

enum ByteKind {
  static let space: UInt8 = 0
  static let word: UInt8 = 1
  static let stop: UInt8 = 2
  static let newline: UInt8 = 3
  static let clause: UInt8 = 4
  static let quote: UInt8 = 5
  static let symbol: UInt8 = 6
  static let leet: UInt8 = 7
}

/// Immutable after `init`; the pointers are never freed, because the one instance is never released. That makes sharing
/// between threads safe.
final class PatternTables: @unchecked Sendable {
  let automaton: PhraseAutomaton
  let lexicon: UnsafePointer<LexiconEntry>
  let lexiconMask: UInt64
  let transitions: UnsafePointer<Transition>
  /// For each transition the node that it waits at and how far it reaches: all that is read of those that are not met.
  let waits: UnsafePointer<Wait>
  let groups: UnsafePointer<UInt32>
  /// Where in each group the transitions begin that start a pattern.
  let starts: UnsafePointer<UInt32>
  let nextMeaning: UnsafePointer<Int32>
  let meanings: [PatternMeaning]
  let kinds: UnsafePointer<UInt8>
  /// What a run of a token (key, identifier, address) is made of.
  let tokenBytes: [Bool]
  let leet: [(UInt8, UInt8)]
  let numberEntry: LexiconEntry

  static let shared: PatternTables = {
    do {
      var reader = PatternReader()
      for source in PatternSources.all { try reader.read(source) }
      return PatternTables(PhraseAutomaton(reader, flagged: PatternSources.flagged))
    } catch {
      // The patterns are part of the program; a test reads them all.
      fatalError("\(error)")
    }
  }()

  init(_ automaton: PhraseAutomaton) {
    self.automaton = automaton
    lexicon = Self.keep(automaton.lexicon)
    lexiconMask = automaton.lexiconMask
    transitions = Self.keep(automaton.transitions)
    // The sizes of the patterns that ship are known; a test reads them all.
    precondition(automaton.nodeCount <= 1 << 16, "more nodes than a wait can name")
    waits = Self.keep(automaton.transitions.map { Wait(node: UInt16($0.from), reach: UInt16($0.reach)) })
    groups = Self.keep(automaton.groups)
    starts = Self.keep(
      zip(automaton.groups, automaton.groups.dropFirst()).map { first, end in
        UInt32((first..<end).first { automaton.transitions[Int($0)].from == 0 } ?? end)
      })
    nextMeaning = Self.keep(automaton.nextMeaning)
    meanings = automaton.meanings
    kinds = Self.keep((0..<256).map { Self.kind(UInt8($0)) })
    tokenBytes = (0..<256).map { byte in
      let byte = UInt8(byte)
      return byte < 0x80 && (byte.isLetter || byte.isDigit || "-_./+=~:%".utf8.contains(byte))
    }
    var leet = Array(repeating: (UInt8(0), UInt8(0)), count: 256)
    for (mark, first, second) in [
      ("0", "o", "o"), ("1", "i", "l"), ("3", "e", "e"), ("4", "a", "a"), ("5", "s", "s"), ("7", "t", "t"),
      ("8", "b", "b"), ("9", "g", "g"), ("@", "a", "a"), ("$", "s", "s"), ("!", "i", "l"), ("|", "i", "l"),
      ("+", "t", "t"), ("*", "u", "i"),
    ] as [(Character, Character, Character)] {
      leet[Int(mark.asciiValue.unsafelyUnwrapped)] = (
        first.asciiValue.unsafelyUnwrapped, second.asciiValue.unsafelyUnwrapped
      )
    }
    self.leet = leet
    numberEntry =
      PhraseAutomaton.find(WordHash.of("#number".utf8), in: lexicon, mask: lexiconMask) ?? LexiconEntry()
  }

  struct Wait: Sendable {
    let node: UInt16
    let reach: UInt16
  }

  private static func keep<Element>(_ array: [Element]) -> UnsafePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: array.count + 1)
    pointer.initialize(from: array, count: array.count)
    return UnsafePointer(pointer)
  }

  private static func kind(_ byte: UInt8) -> UInt8 {
    if byte.isWordByte { return ByteKind.word }
    switch byte {
    case 0x2e, 0x3f: return ByteKind.stop
    case 0x0a: return ByteKind.newline
    case 0x2c, 0x3b, 0x3a: return ByteKind.clause
    case 0x22: return ByteKind.quote
    case 0x21, 0x40, 0x24, 0x2a, 0x7c, 0x2b: return ByteKind.leet
    case 0x23, 0x25, 0x26, 0x28, 0x29, 0x2d, 0x2f, 0x3c, 0x3d, 0x3e, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x7b,
      0x7d, 0x7e:
      return byte == 0x28 || byte == 0x29 ? ByteKind.space : ByteKind.symbol
    default: return ByteKind.space
    }
  }
}
