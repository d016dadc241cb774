// How often a test repeats itself: in full by `make test`, a share of that where the same code is run again for another
// reason (under a sanitizer, for mutants).
import Foundation

/// `full` times, or the share of that which WITAN_RUNS_PERCENT asks for; at least once.
package func repetitions(_ full: Int) -> Int {
  let percent = ProcessInfo.processInfo.environment["WITAN_RUNS_PERCENT"].flatMap { Int($0) } ?? 100
  return max(1, full * percent / 100)
}
