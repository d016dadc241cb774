// Requests read from bytes at hand, through the same parser and decoder that connections use: for whoever wants to know
// what a server would make of some bytes without opening a socket.
import Net

/// What was read of a run of bytes.
package enum RequestReading: Equatable, Sendable {
  case request(method: String, target: String, fields: Int, keepAlive: Bool, body: [UInt8])
  /// The bytes break the protocol here, or end within a message. Nothing after it is read.
  case refused(Status)
}

package enum RequestReader {
  /// Reads all requests in `bytes`, as they would come when the bytes arrived in pieces that end at `cuts`.
  package static func read(
    _ bytes: [UInt8], cuts: [Int] = [], limits: ServerLimits = .init()
  ) -> [RequestReading] {
    var readings: [RequestReading] = []
    let block = Block(capacity: max(1, bytes.count))
    bytes.withUnsafeBytes {
      block.bytes.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(block.bytes), byteCount: $0.count)
    }
    var start = 0
    let ends = cuts.filter { $0 < bytes.count }.sorted() + [bytes.count]
    while start < bytes.count {
      let head = IncomingHead()
      switch readHead(block, start, ends, head, limits) {
      case .incomplete:
        if bytes[start...].allSatisfy({ $0 == 0x0d || $0 == 0x0a }) { return readings }
        return readings + [.refused(.badRequest)]
      case .refused(let refusal): return readings + [.refused(refusal.status)]
      case .complete(let length):
        head.block = block
        head.start = start
        head.length = length
        start += length
        guard let body = readBody(block, &start, ends, head, limits) else {
          return readings + [.refused(.badRequest)]
        }
        let target = head.withBytes(head.target) { String(decoding: $0, as: UTF8.self) }
        readings.append(
          .request(
            method: head.method.name, target: target, fields: head.fieldCount, keepAlive: head.keepAlive, body: body))
        if !head.keepAlive { return readings }
      }
    }
    return readings
  }

  private static func readHead(
    _ block: Block, _ start: Int, _ ends: [Int], _ head: IncomingHead, _ limits: ServerLimits
  ) -> HeadParser.Outcome {
    let base = UnsafePointer(block.bytes.assumingMemoryBound(to: UInt8.self)) + start
    var parser = HeadParser()
    var outcome = HeadParser.Outcome.incomplete
    for end in ends where end > start {
      outcome = parser.advance(base, end - start, head, HeadLimits(limits))
      if outcome != .incomplete { break }
    }
    return outcome
  }

  private static func readBody(
    _ block: Block, _ start: inout Int, _ ends: [Int], _ head: IncomingHead, _ limits: ServerLimits
  ) -> [UInt8]? {
    let base = UnsafePointer(block.bytes.assumingMemoryBound(to: UInt8.self))
    var body = IncomingBody()
    body.begin(head, limits)
    if case .length(let length) = head.framing, length > limits.bodyBytes { return nil }
    var content: [UInt8] = []
    for end in ends where end >= start {
      reading: while true {
        switch body.next(base, start, end, &start) {
        case .data(let range):
          content.append(contentsOf: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(start: base, count: end)[range]))
        case .needsInput: break reading
        case .finished: return content
        case .failed: return nil
        }
      }
    }
    return nil
  }
}
