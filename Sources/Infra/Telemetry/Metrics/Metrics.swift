// The metrics of a program, declared once when it starts:
//
//     let metrics = Metrics()
//     let requests = metrics.counters("witan_http_requests", "Requests answered.", labels: ["route", "status"])
//     let latency = metrics.histogram("witan_http_request_duration", "Time to answer.", .latency)
//     requests["/v1/deliberations", "200"].add()
//     latency.observe(elapsed)
//
// Names are without unit and without `_total`; both are put in where the text formats want them.
import Locking

package final class Metrics: Sendable {
  /// Series of one metric beyond which labels become `other`.
  package static let seriesLimit = 500

  private struct Declared {
    var families: [MetricFamily] = []
    var observed: [Observed] = []
  }

  /// A value that is read when it is asked for.
  struct Observed: Sendable {
    let declaration: MetricDeclaration
    let read: @Sendable () -> [(labels: [String], value: Double)]
  }

  private let cells = MetricCells()
  private let declared = Locked(Declared())
  private let overflows: Counter

  package init() {
    overflows = Counter(cells: cells, cell: cells.reserve(1) ?? 0)
    observe(counter: "telemetry_series_overflows", "New series that were counted under other, for want of room.") {
      [overflows] in Double(overflows.value)
    }
  }

  // MARK: - Declaring

  package func counter(_ name: String, _ help: String, unit: String? = nil) -> Counter {
    let family = family(name, help, unit: unit, .counter, labels: [])
    return Counter(cells: cells, cell: family.cell(SeriesKey("", count: 0)))
  }

  package func counters(_ name: String, _ help: String, unit: String? = nil, labels: [String]) -> CounterFamily {
    CounterFamily(family: family(name, help, unit: unit, .counter, labels: labels))
  }

  package func gauge(_ name: String, _ help: String, unit: String? = nil) -> Gauge {
    let family = family(name, help, unit: unit, .gauge, labels: [])
    return Gauge(cells: cells, cell: family.cell(SeriesKey("", count: 0)))
  }

  package func gauges(_ name: String, _ help: String, unit: String? = nil, labels: [String]) -> GaugeFamily {
    GaugeFamily(family: family(name, help, unit: unit, .gauge, labels: labels))
  }

  package func balance(_ name: String, _ help: String, unit: String? = nil) -> Balance {
    let family = family(name, help, unit: unit, .balance, labels: [])
    return Balance(cells: cells, cell: family.cell(SeriesKey("", count: 0)))
  }

  package func balances(_ name: String, _ help: String, unit: String? = nil, labels: [String]) -> BalanceFamily {
    BalanceFamily(family: family(name, help, unit: unit, .balance, labels: labels))
  }

  package func histogram(_ name: String, _ help: String, _ scale: HistogramScale, exemplars: Bool = false) -> Histogram
  {
    let shape = HistogramShape(scale, hasExemplars: exemplars)
    let family = family(name, help, unit: scale.unit, .histogram, labels: [], shape)
    return Histogram(cells: cells, cell: family.cell(SeriesKey("", count: 0)), shape: family.shape ?? shape)
  }

  package func histograms(
    _ name: String, _ help: String, _ scale: HistogramScale, labels: [String], exemplars: Bool = false
  ) -> HistogramFamily {
    let shape = HistogramShape(scale, hasExemplars: exemplars)
    let family = family(name, help, unit: scale.unit, .histogram, labels: labels, shape)
    return HistogramFamily(family: family, shape: family.shape ?? shape)
  }

  /// A gauge that is read at each scrape.
  package func observe(
    gauge name: String, _ help: String, unit: String? = nil, _ read: @escaping @Sendable () -> Double?
  ) { observe(name, help, unit: unit, .gauge, labels: []) { read().map { [([], $0)] } ?? [] } }

  /// A counter that is read at each scrape.
  package func observe(
    counter name: String, _ help: String, unit: String? = nil, _ read: @escaping @Sendable () -> Double?
  ) { observe(name, help, unit: unit, .counter, labels: []) { read().map { [([], $0)] } ?? [] } }

  /// Gauges by labels, read at each scrape: at most `seriesLimit` of them are shown.
  package func observe(
    gauges name: String, _ help: String, unit: String? = nil, labels: [String],
    _ read: @escaping @Sendable () -> [(labels: [String], value: Double)]
  ) { observe(name, help, unit: unit, .gauge, labels: labels, read) }

  /// Counters by labels, read at each scrape, likewise.
  package func observe(
    counters name: String, _ help: String, unit: String? = nil, labels: [String],
    _ read: @escaping @Sendable () -> [(labels: [String], value: Double)]
  ) { observe(name, help, unit: unit, .counter, labels: labels, read) }

  private func observe(
    _ name: String, _ help: String, unit: String?, _ kind: MetricKind, labels: [String],
    _ read: @escaping @Sendable () -> [(labels: [String], value: Double)]
  ) {
    let declaration = MetricDeclaration(
      name: MetricName.full(name, unit), help: help, unit: unit, kind: kind, labels: labels)
    MetricName.check(declaration)
    declared.withLock { declared in
      declared.observed.removeAll { $0.declaration.name == declaration.name }
      declared.observed.append(Observed(declaration: declaration, read: read))
    }
  }

  /// The family of that name; declaring the same one twice gives the same one.
  private func family(
    _ name: String, _ help: String, unit: String?, _ kind: MetricKind, labels: [String], _ shape: HistogramShape? = nil
  ) -> MetricFamily {
    let declaration = MetricDeclaration(
      name: MetricName.full(name, unit), help: help, unit: unit, kind: kind, labels: labels)
    MetricName.check(declaration)
    return declared.withLock { declared in
      if let known = declared.families.first(where: { $0.declaration.name == declaration.name }) {
        precondition(known.declaration == declaration, "\(declaration.name) is declared twice, and differently")
        return known
      }
      let family = MetricFamily(
        declaration, shape: shape, cells: cells, limit: labels.isEmpty ? 1 : Self.seriesLimit, overflows: overflows)
      declared.families.append(family)
      return family
    }
  }

  // MARK: - Reading

  /// All metrics in a text format.
  package func render(_ format: MetricsFormat) -> [UInt8] {
    let (families, observed) = declared.withLock { ($0.families, $0.observed) }
    var text = MetricsText(format: format)
    for family in families { text.append(family) }
    for one in observed { text.append(one) }
    return text.finish()
  }
}

/// The rules for names (Prometheus data model; OpenMetrics 1.0 section 4.2).
enum MetricName {
  static func full(_ name: String, _ unit: String?) -> String {
    unit.map { name.hasSuffix("_" + $0) ? name : name + "_" + $0 } ?? name
  }

  /// Declarations are written by programmers and run when the program starts; a wrong one is a defect of the program.
  static func check(_ declaration: MetricDeclaration) {
    precondition(isName(declaration.name), "\(declaration.name) is no name of a metric")
    precondition(
      !declaration.name.hasSuffix("_total"), "\(declaration.name): the suffix _total is put in by the format")
    precondition(declaration.labels.allSatisfy { isName($0) && $0 != "le" }, "\(declaration.name): a bad label name")
    precondition(declaration.labels.count <= 4, "\(declaration.name): more than four labels")
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, Byte.isLetter(first) || first == 0x5F else { return false }
    return name.utf8.allSatisfy { Byte.isWord($0) || $0 == 0x5F }
  }
}
