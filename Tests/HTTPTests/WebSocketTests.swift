// WebSocket over real sockets, spoken by a client that makes and reads frame by frame.
import Foundation
import HTTP
import Net
import TestSupport
import Testing

@Suite struct WebSocketTests {
  @Test func `The handshake answers the example of the standard`() async throws {
    try await Sockets.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      let answer = try connection.shake("/ws", "Sec-WebSocket-Protocol: chat, talk\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
      #expect(answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
      #expect(answer.contains("\r\nUpgrade: websocket\r\n"))
      #expect(answer.contains("\r\nConnection: Upgrade\r\n"))
      #expect(answer.contains("\r\nSec-WebSocket-Protocol: talk\r\n"))
      #expect(!answer.contains("Sec-WebSocket-Extensions"))
    }
  }

  @Test func `A handshake that is none is refused with what it lacks`() async throws {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    let version = "Sec-WebSocket-Version: 13\r\n"
    let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    try await Sockets.run { (service: Service) async throws in
      let refused: [(String, Int)] = [
        (key + version, 426), (upgrade + key, 426), (upgrade + key + "Sec-WebSocket-Version: 12\r\n", 426),
        (upgrade + version, 400), (upgrade + version + key + key, 400),
        (upgrade + version + "Sec-WebSocket-Key: short\r\n", 400),
        (upgrade + version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n", 400),
        (upgrade + version + key + "Origin: https://evil.example\r\n", 403),
        (upgrade + version + key + "Content-Length: 1\r\n\r\na", 400),
      ]
      for (fields, status) in refused {
        var connection = try RawConnection(port: service.port)
        let answer = try connection.get("/ws", fields)
        #expect(answer.status == status, "\(fields)")
        if status == 426 { #expect(answer["Sec-WebSocket-Version"] == "13" && answer["Upgrade"] == "websocket") }
        if status == 426 { #expect(answer["Connection"] == "Upgrade") }
      }
      var allowed = try RawConnection(port: service.port)
      #expect(try allowed.shake("/ws", "Origin: https://good.example\r\n").hasPrefix("HTTP/1.1 101 "))
    }
  }

  @Test func `Messages of all sizes come back as they were, several at once too`() async throws {
    try await Sockets.run { (service: Service) async throws in
      var socket = try ClientSocket.open(port: service.port)
      for size in [0, 1, 2, 7, 8, 9, 124, 125, 126, 127, 128, 4000, 16_384, 65_535, 65_536, 70_001, 900_000] {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try socket.send(0x82, payload)
        #expect(try socket.frame() == .init(0x82, payload), "\(size)")
        let text = [UInt8](repeating: 0x61, count: size)
        try socket.send(0x81, text)
        #expect(try socket.frame() == .init(0x81, text), "\(size)")
      }
      var many: [UInt8] = []
      for number in 0..<200 { many += ClientSocket.masked(0x81, Array("message \(number)".utf8)) }
      try socket.sendRaw(many)
      for number in 0..<200 { #expect(try socket.frame() == .init(0x81, Array("message \(number)".utf8))) }
    }
  }

  @Test func `A frame may arrive in any two pieces`() async throws {
    try await Sockets.run { (service: Service) async throws in
      var socket = try ClientSocket.open(port: service.port)
      var other = try RawConnection(port: service.port)
      let text = Array(("Größe: 10 € 😀 " + String(repeating: "x", count: 120)).utf8)
      let frame = ClientSocket.masked(0x81, text)
      for cut in 1..<frame.count {
        try socket.sendRaw(Array(frame[..<cut]))
        // One loop serves both: with this answer it has read what came before.
        #expect(try other.get("/").status == 200)
        try socket.sendRaw(Array(frame[cut...]))
        #expect(try socket.frame() == .init(0x81, text), "cut at \(cut)")
      }
    }
  }

  @Test func `Fragments make one message, with pings and pongs between them`() async throws {
    try await Sockets.run { (service: Service) async throws in
      var socket = try ClientSocket.open(port: service.port)
      let text = Array("😀é€".utf8)
      // Every character is cut.
      for (index, byte) in text.enumerated() {
        let isLast = index == text.count - 1
        try socket.send((isLast ? 0x80 : 0) | (index == 0 ? 1 : 0), [byte])
        if isLast { continue }
        try socket.send(0x89, [UInt8(index)])
        #expect(try socket.frame() == .init(0x8a, [UInt8(index)]))
        try socket.send(0x8a, Array("unasked".utf8))
        try socket.send(0x00, [])
      }
      #expect(try socket.frame() == .init(0x81, text))
      try socket.send(0x89, [UInt8](repeating: 1, count: 125))
      #expect(try socket.frame() == .init(0x8a, [UInt8](repeating: 1, count: 125)))
      try socket.send(0x02, [])
      try socket.send(0x80, [])
      #expect(try socket.frame() == .init(0x82, []))
    }
  }

  @Test func `What breaks the protocol closes the connection with the right code`() async throws {
    let long = [UInt8](repeating: 0x61, count: 126)
    let cases: [(String, [UInt8], UInt16)] = [
      ("a reserved bit", ClientSocket.masked(0xc1, []), 1002), ("another", ClientSocket.masked(0xa1, []), 1002),
      ("the third", ClientSocket.masked(0x91, []), 1002), ("opcode 3", ClientSocket.masked(0x83, []), 1002),
      ("opcode 7", ClientSocket.masked(0x87, []), 1002), ("opcode 11", ClientSocket.masked(0x8b, []), 1002),
      ("opcode 15", ClientSocket.masked(0x8f, []), 1002), ("no mask", [0x81, 0x01, 0x61], 1002),
      ("a fragmented ping", ClientSocket.masked(0x09, []), 1002),
      ("a fragmented close", ClientSocket.masked(0x08, []), 1002),
      ("a long ping", ClientSocket.masked(0x89, long), 1002), ("a long close", ClientSocket.masked(0x88, long), 1002),
      ("nothing to continue", ClientSocket.masked(0x80, []), 1002),
      ("a message in a message", ClientSocket.masked(0x01, []) + ClientSocket.masked(0x81, []), 1002),
      ("an unduly long length", [0x81, 0xfe, 0x00, 0x7d], 1002),
      ("a longer one", [0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 1002),
      ("the highest bit", [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
      ("too large a frame", [0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0x01], 1009),
      ("a huge frame", [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 1009),
      (
        "too large a message",
        ClientSocket.masked(0x02, [UInt8](repeating: 0, count: 1024 * 1024)) + ClientSocket.masked(0x80, [0]), 1009
      ), ("an overlong form", ClientSocket.masked(0x01, [0x61, 0xc0, 0x80]), 1007),
      ("a surrogate", ClientSocket.masked(0x01, [0xed, 0xa0, 0x80]), 1007),
      ("beyond Unicode", ClientSocket.masked(0x01, [0xf4, 0x90]), 1007),
      ("a character not whole", ClientSocket.masked(0x81, [0xe2, 0x82]), 1007),
      ("half a code", ClientSocket.masked(0x88, [0x03]), 1002),
      ("a reason that is no text", ClientSocket.masked(0x88, [0x03, 0xe8, 0xff]), 1007),
    ]
    try await Sockets.run { (service: Service) async throws in
      for (what, bytes, code) in cases {
        var socket = try ClientSocket.open(port: service.port)
        try socket.sendRaw(bytes)
        let frame = try socket.frame()
        #expect(frame.first == 0x88 && frame.code == code, "\(what): \(frame)")
        #expect(try socket.rest() == [], "\(what)")
      }
      try await wait(for: "the connections to end") { service.server.openConnections == 0 }
    }
  }

  @Test func `A goodbye is answered with its own code, or with 1002 where it has none that may be sent`() async throws {
    try await Sockets.run { (service: Service) async throws in
      for code: UInt16 in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        var socket = try ClientSocket.open(port: service.port)
        try socket.sendRaw(
          ClientSocket.masked(0x88, [UInt8(code >> 8), UInt8(code & 255)] + Array("Tschüß".utf8))
            + ClientSocket.masked(0x81, Array("too late".utf8)))
        #expect(try socket.frame() == .init(0x88, [UInt8(code >> 8), UInt8(code & 255)]))
        #expect(try socket.rest() == [])
      }
      for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        var socket = try ClientSocket.open(port: service.port)
        try socket.send(0x88, [UInt8(code >> 8), UInt8(code & 255)])
        #expect(try socket.frame().code == 1002, "\(code)")
      }
      var silent = try ClientSocket.open(port: service.port)
      try silent.send(0x88, [])
      #expect(try silent.frame() == .init(0x88, []))
      #expect(try silent.rest() == [])
    }
  }

  @Test func `The handler's end is a goodbye, its error another, and a client that says nothing is cut off`()
    async throws
  {
    try await Sockets.run { (service: Service) async throws in
      for (path, code) in [("/returns", UInt16(1000)), ("/throws", 1011)] {
        var socket = try ClientSocket.open(port: service.port, path: path)
        #expect(try socket.frame().code == code)
        // What is still on its way is dropped until the client says goodbye too.
        try socket.send(0x81, Array("on its way".utf8))
        try socket.send(0x88, [0x03, 0xe8])
        #expect(try socket.rest() == [])
        var rude = try ClientSocket.open(port: service.port, path: path)
        #expect(try rude.frame().code == code)
        #expect(try rude.rest() == [])
      }
      try await wait(for: "the connections to end") { service.server.openConnections == 0 }
    }
  }

  @Test func `A client that falls silent is asked, and cut off when it does not answer`() async throws {
    try await Sockets.run { (service: Service) async throws in
      var dead = try ClientSocket.open(port: service.port, path: "/watched")
      #expect(try dead.frame() == .init(0x89, []))
      #expect(try dead.rest() == [])
      var alive = try ClientSocket.open(port: service.port, path: "/watched")
      for _ in 0..<3 {
        #expect(try alive.frame() == .init(0x89, []))
        try alive.send(0x8a, [])
      }
      try alive.send(0x81, [0x61])
      #expect(try alive.frame() == .init(0x81, [0x61]))
    }
  }

  @Test func `A client that does not read is not read from, and costs no memory`() async throws {
    try await Sockets.run { (service: Service) async throws in
      let socket = try ClientSocket.open(port: service.port, timeout: 1)
      let frame = ClientSocket.masked(0x82, [UInt8](repeating: 7, count: 100_000))
      var sent = 0
      do {
        while sent < 1000 {
          try socket.sendRaw(frame)
          sent += 1
        }
      } catch RawConnection.Failure.write {
        // Nothing has moved for a second.
      }
      // What lies in the kernel's buffers, on both sides, is all there is.
      #expect(sent < 300)
    }
  }

  @Test func `A server that stops says so`() async throws {
    let service = try await Service(options: Service.options(), router: Sockets.router())
    var socket = try ClientSocket.open(port: service.port)
    let stopping = Task { await service.end() }
    #expect(try socket.frame().code == 1001)
    try socket.send(0x88, [0x03, 0xe9])
    #expect(try socket.rest() == [])
    await stopping.value
  }
}

@Suite struct FrameReaderTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `However the bytes are cut, they mean the same`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let payload = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...127, using: &random)
        }
        let firsts: [UInt8] = [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88]
        let first = firsts.randomElement(using: &random) ?? 0x81
        bytes += ClientSocket.masked(first, first & 8 == 0 ? payload : Array(payload.prefix(100)))
      }
      let whole = Self.read(bytes, cuts: [])
      let cuts = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
      #expect(whole == Self.read(bytes, cuts: cuts), "seed \(seed)")
      #expect(whole == Self.read(bytes, cuts: Array(0..<bytes.count)), "seed \(seed)")
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `Texts are taken exactly where they are UTF-8`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces: [[UInt8]] = [
      [0x61], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xe0, 0xa0, 0x80], [0xef, 0xbf, 0xbf],
      [0xf4, 0x8f, 0xbf, 0xbf], [0xed, 0x9f, 0xbf], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80],
      [0xe2, 0x82], [0xff], Array("ascii that is longer than eight".utf8),
    ]
    var taken = 0
    for _ in 0..<2000 {
      let count = Int.random(in: 1...4, using: &random)
      let text = (0..<count).flatMap { _ in
        pieces[Int.random(in: 0..<(Bool.random(using: &random) ? 8 : pieces.count), using: &random)]
      }
      let isText = String(validating: text, as: UTF8.self) != nil
      let (events, failure) = Self.events(ClientSocket.masked(0x81, text), cuts: [])
      #expect((failure == nil) == isText, "seed \(seed): \(text)")
      #expect(failure == nil || failure?.code == .invalidPayload)
      #expect(events == (isText ? [.message(.text(String(decoding: text, as: UTF8.self)))] : []))
      if isText { taken += 1 }
    }
    #expect(taken > 200 && taken < 1900)
  }

  private struct Reading: Equatable {
    var events: [FrameEvent]
    var failure: WebSocketFailure?
  }

  private static func read(_ bytes: [UInt8], cuts: [Int]) -> Reading {
    let (events, failure) = events(bytes, cuts: cuts)
    return Reading(events: events, failure: failure)
  }

  private static func events(_ bytes: [UInt8], cuts: [Int]) -> ([FrameEvent], WebSocketFailure?) {
    var reader = FrameReader(limits: WebSocketLimits())
    var events: [FrameEvent] = []
    var begin = 0
    for end in cuts + [bytes.count] where end >= begin {
      let failure = Array(bytes[begin..<end]).withUnsafeBufferPointer { piece -> WebSocketFailure? in
        var position = 0
        while position < piece.count {
          do throws(WebSocketFailure) {
            guard let event = try reader.next(piece, &position) else { return nil }
            events.append(event)
          } catch {
            return error
          }
        }
        return nil
      }
      if let failure { return (events, failure) }
      begin = end
    }
    return (events, nil)
  }
}

