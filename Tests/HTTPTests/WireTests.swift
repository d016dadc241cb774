// However the bytes are cut, delayed or left out on their way, the answers are the same.
import Foundation
import HTTP
import Locking
import TestSupport
import Testing

@Suite struct WireTests {
  private static let message =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n0\r\nT: v\r\n\r\n"

  @Test func `Every cut of a request into two and three reads gives the same answer`() async throws {
    let bytes = Array(Self.message.utf8)
    // Under a sanitizer every tenth or so touches the same code.
    let step = ProcessInfo.processInfo.environment["WITAN_SANITIZER"] == nil ? 1 : 11
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      for first in 1..<bytes.count {
        for second in stride(from: first, through: bytes.count, by: step) {
          try connection.send(Array(bytes[..<first]))
          try await settled(service)
          try connection.send(Array(bytes[first..<second]))
          try await settled(service)
          try connection.send(Array(bytes[second...]))
          #expect(try connection.answer().text == "hello", "\(first), \(second)")
        }
      }
    }
  }

  /// Lets the loop read what has been sent, so that the next bytes come in a read of their own.
  private func settled(_ service: Service) async throws {
    await service.group.loops[0].run {}
  }

  @Test func `A request sent byte by byte is answered`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      for byte in Self.message.utf8 {
        try connection.send([byte])
        try await settled(service)
      }
      #expect(try connection.answer().text == "hello")
    }
  }

  @Test func `Pipelined requests are answered in order, with pauses and without`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      var all = ""
      for number in 0..<300 {
        all += "GET /target/\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
        all += "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        all += "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        all += "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
      }
      let bytes = Array(all.utf8)
      for begin in stride(from: 0, to: bytes.count, by: 4099) {
        try connection.send(Array(bytes[begin..<min(bytes.count, begin + 4099)]))
        if begin % 3 == 0 { try await settled(service) }
      }
      for number in 0..<300 {
        #expect(try connection.answer().text == "/target/\(number)|-")
        #expect(try connection.answer().text == "ok")
        #expect(try connection.answer().text == "abc")
        #expect(try connection.answer().text == "unread")
      }
    }
  }

  @Test func `A client that has finished sending still gets its answers`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for target in ["/", "/waiting", "/large/1000000", "/stream/1000"] {
        var connection = try RawConnection(port: service.port)
        try connection.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.finishSending()
        #expect(try connection.answer().status == 200)
        #expect(try connection.readToEnd().isEmpty)
      }
      var broken = try RawConnection(port: service.port)
      try broken.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      broken.finishSending()
      #expect(try broken.answer().status == 400)
    }
  }

  @Test func `A slow reader makes a streaming handler wait, and memory stays as it is`() async throws {
    let written = Counter()
    var router = Router()
    router.get("/endless") { _ in
      .stream(contentType: .binary) { writer in
        let piece = [UInt8](repeating: 0x61, count: 10_000)
        while true {
          try await writer.write(piece)
          written.add(piece.count)
        }
      }
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      let connection = try RawConnection(port: service.port)
      try connection.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
      try await wait(for: "the handler to stand still") {
        let before = written.value
        // A handler that could go on would, in one of these turns of its loop.
        for _ in 0..<100 { try await settled(service) }
        return before > 0 && written.value == before
      }
      // What the kernel holds for both sides, and no more.
      #expect(written.value < 16 * 1024 * 1024)
      try connection.send("x")
    }
  }

  @Test func `A slow sender is waited for`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send("POST /pieces HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
      for _ in 0..<20 {
        try connection.send("a")
        try await settled(service)
      }
      #expect(try connection.answer().text == String(repeating: "a", count: 20))
    }
  }

  @Test func `Late heads, late bodies, idle clients and clients that do not read are given up`() async throws {
    let options = Service.options { limits in
      limits.headerTimeout = .milliseconds(100)
      limits.idleTimeout = .milliseconds(100)
      limits.bodyGrace = .milliseconds(100)
      limits.writeTimeout = .milliseconds(100)
    }
    try await Service.run(options: options) { (service: Service) async throws in
      var head = try RawConnection(port: service.port)
      var body = try RawConnection(port: service.port)
      var idle = try RawConnection(port: service.port)
      let reader = try RawConnection(port: service.port)
      try head.send("GET / HT")
      try body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      try reader.send("GET /stream/10000000 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try head.answer().status == 408)
      #expect(try body.answer().status == 408)
      #expect(try idle.readToEnd().isEmpty)
      // The last one is written to until nothing more fits, which takes long where the machine is slow.
      try await wait(for: "the connections to be closed", within: .seconds(60)) { service.server.openConnections == 0 }
    }
  }
}

final class Counter: Sendable {
  private let count = Locked(0)

  var value: Int { count.withLock { $0 } }
  func add(_ more: Int) { count.withLock { $0 += more } }
}
