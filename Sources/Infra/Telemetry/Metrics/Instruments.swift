// What code holds to count with: small values that can be copied anywhere and used from any thread. No update allocates
// or locks.
import TraceContext

/// A number that only grows.
package struct Counter: Sendable {
  let cells: MetricCells
  let cell: Int

  package func add(_ amount: Int = 1) { cells.own(cell).pointee.add(amount, ordering: .relaxed) }

  /// What the scrape would say now.
  package var value: Int { cells.sum(cell) }
}

/// A number that goes up and down by steps, such as requests in flight; each thread adds its own steps.
package struct Balance: Sendable {
  let cells: MetricCells
  let cell: Int

  package func add(_ amount: Int) { cells.own(cell).pointee.add(amount, ordering: .relaxed) }

  package var value: Int { cells.sum(cell) }
}

/// A number that is set.
package struct Gauge: Sendable {
  let cells: MetricCells
  let cell: Int

  package func set(_ value: Double) {
    cells.shared(cell).pointee.store(Int(bitPattern: UInt(value.bitPattern)), ordering: .relaxed)
  }

  package var value: Double {
    Double(bitPattern: UInt64(UInt(bitPattern: cells.shared(cell).pointee.load(ordering: .relaxed))))
  }
}

/// How measured values are spread. Values are whole numbers of a small unit (nanoseconds, bytes), shown in the base unit.
package struct Histogram: Sendable {
  let cells: MetricCells
  /// Here lie: a count for each bucket, the last one unbounded; the sum; then, with exemplars, five cells for each bucket.
  let cell: Int
  let shape: HistogramShape

  package func observe(_ value: Int) {
    let bucket = shape.bucket(of: value)
    let own = cells.own(cell)
    own[bucket].add(1, ordering: .relaxed)
    own[shape.buckets].add(value, ordering: .relaxed)
  }

  /// Counts the value and remembers the trace as an example of its bucket.
  package func observe(_ value: Int, exemplar trace: TraceID, at time: WallTime) {
    let bucket = shape.bucket(of: value)
    let own = cells.own(cell)
    own[bucket].add(1, ordering: .relaxed)
    own[shape.buckets].add(value, ordering: .relaxed)
    guard shape.hasExemplars else { return }
    ExemplarCells(own + shape.exemplarOffset(bucket)).write(
      Exemplar(trace: trace, value: value, time: time))
  }

  /// Counts a duration given in nanoseconds since a start.
  package func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Int(seconds) &* 1_000_000_000 &+ Int(attoseconds / 1_000_000_000))
  }

  /// How many values each bucket has, the unbounded one last.
  package var bucketCounts: [Int] { (0..<shape.buckets).map { cells.sum(cell + $0) } }

  package var count: Int { (0..<shape.buckets).reduce(0) { $0 + cells.sum(cell + $1) } }
}

/// The bounds of a histogram: plain words, so that copying a handle counts no references. `@unchecked Sendable`: what the
/// pointers lead to is written once in `init` and never freed.
package struct HistogramShape: @unchecked Sendable {
  /// How many small units make one base unit: 1e9 for nanoseconds shown as seconds.
  let scale: Double
  let hasExemplars: Bool
  /// Upper bounds, inclusive, in small units.
  private let bounds: UnsafeMutablePointer<Int>
  /// The same as they are shown, in the base unit.
  private let limits: UnsafeMutablePointer<Double>
  private let count: Int

  init(_ scale: HistogramScale, hasExemplars: Bool) {
    self.scale = scale.scale
    self.hasExemplars = hasExemplars
    count = scale.limits.count
    bounds = .allocate(capacity: max(count, 1))
    limits = .allocate(capacity: max(count, 1))
    for (index, limit) in scale.limits.enumerated() {
      bounds[index] = Int((limit * scale.scale).rounded())
      limits[index] = limit
    }
  }

  /// With the unbounded one.
  var buckets: Int { count + 1 }

  /// The bound of a bucket as it is shown; nil for the unbounded one.
  func limit(of bucket: Int) -> Double? { bucket < count ? limits[bucket] : nil }

  var cellCount: Int { buckets + 1 + (hasExemplars ? buckets * ExemplarCells.count : 0) }

  func exemplarOffset(_ bucket: Int) -> Int { buckets + 1 + bucket * ExemplarCells.count }

  /// The first bucket whose bound is not below the value.
  @inline(__always)
  func bucket(of value: Int) -> Int {
    var index = 0
    while index < count, value > bounds[index] { index += 1 }
    return index
  }
}

/// What a histogram counts, and in which buckets.
package struct HistogramScale: Sendable {
  let limits: [Double]
  let scale: Double
  let unit: String?

  /// Nanoseconds, shown as seconds: from 0.1 ms to 10 s.
  package static let latency = HistogramScale(
    limits: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    scale: 1e9, unit: "seconds")

  /// Nanoseconds of work inside of the process, shown as seconds: from 1 µs to 1 s.
  package static let work = HistogramScale(
    limits: [
      0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1,
    ], scale: 1e9, unit: "seconds")

  /// Bytes, from 256 to 16 MiB by factors of four.
  package static let size = HistogramScale(
    limits: (4...12).map { Double(1 << (2 * $0)) }, scale: 1, unit: "bytes")

  package static func counts(_ limits: [Double], unit: String? = nil) -> HistogramScale {
    HistogramScale(limits: limits.sorted(), scale: 1, unit: unit)
  }

  /// Thousandths, shown as they are: for severities and scores.
  package static func thousandths(_ limits: [Double]) -> HistogramScale {
    HistogramScale(limits: limits.sorted(), scale: 1000, unit: nil)
  }
}
