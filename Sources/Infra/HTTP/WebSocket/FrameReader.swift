// WebSocket frames as they arrive (RFC 6455, section 5): a state machine over bytes in pieces of any size, which holds no
// more than one message and one control frame. It knows nothing of connections.

/// Limits of a WebSocket connection. Beyond a size the connection is closed with 1009.
package struct WebSocketLimits: Sendable, Equatable {
  /// Bytes of payload in one frame.
  package var frameBytes = 1024 * 1024
  /// Bytes of one message, all its fragments together.
  package var messageBytes = 1024 * 1024
  /// How long nothing may come before we ask with a ping whether the client is still there.
  package var silence: Duration = .seconds(30)
  /// How long the client may take to show that it is, and how long it may take to say goodbye.
  package var patience: Duration = .seconds(10)

  package init() {}
}

package enum WebSocketMessage: Sendable, Equatable {
  case text(String)
  case binary([UInt8])
}

/// Why a connection ends, by the numbers of RFC 6455, section 7.4.1 and the registry that it begins.
package struct WebSocketCloseCode: RawRepresentable, Sendable, Hashable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let normal = WebSocketCloseCode(rawValue: 1000)
  package static let goingAway = WebSocketCloseCode(rawValue: 1001)
  package static let protocolError = WebSocketCloseCode(rawValue: 1002)
  /// A close frame without a code. Never sent.
  package static let none = WebSocketCloseCode(rawValue: 1005)
  /// The connection ended without a close frame. Never sent.
  package static let abnormal = WebSocketCloseCode(rawValue: 1006)
  package static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
  package static let policyViolation = WebSocketCloseCode(rawValue: 1008)
  package static let tooBig = WebSocketCloseCode(rawValue: 1009)
  package static let internalError = WebSocketCloseCode(rawValue: 1011)
  package static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)

  /// Whether a close frame may carry it: those defined for that, those of libraries, those of applications.
  package var maySend: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

/// What breaks the protocol or a limit: the connection is closed with the code.
package struct WebSocketFailure: Error, Sendable, Equatable {
  package let code: WebSocketCloseCode
  package let reason: String
}

/// What a frame, or the last one of a message, brings.
package enum FrameEvent: Sendable, Equatable {
  case message(WebSocketMessage)
  case ping([UInt8])
  case pong([UInt8])
  case close(WebSocketCloseCode, reason: String)
}

