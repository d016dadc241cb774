// Every limit of the HTTP server by its name: in the reference, in the configuration of `serve`, in the flags of
// `httpd-echo`.
import Foundation
import HTTP
import TestSupport
import Testing

@Suite struct LimitSettingsTests {
  private static let names =
    ServerLimits.sizes.map(\.name) + ServerLimits.counts.map(\.name) + ServerLimits.times.map(\.name)

  @Test func `Every limit that the server has can be set by name, and its default is within its range`() {
    let defaults = ServerLimits()
    #expect(Self.names.count == Mirror(reflecting: defaults).children.count)
    #expect(Set(Self.names).count == Self.names.count)
    for limit in ServerLimits.sizes + ServerLimits.counts {
      #expect(limit.range.contains(defaults[keyPath: limit.path]))
    }
    for limit in ServerLimits.times { #expect(limit.range.contains(defaults[keyPath: limit.path])) }
  }

  @Test func `The reference names every limit`() async throws {
    let process = try RunningProcess("witan", ["config", "reference"])
    #expect(try await process.waitForExit() == 0)
    let reference = process.standardOutput
    for name in Self.names { #expect(reference.contains("\(name):"), "\(name)") }
    for name in ["origins:", "credentials:", "max_age:"] { #expect(reference.contains(name)) }
  }

  @Test func `The service keeps the limits that its configuration names`() async throws {
    let server = try await WitanServer(environment: [
      "WITAN_HTTP_TARGET": "100B", "WITAN_HTTP_HEADER_COUNT": "7", "WITAN_HTTP_BODY": "2KiB",
      "WITAN_HTTP_REQUESTS_PER_CONNECTION": "2", "WITAN_HTTP_RETRY_AFTER": "7s", "WITAN_HTTP_CONNECTIONS": "8",
      "WITAN_CORS_ORIGINS": "https://console.example",
    ])
    let long = "/" + String(repeating: "a", count: 100)
    #expect(try request("GET", long, port: server.port).status == 414)
    let fields = Dictionary(uniqueKeysWithValues: (0..<6).map { ("X-\($0)", "1") })
    #expect(try request("GET", "/livez", port: server.port, fields: fields).status == 431)
    let token = try await server.token("decider")
    let body = #"{"kind": "k", "action": "a", "input": "\#(String(repeating: "a", count: 2048))"}"#
    #expect(try server.call("POST", "/v1/deliberations", token: token, body: body).status == 413)
    var first = try RawConnection(port: server.port)
    try first.send("GET /livez HTTP/1.1\r\nHost: a\r\nOrigin: https://console.example\r\n\r\n")
    let answer = try first.answer()
    #expect(answer["Connection"] == nil)
    #expect(answer["Access-Control-Allow-Origin"] == "https://console.example")
    try first.send("GET /livez HTTP/1.1\r\nHost: a\r\nOrigin: https://other.example\r\n\r\n")
    let last = try first.answer()
    #expect(last["Connection"] == "close")
    #expect(last["Access-Control-Allow-Origin"] == nil)
    #expect(try first.readToEnd().isEmpty)
    #expect(try await server.stop() == 0)
  }

  @Test func `A wildcard together with credentials stops the start`() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("witan.yaml")
    try "cors:\n  origins: [\"*\"]\n  credentials: true\n".write(to: file, atomically: true, encoding: .utf8)
    let process = try RunningProcess(
      "witan", ["serve", "--listen", "127.0.0.1:0", "--data", folder.file("data").path, "--config", file.path])
    #expect(try await process.waitForExit() != 0)
    #expect(process.standardError.contains("credentials"), "\(process.standardError)")
  }

  @Test func `httpd-echo takes every limit as a flag, and refuses what is out of range`() async throws {
    let defaults = ServerLimits()
    func flag(_ name: String) -> String { "--" + name.replacingOccurrences(of: "_", with: "-") }
    var arguments = ["--listen", "127.0.0.1:0", "--target=64", "--retry-after=9s", "--connections=1"]
    for limit in ServerLimits.sizes + ServerLimits.counts where !["target", "connections"].contains(limit.name) {
      arguments += [flag(limit.name), "\(defaults[keyPath: limit.path])"]
    }
    for limit in ServerLimits.times where limit.name != "retry_after" {
      arguments += [flag(limit.name), "\(defaults[keyPath: limit.path].components.seconds)s"]
    }
    let process = try RunningProcess("httpd-echo", arguments)
    try await process.waitForOutput("listening on")
    let port = try #require(
      process.standardError.firstMatch(of: /listening on 127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.output.1) })
    var connection = try RawConnection(port: port)
    // Answered, it is the one that counts: of two that come together each loop may be first with its own.
    try connection.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try connection.answer().status == 200)
    var shed = try RawConnection(port: port)
    let refused = try shed.answer()
    #expect(refused.status == 503 && refused["Retry-After"] == "9")
    try connection.send("GET /\(String(repeating: "a", count: 64)) HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try connection.answer().status == 414)
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
    for wrong in ["--target=0", "--header-timeout=5", "--nothing=1"] {
      let process = try RunningProcess("httpd-echo", ["--listen", "127.0.0.1:0", wrong])
      #expect(try await process.waitForExit() == 2)
      #expect(process.standardError.contains("--header-timeout"))
    }
  }
}
