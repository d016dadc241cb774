// Frames of WebSocket as they come from a client.
import HTTP

/// Whatever the bytes are: in pieces they mean what they mean whole, and nothing is larger than its limit.
@Sendable
func fuzzWebSocket(_ bytes: RawSpan) {
  let input = bytes.withUnsafeBytes { Array($0) }
  var limits = WebSocketLimits()
  limits.frameBytes = 300
  limits.messageBytes = 400
  let whole = events(input, limits, piece: max(1, input.count))
  expect(whole == events(input, limits, piece: 1), "byte by byte is the same")
  expect(whole == events(input, limits, piece: 7), "in sevens is the same")
  for event in whole.events {
    switch event {
    case .message(.text(let text)): expect(text.utf8.count <= 400, "texts are bounded")
    case .message(.binary(let content)): expect(content.count <= 400, "messages are bounded")
    case .ping(let payload), .pong(let payload): expect(payload.count <= 125, "control frames are bounded")
    case .close(let code, let reason): expect(reason.utf8.count <= 123 && (code == .none || code.maySend), "a code")
    }
  }
  expect(whole.failure?.code.maySend ?? true, "the code of a failure can be sent")
}

private struct Reading: Equatable {
  var events: [FrameEvent] = []
  var failure: WebSocketFailure?
}

private func events(_ input: [UInt8], _ limits: WebSocketLimits, piece: Int) -> Reading {
  var reading = Reading()
  var reader = FrameReader(limits: limits)
  var begin = 0
  while begin < input.count {
    let end = min(begin + piece, input.count)
    let isOver = input[begin..<end].withUnsafeBufferPointer { bytes in
      var position = 0
      while position < bytes.count {
        do throws(WebSocketFailure) {
          guard let event = try reader.next(bytes, &position) else { return false }
          reading.events.append(event)
          if case .close = event { return true }
        } catch {
          reading.failure = error
          return true
        }
      }
      return false
    }
    if isOver { return reading }
    begin = end
  }
  return reading
}