package struct FrameReader {
  private enum Opcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
  }

  private let limits: WebSocketLimits

  /// The header while it is not whole, and how long it will be: 6, 8 or 14 bytes.
  private var header = InlineArray<14, UInt8>(repeating: 0)
  private var headerCount = 0
  private var isInPayload = false

  private var opcode = Opcode.continuation
  private var isFinal = false
  private var remaining = 0
  /// The masking key, its first byte lowest, turned so that the lowest byte is the next one's.
  private var mask: UInt32 = 0

  /// What the message's frames have brought; `messageKind` is nil between messages.
  private var messageKind: Opcode?
  private var message: [UInt8] = []
  private var text = UTF8Checker()
  private var control: [UInt8] = []

  package init(limits: WebSocketLimits) { self.limits = limits }

  /// Reads on at `position`; nil when all bytes have been used and more are needed. After a failure or a close frame
  /// nothing more is to be read.
  package mutating func next(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
  ) throws(WebSocketFailure) -> FrameEvent? {
    while true {
      if !isInPayload {
        guard try readHeader(bytes, &position) else { return nil }
      }
      let count = min(remaining, bytes.count - position)
      if count > 0 { try take(bytes, position, count) }
      position += count
      remaining -= count
      guard remaining == 0 else { return nil }
      isInPayload = false
      if let event = try finishFrame() { return event }
    }
  }

  // MARK: Header

  /// True when the header is whole. What can be refused is refused as early as it can be seen.
  private mutating func readHeader(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
  ) throws(WebSocketFailure) -> Bool {
    while true {
      let length = headerCount < 2 ? 2 : 2 + extendedLength + 4
      if headerCount >= 2, headerCount == length { break }
      guard position < bytes.count else { return false }
      header[headerCount] = bytes[position]
      headerCount += 1
      position += 1
      if headerCount == 1 { try checkFirstByte() }
      if headerCount == 2 { try checkSecondByte() }
      if headerCount == 2 + extendedLength { try readLength() }
    }
    let key = headerCount - 4
    mask = 0
    for index in 0..<4 { mask |= UInt32(header[key + index]) << UInt32(8 * index) }
    headerCount = 0
    isInPayload = true
    return true
  }

  private var extendedLength: Int {
    guard headerCount >= 2 else { return 0 }
    switch header[1] & 0x7f {
    case 126: return 2
    case 127: return 8
    default: return 0
    }
  }

  private mutating func checkFirstByte() throws(WebSocketFailure) {
    guard header[0] & 0x70 == 0 else { throw broken("a reserved bit is set without an extension") }
    guard let opcode = Opcode(rawValue: header[0] & 0x0f) else { throw broken("the opcode is reserved") }
    self.opcode = opcode
    isFinal = header[0] & 0x80 != 0
    if opcode.isControl {
      guard isFinal else { throw broken("a control frame is fragmented") }
    } else if opcode == .continuation {
      guard messageKind != nil else { throw broken("there is nothing to continue") }
    } else {
      guard messageKind == nil else { throw broken("a message begins within another") }
    }
  }

  private func checkSecondByte() throws(WebSocketFailure) {
    guard header[1] & 0x80 != 0 else { throw broken("a client's frame is not masked") }
    guard !opcode.isControl || header[1] & 0x7f <= 125 else { throw broken("a control frame is too long") }
  }

  private mutating func readLength() throws(WebSocketFailure) {
    var length = UInt64(header[1] & 0x7f)
    if extendedLength > 0 {
      length = 0
      for index in 2..<2 + extendedLength { length = length << 8 | UInt64(header[index]) }
      guard length >> 63 == 0 else { throw broken("the length has its highest bit set") }
      guard length > (extendedLength == 2 ? 125 : 0xffff) else {
        throw broken("the length is not in its shortest form")
      }
    }
    if !opcode.isControl {
      guard length <= UInt64(limits.frameBytes) else { throw tooBig("a frame", limits.frameBytes) }
      guard length <= UInt64(max(0, limits.messageBytes - message.count)) else {
        throw tooBig("a message", limits.messageBytes)
      }
    }
    remaining = Int(length)
  }

  // MARK: Payload

  private mutating func take(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int, _ count: Int
  ) throws(WebSocketFailure) {
    let piece = UnsafeBufferPointer(rebasing: bytes[position..<position + count])
    if opcode.isControl { return Self.append(piece, to: &control, &mask) }
    if opcode != .continuation { messageKind = opcode }
    let begin = message.count
    // Afterwards the array grows by itself, by doubling.
    if begin == 0 { message.reserveCapacity(min(remaining, 64 * 1024)) }
    Self.append(piece, to: &message, &mask)
    guard messageKind == .text else { return }
    let isText = message.withUnsafeBufferPointer { text.take(UnsafeBufferPointer(rebasing: $0[begin...])) }
    guard isText else { throw Self.notText }
  }

  /// Appends what the masked bytes stand for (section 5.3), eight at a time.
  private static func append(_ piece: UnsafeBufferPointer<UInt8>, to target: inout [UInt8], _ mask: inout UInt32) {
    let begin = target.count
    target.append(contentsOf: piece)
    let key = mask
    target.withUnsafeMutableBytes { bytes in
      let wide = UInt64(key) << 32 | UInt64(key)
      var index = begin
      while index + 8 <= bytes.count {
        let masked = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        bytes.storeBytes(of: (masked ^ wide).littleEndian, toByteOffset: index, as: UInt64.self)
        index += 8
      }
      var rest = key
      while index < bytes.count {
        bytes[index] ^= UInt8(truncatingIfNeeded: rest)
        rest = rest >> 8 | rest << 24
        index += 1
      }
    }
    let turn = UInt32(piece.count % 4 * 8)
    if turn > 0 { mask = key >> turn | key << (32 - turn) }
  }

  private mutating func finishFrame() throws(WebSocketFailure) -> FrameEvent? {
    if opcode.isControl {
      defer { control.removeAll(keepingCapacity: true) }
      switch opcode {
      case .ping: return .ping(control)
      case .pong: return .pong(control)
      default: return try closing()
      }
    }
    if opcode != .continuation { messageKind = opcode }
    guard isFinal else { return nil }
    let kind = messageKind
    let whole = message
    message = []
    messageKind = nil
    guard kind == .text else { return .message(.binary(whole)) }
    guard text.isAtEnd else { throw Self.notText }
    return .message(.text(String(decoding: whole, as: UTF8.self)))
  }

  private func closing() throws(WebSocketFailure) -> FrameEvent {
    guard !control.isEmpty else { return .close(.none, reason: "") }
    guard control.count >= 2 else { throw broken("a close frame has half a code") }
    let code = WebSocketCloseCode(rawValue: UInt16(control[0]) << 8 | UInt16(control[1]))
    guard code.maySend else { throw broken("a close frame has the code \(code.rawValue)") }
    var checker = UTF8Checker()
    let reason = control[2...]
    guard reason.withUnsafeBufferPointer({ checker.take($0) }), checker.isAtEnd else { throw Self.notText }
    return .close(code, reason: String(decoding: reason, as: UTF8.self))
  }

  // MARK: Failures

  private static let notText = WebSocketFailure(code: .invalidPayload, reason: "the text is not UTF-8")

  private func broken(_ reason: String) -> WebSocketFailure { WebSocketFailure(code: .protocolError, reason: reason) }

  private func tooBig(_ what: String, _ limit: Int) -> WebSocketFailure {
    WebSocketFailure(code: .tooBig, reason: "\(what) is longer than \(limit) bytes")
  }
}
