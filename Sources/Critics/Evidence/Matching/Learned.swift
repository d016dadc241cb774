// Learned weights: small linear models over words and pairs of words, all of them summed in the same pass. They see what
// phrases cannot (the vocabulary of a whole passage) and are read window by window, so that a passage of malice in a long
// harmless text is not diluted. Trained by Tools/tuning; the table is Weights.swift.

/// Eight models side by side: one load of eight bytes per feature.
final class LearnedWeights: @unchecked Sendable {
  // Immutable after init, never freed: see PatternTables.
  static let models = 8
  static let shared = LearnedWeights(encoded: WeightTable.encoded, bits: WeightTable.bits)
  /// Instead of scoring, keeps the features: for training.
  static let recorder = LearnedWeights(encoded: "", bits: WeightTable.bits, recording: true)

  let table: UnsafePointer<SIMD8<Int8>>?
  let shift: UInt64
  let recording: Bool

  private init(encoded: StaticString, bits: Int, recording: Bool = false) {
    shift = UInt64(64 - bits)
    self.recording = recording
    let size = 1 << bits
    guard let bytes = WeightTable.decode(encoded, count: size * Self.models) else {
      table = nil
      return
    }
    let pointer = UnsafeMutablePointer<SIMD8<Int8>>.allocate(capacity: size)
    for feature in 0..<size {
      var weights = SIMD8<Int8>()
      for model in 0..<Self.models { weights[model] = Int8(bitPattern: bytes[feature * Self.models + model]) }
      pointer[feature] = weights
    }
    table = UnsafePointer(pointer)
  }
}

struct LearnedScores {
  /// Words in half a window.
  static let block = 32

  private var current: SIMD8<Int32> = .zero
  private var previous: SIMD8<Int32> = .zero
  private var currentWords: Int32 = 0
  private var previousWords: Int32 = 0
  private var currentStart: Int32 = 0
  private var previousStart: Int32 = 0
  private(set) var best = SIMD8<Float>(repeating: -1000)
  private(set) var bestStart: SIMD8<Int32> = .zero
  private(set) var bestEnd: SIMD8<Int32> = .zero
  private(set) var features: [UInt32] = []

  @inline(__always)
  mutating func add(_ hash: UInt64, _ before: UInt64, at start: Int32, _ weights: LearnedWeights) {
    let single = Int(truncatingIfNeeded: hash >> weights.shift)
    let double = Int(truncatingIfNeeded: WordHash.pair(before, hash) >> weights.shift)
    guard let table = weights.table else {
      if weights.recording { features += [UInt32(single), UInt32(double)] }
      return
    }
    current &+= SIMD8<Int32>(truncatingIfNeeded: table[single])
    current &+= SIMD8<Int32>(truncatingIfNeeded: table[double])
    currentWords &+= 1
    if currentWords == Self.block { close(end: start) }
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
