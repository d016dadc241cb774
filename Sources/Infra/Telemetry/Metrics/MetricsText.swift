// Metrics as text: Prometheus 0.0.4 and OpenMetrics 1.0.0, which differ in where `_total` stands, in units, in exemplars
// and in the last line.

package enum MetricsFormat: Sendable, CaseIterable {
  case prometheus, openMetrics

  package var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// What to answer to a field `Accept` (RFC 9110 section 12.5.1): OpenMetrics where it is named and not liked less than
  /// plain text, else plain text, which any scraper reads.
  package static func negotiate(accept: String?) -> MetricsFormat {
    var open = 0.0
    var plain = 0.0
    for range in (accept ?? "").split(separator: ",").prefix(32) {
      let parts = range.split(separator: ";").map { trimmed($0).lowercased() }
      guard let type = parts.first else { continue }
      var quality = 1.0
      var isKnownVersion = true
      for parameter in parts.dropFirst() {
        if parameter.hasPrefix("q=") { quality = Double(parameter.dropFirst(2)) ?? 0 }
        if parameter.hasPrefix("version=") {
          isKnownVersion = ["1.0.0", "0.0.1", "0.0.4"].contains(parameter.dropFirst(8))
        }
      }
      switch type {
      case "application/openmetrics-text" where isKnownVersion: open = max(open, quality)
      case "text/plain", "text/*", "*/*": plain = max(plain, quality)
      default: break
      }
    }
    return open > 0 && open >= plain ? .openMetrics : .prometheus
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

struct MetricsText {
  let format: MetricsFormat
  private var bytes: [UInt8] = []

  init(format: MetricsFormat) {
    self.format = format
    bytes.reserveCapacity(16_384)
  }

  mutating func finish() -> [UInt8] {
    if format == .openMetrics { put("# EOF\n") }
    return bytes
  }

  mutating func append(_ family: MetricFamily) {
    let declaration = family.declaration
    let series = family.series
    // A metric is named before it has a value, so that whoever reads knows what there is.
    head(declaration)
    for one in series {
      switch declaration.kind {
      case .counter: sample(declaration, "_total", one.labels, String(family.cells.sum(one.cell)))
      case .balance: sample(declaration, "", one.labels, String(family.cells.sum(one.cell)))
      case .gauge: sample(declaration, "", one.labels, number(Gauge(cells: family.cells, cell: one.cell).value))
      case .histogram: if let shape = family.shape { histogram(family, one, shape) }
      }
    }
  }

  mutating func append(_ observed: Metrics.Observed) {
    let values = observed.read()
    head(observed.declaration)
    for (labels, value) in values.prefix(Metrics.seriesLimit) {
      sample(observed.declaration, observed.declaration.kind == .counter ? "_total" : "", labels, number(value))
    }
  }

  private mutating func histogram(_ family: MetricFamily, _ series: MetricFamily.Series, _ shape: HistogramShape) {
    let declaration = family.declaration
    var count = 0
    for bucket in 0..<shape.buckets {
      count += family.cells.sum(series.cell + bucket)
      let limit = shape.limit(of: bucket).map(number) ?? "+Inf"
      begin(declaration, "_bucket", series.labels, extra: ("le", limit))
      put(String(count))
      if format == .openMetrics, shape.hasExemplars { exemplar(family.cells, series.cell, shape, bucket) }
      put("\n")
    }
    sample(declaration, "_count", series.labels, String(count))
    let sum = Double(family.cells.sum(series.cell + shape.buckets)) / shape.scale
    sample(declaration, "_sum", series.labels, number(sum))
  }

  /// The newest example of a bucket over all threads.
  private mutating func exemplar(_ cells: MetricCells, _ cell: Int, _ shape: HistogramShape, _ bucket: Int) {
    var newest: Exemplar?
    cells.forEachBlock { block in
      guard let one = ExemplarCells(block + cell + shape.exemplarOffset(bucket)).read() else { return }
      if one.time > newest?.time ?? WallTime(nanoseconds: 0) { newest = one }
    }
    guard let newest else { return }
    put(" # {trace_id=\"\(newest.trace)\"} \(number(Double(newest.value) / shape.scale)) ")
    let milliseconds = newest.time.nanoseconds / 1_000_000
    let fraction = String(milliseconds % 1000)
    put("\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)")
  }

  // MARK: - Lines

  private mutating func head(_ declaration: MetricDeclaration) {
    let isPlainCounter = format == .prometheus && declaration.kind == .counter
    let name = declaration.name + (isPlainCounter ? "_total" : "")
    put("# HELP \(name) \(escaped(declaration.help, quotes: format == .openMetrics))\n")
    put("# TYPE \(name) \(declaration.kind.typeName)\n")
    if format == .openMetrics, let unit = declaration.unit { put("# UNIT \(name) \(unit)\n") }
  }

  private mutating func sample(_ declaration: MetricDeclaration, _ suffix: String, _ labels: [String], _ value: String)
  {
    begin(declaration, suffix, labels)
    put(value)
    put("\n")
  }

  private mutating func begin(
    _ declaration: MetricDeclaration, _ suffix: String, _ labels: [String], extra: (String, String)? = nil
  ) {
    put(declaration.name)
    put(suffix)
    let pairs = Array(zip(declaration.labels, labels)) + (extra.map { [$0] } ?? [])
    if !pairs.isEmpty {
      put("{" + pairs.map { "\($0)=\"\(escaped($1, quotes: true))\"" }.joined(separator: ",") + "}")
    }
    put(" ")
  }

  private func escaped(_ text: String, quotes: Bool) -> String {
    guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return text }
    let slashed = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    return quotes ? slashed.replacing("\"", with: "\\\"") : slashed
  }

  private func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 && format == .prometheus ? String(Int(value)) : String(value)
  }

  private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
