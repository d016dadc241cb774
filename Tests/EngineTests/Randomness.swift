// Seeded randomness and the search for a small counterexample: a property is tried on many generated values, and the
// first that breaks it is shrunk and printed with its seed.
import Foundation
import Testing

/// SplitMix64: small, seedable, good enough to generate cases.
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }
  mutating func real(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// Often one of the edges, else anywhere between.
  mutating func edgy(_ range: ClosedRange<Double>, edges: [Double]) -> Double {
    chance(0.4) ? pick(edges) : (chance(0.3) ? (real(range) * 10).rounded() / 10 : real(range))
  }
}

/// Something that can be made simpler in several ways.
protocol Shrinkable {
  var simpler: [Self] { get }
}

/// Tries `holds` on `runs` generated values; `holds` returns nil, or what is wrong.
///
/// The seed is `WITAN_SEED` where that is set, else a new one for each run of the tests, and is printed on failure.
/// `WITAN_RUNS_PERCENT` makes the tests shorter or longer.
func forAll<Value: Shrinkable>(
  runs: Int, _ generate: (inout Randomness) -> Value, holds: (Value) -> String?,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let seed =
    ProcessInfo.processInfo.environment["WITAN_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...UInt64.max)
  var seeds = Randomness(seed: seed)
  let percent = ProcessInfo.processInfo.environment["WITAN_RUNS_PERCENT"].flatMap { Int($0) } ?? 100
  for run in 0..<max(1, runs * percent / 100) {
    var random = Randomness(seed: seeds.next())
    let value = generate(&random)
    guard var fault = holds(value) else { continue }
    var smallest = value
    var steps = 0
    search: while steps < 2000 {
      steps += 1
      for simpler in smallest.simpler {
        if let still = holds(simpler) {
          (smallest, fault) = (simpler, still)
          continue search
        }
      }
      break
    }
    Issue.record("seed \(seed), run \(run): \(fault)\nsmallest: \(smallest)", sourceLocation: sourceLocation)
    return
  }
}
