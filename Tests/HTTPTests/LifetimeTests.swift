// Who holds what for how long: requests that outlive their answer, handlers whose client has gone, descriptors that run
// out, and memory that must not be asked for.
import Foundation
import HTTP
import Locking
import Net
import TestSupport
import Testing

@Suite struct LifetimeTests {
  @Test func `A request that a handler keeps stays as it was, whatever comes after it`() async throws {
    let kept = Locked<[Request]>([])
    var router = Router()
    router.immediately(.get, "/now/{n}") { request in
      kept.withLock { $0.append(request) }
      return .text("ok")
    }
    router.get("/later/{n}") { request in
      kept.withLock { $0.append(request) }
      return .text("ok")
    }
    router.immediately(.get, "/other") { _ in .text("other") }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      var expected: [String] = []
      for number in 0..<50 {
        for kind in ["now", "later"] {
          expected.append("/\(kind)/\(number)")
          #expect(try connection.get("/\(kind)/\(number)", "X-Number: \(number)\r\n").text == "ok")
          #expect(try connection.get("/other", "X-Number: none\r\n").text == "other")
        }
      }
      // Once more in one go, so that what follows a kept request lies in the block that it is kept in.
      var many = ""
      for number in 50..<200 {
        for kind in ["now", "later"] {
          expected.append("/\(kind)/\(number)")
          many += "GET /\(kind)/\(number) HTTP/1.1\r\nHost: a\r\nX-Number: \(number)\r\n\r\n"
          many += "GET /other HTTP/1.1\r\nHost: a\r\nX-Number: none\r\n\r\n"
        }
      }
      try connection.send(many)
      for _ in 50..<200 {
        for text in ["ok", "other", "ok", "other"] { #expect(try connection.answer().text == text) }
      }
      let all = kept.withLock { $0 }
      #expect(all.map(\.path) == expected)
      for (index, request) in all.enumerated() { #expect(request.header("x-number") == "\(index / 2)") }
      await #expect(throws: BodyError.over) { try await all[0].body.whole() }
    }
  }

  @Test func `A body can be read from a task that does not run on the loop`() async throws {
    var router = Router()
    router.post("/") { request in
      .text("\(try await Task.detached { try await request.body.whole().count }.value)")
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      let body = String(repeating: "a", count: 100_000)
      for _ in 0..<20 { #expect(try request("POST", "/", port: service.port, body: body).text == "100000") }
    }
  }

  @Test func `A handler whose connection is reset is cancelled`() async throws {
    let outcome = Locked<[String]>([])
    var router = Router()
    router.get("/long") { _ in
      outcome.withLock { $0.append("began") }
      do {
        try await Task.sleep(for: .seconds(60))
      } catch {
        outcome.withLock { $0.append("cancelled") }
      }
      return .text("too late")
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      do {
        let connection = try ResettingConnection(port: service.port)
        connection.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        try await wait(for: "the handler") { outcome.withLock { $0 == ["began"] } }
        connection.reset()
      }
      try await wait(for: "the cancellation") { outcome.withLock { $0 == ["began", "cancelled"] } }
      try await wait(for: "the handler to end") { service.server.requestsInFlight == 0 }
    }
  }

  @Test
  func `A handler whose client has gone without a word is cancelled, one whose client only finished sending is not`()
    async throws
  {
    let outcome = Locked<[String]>([])
    let slow = Locked(true)
    var router = Router()
    router.get("/long") { _ in
      outcome.withLock { $0.append("began") }
      while slow.withLock({ $0 }) {
        do { try await Task.sleep(for: .milliseconds(5)) } catch {
          outcome.withLock { $0.append("cancelled") }
          throw error
        }
      }
      return .text("done")
    }
    let options = Service.options { $0.hangupGrace = .milliseconds(20) }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      do {
        let connection = try RawConnection(port: service.port)
        try connection.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        try await wait(for: "the handler") { outcome.withLock { $0 == ["began"] } }
      }
      try await wait(for: "the cancellation") { outcome.withLock { $0 == ["began", "cancelled"] } }

      slow.withLock { $0 = true }
      // It came first, so that it would have been asked by the time that the other is.
      var older = try RawConnection(port: service.port)
      try older.send("GET /long HTTP/1.0\r\nHost: a\r\n\r\n")
      older.finishSending()
      var waiting = try RawConnection(port: service.port)
      try waiting.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
      waiting.finishSending()
      let interim = try waiting.bytes(through: Array("\r\n\r\n".utf8))
      #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 102 Processing\r\n\r\n")
      slow.withLock { $0 = false }
      #expect(try waiting.answer().text == "done")
      let old = String(decoding: try older.readToEnd(), as: UTF8.self)
      #expect(old.hasPrefix("HTTP/1.1 200 OK\r\n") && old.hasSuffix("\r\n\r\ndone"), "\(old)")
      var quick = try RawConnection(port: service.port)
      try quick.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
      quick.finishSending()
      #expect(try quick.readToEnd().starts(with: "HTTP/1.1 200 OK".utf8))
      #expect(outcome.withLock { $0.filter { $0 == "cancelled" }.count } == 1)
    }
  }

  @Test func `Running out of descriptors neither spins nor kills`() async throws {
    let port = try FreePort.next()
    let executable = RunningProcess.buildFolder.appending(path: "httpd-echo").path
    let process = try RunningProcess(
      path: "/bin/bash", ["-c", "ulimit -n 80; exec \(executable) --listen 127.0.0.1:\(port)"])
    try await process.waitForOutput("listening on")
    do {
      let many = try (0..<300).map { _ in try Flood(port: port) }
      let before = processorTicks(process.identifier)
      let end = ContinuousClock.now + .milliseconds(500)
      try await wait(for: "the clock to go on") { ContinuousClock.now > end }
      #expect(processorTicks(process.identifier) - before < 20)
      withExtendedLifetime(many) {}
    }
    try await wait(for: "the server to answer again") {
      (try? request("GET", "/livez", port: port).status) == 200
    }
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
  }

  /// Hundredths of a second of processor time (proc(5)).
  private func processorTicks(_ identifier: Int32) -> Int {
    guard let stat = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return 0 }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
  }
}

/// A connection that only has to be there.
private final class Flood {
  private let connection: RawConnection
  init(port: UInt16) throws { connection = try RawConnection(port: port) }
}

/// A connection that ends with a reset instead of a farewell.
private final class ResettingConnection {
  private let descriptor: Int32

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let connected = SocketAddress("127.0.0.1:\(port)")!.withSockaddr { connect(descriptor, $0, $1) }
    guard connected == 0 else { throw SystemError("connect") }
  }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, 0)
  }

  func reset() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }
}
