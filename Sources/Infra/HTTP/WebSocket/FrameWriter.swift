// WebSocket frames to be sent by a server: whole and unmasked (RFC 6455, section 5.1).

enum FrameWriter {
  static func message(_ message: WebSocketMessage) -> [UInt8] {
    switch message {
    case .text(let text): frame(0x81, Array(text.utf8))
    case .binary(let bytes): frame(0x82, bytes)
    }
  }

  static func ping(_ payload: [UInt8] = []) -> [UInt8] { frame(0x89, payload) }
  static func pong(_ payload: [UInt8]) -> [UInt8] { frame(0x8a, payload) }

  /// A code that may not be sent makes a close frame without one.
  static func close(_ code: WebSocketCloseCode, _ reason: String = "") -> [UInt8] {
    guard code.maySend else { return frame(0x88, []) }
    // A control frame has room for 123 bytes of reason; a character that does not fit whole is left out.
    var kept = reason.prefix(123)
    while kept.utf8.count > 123 { kept.removeLast() }
    return frame(0x88, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)] + Array(kept.utf8))
  }

  private static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + 10)
    bytes.append(first)
    switch payload.count {
    case ...125: bytes.append(UInt8(payload.count))
    case ...0xffff:
      bytes.append(126)
      bytes.append(UInt8(payload.count >> 8))
      bytes.append(UInt8(payload.count & 0xff))
    default:
      bytes.append(127)
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 0xff)) }
    }
    bytes.append(contentsOf: payload)
    return bytes
  }
}
