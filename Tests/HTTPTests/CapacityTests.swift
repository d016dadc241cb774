// Many connections, too many connections, and the end of the service.
import Foundation
import HTTP
import TestSupport
import Testing

@Suite(.serialized) struct CapacityTests {
  @Test func `Past the connection limits come 503 and Retry-After`() async throws {
    for change: @Sendable (inout ServerLimits) -> Void in [
      { $0.connections = 5 }, { $0.connectionsPerAddress = 5 },
    ] {
      try await Service.run(options: Service.options(change)) { (service: Service) async throws in
        let held = try (0..<5).map { _ in try Held(port: service.port) }
        for each in held { #expect(try each.get("/").status == 200) }
        var shed = try RawConnection(port: service.port)
        let answer = try shed.answer()
        #expect(answer.status == 503)
        #expect(answer["Retry-After"] == "1")
        #expect(answer["Connection"] == "close")
        withExtendedLifetime(held) {}
      }
    }
  }

  @Test func `Past the limit of handlers at work come 503 and Retry-After`() async throws {
    let gate = Gate()
    var router = Router()
    router.get("/held") { _ in
      await gate.wait()
      return .text("held")
    }
    let options = Service.options { $0.requestsInFlight = 2 }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      var first = try RawConnection(port: service.port)
      var second = try RawConnection(port: service.port)
      var third = try RawConnection(port: service.port)
      try first.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
      try second.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
      try await wait(for: "two handlers") { service.server.requestsInFlight == 2 }
      let shed = try third.get("/held")
      #expect(shed.status == 503)
      #expect(shed["Retry-After"] == "1")
      await gate.open()
      #expect(try first.answer().text == "held")
      #expect(try second.answer().text == "held")
      #expect(try third.get("/held").text == "held")
    }
  }

  @Test func `The last request that a connection is allowed says so`() async throws {
    try await Service.run(options: Service.options { $0.requestsPerConnection = 3 }) {
      (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      #expect(try connection.get("/")["Connection"] == nil)
      #expect(try connection.get("/waiting")["Connection"] == nil)
      #expect(try connection.get("/")["Connection"] == "close")
      #expect(try connection.readToEnd().isEmpty)
    }
  }

  @Test func `Ten thousand idle connections cost little and do not slow down the one that speaks`() async throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let count = min(10_000, Int(limit.rlim_cur) - 2000)
    let port = try FreePort.next()
    let process = try RunningProcess("httpd-echo", ["--listen", "127.0.0.1:\(port)"])
    try await process.waitForOutput("listening on")
    #expect(try request("GET", "/livez", port: port).text == "ok")
    let before = try residentBytes(process.identifier)
    let idle = try (0..<count).map { _ in try Held(port: port) }
    try await wait(for: "all to be accepted", within: .seconds(30)) {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd").count > count
    }
    let each = (try residentBytes(process.identifier) - before) / count
    #expect(each <= 4096, "\(each) bytes for each idle connection")
    var connection = try RawConnection(port: port)
    for _ in 0..<100 { #expect(try connection.get("/livez").status == 200) }
    for each in idle.shuffled().prefix(200) { #expect(try each.get("/livez").status == 200) }
    withExtendedLifetime(idle) {}
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
  }

  private func residentBytes(_ identifier: Int32) throws -> Int {
    let pages = try String(contentsOfFile: "/proc/\(identifier)/statm", encoding: .utf8).split(separator: " ")[1]
    return (Int(pages) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  @Test func `A stopping server finishes what is in flight and answers open connections with close`() async throws {
    let gate = Gate()
    var router = Router()
    router.immediately(.get, "/") { _ in .text("ok") }
    router.get("/held") { _ in
      await gate.wait()
      return .text("held")
    }
    var options = Service.options()
    options.limits.drainIdleGrace = .seconds(5)
    let service = try await Service(options: options, router: router)
    var held = try RawConnection(port: service.port)
    var idle = try RawConnection(port: service.port)
    try held.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try idle.get("/")["Connection"] == nil)
    try await wait(for: "the handler") { service.server.requestsInFlight == 1 }
    let ended = Task { await service.end() }
    try await wait(for: "the listener to be closed") { (try? RawConnection(port: service.port)) == nil }
    #expect(try idle.get("/")["Connection"] == "close")
    #expect(try idle.readToEnd().isEmpty)
    await gate.open()
    #expect(try held.answer().text == "held")
    await ended.value
  }

  @Test func `The executable ends with 0 after SIGTERM, whatever SIGPIPE did`() async throws {
    let port = try FreePort.next()
    let process = try RunningProcess("httpd-echo", ["--listen", "127.0.0.1:\(port)"])
    try await process.waitForOutput("listening on")
    process.signal(SIGPIPE)
    do {
      let rude = try RawConnection(port: port)
      try rude.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\nGET /events HTTP/1.1\r\nHost: a\r\n\r\n")
    }
    #expect(try request("GET", "/livez", port: port).text == "ok")
    #expect(try request("GET", "/events", port: port).text.components(separatedBy: "data: ").count == 11)
    #expect(
      try request("POST", "/json", port: port, body: #"{"action": "a", "context": {"b": [1]}}"#).text
        == #"{"action":"a","context":{"b": [1]}}"#)
    #expect(try request("POST", "/json", port: port, body: #"{"action": 1}"#).status == 422)
    #expect(try request("POST", "/json", port: port, body: "{").status == 400)
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
  }

  @Test func `A second signal ends the executable at once`() async throws {
    let port = try FreePort.next()
    let process = try RunningProcess("httpd-echo", ["--listen", "127.0.0.1:\(port)"])
    try await process.waitForOutput("listening on")
    let stuck = try RawConnection(port: port)
    try stuck.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
    #expect(try request("GET", "/livez", port: port).text == "ok")
    process.signal(SIGTERM)
    try await wait(for: "the listener to be closed") { (try? RawConnection(port: port)) == nil }
    process.signal(SIGTERM)
    #expect(try await process.waitForExit(within: .seconds(5)) != 0)
    try stuck.send("x")
  }
}

/// A connection that is kept.
private final class Held {
  private var connection: RawConnection

  init(port: UInt16) throws { connection = try RawConnection(port: port) }

  func get(_ target: String) throws -> RawAnswer { try connection.get(target) }
}

/// Lets nobody through until it is opened.
actor Gate {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    if isOpen { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}
