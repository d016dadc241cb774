// What the detectors saw in a case. It is gathered once, before any critic speaks, and read by all of them.

/// Something that a detector saw.
package struct Signal: Sendable, Hashable {
  /// The detector's name: `prompt_injection`, `privacy_identifiers`, …
  package let detector: String
  /// How sure and how strong, 0…1.
  package let strength: Double
  /// JSON Pointer of the text (`TextField.pointer`).
  package let field: String
  /// UTF-8 byte offsets into that text as it was posted, before any folding or decoding: `start ..< end`.
  package let start: Int
  package let end: Int
  /// What it is, as one of the detector's own words: `card_number`, `override_instructions`. Never the found text itself.
  package let kind: String

  package init(detector: String, strength: Double, field: String, start: Int, end: Int, kind: String) {
    self.detector = detector
    self.strength = strength
    self.field = field
    self.start = start
    self.end = end
    self.kind = kind
  }
}

/// All signals of a case, grouped by detector.
package struct Evidence: Sendable {
  /// More signals than this are dropped, the weakest first: a case made of triggers costs no more than any other.
  package static let limit = 512

  /// In order of detector name, then field, then place, then kind: the same signals give the same evidence.
  package let signals: [Signal]
  /// How unlike anything known the case is, 0…1.
  package let novelty: Double
  /// Signals that were dropped at the limit.
  package let dropped: Int
  /// A run of signals of one detector. There are few in any one case, so they are searched in turn.
  private let groups: [(detector: String, mark: UInt64, range: Range<Int>, strength: Double)]
  /// `mark(of:)` of every detector that saw something: where the mark of a detector is not in it, the detector saw nothing.
  let marks: UInt64

  package static let none = Evidence([])

  package init(_ signals: [Signal], novelty: Double = 0) {
    var kept = signals
    if kept.count > Evidence.limit {
      kept.sort { ($1.strength, $0.detector, $0.field, $0.start) < ($0.strength, $1.detector, $1.field, $1.start) }
      kept.removeLast(kept.count - Evidence.limit)
    }
    kept.sort(by: Evidence.precedes)
    self.init(inOrder: kept, novelty: novelty, dropped: signals.count - kept.count)
  }

  /// The same for signals that are in order already, and no more than the limit.
  package init(inOrder kept: [Signal], novelty: Double, dropped: Int = 0) {
    assert(kept.count <= Evidence.limit)
    assert(zip(kept, kept.dropFirst()).allSatisfy { !Evidence.precedes($1, $0) })
    var groups: [(detector: String, mark: UInt64, range: Range<Int>, strength: Double)] = []
    groups.reserveCapacity(min(kept.count, 8))
    var marks: UInt64 = 0
    var first = 0
    while first < kept.count {
      var end = first + 1
      var strength = kept[first].strength
      while end < kept.count, kept[end].detector == kept[first].detector {
        strength = max(strength, kept[end].strength)
        end += 1
      }
      let mark = Evidence.mark(of: kept[first].detector)
      groups.append((kept[first].detector, mark, first..<end, strength))
      marks |= mark
      first = end
    }
    self.signals = kept
    self.groups = groups
    self.marks = marks
    self.novelty = novelty
    self.dropped = dropped
  }

  /// By detector, place and kind. One after the other, because most are told apart by the first: a tuple of all takes and
  /// drops every text of both signals for each comparison.
  private static func precedes(_ left: Signal, _ right: Signal) -> Bool {
    if left.detector != right.detector { return left.detector < right.detector }
    if left.field != right.field { return left.field < right.field }
    if left.start != right.start { return left.start < right.start }
    if left.end != right.end { return left.end < right.end }
    return left.kind < right.kind
  }

  package var isEmpty: Bool { signals.isEmpty }

  /// One of 64 bits for a detector; several may share one (FNV-1a of the name).
  static func mark(of detector: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let isRead: Void? = detector.utf8.withContiguousStorageIfAvailable {
      for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    if isRead == nil { for byte in detector.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
    return 1 << (hash >> 58)
  }

  /// The signals of one detector.
  package func signals(of detector: String) -> ArraySlice<Signal> {
    for group in groups where group.detector == detector { return signals[group.range] }
    return []
  }

  /// The greatest strength that a detector reached; 0 where it saw nothing.
  package func strength(of detector: String) -> Double { strength(of: detector, marked: Evidence.mark(of: detector)) }

  /// The same where the detector's mark is known: names are compared only where marks agree.
  func strength(of detector: String, marked mark: UInt64) -> Double {
    for place in groups.indices where groups[place].mark == mark && groups[place].detector == detector {
      return groups[place].strength
    }
    return 0
  }
}

/// Runs every detector over a case, in one pass. It is a pure function of the case.
package protocol EvidenceGatherer: Sendable {
  /// The names of all its detectors, in a fixed order.
  var detectors: [String] { get }

  func gather(_ matter: Case) -> Evidence
}
