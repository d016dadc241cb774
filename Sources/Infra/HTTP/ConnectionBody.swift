// A request's body on its way in: out of its framing, to whoever asks, or dropped when nobody did.
import Net

/// Where the body of the current request stands.
struct IncomingBody {
  private(set) var remaining = 0
  private(set) var chunks: ChunkDecoder?
  private(set) var isFinished = true
  /// Bytes of content that have been taken.
  private(set) var received = 0
  var limit = 0
  /// How long handlers have waited for it, and since when one does.
  var waited: UInt64 = 0
  var waitBegan: UInt64 = 0
  /// The rate floor has been missed.
  var isLate = false
  var failure: BodyError?
  var isFramed = false

  mutating func begin(_ head: IncomingHead, _ limits: ServerLimits) {
    received = 0
    waited = 0
    isLate = false
    if failure != nil { failure = nil }
    if chunks != nil { chunks = nil }
    limit = limits.bodyBytes
    switch head.framing {
    case .none:
      isFinished = true
      isFramed = false
    case .length(let length):
      remaining = length
      isFinished = false
      isFramed = true
    case .chunked:
      chunks = ChunkDecoder(
        extensionLimit: limits.chunkExtensionBytes, trailerLimit: limits.headerBytes,
        trailerCountLimit: limits.headerCount)
      isFinished = false
      isFramed = true
    }
  }

  enum Step {
    case data(Range<Int>)
    case needsInput
    case finished
    case failed(BodyError)
  }

  /// The next piece within `bytes[begin..<end]`. `used` is where what follows it begins.
  mutating func next(_ bytes: UnsafePointer<UInt8>, _ begin: Int, _ end: Int, _ used: inout Int) -> Step {
    used = begin
    if isFinished { return .finished }
    if let failure { return .failed(failure) }
    if chunks == nil {
      guard end > begin else { return .needsInput }
      let count = min(remaining, end - begin)
      remaining -= count
      received += count
      used = begin + count
      isFinished = remaining == 0
      return .data(begin..<used)
    }
    switch chunks!.next(bytes, begin, end) {
    case .data(let range):
      received += range.count
      used = range.upperBound
      if received > limit { return fail(.tooLarge(limit: limit)) }
      return .data(range)
    case .needsInput:
      used = end
      return .needsInput
    case .finished(let offset):
      used = offset
      isFinished = true
      return .finished
    case .refused(let refusal): return fail(.malformed(refusal))
    }
  }

  private mutating func fail(_ error: BodyError) -> Step {
    failure = error
    return .failed(error)
  }
}

extension Connection {
  // MARK: For handlers

  /// What is gathered whole is never larger than a body in memory may be, however much a route may stream.
  private func gatheringLimit(_ limit: Int?) -> Int { min(limit ?? body.limit, limits.bodyBytes) }

  /// All of the body.
  func wholeBody(_ head: IncomingHead, _ limit: Int?) async throws -> [UInt8] {
    var whole: [UInt8] = []
    let limit = gatheringLimit(limit)
    if case .length(let length) = head.framing {
      guard length <= limit else { throw BodyError.tooLarge(limit: limit) }
      whole.reserveCapacity(min(length, 256 * 1024))
    }
    while let piece = try await nextRange(head) {
      guard whole.count + piece.count <= limit else { throw BodyError.tooLarge(limit: limit) }
      withInput(piece) { whole.append(contentsOf: $0) }
    }
    return whole
  }

  /// All of the body where it lies, when it lies there whole.
  func withWholeBody<Value: Sendable>(
    _ head: IncomingHead, _ limit: Int?, _ use: @Sendable (RawSpan) throws -> Value
  ) async throws -> Value {
    if let value = try useBodyAtHand(head, limit, use) { return value }
    let whole = try await wholeBody(head, limit)
    return try use(whole.span.bytes)
  }

  /// The same without waiting: nil unless all of the body lies in the input.
  func useBodyAtHand<Value>(
    _ head: IncomingHead, _ limit: Int?, _ use: (RawSpan) throws -> Value
  ) throws -> Value? {
    guard case .length(let length) = head.framing, self.head === head, phase == .handling, body.received == 0,
      !body.isFinished, inputEnd - inputStart >= length, length <= gatheringLimit(limit),
      let range = try takeRange(head)
    else { return nil }
    return try withInput(range) { try use(UnsafeRawBufferPointer($0).bytes) }
  }

  func nextBodyPiece(_ head: IncomingHead) async throws -> [UInt8]? {
    guard let range = try await nextRange(head) else { return nil }
    return withInput(range) { Array($0) }
  }

