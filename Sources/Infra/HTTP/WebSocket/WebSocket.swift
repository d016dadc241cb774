// A WebSocket connection as handlers see it: messages in, messages out, pings and the closing handshake by itself.
// A handler that does not ask for messages makes the client wait, and a slow client makes the handler wait.
import Net

/// Why nothing more can be sent.
package enum WebSocketError: Error, Equatable {
  /// The connection is closed or closing.
  case closed
  /// Another task is waiting for a message.
  case alreadyReading
}

/// Proof for `@unchecked Sendable`: apart from the `let`s, all of it is touched on the connection's loop only, to which
/// every entry goes first.
package final class WebSocket: @unchecked Sendable {
  /// The subprotocol agreed upon.
  package let chosenProtocol: String?

  private let connection: UpgradedConnection
  private let limits: WebSocketLimits
  private var reader: FrameReader
  private var piece: [UInt8] = []
  private var position = 0
  private var isReading = false
  private var hasSentClose = false
  private var sentClose: UInt64 = 0
  /// Nothing more will be read: the client has said goodbye, is gone, or has broken the protocol.
  private var hasEnded = false
  private var closeCode: WebSocketCloseCode?
  private var reason = ""

  /// Monotonic nanoseconds: when we last heard of the client or began to listen, and when we asked for a sign of life.
  private var lastHeard: UInt64 = 0
  private var asked: UInt64?

  init(_ connection: UpgradedConnection, _ limits: WebSocketLimits, chosenProtocol: String?) {
    self.connection = connection
    self.limits = limits
    self.chosenProtocol = chosenProtocol
    reader = FrameReader(limits: limits)
  }

  package var peer: SocketAddress? { connection.peer }

  /// Why the client ended the connection; nil while it has not. `abnormal` when it just went away.
  package var ending: (code: WebSocketCloseCode, reason: String)? {
    get async {
      await connection.eventLoop.run { [self] in closeCode.map { ($0, reason) } }
    }
  }

  // MARK: For handlers

  /// The next message; nil once the client has closed the connection or is gone. One reader at a time. Throws
  /// `WebSocketFailure` where the client breaks the protocol or a limit, after it has been told.
  package func next() async throws -> WebSocketMessage? {
    try await connection.eventLoop.run { [self] in
      guard !isReading else { throw WebSocketError.alreadyReading }
      isReading = true
      defer { isReading = false }
      lastHeard = monotonicNanoseconds()
      return try await read()
    }
  }

  /// The messages as they come, to the end of the connection.
  package var messages: Messages { Messages(socket: self) }

  /// Sends a message whole; waits while the client is slow. Messages of several tasks do not mix.
  package func send(_ message: WebSocketMessage) async throws {
    let frame = FrameWriter.message(message)
    try await connection.eventLoop.run { [self] in
      guard !hasSentClose else { throw WebSocketError.closed }
      try await connection.write(frame)
    }
  }

  package func send(_ text: String) async throws { try await send(.text(text)) }

  /// Says goodbye; `next` goes on until the client has done the same.
  package func close(_ code: WebSocketCloseCode = .normal, reason: String = "") async {
    await connection.eventLoop.run { [self] in
      guard !hasSentClose else { return }
      hasSentClose = true
      sentClose = monotonicNanoseconds()
      // Where that fails the connection is gone, which is what was wanted.
      try? await connection.write(FrameWriter.close(code, reason))
    }
  }

  package struct Messages: AsyncSequence, Sendable {
    let socket: WebSocket

    package struct Iterator: AsyncIteratorProtocol {
      let socket: WebSocket
      package mutating func next() async throws -> WebSocketMessage? { try await socket.next() }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(socket: socket) }
  }

  // MARK: Life

  /// The whole life of the connection, on its loop.
  func run(_ body: @Sendable (WebSocket) async throws -> Void) async {
    let watch = WebSocketWatch(self, every: limits.silence.nanoseconds, within: limits.patience.nanoseconds)
    watch.start(connection.eventLoop)
    connection.whenLeaving { [weak self] in self?.detached { await $0.close(.goingAway, reason: "the server stops") } }
    do {
      try await body(self)
      await close(.normal)
    } catch {
      await close(hasEnded ? .normal : .internalError)
    }
    // The client's goodbye, for as long as patience lasts: the watch ends a connection that stays silent.
    while !hasEnded {
      do { while try await next() != nil {} } catch {
        // Somebody else reads, from a task that the handler left behind: it will see the end.
        if case WebSocketError.alreadyReading = error { break }
      }
    }
    watch.stop(connection.eventLoop)
    connection.whenLeaving(nil)
  }

  /// Does something that may wait, where we may not.
  private func detached(_ work: @escaping @Sendable (WebSocket) async -> Void) {
    Task(executorPreference: connection.eventLoop) { [self] in await work(self) }
  }

  private func read() async throws -> WebSocketMessage? {
    while !hasEnded {
      while position < piece.count {
        let event: FrameEvent?
        do throws(WebSocketFailure) {
          event = try nextEvent()
        } catch {
          hasEnded = true
          closeCode = error.code
          reason = error.reason
          await close(error.code, reason: error.reason)
          throw error
        }
        guard let event else { break }
        if let message = await handle(event) { return message }
        if hasEnded { return nil }
      }
      guard let more = try? await connection.read() else {
        hasEnded = true
        hasSentClose = true
        if closeCode == nil { closeCode = .abnormal }
        return nil
      }
      piece = more
      position = 0
      lastHeard = monotonicNanoseconds()
      asked = nil
    }
    return nil
  }

  private func nextEvent() throws(WebSocketFailure) -> FrameEvent? {
    let bytes = piece
    return try bytes.withUnsafeBufferPointer { buffer throws(WebSocketFailure) in
      try reader.next(buffer, &position)
    }
  }

  /// A message that is for the handler, unless we have closed already.
  private func handle(_ event: FrameEvent) async -> WebSocketMessage? {
    switch event {
    case .message(let message): return hasSentClose ? nil : message
    case .ping(let payload):
      if !hasSentClose { try? await connection.write(FrameWriter.pong(payload)) }
    case .pong: break
    case .close(let code, let said):
      hasEnded = true
      closeCode = code
      reason = said
      await close(code)
    }
    return nil
  }

  // MARK: Silence

  /// Looks after a connection on which nothing comes. On the loop.
  func checkSilence() {
    let now = monotonicNanoseconds()
    // Who has said goodbye has no need to be asked: what is missing is the answer.
    if hasSentClose {
      if !hasEnded, now > sentClose &+ limits.patience.nanoseconds { connection.cutOff() }
    } else if let asked {
      if isReading, now > asked &+ limits.patience.nanoseconds { connection.cutOff() }
    } else if isReading, now > lastHeard &+ limits.silence.nanoseconds {
      asked = now
      detached { socket in try? await socket.connection.write(FrameWriter.ping()) }
    }
  }
}

/// Looks after a WebSocket now and then, for as long as it is open. Belongs to the loop.
private final class WebSocketWatch: @unchecked Sendable {
  private weak var socket: WebSocket?
  private let interval: UInt64
  private var timer: TimerToken?

  init(_ socket: WebSocket, every silence: UInt64, within patience: UInt64) {
    self.socket = socket
    // Often enough for both, and no more than ten times a second.
    interval = max(100_000_000, min(silence, patience) / 4)
  }

  func start(_ loop: EventLoop) {
    timer = loop.schedule(after: interval) { [weak self] in
      guard let self, let socket else { return }
      socket.checkSilence()
      start(loop)
    }
  }

  func stop(_ loop: EventLoop) {
    if let timer { loop.cancel(timer) }
    timer = nil
  }
}

extension UpgradedConnection {
  /// Ends the connection at once. On the loop.
  func cutOff() {
    if connection.head === head { connection.abort() }
  }

  /// Calls `action` when the server stops and the connection is to end. On the loop.
  func whenLeaving(_ action: (() -> Void)?) {
    guard connection.head === head else { return }
    connection.leaving = action
    if connection.worker.isDraining { action?() }
  }
}
