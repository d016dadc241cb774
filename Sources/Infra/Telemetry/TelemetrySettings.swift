// The settings of logs, traces and the resource monitor. Those of traces may also be given in OpenTelemetry's own
// variables (`OTEL_…`), which stand below the program's: a name that every collector's manual uses should work here.
import Config
import JSON

package struct TelemetrySettings: Sendable {
  // MARK: Logs

  package let logLevel = Setting<LogLevel>("log.level", default: .info, reloadable: true, "What is logged at least.")
  package let componentLevels = Setting<[String: LogLevel]>(
    "log.levels", default: [:], reloadable: true, "Levels for single components, such as http: debug.")
  package let logFormat = Setting<LogFormat?>(
    "log.format", default: nil, "How lines are written; without it, text at a terminal and JSON elsewhere.")
  package let logFile = Setting<FilePath?>(
    "log.file", default: nil, "Where lines are appended; without it, standard error.")

  // MARK: Traces

  package let serviceName: Setting<String>
  package let resourceAttributes = Setting<[String: String]>(
    "telemetry.resource_attributes", default: [:], aliases: [EnvironmentAlias("OTEL_RESOURCE_ATTRIBUTES")],
    "What every trace says of this process beside its name, values percent-encoded.")
  package let isDisabled = Setting<Bool>(
    "telemetry.disabled", default: false,
    aliases: [EnvironmentAlias("OTEL_SDK_DISABLED") { text throws(SettingProblem) in text.lowercased() }],
    "Whether no trace is exported, whatever else is set.")
  package let exporter = Setting<TraceExporterName>(
    "telemetry.traces.exporter", default: .otlp, aliases: [EnvironmentAlias("OTEL_TRACES_EXPORTER")],
    "Where traces go, once there is an endpoint.")
  package let sampler = Setting<SamplerName>(
    "telemetry.traces.sampler", default: .parentOrRatio, aliases: [EnvironmentAlias("OTEL_TRACES_SAMPLER")],
    "Which traces are exported, beside those with errors and escalations, which always are.")
  package let ratio = Setting<Double>(
    "telemetry.traces.ratio", default: 1, in: .range(0...1), aliases: [EnvironmentAlias("OTEL_TRACES_SAMPLER_ARG")],
    "The share of traces that the sampler takes where it goes by a ratio.")
  package let queueLimit = Setting<Int>(
    "telemetry.traces.queue", default: 2048, in: .range(64...1_000_000), unit: "spans",
    aliases: [EnvironmentAlias("OTEL_BSP_MAX_QUEUE_SIZE")], "Spans that wait to be exported at most; more are dropped.")
  package let batchLimit = Setting<Int>(
    "telemetry.traces.batch", default: 512, in: .range(1...100_000), unit: "spans",
    aliases: [EnvironmentAlias("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")], "Spans in one export.")
  package let delay = Setting<Duration>(
    "telemetry.traces.delay", default: .seconds(5), in: .range(.milliseconds(10) ... .seconds(3600)),
    aliases: [milliseconds("OTEL_BSP_SCHEDULE_DELAY")], "How long an idle exporter waits before it looks again.")
  package let endpoint = Setting<ServiceURL?>(
    "telemetry.otlp.endpoint", default: nil, in: .some(.schemes("http", "https")),
    aliases: [EnvironmentAlias("OTEL_EXPORTER_OTLP_ENDPOINT")],
    "The collector's base URL, to which v1/traces is added; without one nothing is exported.")
  package let tracesEndpoint = Setting<ServiceURL?>(
    "telemetry.otlp.traces_endpoint", default: nil, in: .some(.schemes("http", "https")),
    aliases: [EnvironmentAlias("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")],
    "The URL for traces as it stands, in place of the base URL.")
  package let headers = Setting<Secret?>(
    "telemetry.otlp.headers", default: nil,
    aliases: [
      EnvironmentAlias("OTEL_EXPORTER_OTLP_TRACES_HEADERS"), EnvironmentAlias("OTEL_EXPORTER_OTLP_HEADERS"),
    ], "Header fields for the collector, as name=value set apart by commas.")
  package let timeout = Setting<Duration>(
    "telemetry.otlp.timeout", default: .seconds(10), in: .range(.milliseconds(100) ... .seconds(300)),
    aliases: [milliseconds("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"), milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT")],
    "How long one export may take.")
  package let compression = Setting<OTLPCompression>(
    "telemetry.otlp.compression", default: .gzip,
    aliases: [
      EnvironmentAlias("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"), EnvironmentAlias("OTEL_EXPORTER_OTLP_COMPRESSION"),
    ], "How what is exported is compressed.")
  package let protocolName = Setting<OTLPProtocol>(
    "telemetry.otlp.protocol", default: .protobuf,
    aliases: [EnvironmentAlias("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), EnvironmentAlias("OTEL_EXPORTER_OTLP_PROTOCOL")],
    "How traces are sent; there is one way.")

  package init(serviceName name: String) {
    serviceName = Setting<String>(
      "telemetry.service_name", default: name, aliases: [EnvironmentAlias("OTEL_SERVICE_NAME")],
      "What traces call this service.")
  }

  package var sections: [SettingSection] {
    [
      SettingSection("Logs", "What is written down while running.", [logLevel, componentLevels, logFormat, logFile]),
      SettingSection(
        "Traces", "What is sent to a collector by OpenTelemetry's protocol.",
        [
          serviceName, resourceAttributes, isDisabled, exporter, sampler, ratio, queueLimit, batchLimit, delay,
          endpoint,
          tracesEndpoint, headers, timeout, compression, protocolName,
        ]),
    ]
  }

  private static func milliseconds(_ variable: String) -> EnvironmentAlias {
    EnvironmentAlias(variable) { text throws(SettingProblem) in text + "ms" }
  }
}

package enum TraceExporterName: String, CaseIterable, SettingChoice { case otlp, none }
package enum OTLPCompression: String, CaseIterable, SettingChoice { case gzip, none }
package enum OTLPProtocol: String, CaseIterable, SettingChoice { case protobuf = "http/protobuf" }

/// Where traces are to be sent.
package struct OTLPTarget: Hashable, Sendable {
  package let url: ServiceURL
  /// With its leading slash.
  package let path: String
}

extension TelemetrySettings {
  /// The collector, or nil where nothing is to be exported.
  package func target(_ configuration: Configuration) -> OTLPTarget? {
    guard !configuration[isDisabled], configuration[exporter] == .otlp else { return nil }
    if let url = configuration[tracesEndpoint] { return OTLPTarget(url: url, path: url.path.isEmpty ? "/" : url.path) }
    guard let url = configuration[endpoint] else { return nil }
    return OTLPTarget(url: url, path: url.path + (url.path.hasSuffix("/") ? "v1/traces" : "/v1/traces"))
  }

  package func sampler(_ configuration: Configuration) -> Sampler {
    Sampler(configuration[sampler], ratio: configuration[ratio])
  }

  package func exporterOptions(_ configuration: Configuration) -> TraceExporter.Options {
    var options = TraceExporter.Options()
    options.queueLimit = configuration[queueLimit]
    options.batchLimit = configuration[batchLimit]
    options.delay = configuration[delay]
    options.compresses = configuration[compression] == .gzip
    options.headers = Self.headers(configuration[headers]?.reveal() ?? "")
    return options
  }

  /// Looks at what each setting by itself does not show: levels of `components` that do not exist, and header fields that are
  /// none. `refusal` says what else speaks against such fields.
  package func check(
    components: [String], refusal: @escaping @Sendable ([(name: String, value: String)]) -> String?
  ) -> Schema.Check {
    { [self] configuration in
      var findings: [Finding] = []
      for name in configuration[componentLevels].keys.sorted() where !components.contains(name) {
        let meant = NearestName.suggestion(for: name, among: components).map { "; did you mean \($0)?" } ?? ""
        findings.append(
          Finding(
            configuration.source(of: componentLevels.name), setting: componentLevels.name,
            "there is no component \(name)\(meant); there are \(components.joined(separator: ", "))"))
      }
      if let text = configuration[headers]?.reveal(),
        let fault = Self.headerFault(text) ?? refusal(Self.headers(text))
      {
        findings.append(Finding(configuration.source(of: headers.name), setting: headers.name, fault))
      }
      return findings
    }
  }

  /// What is wrong with the list, in words that do not repeat it.
  private static func headerFault(_ text: String) -> String? {
    for (place, pair) in text.split(separator: ",").enumerated() where pair.contains(where: { $0 != " " }) {
      guard let equals = pair.firstIndex(of: "="), pair[..<equals].contains(where: { $0 != " " }) else {
        return "field \(place + 1) of the list is no name=value"
      }
    }
    let own = ["content-type", "content-encoding"]
    return headers(text).first { own.contains($0.name) }.map { "the field \($0.name) is the exporter's own to send" }
  }

  /// `name=value` set apart by commas, values percent-encoded (W3C Baggage without properties, as OTLP has it).
  static func headers(_ text: String) -> [(name: String, value: String)] {
    text.split(separator: ",").compactMap { pair in
      guard let equals = pair.firstIndex(of: "=") else { return nil }
      let name = pair[..<equals].filter { $0 != " " }.lowercased()
      let value = pair[pair.index(after: equals)...].drop { $0 == " " }
      return name.isEmpty ? nil : (name, percentDecoded(String(value)))
    }
  }

  private static func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
        rest.count >= 2
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What every trace says of this process (semantic conventions, `service.*`).
  package func resource(_ configuration: Configuration, version: String, instance: String) -> [(
    key: String, value: String
  )] {
    let fixed = [
      ("service.name", configuration[serviceName]), ("service.version", version), ("service.instance.id", instance),
      ("telemetry.sdk.language", "swift"),
    ]
    let given = configuration[resourceAttributes].sorted { $0.key < $1.key }.map {
      ($0.key, Self.percentDecoded($0.value))
    }
    return fixed + given.filter { pair in !fixed.contains { $0.0 == pair.0 } }
  }

  /// The log's form where the settings leave it open.
  package func logFormat(_ configuration: Configuration, isTerminal: Bool) -> LogFormat {
    configuration[logFormat] ?? (isTerminal && configuration[logFile] == nil ? .text : .json)
  }

  /// Puts the levels in force, at the start and after each reload.
  package func applyLevels(_ configuration: Configuration, to log: Log) {
    log.level = configuration[logLevel]
    log.setLevels(configuration[componentLevels])
  }
}
