// All series of one metric: its name, help, labels, and a bounded number of series. Past the bound every new combination
// of labels is counted under the label value `other`, and the overflow itself is counted.
import Locking
import Synchronization

package enum MetricKind: String, Sendable {
  case counter, gauge, balance, histogram

  /// As the text formats call it.
  var typeName: String { self == .balance ? MetricKind.gauge.rawValue : rawValue }
}

/// What a metric is, as declared.
struct MetricDeclaration: Equatable, Sendable {
  /// Without `_total`.
  let name: String
  let help: String
  let unit: String?
  let kind: MetricKind
  let labels: [String]
}

/// The series of one metric, and the lookup of one by its labels.
package final class MetricFamily: Sendable {
  struct Series: Sendable {
    let labels: [String]
    let cell: Int
  }

  let declaration: MetricDeclaration
  let shape: HistogramShape?
  let cells: MetricCells
  private let table: SeriesTable
  private let limit: Int
  private let overflows: Counter?
  private let known = Locked<[Series]>([])
  /// The cell of the series `other` once there is no room for new ones, or -1.
  private let overflow = Atomic(-1)

  init(
    _ declaration: MetricDeclaration, shape: HistogramShape?, cells: MetricCells, limit: Int, overflows: Counter?
  ) {
    self.declaration = declaration
    self.shape = shape
    self.cells = cells
    self.limit = limit
    self.overflows = overflows
    table = SeriesTable(limit: limit + 1)
  }

  /// A copy of its own, made under the lock: that nobody reads an array any more before it grows in place, the runtime sees
  /// to by an atomic that the thread sanitizer does not see.
  var series: [Series] { known.withLock { known in known.map { Series(labels: $0.labels, cell: $0.cell) } } }

  /// The first cell of the series with these label values.
  @inline(__always)
  func cell(_ key: borrowing SeriesKey) -> Int {
    if let cell = table.cell(key) { return cell }
    let full = overflow.load(ordering: .acquiring)
    guard full >= 0 else { return add(key) }
    overflows?.add()
    return full
  }

  @inline(never)
  private func add(_ key: borrowing SeriesKey) -> Int {
    known.withLock { known in
      // Another thread may have been first.
      if let cell = table.cell(key) { return cell }
      if known.count < limit, let cell = cells.reserve(shape?.cellCount ?? 1) {
        known.append(Series(labels: key.strings, cell: cell))
        table.insert(key, cell: cell)
        return cell
      }
      overflows?.add()
      return openOverflow(&known)
    }
  }

  /// Where all further series are counted: `other`, or, with no cell left at all, the first series there is.
  private func openOverflow(_ known: inout [Series]) -> Int {
    let word = MetricFamily.overflowLabel
    let key = SeriesKey(word, word, word, word, count: declaration.labels.count)
    var cell = table.cell(key) ?? known.first?.cell ?? 0
    if table.cell(key) == nil, let fresh = cells.reserve(shape?.cellCount ?? 1) {
      known.append(Series(labels: key.strings, cell: fresh))
      table.insert(key, cell: fresh)
      cell = fresh
    }
    overflow.store(cell, ordering: .releasing)
    return cell
  }

  static let overflowLabel = "other"
}

/// Counters by label values.
package struct CounterFamily: Sendable {
  let family: MetricFamily

  package subscript(_ value: String) -> Counter { at(SeriesKey(value, count: 1)) }
  package subscript(_ first: String, _ second: String) -> Counter { at(SeriesKey(first, second, count: 2)) }
  package subscript(_ first: String, _ second: String, _ third: String) -> Counter {
    at(SeriesKey(first, second, third, count: 3))
  }

  /// Every series that was counted, with what it has come to.
  package var all: [(labels: [String], value: Int)] {
    family.series.map { ($0.labels, family.cells.sum($0.cell)) }
  }

  private func at(_ key: consuming SeriesKey) -> Counter { Counter(cells: family.cells, cell: family.cell(key)) }
}

/// Gauges by label values.
package struct GaugeFamily: Sendable {
  let family: MetricFamily

  package subscript(_ value: String) -> Gauge { at(SeriesKey(value, count: 1)) }
  package subscript(_ first: String, _ second: String) -> Gauge { at(SeriesKey(first, second, count: 2)) }

  private func at(_ key: consuming SeriesKey) -> Gauge { Gauge(cells: family.cells, cell: family.cell(key)) }
}

/// Balances by label values.
package struct BalanceFamily: Sendable {
  let family: MetricFamily

  package subscript(_ value: String) -> Balance {
    Balance(cells: family.cells, cell: family.cell(SeriesKey(value, count: 1)))
  }
}

/// Histograms by label values.
package struct HistogramFamily: Sendable {
  let family: MetricFamily
  let shape: HistogramShape

  package subscript(_ value: String) -> Histogram { at(SeriesKey(value, count: 1)) }
  package subscript(_ first: String, _ second: String) -> Histogram { at(SeriesKey(first, second, count: 2)) }

  private func at(_ key: consuming SeriesKey) -> Histogram {
    Histogram(cells: family.cells, cell: family.cell(key), shape: shape)
  }
}
