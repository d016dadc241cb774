// A WebSocket client for tests (RFC 6455), over the raw connection: text messages, pings answered, no extensions.
import TestSupport

final class WebSocketClient {
  struct Refused: Error, Equatable { let status: Int }
  struct Closed: Error, Equatable { let code: Int }

  private var connection: RawConnection

  /// Throws `Refused` where the server does not switch.
  init(port: UInt16, target: String, token: String, fields: [String: String] = [:]) throws {
    connection = try RawConnection(port: port)
    try connection.send(
      "GET \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nUpgrade: websocket\r\n"
        + fields.map { "\($0): \($1)\r\n" }.joined()
        + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    let head = String(decoding: try connection.bytes(through: Array("\r\n\r\n".utf8)), as: UTF8.self)
    let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    if status != 101 { throw Refused(status: status) }
  }

  func send(_ text: String) throws { try send(1, Array(text.utf8)) }

  func close() throws { try send(8, [0x03, 0xe8]) }

  private func send(_ opcode: UInt8, _ payload: [UInt8]) throws {
    var frame: [UInt8] = [0x80 | opcode]
    switch payload.count {
    case ..<126: frame.append(0x80 | UInt8(payload.count))
    case ..<65_536: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
    default: frame += [0x80 | 127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 0xff) }
    }
    // The mask is for intermediaries: any will do.
    let mask: [UInt8] = [1, 2, 3, 4]
    frame += mask
    frame += payload.enumerated().map { $1 ^ mask[$0 & 3] }
    try connection.send(frame)
  }

  private func frame() throws -> (opcode: UInt8, payload: [UInt8]) {
    let head = try connection.bytes(2)
    var count = Int(head[1] & 0x7f)
    if count == 126 { count = try connection.bytes(2).reduce(0) { $0 << 8 | Int($1) } }
    if count == 127 { count = try connection.bytes(8).reduce(0) { $0 << 8 | Int($1) } }
    return (head[0] & 0x0f, try connection.bytes(count))
  }

  /// The next message.
  func receive() throws -> String {
    while true {
      let (opcode, payload) = try frame()
      switch opcode {
      case 1: return String(decoding: payload, as: UTF8.self)
      case 8: throw Closed(code: payload.prefix(2).reduce(0) { $0 << 8 | Int($1) })
      case 9: try send(10, payload)
      default: break
      }
    }
  }

  /// The code with which the server closes; messages before it are passed over.
  func receiveClose() throws -> Int {
    while true {
      do { _ = try receive() } catch let closed as Closed { return closed.code }
    }
  }
}
