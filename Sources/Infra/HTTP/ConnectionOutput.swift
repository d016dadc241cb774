// Answering: heads and bodies into the connection's block, and from there to the socket in as few writes as possible.
import Glibc
import Net

extension Connection {
  var hasOutput: Bool { outputEnd > outputStart || largeBodySent < largeBody.count }

  /// Bodies up to this size are copied behind their head; larger ones are sent from where they are.
  private static let copiedBody = 8 * 1024

  // MARK: Heads

  /// Writes an answer that is whole, or the head of another one.
  func writeWhole(_ response: Response, _ head: IncomingHead) {
    // A streamed answer may go on reading the body; what it leaves is looked at when it is over.
    if !body.isFinished, !response.isStreamed, !canDropBody(head) { keepAlive = false }
    if response.hasOneForm {
      writeHead(response, trace: head.trace, cors: corsFields(head), head: head)
    } else {
      writeHead(chosen(response, head), trace: head.trace, cors: corsFields(head), head: head)
    }
  }

  /// The answer in the form that the client prefers, or 304 where it has it already.
  private func chosen(_ response: Response, _ head: IncomingHead) -> Response {
    guard response.mayBeCompressed, let compression = worker.core.options.compression else {
      return response.notModified(for: head) ?? response
    }
    return response.negotiated(for: head, compression, mayStream: worker.openEncoders < compression.streams)
  }

  private func corsFields(_ head: IncomingHead) -> ResponseHeaders? {
    guard let cors = worker.core.options.cors, let range = head.valueRange(.origin) else { return nil }
    return cors.fields(for: head.withBytes(range) { String(decoding: $0, as: UTF8.self) })
  }

  /// Writes the head of an answer, and the body too when it is whole.
  func writeHead(_ response: Response, trace: RequestSpan, cors: ResponseHeaders?, head: IncomingHead? = nil) {
    lastStatus = response.status
    answerHasBegun = true
    if response.closesConnection || worker.isDraining { keepAlive = false }
    // No answer to HEAD, no 204 and no 304 has content (RFC 9112, section 6.3).
    let isBodiless = head?.method == .head || response.status == .noContent || response.status == .notModified
    let isOld = head?.minorVersion == 0
    var content: [UInt8] = []
    if case .bytes(let bytes) = response.body { content = bytes }
    let copied = !isBodiless && content.count <= Self.copiedBody ? content.count : 0
    let extra = response.headers.bytes.count + (cors?.bytes.count ?? 0) + worker.core.fixedLineBytes
    var otherType: String?
    if case .other(let type)? = response.contentType { otherType = type }
    let start = reserveOutput(640 + extra + copied + (otherType?.utf8.count ?? 0))
    var cursor = ByteCursor(start)
    if response.status == .ok {
      cursor.put("HTTP/1.1 200 OK\r\n")
    } else {
      cursor.put("HTTP/1.1 ")
      cursor.putDecimal(Int(response.status.rawValue))
      cursor.put(" ")
      cursor.put(response.status.reason)
      cursor.put("\r\n")
    }
    worker.refreshDate()
    cursor.put(worker.dateLine.baseAddress!, worker.dateLine.count)
    putContentType(response, otherType, &cursor)
    putFraming(response, content.count, isOld, &cursor)
    putPolicy(response, trace, &cursor)
    if !response.headers.isEmpty { cursor.put(response.headers.bytes) }
    if let cors { cursor.put(cors.bytes) }
    cursor.put("\r\n")
    if copied > 0 { cursor.put(content) }
    outputEnd += cursor.position - start
    if !isBodiless, content.count > Self.copiedBody {
      largeBody = content
      largeBodySent = 0
    }
  }

  private func putContentType(_ response: Response, _ otherType: String?, _ cursor: inout ByteCursor) {
    guard let type = response.contentType, !response.headers.presence.contains(.contentType) else { return }
    if let line = type.line {
      cursor.put(line)
    } else if let otherType {
      cursor.put("Content-Type: ")
      cursor.put(otherType.filter { !$0.isNewline })
      cursor.put("\r\n")
    }
  }

