// What a benchmark prints: a figure, and its ratio to a reference measured in the same run, because machines are shared
// and noisy. Contenders take turns, and the median of the rounds counts.
import Foundation

/// One way of doing the work. `run` does `iterations` rounds of it and returns a value that keeps the optimiser honest.
struct Contender {
  let name: String
  let run: (_ iterations: Int) -> Int
}

struct Measurement {
  let name: String
  let nanoseconds: Double
}

nonisolated(unsafe) private var sink = 0

/// Measures the contenders in turns, `rounds` times, each turn about `seconds` long, and returns the median of each.
func measure(_ contenders: [Contender], rounds: Int = 5, seconds: Double = 0.2) -> [Measurement] {
  let clock = ContinuousClock()
  func time(_ contender: Contender, _ iterations: Int) -> Double {
    let elapsed = clock.measure { sink &+= contender.run(iterations) }
    return Double(elapsed.components.seconds) * 1e9 + Double(elapsed.components.attoseconds) / 1e9
  }
  let iterations = contenders.map { contender in
    var count = 1
    while true {
      let spent = time(contender, count)
      if spent > seconds * 1e9 / 10 { return max(1, Int(Double(count) * seconds * 1e9 / spent)) }
      count *= 4
    }
  }
  var samples = contenders.map { _ in [Double]() }
  for _ in 0..<rounds {
    for (index, contender) in contenders.enumerated() {
      samples[index].append(time(contender, iterations[index]) / Double(iterations[index]))
    }
  }
  return zip(contenders, samples).map { Measurement(name: $0.name, nanoseconds: $1.sorted()[rounds / 2]) }
}

/// Prints a table: figure per operation, operations a second, and the ratio to the first contender.
func report(_ title: String, _ measurements: [Measurement]) {
  print("\n\(title)")
  guard let reference = measurements.first else { return }
  for each in measurements {
    let name = each.name.padding(toLength: 44, withPad: " ", startingAt: 0)
    let figure =
      each.nanoseconds < 10_000
      ? String(format: "%9.0f ns", each.nanoseconds) : String(format: "%9.1f µs", each.nanoseconds / 1000)
    let rate = String(format: "%12.0f /s", 1e9 / each.nanoseconds)
    let ratio = String(format: "%8.2f×", reference.nanoseconds / each.nanoseconds)
    print("  \(name) \(figure) \(rate) \(ratio)")
  }
}

/// Says whether what was promised holds.
func verdict(_ claim: String, _ holds: Bool) { print("  \(holds ? "met  " : "MISSED") \(claim)") }
