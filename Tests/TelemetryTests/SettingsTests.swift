// The settings of telemetry: their declarations, OpenTelemetry's variables, and what is made of them.
import Config
import Testing

@testable import Telemetry

private let settings = TelemetrySettings(serviceName: "test")
private let schema = Schema(sections: settings.sections)

private func load(_ environment: [String: String]) throws -> Configuration {
  try schema.load(ConfigurationSources(environment: environment))
}

@Suite struct TelemetryConfiguration {
  @Test func `the declarations agree with each other`() { #expect(schema.defects.isEmpty) }

  @Test func `the variables of OpenTelemetry are understood`() throws {
    let configuration = try load([
      "OTEL_SERVICE_NAME": "council", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=prod,team=a",
      "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25",
      "OTEL_BSP_SCHEDULE_DELAY": "2000",
      "OTEL_BSP_MAX_QUEUE_SIZE": "4096", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/",
      "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20abc, x-tenant=1", "OTEL_EXPORTER_OTLP_TIMEOUT": "3000",
      "OTEL_EXPORTER_OTLP_COMPRESSION": "none", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    ])
    let target = try #require(settings.target(configuration))
    #expect((target.url.host, target.url.port, target.path) == ("collector", 4318, "/v1/traces"))
    let options = settings.exporterOptions(configuration)
    #expect(options.headers.map { "\($0.name): \($0.value)" } == ["authorization: Bearer abc", "x-tenant: 1"])
    #expect((options.queueLimit, options.delay, options.compresses) == (4096, .seconds(2), false))
    #expect(configuration[settings.timeout] == .seconds(3))
    #expect(settings.sampler(configuration) != Sampler(.ratio, ratio: 0.25))
    #expect(settings.sampler(configuration) == Sampler(.parentOrRatio, ratio: 0.25))
    let resource = settings.resource(configuration, version: "9", instance: "i")
    #expect(resource.map(\.key).starts(with: ["service.name", "service.version", "service.instance.id"]))
    #expect(resource.contains { $0 == ("team", "a") } && resource.contains { $0 == ("service.name", "council") })
  }

  @Test func `our own variables stand above those, and the special above the general`() throws {
    let both = try load([
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/x",
      "OTEL_SERVICE_NAME": "a",
      "WITAN_TELEMETRY_SERVICE_NAME": "b", "OTEL_EXPORTER_OTLP_TIMEOUT": "1000",
      "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2000",
    ])
    #expect(settings.target(both)?.path == "/x")
    #expect(both[settings.serviceName] == "b")
    #expect(both[settings.timeout] == .seconds(2))
  }

  @Test(arguments: [
    [:], ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "TRUE"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"],
  ])
  func `without an endpoint, or when told so, nothing is exported`(environment: [String: String]) throws {
    #expect(settings.target(try load(environment)) == nil)
  }

  @Test(arguments: [
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://x"),
    ("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
  ])
  func `what cannot be done is refused and names the variable`(variable: String, text: String) {
    let error = #expect(throws: ConfigurationError.self) { try load([variable: text]) }
    #expect(error?.findings.count == 1)
    #expect(error?.description.hasPrefix("environment \(variable): ") == true)
  }

  @Test func `lines are text at a terminal, JSON elsewhere, unless something else is said`() throws {
    #expect(settings.logFormat(try load([:]), isTerminal: true) == .text)
    #expect(settings.logFormat(try load([:]), isTerminal: false) == .json)
    #expect(settings.logFormat(try load(["WITAN_LOG_FILE": "x.log"]), isTerminal: true) == .json)
    #expect(settings.logFormat(try load(["WITAN_LOG_FORMAT": "journal"]), isTerminal: true) == .journal)
  }
}