  /// How the client finds the end of the body, and whether another answer can follow (RFC 9112, sections 6 and 9.3).
  private func putFraming(_ response: Response, _ length: Int, _ isOld: Bool, _ cursor: inout ByteCursor) {
    switch response.body {
    case .upgrade(let name, _):
      cursor.put("Connection: Upgrade\r\nUpgrade: ")
      cursor.put(name)
      cursor.put("\r\n")
      return
    case .stream where response.status == .noContent: break
    case .stream where isOld: keepAlive = false
    case .stream: cursor.put("Transfer-Encoding: chunked\r\n")
    case .none, .bytes:
      if response.status != .noContent, response.status != .notModified {
        cursor.put("Content-Length: ")
        cursor.putDecimal(length)
        cursor.put("\r\n")
      }
    }
    // Who names a protocol in Upgrade names Upgrade in Connection (RFC 9110, section 7.8).
    if response.status == .upgradeRequired { cursor.put("Connection: Upgrade\r\n") }
    if !keepAlive {
      cursor.put("Connection: close\r\n")
    } else if isOld {
      cursor.put("Connection: keep-alive\r\n")
    }
  }

  /// What every answer carries unless it says otherwise itself.
  private func putPolicy(_ response: Response, _ trace: RequestSpan, _ cursor: inout ByteCursor) {
    let present = response.headers.presence
    if worker.core.options.sendsTraceparent, !present.contains(.traceparent) {
      trace.writeLine(cursor.position)
      cursor = ByteCursor(cursor.position + RequestSpan.lineLength)
    }
    guard worker.core.options.sendsSecurityHeaders else { return }
    if !present.contains(.cacheControl), !present.contains(.frameOptions) {
      cursor.put("X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nCache-Control: no-store\r\n")
    } else {
      cursor.put("X-Content-Type-Options: nosniff\r\n")
      if !present.contains(.frameOptions) { cursor.put("X-Frame-Options: DENY\r\n") }
      if !present.contains(.cacheControl) { cursor.put("Cache-Control: no-store\r\n") }
    }
    if response.contentType == .html, !present.contains(.contentSecurityPolicy) {
      cursor.put(worker.core.contentSecurityPolicyLine)
    }
    if transport != nil { cursor.put("Strict-Transport-Security: max-age=31536000\r\n") }
  }

  // MARK: Bodies

  /// Writes an answer of any kind, from the connection's task.
  func deliver(_ response: Response, _ head: IncomingHead) async {
    guard phase == .handling else { return }
    switch response.body {
    case .none, .bytes:
      writeWhole(response, head)
      while !largeBody.isEmpty, phase == .handling {
        flush()
        if !largeBody.isEmpty { await waitForOutput() }
      }
    case .stream(let write): await deliverStream(response, head, write)
    case .upgrade(_, let run):
      writeWhole(response, head)
      worker.settleLater(self)
      await run(UpgradedConnection(connection: self, head: head))
      keepAlive = false
    }
  }

  private func deliverStream(
    _ response: Response, _ head: IncomingHead, _ write: @Sendable (BodyWriter) async throws -> Void
  ) async {
    let written = chosen(response, head)
    // A stream may read the request while it answers, and behind the head there is no room for an interim answer.
    if written.status.rawValue < 300 { sendContinue(head) }
    writeHead(written, trace: head.trace, cors: corsFields(head), head: head)
    if head.method == .head || written.status == .noContent || written.status == .notModified { return }
    let encoder = written.isEncodedHere ? GzipStream(level: Int32(worker.core.options.compression?.level ?? 1)) : nil
    if written.isEncodedHere, encoder == nil { return abort() }
    if encoder != nil { worker.openEncoders += 1 }
    defer { if encoder != nil { worker.openEncoders -= 1 } }
    worker.settleLater(self)
    do {
      let isChunked = head.minorVersion == 1
      try await write(BodyWriter(connection: self, head: head, isChunked: isChunked, encoder: encoder))
      if let encoder { try await writePiece(nil, head, isChunked, encoder) }
      if isChunked {
        try await waitForRoom(16)
        var cursor = ByteCursor(reserveOutput(16))
        cursor.put("0\r\n\r\n")
        outputEnd += 5
      }
    } catch {
      // The head is out: breaking off is the only way left to say that the body is not whole.
      worker.core.streamFailed(error, Request(head))
      flush()
      abort()
    }
  }

