// Progress on standard error: a bar on a terminal, a line now and then elsewhere, nothing within the first second.
import Config
import Glibc
import Locking

final class ProgressBar: Sendable {
  private struct State {
    var told: ContinuousClock.Instant
    var hasTold = false
  }

  private let unit: String
  private let begin = ContinuousClock.now
  private let isTerminal = isatty(2) == 1
  private let state: Locked<State>

  init(_ unit: String) {
    self.unit = unit
    state = Locked(State(told: begin))
  }

  func tell(_ done: UInt64, _ total: UInt64) { tell(done, total, unit) }

  /// For work whose length is known in bytes only.
  func tellBytes(_ done: UInt64, _ total: UInt64) { tell(done >> 10, total >> 10, "KB") }

  private func tell(_ done: UInt64, _ total: UInt64, _ unit: String) {
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      guard now - begin > .seconds(1), now - state.told > (isTerminal ? .milliseconds(100) : .seconds(10)) else {
        return false
      }
      state.told = now
      state.hasTold = true
      return true
    }
    guard isDue else { return }
    let seconds = Double((now - begin).components.seconds) + Double((now - begin).components.attoseconds) / 1e18
    let rate = "\(done) of \(total) \(unit), \(Int(Double(done) / seconds)) a second"
    guard isTerminal else { return writeText(rate + "\n", to: 2) }
    let full = total == 0 ? 0 : Int(Double(min(done, total)) / Double(total) * 30)
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: 30 - full)
    writeText("\r\(bar) \(rate) ", to: 2)
  }

  func finish() {
    if isTerminal && state.withLock({ $0.hasTold }) { writeText("\r\u{1B}[K", to: 2) }
  }
}
