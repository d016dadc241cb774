// A plain HTTP/1.1 client for tests: it sends the bytes it is given over a real socket and reads whole answers. Slow and
// obvious on purpose, so that it shares no mistake with the server that it tests.
import Foundation

package struct RawAnswer: Sendable {
  package let status: Int
  package let fields: [(name: String, value: String)]
  package let body: [UInt8]

  package subscript(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }
  package var text: String { String(decoding: body, as: UTF8.self) }
  package func json() throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
  }
}

package struct RawConnection: ~Copyable {
  package enum Failure: Error {
    case connect(Int32)
    case write(Int32)
    case closed(after: String)
    case timedOut
    case malformed(String)
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  package init(port: UInt16, timeout: Int = 20) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    // Pieces sent one by one leave one by one.
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // All properties are set, so that throwing runs `deinit`, which closes.
    if connected != 0 { throw Failure.connect(errno) }
  }

  deinit { close(descriptor) }

  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { throw Failure.write(errno) }
      sent += count
    }
  }

  /// Closing breaks the connection off, as the end of a process does that has not read everything.
  package func resetWhenClosed() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  }

  /// Says that nothing more will be sent.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  private mutating func fill() throws {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    if count == 0 { throw Failure.closed(after: String(decoding: buffer, as: UTF8.self)) }
    if count < 0 { throw Failure.timedOut }
    buffer.append(contentsOf: chunk[..<count])
  }

  /// All bytes until the peer closes.
  package mutating func readToEnd() throws -> [UInt8] {
    while true {
      do { try fill() } catch Failure.closed { break }
    }
    defer { buffer = [] }
    return buffer
  }

  /// The next answer, whole: `bodiless` for the answer to a HEAD.
  package mutating func answer(bodiless: Bool = false) throws -> RawAnswer {
    let head = try take(through: Array("\r\n\r\n".utf8))
    var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
    guard !lines.isEmpty, let status = Int(lines.removeFirst().split(separator: " ").dropFirst().first ?? "") else {
      throw Failure.malformed(String(decoding: head, as: UTF8.self))
    }
    let fields = lines.map { line -> (name: String, value: String) in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
    }
    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
    if status / 100 == 1 { return try answer(bodiless: bodiless) }
    var body: [UInt8] = []
    if bodiless || status == 204 || status == 304 { return RawAnswer(status: status, fields: fields, body: []) }
    if field("transfer-encoding")?.lowercased() == "chunked" {
      while true {
        let line = String(decoding: try take(through: [13, 10]), as: UTF8.self).trimmingCharacters(in: .newlines)
        guard let size = Int(line.split(separator: ";")[0], radix: 16) else { throw Failure.malformed(line) }
        let chunk = try take(size + 2)
        if size == 0 { break }
        body += chunk[..<size]
      }
    } else if let length = field("content-length").flatMap({ Int($0) }) {
      body = try take(length)
    } else {
      body = try readToEnd()
    }
    return RawAnswer(status: status, fields: fields, body: body)
  }

  /// The next `count` bytes, whatever they are.
  package mutating func bytes(_ count: Int) throws -> [UInt8] { try take(count) }

  /// The next bytes up to and with `mark`.
  package mutating func bytes(through mark: [UInt8]) throws -> [UInt8] { try take(through: mark) }

  private mutating func take(_ count: Int) throws -> [UInt8] {
    while buffer.count < count { try fill() }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private mutating func take(through mark: [UInt8]) throws -> [UInt8] {
    while true {
      if let range = buffer.firstRange(of: mark) {
        return try take(range.upperBound)
      }
      try fill()
    }
  }
}

/// One request on a connection of its own.
package func request(
  _ method: String, _ target: String, port: UInt16, fields: [String: String] = [:], body: String? = nil
) throws -> RawAnswer {
  var connection = try RawConnection(port: port)
  var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
  for (name, value) in fields { head += "\(name): \(value)\r\n" }
  if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
  try connection.send(head + "\r\n" + (body ?? ""))
  return try connection.answer(bodiless: method == "HEAD")
}
