// Many connections, too many connections, and the end of the service.
import Foundation
import HTTP
import Locking
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

  @Test func `A handler that takes too long is answered for with 503, cancelled, and counted until it returns`()
    async throws
  {
    let gate = Gate()
    let cancelled = Locked(false)
    var router = Router()
    router.get("/held") { _ in
      await withTaskCancellationHandler {
        await gate.wait()
      } onCancel: {
        cancelled.withLock { $0 = true }
      }
      return .text("nobody hears this")
    }
    router.immediately(.get, "/") { _ in .text("ok") }
    let options = Service.options { $0.handlerTimeout = .milliseconds(100) }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = try connection.answer()
      #expect(answer.status == 503)
      #expect(answer["Retry-After"] == "1")
      #expect(answer["Connection"] == "close")
      #expect(answer["Content-Type"] == "application/problem+json")
      #expect(try connection.readToEnd().isEmpty)
      #expect(cancelled.withLock { $0 })
      #expect(service.server.requestsInFlight == 1)
      #expect(try request("GET", "/", port: service.port).text == "ok")
      await gate.open()
      try await wait(for: "the handler to return") { service.server.requestsInFlight == 0 }
    }
  }

  @Test func `Neither waiting for the client nor an answer under way counts against a handler`() async throws {
    var router = Router()
    router.post("/") { request in .text("\(try await request.body.whole().count)") }
    let gate = Gate()
    router.get("/stream") { _ in
      .stream(contentType: .text) { writer in
        try await writer.write("begun ")
        await gate.wait()
        try await writer.write("ended")
      }
    }
    let options = Service.options { $0.handlerTimeout = .milliseconds(300) }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      let end = ContinuousClock.now + .milliseconds(1200)
      var stream = try RawConnection(port: service.port)
      try stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
      var connection = try RawConnection(port: service.port)
      try connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      var count = 0
      try await wait(for: "the time to be over") {
        try connection.send("1\r\na\r\n")
        count += 1
        return ContinuousClock.now > end
      }
      try connection.send("0\r\n\r\n")
      #expect(try connection.answer().text == "\(count)")
      await gate.open()
      #expect(try stream.answer().text == "begun ended")
    }
  }

  @Test func `Requests in a row from one client leave the others their turn`() async throws {
    let order = Locked<[String]>([])
    var router = Router()
    router.immediately(.get, "/{name}") { request in
      let name = try request.parameter("name")
      order.withLock { $0.append(name) }
      return .text("ok")
    }
    let options = Service.options { $0.pipeliningDepth = 4 }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      var many = try RawConnection(port: service.port)
      var one = try RawConnection(port: service.port)
      #expect(try many.get("/a").status == 200)
      #expect(try one.get("/b").status == 200)
      // Both have something for the loop before it looks.
      let isSent = DispatchSemaphore(value: 0)
      service.group.loops[0].execute { isSent.wait() }
      try many.send(String(repeating: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", count: 100))
      try one.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
      isSent.signal()
      #expect(try one.answer().status == 200)
      for _ in 0..<100 { #expect(try many.answer().status == 200) }
      let names = order.withLock { Array($0.dropFirst(2)) }
      #expect(names.count == 101)
      #expect((names.firstIndex(of: "b") ?? 101) <= 4)
    }
  }

  @Test func `An unread body is dropped up to its limit; beyond, the answer closes the connection`() async throws {
    try await Service.run(options: Service.options { $0.discardedBytes = 1000 }) { (service: Service) async throws in
      for (size, closes) in [(1000, false), (1001, true)] {
        var connection = try RawConnection(port: service.port)
        let body = String(repeating: "a", count: size)
        try connection.send("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n\(body)")
        let answer = try connection.answer()
        #expect(answer.text == "unread")
        #expect(answer["Connection"] == (closes ? "close" : nil))
        if closes { #expect(try connection.readToEnd().isEmpty) } else { #expect(try connection.get("/").text == "ok") }
      }
      // The end of a chunked body cannot be known beforehand.
      var connection = try RawConnection(port: service.port)
      let chunk = "3e9\r\n\(String(repeating: "a", count: 1001))\r\n"
      try connection.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)0\r\n\r\n")
      #expect(try connection.answer().text == "unread")
      #expect(try connection.readToEnd().isEmpty)
    }
  }

  @Test func `A client that does not hang up is hung up on, and a stopping server waits only so long`() async throws {
    let gate = Gate()
    var router = Router()
    router.immediately(.get, "/") { _ in .text("ok") }
    router.get("/held") { _ in
      await gate.wait()
      return .text("held")
    }
    let options = Service.options { limits in
      limits.lingerTimeout = .milliseconds(100)
      limits.drainDeadline = .milliseconds(200)
    }
    let service = try await Service(options: options, router: router)
    var closed = try RawConnection(port: service.port)
    #expect(try closed.get("/", "Connection: close\r\n").status == 200)
    try await wait(for: "the end of patience") { service.server.openConnections == 0 }
    var held = try RawConnection(port: service.port)
    try held.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
    try await wait(for: "the handler") { service.server.requestsInFlight == 1 }
    await service.server.stop()
    #expect(service.server.openConnections == 0)
    #expect(throws: RawConnection.Failure.self) { try held.answer() }
    await gate.open()
    try await wait(for: "the handler to return") { service.server.requestsInFlight == 0 }
    service.group.stop()
    withExtendedLifetime(closed) {}
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

  @Test func `Connections are shared out evenly among the loops, however the kernel deals them`() async throws {
    try await Service.run(loops: 2, options: Service.options()) { (service: Service) async throws in
      var held: [Held] = []
      for _ in 0..<100 {
        held.append(try Held(port: service.port))
        #expect(try held.last?.get("/waiting").text == "waited")
      }
      let loads = service.server.connectionsByLoop
      #expect(loads.count == 2 && loads.reduce(0, +) == 100)
      #expect(abs(loads[0] - loads[1]) <= 8, "\(loads)")
      for each in held { #expect(try each.get("/").text == "ok") }
      held = []
      try await wait(for: "the loops to be empty") { service.server.connectionsByLoop == [0, 0] }
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
