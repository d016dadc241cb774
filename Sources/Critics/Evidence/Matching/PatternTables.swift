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
  /// For each transition the port that it waits at: all that is read of those that are not met.
  let waits: UnsafePointer<UInt16>
  /// For each transition what coming to its node does.
  let arrivals: UnsafePointer<Arrival>
  /// How far each port reaches.
  let reaches: UnsafePointer<Int32>
  let portCount: Int
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
    let layout = Ports(automaton)
    waits = Self.keep(layout.waits)
    arrivals = Self.keep(layout.arrivals)
    reaches = Self.keep(layout.reaches)
    portCount = layout.reaches.count
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

  /// A node has a port for each distance at which something waits for it, and none where a pattern ends. More than two are
  /// filled up to fours, which are written at once; nothing waits at those that fill up.
  struct Arrival: Sendable {
    let node: UInt32
    /// The first of the node's ports, and behind the last.
    let port: UInt32
    let end: UInt32
    let meaning: Int32
  }

  private struct Ports {
    var waits: [UInt16] = []
    var arrivals: [Arrival] = []
    var reaches: [Int32] = []

    init(_ automaton: PhraseAutomaton) {
      var byNode: [[Int32]] = Array(repeating: [], count: automaton.nodeCount)
      // What begins a pattern waits for nothing.
      for transition in automaton.transitions where transition.from != 0 {
        let node = Int(transition.from)
        if !byNode[node].contains(transition.reach) { byNode[node].append(transition.reach) }
      }
      var firsts: [Int] = [0]
      for node in byNode {
        reaches += node
        if node.count > 2 { reaches += Array(repeating: 0, count: -node.count & 3) }
        firsts.append(reaches.count)
      }
      // The sizes of the patterns that ship are known; a test reads them all.
      precondition(reaches.count <= 1 << 16, "more ports than a wait can name")
      for transition in automaton.transitions {
        let (from, to) = (Int(transition.from), Int(transition.to))
        let place = byNode[from].firstIndex(of: transition.reach) ?? 0
        waits.append(UInt16(truncatingIfNeeded: firsts[from] + place))
        arrivals.append(
          Arrival(
            node: transition.to, port: UInt32(firsts[to]), end: UInt32(firsts[to + 1]), meaning: transition.meaning))
      }
    }
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