private enum Sockets {
  static func router() -> Router {
    var router = Service.echo()
    var options = WebSocketOptions()
    options.protocols = ["talk", "other"]
    options.origins = ["https://good.example"]
    options.limits.patience = .milliseconds(800)
    // Only here: elsewhere a test that takes its time would be asked whether it is still there.
    var watching = options
    watching.limits.silence = .milliseconds(800)
    router.get("/watched") { [watching] request in
      try .webSocket(request, watching) { socket in
        for try await message in socket.messages { try await socket.send(message) }
      }
    }
    router.get("/ws") { [options] request in
      try .webSocket(request, options) { socket in
        for try await message in socket.messages { try await socket.send(message) }
      }
    }
    router.get("/returns") { [options] request in try .webSocket(request, options) { _ in } }
    router.get("/throws") { [options] request in try .webSocket(request, options) { _ in throw Unforeseen() } }
    return router
  }

  static func run(_ body: (Service) async throws -> Void) async throws {
    try await Service.run(options: Service.options(), router: router(), body)
  }
}

extension RawConnection {
  /// Sends the handshake and returns the head of its answer.
  fileprivate mutating func shake(_ path: String, _ fields: String = "") throws -> String {
    try send(
      "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n")
    return String(decoding: try bytes(through: Array("\r\n\r\n".utf8)), as: UTF8.self)
  }
}

