// A relay between a client and a server that can be told to misbehave: to delay, to cut in the middle of an answer, to say
// nothing, to say something else. One thread for each direction of each connection; they end with the handle.
import Foundation
import Locking

package final class TroubledProxy: Sendable {
  package struct Trouble: Sendable {
    /// How long each piece is held back on its way to the client.
    package var delay: Duration = .zero
    /// After so many bytes towards the client, the connection is cut; counted from when it is set.
    package var cutAfter: Int?
    /// Swallows everything on its way to the client.
    package var isSilent = false
    /// Said to the client in place of each piece that the server says.
    package var instead: [UInt8]?
    /// New connections are closed at once.
    package var refuses = false

    package init() {}
  }

  package let port: UInt16
  private let target: UInt16
  private let listener: Int32
  private let trouble = Locked(Trouble())
  private let open = Locked<Set<Int32>>([])
  private let counts = Locked((connections: 0, piecesOut: 0))

  package init(to target: UInt16) throws {
    self.target = target
    port = try FreePort.next()
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    let status = Self.withLoopback(port) { bind(listener, $0, $1) }
    guard status == 0, listen(listener, 64) == 0 else { throw FreePort.NoPort() }
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        guard let self else {
          close(client)
          return
        }
        self.relay(client)
      }
    }
  }

  deinit {
    cutAll()
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  package func set(_ change: @Sendable (inout Trouble) -> Void) { trouble.withLock { change(&$0) } }

  /// Cuts every connection.
  package func cutAll() {
    open.withLock { for each in $0 { shutdown(each, Int32(SHUT_RDWR)) } }
  }

  /// Connections so far, and pieces that came from clients.
  package var seen: (connections: Int, pieces: Int) { counts.withLock { ($0.connections, $0.piecesOut) } }

  private static func withLoopback<Value>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value)
    -> Value
  {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  private func relay(_ client: Int32) {
    counts.withLock { $0.connections += 1 }
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard !trouble.withLock({ $0.refuses }), Self.withLoopback(target, { connect(server, $0, $1) }) == 0 else {
      close(client)
      close(server)
      return
    }
    var one: Int32 = 1
    for each in [client, server] {
      setsockopt(each, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }
    open.withLock { $0.formUnion([client, server]) }
    let left = Locked(2)
    let pair = Pair(client: client, server: server, left: left)
    Thread.detachNewThread { [weak self] in
      Self.pump(from: client, to: server) { piece in
        self?.counts.withLock { $0.piecesOut += 1 }
        return (piece, false)
      }
      self?.finish(pair)
    }
    Thread.detachNewThread { [weak self] in
      Self.pump(from: server, to: client) { self?.troubled($0) ?? ([], true) }
      self?.finish(pair)
    }
  }

  private final class Pair: Sendable {
    let client: Int32
    let server: Int32
    let left: Locked<Int>

    init(client: Int32, server: Int32, left: consuming Locked<Int>) {
      self.client = client
      self.server = server
      self.left = left
    }
  }

  /// Whoever ends first ends the other; the second closes.
  private func finish(_ pair: Pair) {
    open.withLock { open in
      shutdown(pair.client, Int32(SHUT_RDWR))
      shutdown(pair.server, Int32(SHUT_RDWR))
      let isLast = pair.left.withLock { left in
        left -= 1
        return left == 0
      }
      guard isLast else { return }
      open.subtract([pair.client, pair.server])
      close(pair.client)
      close(pair.server)
    }
  }

  /// What becomes of a piece on its way to the client, and whether the connection is cut behind it.
  private func troubled(_ piece: [UInt8]) -> (bytes: [UInt8], isLast: Bool) {
    let trouble = trouble.withLock { trouble in
      let now = trouble
      if let left = trouble.cutAfter { trouble.cutAfter = max(0, left - piece.count) }
      return now
    }
    if trouble.delay > .zero { usleep(UInt32(trouble.delay / .microseconds(1))) }
    if trouble.isSilent { return ([], false) }
    if let instead = trouble.instead { return (instead, false) }
    guard let left = trouble.cutAfter, piece.count >= left else { return (piece, false) }
    return (Array(piece.prefix(left)), true)
  }

  private static func pump(from source: Int32, to sink: Int32, _ change: ([UInt8]) -> ([UInt8], Bool)) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(source, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      let (piece, isLast) = change(Array(buffer[..<count]))
      var at = 0
      while at < piece.count {
        let sent = piece.withUnsafeBytes { send(sink, $0.baseAddress! + at, piece.count - at, Int32(MSG_NOSIGNAL)) }
        guard sent > 0 else { return }
        at += sent
      }
      if isLast { return }
    }
  }
}