  /// Writes a piece of a streamed body, compressed or not, framed as a chunk or not; waits until there is room. No piece is
  /// the end of what is compressed.
  func writePiece(
    _ piece: [UInt8]?, _ head: IncomingHead, _ isChunked: Bool, _ encoder: GzipStream? = nil
  ) async throws {
    while isWriting, phase == .handling { await withUnsafeContinuation { writers.append($0) } }
    isWriting = true
    defer {
      isWriting = false
      if !writers.isEmpty { writers.removeFirst().resume() }
    }
    // What several tasks write is compressed in the order in which it is sent.
    let bytes = encoder.map { encoder in piece.map(encoder.compress) ?? encoder.finish() } ?? piece ?? []
    var offset = 0
    while offset < bytes.count {
      guard self.head === head, phase == .handling else { throw BodyError.disconnected }
      let count = min(bytes.count - offset, 8 * 1024)
      try await waitForRoom(count + 16)
      let start = reserveOutput(count + 16)
      var cursor = ByteCursor(start)
      if isChunked {
        cursor.putHexadecimal(count)
        cursor.put("\r\n")
      }
      bytes.withUnsafeBufferPointer { cursor.put($0.baseAddress! + offset, count) }
      if isChunked { cursor.put("\r\n") }
      outputEnd += cursor.position - start
      offset += count
    }
    worker.settleLater(self)
  }

  private func waitForRoom(_ count: Int) async throws {
    while true {
      guard phase == .handling else { throw BodyError.disconnected }
      if (output?.capacity ?? worker.blocks.blockSize) - outputEnd >= count { return }
      flush()
      // A reader as fast as the handler must not keep the loop from everybody else.
      if hasOutput { await waitForOutput() } else { await Task.yield() }
    }
  }

  private func waitForOutput() async {
    guard phase != .closed, hasOutput else { return }
    setDeadline()
    await withUnsafeContinuation { outputWaiter = $0 }
  }

  // MARK: To the socket

  /// Room for `count` bytes behind what is waiting. Grows the block where it must: only for heads and small bodies, whose
  /// number `isBackedUp` bounds.
  func reserveOutput(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if !hasOutput { outputProgress = loop.now }
    if output == nil, count <= worker.blocks.blockSize { output = worker.blocks.borrow() }
    if let output, output.capacity - outputEnd >= count {
      return (output.bytes + outputEnd).assumingMemoryBound(to: UInt8.self)
    }
    if outputEnd > outputStart { flush() }
    if let output, output.capacity - outputEnd >= count {
      return (output.bytes + outputEnd).assumingMemoryBound(to: UInt8.self)
    }
    let waiting = outputEnd - outputStart
    let larger = Block(capacity: max(worker.blocks.blockSize, (waiting + count) * 2))
    if let output { memcpy(larger.bytes, output.bytes + outputStart, waiting) }
    worker.blocks.giveBack(output.take())
    output = larger
    outputStart = 0
    outputEnd = waiting
    return (larger.bytes + waiting).assumingMemoryBound(to: UInt8.self)
  }

  /// Sends as much as the socket takes.
  func flush() {
    guard phase != .closed else { return }
    while hasOutput {
      switch sendOnce() {
      case .moved(let count): sent(count)
      case .wouldBlock: return
      case .ended, .failed: return abort()
      }
    }
    worker.blocks.giveBack(output.take())
    outputStart = 0
    outputEnd = 0
    if !largeBody.isEmpty { largeBody = [] }
    largeBodySent = 0
    if let waiter = outputWaiter {
      outputWaiter = nil
      waiter.resume()
    }
    if isClosing {
      linger()
    } else if phase == .head, inputEnd > inputStart || isReadable {
      // Requests that waited because answers were backed up.
      worker.resumeLater(self)
    }
  }

  private func sendOnce() -> TransferOutcome {
    let waiting = outputEnd - outputStart
    if waiting > 0, let output {
      let bytes = UnsafeRawBufferPointer(start: output.bytes + outputStart, count: waiting)
      if largeBody.isEmpty || transport != nil { return transport?.send(bytes) ?? PlainSocket.send(descriptor, bytes) }
      return largeBody.withUnsafeBytes { body in
        PlainSocket.send(descriptor, bytes, UnsafeRawBufferPointer(rebasing: body[largeBodySent...]))
      }
    }
    return largeBody.withUnsafeBytes { body in
      let rest = UnsafeRawBufferPointer(rebasing: body[largeBodySent...])
      return transport?.send(rest) ?? PlainSocket.send(descriptor, rest)
    }
  }

  private func sent(_ count: Int) {
    outputProgress = loop.now
    let fromBlock = min(count, outputEnd - outputStart)
    outputStart += fromBlock
    largeBodySent += count - fromBlock
  }
}
