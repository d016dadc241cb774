// One connection to Redis: a socket that never blocks, perhaps TLS, commands out in the order in which they came, answers
// back in the same order. Commands given in one turn of the loop leave together, so that they are pipelined by themselves.
import CLinux
import Glibc
import Net
import TLS

/// A command that waits for its answer. It is answered once: by Redis, by its deadline, or by the connection's end.
final class PendingCommand {
  private var answer: ((Result<RedisValue, RedisError>) -> Void)?
  var timer: TimerToken?

  init(_ answer: @escaping (Result<RedisValue, RedisError>) -> Void) { self.answer = answer }

  func finish(_ result: Result<RedisValue, RedisError>) {
    guard let answer else { return }
    self.answer = nil
    answer(result)
  }
}

/// Belongs to its loop's thread.
final class RedisConnection: DescriptorHandler, TurnObserver {
  private enum State { case connecting, securing, open, ended }

  private let loop: EventLoop
  private let settings: RedisSettings
  private let descriptor: Int32
  private let reader: ReplyReader
  private var transport: (any ByteTransport)?
  private var state = State.connecting
  private var watched: Readiness = [.read, .write]

  private var output: [UInt8] = []
  private var sent = 0
  private var pending: [PendingCommand] = []
  private var answered = 0
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 32_768, alignment: 16)

  /// When something last came, by the loop's clock.
  private(set) var lastHeard: UInt64

  /// Called once, when bytes can flow.
  private let opened: (RedisConnection) -> Void
  /// Called once, at the end, whoever ended it; not from within `init`.
  private let ended: (RedisConnection, _ reason: String) -> Void
  /// Takes what nobody asked for: the messages of a subscription. Without it such a reply is a broken protocol.
  var messages: ((RedisValue) -> Void)?

  /// Begins to connect. `host` is the name that a certificate must have.
  init(
    on loop: EventLoop, to address: SocketAddress, host: String, settings: RedisSettings,
    opened: @escaping (RedisConnection) -> Void, ended: @escaping (RedisConnection, String) -> Void
  ) throws(SystemError) {
    loop.preconditionOnLoop()
    self.loop = loop
    self.settings = settings
    self.opened = opened
    self.ended = ended
    lastHeard = loop.now
    guard let reader = ReplyReader(byteLimit: settings.replyBytes) else { throw SystemError("malloc", ENOMEM) }
    self.reader = reader
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = try checked("socket") { socket(address.isVersionFour ? AF_INET : AF_INET6, kind, 0) }
    self.descriptor = descriptor
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, size)
    do throws(SystemError) {
      let status = address.withSockaddr { connect(descriptor, $0, $1) }
      if status != 0, errno != EINPROGRESS { throw SystemError("connect") }
      try loop.watch(descriptor, for: watched, self)
    } catch {
      close(descriptor)
      throw error
    }
    transport = settings.tls?.transport(for: descriptor, host: host)
    loop.addObserver(self)
  }

  deinit { scratch.deallocate() }

  var waiting: Int { pending.count - answered }
  var isOpen: Bool { state == .open }

  // MARK: Commands

  /// Gives a command on its way; `answer` is called once, on the loop.
  func send(
    _ command: RedisCommand, within nanoseconds: UInt64, _ answer: @escaping (Result<RedisValue, RedisError>) -> Void
  ) {
    guard state == .open else { return answer(.failure(.notConnected("the connection is not open"))) }
    guard waiting < settings.pendingLimit else { return answer(.failure(.overloaded(limit: settings.pendingLimit))) }
    let waits = PendingCommand(answer)
    output += command.wire
    pending.append(waits)
    waits.timer = loop.schedule(after: nanoseconds) { waits.finish(.failure(.deadlinePassed)) }
  }

  /// Gives a command on its way that has no answer of its own.
  func tell(_ command: RedisCommand) {
    if state == .open { output += command.wire }
  }

  /// Closes the connection. Whoever waits is told.
  func end(_ reason: String) {
    guard state != .ended else { return }
    state = .ended
    loop.removeObserver(self)
    loop.forget(descriptor)
    transport?.finishSending()
    close(descriptor)
    let left = pending[answered...]
    pending = []
    answered = 0
    for each in left { settle(each, .failure(.connectionLost(reason))) }
    messages = nil
    ended(self, reason)
  }

  private func settle(_ command: PendingCommand, _ result: Result<RedisValue, RedisError>) {
    if let timer = command.timer { loop.cancel(timer) }
    command.finish(result)
  }

  // MARK: The socket

  func ready(_ readiness: Readiness) {
    switch state {
    case .connecting:
      var code: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
      guard code == 0 else { return end(String(cString: strerror(code))) }
      guard readiness.hasAny(of: [.write, .failed]) else { return }
      state = .securing
      secure()
    case .securing: secure()
    case .open:
      if readiness.hasAny(of: [.read, .peerFinished, .failed]) { receive() }
      if state == .open, readiness.hasAny(of: .write) { flush() }
    case .ended: break
    }
  }

  /// Makes what lies between us and the server ready: nothing, or a handshake.
  private func secure() {
    guard let transport else { return open() }
    // A layer makes its handshake within the attempts to read.
    switch transport.receive(into: scratch) {
    case .moved(let count):
      open()
      if state == .open { take(UnsafeRawBufferPointer(rebasing: scratch[..<count])) }
    case .wouldBlock where transport.isEstablished: open()
    case .wouldBlock: break
    case .ended: end("the server ended the handshake")
    case .failed: end("TLS failed: \(TLSClient.failure(of: transport))")
    }
  }

  private func open() {
    state = .open
    watch([.read])
    opened(self)
    if state == .open, transport != nil { receive() }
  }

  private func watch(_ readiness: Readiness) {
    guard readiness != watched else { return }
    do throws(SystemError) {
      try loop.change(descriptor, to: readiness)
      watched = readiness
    } catch { end("\(error)") }
  }

  private func receive() {
    while state == .open {
      let outcome = transport?.receive(into: scratch) ?? PlainSocket.receive(descriptor, into: scratch)
      switch outcome {
      case .moved(let count):
        take(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        // What the kernel holds beyond makes the socket ready again; what a layer holds would not.
        if transport == nil { return }
      case .wouldBlock: return
      case .ended: return end("the server closed the connection")
      case .failed(let code): return end(fault(code))
      }
    }
  }

  /// Why nothing can be sent or received any more. A server says only after the handshake that it wants another certificate,
  /// or any.
  private func fault(_ code: Int32) -> String {
    if code == EPROTO, let transport { return "TLS failed: \(TLSClient.failure(of: transport))" }
    return String(cString: strerror(code))
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    lastHeard = loop.now
    do throws(ReplyReader.Garbage) {
      try reader.feed(bytes)
      while state == .open, let value = try reader.next() { take(value) }
    } catch { end("the server does not speak Redis' protocol: \(error.reason)") }
  }

  private func take(_ value: RedisValue) {
    if let messages, value.isMessage { return messages(value) }
    guard answered < pending.count else {
      if case .failure(let message) = value { return end(message) }
      return end("the server answered what nobody asked")
    }
    let command = pending[answered]
    answered += 1
    if answered == pending.count {
      pending.removeAll(keepingCapacity: true)
      answered = 0
    } else if answered >= 1024, answered * 2 >= pending.count {
      pending.removeFirst(answered)
      answered = 0
    }
    if case .failure(let message) = value {
      settle(command, .failure(.refused(message)))
    } else {
      settle(command, .success(value))
    }
  }

  func turnEnded() {
    if state == .open, sent < output.count, !watched.contains(.write) { flush() }
  }

  private func flush() {
    while sent < output.count {
      let outcome = output.withUnsafeBytes { bytes in
        let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
        return transport?.send(rest) ?? PlainSocket.send(descriptor, rest)
      }
      switch outcome {
      case .moved(let count): sent += count
      case .wouldBlock: return watch([.read, .write])
      case .ended: return end("the server closed the connection")
      case .failed(let code): return end(fault(code))
      }
    }
    output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
    sent = 0
    watch([.read])
  }
}

extension RedisValue {
  /// Whether it is what a subscription brings: a list that begins with one of these words.
  fileprivate var isMessage: Bool {
    guard case .list(let values) = self, case .bytes(let kind)? = values.first else { return false }
    return values.count == 3 && Self.kinds.contains(kind) || values.count == 2 && kind == Array("pong".utf8)
  }

  private static let kinds = [Array("message".utf8), Array("subscribe".utf8), Array("unsubscribe".utf8)]
}
