// One client's connection on one loop: bytes in, requests handled one after the other, answers out. This file holds its
// state and its life; the extensions beside it hold reading, handling, answering and bodies.
import Glibc
import Net

/// Proof for `@unchecked Sendable`: all of it is touched on its loop's thread only. Handlers reach it through `Request`,
/// `BodyWriter` and `UpgradedConnection`, which go to the loop first.
///
/// What is marked unchecked is changed by its own methods alone, which call nothing that could come back to it: watching
/// for that at every request would cost more than reading the request does.
package final class Connection: DescriptorHandler, DeadlineHolder, @unchecked Sendable {
  enum Phase {
    /// Between requests, or within a head.
    case head
    /// A handler is at work.
    case handling
    /// What a handler left unread of its body is dropped.
    case discarding
    /// The answer is out, the sending side shut; what still comes is dropped (RFC 9112, section 9.6).
    case lingering
    case closed
  }

  let worker: Worker
  let descriptor: Int32
  let peer: SocketAddress?
  let transport: (any ByteTransport)?
  private let counted: Bool
  /// Where the worker keeps it.
  var position = 0
  var willSettle = false
  var willResume = false

  var phase = Phase.head
  /// The socket may have bytes for us: an edge was reported that has not been read to its end.
  var isReadable = false
  var peerFinished = false
  /// The client was seen to have finished sending. What it sent may not have been read yet.
  private var hasFinishedSending = false
  /// Nothing follows the answer that is being written.
  var isClosing = false
  var keepAlive = true

  /// What has arrived and not been used: `input[inputStart..<inputEnd]`.
  var input: Block?
  var inputStart = 0
  var inputEnd = 0
  @exclusivity(unchecked) var parser = HeadParser()
  var head: IncomingHead?
  /// The head's request is over; whether anybody still holds it is looked at later, when no caller of ours does.
  var headIsSpent = false
  /// The parser is somewhere within a head.
  var headHasBegun = false
  @exclusivity(unchecked) var body = IncomingBody()

  /// What is to be sent: `output[outputStart..<outputEnd]`, then the rest of `largeBody`.
  var output: Block?
  var outputStart = 0
  var outputEnd = 0
  var largeBody: [UInt8] = []
  var largeBodySent = 0

  var task: Task<Void, Never>?
  var pendingWork: PendingWork?
  var handlerWaiter: UnsafeContinuation<Void, Never>?
  var inputWaiter: UnsafeContinuation<Void, Never>?
  var outputWaiter: UnsafeContinuation<Void, Never>?
  /// One piece is written at a time; who comes meanwhile waits here.
  var isWriting = false
  var writers: [UnsafeContinuation<Void, Never>] = []

  /// What a protocol that took the connection over does when the server stops.
  var leaving: (() -> Void)?

  var requestCount = 0
  /// Bytes dropped of the current body because no handler wanted them.
  var discarded = 0
  var lastStatus = Status.ok
  var answersThisTurn = 0
  /// When the request began, and since when its handler is at work (0 when none that may wait is).
  var requestBegan: UInt64 = 0
  var handlerBegan: UInt64 = 0
  /// The client is asked once whether it still waits for the request's answer.
  var willKnock = false
  /// The head of the request's answer has been written.
  var answerHasBegun = false
  /// When the phase that has a time limit began, and when the client last took bytes.
  var phaseBegan: UInt64 = 0
  var outputProgress: UInt64 = 0

  package var deadline = UInt64.max
  package var filing = DeadlineFiling<Connection>()

  package var loop: EventLoop { worker.loop }
  package var limits: ServerLimits { worker.limits }

  init(descriptor: Int32, peer: SocketAddress, worker: Worker, counted: Bool) {
    self.descriptor = descriptor
    self.peer = peer
    self.worker = worker
    self.counted = counted
    transport = worker.core.options.transport?(descriptor, worker.loop)
  }

  // MARK: Life

  /// Begins to read. A connection beyond the limits gets 503 at once: cheaper for both than a timeout.
  func start(shedding: Bool) {
    phaseBegan = loop.now
    guard (try? loop.watch(descriptor, for: [.read, .write, .peerFinished, .edges], self)) != nil else {
      return abort()
    }
    if shedding {
      answerProblem(worker.core.overloaded)
    }
    settle()
  }

  package func ready(_ readiness: Readiness) {
    guard phase != .closed else { return }
    if readiness.hasAny(of: .failed) { return abort() }
    let isFinished = readiness.hasAny(of: .peerFinished)
    if isFinished || readiness.hasAny(of: .read) { isReadable = true }
    if isFinished { hasFinishedSending = true }
    answersThisTurn = 0
    // A layer may have to write in order to read, and the other way round.
    if transport != nil { isReadable = true }
    if hasOutput, readiness.hasAny(of: .write) || transport != nil { flush() }
    if isReadable { receive(short: !isFinished) }
    settle()
  }

  /// Goes on after others have had their turn.
  func resume() {
    guard phase != .closed else { return }
    answersThisTurn = 0
    if phase == .head { handleRequests() }
    if isReadable { receive(short: false) }
    settle()
  }

  /// Sends what there is, gives back what is not needed, and sets the deadline.
  func settle() {
    if hasOutput { flush() }
    guard phase != .closed else { return }
    if hasFinishedSending { planKnock() }
    recycleHead()
    if phase == .head, inputStart == inputEnd, !headHasBegun {
      if let head {
        self.head = nil
        worker.giveBack(head)
      }
      releaseInput()
    }
    setDeadline()
  }

  private func releaseInput() {
    inputStart = 0
    inputEnd = 0
    worker.blocks.giveBack(input.take())
  }

  /// Closes at once.
  func abort() {
    guard phase != .closed else { return }
    let wasHandling = phase == .handling
    phase = .closed
    deadline = .max
    loop.forget(descriptor)
    close(descriptor)
    worker.remove(self, counted: counted)
    output = nil
    largeBody = []
    if !wasHandling {
      input = nil
      head = nil
    }
    leaving = nil
    task?.cancel()
    resumeAll()
  }

  private func resumeAll() {
    for waiter in [handlerWaiter, inputWaiter, outputWaiter] { waiter?.resume() }
    for writer in writers { writer.resume() }
    writers = []
    handlerWaiter = nil
    inputWaiter = nil
    outputWaiter = nil
  }

  /// Ends the connection once everything has been sent.
  func closeAfterAnswer() {
    guard phase != .closed else { return }
    isClosing = true
    phase = .discarding
    if !hasOutput { linger() }
  }

  /// Shuts the sending side and waits for the client to do the same, so that the answer is not lost to a reset.
  func linger() {
    guard phase != .closed, phase != .lingering else { return }
    if peerFinished { return abort() }
    transport?.finishSending()
    shutdown(descriptor, Int32(SHUT_WR))
    phase = .lingering
    phaseBegan = loop.now
    inputStart = inputEnd
    if isReadable { receive(short: false) }
    if phase != .closed { setDeadline() }
  }

  /// For a server that stops.
  func closeIfIdle() {
    if phase == .head, !hasOutput, inputStart == inputEnd { closeIdle() }
  }

  /// Closes a connection on which nothing is in flight.
  private func closeIdle() {
    transport?.finishSending()
    abort()
  }

  // MARK: Deadlines

  func setDeadline() {
    var earliest = UInt64.max
    if hasOutput { earliest = outputProgress &+ limits.writeTimeout.nanoseconds }
    switch phase {
    case .head:
      let allowed = headHasBegun ? limits.headerTimeout.nanoseconds : silenceAllowed
      earliest = min(earliest, phaseBegan &+ allowed)
    case .handling where inputWaiter != nil && body.isFramed:
      earliest = min(earliest, body.waitBegan &+ (bodyTime > body.waited ? bodyTime - body.waited : 0))
    case .handling: earliest = min(earliest, handlerDeadline)
    case .discarding: earliest = min(earliest, phaseBegan &+ bodyTime)
    case .lingering: earliest = min(earliest, phaseBegan &+ limits.lingerTimeout.nanoseconds)
    case .closed: break
    }
    deadline = earliest
    worker.file(self)
  }

  /// How long nothing need come between requests.
  private var silenceAllowed: UInt64 {
    if let transport, !transport.isEstablished { return limits.handshakeTimeout.nanoseconds }
    return worker.idleTimeout
  }

  /// When a handler that has not begun to answer has had its time. What it waited for the client does not count.
  private var handlerDeadline: UInt64 {
    guard handlerBegan > 0, !answerHasBegun else { return .max }
    return handlerBegan &+ limits.handlerTimeout.nanoseconds &+ body.waited
  }

  /// How long a body may have let us wait for what it has brought.
  private var bodyTime: UInt64 {
    limits.bodyGrace.nanoseconds &+ UInt64(body.received) &* 1_000_000_000 / UInt64(max(1, limits.bodyRateFloor))
  }

  func deadlinePassed() {
    guard phase != .closed else { return }
    if hasOutput, outputProgress &+ limits.writeTimeout.nanoseconds <= loop.now { return abort() }
    switch phase {
    case .head:
      guard headHasBegun else { return closeIdle() }
      refuse(Refusal(.requestTimeout, "the head did not arrive in time"))
      settle()
    case .handling where inputWaiter != nil && body.isFramed:
      body.isLate = true
      keepAlive = false
      inputWaiter?.resume()
      inputWaiter = nil
    case .handling:
      if handlerDeadline <= loop.now { abandonHandler() } else { setDeadline() }
    case .discarding, .lingering: abort()
    case .closed: break
    }
  }
}

/// What the connection's task is to do next.
enum PendingWork {
  case handle(Handler)
  case deliver(Response)
}
