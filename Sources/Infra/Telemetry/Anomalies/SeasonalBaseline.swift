// What is usual at this hour of the week. A rate is held against the same hour of past weeks, since nights and Sundays
// have rates of their own; until there are enough of those, against the same hour of any day, and then against all.

package struct SeasonalBaseline: Sendable {
  package static let hours = 168
  /// Values kept for each hour of the week: that many weeks.
  package static let depth = 8
  /// Fewer values say nothing.
  package static let least = 5

  private var history: [[Double]]

  package init() { history = Array(repeating: [], count: Self.hours) }

  /// The hour of the week, from Monday 00:00 UTC (1970-01-01 was a Thursday).
  package static func hour(of time: WallTime) -> Int {
    Int((time.nanoseconds / 3_600_000_000_000 + 72) % UInt64(hours))
  }

  /// All that is remembered, by hour of the week.
  var recorded: [(hour: Int, values: [Double])] {
    history.enumerated().filter { !$0.element.isEmpty }.map { ($0.offset, $0.element) }
  }

  /// Remembers the value of one hour.
  package mutating func record(_ value: Double, hour: Int) {
    let hour = hour % Self.hours
    if history[hour].count == Self.depth { history[hour].removeFirst() }
    history[hour].append(value)
  }

  /// The values that one of this hour is compared with; empty when nothing is known.
  package func usual(at hour: Int) -> [Double] {
    let own = history[hour % Self.hours]
    if own.count >= Self.least { return own }
    let daily = (0..<7).flatMap { history[(hour + $0 * 24) % Self.hours] }
    if daily.count >= Self.least { return daily }
    let all = history.flatMap { $0 }
    return all.count >= Self.least ? all : []
  }

  /// How unusual `value` is at this hour; nil while too little is known. `floor` is a difference from the median that
  /// nobody cares about, however steady the past was.
  package func score(_ value: Double, hour: Int, floor: Double = 0) -> Double? {
    let usual = usual(at: hour)
    guard let center = RobustStatistics.median(usual) else { return nil }
    if abs(value - center) <= floor { return 0 }
    return RobustStatistics.score(value, against: usual)
  }
}