  /// The next piece without waiting for it.
  func bodyPieceAtHand(_ head: IncomingHead) throws -> [UInt8]? {
    guard self.head === head, phase == .handling else {
      throw phase == .closed ? BodyError.disconnected : BodyError.over
    }
    if inputStart == inputEnd, !body.isFinished, inputWaiter == nil { receiveAtHand() }
    guard phase == .handling, let range = try takeRange(head), !range.isEmpty else { return nil }
    return withInput(range) { Array($0) }
  }

  /// What has come for the protocol that took the connection over.
  func readUpgraded(_ head: IncomingHead) async throws -> [UInt8]? {
    while true {
      guard self.head === head, phase == .handling else { throw BodyError.over }
      if inputEnd > inputStart {
        defer { inputStart = inputEnd }
        return withInput(inputStart..<inputEnd) { Array($0) }
      }
      if peerFinished { return nil }
      guard inputWaiter == nil else { throw BodyError.over }
      await waitForInput()
      if phase == .closed { return nil }
    }
  }

  private func withInput<Value>(
    _ range: Range<Int>, _ use: (UnsafeBufferPointer<UInt8>) throws -> Value
  ) rethrows -> Value {
    guard let input else { return try use(UnsafeBufferPointer(start: nil, count: 0)) }
    return try use(
      UnsafeBufferPointer(
        start: (input.bytes + range.lowerBound).assumingMemoryBound(to: UInt8.self), count: range.count))
  }

  /// Where in the input the next piece lies; nil at the end. Valid until the next await.
  private func nextRange(_ head: IncomingHead) async throws -> Range<Int>? {
    while true {
      guard self.head === head, phase == .handling else {
        throw phase == .closed ? BodyError.disconnected : BodyError.over
      }
      if let range = try takeRange(head) { return range.isEmpty ? nil : range }
      if peerFinished {
        keepAlive = false
        throw BodyError.disconnected
      }
      if body.isLate { throw BodyError.tooSlow }
      sendContinue(head)
      // Two readers would take each other's bytes.
      guard inputWaiter == nil else { throw BodyError.over }
      await waitForInput()
    }
  }

  /// The next piece, empty at the end, nil when more has to arrive.
  private func takeRange(_ head: IncomingHead) throws(BodyError) -> Range<Int>? {
    if body.isFinished { return 0..<0 }
    guard let input else { return nil }
    let bytes = UnsafePointer(input.bytes.assumingMemoryBound(to: UInt8.self))
    var used = inputStart
    let step = body.next(bytes, inputStart, inputEnd, &used)
    inputStart = used
    switch step {
    case .data(let range): return range
    case .needsInput: return nil
    case .finished:
      if let trailers = body.chunks?.trailers, !trailers.isEmpty { head.trailers = trailers }
      return 0..<0
    case .failed(let error):
      keepAlive = false
      throw error
    }
  }

  /// RFC 9110, section 10.1.1: the client waits for a word before it sends the body that the handler now wants.
  func sendContinue(_ head: IncomingHead) {
    guard head.continueWanted else { return }
    head.continueWanted = false
    if body.received > 0 || inputEnd > inputStart { return }
    var cursor = ByteCursor(reserveOutput(32))
    cursor.put("HTTP/1.1 100 Continue\r\n\r\n")
    outputEnd += 25
    flush()
  }

  private func waitForInput() async {
    body.waitBegan = loop.now
    defer {
      body.waited &+= loop.now - body.waitBegan
      // From here on it is the handler that is waited for.
      if phase != .closed { worker.settleLater(self) }
    }
    await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
      inputWaiter = waiter
      if isReadable { receive(short: false) }
      if phase != .closed { worker.settleLater(self) }
    }
  }

  // MARK: For nobody

  /// Whether the rest of an unread body can be dropped, so that the connection lives on.
  func canDropBody(_ head: IncomingHead) -> Bool {
    if head.continueWanted || body.failure != nil { return false }
    if case .length = head.framing { return body.remaining <= limits.discardedBytes }
    return true
  }

  /// Reads on to the end of a body that nobody wants.
  func discardBody() {
    guard phase == .discarding, !isClosing else { return }
    while let input {
      let bytes = UnsafePointer(input.bytes.assumingMemoryBound(to: UInt8.self))
      var used = inputStart
      let step = body.next(bytes, inputStart, inputEnd, &used)
      inputStart = used
      switch step {
      case .data(let range):
        discarded += range.count
        if discarded > limits.discardedBytes { return closeAfterAnswer() }
        if !body.isFinished { continue }
        discarded = 0
        phase = .head
        phaseBegan = loop.now
        return
      case .needsInput:
        if peerFinished { closeAfterAnswer() }
        return
      case .finished:
        discarded = 0
        phase = .head
        phaseBegan = loop.now
        return
      case .failed: return closeAfterAnswer()
      }
    }
    if peerFinished { closeAfterAnswer() }
  }
}
