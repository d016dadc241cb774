// Learned weights: small linear models over words, their stems and pairs of words, all of them summed in the same pass. They see what
// phrases cannot (the vocabulary of a whole passage) and are read window by window, so that a passage of malice in a long
// harmless text is not diluted. Trained by Tools/tuning; the table is Weights.swift.

/// Eight models side by side: one load of eight bytes per feature.
final class LearnedWeights: @unchecked Sendable {
  // Immutable after init, never freed: see PatternTables.
  static let models = 8
  static let shared = LearnedWeights(WeightTable.encoded)
  /// Instead of scoring, keeps the features: for training.
  static let recorder = LearnedWeights(nil)

  let table: UnsafePointer<SIMD8<Int8>>?
  let shift: UInt64
  let recording: Bool
  private(set) var complete = false

  private init(_ encoded: StaticString?) {
    shift = UInt64(64 - WeightTable.bits)
    recording = encoded == nil
    guard let encoded else {
      table = nil
      return
    }
    let size = 1 << WeightTable.bits
    let pointer = UnsafeMutablePointer<SIMD8<Int8>>.allocate(capacity: size)
    pointer.initialize(repeating: .zero, count: size)
    var place = 0
    encoded.withUTF8Buffer { buffer in
      for byte in buffer where byte >= 0x30 && place < size * Self.models {
        if byte >= 0x6e {
          place += Int(byte - 0x6e) + 1
        } else {
          let value = Int8(byte - 0x30) - 31
          pointer[place % size][place / size] = value >= 0 ? value + 1 : value
          place += 1
        }
      }
    }
    // A test holds the table complete.
    self.complete = place == size * Self.models
    table = UnsafePointer(pointer)
  }

  /// What the scores at the knots say, 0…1, and how much a score far beyond the last may add. Of a takeover and of harm, more
  /// than a half above all but two in a thousand harmless texts; of abuse, contempt and the like, whose words are also the
  /// words of those who ask and tell of them, more than a half only far beyond; of pressure, whose words are also those of
  /// honest trade, and of falsehood, which words alone cannot show, never.
  private static let levels: [(at: [Float], beyond: Float)] = [
    ([0.03, 0.06, 0.12, 0.32, 0.52], 0.42), ([0.03, 0.06, 0.12, 0.32, 0.52], 0.36),
    ([0.03, 0.06, 0.12, 0.28, 0.4], 0.4), ([0.03, 0.06, 0.12, 0.28, 0.4], 0.4),
    ([0.03, 0.06, 0.12, 0.25, 0.36], 0.3), ([0.03, 0.06, 0.12, 0.22, 0.3], 0.2),
    ([0.03, 0.06, 0.12, 0.28, 0.4], 0.4), ([0.03, 0.06, 0.1, 0.2, 0.28], 0.18),
  ]

  /// Below this score a model says nothing.
  static let silence = SIMD8<Float>(WeightTable.knots.map { $0[0] })

  /// What a score says, 0…1: nothing below the scores of eight in ten harmless texts. Far beyond the last knot it grows ever
  /// more slowly, so that the order of scores is kept.
  static func strength(_ score: Float, model: Int) -> Float {
    let knots = WeightTable.knots[model]
    let (levels, most) = levels[model]
    if score <= knots[0] { return 0 }
    for index in 1..<5 where score < knots[index] {
      let share = (score - knots[index - 1]) / max(knots[index] - knots[index - 1], 1)
      return levels[index - 1] + share * (levels[index] - levels[index - 1])
    }
    let beyond = (score - knots[4]) / max(knots[4] - knots[2], 1)
    return levels[4] + most * beyond / (beyond + 1.5)
  }
}

struct LearnedScores {
  /// Words in half a window.
  static let block = 32

  // Three weights of at most 31 for each of 64 words stay far within sixteen bits.
  private var current: SIMD8<Int16> = .zero
  private var previous: SIMD8<Int16> = .zero
  private var currentWords: Int32 = 0
  private var previousWords: Int32 = 0
  private var currentStart: Int32 = 0
  private var previousStart: Int32 = 0
  private(set) var best = SIMD8<Float>(repeating: -1000)
  private(set) var bestStart: SIMD8<Int32> = .zero
  private(set) var bestEnd: SIMD8<Int32> = .zero
  private(set) var features: [Int32] = []

  @inline(__always)
  mutating func add(_ word: Word, _ before: UInt64, at start: Int32, _ weights: LearnedWeights) {
    let single = Int(truncatingIfNeeded: word.hash >> weights.shift)
    let double = Int(truncatingIfNeeded: WordHash.pair(before, word.hash) >> weights.shift)
    guard let table = weights.table else {
      if weights.recording {
        let stem = word.length > WordHash.stemLength ? Int32(truncatingIfNeeded: word.stem >> weights.shift) : -1
        record(single, double, stem)
      }
      return
    }
    current &+= SIMD8<Int16>(truncatingIfNeeded: table[single])
    current &+= SIMD8<Int16>(truncatingIfNeeded: table[double])
    if word.length > WordHash.stemLength {
      current &+= SIMD8<Int16>(truncatingIfNeeded: table[Int(truncatingIfNeeded: word.stem >> weights.shift)])
    }
    currentWords &+= 1
    if currentWords == Self.block { close(end: start) }
  }

  /// Three features for each word: its own, that of the pair, and that of its stem, or -1 where it is no longer than a stem.
  @inline(never)
  private mutating func record(_ single: Int, _ double: Int, _ stem: Int32) {
    features += [Int32(truncatingIfNeeded: single), Int32(truncatingIfNeeded: double), stem]
  }

  @inline(never)
  private mutating func close(end: Int32) {
    let words = Float(currentWords + previousWords)
    let score = SIMD8<Float>(current &+ previous) / words.squareRoot()
    let better = score .> best
    best.replace(with: score, where: better)
    bestStart.replace(with: SIMD8(repeating: previousWords > 0 ? previousStart : currentStart), where: better)
    bestEnd.replace(with: SIMD8(repeating: end), where: better)
    (previous, previousWords, previousStart) = (current, currentWords, currentStart)
    (current, currentWords, currentStart) = (.zero, 0, end)
  }

  mutating func finish(end: Int32) {
    if currentWords > 0 { close(end: end) }
  }
}
