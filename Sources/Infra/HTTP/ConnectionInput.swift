// Reading: from the socket into the connection's block, and heads out of it.
import Glibc
import Net

extension Connection {
  /// Rounds of reading before other connections have their turn.
  private static let readsPerTurn = 8

  /// Whether anybody wants more bytes now. While a handler works and does not ask for its body, nobody does: the client
  /// feels it.
  private var wantsInput: Bool {
    switch phase {
    case .head: !isClosing && !isBackedUp
    case .handling: inputWaiter != nil
    case .discarding: !isClosing
    case .lingering: true
    case .closed: false
    }
  }

  /// Answers wait for a slow reader: no further requests are taken on.
  var isBackedUp: Bool { !largeBody.isEmpty || outputEnd - outputStart > 32 * 1024 }

  /// Reads while there is something and somebody wants it. On a plain socket a read that fills less than the room means
  /// that the socket is drained (epoll(7)); `short` says whether that may be relied on.
  func receive(short: Bool) {
    for _ in 0..<Self.readsPerTurn {
      guard isReadable, wantsInput else { return }
      receiveOnce(short: short)
      if phase == .closed { return }
    }
    if isReadable, wantsInput { worker.resumeLater(self) }
  }

  /// Reads once if there is something, for a handler that would not wait for it.
  func receiveAtHand() {
    if isReadable { receiveOnce(short: false) }
  }

  private func receiveOnce(short: Bool) {
    let room = makeRoom()
    guard let input else { return }
    let buffer = UnsafeMutableRawBufferPointer(start: input.bytes + inputEnd, count: room)
    let outcome = transport?.receive(into: buffer) ?? PlainSocket.receive(descriptor, into: buffer)
    switch outcome {
    case .moved(let count):
      if short, transport?.isDrained ?? (count < room) { isReadable = false }
      if phase == .lingering { return }
      inputEnd += count
      arrived()
    case .wouldBlock: isReadable = false
    case .ended:
      isReadable = false
      peerFinished = true
      if phase == .lingering { return abort() }
      arrived()
    case .failed: abort()
    }
  }

  /// Something has arrived, or the end has.
  private func arrived() {
    switch phase {
    case .head: handleRequests()
    case .handling:
      inputWaiter?.resume()
      inputWaiter = nil
    case .discarding:
      discardBody()
      if phase == .head { handleRequests() }
    case .lingering, .closed: break
    }
  }

  /// Makes room behind what has arrived, and returns how much. A block that a request's head lies in is left as it is,
  /// since handlers may be reading there; what follows the head then moves to a block of its own.
  func makeRoom() -> Int {
    recycleHead()
    guard let block = input else {
      let block = worker.blocks.borrow()
      input = block
      inputStart = 0
      inputEnd = 0
      return block.capacity
    }
    let isPinned = head?.block === block
    if inputStart == inputEnd, !isPinned {
      inputStart = 0
      inputEnd = 0
    }
    let room = block.capacity - inputEnd
    if room >= 1024 { return room }
    let unused = inputEnd - inputStart
    if !isPinned, unused < block.capacity / 2 {
      memmove(block.bytes, block.bytes + inputStart, unused)
    } else {
      let larger = unused < worker.blocks.blockSize / 2 ? worker.blocks.borrow() : Block(capacity: unused * 2)
      memcpy(larger.bytes, block.bytes + inputStart, unused)
      input = larger
      if !isPinned { worker.blocks.giveBack(block) }
    }
    inputStart = 0
    inputEnd = unused
    return input!.capacity - inputEnd
  }

  /// Takes on one request after the other, as long as they are whole and nothing makes us wait.
  func handleRequests() {
    while phase == .head, !isClosing {
      if isBackedUp { return }
      if answersThisTurn >= limits.pipeliningDepth { return worker.resumeLater(self) }
      recycleHead()
      guard inputEnd > inputStart, let block = input else { break }
      let head: IncomingHead
      if let begun = self.head {
        head = begun
      } else {
        head = worker.takeHead()
        self.head = head
      }
      if !headHasBegun {
        headHasBegun = true
        head.reset()
        parser = HeadParser()
        phaseBegan = loop.now
      }
      let bytes = UnsafePointer((block.bytes + inputStart).assumingMemoryBound(to: UInt8.self))
      switch parser.advance(bytes, inputEnd - inputStart, head, worker.headLimits) {
      case .complete(let length):
        head.block = block
        head.start = inputStart
        head.length = length
        inputStart += length
        begin(head)
      case .refused(let refusal): refuse(refusal)
      case .incomplete:
        if peerFinished {
          if parser.hasBegun(inputEnd - inputStart) {
            refuse(Refusal(.badRequest, "the head ended early"))
          } else {
            closeAfterAnswer()
          }
        }
        return
      }
    }
    if phase == .head, peerFinished { closeAfterAnswer() }
  }

  /// Answers a message that breaks the protocol, and closes.
  func refuse(_ refusal: Refusal) {
    requestCount += 1
    answersThisTurn += 1
    keepAlive = false
    answerProblem(Problem(refusal))
  }

  /// Answers without a handler.
  func answerProblem(_ problem: Problem) {
    keepAlive = false
    let trace = RequestSpan()
    worker.core.options.refused?(problem, trace)
    let response = problem.response(traceID: trace.traceID)
    writeHead(response, trace: trace, cors: nil)
    closeAfterAnswer()
  }

  /// Makes the head of a request that is over ready for the next one, or lets go of it where somebody still holds the
  /// request: then its bytes stay as they are.
  func recycleHead() {
    guard headIsSpent else { return }
    headIsSpent = false
    if isKnownUniquelyReferenced(&head) { return head!.release() }
    // The block goes with the head; what has arrived behind it moves on.
    if let block = input, head?.block === block {
      let unused = inputEnd - inputStart
      let fresh = unused > 0 ? Block(capacity: max(worker.blocks.blockSize, unused * 2)) : nil
      if let fresh { memcpy(fresh.bytes, block.bytes + inputStart, unused) }
      input = fresh
      inputStart = 0
      inputEnd = unused
    }
    head = nil
  }
}