/// The client's side of a WebSocket, one frame after the other.
private struct ClientSocket: ~Copyable {
  struct Frame: Equatable {
    let first: UInt8
    let payload: [UInt8]

    init(_ first: UInt8, _ payload: [UInt8]) {
      self.first = first
      self.payload = payload
    }

    var code: UInt16? { payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil }
  }

  private var connection: RawConnection

  private init(_ connection: consuming RawConnection) { self.connection = connection }

  static func open(port: UInt16, path: String = "/ws", timeout: Int = 20) throws -> ClientSocket {
    var connection = try RawConnection(port: port, timeout: timeout)
    guard try connection.shake(path).hasPrefix("HTTP/1.1 101 ") else { throw RawConnection.Failure.malformed(path) }
    return ClientSocket(connection)
  }

  static func masked(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
    var bytes = [first]
    switch payload.count {
    case ...125: bytes.append(0x80 | UInt8(payload.count))
    case ...0xffff: bytes += [0xfe, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
    default: bytes += [0xff, 0, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(payload.count >> $0 & 0xff) }
    }
    bytes += key
    for (index, byte) in payload.enumerated() { bytes.append(byte ^ key[index % 4]) }
    return bytes
  }

  func send(_ first: UInt8, _ payload: [UInt8]) throws { try connection.send(Self.masked(first, payload)) }
  func sendRaw(_ bytes: [UInt8]) throws { try connection.send(bytes) }

  mutating func frame() throws -> Frame {
    let head = try connection.bytes(2)
    guard head[1] & 0x80 == 0 else { throw RawConnection.Failure.malformed("a server's frame is masked") }
    var length = Int(head[1])
    if length >= 126 { length = try connection.bytes(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
    return Frame(head[0], try connection.bytes(length))
  }

  /// What comes until the server closes.
  mutating func rest() throws -> [UInt8] { try connection.readToEnd() }
}
