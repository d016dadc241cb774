// Asks a server as fast as it answers: a thread a connection, one request after the other on each.
import Glibc
import Locking
import Synchronization
import Telemetry

struct Load {
  let port: UInt16
  let token: String
  let connections: Int
  let seconds: Int
  let isRepeated: Bool

  private final class Sum: Sendable {
    let result = Locked(LoadResult())
    let running: Atomic<Int>
    let number = Atomic<Int>(0)
    init(_ count: Int) { running = Atomic(count) }
  }

  func run() throws -> LoadResult {
    let sum = Sum(connections)
    let begin = ContinuousClock.now
    let end = begin + .seconds(seconds)
    for _ in 0..<connections {
      BackgroundThread.start("load") {
        let part = ask(sum, until: end)
        sum.result.withLock { whole in
          whole.answers += part.answers
          whole.failures += part.failures
          whole.latencies += part.latencies
        }
        sum.running.subtract(1, ordering: .releasing)
      }
    }
    while sum.running.load(ordering: .acquiring) > 0 { usleep(2000) }
    var result = sum.result.withLock { $0 }
    result.seconds = (ContinuousClock.now - begin) / .seconds(1)
    result.latencies.sort()
    return result
  }

  private func ask(_ sum: Sum, until end: ContinuousClock.Instant) -> LoadResult {
    var result = LoadResult()
    guard var line = ClientLine(port: port) else {
      result.failures += 1
      return result
    }
    defer { line.close() }
    while ContinuousClock.now < end {
      let number = sum.number.add(1, ordering: .relaxed).newValue
      let body = Self.body(isRepeated ? number % 64 : number)
      let request =
        "POST /v1/deliberations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      let began = ContinuousClock.now
      guard let status = line.exchange(request) else {
        result.failures += 1
        return result
      }
      if status == 200 { result.answers += 1 } else { result.failures += 1 }
      result.latencies.append(UInt32(clamping: Int((ContinuousClock.now - began) / .microseconds(1))))
    }
    return result
  }

  /// A case of about 1 KB.
  private static func body(_ number: Int) -> String {
    let prose =
      "The customer asked by telephone to move the delivery to another day, and the planner proposes to do so. "
    let text = String(repeating: prose, count: 7) + "Request number \(number)."
    return #"{"kind": "tool_call", "action": "move_delivery", "input": "\#(text)", "actor": "agent-7", "#
      + #""subject": "customer-\#(number)", "context": {"domain": "logistics", "impact": "low", "reversible": true, "#
      + #""consent": "given", "environment": "production"}}"#
  }
}

/// One connection that asks and waits.
private struct ClientLine {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var chunk = [UInt8](repeating: 0, count: 65_536)

  init?(port: UInt16) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      Glibc.close(descriptor)
      return nil
    }
  }

  func close() { Glibc.close(descriptor) }

  /// Sends a request and reads the whole answer; its status, or nil where the connection is of no more use.
  mutating func exchange(_ request: String) -> Int? {
    var rest = Array(request.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count <= 0 { return nil }
      rest = rest.dropFirst(count)
    }
    buffer.removeAll(keepingCapacity: true)
    var whole: Int?
    while whole.map({ buffer.count < $0 }) ?? true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count <= 0 { return nil }
      buffer += chunk[..<count]
      if whole == nil { whole = length() }
    }
    return Int(String(decoding: buffer.dropFirst(9).prefix(3), as: UTF8.self))
  }

  /// How long head and body are together, once the head is here.
  private func length() -> Int? {
    guard let end = buffer.firstRange(of: [13, 10, 13, 10]) else { return nil }
    let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).lowercased()
    guard let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }) else {
      return nil
    }
    return end.upperBound + (Int(field.dropFirst(15).drop { $0 == " " }) ?? 0)
  }
}
